"""Synthetic markets, seeded and called synthetic: to measure engines on, never to learn anything about markets from."""

from __future__ import annotations

import numpy as np

from fedcycle.data.market import Market
from fedcycle.data.typing import Days, Float64

NAME = "synthetic"
FIRST_SESSION = "1998-01-02"
START_PRICE = 50.0
MARKET_RETURN, MARKET_VOLATILITY = 0.0003, 0.009
OPEN_VOLATILITY = 0.004
SHORTEST_LIFE = 300
"""Sessions a stock is listed at least."""


def assets(count: int, sessions: int, *, seed: int, volatility: float = 0.006) -> Market:
    """Return a market of assets that are listed throughout: one common factor and noise of their own.

    Parameters
    ----------
    count : number of assets
    sessions : weekdays from 1998-01-02 on
    seed : of the random numbers
    volatility : standard deviation of an asset's own daily return

    Returns
    -------
    Market
        Named ``synthetic``, with opens and no series.
    """
    rng = np.random.default_rng(seed)
    closes, opens = _walk(rng, sessions, count, volatility)
    return Market(NAME, _days(sessions), tuple(f"asset{j:04d}" for j in range(count)), closes, {}, opens)


def stocks(count: int, sessions: int, *, seed: int, volatility: float = 0.02) -> Market:
    """Return a market of stocks that are listed and delisted over time, about six in ten of them alive at once.

    Parameters
    ----------
    count : number of stocks that ever exist
    sessions : weekdays from 1998-01-02 on
    seed : of the random numbers
    volatility : standard deviation of a stock's own daily return

    Returns
    -------
    Market
        Named ``synthetic``, with opens and no series; prices are NaN before a stock is listed and after it ends.
    """
    rng = np.random.default_rng(seed)
    closes, opens = _walk(rng, sessions, count, volatility)
    life = np.maximum(rng.exponential(2.0 * sessions, count).astype(np.int64) + 500, SHORTEST_LIFE)
    # Six in ten were there before the first session; the last newcomers have a year left.
    start = np.maximum(rng.integers(-int(0.6 * sessions), max(sessions - 260, 1), count), 0)
    end = np.minimum(start + life, sessions)
    at = np.arange(sessions)[:, None]
    gone = (at < start) | (at >= end)
    closes[gone] = np.nan
    opens[gone] = np.nan
    return Market(NAME, _days(sessions), tuple(f"stock{j:04d}" for j in range(count)), closes, {}, opens)


def _walk(rng: np.random.Generator, sessions: int, count: int, volatility: float) -> tuple[Float64, Float64]:
    """Return closes and opens, (sessions, count) US dollars."""
    common = rng.standard_normal(sessions) * MARKET_VOLATILITY + MARKET_RETURN
    returns = rng.standard_normal((sessions, count))
    returns *= volatility
    returns += common[:, None] * rng.uniform(0.7, 1.3, count)
    closes = START_PRICE * np.exp(np.cumsum(returns, axis=0))
    before = np.vstack([np.full((1, count), START_PRICE), closes[:-1]])
    opens = before * np.exp(rng.standard_normal((sessions, count)) * OPEN_VOLATILITY)
    return closes, opens


def _days(sessions: int) -> Days:
    first = np.datetime64(FIRST_SESSION, "D")
    return np.asarray(np.busday_offset(first, np.arange(sessions), roll="forward"))
