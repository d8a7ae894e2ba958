"""The tails and the shape of the returns."""

from __future__ import annotations

from typing import Any

import numpy as np

from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.kernel import Sample, own
from fedcycle.backtests.statistics.registry import Shown, sample_statistic

TAIL = 0.05


@sample_statistic(
    unit="fraction per session",
    formula="5% quantile of r, linear between order statistics",
    source="Jorion (2006), Value at Risk; historical, linear between order statistics",
    shown=Shown(terminal="value at risk 95%, daily, %", title="Value at risk, 95%"),
)
def var_95(sample: Sample) -> Any:
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
    return sample.quantile(own, TAIL)


@sample_statistic(
    unit="fraction per session",
    formula="mean of the r ≤ var_95",
    source="Rockafellar & Uryasev (2000), J. Risk 2(3); historical",
    shown=Shown(terminal="expected shortfall 95%, daily, %", title="Expected shortfall, 95%"),
)
def cvar_95(sample: Sample) -> Any:
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
    return sample.mean_up_to(own, sample.quantile(own, TAIL))


@sample_statistic(
    unit="ratio of quantiles", formula="|95% quantile of r| / |5% quantile of r|", source="as empyrical and quantstats"
)
def tail_ratio(sample: Sample) -> Any:
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
    low = kernel.above(np.abs(sample.quantile(own, TAIL)), sample.limit(own))
    return np.abs(sample.quantile(own, 1.0 - TAIL)) / low


@sample_statistic(
    unit="pure number",
    formula="m₃ / m₂^1.5",
    source="population third moment over the 1.5th power of the second",
    shown=Shown(terminal="skew of daily returns", sweep=True),
)
def skew(sample: Sample) -> Any:
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
    return kernel.skewness(sample, own)


@sample_statistic(
    unit="pure number",
    formula="m₄ / m₂² − 3",
    source="population fourth moment over the squared second, minus the normal's 3",
    shown=Shown(terminal="excess kurtosis", sweep=True, title="Excess kurtosis"),
)
def kurtosis(sample: Sample) -> Any:
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
    return kernel.excess_kurtosis(sample, own)


@sample_statistic(unit="fraction per session", formula="max r", source="definition", daily=True)
def best_day(sample: Sample) -> Any:
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
    return sample.quantile(own, 1.0)


@sample_statistic(unit="fraction per session", formula="min r", source="definition", daily=True)
def worst_day(sample: Sample) -> Any:
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
    return sample.quantile(own, 0.0)
