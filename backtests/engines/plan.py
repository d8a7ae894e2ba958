"""What both engines share: asking the rule, turning a due decision into trades, and the books that become a Ledger."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fedcycle.backtests.backtest import Backtest
from fedcycle.backtests.ledger import Ledger, Trades
from fedcycle.backtests.rebalance import rebalance
from fedcycle.data.arrays import Days, Float64, Int64
from fedcycle.data.errors import DataError
from fedcycle.data.market import MarketView
from fedcycle.strategies.strategy import StrategyError, check_weights


@dataclass(frozen=True, eq=False)
class Decision:
    """Target weights decided at one close: the columns that are not zero, sorted by asset name, and their weights."""

    at: int
    columns: Int64
    weights: Float64


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
        self.rank = np.argsort(np.argsort(np.array(market.assets)))
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
        answer = check_weights(test.strategy, self._answer(view), view)
        chosen = sorted((asset, weight) for asset, weight in answer.items() if weight)
        columns = np.array([test.market.column(asset) for asset, _ in chosen], dtype=np.int64)
        return Decision(at, columns, np.array([weight for _, weight in chosen], dtype=np.float64))

    def _answer(self, view: MarketView) -> object:
        strategy = self.backtest.strategy
        try:
            return strategy.weights(view)
        except StrategyError:
            raise
        except Exception as error:
            what = f"{type(strategy).__name__} on {view.today}"
            kind = "" if isinstance(error, DataError) else f"raised {type(error).__name__}: "
            raise StrategyError(f"{what}: {kind}{error}") from error

    def trades(
        self, at: int, decision: Decision | None, held: Int64, units: Float64, cash: float
    ) -> tuple[Int64, Float64]:
        """Return the columns to trade in session ``at`` and the units to add (negative: sell) to each.

        Parameters
        ----------
        at : session of the run
        decision : the decision that is due, if one is
        held, units : (k,) columns held and units of each
        cash : US dollars
        """
        ending = np.isin(held, self.ends.get(at, ()))
        if decision is None:
            for column in held[ending].tolist():
                self._note(
                    f"{self._name(column)} ended on {self._day(at)}: its position was sold at that session's price"
                )
            return held[ending], -units[ending]
        columns = self._by_name(np.union1d(held, decision.columns))
        before, wanted = np.zeros(len(columns)), np.zeros(len(columns))
        before[self._positions(columns, held)] = units
        wanted[self._positions(columns, decision.columns)] = decision.weights
        stays = (self._last[columns] > at) | (self._last[columns] >= self.fills_at.shape[0] - 1)
        for column in columns[~stays & (wanted > 0)].tolist():
            day = self._day(decision.at)
            self._note(
                f"{self._name(column)} had ended when the decision of {day} could be filled: its weight stayed in cash"
            )
        wanted[~stays] = 0.0
        live = stays | (before > 0)
        columns, before, wanted = columns[live], before[live], wanted[live]
        prices = self.fills_at[at, columns]
        test = self.backtest
        after = rebalance(wanted, before, prices=prices, cash=cash, rate=test.costs.rate, band=test.band)
        change = after - before
        return columns[change != 0], change[change != 0]

    def _by_name(self, columns: Int64) -> Int64:
        return columns[np.argsort(self.rank[columns])]

    def _positions(self, columns: Int64, some: Int64) -> Int64:
        """Return where ``some`` of the name-sorted ``columns`` stand among them."""
        return np.searchsorted(self.rank[columns], self.rank[some])

    def _name(self, column: int) -> str:
        return self.backtest.market.assets[column]

    def _day(self, at: int) -> str:
        return str(self.backtest.sessions[at])

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


@dataclass(eq=False)
class Book:
    """The records an engine makes while it runs; sessions are counted from the run's first."""

    backtest: Backtest
    value: list[float] = field(default_factory=list)
    cash: list[float] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    _holdings: list[tuple[int, Int64, Float64]] = field(default_factory=list)
    _fills: list[tuple[int, int, int]] = field(default_factory=list)
    _amounts: list[tuple[float, float, float]] = field(default_factory=list)

    def close(self, value: float, cash: float) -> None:
        """Record the account at the close of the next session."""
        self.value.append(value)
        self.cash.append(cash)

    def fill(self, decided_at: int, column: int, *, units: float, price: float, cost: float) -> None:
        """Record one fill of the session that has not closed yet."""
        self._fills.append((decided_at, len(self.value), column))
        self._amounts.append((units, price, cost))

    def hold(self, columns: Int64, units: Float64) -> None:
        """Record what is held from the session that has not closed yet."""
        self._holdings.append((len(self.value), columns, units))

    def ledger(self, *, notes: list[str]) -> Ledger:
        """Return the records as arrays."""
        test = self.backtest
        n = len(test.market.assets)
        decided, filled, asset = np.array(self._fills, dtype=np.int64).reshape(-1, 3).T
        units, price, cost = np.array(self._amounts, dtype=np.float64).reshape(-1, 3).T
        return Ledger(
            sessions=test.sessions,
            assets=test.market.assets,
            value=np.array(self.value),
            cash=np.array(self.cash),
            held_from=np.array([at for at, _, _ in self._holdings], dtype=np.int64),
            holdings=_rows([(columns, units) for _, columns, units in self._holdings], n),
            decided_on=self._days([d.at for d in self.decisions]),
            targets=_rows([(d.columns, d.weights) for d in self.decisions], n),
            trades=Trades(self._days(decided), self._days(filled), asset, units, price, cost),
            notes=tuple(notes),
        )

    def _days(self, at: Int64 | list[int]) -> Days:
        return self.backtest.sessions[np.asarray(at, dtype=np.int64)]


def _rows(sparse: list[tuple[Int64, Float64]], n: int) -> Float64:
    rows = np.zeros((len(sparse), n))
    for row, (columns, values) in zip(rows, sparse, strict=True):
        row[columns] = values
    return rows
