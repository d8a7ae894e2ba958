"""The backtrader engine: Cerebro runs the clock, backtrader's broker matches the orders and keeps the account.

The only file that imports backtrader, and the only one where ``Any`` begins. What makes it fast without changing
backtrader: one feed for the whole panel, filled straight from numpy; orders and a broker without the parts that
market orders on unlevered long positions never use. What decides a fill stays backtrader's own: ``check_submitted``,
``_try_exec`` and ``_execute`` of its broker, on real ``bt.Order`` objects.
"""

from __future__ import annotations

import array
import collections
import datetime
import types
from typing import Any

import backtrader as bt
import numpy as np

from fedcycle.backtests.backtest import Backtest
from fedcycle.backtests.engines.plan import Book, Decision, Plan
from fedcycle.backtests.errors import BacktestError
from fedcycle.backtests.ledger import Ledger
from fedcycle.data.arrays import Float64

_EPOCH = 719163
"""Proleptic Gregorian ordinal of 1970-01-01: backtrader counts days from year 1."""
_CHUNK = 64
"""Sessions whose market value is worked out at once while holdings stand still."""


def run(backtest: Backtest) -> Ledger:
    """Run a backtest through Cerebro and return its ledger.

    Raises
    ------
    BacktestError
        If backtrader's broker refuses or leaves open any order.
    """
    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=True)
    tape = _Tape(dataname=backtest)  # type: ignore[call-arg]  # backtrader's metaclass takes what it knows
    cerebro.adddata(tape, name="tape")
    broker = _Broker(cash=backtest.capital)
    broker.tape = tape
    broker.addcommissioninfo(_TradedValue(commission=backtest.costs.rate))
    cerebro.setbroker(broker)
    cerebro.addstrategy(as_backtrader(backtest))
    (runner,) = cerebro.run()
    ledger: Ledger = runner.ledger()
    return ledger


def as_backtrader(backtest: Backtest) -> type[Any]:
    """Return a ``bt.Strategy`` subclass, named after the backtest's rule, that runs it.

    It works in any Cerebro with ``cheat_on_open=True``, a commission that allows fractional units, and either the
    engine's own feed or one feed per asset, named after it.
    """
    rule = type(backtest.strategy)
    body = {"params": (("backtest", backtest),), "__doc__": rule.__doc__, "__module__": __name__}
    return types.new_class(rule.__name__, (_Runner,), {}, lambda namespace: namespace.update(body))


class _TradedValue(bt.CommInfoBase):
    """A fraction of traded value, for stock-like positions in fractional units."""

    params = (("stocklike", True), ("commtype", bt.CommInfoBase.COMM_PERC), ("percabs", True))

    def getsize(self, price: float, cash: float) -> float:
        return cash / price


