"""The numbers of many stretches of a run at once: what the one-number functions answer, from sums over groups.

A run is cut into some fifty stretches (phases, years, windows of cycles, recessions) of a few hundred sessions. One
function call a number and stretch would take longer than the run itself; sums over all stretches take 4 ms. The
functions of ``risk``, ``tails``, ``sessions``, ``against`` and ``active`` define the numbers, and a test holds each one
here equal to what they answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np

from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.statistics.numerics import ALIKE, ROUNDING, SESSIONS_PER_YEAR
from fedcycle.backtests.statistics.tails import TAIL
from fedcycle.backtests.statistics.trading import value_before_costs
from fedcycle.data.typing import Bool, Float64, Int64

Numbers: TypeAlias = dict[str, float | int | None]


@dataclass(frozen=True, eq=False)
class Trading:
    """What fills took in each session's return, and how much was invested when it was earned.

    Parameters
    ----------
    cost : (n,) US dollars in each return's session
    turned : (n,) half of what was traded in each return's session, fraction of the account's value then, before costs
    fills : (n,) number of fills in each return's session
    invested : (n,) fraction of value in anything but cash and bills at the close before
        NaN where the account was worth 0; for the first return, which is what the first fill cost, at its own close.
    """

    cost: Float64
    turned: Float64
    fills: Float64
    invested: Float64

    @classmethod
    def of(cls, ledger: Ledger, *, bills_value: Float64) -> Trading:
        """Return the trading of an account of T sessions, by its n = T - 1 returns."""
        n, fills, value = len(ledger.sessions) - 1, ledger.trades, ledger.value
        at = np.maximum(np.searchsorted(ledger.sessions, fills.filled_on, side="right") - 2, 0)
        turned = 0.5 * np.abs(fills.units * fills.price) / value_before_costs(ledger)
        per = [fills.cost, turned, np.ones(len(fills))]
        cost, share, count = (np.bincount(at, weights=w, minlength=max(n, 1))[:n].astype(np.float64) for w in per)
        invested = 1.0 - (ledger.cash + bills_value) / np.where(value > 0, value, np.nan)
        if n > 0:
            invested[0] = invested[1]
        return cls(cost, share, count, invested[:-1])


def numbers(
    returns: Float64,
    benchmark: Float64,
    *,
    bills: Float64,
    groups: Sequence[Int64],
    trading: Trading | None = None,
    per_year: float = float(SESSIONS_PER_YEAR),
) -> list[Numbers]:
    """Return the numbers of each group of returns, taken together in their order.

    Parameters
    ----------
    returns, benchmark, bills : (n,) fraction per session
    groups : rows of the returns of each group
    trading : Trading, or None to leave its numbers out
    per_year : sessions that count as a year

    Returns
    -------
    name -> number for each group, None where one does not exist
    """
    full = [g for g in groups if len(g)]
    with np.errstate(all="ignore"):
        columns = _columns(returns, benchmark, bills, rows=full, trading=trading, year=per_year) if full else {}
    whole = [name in _COUNTS for name in columns]
    table = [[x if math.isfinite(x) else None for x in column.tolist()] for column in columns.values()]
    filled = iter(
        dict(zip(columns, (int(x) if w and x is not None else x for x, w in zip(row, whole, strict=True)), strict=True))
        for row in zip(*table, strict=True)
    )
    return [{"sessions": len(g)} | (next(filled) if len(g) else _nothing(trading is not None)) for g in groups]


@cache
def _nothing(with_trading: bool) -> Numbers:  # noqa: FBT001 - a key of the cache
    """Return the numbers of a group without returns."""
    one = np.zeros(1)
    with np.errstate(all="ignore"):
        names = _columns(one, one, one, rows=[np.zeros(1, dtype=np.int64)], trading=None, year=1.0)
    return dict.fromkeys([*names, *(_TRADING if with_trading else ())])


_COUNTS = ("trades",)
_TRADING = ("costs_usd", "trades", "turnover", "time_invested")


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums, means and spreads over groups laid end to end."""

    starts: Int64
    n: Int64
    year: float = float(SESSIONS_PER_YEAR)

    @property
    def root(self) -> float:
        """Return the square root of the sessions of a year."""
        return math.sqrt(self.year)

    def sum(self, x: Float64) -> Float64:
        return np.asarray(np.add.reduceat(x, self.starts), dtype=np.float64)

    def mean(self, x: Float64) -> Float64:
        return self.sum(x) / self.n

    def largest(self, x: Float64) -> Float64:
        return np.asarray(np.maximum.reduceat(x, self.starts))

    def away(self, x: Float64) -> Float64:
        return x - np.repeat(self.mean(x), self.n)

    def limit(self, like: Float64, size: float = ROUNDING) -> Float64:
        """Return the spread under which a sample is alike up to rounding."""
        lowest: Float64 = np.minimum.reduceat(like, self.starts)
        return np.asarray(size * (1.0 + np.maximum(self.largest(like), -lowest)))

    def count(self, which: Bool) -> Float64:
        return self.sum(which.astype(np.float64))

    def where(self, x: Float64, which: Bool) -> Float64:
        """Return the mean of x where ``which``, NaN where nowhere."""
        return self.sum(np.where(which, x, 0.0)) / self.count(which)


