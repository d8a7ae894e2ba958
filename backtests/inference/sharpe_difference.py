"""Whether two Sharpe ratios from the same periods differ: the test of Jobson and Korkie as corrected by Memmel."""

from __future__ import annotations

import math
from typing import Any

from fedcycle.backtests.core.format import p_equals
from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.kernel import NORMAL_95
from fedcycle.backtests.statistics.sample import Whole
from fedcycle.data.typing import Float64

FEWEST = 24
"""Periods under which the normal approximation is not offered."""
ROUNDING = 1e-12


def jobson_korkie_memmel(one: Float64, other: Float64, *, per_year: int) -> dict[str, Any]:
    """Return the difference of two Sharpe ratios with its 95% interval and two-sided p-value.

    Parameters
    ----------
    one, other : (n,) fraction per period, less bills, of the same periods
    per_year : periods a year

    Returns
    -------
    n : periods
    difference : ratio a year; None where either return does not vary or n is under 24
    low, high : the 95% interval, ratio a year
    z, p : standard normal statistic and two-sided p-value
    text : the same in a sentence

    Notes
    -----
    Jobson & Korkie (1981), J. Finance 36(4), with the variance as corrected by Memmel (2003), Finance Letters 1: for
    ratios s and t a period and correlation r, (2 - 2 r + (s^2 + t^2 - 2 s t r^2) / 2) / n. Returns are taken to be
    normal and independent over time: where they are not, the bootstrap interval is the better one.
    """
    n = len(one)
    both = Whole({"r": one, "b": other}, per_year=1.0)
    if n < FEWEST or min(float(kernel.sd(both, x)) for x in (kernel.own, kernel.benchmark)) <= ROUNDING:
        nothing = dict.fromkeys(("difference", "low", "high", "z", "p"))
        return {"n": n, **nothing, "text": f"cannot be computed: n = {n}, or a return that does not vary"}
    s, t = (float(kernel.reward(both, x)) for x in (kernel.own, kernel.benchmark))
    r = float(kernel.linked(both, kernel.own, kernel.benchmark))
    error = math.sqrt(max(2.0 - 2.0 * r + 0.5 * (s * s + t * t - 2.0 * s * t * r * r), 0.0) / n)
    if error <= ROUNDING:
        nothing = dict.fromkeys(("difference", "low", "high", "z", "p"))
        return {"n": n, **nothing, "text": "cannot be computed: the two returns are one"}
    year, z = math.sqrt(per_year), (s - t) / error
    p = math.erfc(abs(z) / math.sqrt(2.0))
    half = NORMAL_95 * error
    return {
        "n": n,
        "difference": year * (s - t),
        "low": year * (s - t - half),
        "high": year * (s - t + half),
        "z": z,
        "p": p,
        "text": f"Jobson-Korkie-Memmel {p_equals(p)}, two-sided (n = {n})",
    }
