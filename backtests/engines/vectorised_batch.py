"""The vectorised engine's account for many variants of one backtest: one pass over the fills for all of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.ruin import RUIN, is_ruined
from fedcycle.backtests.engines.rebalance_batch import rebalance_batch
from fedcycle.data.typing import Bool, Float64, Int64

_some = np.logical_or.reduce
CHUNK_CELLS, FEWEST = 49_152, 32
"""Values shown at once, and sessions at the least: what they need fits in a core's own cache."""
Orders: TypeAlias = Mapping[int, tuple[Int64, Int64]]
"""Session of the run -> the accounts whose decisions are due in it, sorted, and the row of the targets of each."""
Watch: TypeAlias = Callable[[Float64, Float64, Int64, Float64], None]
"""Is shown stretches of sessions one after the other: value and what of it lies idle, sheets (1 + t, V) whose first row
is no session, and both of which it may change; the session of each account's first fill so far, (V,), the number of
sessions where there is none yet; and the highest value of each so far, (V,) US dollars, its capital included."""


@dataclass(frozen=True, eq=False)
class Accounts:
    """What became of V accounts.

    Parameters
    ----------
    traded, costs : (V,) US dollars, all fills together, without sign
    turned : (V,) half of what was traded, each fill as a share of the value at its session's close, before costs
    trades : (V,) fills
    first : (V,) session of the first fill; the number of sessions where there is none
    """

    traded: Float64
    costs: Float64
    turned: Float64
    trades: Int64
    first: Int64


def run(
    test: Backtest,
    targets: Float64,
    orders: Orders,
    *,
    capital: Float64,
    rate: Float64,
    watch: Watch,
    cash_like: str | None = None,
) -> Accounts:
    """Keep the accounts of variants that differ in their decisions, capital and costs; values are shown, not kept.

    Parameters
    ----------
    test : Backtest
        Its strategy, schedule, lag, capital and costs are not used.
    targets : (A, N) distinct target weights, fraction of value
    orders : what is decided, by the session it is due in
    capital : (V,) US dollars; V > 1, as numpy adds up a single column in another order than one of many
    rate : (V,) cost of one unit of traded value, a fraction
    watch : is shown the values at each close, US dollars
    cash_like : an asset that counts as idle beside cash, or None
    """
    if len(capital) < 2:
        raise ValueError("an account alone is kept by the vectorised engine")
    if test.account.on_margin:
        raise BacktestError("short and leveraged accounts are kept one by one, by the vectorised engine")
    return _Run(test, targets, capital, rate, cash_like, watch).through(orders)


