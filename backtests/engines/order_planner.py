"""What both engines share: asking the rule, and turning a due decision into the trades of one session."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.ledger import Financing
from fedcycle.backtests.core.rebalance import rebalance, rebalance_on_margin
from fedcycle.backtests.core.ruin import is_ruined
from fedcycle.backtests.engines.margin import Margin
from fedcycle.data.errors import DataError, join_names
from fedcycle.data.market import MarketView
from fedcycle.data.typing import Bool, Float64, Int64
from fedcycle.strategies.strategy import LONG_ONLY, Limits, Strategy, StrategyError, check_weights

_every = np.logical_and.reduce
"""What ``array.all()`` calls, without a microsecond of asking which way."""


@dataclass(frozen=True, eq=False)
class Decision:
    """Target weights decided at one close: the columns that are not zero, sorted by asset name, and their weights."""

    at: int
    columns: Int64
    weights: Float64
    is_call: bool = False
    """Whether it is no decision of the rule's but a margin call, which asks for less of all that is held."""


def ask_strategy(strategy: Strategy, view: MarketView, limits: Limits = LONG_ONLY) -> dict[str, float]:
    """Return what a rule answers to a view, checked; raises StrategyError with rule, day and cause."""
    try:
        weights = strategy.weights(view)
    except StrategyError:
        raise
    except (Exception, SystemExit) as error:
        raise strategy_error(strategy, view, error) from error
    return check_weights(strategy, weights, view, limits)


def strategy_error(strategy: Strategy, view: MarketView, error: BaseException) -> StrategyError:
    """Return the error for what a rule raised: the rule, the day, the line of its file, and the cause."""
    who, where, why = f"{type(strategy).__name__} on {view.today}", _line(strategy, error), " ".join(str(error).split())
    if isinstance(error, DataError):
        return StrategyError(f"{who}: {why}{where and f' ({where})'}")
    return StrategyError(f"{who}: {where and f'{where} '}raised {type(error).__name__}: {why}")


def _line(strategy: Strategy, error: BaseException) -> str:
    """Return the line of the rule's own file or notebook cell at which an error left it; else nothing."""
    modules = [sys.modules.get(base.__module__) for base in type(strategy).__mro__ if base is not Strategy]
    files = {getattr(module, "__file__", None) for module in modules}
    own = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename in files
    ]
    return own[-1] if own else _line_of_cell(strategy, error)


def _line_of_cell(strategy: Strategy, error: BaseException) -> str:
    """Return the line at which an error left a rule that was written in a notebook's cell; else nothing."""
    written = [vars(base).get("weights") for base in type(strategy).__mro__ if base.__module__ == "__main__"]
    cells = {code.co_filename for code in (getattr(function, "__code__", None) for function in written) if code}
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename in cells]
    return f"line {lines[-1]} of its cell" if lines else ""


