"""backtrader's broker and orders without the parts that market orders on unlevered long positions never use."""

from __future__ import annotations

import collections
import types
from typing import Any

import backtrader as bt
import numpy as np

from fedcycle.backtests.engines.backtrader.feed import Instrument, PanelFeed
from fedcycle.data.closeness import ROUNDING

_CHUNK = 64
"""Sessions whose market value is worked out at once while holdings stand still."""


class TradedValue(bt.CommInfoBase):
    """A fraction of traded value, for stock-like positions in fractional or whole units."""

    params = (("stocklike", True), ("commtype", bt.CommInfoBase.COMM_PERC), ("percabs", True), ("whole", False))

    def getsize(self, price: float, cash: float) -> float:
        return cash // price if self.p.whole else cash / price


class _Created:
    """What an order was created with, and what it became: the fields of ``bt.order.OrderData`` in use here."""

    __slots__ = (
        "comm",
        "dt",
        "margin",
        "pclose",
        "pnl",
        "pprice",
        "price",
        "pricelimit",
        "psize",
        "remsize",
        "size",
        "value",
    )

    def __init__(self, size: float, remsize: float, price: float) -> None:
        self.size, self.remsize = size, remsize
        self.price = self.pclose = price
        self.pricelimit = self.dt = self.margin = None
        self.value = self.comm = self.pnl = self.psize = self.pprice = 0.0


class MarketOrder(bt.Order):
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
        if done.remsize and abs(done.remsize) <= ROUNDING * abs(done.size):
            done.remsize = 0.0  # from long to short in one order: its two parts add up to it but for rounding
        self.status = self.Partial if done.remsize else self.Completed


class Buy(MarketOrder):
    ordtype = bt.Order.Buy


class Sell(MarketOrder):
    ordtype = bt.Order.Sell


def market_order(kind: type[MarketOrder], owner: Any, instrument: Instrument, size: float) -> MarketOrder:
    """Make an order without its metaclass's search of the call stack for owners and parameters."""
    order = object.__new__(kind)
    order.ref = next(kind.refbasis)
    order.owner, order.data, order.size, order.status, order.info = owner, instrument, size, kind.Created, {}
    price = instrument.open[0]
    order.created = _Created(size, size, price)
    order.executed = _Created(0.0, size, 0.0)
    return order


class Broker(bt.brokers.BackBroker):
    """backtrader's broker, with the marking to market vectorised and only what market orders need."""

    tape: PanelFeed
    pending: collections.deque[MarketOrder]

    def start(self) -> None:
        super().start()
        self.held = np.empty(0, dtype=np.int64)
        self.units = np.empty(0)
        self._marks: list[float] = []
        self._marked_from = 0
        self._credit = 0.0

    def lend(self, traded: float) -> None:
        """Let the orders of this session be filled whatever the cash: such an account is bounded by its gross exposure.

        backtrader refuses an order that cash does not pay for, so cash looks as large as it takes while orders are
        matched, and is what it is afterwards.

        Parameters
        ----------
        traded : US dollars that the session's orders trade
        """
        self._credit = 2.0 * traded + max(0.0, -self.cash)

    def buy(self, owner: Any, data: Any, size: float, **_: Any) -> Any:
        return self._take(market_order(Buy, owner, data, size))

    def sell(self, owner: Any, data: Any, size: float, **_: Any) -> Any:
        return self._take(market_order(Sell, owner, data, -size))

    def _take(self, order: MarketOrder) -> MarketOrder:
        order.status = order.Submitted
        self.submitted.append(order)
        return order

    def _take_children(self, order: MarketOrder) -> int:
        return int(order.ref)

    def submit_accept(self, order: MarketOrder) -> None:
        order.status = order.Accepted
        self.pending.append(order)

    def _ococheck(self, order: MarketOrder) -> None: ...

    def _bracketize(self, order: MarketOrder, cancel: bool = False) -> None: ...  # noqa: FBT001, FBT002

    def notify(self, order: MarketOrder) -> None:
        order.owner.notify_order(order)

    def next(self) -> None:
        if self.submitted:
            self.cash += self._credit
            self.check_submitted()
            waiting, self.pending = self.pending, collections.deque()
            for order in waiting:
                self._try_exec(order)
                if order.alive():
                    self.pending.append(order)
            self.cash -= self._credit
            self._credit = 0.0
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
                rows = self.tape.marks[at : at + _CHUNK]
                self._marks, self._marked_from, k = (rows[:, self.held] @ self.units).tolist(), at, 0
            self._value = self.cash + self._marks[k]
        else:
            self._value = self.cash
        return float(self._value)
