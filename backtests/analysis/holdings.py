"""What the sections read off a run's account: drawdowns, weights at each close. numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.analysis.attribution import CASH
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.statistics.kernel import depth
from fedcycle.data.market import Market
from fedcycle.data.typing import Days, Float64

OWN_CASH = "own cash less loans"
"""Cash of a short or leveraged account without the proceeds of its short sales, less what it owes."""
CASH_NAMES = (CASH, OWN_CASH)


@dataclass(frozen=True)
class Drawdown:
    """One fall from a peak: the session of the peak, of the bottom, and the first back at the peak (None: not yet)."""

    peak: int
    bottom: int
    recovered: int | None
    depth: float


def drawdown(value: Float64) -> Float64:
    """Return how far each value stands below the highest so far: (T,) fraction in [-1, 0]. ``value`` starts above 0."""
    return depth(value)


def worst_drawdowns(value: Float64, max_: int) -> list[Drawdown]:
    """Return the deepest falls that do not overlap, deepest first.

    Examples
    --------
    >>> worst_drawdowns(np.array([100.0, 120.0, 90.0, 126.0, 120.0]), 5)[0]
    Drawdown(peak=1, bottom=2, recovered=3, depth=-0.25)
    """
    below = drawdown(value)
    falls = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], below < 0, [False]]).astype(np.int8)))
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        bottom = start + int(below[start:stop].argmin())
        falls.append(Drawdown(start - 1, bottom, stop if stop < len(value) else None, float(below[bottom])))
    return sorted(falls, key=lambda fall: fall.depth)[:max_]


def weights_at_close(run: Run, market: Market) -> tuple[tuple[str, ...], Float64]:
    """Return the names held over a run, cash last, and their weights at each close, as ``weights_of`` its account."""
    return weights_of(run.ledger, market)


def weights_of(ledger: Ledger, market: Market) -> tuple[tuple[str, ...], Float64]:
    """Return the names held over an account, cash last, and their weights at each close: (T, N + 1) fraction of value.

    Of a short or leveraged account only its own cash is cash: the proceeds of short sales are collateral, and what is
    spent beyond is a loan, which makes it negative. A row of a lost account (value 0) is all zero.
    """
    rows = np.searchsorted(market.sessions, ledger.sessions)
    columns = [market.column(asset) for asset in ledger.assets]
    units = ledger.units
    worth = np.where(units != 0, units * market.marks[rows][:, columns], 0.0)
    cash, called = ledger.cash, CASH
    if ledger.financing is not None:
        cash, called = cash + np.minimum(worth, 0.0).sum(axis=1), OWN_CASH
    amounts = np.column_stack([worth, cash])
    value = ledger.value[:, None]
    weights = np.divide(amounts, value, out=np.zeros_like(amounts), where=value > 0)
    return (*ledger.assets, called), np.asarray(weights)


def values_at(market: Market, name: str, *, sessions: Days, known: bool) -> Float64 | None:
    """Return the last value of a series at each session: (T,) in its unit, NaN before its first; None without it.

    ``known`` takes a value from the day it was public, as a policy announcement; else from the day it is about, as a
    yield.
    """
    series = market.series.get(name)
    if series is None or not len(series):
        return None
    order = np.argsort(series.known_on if known else series.observed_on, kind="stable")
    days = (series.known_on if known else series.observed_on)[order]
    at = np.searchsorted(days, sessions, side="right") - 1
    return np.asarray(np.where(at >= 0, series.values[order][np.maximum(at, 0)], np.nan))