def _columns(
    returns: Float64, benchmark: Float64, bills: Float64, *, rows: Sequence[Int64], trading: Trading | None, year: float
) -> dict[str, Float64]:
    n = np.array([len(g) for g in rows])
    sums = _Sums(np.concatenate([[0], np.cumsum(n)[:-1]]), n, year)
    at = np.concatenate(rows)
    r, b, f = returns[at], benchmark[at], bills[at]
    e = r - f
    out = _own(r, e, sums)
    out |= _against(r, b, e=e, f=f, sums=sums)
    total, other, fall = _paths(r, b, sums)
    years = np.where(n >= year, year / n, np.nan)
    own_yearly, other_yearly = (1.0 + total) ** years - 1.0, (1.0 + other) ** years - 1.0
    out = {
        "total_return": total,
        "return_per_year": own_yearly,
        **{k: out.pop(k) for k in ("volatility", "sharpe")},
        "benchmark_return": other,
        "benchmark_return_per_year": other_yearly,
        "excess_per_year": own_yearly - other_yearly,
        "relative_wealth": (1.0 + total) / np.where(other > -1.0, 1.0 + other, np.nan) - 1.0,
        "max_drawdown": fall,
        **out,
    }
    return out if trading is None else out | _trading(trading, at, sums)


def _above(spread: Float64, limit: Float64) -> Float64:
    """Return a spread, NaN where it is no more than a limit."""
    return np.where(spread <= limit, np.nan, spread)


def _own(r: Float64, e: Float64, sums: _Sums) -> dict[str, Float64]:
    n = sums.n
    several = np.where(n > 1, n / (n - 1), np.nan)
    whole = sums.sum(r) * 0.0 + 1.0  # NaN where a return is
    r_limit, e_limit = sums.limit(r), sums.limit(e)
    a = sums.away(r)
    variance = sums.mean(a * a)
    unit = a / np.repeat(_above(np.sqrt(variance), r_limit), n)
    square = unit * unit
    gain, loss = r > 0, r < 0
    gains, losses = sums.sum(np.where(gain, r, 0.0)), sums.sum(np.where(loss, r, 0.0))
    up, down = sums.count(gain), sums.count(loss)
    ea, short = sums.away(e), np.minimum(e, 0.0)
    mean, downside, shortfall = sums.mean(e), np.sqrt(sums.mean(short * short)), -sums.mean(short)
    low, high, tail = _tails(r, sums)
    return {
        "volatility": np.sqrt(variance * several) * sums.root,
        "sharpe": mean / _above(np.sqrt(sums.mean(ea * ea) * several), e_limit) * sums.root,
        "sortino": mean * sums.root / _above(downside, e_limit),
        "downside_deviation": downside * sums.root,
        "omega": (mean + shortfall) / _above(shortfall, e_limit),
        "var_95": low,
        "cvar_95": tail,
        "tail_ratio": np.abs(high) / _above(np.abs(low), r_limit),
        "skew": sums.mean(square * unit),
        "kurtosis": sums.mean(square * square) - 3.0,
        "best_day": sums.largest(r),
        "worst_day": np.asarray(np.minimum.reduceat(r, sums.starts)),
        "hit_rate_daily": up / n * whole,
        "average_gain": gains / up * whole,
        "average_loss": losses / down * whole,
        "payoff_ratio": gains / up / _above(-losses / down, r_limit) * whole,
        "profit_factor": gains / n / _above(-losses / n, r_limit) * whole,
    }


