"""What running the account took: trading, its costs, and how much was invested."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.statistics.numerics import years
from fedcycle.backtests.statistics.registry import statistic
from fedcycle.data.typing import Days, Float64


@statistic(
    unit="multiples of average value per year",
    formula="½ Σ |traded| / mean(V) / years",
    source="definition; one-sided, the first purchase included",
)
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


@statistic(unit="US dollars", formula="Σ (commission + slippage)", source="definition; commission and slippage")
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


@statistic(unit="fills", formula="number of fills", source="definition")
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


@statistic(
    unit="fraction of value",
    formula="mean(1 − (cash + bills) / V)",
    source="definition; cash and bills are not invested",
)
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


@statistic(unit="fraction of value per year", formula="Σ cost / mean(V) / years", source="definition")
def cost_per_year(cost: Float64, value: Float64, *, sessions: Days) -> float | None:
    """Return what fills cost a year, per unit of average value.

    Parameters
    ----------
    cost : (M,) US dollars, >= 0
    value : (T,) US dollars, >= 0, no NaN
    sessions : (T,) days

    Returns
    -------
    fraction of value per year, >= 0
        None for a single session.

    Examples
    --------
    Costs of 1.7 in two years at an average value of 85.

    >>> two_years = np.array(["2001-01-01", "2003-01-01"], dtype="datetime64[D]")
    >>> round(cost_per_year(np.array([1.0, 0.7]), np.array([80.0, 90.0]), sessions=two_years), 4)
    0.01
    """
    span, average = years(sessions), float(value.mean())
    return None if span == 0 or average == 0 else float(cost.sum()) / average / span


@statistic(unit="basis points of traded value", formula="Σ cost / Σ |traded| · 10⁴", source="definition")
def average_cost_bps(cost: Float64, traded: Float64) -> float | None:
    """Return what a fill cost on average, in basis points of its value.

    Parameters
    ----------
    cost : (M,) US dollars, >= 0
    traded : (M,) US dollars
        Value of each fill, unslipped; its sign does not matter.

    Returns
    -------
    basis points, >= 0
        None where nothing was traded.

    Examples
    --------
    >>> round(average_cost_bps(np.array([0.05, 0.05]), np.array([100.0, -100.0])), 9)
    5.0
    """
    total = float(np.abs(traded).sum())
    return float(cost.sum()) / total * 1e4 if total > 0 else None


@statistic(unit="fraction of value", formula="mean(cash / V)", source="definition; cash earns nothing")
def average_cash(value: Float64, cash: Float64) -> float | None:
    """Return the average share of value in uninvested cash, which earns nothing.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, no NaN
    cash : (T,) US dollars

    Returns
    -------
    fraction
        None where the account is worth 0 at a close.

    Examples
    --------
    >>> average_cash(np.array([100.0, 200.0]), np.array([100.0, 20.0]))
    0.55
    """
    return float((cash / value).mean()) if (value > 0).all() else None


@statistic(unit="fraction of value", formula="mean(bills held / V)", source="definition")
def average_bills(value: Float64, bills_value: Float64) -> float | None:
    """Return the average share of value in bills.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, no NaN
    bills_value : (T,) US dollars

    Returns
    -------
    fraction
        None where the account is worth 0 at a close.

    Examples
    --------
    >>> average_bills(np.array([100.0, 200.0]), np.array([0.0, 30.0]))
    0.075
    """
    return float((bills_value / value).mean()) if (value > 0).all() else None
