"""Runs a user's own ``bt.Strategy``: backtrader as it comes, on the same data, costs and books as a rule of ours."""

from __future__ import annotations

import math
import sys
import traceback
import types
from pathlib import Path
from typing import Any

import backtrader as bt
import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.backtrader_strategy import BacktraderStrategy
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.core.ruin import RUIN
from fedcycle.backtests.engines.backtrader.bars import SESSION_END, Bars, Feed, session_of
from fedcycle.backtests.engines.backtrader.broker import TradedValue
from fedcycle.backtests.engines.backtrader.native_broker import NativeBroker
from fedcycle.backtests.engines.ledger_builder import LedgerBuilder

TIMEFRAMES = {"weeks": bt.TimeFrame.Weeks, "months": bt.TimeFrame.Months, "years": bt.TimeFrame.Years}
BILLS = "bills"


class Cerebro(bt.Cerebro):
    """backtrader's Cerebro, which knows the stamp of the bar that is run before anything looks at it."""

    now: float | None = None

    def _check_timers(self, runstrats: Any, dt0: float, cheat: bool = False) -> None:  # noqa: FBT001, FBT002
        self.now = dt0
        super()._check_timers(runstrats, dt0, cheat)

    def _brokernotify(self) -> None:
        self._broker.ready = True
        super()._brokernotify()


WAYS_OUT = (
    "it costs more than the cash there is at the fill, as a buy does that is placed before the sale that pays for it. "
    "Place sells before buys, leave some cash (order_target_percent(d, target=0.98)), or size at the price of the fill "
    "with cheat_on_open in a script of your own; docs/bring-your-backtrader-strategy.md shows each"
)
"""What to do about an order that the broker refuses."""


def run_native(backtest: Backtest, rule: BacktraderStrategy) -> Ledger:
    """Run a ``bt.Strategy`` and return its ledger.

    Feeds are those that the config lists, else the market's assets in order with bills last; each has its whole life
    up to the run's end, and the strategy is called from the run's first session on. An order placed at a close fills
    as backtrader fills it: a market order at the next session's open, or close where the market has closes alone.

    Raises
    ------
    BacktestError
        If the config asks for what backtrader does not do, if the strategy sets up the account itself, if the broker
        refuses an order, if units are sold short or cash is borrowed, or if the strategy raises.
    """
    name = type(rule).__name__
    _check(backtest, name)
    cerebro = Cerebro(stdstats=False)
    _add_feeds(cerebro, backtest, rule)
    broker = NativeBroker(cash=backtest.capital)
    broker.backtest = backtest
    broker.addcommissioninfo(TradedValue(commission=backtest.costs.rate, whole=backtest.units == "whole"))
    cerebro.setbroker(broker)
    broker.cerebro = cerebro
    cerebro.strats.append([(_live(rule.strategy_class, backtest), (), rule.parameters())])
    cerebro.addanalyzer(_Books, backtest=backtest, _name="books")
    try:
        broker.settings = broker._now()
        broker.ready = True
        (done,) = cerebro.run()
    except BacktestError:
        raise
    except (Exception, SystemExit) as error:
        raise BacktestError(_sentence(name, rule, error, cerebro)) from error
    ledger: Ledger = done.analyzers.books.ledger(name)
    return ledger


def _check(backtest: Backtest, name: str) -> None:
    if backtest.lag != 1 or backtest.band:
        raise BacktestError(f"{name} is a bt.Strategy, whose orders fill one session later; write lag: 1 and band: 0")
    if backtest.account.on_margin:
        raise BacktestError(
            f"{name} is a bt.Strategy, which runs on a long, unlevered account only; leave execution.account out",
            key="execution.account.short",
        )
    if backtest.flow:
        raise BacktestError(
            f"{name} is a bt.Strategy, which pays cash in itself; leave flows out and call broker.add_cash", key="flows"
        )
    if backtest.market.opens is not None and backtest.fill != "open":
        raise BacktestError(
            f"{name} is a bt.Strategy, whose market orders fill at the next open, which {backtest.market.name} has; "
            "write execution.fill: open",
            key="execution.fill",
        )


def _add_feeds(cerebro: Any, backtest: Backtest, rule: BacktraderStrategy) -> None:
    """Add one feed for each asset in order, and one for each of its longer bars asked for."""
    assets = backtest.market.assets
    asked = rule.feeds or [*(asset for asset in assets if asset != BILLS), *(a for a in assets if a == BILLS)]
    feeds: dict[str, Any] = {}
    stop = backtest.bounds[1]
    for text in asked:
        asset, slash, bars = text.partition("/")
        if slash and bars not in TIMEFRAMES:
            raise BacktestError(f"feed {text!r}: bars are {', '.join(TIMEFRAMES)}; write {asset}/weeks")
        if asset not in feeds:
            found = Bars(backtest, asset)
            if not len(found.sessions):
                if rule.feeds:
                    raise BacktestError(f"feed {asset} has no price before the run ends on {backtest.sessions[-1]}")
                continue
            feeds[asset] = Feed(dataname=found, sessionend=SESSION_END)
            feeds[asset].bars_of = found
            if not slash:
                cerebro.adddata(feeds[asset], name=asset)
                continue
        if not slash:
            raise BacktestError(f"feed {asset} is listed twice or after its longer bars; list {asset} first, once")
        cerebro.resampledata(feeds[asset], name=text, timeframe=TIMEFRAMES[bars]).bars_of = feeds[asset].bars_of
    if not feeds:
        raise BacktestError(f"no asset has a price by session {stop}; give another period")


