"""The bt.Strategy that runs a rule of ours: it asks at decision sessions and trades when a decision is due."""

from __future__ import annotations

import collections
from typing import Any

import backtrader as bt
import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.core.ruin import RUIN
from fedcycle.backtests.engines.backtrader.broker import Broker
from fedcycle.backtests.engines.ledger_builder import LedgerBuilder
from fedcycle.backtests.engines.order_planner import Decision, OrderPlanner


class StrategyAdapter(bt.Strategy):
    """backtrader's clock asks our rule at decision sessions and trades when a decision is due; nothing else."""

    params = (("backtest", None),)

    def start(self) -> None:
        test: Backtest = self.p.backtest
        self.plan = OrderPlanner(test)
        self.lean = isinstance(self.broker, Broker)
        self.instruments = self.data.instruments if self.lean else {d._name: d for d in self.datas}
        self.value: list[float] = []
        self.cash: list[float] = []
        self.book = LedgerBuilder(test, self.value, self.cash)
        self.due: collections.deque[Decision] = collections.deque()
        self.filled: list[Any] = []
        self.at = -1
        self.ordered = 0
        self.highest = test.capital
        self.lost = False

    def prenext_open(self) -> None:
        self.next_open()

    def next_open(self) -> None:
        """Send the orders of the decision that is due, sells first; backtrader fills them in this same session."""
        self.at += 1
        due = self.due.popleft() if self.due and self.due[0].at + self.p.backtest.lag == self.at else None
        due = self.plan.due(self.at, due)
        if self.lost or (due is None and self.at not in self.plan.ends):
            return
        held, units = self._held()
        columns, change = self.plan.trades(self.at, due, held, units, cash=self.broker.getcash(), history=self.value)
        self.decided_at = self.at if due is None else due.at
        self.ordered = len(columns)
        if self.plan.margin is not None and self.lean and len(columns):
            self.broker.lend(np.abs(change) @ self.plan.prices(self.at, columns))
        for sells in (True, False):
            for column, size in zip(columns.tolist(), change.tolist(), strict=True):
                if (size < 0) == sells:
                    instrument = self.instruments[self.p.backtest.market.assets[column]]
                    (self.sell if sells else self.buy)(data=instrument, size=abs(size))

    def notify_order(self, order: Any) -> None:
        if order.status == order.Completed:
            self.filled.append(order)
        elif order.status not in (order.Submitted, order.Accepted):
            day = self.p.backtest.sessions[self.at]
            what = f"{order.data._name}: order for {order.size:.10g} units on {day} ended as {order.getstatusname()}"
            raise BacktestError(f"{what} in backtrader's broker; every order must fill whole, please report this")

    def prenext(self) -> None:
        self.next()

    def next(self) -> None:
        if self.ordered:
            self._take_fills()
        if self.plan.margin is not None and not self.lost:
            self._pay_in(self.plan.margin.carry(self.at))
        if not self.lost and self.at in self.p.backtest.flows:
            self._take_flow()
        value = self.broker.getvalue()
        self.highest = max(self.highest, value)
        self.lost |= value <= RUIN * self.highest
        if self.plan.margin is not None:
            held, units = self._held()
            worth = self.p.backtest.marks[self.at, held] * units
            self.plan.margin.close(self.at, worth, cash=self.broker.getcash(), value=value)
        self.value.append(value)
        self.cash.append(self.broker.getcash())
        if self.at in self.plan.decision_at:
            decision = self.plan.ask(self.at)
            self.book.decisions.append(decision)
            self.due.append(decision)

    def _take_flow(self) -> None:
        test: Backtest = self.p.backtest
        held, units = self._held()
        test.check_flow(self.at, self.plan.own_cash(self.at, held, units, self.broker.cash))
        self._pay_in(test.flows[self.at])

    def _pay_in(self, amount: float) -> None:
        """Pay cash in or out at the close; ``add_cash`` would do so a session later."""
        self.broker.cash += amount
        self.broker._value += amount

    def _oncepost_open(self) -> None:
        self.next_open()

    def _oncepost(self, dt: float) -> None:
        if not self.lean:
            super()._oncepost(dt)
            return
        # No indicator, analyzer or observer hangs on the engine's own run: only the clock and the account are left.
        self.forward()
        self.lines.datetime[0] = dt
        self.next()

    def _held(self) -> tuple[Any, Any]:
        if self.lean:
            return self.broker.held, self.broker.units
        market = self.p.backtest.market
        sizes = [(name, self.broker.getposition(data).size) for name, data in sorted(self.instruments.items())]
        held = np.array([market.column(name) for name, size in sizes if size], dtype=np.int64)
        return held, np.array([size for _, size in sizes if size], dtype=np.float64)

    def _take_fills(self) -> None:
        if len(self.filled) != self.ordered:
            day = self.p.backtest.sessions[self.at]
            raise BacktestError(f"{len(self.filled)} of {self.ordered} orders filled on {day}; every order must fill")
        market = self.p.backtest.market
        columns = np.array([market.column(order.data._name) for order in self.filled], dtype=np.int64)
        units, costs = np.array([(order.executed.size, order.executed.comm) for order in self.filled]).T
        prices = self.plan.prices(self.at, columns)
        self.book.fill(self.at, self.decided_at, columns, units=units, prices=prices, costs=costs)
        self.filled.clear()
        self.ordered = 0
        self.book.hold(self.at, *self._held())

    def ledger(self) -> Ledger:
        """Return what happened."""
        return self.book.ledger(notes=self.plan.all_notes, financing=self.plan.financing)