def _against(r: Float64, b: Float64, *, e: Float64, f: Float64, sums: _Sums) -> dict[str, Float64]:
    n = sums.n
    several = np.where(n > 1, n / (n - 1), np.nan)
    d, o = r - b, b - f
    mean = sums.mean(d)
    whole = mean * 0.0 + 1.0  # NaN where a return is
    da, ra, ba, oa = sums.away(d), sums.away(r), sums.away(b), sums.away(o)
    d_sd = np.sqrt(sums.mean(da * da) * several)
    o_size = _above(np.sqrt(sums.mean(oa * oa)), sums.limit(o)) * np.where(n > 1, 1.0, np.nan)
    beta = sums.mean(sums.away(e) * oa) / (o_size * o_size)
    r_size, b_size = (_above(np.sqrt(sums.mean(away * away)), sums.limit(x)) for away, x in ((ra, r), (ba, b)))
    return {
        "mean_active_return": mean * sums.year,
        "alpha": (sums.mean(e) - beta * sums.mean(o)) * sums.year,
        "beta": beta,
        "correlation": np.clip(sums.mean(ra * ba) / (r_size * b_size), -1.0, 1.0) * np.where(n > 1, 1.0, np.nan),
        "tracking_error": d_sd * sums.root,
        "information_ratio": mean / _above(d_sd, sums.limit(d, ALIKE)) * sums.root,
        "up_capture": _capture(r, b, which=b > 0, sums=sums) * whole,
        "down_capture": _capture(r, b, which=b < 0, sums=sums) * whole,
        "hit_rate_over_benchmark": sums.count(d > ALIKE) / sums.count(np.abs(d) > ALIKE) * whole,
    }


def _capture(r: Float64, b: Float64, *, which: Bool, sums: _Sums) -> Float64:
    other = sums.where(b, which)
    return np.asarray(sums.where(r, which) / np.where(np.abs(other) <= ROUNDING, np.nan, other))


def _paths(r: Float64, b: Float64, sums: _Sums) -> tuple[Float64, Float64, Float64]:
    """Return each group's total return, its benchmark's, and its maximum drawdown, returns in their order."""
    out = np.empty((3, len(sums.n)))
    for k, (start, n) in enumerate(zip(sums.starts.tolist(), sums.n.tolist(), strict=True)):
        path = np.empty(n + 1)
        path[0] = 1.0
        np.cumprod(1.0 + r[start : start + n], out=path[1:])
        out[:, k] = path[-1], np.prod(1.0 + b[start : start + n]), (path / np.maximum.accumulate(path)).min()
    return out[0] - 1.0, out[1] - 1.0, out[2] - 1.0


def _tails(r: Float64, sums: _Sums) -> tuple[Float64, Float64, Float64]:
    """Return each group's 5% and 95% quantile, and the mean of the returns at or below the first."""
    ordered = np.empty(len(r))
    for start, n in zip(sums.starts.tolist(), sums.n.tolist(), strict=True):
        ordered[start : start + n] = np.sort(r[start : start + n])
    low, high = (_quantile(ordered, share, sums) for share in (TAIL, 1.0 - TAIL))
    return low, high, sums.where(r, r <= np.repeat(low, sums.n))


def _quantile(ordered: Float64, share: float, sums: _Sums) -> Float64:
    place = share * (sums.n - 1)
    below = place.astype(np.int64)
    above = np.minimum(below + 1, sums.n - 1)
    low = ordered[sums.starts + below]
    # np.sort puts NaN last: a group with one has no quantile.
    whole = np.where(np.isnan(ordered[sums.starts + sums.n - 1]), np.nan, 1.0)
    return np.asarray((low + (ordered[sums.starts + above] - low) * (place - below)) * whole)


def _trading(trading: Trading, at: Int64, sums: _Sums) -> dict[str, Float64]:
    return {
        "costs_usd": sums.sum(trading.cost[at]),
        "trades": sums.sum(trading.fills[at]),
        "turnover": sums.sum(trading.turned[at]),
        "time_invested": sums.mean(trading.invested[at]),
    }
