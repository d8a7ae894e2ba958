"""The statistics of a run and of a run against its benchmark, in the order of the JSON of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.ledger import Ledger, measured

# Each module defines its statistics as it is imported.
from fedcycle.backtests.statistics import (  # noqa: F401
    active,
    capture,
    daily,
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
from fedcycle.backtests.statistics.inputs import OF_BENCHMARK, OF_BILLS, OF_TRADING, Inputs
from fedcycle.backtests.statistics.numerics import same_length
from fedcycle.backtests.statistics.registry import FAMILIES, STATISTICS
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
    same_length(len(ledger.sessions), value=ledger.value, bills=bills, bills_value=bills_value, month_ends=month_ends)
    given = Inputs(ledger.value, ledger.sessions, bills, month_ends, ledger, bills_value)
    return {name: given.answer(STATISTICS[name]) for name in OWN}


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
    given = Inputs(value, sessions, bills, np.zeros(len(value), dtype=bool))
    return {name: given.answer(STATISTICS[name]) for name in names}


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
    ends = np.zeros(len(value), dtype=bool) if month_ends is None else month_ends[first:]
    given = Inputs(value, sessions, bills, ends, benchmark_value=other, benchmark_name=name)
    found = {key: given.answer(STATISTICS[key]) for key in RELATIVE}
    return {"benchmark": name, **found, "sessions": len(sessions), "sessions_dropped": first}


PROMISED = (
    *("final_value", "total_return", "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "calmar"),
    *("var_95", "cvar_95", "skew", "kurtosis", "best_month", "worst_month", "hit_rate_monthly"),
    *("turnover_per_year", "costs_usd", "trades", "time_invested"),
)
"""The first of an account by itself, in the order in which readers know them; others follow."""

_AGAINST = (
    *("excess_cagr", "alpha", "beta", "tracking_error", "information_ratio", "up_capture", "down_capture"),
    *("relative_wealth", "mean_active_return", "relative_drawdown", "correlation", "r_squared", "up_beta", "down_beta"),
    *("capture_ratio", "treynor", "m_squared", "appraisal_ratio"),
)
"""The first of those against a benchmark, in the order in which readers know them; others follow."""


def _ordered(first: Sequence[str], *, against: bool) -> tuple[str, ...]:
    """Return the statistics of an account by itself, or against a benchmark: some first, then as they are defined."""
    known = [of for family in FAMILIES for of in STATISTICS.values() if of.family == family]
    names = [of.name for of in known if against is not OF_BENCHMARK.isdisjoint(of.inputs)]
    return (*first, *(name for name in names if name not in first))


OWN, RELATIVE = _ordered(PROMISED, against=False), _ordered(_AGAINST, against=True)
"""Every statistic of an account by itself, and every one against a benchmark, in the order of the JSON of a run."""

ACCOUNT = tuple(name for name in OWN if not OF_TRADING.isdisjoint(STATISTICS[name].inputs))
"""Statistics of trading and holding, which a benchmark that is only a level does not have."""

NEEDS_BILLS = tuple(name for name in OWN if not OF_BILLS.isdisjoint(STATISTICS[name].inputs))
"""Statistics of the account by itself that need the return of bills."""


def _begins(benchmark_value: Float64, name: str) -> int:
    there = np.flatnonzero(~np.isnan(benchmark_value))
    if not there.size:
        raise BacktestError(f"benchmark {name} has no value on any session of the run; choose one that overlaps it")
    return int(there[0])
