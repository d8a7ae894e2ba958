"""The nearest right word to a wrong one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the word most like ``word``, whatever its case, or None where none is like it.

    Examples
    --------
    >>> nearest("RateCycelTiming", ["BuyAndHold", "RateCycleTiming"])
    'RateCycleTiming'
    """
    # Two words may differ in case only; the first stands.
    by_lower = {each.lower(): each for each in reversed(tuple(words))}
    near = difflib.get_close_matches(word[:200].lower(), by_lower, n=1, cutoff=0.55)
    return by_lower[near[0]] if near else None
