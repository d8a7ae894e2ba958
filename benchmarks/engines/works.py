"""The work that is measured: W1, W1s and W2 on synthetic markets, the same arrays for every engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

CAPITAL = 1_000_000.0
SLIPPAGE_BPS = 5.0
SESSIONS = 6_900
VARIANTS = 1_000
LOOKBACK, SKIP, TAU, INVESTED = 252, 21, 0.05, 0.98


@dataclass(frozen=True)
class Work:
    """Prices, and target weights decided at some closes and filled at the next.

    Parameters
    ----------
    days : (T,) days
    closes : (T, N) US dollars, NaN where an asset is not listed
    decided : (D,) indices of the sessions of decisions
    weights : (D, N) fraction of value
    """

    days: Any
    closes: Any
    decided: Any
    weights: Any

    def save(self, file: Path) -> None:
        """Write the arrays to a file."""
        np.savez(file, days=self.days, closes=self.closes, decided=self.decided, weights=self.weights)

    @classmethod
    def load(cls, file: Path) -> Work:
        """Read the arrays back."""
        with np.load(file) as arrays:
            return cls(**{name: arrays[name] for name in ("days", "closes", "decided", "weights")})


def month_ends(days: Any) -> Any:
    """Return the indices of the last session of each month, but those too near the end to be filled."""
    month = days.astype("datetime64[M]").astype(np.int64)
    at = np.flatnonzero(np.r_[month[1:] != month[:-1], False])
    return at[at + 2 < len(days)]


def momentum(closes: Any, decided: Any, *, lookback: int = LOOKBACK, tau: float = TAU) -> Any:
    """Return softmax weights of past returns; equal weights until there is enough past."""
    n = closes.shape[1]
    weights = np.full((len(decided), n), INVESTED / n)
    for k, t in enumerate(decided.tolist()):
        if t >= lookback:
            past = closes[t - SKIP] / closes[t - lookback] - 1.0
            share = np.exp((past - past.max()) / tau)
            weights[k] = INVESTED * share / share.sum()
    return weights


def w1(assets: int = 8, sessions: int = SESSIONS) -> Work:
    """Return W1: a few assets, rebalanced every month to momentum weights."""
    from fedcycle.data.sources import synthetic

    market = synthetic.assets(assets, sessions, seed=1)
    decided = month_ends(market.sessions)
    return Work(market.sessions, market.prices, decided, momentum(market.prices, decided))


def w2(stocks: int = 2_000, sessions: int = SESSIONS, held: int = 200) -> Work:
    """Return W2: the top 200 of some 1,200 listed stocks each month, in equal parts."""
    from fedcycle.data.sources import synthetic

    market = synthetic.stocks(stocks, sessions, seed=2)
    prices, decided = market.prices, month_ends(market.sessions)
    there = ~np.isnan(prices)
    rng = np.random.default_rng(3)
    weights = np.zeros((len(decided), stocks))
    for k, t in enumerate(decided.tolist()):
        before = max(t - 126, 0)
        following = int(decided[k + 1]) + 1 if k + 1 < len(decided) else len(prices) - 1
        score = prices[t] / prices[before] - 1.0 + rng.standard_normal(stocks) * 0.05
        # Only stocks that live to the next fill: what a delisting is worth is not what is measured here.
        score[~there[t] | ~there[following] | np.isnan(score)] = -np.inf
        top = np.argsort(-score, kind="stable")[:held]
        top = top[np.isfinite(score[top])]
        weights[k, top] = INVESTED / len(top)
    return Work(market.sessions, prices, decided, weights)
