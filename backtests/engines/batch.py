"""The vectorised engine's account for many variants of one backtest: one pass over the fills for all of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fedcycle.backtests.backtest import Backtest
from fedcycle.backtests.engines.rebalance_many import rebalance_many
from fedcycle.data.arrays import Bool, Float64, Int64

_some = np.logical_or.reduce
ROWS = 32
"""Sessions shown at once: what so many of a thousand accounts need fits in a core's own cache."""
Watch: TypeAlias = Callable[[Float64, Float64, tuple[Float64, Float64] | None], None]
"""Is shown each stretch of sessions in turn: value (t, V), which it may change; cash (V,); and, if any of it is held,
price (t,) and units (V,) of what counts as cash."""


@dataclass(frozen=True, eq=False)
class Accounts:
    """What became of V accounts.

    Parameters
    ----------
    traded, costs : (V,) US dollars, all fills together, without sign
    trades : (V,) fills
    """

    traded: Float64
    costs: Float64
    trades: Int64


def run(
    test: Backtest,
    targets: Float64,
    which: Int64,
    *,
    capital: Float64,
    rate: Float64,
    watch: Watch,
    cash_like: str | None = None,
) -> Accounts:
    """Keep the accounts of variants that differ in their targets, capital and costs; values are shown, not kept.

    Parameters
    ----------
    test : Backtest
        Its strategy, capital and costs are not used.
    targets : (A, N) distinct target weights, fraction of value
    which : (D, V) the row of ``targets`` that each variant decides on each decision day; V > 1, as numpy adds up a
        single column in another order than one of many
    capital : (V,) US dollars
    rate : (V,) cost of one unit of traded value, a fraction
    watch : is shown the values at each close, US dollars
    cash_like : an asset that counts as idle beside cash, or None
    """
    if which.shape[1] < 2:
        raise ValueError("an account alone is kept by the vectorised engine")
    return _Run(test, targets, capital, rate, cash_like, watch).through(which)


class _Run:
    """The state of V accounts between two fills."""

    def __init__(
        self,
        test: Backtest,
        targets: Float64,
        capital: Float64,
        rate: Float64,
        cash_like: str | None,
        watch: Watch,
    ) -> None:
        self.test, self.rate, self.cash, self.watch = test, rate, capital.astype(np.float64), watch
        used = np.flatnonzero((targets != 0).any(axis=0))
        # In the order of their names, so that the order of a market's columns changes no bit.
        self.used = used[np.argsort(np.array(test.market.assets, dtype=np.str_)[used])]
        self.targets = np.ascontiguousarray(targets[:, self.used].T)
        self.marks, self.fills_at = (np.nan_to_num(p[:, self.used], nan=1.0) for p in (test.marks, test.fills_at))
        names = [test.market.assets[column] for column in self.used]
        spans = np.array([test.market.spans[name] for name in names], dtype=np.int64).reshape(-1, 2)
        first, self.last = (spans - test.bounds[0]).T
        self.bills = names.index(cash_like) if cash_like in names else None
        n = len(capital)
        self.units, self.waiting = np.zeros((len(names), n)), np.zeros((len(names), n), dtype=bool)
        self.traded, self.costs = np.zeros(n), np.zeros(n)
        self.trades = np.zeros(n, dtype=np.int64)
        sessions = np.arange(len(test.sessions))[:, None]
        self.closed = np.isnan(test.fills_at[:, self.used]) & (sessions >= first) & (sessions <= self.last)
        """(T, n) what has begun, has not ended and cannot be traded."""
        self._gappy, self._first_end = bool(self.closed.any()), int(self.last.min(initial=len(test.sessions)))
        self._room = np.empty((ROWS, n))

    def through(self, which: Int64) -> Accounts:
        """Walk the sessions from fill to fill."""
        sessions = len(self.test.sessions)
        due = {int(at) + self.test.lag: k for k, at in enumerate(self.test.decisions)}
        ends = {last + 1 for last in self.last.tolist() if 0 <= last < sessions - 1}
        # What could not be traded can be where a gap ends: a decision that lacked it is filled again.
        again = set((1 + np.flatnonzero((self.closed[:-1] & ~self.closed[1:]).any(axis=1))).tolist())
        edges = [0, *sorted(at for at in due.keys() | ends | again if 0 < at < sessions), sessions]
        latest = 0
        for start, stop in itertools.pairwise(edges):
            if start in ends:
                self._pay_out(start)
            if start in due:
                latest = due[start]
                self._rebalance(start, which[latest])
            elif self.waiting.any():
                there = (self.waiting & ~self.closed[start][:, None]).any(axis=0)
                self._rebalance(start, which[latest], np.flatnonzero(there))
            for at in range(start, stop, ROWS):
                self._show(slice(at, min(at + ROWS, stop)))
        return Accounts(self.traded, self.costs, self.trades)

    def _rebalance(self, at: int, which: Int64, some: Int64 | None = None) -> None:
        """Bring the accounts, or some of them, to their weights, as far as there are prices."""
        if some is not None and not len(some):
            return
        of = slice(None) if some is None else some
        wanted, units = self.targets.take(which[of], axis=1), self.units[:, of]
        if at > self._first_end:
            wanted[self.last < at] = 0.0
        closed, prices = None, self.fills_at[at]
        if self._gappy and (shut := self.closed[at]).any():
            closed, prices = shut, np.where(shut, self.marks[at - 1], prices)
        after = rebalance_many(
            wanted, units, prices=prices, cash=self.cash[of], rate=self.rate[of], band=self.test.band,
            closed=closed, whole_units=self.test.units == "whole",
        )  # fmt: skip
        if self._gappy:
            self.waiting[:, of] = self.closed[at][:, None] & ((units > 0) | (wanted > 0))
        change = after - units
        if some is not None:
            change, part = np.zeros_like(self.units), change
            change[:, some] = part
        self._trade(change, prices)

    def _pay_out(self, at: int) -> None:
        over = self.last == at - 1
        held = over & (self.units > 0).any(axis=1)
        prices = np.ones(len(self.used))
        prices[held] = [self.test.payout(int(column)) for column in self.used[held]]
        self._trade(np.where(over[:, None], -self.units, 0.0), prices)
        self.waiting[over] = False

    def _trade(self, change: Float64, prices: Float64) -> None:
        made: Bool = change != 0
        if not made.any():
            return
        amounts = change * prices[:, None]
        paid = np.add.reduce(amounts, axis=0)
        traded = np.add.reduce(np.abs(amounts, out=amounts), axis=0)
        costs = traded * self.rate
        self.cash = self.cash - (paid + costs)
        self.units += change
        self.traded += traded
        self.costs += costs
        self.trades += np.add.reduce(made, axis=0, dtype=np.int64)

    def _show(self, stretch: slice) -> None:
        """Show what the accounts are worth in a stretch without fills."""
        value, marks = self._room[: stretch.stop - stretch.start], self.marks[stretch]
        held = np.flatnonzero(_some(self.units != 0, axis=1))
        if not len(held):
            value[:] = self.cash
        else:
            # Adds up one asset after the other, whatever the number of accounts; a matrix product need not.
            of = slice(None) if len(held) == len(self.units) else held
            np.einsum("tn,nv->tv", marks[:, of], self.units[of], out=value)
            value += self.cash
        k = self.bills
        self.watch(value, self.cash, None if k is None or k not in held else (marks[:, k], self.units[k]))
