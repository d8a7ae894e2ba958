"""The numbers of a sweep's variants, many accounts in one pass; the definitions are those of ``backtests/statistics``.

Every step is taken element by element and every sum session by session, so that a variant's numbers do not depend on
which others are judged beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from fedcycle.backtests.engines.batch import Accounts
from fedcycle.backtests.statistics.sample import ROUNDING, SESSIONS_PER_YEAR, years
from fedcycle.data.arrays import Days, Float64

_ROWS = 64
_COLUMNS = 256
"""Sessions and variants worked on at once: what they need fits in a core's own cache."""
_MANY = 64
"""Columns from which on whole rows are quicker than one column after the other."""

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


@dataclass(eq=False)
class _Moments:
    """Sums over the returns of V accounts."""

    drawdown: Float64
    m2: Float64
    m3: Float64
    m4: Float64
    e2: Float64
    e3: Float64
    e4: Float64
    short: Float64
    mean: Float64
    excess: Float64
    largest: Float64


def figures(accounts: Accounts, sessions: Days, *, bills: Float64, benchmark: Float64) -> dict[str, Float64]:
    """Return each of ``NUMBERS`` for each account, (V,); NaN where it does not exist.

    Parameters
    ----------
    accounts : Accounts
        Its values are overwritten by returns.
    sessions : (T,) days
    bills : (T,) total-return level of one-month bills
    benchmark : (T,) US dollars, or (T, V) where each account has its own; only its first and last are read
    """
    width = accounts.value.shape[1]
    found = []
    for some in (slice(at, at + _COLUMNS) for at in range(0, width, _COLUMNS)):
        part = Accounts(*(getattr(accounts, f.name)[..., some] for f in fields(accounts)))
        own = benchmark if benchmark.ndim == 1 else benchmark[:, some]
        found.append(_figures(part, sessions, bills=bills, benchmark=own))
    return {name: np.concatenate([part[name] for part in found]) for name in NUMBERS}


def _figures(accounts: Accounts, sessions: Days, *, bills: Float64, benchmark: Float64) -> dict[str, Float64]:
    if accounts.value.shape[1] == 1:
        # One column would be summed in another order than one of many.
        twice = Accounts(*(np.repeat(getattr(accounts, f.name), 2, axis=-1) for f in fields(accounts)))
        return {n: c[:1] for n, c in _figures(twice, sessions, bills=bills, benchmark=benchmark).items()}
    value = accounts.value
    n, first, last = len(value) - 1, value[0].copy(), value[-1].copy()
    average = _sum(value) / len(value)
    span = years(sessions)
    grown = _growth(last / first, span)
    found = {"final_value": last, "total_return": last / first - 1.0, "cagr": grown}
    m = _moments(value, bills[1:] / bills[:-1] - 1.0)
    year = math.sqrt(SESSIONS_PER_YEAR)
    with np.errstate(divide="ignore", invalid="ignore"):
        few = np.where(n > 1, 1.0 / max(n - 1, 1), np.nan)
        sd, sde, downside = np.sqrt(m.m2 * few), np.sqrt(m.e2 * few), np.sqrt(m.short / max(n, 1))
        flat = ROUNDING * (1.0 + m.largest)
        turnover = 0.5 * accounts.traded / average / (span or math.nan)
        found |= {
            "volatility": sd * year,
            "sharpe": np.where(sde > flat, m.excess / sde * year, np.nan),
            "sortino": np.where(downside > flat, m.excess * year / downside, np.nan),
            "max_drawdown": m.drawdown,
            "calmar": np.where(m.drawdown < 0, grown / -m.drawdown, np.nan),
            **_shape("", n, m.m2, m.m3, m.m4, flat=flat),
            "turnover_per_year": turnover,
            "costs_usd": accounts.costs,
            "trades": accounts.trades.astype(np.float64),
            "time_invested": 1.0 - accounts.idle / len(value),
            "excess_cagr": grown - _growth(np.atleast_1d(benchmark[-1] / benchmark[0]), span),
            **_shape("excess_", n, m.e2, m.e3, m.e4, flat=flat),
        }
    return {name: found[name] for name in NUMBERS}


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


def _moments(value: Float64, bill: Float64) -> _Moments:
    """Return the sums over returns, in two passes; the first turns ``value`` into returns from its second row on."""
    n, width = len(value) - 1, value.shape[1]
    total, drawdown, peak, before = np.zeros(width), np.zeros(width), value[0].copy(), value[0].copy()
    for rows in _blocks(n):
        part = value[rows]
        high = _highest(np.concatenate([peak[None], part]))
        peak = high[-1].copy()
        np.minimum(drawdown, (part / high[1:]).min(axis=0) - 1.0, out=drawdown)
        after = part[-1].copy()
        part[1:] /= part[:-1].copy()
        part[0] /= before
        part -= 1.0
        before = after
        total += part.sum(axis=0)
    mean = total / max(n, 1)
    # sum() of numpy adds pairwise, in an order that only depends on the length.
    excess = mean - (float(bill.sum()) / n if n else 0.0)
    sums = {name: np.zeros(width) for name in ("m2", "m3", "m4", "e2", "e3", "e4", "short", "largest")}
    for rows in _blocks(n):
        over = value[rows] - bill[rows.start - 1 : rows.stop - 1, None]
        np.maximum(sums["largest"], np.abs(over).max(axis=0), out=sums["largest"])
        less = np.minimum(over, 0.0)
        less *= less
        sums["short"] += less.sum(axis=0)
        _central(value[rows] - mean, sums, "m")
        over -= excess
        _central(over, sums, "e")
    return _Moments(drawdown=drawdown, mean=mean, excess=excess, **sums)


def _highest(value: Float64) -> Float64:
    """Return the highest value so far, in place."""
    if value.shape[1] < _MANY:
        return np.maximum.accumulate(value, axis=0, out=value)
    # The same in seven passes over whole rows: accumulate goes down one column after the other.
    step = 1
    while step < len(value):
        np.maximum(value[step:], value[:-step], out=value[step:])
        step *= 2
    return value


def _central(away: Float64, sums: dict[str, Float64], name: str) -> None:
    square = away * away
    sums[f"{name}2"] += square.sum(axis=0)
    away *= square
    sums[f"{name}3"] += away.sum(axis=0)
    square *= square
    sums[f"{name}4"] += square.sum(axis=0)


def _sum(value: Float64) -> Float64:
    return np.asarray(value.sum(axis=0))


def _blocks(n: int) -> Iterator[slice]:
    """Yield stretches of the rows 1 to n."""
    return (slice(start, min(start + _ROWS, n + 1)) for start in range(1, n + 1, _ROWS))
