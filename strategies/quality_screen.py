"""The quality screen of stocks as arithmetic on arrays over companies: sizes, ranks, refinancing risk, weights.

NaN is a missing value everywhere, and never counts as zero.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fedcycle.data.typing import Bool, Float64, Int64

SIZES: Mapping[str, tuple[int, int]] = {"large": (1, 200), "mid": (201, 1000), "small": (1001, 3000)}
"""First and last rank by market value, the largest company first, of a market of ``WHOLE`` companies."""
WHOLE = 3000
"""Companies of the market the ranks are of; those of a smaller panel are scaled to it."""


def size_ranks(market_value: Float64) -> Float64:
    """Return the rank of each company by market value, the largest 1: (n,), NaN where it is missing.

    Of fewer than ``WHOLE`` companies the ranks are scaled up, so that the last of them is ``WHOLE``.

    Examples
    --------
    >>> size_ranks(np.array([5.0, np.nan, 9.0, 1.0]))
    array([2000.,   nan, 1000., 3000.])
    """
    ranks = np.full(len(market_value), np.nan)
    there = np.flatnonzero(~np.isnan(market_value))
    order = there[np.argsort(-market_value[there], kind="stable")]
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks * (WHOLE / len(order)) if 0 < len(order) < WHOLE else ranks


def of_size(ranks: Float64, first: int, last: int) -> Bool:
    """Return which ranks lie from a first to a last one; those scaled up belong to the range they end in."""
    return np.asarray((ranks > first - 1) & (ranks <= last), dtype=np.bool_)


def rank_within(values: Float64, group: Int64, *, low_is_good: bool) -> Float64:
    """Return the rank of each value within its group as a fraction, the best lowest: (n,) in (0, 1), NaN if missing.

    The middle of its place: the best of four is 0.125, the worst 0.875, one alone 0.5. Equal values share the mean of
    their places.

    Examples
    --------
    >>> rank_within(np.array([3.0, 1.0, 1.0, 9.0]), np.array([0, 0, 0, 1]), low_is_good=True)
    array([0.83333333, 0.33333333, 0.33333333, 0.5       ])
    """
    out = np.full(len(values), np.nan)
    there = np.flatnonzero(~np.isnan(values))
    if not len(there):
        return out
    signed = values[there] if low_is_good else -values[there]
    order = np.lexsort((signed, group[there]))
    g, v = group[there][order], signed[order]
    new_group = np.r_[True, g[1:] != g[:-1]]
    new_value = new_group | np.r_[True, v[1:] != v[:-1]]
    group_start = np.flatnonzero(new_group)
    size = np.diff(np.r_[group_start, len(g)])
    place = np.arange(len(g)) - np.repeat(group_start, size)
    tie = np.cumsum(new_value) - 1
    middle = (np.bincount(tie, weights=place) / np.bincount(tie))[tie]
    out[there[order]] = (middle + 0.5) / np.repeat(size, size)
    return out


def debt_measures(
    short: Float64, long: Float64, cash: Float64, operating: Float64, depreciation: Float64, interest: Float64
) -> tuple[Float64, Float64, Float64]:
    """Return three measures of refinancing risk: (n,) each, US dollars in, fractions and multiples out.

    Debt due within a year over all debt; debt less cash over earnings before interest, tax, depreciation and
    amortisation; operating income over interest. The first two are better low, the third better high.

    All debt is what is reported of the two: one that is missing is not taken for zero in the first measure, which is
    missing then, and in the sum the other one stands for the whole. No debt at all makes the first measure 0. Where
    those earnings are not positive, net debt makes the second measure infinite, and net cash minus infinity. Interest
    that is zero or was received makes the third infinite.
    """
    both = ~np.isnan(short) & ~np.isnan(long)
    total = np.where(both, short + long, np.where(np.isnan(short), long, short))
    with np.errstate(divide="ignore", invalid="ignore"):
        due = np.where(both & (total == 0), 0.0, np.where(both, short / total, np.nan))
        net, earned = total - cash, operating + depreciation
        burden = np.where(earned > 0, net / earned, np.where(net > 0, np.inf, -np.inf))
        burden = np.where(np.isnan(net) | np.isnan(earned), np.nan, burden)
        cover = np.where(interest > 0, operating / interest, np.inf)
        cover = np.where(np.isnan(operating) | np.isnan(interest), np.nan, cover)
    return due, burden, cover


def mean_rank(ranks: tuple[Float64, ...], min_: int) -> Float64:
    """Return the mean of the ranks that are there: (n,); NaN where fewer than ``least`` are."""
    table = np.stack(ranks)
    there = ~np.isnan(table)
    count = there.sum(axis=0)
    total = np.where(there, table, 0.0).sum(axis=0)
    return np.where(count >= min_, total / np.maximum(count, 1), np.nan)


def capped(raw: Float64, max_: float) -> Float64:
    """Return weights in proportion to ``raw`` of which none is above ``max_``: (n,), together 1, or n times ``max_``.

    What is above the cap is given to the others in proportion, until none is above it.

    Examples
    --------
    >>> capped(np.array([6.0, 3.0, 1.0]), 0.5)
    array([0.5  , 0.375, 0.125])
    """
    n = len(raw)
    if not n:
        return raw
    if n * max_ <= 1.0:
        return np.full(n, max_)
    weights: Float64 = raw / raw.sum()
    full = np.zeros(n, dtype=bool)
    while (over := (weights > max_) & ~full).any():
        full |= over
        rest = 1.0 - max_ * int(full.sum())
        weights = np.where(full, max_, raw / raw[~full].sum() * rest)
    return weights
