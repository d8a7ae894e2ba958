"""How much the account grew."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.kernel import Sample, own
from fedcycle.backtests.statistics.numerics import is_rounding, years
from fedcycle.backtests.statistics.registry import Shown, sample_statistic, statistic
from fedcycle.data.typing import Days, Float64


@statistic(unit="US dollars", formula="V_T", source="definition", shown=Shown(terminal="final value, USD", sweep=True))
def final_value(value: Float64) -> float:
    """Return what the account is worth at its last close.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, no NaN

    Examples
    --------
    >>> final_value(np.array([100.0, 120.0]))
    120.0
    """
    return float(value[-1])


@statistic(
    unit="fraction", formula="V_T / V_1 − 1", source="definition", shown=Shown(terminal="total return, %", sweep=True)
)
def total_return(value: Float64) -> float:
    """Return the growth from the first close to the last.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, the first > 0, no NaN

    Returns
    -------
    fraction, >= -1; 0 for a single session

    Examples
    --------
    >>> total_return(np.array([100.0, 90.0, 150.0]))
    0.5
    """
    return float(value[-1] / value[0] - 1.0)


@statistic(
    unit="fraction per year",
    formula="(V_T / V_1)^(1 / years) − 1, years = calendar days / 365.25",
    source="definition; a year is 365.25 calendar days",
    shown=Shown(terminal="CAGR, % a year", interval=True, sweep=True, title="Annualised return (CAGR)"),
)
def cagr(value: Float64, sessions: Days) -> float | None:
    """Return the compound annual growth rate over calendar time.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, the first > 0, no NaN
    sessions : (T,) days

    Returns
    -------
    fraction per year, >= -1
        None for a single session, and where a jump within days grows past the largest float in a year.

    Examples
    --------
    >>> four_years = np.array(["2001-01-01", "2005-01-01"], dtype="datetime64[D]")
    >>> round(cagr(np.array([100.0, 146.41]), four_years), 12)
    0.1
    """
    grown = kernel.growth_per_year(value[-1] / value[0], years(sessions))
    return grown if math.isfinite(grown) else None


@sample_statistic(
    unit="fraction per year",
    formula="mean(r) · P",
    source="definition; arithmetic, not compounded",
    shown=Shown(interval=True),
)
def mean_return(sample: Sample) -> Any:
    """Return the average return, times the periods of a year.

    Parameters
    ----------
    returns : (n,) fraction per period

    Returns
    -------
    fraction per year
        None without returns or where one is NaN.

    Examples
    --------
    >>> round(mean_return(Returns.weekdays([0.02, -0.01])), 12)
    1.26
    """
    return sample.mean(own) * sample.per_year


@statistic(
    unit="fraction of variance",
    formula="R² of ln(V_t / V_1) on t",
    source="the K-ratio's regression: Kestner (1996), Futures 25(1)",
)
def stability(value: Float64) -> float | None:
    """Return R² of log equity on time: the share of the variance of log value that a straight line explains.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, the first > 0, no NaN

    Returns
    -------
    fraction, in [0, 1]
        None under three closes, where the account was worth 0, and where its value did not vary beyond rounding.

    Examples
    --------
    >>> round(stability(100.0 * 1.01 ** np.arange(10)), 12)
    1.0
    """
    n = len(value) - 1
    if n < 2 or not bool((value > 0).all()):
        return None
    log = np.log(value[1:] / value[0])
    away, time = log - log.mean(), np.arange(n) - (n - 1) / 2
    spread = math.sqrt(float((away**2).mean()))
    if is_rounding(spread, log):
        return None
    return float(away @ time) ** 2 / (float(away @ away) * float(time @ time))
