"""The vectorised engine's account for many variants of one backtest: one pass over the fills for all of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fedcycle.backtests.backtest import Backtest
from fedcycle.backtests.rebalance import rebalance_many
from fedcycle.data.arrays import Bool, Float64, Int64

Watch: TypeAlias = Callable[[slice, Float64, Float64], None]
"""Is shown each stretch of sessions between fills: which, value (t, V) and uninvested cash (V,)."""


@dataclass(frozen=True, eq=False)
class Accounts:
    """What became of V accounts.

    Parameters
    ----------
    value : (T, V) US dollars at each close
    idle : (V,) sum over sessions of the share of value in cash and in ``cash_like``
    traded, costs : (V,) US dollars, all fills together, without sign
    trades : (V,) fills
    """

    value: Float64
    idle: Float64
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
    cash_like: str | None = None,
) -> Accounts:
    """Return the accounts of variants that differ in their targets, capital and costs.

    Parameters
    ----------
    test : Backtest
        Its strategy, capital and costs are not used.
    targets : (A, N) distinct target weights, fraction of value
    which : (D, V) the row of ``targets`` that each variant decides on each decision day
    capital : (V,) US dollars
    rate : (V,) cost of one unit of traded value, a fraction
    cash_like : an asset that counts as idle beside cash, or None
    """
    if which.shape[1] > 1:
        return _Run(test, targets, capital, rate, cash_like).through(which)
    # One column would be summed in another order than one of many.
    done = _Run(test, targets, np.repeat(capital, 2), np.repeat(rate, 2), cash_like).through(
        np.repeat(which, 2, axis=1)
    )
    return Accounts(done.value[:, :1], done.idle[:1], done.traded[:1], done.costs[:1], done.trades[:1])


class _Run:
    """The state of V accounts between two fills."""

    def __init__(
        self, test: Backtest, targets: Float64, capital: Float64, rate: Float64, cash_like: str | None
    ) -> None:
        self.test, self.rate, self.cash = test, rate, capital.astype(np.float64)
        used = np.flatnonzero((targets != 0).any(axis=0))
        # In the order of their names, so that the order of a market's columns changes no bit.
        self.used = used[np.argsort(np.array(test.market.assets, dtype=np.str_)[used])]
        self.targets = np.ascontiguousarray(targets[:, self.used])
        self.marks, self.fills_at = (np.nan_to_num(p[:, self.used], nan=1.0) for p in (test.marks, test.fills_at))
        names = [test.market.assets[column] for column in self.used]
        spans = np.array([test.market.spans[name] for name in names], dtype=np.int64).reshape(-1, 2)
        first, self.last = (spans - test.bounds[0]).T
        self.bills = names.index(cash_like) if cash_like in names else None
        n = len(capital)
        self.units, self.waiting = np.zeros((len(names), n)), np.zeros((len(names), n), dtype=bool)
        self.idle, self.traded, self.costs = np.zeros(n), np.zeros(n), np.zeros(n)
        self.trades = np.zeros(n, dtype=np.int64)
        sessions = np.arange(len(test.sessions))[:, None]
        self.closed = np.isnan(test.fills_at[:, self.used]) & (sessions >= first) & (sessions <= self.last)
        """(T, n) what has begun, has not ended and cannot be traded."""

    def through(self, which: Int64) -> Accounts:
        """Walk the sessions from fill to fill."""
        sessions = len(self.test.sessions)
        value = np.empty((sessions, len(self.cash)))
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
                self._rebalance(start, self.targets[which[latest]].T, np.arange(len(self.cash)))
            elif self.waiting.any():
                there = np.flatnonzero((self.waiting & ~self.closed[start][:, None]).any(axis=0))
                self._rebalance(start, self.targets[which[latest][there]].T, there)
            self._mark(slice(start, stop), value[start:stop])
        return Accounts(value, self.idle, self.traded, self.costs, self.trades)

    def _rebalance(self, at: int, wanted: Float64, some: Int64) -> None:
        """Bring some of the accounts to their weights, as far as there are prices."""
        if not len(some):
            return
        wanted = np.where((self.last >= at)[:, None], wanted, 0.0)
        units, closed, prices = self.units[:, some], self.closed[at], self.fills_at[at]
        if closed.any():
            prices = np.where(closed, self.marks[at - 1], prices)
        after = rebalance_many(
            wanted, units, prices=prices, cash=self.cash[some], rate=self.rate[some], band=self.test.band,
            closed=closed if closed.any() else None, whole_units=self.test.units == "whole",
        )  # fmt: skip
        self.waiting[:, some] = closed[:, None] & ((units > 0) | (wanted > 0))
        change = np.zeros_like(self.units)
        change[:, some] = after - units
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
        traded = np.abs(amounts).sum(axis=0)
        costs = traded * self.rate
        self.cash = self.cash - (amounts.sum(axis=0) + costs)
        self.units = self.units + change
        self.traded += traded
        self.costs += costs
        self.trades += made.sum(axis=0)

    def _mark(self, stretch: slice, value: Float64) -> None:
        value[:] = self.cash
        for marks, units in zip(self.marks[stretch].T, self.units, strict=True):
            if units.any():
                value += marks[:, None] * units
        idle = self.cash
        if self.bills is not None and self.units[self.bills].any():
            idle = self.cash + self.marks[stretch, self.bills][:, None] * self.units[self.bills]
        self.idle += (idle / value).sum(axis=0)
