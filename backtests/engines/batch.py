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
        used = used[np.argsort(np.array(test.market.assets, dtype=np.str_)[used])]
        self.targets = np.ascontiguousarray(targets[:, used])
        self.closes, self.fills_at = (np.nan_to_num(p[:, used], nan=1.0) for p in (test.closes, test.fills_at))
        names = [test.market.assets[column] for column in used]
        self.last = np.array([test.market.spans[name][1] for name in names], dtype=np.int64) - test.bounds[0]
        self.bills = names.index(cash_like) if cash_like in names else None
        self.units = np.zeros((len(used), len(capital)))
        n = len(capital)
        self.idle, self.traded, self.costs = np.zeros(n), np.zeros(n), np.zeros(n)
        self.trades = np.zeros(n, dtype=np.int64)

    def through(self, which: Int64) -> Accounts:
        """Walk the sessions from fill to fill."""
        sessions = len(self.test.sessions)
        value = np.empty((sessions, len(self.cash)))
        due = {int(at) + self.test.lag: k for k, at in enumerate(self.test.decisions)}
        ends = set(self.last[self.last < sessions - 1].tolist())
        edges = [0, *sorted(at for at in due.keys() | ends if 0 < at < sessions), sessions]
        for start, stop in itertools.pairwise(edges):
            if start in due:
                self._rebalance(start, self.targets[which[due[start]]].T)
            elif start in ends:
                self._trade(start, np.where((self.last == start)[:, None], -self.units, 0.0))
            self._mark(slice(start, stop), value[start:stop])
        return Accounts(value, self.idle, self.traded, self.costs, self.trades)

    def _rebalance(self, at: int, wanted: Float64) -> None:
        stays = (self.last > at) | (self.last >= len(self.test.sessions) - 1)
        if not stays.all():
            wanted = np.where(stays[:, None], wanted, 0.0)
        prices, band = self.fills_at[at], self.test.band
        after = rebalance_many(wanted, self.units, prices=prices, cash=self.cash, rate=self.rate, band=band)
        self._trade(at, after - self.units)

    def _trade(self, at: int, change: Float64) -> None:
        made: Bool = change != 0
        if not made.any():
            return
        amounts = change * self.fills_at[at][:, None]
        traded = np.abs(amounts).sum(axis=0)
        costs = traded * self.rate
        self.cash = self.cash - (amounts.sum(axis=0) + costs)
        self.units = self.units + change
        self.traded += traded
        self.costs += costs
        self.trades += made.sum(axis=0)

    def _mark(self, stretch: slice, value: Float64) -> None:
        value[:] = self.cash
        for closes, units in zip(self.closes[stretch].T, self.units, strict=True):
            if units.any():
                value += closes[:, None] * units
        idle = self.cash
        if self.bills is not None and self.units[self.bills].any():
            idle = self.cash + self.closes[stretch, self.bills][:, None] * self.units[self.bills]
        self.idle += (idle / value).sum(axis=0)
