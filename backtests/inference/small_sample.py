"""The exact tests of a handful of differences in one summary, and the interval that goes with the sign-flip test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fedcycle.backtests.core.format import p_equals, p_value
from fedcycle.backtests.inference.exact import (
    ALPHA,
    leave_one_out,
    minimum_detectable_effect,
    sign_flip_test,
    sign_test,
)
from fedcycle.backtests.inference.measure import MEASURES, RELATIVE_WEALTH, Measure

MOST_MEANS = 20
"""Differences up to which an exact interval is given: the means of about a million subsets."""


def exact_interval(values: Sequence[float], *, alpha: float = ALPHA) -> dict[str, Any]:
    """Return the means that a one-sided sign-flip test at ``alpha`` would reject on neither side.

    Parameters
    ----------
    values : (n,) fraction, one a cycle
    alpha : fraction, on each side

    Returns
    -------
    low, high : fraction; None under two values and above 20
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
    if not 2 <= n <= MOST_MEANS:
        return {"low": None, "high": None, "confidence": None}
    sums, sizes = np.zeros(1), np.zeros(1)
    for x in values:
        sums, sizes = np.concatenate([sums, sums + x]), np.concatenate([sizes, sizes + 1.0])
    cut = max(int(alpha * 2**n), 1)
    low, high = cut - 1, len(sums) - 1 - cut
    means = np.partition(sums[1:] / sizes[1:], (low, high))
    return {"low": float(means[low]), "high": float(means[high]), "confidence": 1 - 2 * cut / 2**n}


def small_sample_summary(
    values: Sequence[float],
    names: Sequence[str],
    *,
    averages: Sequence[float] | None = None,
    measure: Measure = RELATIVE_WEALTH,
) -> dict[str, Any]:
    """Return the mean of a handful of windows with its exact tests, interval and minimum detectable effect.

    Parameters
    ----------
    values : (n,) fraction, one a cycle, oldest first
    names : (n,) what each cycle is called
    averages : (n,) fraction, or None
        The average of the same measure over all windows as long as each cycle's: the second null hypothesis.
    measure : what the values are; all fractions returned are in it

    Returns
    -------
    measure : its name
    n, positive : counts
    mean, least, most : fraction; None for n = 0
    p, p_below : one-sided p of the exact sign-flip test for a mean above and below zero; None for n = 0 and above 30
    sign_p, smallest_p : of the exact sign test; ``smallest_p`` is the minimum attainable p-value
    interval, confidence : see ``exact_interval``; None where there is none
    leave_one_out, detectable : see ``exact``
    against_average : None without ``averages``, else ``average`` (mean of them), ``mean`` (of the differences from
        them), ``p`` and ``p_below`` of the sign-flip test of those differences
    text : the result in one sentence, with one p-value
    note : the minimum attainable p-value, the minimum detectable effect and the other tests
    """
    added = measure.added(values)
    sign, above, below = sign_test(values), sign_flip_test(values, measure=measure), sign_flip_test((-added).tolist())
    span = exact_interval(added.tolist())
    told: dict[str, Any] = {
        "measure": measure.name,
        "n": len(values),
        "positive": sign["positive"],
        "mean": above["mean"],
        "least": min(values, default=None),
        "most": max(values, default=None),
        "p": above["p"],
        "p_below": below["p"],
        "sign_p": sign["p"],
        "smallest_p": sign["smallest_p"],
        "interval": None if span["low"] is None else [measure.back(span["low"]), measure.back(span["high"])],
        "confidence": span["confidence"],
        "leave_one_out": leave_one_out(values, names, measure=measure),
        "detectable": minimum_detectable_effect(values, measure=measure),
        "against_average": _against(values, averages, measure=measure),
    }
    return told | {"text": heading(told, "ahead"), "note": small_print(told)}


def heading(told: dict[str, Any], led: str, of: str = "cycle") -> str:
    """Return a summary as one line: who led how often, the mean and one p-value.

    Parameters
    ----------
    told : of ``small_sample_summary``
    led : such as ``small led``
    of : what the windows belong to

    Examples
    --------
    >>> heading(small_sample_summary([0.1, 0.2, 0.3], ["a", "b", "c"]), "small led")
    'small led in 3 of 3 cycles; mean relative wealth +19.7%; exact sign-flip p = 0.12'
    """
    n = told["n"]
    if not n:
        return "no complete window"
    test = f"exact sign-flip {p_equals(told['p'])}" if told["p"] is not None else "too many for an exact test"
    measure = MEASURES[told["measure"]]
    mean = f"{measure.mean} {measure.say(told['mean'])}"
    return f"{led} in {told['positive']} of {n} {of}{'' if n == 1 else 's'}; {mean}; {test}"


def small_print(told: dict[str, Any]) -> str:
    """Return what a reader needs beside the heading: limits of the test, then the second null hypothesis."""
    if not told["n"]:
        return ""
    said = [f"minimum attainable p {p_value(told['smallest_p'])} (n = {told['n']})", told["detectable"]["text"]]
    said.append(f"sign test {p_equals(told['sign_p'])}")
    against, measure = told["against_average"], MEASURES[told["measure"]]
    if against is not None:
        said.append(
            f"all windows of these lengths average {measure.say(against['average'])}; the {measure.gap} to that is "
            f"{measure.say(against['mean'])}, exact sign-flip {p_equals(against['p'])}"
        )
    return "; ".join(said)


def _against(values: Sequence[float], averages: Sequence[float] | None, *, measure: Measure) -> dict[str, Any] | None:
    if averages is None or not len(values):
        return None
    apart = measure.added(values) - measure.added(averages)
    above, below = sign_flip_test(apart.tolist()), sign_flip_test((-apart).tolist())
    mean = measure.back(above["mean"])
    return {"average": measure.average(averages), "mean": mean, "p": above["p"], "p_below": below["p"]}
