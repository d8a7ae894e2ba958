"""The numbers of a sweep's variants, many accounts in one pass; the definitions are those of ``backtests/statistics``.

Every step is taken element by element and every sum session by session, so that a variant's numbers do not depend on
which others are judged beside it. The accounts' values are looked at as they come and kept by nobody: a sweep needs
memory for a month of them, not for a quarter of a century.
"""

from __future__ import annotations

import math

import numpy as np

from fedcycle.backtests.backtest import Backtest
from fedcycle.backtests.engines import batch
from fedcycle.backtests.engines.batch import Accounts
from fedcycle.backtests.statistics.sample import ROUNDING, SESSIONS_PER_YEAR, years
from fedcycle.data.arrays import Days, Float64, Int64

_sum = np.add.reduce

NUMBERS = (
    "final_value",
    "total_return",
    "cagr",
    "volatility",
    "sharpe",
    "sortino",
    "max_drawdown",
    "calmar",
    "skew",
    "kurtosis",
    "turnover_per_year",
    "costs_usd",
    "trades",
    "time_invested",
    "excess_cagr",
    "excess_skew",
    "excess_kurtosis",
)
"""Columns of a sweep's result, in order; ``excess_skew`` and ``excess_kurtosis`` are of returns over bills."""


def figures(
    test: Backtest,
    targets: Float64,
    which: Int64,
    *,
    capital: Float64,
    rate: Float64,
    bills: Float64,
    benchmark: Float64,
    cash_like: str | None = None,
) -> dict[str, Float64]:
    """Return each of ``NUMBERS`` for each account, (V,); NaN where it does not exist.

    Parameters
    ----------
    test, targets, which, capital, rate, cash_like : of the accounts, as for ``batch.run``; V may be 1
    bills : (T,) total-return level of one-month bills
    benchmark : (T,) US dollars, or (T, V) where each account has its own; only its first and last are read
    """
    if len(capital) == 1:
        # One column would be added up in another order than one of many.
        which, capital, rate = np.repeat(which, 2, axis=1), np.repeat(capital, 2), np.repeat(rate, 2)
        twice = figures(
            test, targets, which, capital=capital, rate=rate, bills=bills, benchmark=benchmark, cash_like=cash_like
        )
        return {name: column[:1] for name, column in twice.items()}
    seen = _Seen(bills[1:] / bills[:-1] - 1.0, len(capital))
    accounts = batch.run(test, targets, which, capital=capital, rate=rate, watch=seen.see, cash_like=cash_like)
    return _figures(accounts, seen, test.sessions, benchmark)


class _Seen:
    """Sums over the values and returns of V accounts, taken as they come.

    Returns are summed as distances from each account's first, which no constant return can turn into noise: what is
    summed is a sample's distance from one of its own, so that its spread loses no more digits than it has sessions.

    Parameters
    ----------
    bill : (T-1,) return of bills, fraction per session
    accounts : V
    """

    def __init__(self, bill: Float64, accounts: int) -> None:
        self.bill, self.sessions = bill, 0
        self.value, self.idle, self.short, self.total = np.zeros((4, accounts))
        self.powers, self.excess_powers = np.zeros((2, 3, accounts))
        """Sums of the second to fourth power of the distance, of returns and of returns over bills."""
        self.peak, self.trough = np.zeros(accounts), np.ones(accounts)
        self.highest, self.lowest = np.full(accounts, -np.inf), np.full(accounts, np.inf)
        self.first = self.last = self.growth = self._before = np.ones(accounts)
        self._room = np.empty((3, batch.ROWS, accounts))

    def see(self, value: Float64, cash: Float64, like: tuple[Float64, Float64] | None) -> None:
        """Take in the next sessions: value (t, V), cash (V,), price (t,) and units (V,) of what counts as cash."""
        inverse, growth, over = self._room[:, : len(value)]
        np.divide(1.0, value, out=inverse)
        self.idle += cash * _sum(inverse, axis=0)
        if like is not None:
            price, units = like
            self.idle += units * _sum(np.multiply(inverse, price[:, None], out=over), axis=0)
        self.value += _sum(value, axis=0)
        self._fall(value)
        np.multiply(value[0], self._before, out=growth[0])
        np.multiply(value[1:], inverse[:-1], out=growth[1:])
        self.last, self._before = value[-1].copy(), inverse[-1].copy()
        start = self.sessions - 1
        self.sessions += len(value)
        if start < 0:
            # The first session has no return.
            self.first, start, growth, over = value[0].copy(), 0, growth[1:], over[1:]
            self.growth = growth[0].copy() if len(growth) else self.growth
        elif start == 0:
            self.growth = growth[0].copy()
        if len(growth):
            self._return(growth, self.bill[start : start + len(growth)], over)

    def _return(self, growth: Float64, bill: Float64, over: Float64) -> None:
        """Take in growth of value, (t, V), over bills' returns, (t,); both arrays are worked in."""
        growth -= self.growth
        self.total += _sum(growth, axis=0)
        np.subtract(growth, (bill - self.bill[0])[:, None], out=over)
        np.maximum(self.highest, np.maximum.reduce(over, axis=0), out=self.highest)
        np.minimum(self.lowest, np.minimum.reduce(over, axis=0), out=self.lowest)
        first = self.growth - 1.0 - self.bill[0]
        less = np.minimum(over, -first)
        less += first
        less *= less
        self.short += _sum(less, axis=0)
        _raise(growth, self.powers, less)
        _raise(over, self.excess_powers, less)

    def _fall(self, value: Float64) -> None:
        """Take in how far values fell from their peaks; exactly where it may be further than before."""
        peak = np.maximum(self.peak, np.maximum.reduce(value, axis=0))
        deeper = np.flatnonzero(np.minimum.reduce(value, axis=0) / peak < self.trough)
        if len(deeper):
            some = value[:, deeper]
            high = np.maximum.accumulate(np.vstack([self.peak[deeper], some]), axis=0)[1:]
            self.trough[deeper] = np.minimum(self.trough[deeper], (some / high).min(axis=0))
        self.peak = peak


