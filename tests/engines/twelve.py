"""Twelve strategies in the idioms that people write for backtrader, each in a few lines."""

import datetime

import backtrader as bt


class Cross(bt.Strategy):
    params = (("fast", 10), ("slow", 30))

    def __init__(self):
        fast, slow = (bt.ind.SMA(self.data.close, period=n) for n in (self.p.fast, self.p.slow))
        self.crossed = bt.ind.CrossOver(fast, slow)

    def next(self):
        if self.crossed > 0 and not self.position:
            self.buy(size=300)
        elif self.crossed < 0 and self.position:
            self.close()


class Oversold(bt.Strategy):
    def __init__(self):
        self.rsi = bt.ind.RSI(self.data.close, period=7)

    def next(self):
        if not self.position and self.rsi < 35:
            self.order_target_percent(target=0.7)
        elif self.position and self.rsi > 60:
            self.order_target_percent(target=0.0)


class Bracket(bt.Strategy):
    def __init__(self):
        self.mean = bt.ind.EMA(self.data.close, period=12)
        self.working = []

    def notify_order(self, order):
        self.working = [o for o in self.working if o.alive()]

    def next(self):
        if not self.position and not self.working and self.data.close[0] > self.mean[0]:
            close = self.data.close[0]
            self.working = self.buy_bracket(
                size=100, price=close * 0.998, stopprice=close * 0.97, limitprice=close * 1.03
            )


class Trailing(bt.Strategy):
    def __init__(self):
        self.high = bt.ind.Highest(self.data.high(-1), period=15)
        self.stop_order = None

    def notify_order(self, order):
        if order.status == order.Completed and order.isbuy():
            self.stop_order = self.sell(size=order.executed.size, exectype=bt.Order.StopTrail, trailpercent=0.04)

    def next(self):
        if not self.position and self.data.close[0] > self.high[0]:
            self.buy(size=200)


class Monthly(bt.Strategy):
    params = (("targets", (0.5, 0.3)),)

    def __init__(self):
        self.add_timer(when=bt.timer.SESSION_START, monthdays=[1], monthcarry=True)

    def notify_timer(self, timer, when, *args, **kwargs):
        for data, target in zip(self.datas, self.p.targets, strict=True):
            self.order_target_percent(data, target=target)


class Pair(bt.Strategy):
    def __init__(self):
        ratio = self.data0.close / self.data1.close
        self.z = (ratio - bt.ind.SMA(ratio, period=20)) / bt.ind.StdDev(ratio, period=20)

    def next(self):
        rich, cheap = (self.data0, self.data1) if self.z > 1 else (self.data1, self.data0)
        if abs(self.z[0]) > 1 and not self.getposition(cheap):
            self.close(rich)
            self.buy(cheap, size=150)


class Pyramid(bt.Strategy):
    def __init__(self):
        self.last = None

    def next(self):
        close = self.data.close[0]
        if self.last is None or (close > self.last * 1.02 and self.position.size < 500):
            self.buy(size=100)
            self.last = close
        elif self.position and close < self.last * 0.94:
            self.close()
            self.last = close


class RiskSized(bt.Strategy):
    def __init__(self):
        self.atr = bt.ind.ATR(self.data, period=14)
        self.momentum = bt.ind.Momentum(self.data.close, period=20)

    def next(self):
        if not self.position and self.momentum > 0:
            self.buy(size=int(0.005 * self.broker.getvalue() / self.atr[0]))
        elif self.position and self.momentum < 0:
            self.sell(size=self.position.size)


class Weekly(bt.Strategy):
    """Its second feed is the first in weekly bars."""

    def __init__(self):
        self.week = bt.ind.SMA(self.data1.close, period=5)

    def next(self):
        above = self.data1.close[0] > self.week[0]
        if above and not self.position:
            self.buy(self.data0, size=250)
        elif not above and self.position:
            self.close(self.data0)


class Replacing(bt.Strategy):
    """Cancels its limit order each session and places a new one."""

    def __init__(self):
        self.order = None

    def next(self):
        if self.order is not None and self.order.alive():
            self.cancel(self.order)
        close = self.data.close[0]
        if self.position:
            self.order = self.sell(size=120, exectype=bt.Order.Limit, price=close * 1.01)
        else:
            self.order = self.buy(size=120, exectype=bt.Order.Limit, price=close * 0.99)


class StopLimit(bt.Strategy):
    def __init__(self):
        self.order = None

    def next(self):
        close = self.data.close[0]
        if not self.position and (self.order is None or not self.order.alive()):
            valid = self.data.datetime.date(0) + datetime.timedelta(days=5)
            self.order = self.buy(
                size=90, exectype=bt.Order.StopLimit, price=close * 1.01, plimit=close * 1.015, valid=valid
            )
        elif self.position and len(self) % 10 == 0:
            self.sell(size=90, exectype=bt.Order.Close)


class SavingsPlan(bt.Strategy):
    params = (("amount", 1000.0),)

    def __init__(self):
        self.add_timer(when=datetime.time(10, 0), monthdays=[5], monthcarry=True)

    def notify_timer(self, timer, when, *args, **kwargs):
        self.broker.add_cash(self.p.amount)

    def next(self):
        units = int(self.broker.getcash() * 0.9 / self.data.close[0])
        if units >= 5:
            self.buy(size=units)


TWELVE = {
    Cross: ("one",),
    Oversold: ("one",),
    Bracket: ("one",),
    Trailing: ("two",),
    Monthly: ("one", "two"),
    Pair: ("one", "two"),
    Pyramid: ("two",),
    RiskSized: ("one",),
    Weekly: ("one", "one/weeks"),
    Replacing: ("two",),
    StopLimit: ("one",),
    SavingsPlan: ("two",),
}
