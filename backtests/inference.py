"""What a handful of cycles can and cannot prove: exact tests, with words before numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any


def sign_test(differences: Sequence[float]) -> dict[str, Any]:
    """Return the exact one-sided sign test that differences are more often positive than a fair coin's heads.

    Parameters
    ----------
    differences : (n,) one difference a cycle; zeros count against

    Returns
    -------
    n, positive : counts
    p : chance of at least so many positives from a fair coin; None for n = 0
    smallest_p : the smallest p that n cycles can ever give, 2 ** -n
    text : the same in a sentence

    Examples
    --------
    >>> sign_test([0.1, 0.2, 0.3, -0.1])["p"]
    0.3125
    """
    n, positive = len(differences), sum(d > 0 for d in differences)
    if n == 0:
        return {"n": 0, "positive": 0, "p": None, "smallest_p": None, "text": "no complete window in the run"}
    p = sum(math.comb(n, k) for k in range(positive, n + 1)) / 2**n
    smallest = 0.5**n
    windows = "window" if n == 1 else "windows"
    least = f"with {n} the smallest possible p is {_digits(smallest)}"
    text = f"{positive} of {n} complete {windows}; {least}, here it is {_digits(p)}"
    return {"n": n, "positive": positive, "p": p, "smallest_p": smallest, "text": text}


def over_cycles(by_cycle: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the sign test of a run's excess return over its complete windows, for each kind of window."""
    names = dict.fromkeys(name for cycle in by_cycle for name in cycle["windows"])
    return {name: sign_test([w["excess_return"] for w in _complete(by_cycle, name)]) for name in names}


def _complete(by_cycle: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    found = [cycle["windows"][name] for cycle in by_cycle if name in cycle["windows"]]
    return [w for w in found if w["complete"] and w["excess_return"] is not None]


def _digits(p: float) -> str:
    return f"{p:.2g}" if p < 0.1 else f"{p:.2f}"
