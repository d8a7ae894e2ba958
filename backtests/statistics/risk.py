"""How the daily returns spread: volatility, reward for it, tails and shape."""

from __future__ import annotations

import math

import numpy as np

from fedcycle.backtests.statistics.registry import statistic
from fedcycle.backtests.statistics.sample import SESSIONS_PER_YEAR, complete, is_rounding
from fedcycle.data.arrays import Float64

TAIL = 0.05


@statistic(unit="fraction per year", source="definition; sample standard deviation, 252 sessions a year")
def volatility(returns: Float64) -> float | None:
    """Return the annualised standard deviation of daily returns.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    fraction per year, >= 0
        None under two returns or where one is NaN.

    Examples
    --------
    Deviations of 1% either side of the mean: sd = sqrt((0.01**2 + 0.01**2) / 1), a year has 252 of them.

    >>> round(volatility(np.array([0.01, -0.01])), 12) == round(0.01 * math.sqrt(2 * 252), 12)
    True
    """
    if not complete(returns, least=2):
        return None
    return float(returns.std(ddof=1)) * math.sqrt(SESSIONS_PER_YEAR)


@statistic(unit="ratio, per square root of a year", source="Sharpe (1994), J. Portfolio Management 21(1)")
def sharpe(returns: Float64, bill_returns: Float64) -> float | None:
    """Return the mean return over bills per unit of its standard deviation, annualised.

    Parameters
    ----------
    returns, bill_returns : (n,) fraction per session

    Returns
    -------
    ratio
        None under two returns, where one is NaN, and where the excess does not vary beyond rounding.

    Examples
    --------
    Excess returns 2%, 0%, 1%: mean 1%, sd 1%.

    >>> ratio = sharpe(np.array([0.02, 0.0, 0.01]), np.zeros(3))
    >>> round(ratio, 12) == round(math.sqrt(252), 12)
    True
    """
    excess = returns - bill_returns
    if not complete(excess, least=2):
        return None
    spread = float(excess.std(ddof=1))
    return None if is_rounding(spread, excess) else float(excess.mean()) / spread * math.sqrt(SESSIONS_PER_YEAR)


@statistic(unit="ratio, per square root of a year", source="Sortino & Price (1994), J. Investing 3(3); target: bills")
def sortino(returns: Float64, bill_returns: Float64) -> float | None:
    """Return the mean return over bills per unit of downside deviation below bills, annualised.

    Parameters
    ----------
    returns, bill_returns : (n,) fraction per session

    Returns
    -------
    ratio
        None without returns, where one is NaN, and where none fell short of bills beyond rounding.

    Examples
    --------
    Excess returns 3%, -1%: mean 1%; downside sqrt((0 + 0.01**2) / 2).

    >>> ratio = sortino(np.array([0.03, -0.01]), np.zeros(2))
    >>> round(ratio, 12) == round(math.sqrt(2 * 252), 12)
    True
    """
    excess = returns - bill_returns
    if not complete(excess):
        return None
    downside = math.sqrt(float((np.minimum(excess, 0.0) ** 2).mean()))
    return None if is_rounding(downside, excess) else float(excess.mean()) * math.sqrt(SESSIONS_PER_YEAR) / downside


@statistic(
    unit="fraction per session", source="Jorion (2006), Value at Risk; historical, linear between order statistics"
)
def var_95(returns: Float64) -> float | None:
    """Return the 5% quantile of daily returns; negative is a loss.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    fraction per session
        None without returns or where one is NaN.

    Examples
    --------
    Of 21 returns -10%, -9%, ..., +10% the quantile stands at the second lowest.

    >>> round(var_95(np.arange(-10, 11) / 100), 12)
    -0.09
    """
    if not complete(returns):
        return None
    # What np.quantile answers; its first call imports numpy.ma, some 15 ms of a command's 400.
    place = TAIL * (len(returns) - 1)
    below = int(place)
    above = min(below + 1, len(returns) - 1)
    ordered = np.partition(returns, (below, above))
    return float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))


@statistic(unit="fraction per session", source="Rockafellar & Uryasev (2000), J. Risk 2(3); historical")
def cvar_95(returns: Float64) -> float | None:
    """Return the mean of the daily returns at or below their 5% quantile.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    fraction per session
        None without returns or where one is NaN.

    Examples
    --------
    Of 21 returns -10%, -9%, ..., +10% the two lowest count.

    >>> round(cvar_95(np.arange(-10, 11) / 100), 12)
    -0.095
    """
    bound = var_95(returns)
    return None if bound is None else float(returns[returns <= bound].mean())


@statistic(unit="pure number", source="population third moment over the 1.5th power of the second")
def skew(returns: Float64) -> float | None:
    """Return the skewness of daily returns, from population moments.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    pure number
        None without returns, where one is NaN, and where they do not vary beyond rounding.

    Examples
    --------
    Deviations -1, -1, +2 (in percent): moments 2 and 2, so 2 / 2**1.5.

    >>> round(skew(np.array([0.0, 0.0, 0.03])), 12) == round(2 / 2**1.5, 12)
    True
    """
    moments = _moments(returns, 3)
    return None if moments is None else moments[1] / moments[0] ** 1.5


@statistic(unit="pure number", source="population fourth moment over the squared second, minus the normal's 3")
def kurtosis(returns: Float64) -> float | None:
    """Return the excess kurtosis of daily returns, from population moments.

    Parameters
    ----------
    returns : (n,) fraction per session

    Returns
    -------
    pure number, >= -2
        None without returns, where one is NaN, and where they do not vary beyond rounding.

    Examples
    --------
    Deviations of one size: fourth moment over squared second is 1, minus 3.

    >>> round(kurtosis(np.array([0.01, -0.01])), 12)
    -2.0
    """
    moments = _moments(returns, 4)
    return None if moments is None else moments[1] / moments[0] ** 2 - 3.0


def _moments(returns: Float64, order: int) -> tuple[float, float] | None:
    """Return the second and another central moment, both in units of the returns' spread to keep clear of underflow."""
    if not complete(returns):
        return None
    away = returns - returns.mean()
    spread = math.sqrt(float((away**2).mean()))
    if is_rounding(spread, returns):
        return None
    away = away / spread
    return float((away**2).mean()), float((away**order).mean())
