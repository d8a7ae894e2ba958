"""The statistics of a run and of a run against its benchmark, in the order of the JSON of a run."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.ledger import Ledger, measured
from fedcycle.backtests.statistics import (
    active,
    capture,
    drawdown,
    growth,
    monthly,
    monthly_risk,
    regression,
    risk,
    tails,
    trading,
    yearly,
)
from fedcycle.backtests.statistics import daily as by_session
from fedcycle.backtests.statistics.drawdown_periods import drawdown_periods
from fedcycle.backtests.statistics.numerics import same_length
from fedcycle.backtests.statistics.returns import Bills, Frequency, Returns
from fedcycle.data.typing import Bool, Days, Float64

Table: TypeAlias = dict[str, float | int | None]


def table(ledger: Ledger, *, bills: Float64, bills_value: Float64, month_ends: Bool) -> Table:
    """Return every statistic of an account by itself; nothing here depends on a benchmark.

    Parameters
    ----------
    ledger : Ledger
        From before its first fill on, as ``Ledger.measured`` cuts it: what is held is looked at from the second row on.
    bills : (T,) total-return level of one-month bills, > 0
    bills_value : (T,) US dollars held in bills at each close
    month_ends : (T,) whether a session is its calendar month's last in the market's calendar

    Returns
    -------
    name -> number, None where it does not exist (never NaN or infinite)

    Raises
    ------
    BacktestError
        If lengths differ, or a value or a level is negative or not a number.
    """
    value, sessions = ledger.value, ledger.sessions
    same_length(len(sessions), value=value, bills=bills, bills_value=bills_value, month_ends=month_ends)
    r = Returns.of_level(value, sessions)
    # One array of dates for all, so that comparing them costs nothing.
    bill = Bills.beside(r, bills, name="bills")
    month = monthly.monthly(value, sessions, month_ends=month_ends)
    found = _growth(value, sessions, bills=bills, r=r) | _spread(r, bill) | _tails(r) | _sessions(r)
    found |= _months(month, bills, sessions=sessions, month_ends=month_ends)
    found |= _years(yearly.yearly(value, sessions, month_ends=month_ends))
    found |= _account(ledger, bills_value)
    # What CLI.md promises comes first, in its order.
    return {name: found[name] for name in PROMISED} | found


def level_table(value: Float64, bills: Float64, sessions: Days, *, first_fill: int) -> Table:
    """Return the growth and risk of a level by itself, such as a benchmark's, measured from a session's close on.

    Parameters
    ----------
    value : (T,) US dollars
    bills : (T,) total-return level of one-month bills, > 0
    sessions : (T,) days
    first_fill : session of the first fill; nothing exists where that is after the last
    """
    names = ("cagr", "volatility", "sharpe", "max_drawdown")
    if first_fill >= len(sessions):
        return dict.fromkeys(names)
    value, bills = measured(value, first_fill), measured(bills, first_fill, at_fill=True)
    sessions = measured(sessions, first_fill, at_fill=True)
    r = Returns.of_level(value, sessions)
    bill = Bills.beside(r, bills, name="bills")
    own = (growth.cagr(value, sessions), risk.volatility(r), risk.sharpe(r, bill), drawdown.max_drawdown(value))
    return dict(zip(names, own, strict=True))


def relative(
    value: Float64,
    benchmark_value: Float64,
    *,
    bills: Float64,
    sessions: Days,
    name: str,
    month_ends: Bool | None = None,
) -> dict[str, float | int | str | None]:
    """Return every statistic of an account against its benchmark, over the sessions that both have.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, the first > 0
    benchmark_value : (T,) US dollars, >= 0; NaN before the benchmark begins
    bills : (T,) total-return level of one-month bills, > 0
    sessions : (T,) days
    name : what the benchmark is called
    month_ends : (T,) whether a session is its month's last, or None to leave the monthly number missing

    Returns
    -------
    ``benchmark`` -> name, then name -> number, None where it does not exist (never NaN or infinite)
        ``sessions`` and ``sessions_dropped`` count what both have and what the run had before its benchmark began.

    Raises
    ------
    BacktestError
        If lengths differ, or a value or a level is negative or not a number, or the benchmark never begins.
    """
    same_length(len(sessions), value=value, benchmark_value=benchmark_value, bills=bills)
    first = _begins(benchmark_value, name)
    value, other, bills, sessions = value[first:], benchmark_value[first:], bills[first:], sessions[first:]
    r = Returns.of_level(value, sessions)
    b = Returns.beside(r, other, name=f"benchmark {name}")
    bill = Bills.beside(r, bills, name="bills")
    ends = np.zeros(len(value), dtype=bool) if month_ends is None else month_ends[first:]
    own_months, other_months = (monthly.monthly(level, sessions, month_ends=ends) for level in (value, other))
    return {
        "benchmark": name,
        "excess_cagr": active.excess_cagr(value, other, sessions=sessions),
        "alpha": regression.alpha(r, b, bills=bill),
        "beta": regression.beta(r, b, bills=bill),
        "tracking_error": active.tracking_error(r, b),
        "information_ratio": active.information_ratio(r, b),
        "up_capture": capture.up_capture(r, b),
        "down_capture": capture.down_capture(r, b),
        "relative_wealth": active.relative_wealth(value, other),
        "mean_active_return": active.mean_active_return(r, b),
        "relative_drawdown": active.relative_drawdown(value, other),
        "correlation": regression.correlation(r, b),
        "r_squared": regression.r_squared(r, b),
        "up_beta": regression.up_beta(r, b, bills=bill),
        "down_beta": regression.down_beta(r, b, bills=bill),
        "capture_ratio": capture.capture_ratio(r, b),
        "treynor": regression.treynor(r, b, bills=bill),
        "m_squared": regression.m_squared(r, b, bills=bill),
        "appraisal_ratio": regression.appraisal_ratio(r, b, bills=bill),
        "hit_rate_over_benchmark": active.hit_rate_over_benchmark(r, b) if _of_days(r) else None,
        "hit_rate_over_benchmark_monthly": active.hit_rate_over_benchmark_monthly(own_months, other_months),
        "sessions": len(sessions),
        "sessions_dropped": first,
    }


PROMISED = (
    *("final_value", "total_return", "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "calmar"),
    *("var_95", "cvar_95", "skew", "kurtosis", "best_month", "worst_month", "hit_rate_monthly"),
    *("turnover_per_year", "costs_usd", "trades", "time_invested"),
)
"""The statistics that CLI.md names, in its order."""

ACCOUNT = (
    *("turnover_per_year", "costs_usd", "trades", "time_invested"),
    *("cost_per_year", "average_cost_bps", "average_cash", "average_bills"),
)
"""Statistics of trading and holding, which a benchmark that is only a level does not have."""

NEEDS_BILLS = ("sharpe", "sortino", "downside_deviation", "omega", "kelly", "martin_ratio", "sharpe_monthly")
"""Statistics of the account by itself that need the return of bills."""


def _growth(value: Float64, sessions: Days, *, bills: Float64, r: Returns) -> Table:
    fallen = drawdown_periods(value, sessions)
    return {
        "final_value": growth.final_value(value),
        "total_return": growth.total_return(value),
        "cagr": growth.cagr(value, sessions),
        "mean_return": growth.mean_return(r),
        "stability": growth.stability(value),
        "max_drawdown": drawdown.max_drawdown(value),
        "calmar": drawdown.calmar(value, sessions),
        "recovery_factor": drawdown.recovery_factor(value),
        "ulcer_index": drawdown.ulcer_index(value),
        "martin_ratio": drawdown.martin_ratio(value, bills, sessions=sessions),
        "average_drawdown": drawdown.average_drawdown(fallen),
        "average_drawdown_days": drawdown.average_drawdown_days(fallen),
        "longest_drawdown_days": drawdown.longest_drawdown_days(fallen),
        "time_under_water": drawdown.time_under_water(value),
    }


def _spread(r: Returns, bill: Bills) -> Table:
    return {
        "volatility": risk.volatility(r),
        "downside_deviation": risk.downside_deviation(r, bill),
        "sharpe": risk.sharpe(r, bill),
        "sortino": risk.sortino(r, bill),
        "omega": risk.omega(r, bill),
        "kelly": risk.kelly(r, bill),
        "autocorrelation": risk.autocorrelation(r),
    }


def _tails(r: Returns) -> Table:
    return {
        "var_95": tails.var_95(r),
        "cvar_95": tails.cvar_95(r),
        "tail_ratio": tails.tail_ratio(r),
        "skew": tails.skew(r),
        "kurtosis": tails.kurtosis(r),
        "best_day": tails.best_day(r) if _of_days(r) else None,
        "worst_day": tails.worst_day(r) if _of_days(r) else None,
    }


_BY_SESSION = (
    *("hit_rate_daily", "average_gain", "average_loss", "payoff_ratio", "profit_factor"),
    *("longest_gains", "longest_losses"),
)
"""Numbers of days: None where returns are of weeks or months."""


def _of_days(r: Returns) -> bool:
    """Return whether returns are of days, without which what is counted in days does not exist."""
    return r.frequency is Frequency.DAILY


def _sessions(r: Returns) -> Table:
    if not _of_days(r):
        return dict.fromkeys(_BY_SESSION)
    return {
        "hit_rate_daily": by_session.hit_rate_daily(r),
        "average_gain": by_session.average_gain(r),
        "average_loss": by_session.average_loss(r),
        "payoff_ratio": by_session.payoff_ratio(r),
        "profit_factor": by_session.profit_factor(r),
        "longest_gains": by_session.longest_gains(r),
        "longest_losses": by_session.longest_losses(r),
    }


def _months(month: Returns, bills: Float64, *, sessions: Days, month_ends: Bool) -> Table:
    of_bills = monthly.monthly(bills, sessions, month_ends=month_ends)
    bill = Bills(of_bills.values, month.ends, Frequency.MONTHLY, name="bills")
    return {
        "best_month": monthly.best_month(month),
        "worst_month": monthly.worst_month(month),
        "hit_rate_monthly": monthly.hit_rate_monthly(month),
        "average_up_month": monthly.average_up_month(month),
        "average_down_month": monthly.average_down_month(month),
        "gain_to_pain": monthly.gain_to_pain(month),
        "hit_rate_12m": monthly.hit_rate_12m(month),
        "volatility_monthly": monthly_risk.volatility_monthly(month),
        "sharpe_monthly": monthly_risk.sharpe_monthly(month, bill),
        "skew_monthly": monthly_risk.skew_monthly(month),
        "kurtosis_monthly": monthly_risk.kurtosis_monthly(month),
    }


def _years(year: Returns) -> Table:
    return {
        "best_year": yearly.best_year(year),
        "worst_year": yearly.worst_year(year),
        "hit_rate_yearly": yearly.hit_rate_yearly(year),
    }


def _account(ledger: Ledger, bills_value: Float64) -> Table:
    sessions, fills = ledger.sessions, ledger.trades
    traded, before = fills.units * fills.price, trading.value_before_costs(ledger)
    # The first row is the account before its first fill.
    n = max(len(sessions) - 1, 1)
    value, cash, bills_value = ledger.value[-n:], ledger.cash[-n:], bills_value[-n:]
    return {
        "turnover_per_year": trading.turnover_per_year(traded, before, sessions=sessions),
        "costs_usd": trading.costs_usd(fills.cost),
        "trades": trading.trades(fills.units),
        "time_invested": trading.time_invested(value, cash, bills_value=bills_value),
        "cost_per_year": trading.cost_per_year(fills.cost, before, sessions=sessions),
        "average_cost_bps": trading.average_cost_bps(fills.cost, traded),
        "average_cash": trading.average_cash(value, cash),
        "average_bills": trading.average_bills(value, bills_value),
    }


def _begins(benchmark_value: Float64, name: str) -> int:
    there = np.flatnonzero(~np.isnan(benchmark_value))
    if not there.size:
        raise BacktestError(f"benchmark {name} has no value on any session of the run; choose one that overlaps it")
    return int(there[0])