@dataclass(eq=False)
class OrderPlanner:
    """A backtest's decisions and the trades they lead to. Keeps no account: engines hand in units and cash.

    Columns are worked on in the order of the assets' names, so that the order of a market's columns cannot change a
    single bit of a fill.

    What has no price when a decision is due is left as it is, and the decision is filled again in the first session in
    which some of it has one, unless another decision is due by then. What ended is paid out in the session after its
    last, before that session's trades.

    A short or leveraged account that is called at a close is brought back to its bound in the next session, whatever
    the lag, unless a decision is filled in it: all that is held and has a price shrinks by one factor.
    """

    backtest: Backtest
    notes: dict[str, int] = field(default_factory=dict)
    """Sentence -> session in which it first became true."""

    def __post_init__(self) -> None:
        test = self.backtest
        first, stop = test.bounds
        self.decision_at = frozenset(test.decisions.tolist())
        self.named = np.argsort(np.array(test.market.assets))
        self.rank = np.argsort(self.named)
        self.fills_at = test.fills_at
        self._last = np.array([last for _, last in test.market.spans.values()], dtype=np.int64) - first
        self.ends: dict[int, list[int]] = {}
        """Session after an asset's last -> the columns that are paid out in it."""
        for column in np.flatnonzero((self._last >= 0) & (self._last < stop - first - 1)).tolist():
            self.ends.setdefault(int(self._last[column]) + 1, []).append(column)
        # Known once, so that a market where all trade all the time pays for none of it at each fill.
        self.rate, self.limits = test.costs.rate, test.limits
        self.margin = Margin(test) if test.account.on_margin else None
        self._first_end = int(self._last.min())
        self._gappy = bool(test.market.gaps) or test.fill == "open"
        self._waiting: Decision | None = None
        self.again_at: int | None = None
        """Session in which the decision that waits for a price is filled again."""

    def ask(self, at: int) -> Decision:
        """Return what the rule decides at the close of the run's session ``at``."""
        test = self.backtest
        view = test.market.view(test.bounds[0] + at)
        weights, column = ask_strategy(test.strategy, view, self.limits), test.market.column
        chosen = sorted(asset for asset, weight in weights.items() if weight)
        columns = np.array([column(asset) for asset in chosen], dtype=np.int64)
        return Decision(at, columns, np.array([weights[asset] for asset in chosen], dtype=np.float64))

    def due(self, at: int, decision: Decision | None) -> Decision | None:
        """Return the decision to fill in session ``at``: the one due, else one that waits for a price there is now.

        Else what a margin call at the close before asks for.
        """
        if decision is not None:
            return decision
        if at == self.again_at:
            return self._waiting
        if self.margin is not None and self.margin.is_called(at - 1):
            return Decision(at - 1, np.empty(0, dtype=np.int64), np.empty(0), is_call=True)
        return None

    def own_cash(self, at: int, held: Int64, units: Float64, cash: float) -> float:
        """Return what of cash is the account's own at a close: all but the proceeds of what is sold short."""
        if self.margin is None:
            return cash
        return cash + float(np.minimum(self.backtest.marks[at, held] * units, 0.0).sum())

    @property
    def financing(self) -> Financing | None:
        """Return what shorts and loans brought and cost; None for a long, unlevered account."""
        return None if self.margin is None else self.margin.financing

    @property
    def all_notes(self) -> dict[str, int]:
        """Return what could not be done as asked, and margin calls."""
        return self.notes if self.margin is None else self.notes | self.margin.note

    def prices(self, at: int, columns: Int64) -> Float64:
        """Return what units trade at in session ``at``, (k,) US dollars: fill prices or delisting proceeds."""
        prices: Float64 = self.fills_at[at, columns]
        if at in self.ends:
            ended = self._last[columns] == at - 1
            prices[ended] = [self.backtest.delisting_proceeds(column) for column in columns[ended].tolist()]
        return prices

    def trades(
        self,
        at: int,
        decision: Decision | None,
        held: Int64,
        units: Float64,
        *,
        cash: float,
        history: Float64 | Sequence[float],
    ) -> tuple[Int64, Float64]:
        """Return the columns to trade in session ``at`` and the units to add (negative: sell) to each.

        Where delisting proceeds leave an account that holds nothing ruined, the decision is not filled.

        Parameters
        ----------
        at : session of the run
        decision : what ``due`` returned
        held, units : (k,) columns held, sorted by name, and units of each
        cash : US dollars
        history : (at,) value at each close before, US dollars
        """
        over = held[:0]
        if at in self.ends:
            gone = np.isin(held, self.ends[at])
            over, given = held[gone], units[gone]
            held, units = held[~gone], units[~gone]
            paid = given * self.prices(at, over)
            cash += float(paid.sum()) * (1.0 - self.rate) if self.margin is None else self._paid_out_of(paid)
            for column in over.tolist():
                self._note(at, f"{self._name(column)} ended on {self._day(at - 1)}: its position {self._paid_out}")
            if len(over) and not len(held) and is_ruined(cash, max(self.backtest.capital, max(history))):
                decision = None
        columns, change = held[:0], units[:0]
        if decision is not None:
            columns, change = self._rebalanced(at, decision, held, units, cash)
        if not len(over):
            return columns, change
        columns, change = np.concatenate([columns, over]), np.concatenate([change, -given])
        order = np.argsort(self.rank[columns])
        return columns[order], change[order]

    def _paid_out_of(self, paid: Float64) -> float:
        """Return what the delisting proceeds of longs and shorts bring after costs, US dollars."""
        return float(paid.sum()) - self.rate * float(np.abs(paid).sum())

    def _rebalanced(
        self, at: int, decision: Decision, held: Int64, units: Float64, cash: float
    ) -> tuple[Int64, Float64]:
        """Return the trades that bring what is held to the weights of a decision."""
        if decision.is_call:
            decision = replace(decision, columns=held, weights=np.zeros(len(held)))
        columns, before, wanted = self._side_by_side(held, units, decision)
        if at > self._first_end:
            columns, before, wanted = self._without_ended(at, decision, columns, before, wanted)
        test, prices = self.backtest, self.fills_at[at, columns]
        closed = None
        if not decision.is_call:
            self._waiting, self.again_at = None, None
        if self._gappy and (missing := np.isnan(prices)).any():
            closed = missing
            prices[closed] = test.marks[at - 1, columns[closed]]  # a fill comes after its decision: at >= 1
            if not decision.is_call:
                self._wait(at, decision, columns[closed & ((before != 0) | (wanted != 0))])
        if self.margin is None:
            after = rebalance(
                wanted, before, prices=prices, cash=cash, rate=self.rate, band=test.band,
                closed=closed, whole_units=test.units == "whole",
            )  # fmt: skip
        else:
            after = self._on_margin(at, decision, before, wanted, prices, cash, closed)
        change = after - before
        made = change != 0
        return (columns, change) if _every(made) else (columns[made], change[made])

    def _on_margin(
        self,
        at: int,
        decision: Decision,
        before: Float64,
        wanted: Float64,
        prices: Float64,
        cash: float,
        closed: Bool | None,
    ) -> Float64:
        """Return the units to hold in a short or leveraged account, (k,)."""
        test, worth = self.backtest, before * prices
        value, gross = cash + float(worth.sum()), float(np.abs(worth).sum())
        if not value > 0:
            day = "" if decision.is_call else f" that was decided on {self._day(decision.at)}"
            worth_now = f"the account was worth {value:,.2f} {test.market.currency}"
            self._note(at, f"nothing{day} was filled on {self._day(at)}: {worth_now}")
            return before
        if decision.is_call:
            if gross <= test.account.gross * value:
                return before  # prices have met the call
            wanted = worth * (test.account.gross / gross)
        return rebalance_on_margin(
            wanted, before, prices=prices, cash=cash, rate=self.rate, band=0.0 if decision.is_call else test.band,
            closed=closed, whole_units=test.units == "whole",
        )  # fmt: skip

    def _wait(self, at: int, decision: Decision, columns: Int64) -> None:
        """Note that a decision could not be filled whole, and in which session it is filled again."""
        if not len(columns):
            return
        there = [again for again in (self._next_price(at, column) for column in columns.tolist()) if again is not None]
        if there:
            self._waiting, self.again_at = decision, min(there)
        who = join_names([self._name(column) for column in columns.tolist()], 3)
        first = "the first of them" if len(columns) > 1 else "it"
        then = f"{first} next has one on {self._day(min(there))}" if there else f"{first} has none until the run ends"
        due = f"when the decision of {self._day(decision.at)} was due"
        self._note(at, f"{who} had no price on {self._day(at)}, {due}; {then}")

    def _next_price(self, at: int, column: int) -> int | None:
        there = np.flatnonzero(~np.isnan(self.fills_at[at + 1 :, column]))
        return at + 1 + int(there[0]) if there.size else None

    def _without_ended(
        self, at: int, decision: Decision, columns: Int64, before: Float64, wanted: Float64
    ) -> tuple[Int64, Float64, Float64]:
        """Return the same without what had ended; it is no longer held."""
        there = self._last[columns] >= at
        for column in columns[~there].tolist():
            day = self._day(decision.at)
            self._note(
                at, f"{self._name(column)} had ended when the decision of {day} was due: its weight stayed in cash"
            )
        return columns[there], before[there], wanted[there]

    def _side_by_side(self, held: Int64, units: Float64, decision: Decision) -> tuple[Int64, Float64, Float64]:
        """Return the columns held or wanted, sorted by name, with the units held and the weight wanted of each."""
        if held.size == decision.columns.size and _every(held == decision.columns):
            return held, units, decision.weights
        ours, theirs = self.rank[held], self.rank[decision.columns]
        ranks = merged(ours, theirs)
        before, wanted = np.zeros(len(ranks)), np.zeros(len(ranks))
        before[np.searchsorted(ranks, ours)] = units
        wanted[np.searchsorted(ranks, theirs)] = decision.weights
        return self.named[ranks], before, wanted

    @property
    def _paid_out(self) -> str:
        delisting = self.backtest.delisting
        if delisting == "last":
            return "was paid out at that session's close"
        over = "as the data say" if delisting == "data" else f"at {1.0 + float(delisting):.6g} of that session's close"
        return f"was paid out {over}"

    def _name(self, column: int) -> str:
        return self.backtest.market.assets[column]

    def _day(self, at: int) -> str:
        return str(self.backtest.sessions[at])

    def _note(self, at: int, sentence: str) -> None:
        self.notes.setdefault(sentence, at)


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
