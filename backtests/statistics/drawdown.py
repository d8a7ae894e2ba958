"""How far the account fell below its highest close so far, how often, and for how long."""

from __future__ import annotations

import math

import numpy as np

from fedcycle.backtests.statistics.drawdown_periods import Drawdowns
from fedcycle.backtests.statistics.growth import cagr, total_return
from fedcycle.backtests.statistics.kernel import depth
from fedcycle.backtests.statistics.numerics import is_rounding
from fedcycle.backtests.statistics.registry import Shown, statistic
from fedcycle.data.typing import Days, Float64


@statistic(
    unit="fraction",
    formula="min_t V_t / max_{s ≤ t} V_s − 1",
    source="definition",
    shown=Shown(terminal="maximum drawdown, %", interval=True, sweep=True, title="Maximum drawdown"),
)
def max_drawdown(value: Float64) -> float:
    """Return how far the account fell at worst below its highest close so far.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, the first > 0, no NaN

    Returns
    -------
    fraction, in [-1, 0]

    Examples
    --------
    >>> max_drawdown(np.array([100.0, 120.0, 90.0, 126.0]))
    -0.25
    """
    return float(depth(value).min())


@statistic(
    unit="ratio of fractions per year and fraction",
    formula="cagr / |max_drawdown|",
    source="Young (1991), Futures 20(12), over the whole run",
    shown=Shown(terminal="Calmar ratio", sweep=True, title="Calmar ratio"),
)
def calmar(value: Float64, sessions: Days) -> float | None:
    """Return the annual growth rate per unit of the maximum drawdown.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, the first > 0, no NaN
    sessions : (T,) days

    Returns
    -------
    ratio
        None where the account never fell, or has no growth rate.

    Examples
    --------
    >>> four_years = np.array(["2001-01-01", "2003-01-01", "2005-01-01"], dtype="datetime64[D]")
    >>> round(calmar(np.array([100.0, 80.0, 146.41]), four_years), 12)
    0.5
    """
    growth, fall = cagr(value, sessions), abs(max_drawdown(value))
    return None if growth is None or is_rounding(fall, np.zeros(1)) else growth / fall


@statistic(
    unit="ratio of fractions", formula="total_return / |max_drawdown|", source="definition; compounded, not summed"
)
def recovery_factor(value: Float64) -> float | None:
    """Return the total return per unit of the maximum drawdown.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, the first > 0, no NaN

    Returns
    -------
    ratio
        None where the account never fell.

    Examples
    --------
    >>> round(recovery_factor(np.array([100.0, 80.0, 150.0])), 12)
    2.5
    """
    fall = abs(max_drawdown(value))
    return None if is_rounding(fall, np.zeros(1)) else total_return(value) / fall


@statistic(
    unit="fraction",
    formula="√(mean over the closes after the first of D_t²)",
    source="Martin & McCann (1989), The Investor's Guide to Fidelity Funds",
)
def ulcer_index(value: Float64) -> float | None:
    """Return the root mean square drawdown over the closes after the first.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, the first > 0, no NaN

    Returns
    -------
    fraction, >= 0
        None for a single session.

    Examples
    --------
    Closes 0%, 30% and 40% below the peak: root of (0 + 0.09 + 0.16) / 3.

    >>> round(ulcer_index(np.array([100.0, 100.0, 70.0, 60.0])) ** 2 * 3, 12)
    0.25
    """
    return math.sqrt(float((depth(value)[1:] ** 2).mean())) if len(value) > 1 else None


@statistic(
    unit="ratio of fractions per year and fraction",
    formula="(cagr − cagr of bills) / ulcer_index",
    source="Martin & McCann (1989); also called ulcer performance index",
)
def martin_ratio(value: Float64, bills_level: Float64, *, sessions: Days) -> float | None:
    """Return the annual growth rate over that of bills per unit of the ulcer index.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, the first > 0, no NaN
    bills_level : (T,) total-return level of one-month bills, > 0
    sessions : (T,) days

    Returns
    -------
    ratio
        None for a single session, where the account never fell, or has no growth rate.

    Examples
    --------
    >>> four_years = np.array(["2001-01-01", "2003-01-01", "2005-01-01"], dtype="datetime64[D]")
    >>> ratio = martin_ratio(np.array([100.0, 80.0, 146.41]), np.ones(3), sessions=four_years)
    >>> round(ratio, 9) == round(0.1 / (0.2 / math.sqrt(2)), 9)
    True
    """
    growth, cash, ulcer = cagr(value, sessions), cagr(bills_level, sessions), ulcer_index(value)
    if growth is None or cash is None or ulcer is None or is_rounding(ulcer, np.zeros(1)):
        return None
    return (growth - cash) / ulcer


@statistic(
    unit="fraction", formula="mean over the drawdowns of their depths", source="definition; each fall counts once"
)
def average_drawdown(drawdowns: Drawdowns) -> float | None:
    """Return how deep a drawdown was on average, from a peak to the lowest close before it was reached again.

    Parameters
    ----------
    drawdowns : (k,) Falls

    Returns
    -------
    fraction, in [-1, 0)
        None where the account never fell.

    Examples
    --------
    >>> days = np.datetime64("2001-01-01") + np.arange(5)
    >>> round(average_drawdown(falls(np.array([100.0, 120.0, 90.0, 150.0, 135.0]), days)), 12)
    -0.175
    """
    return float(drawdowns.depth.mean()) if len(drawdowns) else None


@statistic(
    unit="calendar days", formula="mean over the drawdowns of recovery − peak", source="definition; an open one to T"
)
def average_drawdown_days(drawdowns: Drawdowns) -> float | None:
    """Return how long a drawdown lasted on average, from its peak until the peak was reached again.

    Parameters
    ----------
    drawdowns : (k,) Falls

    Returns
    -------
    calendar days
        None where the account never fell. A drawdown that is not over counts until the last session.

    Examples
    --------
    >>> days = np.array(["2001-01-01", "2001-01-02", "2001-01-05"], dtype="datetime64[D]")
    >>> average_drawdown_days(falls(np.array([100.0, 90.0, 100.0]), days))
    4.0
    """
    return float(drawdowns.days.mean()) if len(drawdowns) else None


@statistic(unit="calendar days", formula="max over the drawdowns of recovery − peak", source="definition")
def longest_drawdown_days(drawdowns: Drawdowns) -> int:
    """Return how long the longest drawdown lasted, from its peak until the peak was reached again.

    Parameters
    ----------
    drawdowns : (k,) Falls

    Returns
    -------
    calendar days, 0 where the account never fell
        A drawdown that is not over counts until the last session.

    Examples
    --------
    >>> days = np.array(["2001-01-01", "2001-01-02", "2001-02-01"], dtype="datetime64[D]")
    >>> longest_drawdown_days(falls(np.array([100.0, 90.0, 95.0]), days))
    31
    """
    return int(drawdowns.days.max(initial=0))


@statistic(unit="fraction of closes", formula="share of closes with D_t < 0", source="definition")
def time_under_water(value: Float64) -> float:
    """Return the share of closes below an earlier one.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, the first > 0, no NaN

    Examples
    --------
    >>> time_under_water(np.array([100.0, 120.0, 90.0, 126.0]))
    0.25
    """
    return float((depth(value) < 0.0).mean())
