"""The tape: one feed for the whole panel, filled straight from numpy, with the assets as instruments below it."""

from __future__ import annotations

import array
import datetime
from typing import Any

import backtrader as bt
import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.data.typing import Float64

EPOCH = 719163
"""Proleptic Gregorian ordinal of 1970-01-01: backtrader counts days from year 1."""


class PanelFeed(bt.feed.DataBase):
    """One feed whose bars are the run's sessions; the prices of each asset hang below it as instruments."""

    def __init__(self) -> None:
        super().__init__()
        test: Backtest = self.p.dataname
        self.at = -1
        self.ordinals = (test.sessions.astype(np.int64) + EPOCH).astype(np.float64)
        self.test, self.fills_at, self.marks = test, test.fills_at, test.marks
        first = test.bounds[0]
        self.instruments = {
            asset: Instrument(self, asset, j, over=test.market.spans[asset][1] - first + 1)
            for j, asset in enumerate(test.market.assets)
        }

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
    """One cell of today's row of prices, as backtrader reads a line: ``line[0]``; what ended: its proceeds."""

    __slots__ = ("column", "over", "prices", "tape")

    def __init__(self, tape: PanelFeed, prices: Float64, column: int, over: int) -> None:
        self.tape, self.prices, self.column, self.over = tape, prices, column, over

    def __getitem__(self, ago: int) -> float:
        at = self.tape.at + ago
        return (
            self.tape.test.delisting_proceeds(self.column) if at == self.over else float(self.prices[at, self.column])
        )


class _Clock:
    """The session's date, as backtrader reads a datetime line."""

    __slots__ = ("tape",)

    def __init__(self, tape: PanelFeed) -> None:
        self.tape = tape

    def __getitem__(self, ago: int) -> float:
        return float(self.tape.ordinals[self.tape.at + ago])

    def datetime(self, ago: int = 0) -> datetime.datetime:
        return datetime.datetime.fromordinal(int(self[ago]))


class Instrument:
    """One asset of the tape: what an order and the broker ask of a data feed. Trades at the session's fill price.

    Parameters
    ----------
    over : the session of the run after the asset's last, in which it is paid out
    """

    tick_open = tick_high = tick_low = tick_close = None
    _compensate = None

    def __init__(self, tape: PanelFeed, name: str, column: int, *, over: int) -> None:
        self._name, self.column = name, column
        self.open = self.high = self.low = self.close = _Line(tape, tape.fills_at, column, over)
        self.datetime = _Clock(tape)
