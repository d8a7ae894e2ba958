"""A run as it is measured: from the close of its first fill, without the cash sessions before. numpy only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fedcycle.backtests.core.ledger import measured
from fedcycle.backtests.runs.storage import Run
from fedcycle.data.market import Market
from fedcycle.data.typing import Bool, Days, Int64
from fedcycle.strategies.schedule import month_end


def measured_run(run: Run) -> Run:
    """Return the run with its account and its benchmark as ``Ledger.measured`` cuts them; the same again if cut.

    The first row is the capital, dated by the session of the first fill; the second is the close of that session. A
    chart or a table made of it contains none of the days before.
    """
    first = run.ledger.first_fill
    ledger, other = run.ledger.measured(), measured(run.benchmark_value, first)
    return replace(run, ledger=ledger, benchmark_value=other)


def bought_at(sessions: Days) -> int:
    """Return the row of the first fill's close: 1 where row 0 is the capital before that fill, dated by it, else 0.

    Examples
    --------
    >>> bought_at(np.array(["2001-01-03", "2001-01-03", "2001-01-04"], dtype="datetime64[D]"))
    1
    """
    return int(len(sessions) > 1 and sessions[0] == sessions[1])


def row_of(sessions: Days, days: Days) -> Int64:
    """Return the row of the close of each day, a session of the run: the later where the first is there twice."""
    return np.asarray(np.searchsorted(sessions, days, side="right") - 1, dtype=np.int64)


def month_ends(market: Market, sessions: Days) -> Bool:
    """Return which rows close a calendar month of the market's; never the capital before the first fill, (T,)."""
    rows = np.searchsorted(market.sessions, sessions)
    ends = month_end(market.sessions, market.sessions[:0])[rows].copy()
    if bought_at(sessions):
        ends[0] = False
    return np.asarray(ends)
