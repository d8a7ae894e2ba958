"""What running the account took: trading, its costs, and how much was invested."""

from __future__ import annotations

import math

import numpy as np

from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.statistics.numerics import years
from fedcycle.backtests.statistics.registry import Shown, statistic
from fedcycle.data.typing import Days, Float64


def value_before_costs(ledger: Ledger) -> Float64:
    """Return what the account was worth at each fill: at the close of its session, before that session's costs, (M,).

    NaN where that is 0: a share of nothing does not exist.
    """
    at = np.searchsorted(ledger.sessions, ledger.trades.filled_on, side="right") - 1
    costs = np.bincount(at, weights=ledger.trades.cost, minlength=len(ledger.sessions)).astype(np.float64)
    before = (ledger.value + costs)[at]
    return np.where(before > 0, before, np.nan)


@statistic(
    unit="multiples of value per year",
    formula="½ Σ |traded| / V at the fill / years",
    source="definition; one-sided, the first purchase included; V at the close of the fill's session, before costs",
    shown=Shown(terminal="turnover, times value a year", sweep=True),
)
def turnover_per_year(traded: Float64, value_at_fills: Float64, *, sessions: Days) -> float | None:
    """Return half of all that was traded, each fill as a share of what the account was worth then, per year.

    Parameters
    ----------
    traded : (M,) US dollars
        Value of each fill, unslipped; its sign does not matter.
    value_at_fills : (M,) US dollars
        What the account was worth at each fill, before costs; NaN where it was lost.
    sessions : (T,) days

    Returns
    -------
    multiples per year, >= 0
        None for a single session, and where the account was lost at a fill.

    Examples
    --------
    Buy for 100 of 100, sell 120 of 120, buy for 120 of 120: three whole accounts one-sided are 1.5, in two years.

    >>> two_years = np.array(["2001-01-01", "2003-01-01"], dtype="datetime64[D]")
    >>> worth = np.array([100.0, 120.0, 120.0])
    >>> round(turnover_per_year(np.array([100.0, -120.0, 120.0]), worth, sessions=two_years), 2)
    0.75
    """
    return _per_year(0.5 * np.abs(traded) / value_at_fills, sessions)


@statistic(
    unit="US dollars",
    formula="Σ (commission + slippage)",
    source="definition; commission and slippage",
    shown=Shown(terminal="costs, USD", sweep=True, title="Trading costs"),
)
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


@statistic(
    unit="fills",
    formula="number of fills",
    source="definition",
    shown=Shown(terminal="fills", sweep=True, title="Fills"),
)
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
    shown=Shown(terminal="invested, % of value", sweep=True, title="Time invested"),
)
def time_invested(held_value: Float64, held_cash: Float64, *, held_bills: Float64) -> float | None:
    """Return the average share of value in anything but cash and bills; shorts count as negative.

    Parameters
    ----------
    held_value : (T,) US dollars, >= 0, no NaN
    held_cash, held_bills : (T,) US dollars

    Returns
    -------
    fraction
        None where the account is worth 0 at a close: shares of nothing do not exist.

    Examples
    --------
    >>> time_invested(np.array([100.0, 200.0]), np.array([100.0, 20.0]), held_bills=np.array([0.0, 30.0]))
    0.375
    """
    return float((1.0 - (held_cash + held_bills) / held_value).mean()) if (held_value > 0).all() else None


@statistic(
    unit="fraction of value per year",
    formula="Σ cost / V at the fill / years",
    source="definition; V at the close of the fill's session, before costs",
)
def cost_per_year(cost: Float64, value_at_fills: Float64, *, sessions: Days) -> float | None:
    """Return what fills cost a year, each as a share of what the account was worth then.

    Parameters
    ----------
    cost : (M,) US dollars, >= 0
    value_at_fills : (M,) US dollars
        What the account was worth at each fill, before costs; NaN where it was lost.
    sessions : (T,) days

    Returns
    -------
    fraction of value per year, >= 0
        None for a single session, and where the account was lost at a fill.

    Examples
    --------
    1% of 100 and 1% of 200, in two years.

    >>> two_years = np.array(["2001-01-01", "2003-01-01"], dtype="datetime64[D]")
    >>> round(cost_per_year(np.array([1.0, 2.0]), np.array([100.0, 200.0]), sessions=two_years), 4)
    0.01
    """
    return _per_year(cost / value_at_fills, sessions)


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
def average_cash(held_value: Float64, held_cash: Float64) -> float | None:
    """Return the average share of value in uninvested cash, which earns nothing; less loans, without short proceeds.

    Parameters
    ----------
    held_value : (T,) US dollars, >= 0, no NaN
    held_cash : (T,) US dollars

    Returns
    -------
    fraction
        None where the account is worth 0 at a close.

    Examples
    --------
    >>> average_cash(np.array([100.0, 200.0]), np.array([100.0, 20.0]))
    0.55
    """
    return float((held_cash / held_value).mean()) if (held_value > 0).all() else None


@statistic(unit="fraction of value", formula="mean(bills held / V)", source="definition")
def average_bills(held_value: Float64, held_bills: Float64) -> float | None:
    """Return the average share of value in bills.

    Parameters
    ----------
    held_value : (T,) US dollars, >= 0, no NaN
    held_bills : (T,) US dollars

    Returns
    -------
    fraction
        None where the account is worth 0 at a close.

    Examples
    --------
    >>> average_bills(np.array([100.0, 200.0]), np.array([0.0, 30.0]))
    0.075
    """
    return float((held_bills / held_value).mean()) if (held_value > 0).all() else None


def _per_year(shares: Float64, sessions: Days) -> float | None:
    span, total = years(sessions), float(shares.sum())
    return None if span == 0 or math.isnan(total) else total / span
