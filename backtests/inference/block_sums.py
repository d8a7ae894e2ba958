"""Sums over histories drawn by the stationary bootstrap, from prefix sums: a block costs as much as a session.

``resample`` draws the sessions themselves; a growth rate needs only sums.
"""

from __future__ import annotations

import math

import numpy as np

from fedcycle.data.typing import Float64

SHORTEST = 21.0
"""Sessions that blocks have at least: a month, the time for which a rule that decides monthly holds the same."""


def block_length(series: Float64) -> float:
    """Return how long blocks should be on average for the series with the longest memory, sessions.

    Parameters
    ----------
    series : (n, K) numbers that vary, without NaN

    Notes
    -----
    ``optimal_block`` of each, at least ``SHORTEST`` and at most a tenth of the sample.
    """
    n = len(series)
    wanted = max((optimal_block(x) for x in series.T), default=1.0)
    return float(max(1.0, min(max(SHORTEST, wanted), n / 10)))


def optimal_block(x: Float64) -> float:
    """Return the optimal average block of the stationary bootstrap for the mean of a series, sessions, >= 1.

    Parameters
    ----------
    x : (n,) numbers without NaN

    Notes
    -----
    Politis & White (2004), corrected by Patton, Politis & White (2009): the flat-top lag window over twice the lag
    after which K autocorrelations in a row are insignificant; b = (2 G^2 / D)^(1/3) n^(1/3), D = 2 g(0)^2.
    """
    n = len(x)
    away = x - x.mean()
    scale = float(np.abs(away).max(initial=0.0))
    if n < 3 or scale == 0.0:
        return 1.0
    away = away / scale
    run = max(5, int(math.sqrt(math.log10(n))))
    most = math.ceil(math.sqrt(n)) + run
    lags = min(most + run, n - 1)
    cov = np.array([float(away[k:] @ away[: n - k]) / n for k in range(lags + 1)])
    small = np.abs(cov[1:] / cov[0]) < 2.0 * math.sqrt(math.log10(n) / n)
    quiet = [k for k in range(len(small) - run + 1) if small[k : k + run].all()]
    last = quiet[0] if quiet else int(np.flatnonzero(~small).max(initial=0)) + 1
    window = min(2 * max(last, 1), most, lags)
    g, long_run = flat_top(cov, window)
    return 1.0 if long_run <= 0.0 else max(best_block(g, long_run, n), 1.0)


def flat_top(cov: Float64, window: int) -> tuple[float, float]:
    """Return the sums that an optimal block is worked out from: autocovariances by lag, weighted, and the long run's.

    Parameters
    ----------
    cov : (L,) autocovariances from lag 0 on, L > ``window``
    window : lags, >= 1; from half of it on the weights fall to 0
    """
    k = np.arange(1, window + 1)
    weight = np.minimum(1.0, 2.0 * (1.0 - k / window))
    return 2.0 * float((weight * k * cov[k]).sum()), float(cov[0]) + 2.0 * float((weight * cov[k]).sum())


def best_block(g: float, long_run: float, n: int) -> float:
    """Return the optimal average block of a series of n numbers, at most min(3 sqrt(n), n / 3) rounded up, sessions."""
    best = (g**2 / long_run**2) ** (1 / 3) * n ** (1 / 3)
    return float(min(best, math.ceil(min(3 * math.sqrt(n), n / 3))))


def prefix_sums(columns: Float64) -> Float64:
    """Return the sums over the first rows, none to all, of columns written twice in a row, (2 n + 1, C).

    What a block adds, also one that goes round the circle, is the difference of two.

    Parameters
    ----------
    columns : (n, C)
    """
    return np.concatenate([np.zeros((1, columns.shape[1])), np.cumsum(np.vstack([columns, columns]), axis=0)])


def resampled_sums(columns: Float64, *, block: float, resamples: int, seed: int) -> Float64:
    """Return the sums of each column over resampled histories as long as the sample, (B, K).

    Parameters
    ----------
    columns : (n, K)
    block : sessions, the average length of a block, >= 1
    resamples : B
    seed : of numpy's generator

    Notes
    -----
    Politis & Romano (1994): blocks of geometric length, starting anywhere, round the circle; the last is cut so that
    every history has n sessions.
    """
    n, k = columns.shape
    rng = np.random.default_rng(seed)
    prefix = prefix_sums(columns)
    total = np.zeros((resamples, k))
    left = np.full(resamples, n)
    going = np.arange(resamples)
    while len(going):
        start = rng.integers(0, n, len(going))
        drawn = rng.geometric(1.0 / block, len(going))
        if len(going) == resamples:  # as long as none is done nothing need be picked out
            length = np.minimum(drawn, left)
            total += prefix.take(start + length, axis=0)
            total -= prefix.take(start, axis=0)
            left -= length
            going = np.flatnonzero(left > 0)
            continue
        length = np.minimum(drawn, left[going])
        total[going] += prefix[start + length] - prefix[start]
        left[going] -= length
        going = going[left[going] > 0]
    return total
