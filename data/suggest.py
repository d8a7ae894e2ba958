"""The name somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

CLOSE = 0.55
"""How alike two words must be, on difflib's scale from 0 to 1, before one is suggested for the other."""
LONGEST = 200
"""Characters of a wrong word that are compared: the rest cannot change the answer and may be long."""


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the word most like ``word``, whatever its case, or None where none is like it.

    Examples
    --------
    >>> nearest("RateCycelTiming", ["BuyAndHold", "RateCycleTiming"])
    'RateCycleTiming'
    """
    found = nearest_few(word, words, max_=1)
    return found[0] if found else None


def nearest_few(word: str, words: Iterable[str], *, max_: int) -> list[str]:
    """Return up to ``max_`` words like ``word``, the most alike first."""
    # Two words may differ in case only; the first stands.
    by_lower = {each.lower(): each for each in reversed(tuple(words))}
    found = difflib.get_close_matches(word[:LONGEST].lower(), by_lower, n=max_, cutoff=CLOSE)
    return [by_lower[each] for each in found]


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return ``; did you mean X?`` for the known name nearest to a wrong one, or nothing where none is near.

    Examples
    --------
    >>> did_you_mean("dgs01", ["DGS10", "DGS2"])
    '; did you mean DGS10?'
    """
    near = nearest(str(name), known)
    return f"; did you mean {near}?" if near is not None else ""
