"""The numbers of a sweep's variants, many accounts in one pass; the definitions are those of ``backtests/statistics``.

Every step is taken element by element and every sum session by session, so that a variant's numbers do not depend on
which others are judged beside it. The accounts' values are looked at as they come and kept by nobody: a sweep needs
memory for a month of them, not for a quarter of a century.
"""

from __future__ import annotations

import math

import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.engines import vectorised_batch
from fedcycle.backtests.engines.vectorised_batch import Accounts
from fedcycle.backtests.statistics.numerics import ROUNDING, SESSIONS_PER_YEAR, years
from fedcycle.data.typing import Days, Float64

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
EARLY = vectorised_batch.FEWEST - 1
"""Returns in the first stretch shown, however many accounts there are."""


def streaming_statistics(
    test: Backtest,
    targets: Float64,
    orders: vectorised_batch.Orders,
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
    test, targets, orders, capital, rate, cash_like : of the accounts, as for ``batch.run``; V may be 1
    bills : (T,) total-return level of one-month bills
    benchmark : (T,) US dollars, or (T, V) where each account has its own; only its first and last are read
    """
    if len(capital) == 1:
        # One column would be added up in another order than one of many.
        orders = {at: (np.arange(2), np.repeat(row, 2)) for at, (_, row) in orders.items()}
        capital, rate = np.repeat(capital, 2), np.repeat(rate, 2)
        twice = streaming_statistics(
            test, targets, orders, capital=capital, rate=rate, bills=bills, benchmark=benchmark, cash_like=cash_like
        )
        return {name: column[:1] for name, column in twice.items()}
    seen = _Accumulator(bills[1:] / bills[:-1] - 1.0, len(capital))
    # What an account that is lost, worth 0, earns from then on does not exist: NaN, as in ``backtests/statistics``.
    with np.errstate(divide="ignore", invalid="ignore"):
        accounts = vectorised_batch.run(
            test, targets, orders, capital=capital, rate=rate, watch=seen.see, cash_like=cash_like
        )
    return _figures(accounts, seen, test.sessions, benchmark)


class _Accumulator:
    """Sums over the values and returns of V accounts, taken as they come.

    Returns are summed as distances from the mean of each account's first ones, so that the sums of their powers lose no
    digits that matter when they are moved to the mean of all. Sums go on from session to session, so that it makes no
    difference how many are shown at once.

    Parameters
    ----------
    bill : (T-1,) return of bills, fraction per session
    accounts : V
    """

    def __init__(self, bill: Float64, accounts: int) -> None:
        self.bill, self.sessions = bill, 0
        self.early_bill = float(bill[:EARLY].sum()) / max(len(bill[:EARLY]), 1)
        self.value, self.idle, self.short, self.total = np.zeros((4, accounts))
        self.powers, self.excess_powers = np.zeros((2, 3, accounts))
        """Sums of the second to fourth power of the distance, of returns and of returns over bills."""
        self.peak, self.trough = np.zeros(accounts), np.ones(accounts)
        self.highest, self.lowest = np.full(accounts, -np.inf), np.full(accounts, np.inf)
        self.first = self.last = self.growth = self._before = np.ones(accounts)
        self._room = np.empty((3, 1 + vectorised_batch.room(accounts, len(bill) + 1), accounts))
        """Sheets to work on; the first row of each is left for a sum to go on from."""

    def see(self, value: Float64, idle: Float64) -> None:
        """Take in the next sessions: value and what of it lies idle, (t, V)."""
        inverse, growth, over = self._room[:, : 1 + len(value)]
        over[1:] = value
        _add(self.value, over)
        np.divide(1.0, value, out=inverse[1:])
        np.multiply(idle, inverse[1:], out=over[1:])
        _add(self.idle, over)
        self._fall(value)
        np.multiply(value[0], self._before, out=growth[1])
        np.multiply(value[1:], inverse[1:-1], out=growth[2:])
        self.last, self._before = value[-1].copy(), inverse[-1].copy()
        # The first session has no return.
        skip, start = (0, self.sessions - 1) if self.sessions else (1, 0)
        if not self.sessions:
            self.first, early = value[0].copy(), growth[2 : 2 + EARLY]
            self.growth = np.add.reduce(early, axis=0) / max(len(early), 1)
        self.sessions += len(value)
        if len(value) > skip:
            self._return(growth[skip:], self.bill[start : self.sessions - 1], over[skip:], inverse[skip:])

    def _return(self, growth: Float64, bill: Float64, over: Float64, less: Float64) -> None:
        """Take in growth of value over bills' returns, (t,); all sheets, (1 + t, V), are worked on."""
        growth[1:] -= self.growth
        _add(self.total, growth)
        np.subtract(growth[1:], (bill - self.early_bill)[:, None], out=over[1:])
        np.maximum(self.highest, np.maximum.reduce(over[1:], axis=0), out=self.highest)
        np.minimum(self.lowest, np.minimum.reduce(over[1:], axis=0), out=self.lowest)
        first = self.growth - 1.0 - self.early_bill
        below = np.minimum(over[1:], -first, out=less[1:])
        below += first
        below *= below
        _add(self.short, less)
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


def _add(total: Float64, sheet: Float64) -> None:
    """Go on with a sum, (V,), over the rows of a sheet, (1 + t, V), from its second on, one after the other."""
    sheet[0] = total
    np.add.reduce(sheet, axis=0, out=total)


def _raise(away: Float64, powers: Float64, room: Float64) -> None:
    """Add the second to fourth power of distances to their sums, (3, V); both sheets, (1 + t, V), are worked on."""
    distance = away[1:]
    square = np.multiply(distance, distance, out=room[1:])
    _add(powers[0], room)
    distance *= square
    _add(powers[1], away)
    square *= square
    _add(powers[2], room)


def _figures(accounts: Accounts, seen: _Accumulator, sessions: Days, benchmark: Float64) -> dict[str, Float64]:
    n, first, last = seen.sessions - 1, seen.first, seen.last
    span, grown = years(sessions), _growth(last / first, years(sessions))
    mean, bill = seen.total / max(n, 1), float(seen.bill.sum()) / max(n, 1)
    excess = seen.growth - 1.0 + mean - bill
    # Over bills, the mean distance is that of the returns less that of the bills.
    over = mean - (bill - seen.early_bill)
    m, e = _central(n, mean, *seen.powers), _central(n, over, *seen.excess_powers)
    year = math.sqrt(SESSIONS_PER_YEAR)
    with np.errstate(divide="ignore", invalid="ignore"):
        few = np.where(n > 1, 1.0 / max(n - 1, 1), np.nan)
        sd, sde, downside = np.sqrt(m[0] * few), np.sqrt(e[0] * few), np.sqrt(seen.short / max(n, 1))
        start = seen.growth - 1.0 - seen.early_bill
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
    sd = np.sqrt(variance)
    moved = sd > flat
    skew = np.where(moved, three / max(n, 1) / (variance * sd), np.nan)
    return {
        f"{prefix}skew": skew,
        f"{prefix}kurtosis": np.where(moved, four / max(n, 1) / variance**2 - 3.0, np.nan),
    }


def _growth(ratio: Float64, span: float) -> Float64:
    """Return growth a year, one number at a time: a vector's powers may differ in the last bit with its length."""
    if span == 0:
        return np.full(len(ratio), np.nan)
    return np.array([float(r) ** (1.0 / span) - 1.0 for r in ratio.tolist()])
