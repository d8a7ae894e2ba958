"""A panel of stocks drawn from a seed, for configs that must run anywhere. It says SYNTHETIC wherever it is used.

Nothing is planted in it: good accounts earn no more than bad ones, so a screen that beats its benchmark here does so by
chance. Companies are listed and end, file late and restate, and some report no line of debt, as real ones do.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fedcycle.data.fundamentals.known import Known
from fedcycle.data.fundamentals.panel import LENDER, SECTOR, Fundamentals
from fedcycle.data.fundamentals.sectors import FF12
from fedcycle.data.labels import Labels
from fedcycle.data.market import Market
from fedcycle.data.series import Series
from fedcycle.data.typing import Day, Days, Float64, Int64

NAME = "synthetic-stocks"
STAMP = "SYNTHETIC"
SEED = 18
COMPANIES = 500
START = np.datetime64("1996-10-01")
NOTE = (
    f"{COMPANIES} companies drawn from seed {SEED}: no stock, price or account in it is real, and no effect is planted"
)
FLOWS = ("net_income", "operating_income", "depreciation", "interest_expense", "revenue")
STOCKS = ("assets", "equity", "cash", "debt_current", "debt_long", "shares")
_LENDER = FF12.index("financials")
_DELISTING = -0.3
"""What holders of half of the stocks that end get, over the last close; the others are bought at it."""


def market(base: Market, *, companies: int = COMPANIES, seed: int = SEED, start: np.datetime64 = START) -> Market:
    """Return a market of drawn stocks on the sessions, series and assets of another one.

    Parameters
    ----------
    base : Market
        With the asset ``small``, which the stocks move with.
    companies : how many there ever are
    seed : of every number drawn
    start : first session that is kept
    """
    rng = np.random.default_rng(seed)
    first = int(np.searchsorted(base.sessions, start))
    sessions = base.sessions[first:]
    listed, ended = _lives(rng, companies, len(sessions))
    names = tuple(f"SYN{k:04d}" for k in range(companies))
    beta = rng.uniform(0.6, 1.4, companies)
    level = _levels(rng, base.prices[first:, base.column("small")], beta, listed, ended)
    volume = np.where(
        np.isnan(level),
        np.nan,
        np.round(np.exp(rng.normal(11.0, 1.0, companies)) * rng.lognormal(0.0, 0.4, level.shape)),
    )
    fund = Fundamentals(_accounts(rng, sessions, names), names, names, FF12, None, volume, (STAMP,), (NOTE,))
    gone = np.flatnonzero(ended < len(sessions) - 1)
    return replace(
        base,
        name=NAME,
        sessions=sessions,
        assets=(*base.assets, *names),
        prices=np.concatenate([base.prices[first:], level], axis=1),
        opens=None,
        series={name: _since(s, sessions[0]) if name.startswith("DGS") else s for name, s in base.series.items()},
        fundamentals=fund,
        delisting_returns={**base.delisting_returns, **{names[k]: _DELISTING if k % 2 else 0.0 for k in gone.tolist()}},
    )


def _since(series: Series, day: Day) -> Series:
    """Return the yields from a day on: of earlier ones the sessions that knew them first are not in this market."""
    there = series.observed_on >= day
    return replace(
        series,
        values=series.values[there],
        observed_on=series.observed_on[there],
        known_on=series.known_on[there],
        fresh_until=None if series.fresh_until is None else series.fresh_until[there],
        derived=None if series.derived is None else series.derived[there],
    )


def _lives(rng: np.random.Generator, n: int, sessions: int) -> tuple[Int64, Int64]:
    """Return the first and the last session of each stock: most are there from the start, and many end."""
    listed = np.where(rng.random(n) < 0.5, 0, rng.integers(0, sessions - 600, n))
    ended = np.where(rng.random(n) < 0.5, sessions - 1, listed + rng.integers(500, sessions, n))
    return listed.astype(np.int64), np.minimum(ended, sessions - 1).astype(np.int64)


def _levels(rng: np.random.Generator, small: Float64, beta: Float64, listed: Int64, ended: Int64) -> Float64:
    """Return (T, n) closes in US dollars: the index's moves and noise of their own, NaN outside each stock's life."""
    moves = np.zeros(len(small))
    moves[1:] = np.diff(np.log(small))
    own = rng.normal(0.0, 0.02, (len(small), len(beta)))
    logs = np.cumsum(np.nan_to_num(moves)[:, None] * beta + own - 0.5 * 0.02**2, axis=0)
    at = np.arange(len(small))[:, None]
    level = np.exp(np.log(rng.uniform(8.0, 80.0, len(beta))) + logs - logs[listed, np.arange(len(beta))])
    level = np.maximum(np.round(level, 4), 0.05)
    return np.where((at >= listed) & (at <= ended), level, np.nan)


def _accounts(rng: np.random.Generator, sessions: Days, names: tuple[str, ...]) -> Known:
    """Return the steps of all companies: twelve items each quarter, filed four to eight weeks after it."""
    n = len(names)
    quarters = np.arange(
        sessions[0].astype("datetime64[M]") - np.timedelta64(36, "M"),
        sessions[-1].astype("datetime64[M]"),
        np.timedelta64(3, "M"),
    )
    quarters = (quarters.astype(np.int64) // 3 * 3).astype("datetime64[M]")
    ends: Days = np.asarray(
        (quarters + np.timedelta64(3, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    ).astype("datetime64[D]")
    size = np.exp(rng.normal(19.5, 1.1, n))[:, None]
    growth = np.exp(np.cumsum(rng.normal(0.004, 0.03, (n, len(ends))), axis=1))
    revenue = size * growth * rng.lognormal(0.0, 0.05, growth.shape)
    margin = rng.normal(0.06, 0.08, n)[:, None] + rng.normal(0.0, 0.03, growth.shape)
    share = rng.beta(1.0, 3.0, growth.shape)
    debt = size * growth * rng.gamma(1.5, 0.6, n)[:, None]
    operating, depreciation = revenue * margin, revenue * 0.03
    interest = debt * 0.0125
    untagged = rng.random(n) < 0.16
    values = {
        "revenue": revenue, "operating_income": operating, "depreciation": depreciation, "interest_expense": interest,
        "net_income": 0.75 * (operating - interest), "assets": 4 * size * growth + debt, "equity": 3 * size * growth,
        "cash": size * growth * rng.gamma(1.0, 0.3, growth.shape),
        "debt_current": np.where(untagged[:, None], np.nan, debt * share),
        "debt_long": np.where(untagged[:, None], np.nan, debt * (1 - share)),
        "shares": np.broadcast_to(np.exp(rng.normal(17.5, 1.0, n))[:, None], growth.shape),
        SECTOR: np.broadcast_to(rng.integers(0, len(FF12), n)[:, None].astype(float), growth.shape),
    }  # fmt: skip
    values[LENDER] = (values[SECTOR] == _LENDER).astype(float)
    lag = rng.integers(28, 56, (n, len(ends))).astype("timedelta64[D]")
    known_on: Days = np.asarray(ends[None, :] + lag).astype("datetime64[D]")
    return _steps(values, ends, known_on, names)


def _steps(values: dict[str, Float64], ends: Days, known_on: Days, names: tuple[str, ...]) -> Known:
    items = tuple(sorted(values))
    n, q = known_on.shape
    whole, before = [], []
    for item in items:
        one = values[item]
        if item in FLOWS:
            total = np.full((n, q), np.nan)
            sums = np.cumsum(one, axis=1)
            total[:, 3:] = sums[:, 3:] - np.concatenate([np.zeros((n, 1)), sums[:, :-4]], axis=1)
            ago = np.full((n, q), np.nan)
            ago[:, 4:] = total[:, :-4]
            whole.append(total)
            before.append(ago)
        else:
            whole.append(one)
            before.append(np.full((n, q), np.nan))
    k = len(items)
    value = np.stack(whole).ravel()
    there = ~np.isnan(value) | np.repeat([item in FLOWS for item in items], n * q)
    rows = np.flatnonzero(there)
    forms = np.where(np.arange(q) % 4 == 3, 1, 0).astype(np.int32)
    return Known(
        item=Labels(np.repeat(np.arange(k, dtype=np.int32), n * q)[rows], items),
        company=Labels(np.tile(np.repeat(np.arange(n, dtype=np.int32), q), k)[rows], names),
        known_on=np.tile(known_on.ravel(), k)[rows],
        end=np.tile(np.tile(ends, n), k)[rows],
        value=value[rows],
        year_ago=np.stack(before).ravel()[rows],
        filed=np.tile(known_on.ravel(), k)[rows],
        form=Labels(np.tile(np.tile(forms, n), k)[rows], ("synthetic 10-Q", "synthetic 10-K")),
        source=Labels(np.zeros(len(rows), dtype=np.int32), (f"seed {SEED}",)),
        tag=Labels(np.zeros(len(rows), dtype=np.int32), ("synthetic",)),
    )
