"""How much the account grew, and how far it fell on the way."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.statistics.registry import statistic
from fedcycle.backtests.statistics.sample import is_rounding, power, years
from fedcycle.data.arrays import Days, Float64


@statistic(unit="US dollars", source="definition")
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


@statistic(unit="fraction", source="definition")
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


@statistic(unit="fraction per year", source="definition; a year is 365.25 calendar days")
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
    span = years(sessions)
    return power(float(value[-1] / value[0]), 1.0 / span) if span > 0 else None


@statistic(unit="fraction", source="definition")
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
    return float((value / np.maximum.accumulate(value) - 1.0).min())


@statistic(unit="ratio of fractions per year and fraction", source="Young (1991), Futures 20(12), over the whole run")
def calmar(value: Float64, sessions: Days) -> float | None:
    """Return the annual growth rate per unit of the worst drawdown.

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