def _raise(away: Float64, powers: Float64, room: Float64) -> None:
    """Add the second to fourth power of distances, (t, V), which are worked in, to their sums, (3, V)."""
    square = np.multiply(away, away, out=room)
    powers[0] += _sum(square, axis=0)
    away *= square
    powers[1] += _sum(away, axis=0)
    square *= square
    powers[2] += _sum(square, axis=0)


def _figures(accounts: Accounts, seen: _Seen, sessions: Days, benchmark: Float64) -> dict[str, Float64]:
    n, first, last = seen.sessions - 1, seen.first, seen.last
    span, grown = years(sessions), _growth(last / first, years(sessions))
    mean, bill = seen.total / max(n, 1), float(seen.bill.sum()) / max(n, 1)
    excess = seen.growth - 1.0 + mean - bill
    # Over bills, the mean distance is that of the returns less that of the bills.
    over = mean - (bill - (seen.bill[0] if n else 0.0))
    m, e = _central(n, mean, *seen.powers), _central(n, over, *seen.excess_powers)
    year = math.sqrt(SESSIONS_PER_YEAR)
    with np.errstate(divide="ignore", invalid="ignore"):
        few = np.where(n > 1, 1.0 / max(n - 1, 1), np.nan)
        sd, sde, downside = np.sqrt(m[0] * few), np.sqrt(e[0] * few), np.sqrt(seen.short / max(n, 1))
        start = seen.growth - 1.0 - (seen.bill[0] if n else 0.0)
        largest = np.maximum(np.abs(seen.highest + start), np.abs(seen.lowest + start)) if n else np.zeros(len(last))
        flat, drawdown = ROUNDING * (1.0 + largest), seen.trough - 1.0
        found = {
            "final_value": last,
            "total_return": last / first - 1.0,
            "cagr": grown,
            "volatility": sd * year,
            "sharpe": np.where(sde > flat, excess / sde * year, np.nan),
            "sortino": np.where(downside > flat, excess * year / downside, np.nan),
            "max_drawdown": drawdown,
            "calmar": np.where(drawdown < 0, grown / -drawdown, np.nan),
            **_shape("", n, *m, flat=flat),
            "turnover_per_year": 0.5 * accounts.traded / (seen.value / len(sessions)) / (span or math.nan),
            "costs_usd": accounts.costs,
            "trades": accounts.trades.astype(np.float64),
            "time_invested": 1.0 - seen.idle / len(sessions),
            "excess_cagr": grown - _growth(np.atleast_1d(benchmark[-1] / benchmark[0]), span),
            **_shape("excess_", n, *e, flat=flat),
        }
    return {name: found[name] for name in NUMBERS}


def _central(n: int, mean: Float64, two: Float64, three: Float64, four: Float64) -> tuple[Float64, Float64, Float64]:
    """Return the sums of central moments from the mean of distances and the sums of their powers, (V,)."""
    square = mean * mean
    return (
        np.maximum(two - n * square, 0.0),
        three - mean * (3.0 * two - 2.0 * n * square),
        np.maximum(four - mean * (4.0 * three - 6.0 * mean * two + 3.0 * n * mean * square), 0.0),
    )


def _shape(prefix: str, n: int, two: Float64, three: Float64, four: Float64, *, flat: Float64) -> dict[str, Float64]:
    """Return skew and excess kurtosis from central moments' sums."""
    variance = two / max(n, 1)
    moved = np.sqrt(variance) > flat
    skew = np.where(moved, three / max(n, 1) / variance**1.5, np.nan)
    return {
        f"{prefix}skew": skew,
        f"{prefix}kurtosis": np.where(moved, four / max(n, 1) / variance**2 - 3.0, np.nan),
    }


def _growth(ratio: Float64, span: float) -> Float64:
    """Return growth a year, one number at a time: a vector's powers may differ in the last bit with its length."""
    if span == 0:
        return np.full(len(ratio), np.nan)
    return np.array([float(r) ** (1.0 / span) - 1.0 for r in ratio.tolist()])
