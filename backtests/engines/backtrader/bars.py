"""Bars of one asset as a bt.Strategy reads them: its whole life up to the run's end, and nothing before its first."""

from __future__ import annotations

import array
import datetime
from typing import Any

import backtrader as bt
import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.engines.backtrader.feed import EPOCH
from fedcycle.data.typing import Days, Float64

SESSION_END = datetime.time(23, 59, 59, 999990)
"""When a daily bar of backtrader's own CSV feeds ends."""
PRICES = ("open", "high", "low", "close")


class Bars:
    """The bars of one asset, oldest first.

    Parameters
    ----------
    backtest : what is run
    asset : its name

    Attributes
    ----------
    sessions : (n,) days on which it has a close, from the market's first to the run's last
    lines : ``open``, ``high``, ``low``, ``close``, ``volume`` -> (n,); a close alone is all four prices, volume 0
    ended : whether its last bar is before the run's last session
    """

    def __init__(self, backtest: Backtest, asset: str) -> None:
        market, stop = backtest.market, backtest.bounds[1]
        self.asset, self.column = asset, market.column(asset)
        closes = market.prices[:stop, self.column]
        there = ~np.isnan(closes)
        self.sessions: Days = market.sessions[:stop][there]
        close = closes[there]
        opens = close if market.opens is None else _known(market.opens[:stop, self.column][there], close)
        ends = {"high": np.maximum(opens, close), "low": np.minimum(opens, close), "volume": np.zeros(len(close))}
        for part, values in market.bars.items():
            ends[part] = _known(values[:stop, self.column][there], ends[part])
        self.lines: dict[str, Float64] = {"open": opens, "close": close, **ends}
        self.has_volume = (
            "volume" in market.bars and not np.isnan(market.bars["volume"][:stop, self.column][there]).all()
        )
        self.ended = bool(market.spans[asset][1] < stop - 1)


def _known(values: Float64, otherwise: Float64) -> Float64:
    return np.where(np.isnan(values), otherwise, values)


class _Line(array.array):  # type: ignore[type-arg]
    """A line's numbers. Before its first bar backtrader reads the last number, which is the future: here it is NaN."""

    def __getitem__(self, at: Any) -> Any:
        return float("nan") if type(at) is int and at < 0 else super().__getitem__(at)


class Feed(bt.feed.DataBase):
    """One asset's bars, copied into backtrader's line buffers in one go and stamped as daily bars of a CSV file are."""

    params = (("sessionend", SESSION_END), ("timeframe", bt.TimeFrame.Days))

    def preload(self) -> None:
        bars: Bars = self.p.dataname
        stamps = np.array([bt.date2num(datetime.datetime.combine(day, SESSION_END)) for day in bars.sessions.tolist()])
        zero = np.zeros(len(stamps))
        whole = {"datetime": stamps, **bars.lines}
        for alias in self.getlinealiases():
            line = getattr(self.lines, alias)
            line.array = _Line("d", np.ascontiguousarray(whole.get(alias, zero)).tobytes())
        self.home()

    def start(self) -> None:
        super().start()
        self.at = -1

    def _load(self) -> bool:
        """Load one bar, where backtrader does not load all at once, as with resampled data."""
        bars: Bars = self.p.dataname
        self.at += 1
        if self.at >= len(bars.sessions):
            return False
        self.lines.datetime[0] = bt.date2num(datetime.datetime.combine(bars.sessions[self.at].item(), SESSION_END))
        for name, values in bars.lines.items():
            getattr(self.lines, name)[0] = values[self.at]
        self.lines.openinterest[0] = 0.0
        return True


def session_of(stamp: float) -> np.datetime64:
    """Return the session of a bar's stamp."""
    return np.datetime64(int(stamp) - EPOCH, "D")
