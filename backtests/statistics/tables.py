"""The statistics of a run and of a run against its benchmark, in the order of the JSON of a run."""

from __future__ import annotations

from collections.abc import Sized

from fedcycle.backtests.errors import BacktestError
from fedcycle.backtests.ledger import Ledger
from fedcycle.backtests.statistics import account, against, growth, months, risk
from fedcycle.backtests.statistics.sample import level_returns
from fedcycle.data.arrays import Bool, Days, Float64


def table(ledger: Ledger, *, bills: Float64, bills_value: Float64, month_ends: Bool) -> dict[str, float | int | None]:
    """Return every statistic of an account by itself; nothing here depends on a benchmark.

    Parameters
    ----------
    ledger : Ledger
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
    value, sessions, fills = ledger.value, ledger.sessions, ledger.trades
    same_length(len(sessions), value=value, bills=bills, bills_value=bills_value, month_ends=month_ends)
    r, bill = level_returns(value, "value"), level_returns(bills, "bills")
    monthly = months.monthly_returns(value, month_ends)
    return {
        "final_value": growth.final_value(value),
        "total_return": growth.total_return(value),
        "cagr": growth.cagr(value, sessions),
        "volatility": risk.volatility(r),
        "sharpe": risk.sharpe(r, bill),
        "sortino": risk.sortino(r, bill),
        "max_drawdown": growth.max_drawdown(value),
        "calmar": growth.calmar(value, sessions),
        "var_95": risk.var_95(r),
        "cvar_95": risk.cvar_95(r),
        "skew": risk.skew(r),
        "kurtosis": risk.kurtosis(r),
        "best_month": months.best_month(monthly),
        "worst_month": months.worst_month(monthly),
        "hit_rate_monthly": months.hit_rate_monthly(monthly),
        "turnover_per_year": account.turnover_per_year(fills.units * fills.price, value, sessions=sessions),
        "costs_usd": account.costs_usd(fills.cost),
        "trades": account.trades(fills.units),
        "time_invested": account.time_invested(value, ledger.cash, bills_value=bills_value),
    }


def relative(
    value: Float64, benchmark_value: Float64, *, bills: Float64, sessions: Days, name: str
) -> dict[str, float | str | None]:
    """Return every statistic of an account against its benchmark, over the same sessions.

    Parameters
    ----------
    value, benchmark_value : (T,) US dollars, >= 0, the first > 0
    bills : (T,) total-return level of one-month bills, > 0
    sessions : (T,) days
    name : what the benchmark is called

    Returns
    -------
    ``benchmark`` -> name, then name -> number, None where it does not exist (never NaN or infinite)

    Raises
    ------
    BacktestError
        If lengths differ, or a value or a level is negative or not a number.
    """
    same_length(len(sessions), value=value, benchmark_value=benchmark_value, bills=bills)
    r, b = level_returns(value, "value"), level_returns(benchmark_value, f"benchmark {name}")
    bill = level_returns(bills, "bills")
    return {
        "benchmark": name,
        "excess_cagr": against.excess_cagr(value, benchmark_value, sessions=sessions),
        "alpha": against.alpha(r, b, bill_returns=bill),
        "beta": against.beta(r, b, bill_returns=bill),
        "tracking_error": against.tracking_error(r, b),
        "information_ratio": against.information_ratio(r, b),
        "up_capture": against.up_capture(r, b),
        "down_capture": against.down_capture(r, b),
    }


def same_length(sessions: int, **columns: Sized) -> None:
    """Raise BacktestError unless every column has one row a session."""
    for name, column in columns.items():
        if len(column) != sessions:
            raise BacktestError(f"{name} has {len(column)} rows for {sessions} sessions; each session needs one")
