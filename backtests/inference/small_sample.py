"""All that a handful of differences can tell, together; and the interval that goes with the exact sign-flip test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fedcycle.backtests.inference.exact import (
    ALPHA,
    MOST_EXACT,
    leave_one_out,
    minimum_detectable_effect,
    sign_flip_test,
    sign_test,
)


def exact_interval(values: Sequence[float], *, alpha: float = ALPHA) -> dict[str, Any]:
    """Return the means that a one-sided sign-flip test at ``alpha`` would reject on neither side.

    Parameters
    ----------
    values : (n,) fraction, one a cycle
    alpha : fraction, on each side

    Returns
    -------
    low, high : fraction; None under two values and above 16
    confidence : fraction; what the interval covers exactly

    Notes
    -----
    Hartigan (1969): the means of all ``2 ** n - 1`` choices of some of the values part the line into stretches that
    hold the true mean with equal chance, ``2 ** -n``, where values are independent and symmetric about it. So many are
    cut from either end that at most ``alpha`` is missed there; where not even one may be cut, one is, and the
    confidence says so.

    Examples
    --------
    Of five values nothing but the outermost of 32 stretches can be cut: the ends are the least and the largest value.

    >>> exact_interval([0.1, 0.2, 0.3, 0.4, 0.5])
    {'low': 0.1, 'high': 0.5, 'confidence': 0.9375}
    """
    n = len(values)
    if not 2 <= n <= MOST_EXACT:
        return {"low": None, "high": None, "confidence": None}
    chosen = ((np.arange(1, 2**n)[:, None] >> np.arange(n)) & 1).astype(np.float64)
    means = np.sort(chosen @ np.asarray(values, dtype=np.float64) / chosen.sum(axis=1))
    cut = max(int(alpha * 2**n), 1)
    return {"low": float(means[cut - 1]), "high": float(means[-cut]), "confidence": 1 - 2 * cut / 2**n}


def small_sample_summary(values: Sequence[float], names: Sequence[str]) -> dict[str, Any]:
    """Return what a handful of differences can tell: average, spread, exact tests, one left out, what would be missed.

    Parameters
    ----------
    values : (n,) fraction, one a cycle, oldest first
    names : (n,) what each cycle is called

    Returns
    -------
    n, positive : counts
    mean, least, most : fraction; None for n = 0
    p, p_below : one-sided p of the exact sign-flip test for a mean above and below zero; None for n = 0 and above 16
    sign_p, smallest_p : of the exact sign test
    interval, confidence : see ``exact_interval``; None where there is none
    leave_one_out, detectable : see ``exact``
    text : in a sentence
    """
    sign, above, below = sign_test(values), sign_flip_test(values), sign_flip_test([-x for x in values])
    span = exact_interval(values)
    return {
        "n": len(values),
        "positive": sign["positive"],
        "mean": above["mean"],
        "least": min(values, default=None),
        "most": max(values, default=None),
        "p": above["p"],
        "p_below": below["p"],
        "sign_p": sign["p"],
        "smallest_p": sign["smallest_p"],
        "interval": None if span["low"] is None else [span["low"], span["high"]],
        "confidence": span["confidence"],
        "leave_one_out": leave_one_out(values, names),
        "detectable": minimum_detectable_effect(values),
        "text": sign["text"].removesuffix(" in the run") if not len(values) else f"{sign['text']}; {above['text']}",
    }
