"""The benchmark's own statistics, so that a page can show both sides of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from fedcycle.backtests import statistics
from fedcycle.backtests.analysis.measured_run import month_ends
from fedcycle.backtests.core.ledger import Ledger, Trades, measured
from fedcycle.backtests.runs.storage import Run
from fedcycle.data.market import Market
from fedcycle.data.typing import Float64


def benchmark_statistics(run: Run, market: Market) -> Mapping[str, float | int | None]:
    """Return the benchmark's statistics of a run, as stored with it or made again; see ``benchmark_table``."""
    kept = run.summary.get("benchmark_statistics")
    return kept if isinstance(kept, Mapping) else benchmark_table(run.ledger, run.benchmark_value, market=market)


def benchmark_table(account: Ledger, value: Float64, *, market: Market) -> Mapping[str, float | int | None]:
    """Return the benchmark's statistics over the sessions the run is measured on, named and defined as the run's own.

    What needs bills is left out where the market has no bills over the whole period.

    Parameters
    ----------
    account : the run's
    value : (T,) US dollars, the benchmark's at each of its sessions
    market : the market the run was made on
    """
    first, ledger = account.first_fill, account.measured()
    sessions = ledger.sessions
    rows = np.searchsorted(market.sessions, sessions)
    nothing, no_day = np.empty(0), np.empty(0, dtype="datetime64[D]")
    held = replace(
        ledger,
        value=measured(value, first),
        cash=np.zeros(len(sessions)),
        trades=Trades(no_day, no_day, np.empty(0, dtype=np.int64), nothing, nothing, nothing),
    )
    bills = market.marks[rows, market.column("bills")] if "bills" in market.assets else np.full(len(sessions), np.nan)
    known = bool(np.isfinite(bills).all())
    ends = month_ends(market, sessions)
    level = bills if known else np.ones(len(sessions))
    table = statistics.table(held, bills=level, bills_value=np.zeros(len(sessions)), month_ends=ends)
    left_out = (*statistics.ACCOUNT, *(() if known else statistics.NEEDS_BILLS))
    return {name: number for name, number in table.items() if name not in left_out}