def _sentence(name: str, rule: BacktraderStrategy, error: BaseException, cerebro: Cerebro) -> str:
    """Return what to say of an error: the session, the line of the strategy's file, and the cause."""
    said = " ".join(str(error).split())
    if cerebro.now is None and isinstance(error, IndexError):
        shortest = min((data.bars_of for data in cerebro.datas), key=lambda bars: len(bars.sessions))
        return (
            f"{name}: an indicator needs more bars than a feed has ({shortest.asset} has {len(shortest.sessions)}); "
            "shorten its period, list other feeds, or give more history"
        )
    module = sys.modules.get(rule.strategy_class.__module__)
    file = getattr(module, "__file__", None)
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    where = f"{Path(str(file)).name}:{lines[-1]} " if lines else ""
    day = "" if cerebro.now is None else f" on {session_of(cerebro.now)}"
    return f"{name}{day}: {where}raised {type(error).__name__}: {said}"


def _live(kind: type[Any], backtest: Backtest) -> type[Any]:
    """Return the strategy's class, called from the run's first session on; indicators see the history before it."""
    first = backtest.sessions[0]
    whole = backtest.units == "whole"

    def is_warm(self: Any) -> bool:
        return bool(session_of(self.env.now) >= first)

    def after_start(name: str) -> Any:
        inherited = getattr(kind, name)

        def method(self: Any, *rest: Any, **more: Any) -> Any:
            return inherited(self, *rest, **more) if is_warm(self) else None

        return method

    def _next(self: Any) -> None:
        if not is_warm(self):
            return
        if self.__dict__.get("_fedcycle_started"):
            kind.next(self)
        else:
            self._fedcycle_started = True
            kind.nextstart(self)

    def getsizing(self: Any, data: Any = None, isbuy: bool = True) -> float:  # noqa: FBT001, FBT002
        size: float = kind.getsizing(self, data, isbuy)
        return math.copysign(math.floor(abs(size) + 1e-9), size) if whole else size

    quiet = ("prenext", "notify_timer", "notify_cashvalue", "notify_fund")
    body = {name: after_start(name) for name in quiet}
    body |= {"next": _next, "nextstart": _next, "getsizing": getsizing}
    body |= {"__doc__": kind.__doc__, "__module__": kind.__module__, "__qualname__": kind.__qualname__}
    return types.new_class(kind.__name__, (kind,), {}, lambda namespace: namespace.update(body))


class _Books(bt.Analyzer):
    """Keeps the same books of a ``bt.Strategy`` as of a rule of ours, and stops at the first order not filled whole."""

    params = (("backtest", None),)

    def start(self) -> None:
        test: Backtest = self.p.backtest
        self.value = np.full(len(test.sessions), np.nan)
        self.cash = self.value.copy()
        self.flows = np.zeros(len(test.sessions))
        self.highest = test.capital
        self.book = LedgerBuilder(test, self.value, self.cash)
        self.broker = self.strategy.broker

    def notify_order(self, order: Any) -> None:
        if order.status in (order.Margin, order.Rejected):
            what = f"{order.data._name}: order for {order.size:.10g} units on {self.broker.today()}"
            raise BacktestError(f"{what} ended as {order.getstatusname()} in backtrader's broker; {WAYS_OUT}")

    def prenext(self) -> None:
        self.next()

    def next(self) -> None:
        test, today = self.p.backtest, self.broker.today()
        self.broker.check_settings()
        if today < test.sessions[0]:
            return
        at = int(np.searchsorted(test.sessions, today))
        self._take_fills(at)
        self.value[at], self.cash[at] = self.broker.getvalue(), self.broker.getcash()
        self.flows[at], self.broker.flow = self.broker.flow, 0.0
        self.highest = max(self.highest, self.value[at])
        if self.value[at] < -RUIN * self.highest:
            raise BacktestError(f"the account is worth {self.value[at]:.10g} on {today}; nothing is left to judge")
        if self.cash[at] < -RUIN * self.highest:
            raise BacktestError(
                f"cash is {self.cash[at]:.10g} on {today}: it was borrowed; only unlevered accounts run"
            )

    def _take_fills(self, at: int) -> None:
        test, market = self.p.backtest, self.p.backtest.market
        done, self.broker.executions = self.broker.executions, []
        for each in done:
            decided = int(np.searchsorted(test.sessions, session_of(each.decided)))
            columns = np.array([market.column(each.asset)], dtype=np.int64)
            units, prices, costs = (np.array([number]) for number in (each.size, each.price, each.cost))
            self.book.fill(at, decided, columns, units=units, prices=prices, costs=costs)
        if done:
            sizes = {market.column(d._name): p.size for d, p in self.broker.positions.items() if p.size}
            held = np.array(sorted(sizes), dtype=np.int64)
            self.book.hold(at, held, np.array([sizes[column] for column in held.tolist()], dtype=np.float64))

    def ledger(self, name: str) -> Ledger:
        """Return what happened."""
        test = self.p.backtest
        last = self.broker.today()
        if last is None or last < test.sessions[-1]:
            raise BacktestError(
                f"{name} stopped the run on {last}, before its end {test.end}; write period.end instead"
            )
        _fill_forward(self.value, test.capital)
        _fill_forward(self.cash, test.capital)
        return self.book.ledger(notes=self.broker.notes, flows=self.flows)


def _fill_forward(values: Any, first: float) -> None:
    """Give sessions in which no feed has a bar the number of the previous session."""
    for k in np.flatnonzero(np.isnan(values)).tolist():
        values[k] = values[k - 1] if k else first
