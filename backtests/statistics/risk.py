"""How much the returns spread, and the reward for it."""

from __future__ import annotations

import math
from typing import Any

from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.kernel import Sample, excess, over_bills, own, squared_shortfall, under_bills
from fedcycle.backtests.statistics.numerics import is_rounding
from fedcycle.backtests.statistics.registry import Shown, sample_statistic, statistic
from fedcycle.backtests.statistics.returns import Returns

RATIO = "ratio, per square root of a year"


@sample_statistic(
    unit="fraction per year",
    formula="sd(r) · √P",
    source="definition; sample standard deviation, 252 sessions a year",
    shown=Shown(terminal="volatility, % a year", interval=True, sweep=True),
)
def volatility(sample: Sample) -> Any:
    """Return the annualised standard deviation of the returns.

    Parameters
    ----------
    returns : (n,) fraction per period

    Returns
    -------
    fraction per year, >= 0
        None under two returns or where one is NaN.

    Examples
    --------
    Deviations of 1% either side of the mean: sd = sqrt((0.01**2 + 0.01**2) / 1), a year has 252 of them.

    >>> round(volatility(Returns.weekdays([0.01, -0.01])), 12) == round(0.01 * math.sqrt(2 * 252), 12)
    True
    """
    return kernel.sd(sample, own) * sample.root


@sample_statistic(
    unit="fraction per year",
    formula="√(mean(min(e, 0)²)) · √P",
    source="Sortino & Price (1994), J. Investing 3(3); target: bills",
)
def downside_deviation(sample: Sample) -> Any:
    """Return the root mean square of what returns fell short of bills, annualised.

    Parameters
    ----------
    returns, bills : (n,) fraction per period

    Returns
    -------
    fraction per year, >= 0
        None without returns or where one is NaN.

    Examples
    --------
    Excess returns 3%, -1%: sqrt((0 + 0.01**2) / 2).

    >>> error = downside_deviation(Returns.weekdays([0.03, -0.01]), Bills.weekdays([0.0, 0.0]))
    >>> round(error, 12) == round(0.01 * math.sqrt(252 / 2), 12)
    True
    """
    return kernel.downside(sample, squared_shortfall) * sample.root


@sample_statistic(
    unit=RATIO,
    formula="mean(e) / sd(e) · √P",
    source="Sharpe (1994), J. Portfolio Management 21(1)",
    shown=Shown(terminal="Sharpe ratio", interval=True, sweep=True, title="Sharpe ratio"),
)
def sharpe(sample: Sample) -> Any:
    """Return the mean return over bills per unit of its standard deviation, annualised.

    Parameters
    ----------
    returns, bills : (n,) fraction per period

    Returns
    -------
    ratio
        None under two returns, where one is NaN, and where the excess does not vary beyond rounding.

    Examples
    --------
    Excess returns 2%, 0%, 1%: mean 1%, sd 1%.

    >>> ratio = sharpe(Returns.weekdays([0.02, 0.0, 0.01]), Bills.weekdays([0.0, 0.0, 0.0]))
    >>> round(ratio, 12) == round(math.sqrt(252), 12)
    True
    """
    return kernel.reward(sample, excess)


@sample_statistic(
    unit=RATIO,
    formula="mean(e) · √P / √(mean(min(e, 0)²))",
    source="Sortino & Price (1994), J. Investing 3(3); target: bills",
    shown=Shown(terminal="Sortino ratio", interval=True, sweep=True, title="Sortino ratio"),
)
def sortino(sample: Sample) -> Any:
    """Return the mean return over bills per unit of downside deviation below bills, annualised.

    Parameters
    ----------
    returns, bills : (n,) fraction per period

    Returns
    -------
    ratio
        None without returns, where one is NaN, and where none fell short of bills beyond rounding.

    Examples
    --------
    Excess returns 3%, -1%: mean 1%; downside sqrt((0 + 0.01**2) / 2).

    >>> ratio = sortino(Returns.weekdays([0.03, -0.01]), Bills.weekdays([0.0, 0.0]))
    >>> round(ratio, 12) == round(math.sqrt(2 * 252), 12)
    True
    """
    downside = kernel.above(kernel.downside(sample, squared_shortfall), sample.limit(excess))
    return sample.mean(excess) * sample.root / downside


@sample_statistic(
    unit="ratio of sums of returns",
    formula="Σ max(e, 0) / Σ max(−e, 0)",
    source="Keating & Shadwick (2002), J. Performance Measurement 6(3); threshold: bills",
    shown=Shown(title="Omega ratio"),
)
def omega(sample: Sample) -> Any:
    """Return what was gained over bills per unit of what was lost under them.

    Parameters
    ----------
    returns, bills : (n,) fraction per period

    Returns
    -------
    ratio, >= 0
        None without returns, where one is NaN, and where none fell short of bills beyond rounding.

    Examples
    --------
    >>> omega(Returns.weekdays([0.03, -0.01, 0.01]), Bills.weekdays([0.0, 0.0, 0.0])).__round__(9)
    4.0
    """
    return sample.mean(over_bills) / kernel.above(-sample.mean(under_bills), sample.limit(excess))


@sample_statistic(
    unit="multiple of value",
    formula="mean(e) / var(e)",
    source="Kelly (1956), Bell System Tech. J. 35(4); Thorp (2006), continuous form",
    shown=Shown(title="Kelly fraction"),
)
def kelly(sample: Sample) -> Any:
    """Return the share of value held in the account, the rest in bills or borrowed, that would have grown fastest.

    Parameters
    ----------
    returns, bills : (n,) fraction per period

    Returns
    -------
    multiple of value
        None where ``sharpe`` is. Known only afterwards: as advice it overstates.

    Examples
    --------
    Excess returns 2%, 0%, 1%: mean 0.01, variance 0.0001.

    >>> round(kelly(Returns.weekdays([0.02, 0.0, 0.01]), Bills.weekdays([0.0, 0.0, 0.0])), 9)
    100.0
    """
    spread = kernel.above(kernel.sd(sample, excess), sample.limit(excess))
    return sample.mean(excess) / (spread * spread)


@statistic(unit="pure number", formula="Σ a_t a_{t+1} / Σ a_t², a = r − mean(r)", source="Box & Jenkins (1970)")
def autocorrelation(returns: Returns) -> float | None:
    """Return the correlation of a return with the one before it.

    Parameters
    ----------
    returns : (n,) fraction per period

    Returns
    -------
    pure number, in [-1, 1]
        None under three returns, where one is NaN, and where they do not vary beyond rounding.

    Examples
    --------
    Deviations +1, -1, +1, -1 (in percent): three products of -1 over four squares.

    >>> round(autocorrelation(Returns.weekdays([0.01, -0.01, 0.01, -0.01])), 12)
    -0.75
    """
    if len(returns) < 3 or not returns.complete:
        return None
    away = returns.values - returns.values.mean()
    spread = math.sqrt(float((away**2).mean()))
    if is_rounding(spread, returns.values):
        return None
    away = away / spread
    return float(away[1:] @ away[:-1]) / float(away @ away)
