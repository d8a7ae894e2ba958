"""backtrader's broker for a bt.Strategy: its own matching, on an account that the config alone sets up."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from typing import Any

import backtrader as bt
import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.engines.backtrader.bars import Feed, session_of

_SETTINGS = ("coc", "coo", "shortcash", "checksubmit", "eosbar", "slip_perc", "slip_fixed", "int2pnl", "fundmode")
_WRITE = {
    "set_cash": "write execution.capital",
    "setcommission": "write execution.costs.commission_bps",
    "addcommissioninfo": "write execution.costs.commission_bps",
    "set_slippage_perc": "write execution.costs.slippage_bps",
    "set_slippage_fixed": "write execution.costs.slippage_bps",
    "set_coc": "leave it out: an order would fill at the very close it was decided at, which nobody can trade",
    "set_coo": "leave it out: an order would fill at an open that was known when it was decided",
    "set_shortcash": "leave it out",
    "set_checksubmit": "leave it out: an order that the cash cannot pay must not fill",
    "set_int2pnl": "leave it out",
    "set_eosbar": "leave it out",
    "set_fundmode": "leave it out",
    "set_fund_history": "leave it out",
    "add_order_history": "leave it out",
}


@dataclass(frozen=True)
class Execution:
    """One execution of an order, whole or in part."""

    asset: str
    decided: float
    at: float
    size: float
    price: float
    cost: float


class NativeBroker(bt.brokers.BackBroker):
    """backtrader's broker, which keeps what it executed and refuses what would replace what the config states."""

    backtest: Backtest
    ready = False
    _cash_addition: collections.deque[float]

    def start(self) -> None:
        super().start()
        self.executions: list[Execution] = []
        self.flow = 0.0
        self.notes: dict[str, int] = {}
        self.settings = self._now()

    def _now(self) -> tuple[Any, ...]:
        return (*(getattr(self.p, name) for name in _SETTINGS), *self.comminfo.values(), len(self.comminfo))

    def today(self) -> Any:
        """Return the session that is run, or None before the first."""
        return None if self.cerebro.now is None else session_of(self.cerebro.now)

    def _session(self) -> int:
        """Return the run's index of the session that is run."""
        return max(0, int(np.searchsorted(self.backtest.sessions, self.today())))

    def refuse(self, name: str) -> None:
        """Raise BacktestError for a setting of the broker that the strategy makes itself, once the run has begun."""
        if self.ready:
            raise BacktestError(
                f"the strategy calls broker.{name}, but the account is what the config says; {_WRITE[name]}"
            )

    def check_settings(self) -> None:
        """Raise BacktestError where the strategy has changed the broker behind its methods."""
        if self._now() != self.settings or self.cerebro.p.cheat_on_open:
            raise BacktestError(
                "the strategy changes the broker's settings (cheat-on-close, cheat-on-open, slippage, commission), but "
                "the account is what the config says; leave that out and write execution.costs"
            )

    def set_filler(self, filler: Any) -> None:
        lacking = [data._name for data in self.cerebro.datas if not data.bars_of.has_volume]
        if lacking:
            raise BacktestError(f"the strategy sets a volume filler, but {lacking[0]} has no volume; leave it out")
        self.notes["orders fill by the volume filler that the strategy sets"] = 0
        super().set_filler(filler)

    def buy(self, owner: Any, data: Any, size: float, *rest: Any, **more: Any) -> Any:
        self._check_order(data, size)
        return super().buy(owner, data, size, *rest, **more)

    def sell(self, owner: Any, data: Any, size: float, *rest: Any, **more: Any) -> Any:
        self._check_order(data, size)
        return super().sell(owner, data, size, *rest, **more)

    def _check_order(self, data: Any, size: float) -> None:
        if not isinstance(data, Feed) or data.resampling:
            raise BacktestError(f"an order goes to {data._name}, bars made of another feed; trade the feed itself")
        if self.backtest.units == "whole" and size != int(size):
            raise BacktestError(
                f"{data._name}: order for {size:.10g} units on {self.today()}, but execution.units is whole; "
                "round the size, or write execution.units: fractional"
            )

    def add_cash(self, cash: float) -> None:
        super().add_cash(cash)

    def _get_value(self, datas: Any = None, lever: bool = False) -> float:  # noqa: FBT001, FBT002
        if datas:  # asking for the worth of a position must not move cash
            waiting, self._cash_addition = self._cash_addition, collections.deque()
            try:
                return float(super()._get_value(datas, lever))
            finally:
                self._cash_addition = waiting
        self.flow += sum(self._cash_addition)
        return float(super()._get_value(datas, lever))

    def next(self) -> None:
        if self.ready:
            self._pay_out()
        super().next()

    def _pay_out(self) -> None:
        """Pay out what ended in the previous session, and cancel what waits for it."""
        for data in self.cerebro.datas:
            bars = data.bars_of
            if not bars.ended or session_of(self.cerebro.now) <= bars.sessions[-1]:
                continue
            at = self._session()
            for order in [order for order in self.pending if order is not None and order.data is data]:
                self.notes[f"{bars.asset} ended on {bars.sessions[-1]}: an order for it was cancelled"] = at
                self.cancel(order)
            position = self.positions[data]
            if position.size:
                price = self.backtest.delisting_proceeds(bars.column)
                cost = abs(position.size * price) * self.backtest.costs.rate
                self.cash += position.size * price - cost
                now = self.cerebro.now
                self.executions.append(Execution(bars.asset, now, now, -position.size, price, cost))
                position.update(-position.size, price)
                self.notes[f"{bars.asset} ended on {bars.sessions[-1]}: its position was paid out"] = at

    def _try_exec(self, order: Any) -> None:
        if order.data.datetime[0] >= self.cerebro.now:  # no bar today, no fill
            super()._try_exec(order)

    def _execute(self, order: Any, ago: Any = None, *rest: Any, **more: Any) -> Any:
        before = self.positions[order.data].size
        found = super()._execute(order, ago, *rest, **more)
        change = self.positions[order.data].size - before
        if ago is not None and change:
            bit = order.executed.exbits[-1]
            cost = bit.closedcomm + bit.openedcomm
            done = Execution(order.data._name, order.created.dt, self.cerebro.now, change, bit.price, cost)
            self.executions.append(done)
            self._check_execution(order, done)
        return found

    def _check_execution(self, order: Any, done: Execution) -> None:
        if session_of(done.at) <= session_of(order.created.dt):
            raise BacktestError(
                f"{done.asset}: an order of {self.today()} fills in the session it was decided in; "
                "leave out what lets it (cheat-on-close, cheat-on-open)"
            )
        if self.positions[order.data].size < 0:
            raise BacktestError(f"{done.asset} was sold short on {self.today()}; only holdings >= 0 can be judged here")


def _refusing(name: str) -> Any:
    original = getattr(bt.brokers.BackBroker, name)

    def method(self: NativeBroker, *rest: Any, **more: Any) -> Any:
        self.refuse(name)
        return original(self, *rest, **more)

    return method


for _name in _WRITE:
    setattr(NativeBroker, _name, _refusing(_name))
NativeBroker.setcash = NativeBroker.set_cash
NativeBroker.seteosbar = NativeBroker.set_eosbar
