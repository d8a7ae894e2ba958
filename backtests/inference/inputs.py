"""What inference is done on: accounts over the same sessions, and what they are all measured against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.ledger import Ledger, measured
from fedcycle.backtests.statistics.numerics import same_length
from fedcycle.data.market import Market
from fedcycle.data.typing import Bool, Days, Float64
from fedcycle.strategies.schedule import month_end

BILLS = "bills"


@dataclass(frozen=True, eq=False)
class ReturnSeries:
    """One run as inference sees it.

    Parameters
    ----------
    id, name : of the run
    value : (T,) US dollars at each close
    by_cycle : the ``by_cycle`` of the run's JSON
    weights : (T - 1, N) fraction of value in each asset at the close before each return, or None
    asset_returns : (T - 1, N) fraction per session, NaN where an asset has no price, or None
    competes : whether it is a trial of a selection: a run with hindsight, or one that is another by name, is not
    """

    id: str
    name: str
    value: Float64
    by_cycle: Sequence[Mapping[str, Any]] = ()
    weights: Float64 | None = None
    asset_returns: Float64 | None = None
    competes: bool = True

    @classmethod
    def of(
        cls,
        ledger: Ledger,
        *,
        market: Market,
        id: str,  # noqa: A002 - the field's name
        name: str,
        by_cycle: Sequence[Mapping[str, Any]],
        since: int | None = None,
    ) -> Self:
        """Return the account of a ledger that was kept on a market, as it is measured: from its first fill on.

        ``since`` is a later session from whose close it is measured, to be put beside accounts that filled later.
        """
        first = ledger.first_fill if since is None else since
        rows = measured(np.searchsorted(market.sessions, ledger.sessions), first, at_fill=True)
        prices = market.marks[rows][:, [market.column(asset) for asset in ledger.assets]]
        units, value = (measured(x, first, at_fill=first != ledger.first_fill) for x in (ledger.units, ledger.value))
        worth = np.where(units != 0.0, units * prices, 0.0)[:-1]
        before = value[:-1, None]
        weights = worth / before if bool((before > 0).all()) else None
        return cls(id, name, value, by_cycle, weights, prices[1:] / prices[:-1] - 1.0)


@dataclass(frozen=True, eq=False)
class BenchmarkSeries:
    """What accounts are measured against, over the same sessions.

    Parameters
    ----------
    name : what the benchmark is called
    value : (T,) US dollars, NaN before the benchmark begins
    bills : (T,) total-return level of one-month bills, > 0
    sessions : (T,) days
    month_ends : (T,) whether a session is its calendar month's last
    """

    name: str
    value: Float64
    bills: Float64
    sessions: Days
    month_ends: Bool

    @classmethod
    def of(cls, market: Market, ledger: Ledger, *, name: str, value: Float64, since: int | None = None) -> Self:
        """Return the series of a benchmark's value, (T,), over a run's sessions, from the run's first fill on.

        ``since`` is a later session from whose close all are measured.
        """
        first = ledger.first_fill if since is None else since
        rows = measured(np.searchsorted(market.sessions, ledger.sessions), first, at_fill=True)
        ends = month_end(market.sessions, market.sessions[:0])[rows].copy()
        if first and len(ends) > 1:
            ends[0] = False
        bills = market.marks[rows, market.column(BILLS)]
        value = measured(value, first, at_fill=first != ledger.first_fill)
        return cls(name, value, bills, market.sessions[rows], ends)


def latest_fill(ledgers: Iterable[Ledger]) -> int | None:
    """Return the session from whose close several accounts can all be measured: the latest first fill."""
    return max((first for ledger in ledgers if (first := ledger.first_fill) is not None), default=None)


def shared(
    accounts: Sequence[ReturnSeries], benchmark_series: BenchmarkSeries
) -> tuple[Sequence[ReturnSeries], BenchmarkSeries, int]:
    """Return accounts and benchmark over the sessions on which the benchmark exists, and how many were dropped.

    Raises
    ------
    BacktestError
        If lengths differ or the benchmark has no value on any session.
    """
    y = benchmark_series
    same_length(len(y.sessions), benchmark=y.value, bills=y.bills, month_ends=y.month_ends)
    for account in accounts:
        same_length(len(y.sessions), **{account.name: account.value})
    there = np.flatnonzero(~np.isnan(y.value))
    if not there.size:
        raise BacktestError(f"benchmark {y.name} has no value on any session of the run; choose one that overlaps it")
    first = int(there[0])
    if first == 0:
        return accounts, benchmark_series, 0
    cut = [
        replace(
            a,
            value=a.value[first:],
            weights=None if a.weights is None else a.weights[first:],
            asset_returns=None if a.asset_returns is None else a.asset_returns[first:],
        )
        for a in accounts
    ]
    rest = BenchmarkSeries(y.name, y.value[first:], y.bills[first:], y.sessions[first:], y.month_ends[first:])
    return cut, rest, first
