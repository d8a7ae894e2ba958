"""Runs a user's own ``bt.Strategy``: backtrader as it comes, on the same data, costs and books as a rule of ours."""

from __future__ import annotations

import array
from typing import Any

import backtrader as bt
import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.backtrader_strategy import BacktraderStrategy
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.engines.backtrader.broker import TradedValue
from fedcycle.backtests.engines.backtrader.feed import EPOCH
from fedcycle.backtests.engines.ledger_builder import LedgerBuilder
from fedcycle.data.typing import Float64

WAYS_OUT = (
    "it costs more than the cash there is at the fill, as a buy does that is placed before the sale that pays for it. "
    "Place sells before buys, leave room (order_target_percent(d, target=0.98)), or size at the price of the fill with "
    "cheat_on_open in a script of your own; docs/bring-your-backtrader-strategy.md shows each"
)
"""What to do about an order that the broker refuses."""


def run_native(backtest: Backtest, rule: BacktraderStrategy) -> Ledger:
    """Run a ``bt.Strategy`` on one feed per asset that has a price all through the run, and return its ledger.

    An order placed at a close fills at the next session's fill price. backtrader's sizers and targets give fractional
    units unless the backtest asks for whole ones.

    Raises
    ------
    BacktestError
        If the config asks for a lag other than 1 or a band, if the broker refuses an order, if units are sold short,
        or if the strategy raises.
    """
    name = type(rule).__name__
    if backtest.lag != 1 or backtest.band:
        raise BacktestError(f"{name} is a bt.Strategy, whose orders fill one session later; write lag: 1 and band: 0")
    cerebro = bt.Cerebro(stdstats=False)
    for asset, column in _whole(backtest):
        closes, fills = backtest.closes[:, column], backtest.fills_at[:, column]
        cerebro.adddata(_Feed(dataname=_Bars(backtest, fills, closes)), name=asset)
    cerebro.broker = bt.brokers.BackBroker(cash=backtest.capital)
    cerebro.broker.addcommissioninfo(TradedValue(commission=backtest.costs.rate, whole=backtest.units == "whole"))
    cerebro.addstrategy(rule.strategy_class, **rule.parameters())
    cerebro.addanalyzer(_Books, backtest=backtest, _name="books")
    try:
        (done,) = cerebro.run()
    except BacktestError:
        raise
    except (Exception, SystemExit) as error:
        raise BacktestError(f"{name} raised {type(error).__name__}: {' '.join(str(error).split())}") from error
    ledger: Ledger = done.analyzers.books.ledger()
    return ledger


def _whole(backtest: Backtest) -> list[tuple[str, int]]:
    """Return the assets with a price in every session of the run: backtrader reads ahead in feeds that start late."""
    whole = np.flatnonzero(~np.isnan(backtest.closes).any(axis=0))
    return [(backtest.market.assets[column], column) for column in whole.tolist()]


class _Bars:
    """The bars of one asset."""

    def __init__(self, backtest: Backtest, fills: Float64, closes: Float64) -> None:
        self.ordinals = (backtest.sessions.astype(np.int64) + EPOCH).astype(np.float64)
        self.fills, self.closes = fills, closes


class _Feed(bt.feed.DataBase):
    """One asset's bars, copied into backtrader's line buffers in one go."""

    def preload(self) -> None:
        bars: _Bars = self.p.dataname
        high, low = np.maximum(bars.fills, bars.closes), np.minimum(bars.fills, bars.closes)
        zero = np.zeros(len(bars.closes))
        whole = {"datetime": bars.ordinals, "open": bars.fills, "high": high, "low": low, "close": bars.closes}
        for alias in self.getlinealiases():
            line = getattr(self.lines, alias)
            line.array = array.array("d", np.ascontiguousarray(whole.get(alias, zero)).tobytes())
        self.home()


class _Books(bt.Analyzer):
    """Keeps the same books of a ``bt.Strategy`` as of a rule of ours, and stops at the first order not filled whole."""

    params = (("backtest", None),)

    def start(self) -> None:
        self.value: list[float] = []
        self.cash: list[float] = []
        self.book = LedgerBuilder(self.p.backtest, self.value, self.cash)
        self.filled: list[Any] = []

    def notify_order(self, order: Any) -> None:
        if order.status == order.Completed:
            self.filled.append(order)
        elif order.status in (order.Margin, order.Rejected):
            what = f"{order.data._name}: order for {order.size:.10g} units on {self._today()}"
            raise BacktestError(f"{what} ended as {order.getstatusname()} in backtrader's broker; {WAYS_OUT}")

    def prenext(self) -> None:
        self.next()

    def next(self) -> None:
        test: Backtest = self.p.backtest
        for order in self.filled:
            column, done = test.market.column(order.data._name), order.executed
            decided = np.datetime64(int(order.created.dt) - EPOCH, "D")
            at = int(np.searchsorted(test.sessions, decided))
            columns, amounts = np.array([column], dtype=np.int64), (done.size, done.price, done.comm)
            units, prices, costs = (np.array([amount]) for amount in amounts)
            self.book.fill(len(self.value), at, columns, units=units, prices=prices, costs=costs)
        if self.filled:
            self._hold(test)
            self.filled.clear()
        self.value.append(self.strategy.broker.getvalue())
        self.cash.append(self.strategy.broker.getcash())

    def _hold(self, test: Backtest) -> None:
        sizes = {test.market.column(d._name): self.strategy.getposition(d).size for d in self.strategy.datas}
        short = [test.market.assets[column] for column, size in sizes.items() if size < 0]
        if short:
            raise BacktestError(f"{short[0]} was sold short on {self._today()}; only holdings >= 0 can be judged here")
        held = np.array([column for column, size in sizes.items() if size], dtype=np.int64)
        self.book.hold(len(self.value), held, np.array([size for size in sizes.values() if size], dtype=np.float64))

    def _today(self) -> str:
        return str(self.p.backtest.sessions[min(len(self.value), len(self.p.backtest.sessions) - 1)])

    def ledger(self) -> Ledger:
        """Return what happened."""
        return self.book.ledger(notes={})