def chunk_sessions(accounts: int, sessions: int) -> int:
    """Return how many sessions are shown at once."""
    return min(max(CHUNK_CELLS // accounts, FEWEST), sessions)


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
        used = np.flatnonzero(_some(targets, axis=0))
        # In the order of their names, so that the order of a market's columns changes no bit.
        self.used = used[np.argsort(np.array(test.market.assets, dtype=np.str_)[used])]
        every = np.array_equal(self.used, np.arange(targets.shape[1]))
        self.targets = targets if every else np.ascontiguousarray(targets[:, self.used])
        self.marks, self.fills_at = (np.nan_to_num(p[:, self.used], nan=1.0) for p in (test.marks, test.fills_at))
        names = [test.market.assets[column] for column in self.used]
        spans = np.array([test.market.spans[name] for name in names], dtype=np.int64).reshape(-1, 2)
        first, self.last = (spans - test.bounds[0]).T
        self.bills = names.index(cash_like) if cash_like in names else None
        n = len(capital)
        self.units, self.waiting = np.zeros((len(names), n)), np.zeros((len(names), n), dtype=bool)
        self.traded, self.costs, self.turned, self._traded_now, self._paid_now = np.zeros((5, n))
        self.first, self._all_begun = np.full(n, len(test.sessions), dtype=np.int64), False
        self.trades = np.zeros(n, dtype=np.int64)
        sessions = np.arange(len(test.sessions))[:, None]
        self.closed = np.isnan(test.fills_at[:, self.used]) & (sessions >= first) & (sessions <= self.last)
        """(T, n) what has begun, has not ended and cannot be traded."""
        self._gappy, self._first_end = bool(self.closed.any()), int(self.last.min(initial=len(test.sessions)))
        self._highest = self.cash.copy()
        """(V,) US dollars, the highest of each account in the sessions shown."""
        self._nearer, self._safe = _nearer(self.marks, self.fills_at, float(self.rate.max())), 0
        """(T,) how much nearer to ruin an account can have come since the first close; until when none can be lost."""
        self._filled_now, self._any_filled = np.zeros(n, dtype=bool), False
        self.lost, self._some_lost = np.zeros(n, dtype=bool), False
        """(V,) accounts that are lost: they hold nothing, trade nothing and are worth 0."""
        self.latest = np.zeros(n, dtype=np.int64)
        """(V,) the row of the targets that was due last."""
        self._value, self._idle = np.empty((2, 1 + chunk_sessions(n, len(test.sessions)), n))
        self._filled = 0

    def through(self, orders: Orders) -> Accounts:
        """Walk the sessions from fill to fill."""
        sessions = len(self.test.sessions)
        ends = {last + 1 for last in self.last.tolist() if 0 <= last < sessions - 1}
        # What could not be traded can be where a gap ends: a decision that lacked it is filled again.
        again = set((1 + np.flatnonzero((self.closed[:-1] & ~self.closed[1:]).any(axis=1))).tolist())
        edges = [0, *sorted(at for at in orders.keys() | ends | again if 0 < at < sessions), sessions]
        for start, stop in itertools.pairwise(edges):
            if start in ends:
                self._pay_out(start)
            if start in orders:
                due, rows = orders[start]
                self.latest[due] = rows
                self._rebalance(start, due)
            if self._gappy and (waiting := (self.waiting & ~self.closed[start][:, None]).any(axis=0)).any():
                if start in orders:
                    waiting[orders[start][0]] = False
                self._rebalance(start, np.flatnonzero(waiting))
            self._show(start, stop)
        self._told()
        return Accounts(self.traded, self.costs, self.turned, self.trades, self.first)

    def _rebalance(self, at: int, some: Int64) -> None:
        """Bring accounts to their weights, as far as there are prices; not those that are lost."""
        if self._some_lost:
            some = some[~self.lost[some]]
        if not len(some):
            return
        chosen: Int64 | slice = slice(None)
        units = self.units
        if len(some) < len(self.cash):
            chosen = some if len(some) > 1 else np.repeat(some, 2)  # one alone would be added up in another order
            units = units.take(chosen, axis=1)  # [:, of] would lie in memory the other way, and be added up so
        wanted = self.targets.take(self.latest[chosen], axis=0).T
        if at > self._first_end:
            wanted[self.last < at] = 0.0
        closed, prices = None, self.fills_at[at]
        if self._gappy and (shut := self.closed[at]).any():
            closed, prices = shut, np.where(shut, self.marks[at - 1], prices)
        after = rebalance_batch(
            wanted, units, prices=prices, cash=self.cash[chosen], rate=self.rate[chosen], band=self.test.band,
            closed=closed, whole_units=self.test.units == "whole",
        )  # fmt: skip
        if self._gappy:
            self.waiting[:, chosen] = self.closed[at][:, None] & ((units > 0) | (wanted > 0))
        self._trade(at, after - units, prices, chosen)

    def _pay_out(self, at: int) -> None:
        over = self.last == at - 1
        held = over & (self.units > 0).any(axis=1)
        prices = np.ones(len(self.used))
        prices[held] = [self.test.delisting_proceeds(int(column)) for column in self.used[held]]
        self._trade(at, np.where(over[:, None], -self.units, 0.0), prices, slice(None))
        self.waiting[over] = False
        self._safe = at  # what was paid need not be near the last price
        if (ruined := is_ruined(self.cash, self._highest) & ~_some(self.units != 0, axis=0)).any():
            self._lose(ruined)

    def _lose(self, ruined: Bool) -> None:
        """Close accounts for good."""
        self.lost |= ruined
        self._some_lost = True
        self.cash[ruined] = 0.0
        self.units[:, ruined] = 0.0
        self.waiting[:, ruined] = False

    def _check_ruin(self, value: Float64, idle: Float64, stop: int) -> None:
        """Close the accounts that are lost at a close of a stretch, (t, V), and show them as worth 0 from there on."""
        if stop <= self._safe:
            return
        before = np.maximum(self._highest, np.maximum.reduce(self._value[1 : 1 + self._filled], axis=0, initial=0.0))
        highest = np.maximum(before, np.maximum.reduce(value, axis=0))
        low = is_ruined(np.minimum.reduce(value, axis=0), highest) & ~self.lost
        if not low.any():
            share = np.minimum.reduce(value[-1] / highest, where=~self.lost, initial=1.0)
            reach = self._nearer[stop - 1] + np.log(share / (2.0 * RUIN))
            self._safe = int(np.searchsorted(self._nearer, reach))
            return
        some = np.flatnonzero(low)
        highest = np.maximum.accumulate(np.maximum(value[:, some], before[some]), axis=0)
        gone = np.logical_or.accumulate(is_ruined(value[:, some], highest), axis=0)
        if not gone.any():
            return
        value[:, some] = np.where(gone, 0.0, value[:, some])
        idle[:, some] = np.where(gone, 0.0, idle[:, some])
        ruined = np.zeros(len(low), dtype=bool)
        ruined[some[gone[-1]]] = True
        self._lose(ruined)

    def _trade(self, at: int, change: Float64, prices: Float64, chosen: Int64 | slice) -> None:
        made: Bool = change != 0
        if not made.any():
            return
        amounts = change * prices[:, None]
        paid = np.add.reduce(amounts, axis=0)
        traded = np.add.reduce(np.abs(amounts, out=amounts), axis=0)
        costs = traded * self.rate[chosen]
        self.cash[chosen] -= paid + costs
        self.units[:, chosen] += change
        self.traded[chosen] += traded
        self.costs[chosen] += costs
        self._traded_now[chosen] += traded
        self._paid_now[chosen] += costs
        count = np.add.reduce(made, axis=0, dtype=np.int64)
        filled = count > 0
        self._filled_now[chosen] |= filled
        self._any_filled = True
        self.trades[chosen] += count
        if not self._all_begun:
            self.first[chosen] = np.where(filled, np.minimum(self.first[chosen], at), self.first[chosen])
            self._all_begun = bool((self.first <= at).all())

    def _turn(self, value: Float64) -> None:
        """Take what was traded in a session as a share of what the accounts were worth at its close, (V,).

        NaN from a fill on that was made when an account was worth nothing: a share of nothing does not exist.
        """
        if not self._any_filled:
            return
        worth = value + self._paid_now
        if np.minimum.reduce(worth) > 0:
            self.turned += 0.5 * self._traded_now / worth
        else:
            share = 0.5 * self._traded_now / np.where(worth > 0, worth, np.nan)
            self.turned += np.where(self._filled_now, share, 0.0)
        self._traded_now[:] = self._paid_now[:] = 0.0
        self._filled_now[:] = self._any_filled = False

    def _show(self, start: int, stop: int) -> None:
        """Write down what the accounts are worth in a stretch without fills, and show it when there is enough."""
        (held,), k = _some(self.units != 0, axis=1).nonzero(), self.bills
        chosen = slice(None) if len(held) == len(self.units) else held
        while start < stop:
            sessions = min(stop - start, len(self._value) - 1 - self._filled)
            stretch, rows = slice(start, start + sessions), slice(1 + self._filled, 1 + self._filled + sessions)
            value, idle = self._value[rows], self._idle[rows]
            if len(held):
                # Adds up one asset after the other, whatever the number of accounts; a matrix product need not.
                np.einsum("tn,nv->tv", self.marks[stretch][:, chosen], self.units[chosen], out=value)
                value += self.cash
            else:
                value[:] = self.cash
            if k is not None and k in held:
                np.multiply(self.marks[stretch, k, None], self.units[k], out=idle)
                idle += self.cash
            else:
                idle[:] = self.cash
            self._check_ruin(value, idle, start + sessions)
            self._turn(value[0])
            start, self._filled = start + sessions, self._filled + sessions
            if self._filled == len(self._value) - 1:
                self._told()

    def _told(self) -> None:
        if self._filled:
            value, idle = self._value[: 1 + self._filled], self._idle[: 1 + self._filled]
            np.maximum(self._highest, np.maximum.reduce(value[1:], axis=0), out=self._highest)
            self.watch(value, idle, self.first, self._highest)
            self._filled = 0


def _nearer(marks: Float64, fills_at: Float64, rate: float) -> Float64:
    """Return how much nearer to ruin any account can have come by each close, (T,), logarithms that never fall.

    From one close to the next an account holds what it held until the fill, and from there on something else: at worst
    it falls with what falls most and its highest rises with what rises most. All is sold and bought at most once, at a
    rate that is a fraction of what is traded.
    """
    with np.errstate(all="ignore"):
        before, after = np.log(fills_at[1:] / marks[:-1]), np.log(marks[1:] / fills_at[1:])
        steps = before.max(axis=1, initial=0.0) - before.min(axis=1, initial=0.0)
        steps += after.max(axis=1, initial=0.0) - after.min(axis=1, initial=0.0) - np.log(max(1.0 - 2.0 * rate, 0.0))
        return np.concatenate([[0.0], np.cumsum(np.nan_to_num(steps, nan=np.inf, posinf=np.inf))])
