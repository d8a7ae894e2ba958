"""What the account held for how long, and what trading took out of it: read off the ledger. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fedcycle.backtests.analysis.holdings import weights_at_close
from fedcycle.backtests.analysis.measured_run import bought_at, row_of
from fedcycle.backtests.core.format import few, listing, percent
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.runs.storage import Run
from fedcycle.data.market import Market
from fedcycle.data.typing import Float64, Int64

MOST_NAMES = 6
"""Holdings of a mix that are named; of more, the two largest and how many others."""
SAME = 1e-4
"""Target weights closer than a basis point are the same."""


@dataclass(frozen=True)
class HoldingPeriod:
    """A stretch of sessions between two changes of what the account was to hold.

    Parameters
    ----------
    held : the mix at its start, in words
    asset : the largest holding of that mix
    start, end : the closes its returns run between, as sessions of the run
    own, benchmark : growth of the account and of the benchmark between them, fraction
    """

    held: str
    asset: str
    start: int
    end: int
    own: float
    benchmark: float

    @property
    def lead(self) -> float:
        """Return how much more the account grew, relative to the benchmark: fraction."""
        return (1.0 + self.own) / (1.0 + self.benchmark) - 1.0


def holding_periods(run: Run, market: Market) -> list[HoldingPeriod]:
    """Return the holding periods of a run, oldest first: each from a fill for new weights to the next.

    The leads multiply up to the run's: the product of (1 + lead) is value / benchmark at the end. None for one session
    or a lost account.
    """
    value, benchmark = run.ledger.value, run.benchmark_value
    if len(value) < 2 or not (value > 0).all():
        return []
    names, weights = weights_at_close(run, market)
    bought = bought_at(run.ledger.sessions)
    edges = np.unique([0, *_turns(run.ledger), len(value) - 1]).tolist()
    return [
        HoldingPeriod(
            mix(names, weights[max(a, bought)]),
            names[int(np.abs(weights[max(a, bought)]).argmax())],
            a,
            b,
            float(value[b] / value[a] - 1.0),
            float(benchmark[b] / benchmark[a] - 1.0),
        )
        for a, b in pairwise(edges)
    ]


def mix(names: Sequence[str], weights: Float64) -> str:
    """Return weights in words, largest first, whole percent; the bare name of what is all of it. Shorts are negative.

    Examples
    --------
    >>> mix(("small", "large"), np.array([0.4, 0.6])), mix(("small", "large"), np.array([0.0, 1.0]))
    ('60% large and 40% small', 'large')
    """
    parts = sorted(zip(names, weights.tolist(), strict=True), key=lambda part: -part[1])
    told = [(name, weight) for name, weight in parts if abs(weight) >= 0.005]
    if len(told) == 1:
        return told[0][0]
    said = [f"{percent(weight, 0)} {name}" for name, weight in told]
    return listing(said if len(said) <= MOST_NAMES else few(said, 2))


def _turns(ledger: Ledger) -> list[int]:
    """Return the sessions on which a decision for other weights than the one before was filled."""
    targets = ledger.targets
    before = np.vstack([np.full((1, targets.shape[1]), np.nan), targets[:-1]]) if len(targets) else targets
    turned = ledger.decided_on[~(np.abs(targets - before) <= SAME).all(axis=1)]
    filled = ledger.trades.filled_on[np.isin(ledger.trades.decided_on, turned)]
    turns: list[int] = np.unique(np.searchsorted(ledger.sessions, filled)).tolist()
    return turns


@dataclass(frozen=True, eq=False)
class Traded:
    """What was traded on each fill session.

    Parameters
    ----------
    at : (F,) sessions of the run
    value, cost : (F,) US dollars: absolute traded value, and what it cost
    share, paid : (F,) fraction of the account's value before costs
    """

    at: Int64
    value: Float64
    cost: Float64
    share: Float64
    paid: Float64


def traded(ledger: Ledger) -> Traded:
    """Return the trades of an account by fill session."""
    trades = ledger.trades
    rows = row_of(ledger.sessions, trades.filled_on)
    at, where = np.unique(rows, return_inverse=True)
    amounts = np.bincount(where, weights=np.abs(trades.units * trades.price), minlength=len(at)).astype(np.float64)
    costs = np.bincount(where, weights=trades.cost, minlength=len(at)).astype(np.float64)
    before = ledger.value[at] + costs
    share, paid = (np.divide(x, before, out=np.zeros(len(at)), where=before > 0) for x in (amounts, costs))
    return Traded(at.astype(np.int64), amounts, costs, share, paid)


def growth_at(done: Traded, growth: float, cost_rate: float) -> float:
    """Return what the account would have grown to at other costs, had it traded the same shares of its value.

    Parameters
    ----------
    done : what it traded
    growth : final value / first value as it was
    cost_rate : fraction of traded value, each side
    """
    kept = float(np.prod(1.0 - done.paid))
    return growth / kept * float(np.prod(np.maximum(0.0, 1.0 - cost_rate * done.share))) if kept > 0 else 0.0


def break_even(done: Traded, growth: float, benchmark: float, *, max_: float = 0.1) -> float | None:
    """Return the cost rate at which the account would have grown as its benchmark; None if it is behind without costs.

    ``max_`` if it would still be ahead at that rate. Found by halving, to a hundredth of a basis point.
    """
    if growth_at(done, growth, 0.0) <= benchmark:
        return None
    low, high = 0.0, max_
    if growth_at(done, growth, high) > benchmark:
        return max_
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if growth_at(done, growth, middle) > benchmark else (low, middle)
    return (low + high) / 2
