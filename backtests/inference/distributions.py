"""Student's t distribution, central and not, with the standard library and numpy alone.

A library for two numbers would cost every command that writes a page half a second. Tests hold each function to scipy
to 1e-12.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from fedcycle.backtests.statistics import kernel
from fedcycle.data.typing import Float64

STEPS = 200
"""In search of a root: halving alone would take 60, secants take some ten."""
STEP = 0.04
"""Of the logarithm of a chi variable, over which a tail is summed."""


@lru_cache(maxsize=256)
def t_quantile(p: float, df: int) -> float:
    """Return the number that Student's t is at most with chance p.

    Parameters
    ----------
    p : fraction, 0.5 <= p < 1
    df : degrees of freedom, a whole number >= 1

    Notes
    -----
    The cumulative distribution is a finite sum of powers of cos(atan(t / sqrt(df))) (Abramowitz & Stegun 26.7.3 and
    26.7.4); the angle is found by secants.

    Examples
    --------
    With one degree of freedom it is the tangent of an angle: tan(pi / 4) for three quarters.

    >>> round(t_quantile(0.75, 1), 12)
    1.0
    """
    wanted = 2.0 * p - 1.0
    angle = _root(lambda theta: _t_inside(theta, df) - wanted, 0.0, math.pi / 2.0)
    return math.sqrt(df) * math.tan(angle)


def _t_inside(angle: float, df: int) -> float:
    """Return the chance that |t| is below sqrt(df) tan(angle)."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = df % 2
    term, total = (cosine, cosine) if odd else (1.0, 1.0)
    for k in range(2 + odd, df - 1, 2):
        term *= cosine**2 * (k - 1) / k
        total += term
    if df == 1:
        return 2.0 * angle / math.pi
    return 2.0 / math.pi * (angle + sine * total) if odd else sine * total


@lru_cache(maxsize=256)
def noncentrality(df: int, *, alpha: float, power: float) -> float:
    """Return the noncentrality at which a one-sided t-test at ``alpha`` rejects with probability ``power``.

    Parameters
    ----------
    df : degrees of freedom, a whole number >= 1
    alpha, power : fraction, alpha < power

    Notes
    -----
    Noncentral t is (Z + shift) / (S / sqrt(df)): its tail is the mean of the normal tail over S, a chi variable. That
    mean is a sum over equal steps of log S, whose integrand falls off on either side, so that the error falls
    exponentially with the step. Right to 1e-12 for a test at 5% and a power of 80%.
    """
    critical = t_quantile(1.0 - alpha, df)
    log = np.arange(-40.0, math.log(math.sqrt(df) + 12.0), STEP)
    s = np.exp(log)
    constant = (df / 2.0 - 1.0) * math.log(2.0) + math.lgamma(df / 2.0)
    weight = STEP * np.exp(df * log - 0.5 * s * s - constant)
    heavy = weight > 1e-18
    weight, cut = weight[heavy], critical * s[heavy] / math.sqrt(df)

    def lacking(shift: float) -> float:
        return float(weight @ _normal_cdfs(shift - cut)) - power

    high = critical
    while lacking(high) < 0.0:
        high *= 2.0
    return _root(lacking, 0.0, high)


def _normal_cdfs(z: Float64) -> Float64:
    return np.array([kernel.normal_cdf(each) for each in z.tolist()])


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Return where a rising function is 0, between two numbers.

    Notes
    -----
    Secants that keep the root between the two, the Illinois method: of an end that stays twice the value counts half
    (Dowell & Jarratt 1971, BIT 11). The root is found where a step no longer moves a float.
    """
    below, above, stayed = rising(low), rising(high), 0
    found = low
    for _ in range(STEPS):
        if not below < 0.0 < above:
            return low if below >= 0.0 else high
        before, found = found, low - below * (high - low) / (above - below)
        if not low < found < high or abs(found - before) <= 4e-16 * abs(found):
            return min(max(found, low), high)
        value = rising(found)
        if value < 0.0:
            low, below, above = found, value, 0.5 * above if stayed > 0 else above
            stayed = 1
        else:
            high, above, below = found, value, 0.5 * below if stayed < 0 else below
            stayed = -1
    return found