class _Tape(bt.feed.DataBase):
    """One feed whose bars are the run's sessions; the prices of each asset hang below it as instruments."""

    def __init__(self) -> None:
        super().__init__()
        test: Backtest = self.p.dataname
        self.at = -1
        self.ordinals = (test.sessions.astype(np.int64) + _EPOCH).astype(np.float64)
        self.fills_at, self.closes = test.fills_at, test.closes
        self.instruments = {a: _Instrument(self, a, j) for j, a in enumerate(test.market.assets)}

    def _start(self) -> None:
        super()._start()
        self._tick_nullify()

    def preload(self) -> None:
        blank = array.array("d", bytes(8 * len(self.ordinals)))
        for line in self.lines:
            line.array = blank
        self.lines.datetime.array = array.array("d", self.ordinals.tobytes())
        self._lines = list(self.lines)
        self.home()

    def advance_peek(self) -> float:
        ahead = self.at + 1
        return float(self.ordinals[ahead]) if ahead < len(self.ordinals) else float("inf")

    def advance(self, size: int = 1, datamaster: Any = None, ticks: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002
        self.at += 1
        for line in self._lines:
            line._idx += 1
            line.lencount += 1


class _Line:
    """One cell of today's row of prices, as backtrader reads a line: ``line[0]``."""

    __slots__ = ("column", "prices", "tape")

    def __init__(self, tape: _Tape, prices: Float64, column: int) -> None:
        self.tape, self.prices, self.column = tape, prices, column

    def __getitem__(self, ago: int) -> float:
        return float(self.prices[self.tape.at + ago, self.column])


class _Clock:
    """The session's date, as backtrader reads a datetime line."""

    __slots__ = ("tape",)

    def __init__(self, tape: _Tape) -> None:
        self.tape = tape

    def __getitem__(self, ago: int) -> float:
        return float(self.tape.ordinals[self.tape.at + ago])

    def datetime(self, ago: int = 0) -> datetime.datetime:
        return datetime.datetime.fromordinal(int(self[ago]))


class _Instrument:
    """One asset of the tape: what an order and the broker ask of a data feed. Trades at the session's fill price."""

    tick_open = tick_high = tick_low = tick_close = None
    _compensate = None

    def __init__(self, tape: _Tape, name: str, column: int) -> None:
        self._name, self.column = name, column
        self.open = self.high = self.low = self.close = _Line(tape, tape.fills_at, column)
        self.datetime = _Clock(tape)


class _Created:
    """What an order was created with, and what it became: the fields of ``bt.order.OrderData`` in use here."""

    __slots__ = ("comm", "dt", "margin", "pclose", "pnl", "price", "pricelimit", "psize", "pprice", "remsize", "size", "value")

    def __init__(self, size: float, remsize: float, price: float) -> None:
        self.size, self.remsize = size, remsize
        self.price = self.pclose = price
        self.pricelimit = self.dt = self.margin = None
        self.value = self.comm = self.pnl = self.psize = self.pprice = 0.0


class _Order(bt.Order):
    """A market order without the parts that only limits, brackets and clones need."""

    exectype = bt.Order.Market
    p = types.SimpleNamespace(simulated=True)  # asks cancel(), margin() and reject() for no execution date
    parent = valid = oco = pannotated = comminfo = None
    transmit = _active = True
    triggered = False
    tradeid = 0

    def execute(self, dt: float, size: float, price: float, *rest: Any) -> None:
        _, closedvalue, closedcomm, _, openedvalue, openedcomm, _, pnl, psize, pprice = rest
        done = self.executed
        done.dt, done.price = dt, price
        done.size += size
        done.remsize -= size
        done.value += closedvalue + openedvalue
        done.comm += closedcomm + openedcomm
        done.pnl += pnl
        done.psize, done.pprice = psize, pprice
        self.status = self.Partial if done.remsize else self.Completed


class _Buy(_Order):
    ordtype = bt.Order.Buy


class _Sell(_Order):
    ordtype = bt.Order.Sell


def _order(kind: type[_Order], owner: Any, instrument: _Instrument, size: float) -> _Order:
    """Make an order without its metaclass's search of the call stack for owners and parameters."""
    order = object.__new__(kind)
    order.ref = next(kind.refbasis)
    order.owner, order.data, order.size, order.status, order.info = owner, instrument, size, kind.Created, {}
    price = instrument.open[0]
    order.created = _Created(size, size, price)
    order.executed = _Created(0.0, size, 0.0)
    return order


class _Broker(bt.brokers.BackBroker):
    """backtrader's broker, with the marking to market vectorised and only what market orders need."""

    tape: _Tape
    pending: collections.deque[_Order]

    def start(self) -> None:
        super().start()
        self.held = np.empty(0, dtype=np.int64)
        self.units = np.empty(0)
        self._marks: list[float] = []
        self._marked_from = 0

    def buy(self, owner: Any, data: Any, size: float, **_: Any) -> Any:
        return self._take(_order(_Buy, owner, data, size))

    def sell(self, owner: Any, data: Any, size: float, **_: Any) -> Any:
        return self._take(_order(_Sell, owner, data, -size))

    def _take(self, order: _Order) -> _Order:
        order.status = order.Submitted
        self.submitted.append(order)
        return order

    def _take_children(self, order: _Order) -> int:
        return int(order.ref)

    def submit_accept(self, order: _Order) -> None:
        order.status = order.Accepted
        self.pending.append(order)

    def _ococheck(self, order: _Order) -> None: ...

    def _bracketize(self, order: _Order, cancel: bool = False) -> None: ...  # noqa: FBT001, FBT002

    def notify(self, order: _Order) -> None:
        order.owner.notify_order(order)

    def next(self) -> None:
        if self.submitted:
            self.check_submitted()
            waiting, self.pending = self.pending, collections.deque()
            for order in waiting:
                self._try_exec(order)
                if order.alive():
                    self.pending.append(order)
            self._holdings_changed()
        self._get_value()

    def _holdings_changed(self) -> None:
        for data in [data for data, position in self.positions.items() if not position.size]:
            del self.positions[data]
        by_name = sorted(self.positions.items(), key=lambda item: item[0]._name)
        self.held = np.array([data.column for data, _ in by_name], dtype=np.int64)
        self.units = np.array([position.size for _, position in by_name], dtype=np.float64)
        self._marks = []

    def _get_value(self, datas: Any = None, lever: bool = False) -> float:  # noqa: FBT001, FBT002
        if datas:
            return float(super()._get_value(datas, lever))
        at = self.tape.at
        if len(self.held):
            k = at - self._marked_from
            if k >= len(self._marks):
                rows = self.tape.closes[at : at + _CHUNK]
                self._marks, self._marked_from, k = (rows[:, self.held] @ self.units).tolist(), at, 0
            self._value = self.cash + self._marks[k]
        else:
            self._value = self.cash
        return float(self._value)


class _Runner(bt.Strategy):
    """backtrader's clock asks our rule at decision sessions and trades when a decision is due; nothing else."""

    params = (("backtest", None),)

    def start(self) -> None:
        test: Backtest = self.p.backtest
        self.plan = Plan(test)
        self.lean = isinstance(self.broker, _Broker)
        self.instruments = self.data.instruments if self.lean else {d._name: d for d in self.datas}
        self.book = Book(test)
        self.due: collections.deque[Decision] = collections.deque()
        self.filled: list[Any] = []
        self.at = -1
        self.ordered = 0

    def prenext_open(self) -> None:
        self.next_open()

    def next_open(self) -> None:
        """Send the orders of the decision that is due, sells first; backtrader fills them in this same session."""
        self.at += 1
        due = self.due.popleft() if self.due and self.due[0].at + self.p.backtest.lag == self.at else None
        if due is None and self.at not in self.plan.ends:
            return
        held, units = self._held()
        columns, change = self.plan.trades(self.at, due, held, units, self.broker.getcash())
        self.decided_at = self.at if due is None else due.at
        self.ordered = len(columns)
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
        self.book.close(self.broker.getvalue(), self.broker.getcash())
        if self.at in self.plan.decision_at:
            decision = self.plan.ask(self.at)
            self.book.decisions.append(decision)
            self.due.append(decision)

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
        market, prices = self.p.backtest.market, self.plan.fills_at[self.at]
        for order in self.filled:
            column, done = market.column(order.data._name), order.executed
            self.book.fill(self.decided_at, column, units=done.size, price=float(prices[column]), cost=done.comm)
        self.filled.clear()
        self.ordered = 0
        self.book.hold(*self._held())

    def ledger(self) -> Ledger:
        """Return what happened."""
        return self.book.ledger(notes=self.plan.notes)
