"""What both engines share: asking the rule, and turning a due decision into the trades of one session."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fedcycle.backtests.backtest import Backtest
from fedcycle.backtests.rebalance import rebalance
from fedcycle.data.arrays import Float64, Int64
from fedcycle.data.errors import DataError
from fedcycle.data.market import MarketView
from fedcycle.strategies.strategy import Strategy, StrategyError, check_weights


@dataclass(frozen=True, eq=False)
class Decision:
    """Target weights decided at one close: the columns that are not zero, sorted by asset name, and their weights."""

    at: int
    columns: Int64
    weights: Float64


def answer(strategy: Strategy, view: MarketView) -> dict[str, float]:
    """Return what a rule answers to a view, checked; raises StrategyError with rule, day and cause."""
    try:
        weights = strategy.weights(view)
    except StrategyError:
        raise
    except Exception as error:
        what = f"{type(strategy).__name__} on {view.today}"
        kind = "" if isinstance(error, DataError) else f"raised {type(error).__name__}: "
        raise StrategyError(f"{what}: {kind}{error}") from error
    return check_weights(strategy, weights, view)


@dataclass(eq=False)
class Plan:
    """A backtest's decisions and the trades they lead to. Keeps no account: engines hand in units and cash.

    Columns are worked on in the order of the assets' names, so that the order of a market's columns cannot change a
    single bit of a fill.
    """

    backtest: Backtest
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        market = self.backtest.market
        first, stop = self.backtest.bounds
        self.decision_at = frozenset(self.backtest.decisions.tolist())
        self.named = np.argsort(np.array(market.assets))
        self.rank = np.argsort(self.named)
        self.fills_at = self.backtest.fills_at
        last = np.array([market.spans[a][1] for a in market.assets], dtype=np.int64) - first
        self.ends: dict[int, list[int]] = {}
        for column in np.flatnonzero(last < stop - first - 1).tolist():
            self.ends.setdefault(int(last[column]), []).append(column)
        self._last = last

    def ask(self, at: int) -> Decision:
        """Return what the rule decides at the close of the run's session ``at``."""
        test = self.backtest
        view = test.market.as_of(test.sessions[at])
        chosen = sorted((asset, weight) for asset, weight in answer(test.strategy, view).items() if weight)
        columns = np.array([test.market.column(asset) for asset, _ in chosen], dtype=np.int64)
        return Decision(at, columns, np.array([weight for _, weight in chosen], dtype=np.float64))

    def trades(
        self, at: int, decision: Decision | None, held: Int64, units: Float64, cash: float
    ) -> tuple[Int64, Float64]:
        """Return the columns to trade in session ``at`` and the units to add (negative: sell) to each.

        Parameters
        ----------
        at : session of the run
        decision : the decision that is due, if one is
        held, units : (k,) columns held, sorted by name, and units of each
        cash : US dollars
        """
        if decision is None:
            ending = np.isin(held, self.ends.get(at, ()))
            for column in held[ending].tolist():
                day = self._day(at)
                self._note(f"{self._name(column)} ended on {day}: its position was sold at that session's price")
            return held[ending], -units[ending]
        columns, before, wanted = self._side_by_side(held, units, decision)
        if self.ends:
            columns, before, wanted = self._without_ended(at, decision, columns, before, wanted)
        prices = self.fills_at[at, columns]
        test = self.backtest
        after = rebalance(wanted, before, prices=prices, cash=cash, rate=test.costs.rate, band=test.band)
        change = after - before
        return columns[change != 0], change[change != 0]

    def _without_ended(
        self, at: int, decision: Decision, columns: Int64, before: Float64, wanted: Float64
    ) -> tuple[Int64, Float64, Float64]:
        """Return the same without assets that had ended, and with a weight of zero for those that end now."""
        stays = (self._last[columns] > at) | (self._last[columns] >= len(self.fills_at) - 1)
        for column in columns[~stays & (wanted > 0)].tolist():
            day = self._day(decision.at)
            self._note(f"{self._name(column)} had ended when the decision of {day} was due: its weight stayed in cash")
        live = stays | (before > 0)
        return columns[live], before[live], np.where(stays, wanted, 0.0)[live]

    def _side_by_side(self, held: Int64, units: Float64, decision: Decision) -> tuple[Int64, Float64, Float64]:
        """Return the columns held or wanted, sorted by name, with the units held and the weight wanted of each."""
        if held.size == decision.columns.size and (held == decision.columns).all():
            return held, units, decision.weights.copy()
        ours, theirs = self.rank[held], self.rank[decision.columns]
        ranks = merged(ours, theirs)
        before, wanted = np.zeros(len(ranks)), np.zeros(len(ranks))
        before[np.searchsorted(ranks, ours)] = units
        wanted[np.searchsorted(ranks, theirs)] = decision.weights
        return self.named[ranks], before, wanted

    def _name(self, column: int) -> str:
        return self.backtest.market.assets[column]

    def _day(self, at: int) -> str:
        return str(self.backtest.sessions[at])

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


def merged(one: Int64, other: Int64) -> Int64:
    """Return what is in either of two arrays, sorted, each once; ``np.union1d`` does it too and imports ``numpy.ma``.

    Examples
    --------
    >>> merged(np.array([1, 4]), np.array([2, 4]))
    array([1, 2, 4])
    """
    both = np.sort(np.concatenate([one, other]))
    first = np.ones(len(both), dtype=bool)
    np.not_equal(both[1:], both[:-1], out=first[1:])
    return both[first]
