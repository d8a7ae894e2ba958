"""The tails and the shape of the returns."""

from __future__ import annotations

import math

import numpy as np

from fedcycle.backtests.statistics.numerics import is_rounding
from fedcycle.backtests.statistics.registry import statistic
from fedcycle.backtests.statistics.returns import Frequency, Returns, check_frequency
from fedcycle.data.typing import Float64

TAIL = 0.05


def quantile(sample: Float64, share: float) -> float:
    """Return a quantile, linear between order statistics, of (n,) numbers, n > 0.

    What np.quantile answers; its first call imports numpy.ma, some 15 ms of a command's 400.

    Examples
    --------
    >>> quantile(np.array([3.0, 1.0, 2.0]), 0.25)
    1.5
    """
    place = share * (len(sample) - 1)
    below = int(place)
    above = min(below + 1, len(sample) - 1)
    ordered = np.partition(sample, (below, above))
    return float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))


@statistic(
    unit="fraction per session",
    formula="5% quantile of r, linear between order statistics",
    source="Jorion (2006), Value at Risk; historical, linear between order statistics",
)
def var_95(returns: Returns) -> float | None:
    """Return the 5% quantile of the returns; negative is a loss.

    Parameters
    ----------
    returns : (n,) fraction per period

    Returns
    -------
    fraction per period
        None without returns or where one is NaN.

    Examples
    --------
    Of 21 returns -10%, -9%, ..., +10% the quantile stands at the second lowest.

    >>> round(var_95(Returns.weekdays(np.arange(-10, 11) / 100)), 12)
    -0.09
    """
    return quantile(returns.values, TAIL) if returns.complete else None


@statistic(
    unit="fraction per session",
    formula="mean of the r ≤ var_95",
    source="Rockafellar & Uryasev (2000), J. Risk 2(3); historical",
)
def cvar_95(returns: Returns) -> float | None:
    """Return the mean of the returns at or below their 5% quantile.

    Parameters
    ----------
    returns : (n,) fraction per period

    Returns
    -------
    fraction per period
        None without returns or where one is NaN.

    Examples
    --------
    Of 21 returns -10%, -9%, ..., +10% the two lowest count.

    >>> round(cvar_95(Returns.weekdays(np.arange(-10, 11) / 100)), 12)
    -0.095
    """
    bound = var_95(returns)
    return None if bound is None else float(returns.values[returns.values <= bound].mean())


@statistic(
    unit="ratio of quantiles", formula="|95% quantile of r| / |5% quantile of r|", source="as empyrical and quantstats"
)
def tail_ratio(returns: Returns) -> float | None:
    """Return the size of the 95% quantile of the returns per unit of the 5% quantile's.

    Parameters
    ----------
    returns : (n,) fraction per period

    Returns
    -------
    ratio, >= 0
        None without returns, where one is NaN, and where the 5% quantile is 0 up to rounding.

    Examples
    --------
    >>> round(tail_ratio(Returns.weekdays(np.arange(-10, 31) / 100)), 12)
    3.5
    """
    if not returns.complete:
        return None
    low = abs(quantile(returns.values, TAIL))
    return None if is_rounding(low, returns.values) else abs(quantile(returns.values, 1.0 - TAIL)) / low


@statistic(
    unit="pure number", formula="m₃ / m₂^1.5", source="population third moment over the 1.5th power of the second"
)
def skew(returns: Returns) -> float | None:
    """Return the skewness of the returns, from population moments.

    Parameters
    ----------
    returns : (n,) fraction per period

    Returns
    -------
    pure number
        None without returns, where one is NaN, and where they do not vary beyond rounding.

    Examples
    --------
    Deviations -1, -1, +2 (in percent): moments 2 and 2, so 2 / 2**1.5.

    >>> round(skew(Returns.weekdays([0.0, 0.0, 0.03])), 12) == round(2 / 2**1.5, 12)
    True
    """
    moments = _moments(returns, 3)
    return None if moments is None else moments[1] / moments[0] ** 1.5


@statistic(
    unit="pure number",
    formula="m₄ / m₂² − 3",
    source="population fourth moment over the squared second, minus the normal's 3",
)
def kurtosis(returns: Returns) -> float | None:
    """Return the excess kurtosis of the returns, from population moments.

    Parameters
    ----------
    returns : (n,) fraction per period

    Returns
    -------
    pure number, >= -2
        None without returns, where one is NaN, and where they do not vary beyond rounding.

    Examples
    --------
    Deviations of one size: fourth moment over squared second is 1, minus 3.

    >>> round(kurtosis(Returns.weekdays([0.01, -0.01])), 12)
    -2.0
    """
    moments = _moments(returns, 4)
    return None if moments is None else moments[1] / moments[0] ** 2 - 3.0


@statistic(unit="fraction per session", formula="max r", source="definition")
def best_day(returns: Returns) -> float | None:
    """Return the highest return of a session.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    fraction per session
        None without returns or where one is NaN.

    Examples
    --------
    >>> best_day(Returns.weekdays([0.01, -0.02, 0.03]))
    0.03
    """
    check_frequency(returns, Frequency.DAILY)
    return float(returns.values.max()) if returns.complete else None


@statistic(unit="fraction per session", formula="min r", source="definition")
def worst_day(returns: Returns) -> float | None:
    """Return the lowest return of a session.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    fraction per session
        None without returns or where one is NaN.

    Examples
    --------
    >>> worst_day(Returns.weekdays([0.01, -0.02, 0.03]))
    -0.02
    """
    check_frequency(returns, Frequency.DAILY)
    return float(returns.values.min()) if returns.complete else None


def _moments(returns: Returns, order: int) -> tuple[float, float] | None:
    """Return the second and another central moment, both in units of the returns' spread to keep clear of underflow."""
    if not returns.complete:
        return None
    away = returns.values - returns.values.mean()
    spread = math.sqrt(float((away * away).mean()))
    if is_rounding(spread, returns.values):
        return None
    away = away / spread
    square = away * away
    return float(square.mean()), float((square * (away if order == 3 else square)).mean())
