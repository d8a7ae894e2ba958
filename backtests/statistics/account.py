"""What running the account took: trading, its costs, and how much was invested."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.statistics.registry import statistic
from fedcycle.backtests.statistics.sample import years
from fedcycle.data.arrays import Days, Float64


@statistic(unit="multiples of average value per year", source="definition; one-sided, the first purchase included")
def turnover_per_year(traded: Float64, value: Float64, *, sessions: Days) -> float | None:
    """Return half of all that was traded, per unit of average value and year.

    Parameters
    ----------
    traded : (M,) US dollars
        Value of each fill, unslipped; its sign does not matter.
    value : (T,) US dollars, >= 0, no NaN
    sessions : (T,) days

    Returns
    -------
    multiples per year, >= 0
        None for a single session.

    Examples
    --------
    Buy for 100, sell for 120, buy for 120: 170 one-sided in two years at an average value of 85.

    >>> two_years = np.array(["2001-01-01", "2003-01-01"], dtype="datetime64[D]")
    >>> round(turnover_per_year(np.array([100.0, -120.0, 120.0]), np.array([80.0, 90.0]), sessions=two_years), 2)
    1.0
    """
    span, average = years(sessions), float(value.mean())
    return None if span == 0 or average == 0 else 0.5 * float(np.abs(traded).sum()) / average / span


@statistic(unit="US dollars", source="definition; commission and slippage")
def costs_usd(cost: Float64) -> float:
    """Return what all fills cost together.

    Parameters
    ----------
    cost : (M,) US dollars, >= 0

    Examples
    --------
    >>> costs_usd(np.array([1.5, 2.0]))
    3.5
    """
    return float(cost.sum())


@statistic(unit="fills", source="definition")
def trades(units: Float64) -> int:
    """Return the number of fills.

    Parameters
    ----------
    units : (M,) units of each fill

    Examples
    --------
    >>> trades(np.array([10.0, -10.0]))
    2
    """
    return len(units)


@statistic(unit="fraction of value", source="definition; cash and bills are not invested")
def time_invested(value: Float64, cash: Float64, *, bills_value: Float64) -> float | None:
    """Return the average share of value in anything but cash and bills.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, no NaN
    cash, bills_value : (T,) US dollars

    Returns
    -------
    fraction
        None where the account is worth 0 at a close: shares of nothing do not exist.

    Examples
    --------
    >>> time_invested(np.array([100.0, 200.0]), np.array([100.0, 20.0]), bills_value=np.array([0.0, 30.0]))
    0.375
    """
    return float((1.0 - (cash + bills_value) / value).mean()) if (value > 0).all() else None
