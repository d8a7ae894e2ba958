"""``rebalance`` for many accounts in one pass. numpy only.

Every step is taken element by element and every sum in the order of the assets, so that an account's result does not
depend on which others are computed together with it.
"""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.rebalance import CLOSE, RESERVE, SMALLEST_SALE, SMALLEST_TRADE, whole_units_of
from fedcycle.data.typing import Bool, Float64, Int64

_some, _sum, _least, _most = np.logical_or.reduce, np.add.reduce, np.minimum.reduce, np.maximum.reduce
"""What ``array.any()`` and the like call, without a microsecond of asking which way."""


def rebalance_batch(
    weights: Float64,
    units: Float64,
    *,
    prices: Float64,
    cash: Float64,
    rate: Float64,
    band: float = 0.0,
    closed: Bool | None = None,
    whole_units: bool = False,
) -> Float64:
    """Return what ``rebalance`` returns, for many accounts in one pass; ``rebalance`` is what it must agree with.

    Parameters
    ----------
    weights, units : (N, V) as for ``rebalance``, one column an account; V > 1
    prices : (N,) US dollars a unit, > 0
    cash, rate : (V,)
    band : fraction of value
    closed : (N,) what cannot be traded; None for nothing
    whole_units : whether only whole units can be traded

    Returns
    -------
    (N, V) units
    """
    # One asset after the other is what numpy adds up in rows that lie so in memory.
    weights, units = np.ascontiguousarray(weights), np.ascontiguousarray(units)
    held = units * prices[:, None]
    value = cash + _sum(held, axis=0)
    if not _least(value) > 0:
        raise BacktestError(f"an account is worth {value.min():g}; there is nothing left to invest")
    whole = _sum(weights, axis=0)
    wanted = weights if _most(whole) <= 1.0 else weights / np.maximum(1.0, whole)

    # What is spent differs from the value by at most the rate times these gaps, so that who is so near stands still:
    # on most days most do.
    away = wanted * value
    away -= held
    far = np.abs(away, out=away) >= 0.25 * SMALLEST_TRADE * value
    (moving,) = (_some(far, axis=0) | (rate * len(weights) >= 0.5)).nonzero()
    if not len(moving):
        return units.copy()
    moving, few = _two(moving), 2 * len(moving) <= len(value)

    def some(sheet: Float64) -> Float64:
        return sheet.take(moving, axis=-1) if few else sheet

    solved = _solved(
        some(wanted), some(units), some(held), some(value), prices=prices, cash=some(cash), rate=some(rate),
        band=band, closed=closed, whole_units=whole_units,
    )  # fmt: skip
    if not few:
        return solved
    after = units.copy()
    after[:, moving] = solved
    return after


def _two(places: Int64) -> Int64:
    """Return the places of some columns, two at least: one alone is added up in another order than one of many."""
    return places if len(places) > 1 else np.repeat(places, 2)


def _solved(
    wanted: Float64,
    units: Float64,
    held: Float64,
    value: Float64,
    *,
    prices: Float64,
    cash: Float64,
    rate: Float64,
    band: float,
    closed: Bool | None,
    whole_units: bool,
) -> Float64:
    """Return what ``rebalance_many`` does, given each account's weights, (N, V), and value, (V,)."""
    price, one, budget = prices[:, None], np.ones_like(value), value * (1.0 - RESERVE)
    spend = _spread_many(wanted, held, budget=value, rate=rate, whole=one, start=value)
    gap = wanted * spend
    gap -= held
    away = np.abs(gap)
    still = away < SMALLEST_TRADE * value
    if band > 0:
        still |= (np.abs(wanted - held / value) <= band) & ((wanted > 0) | (held == 0))
    if closed is not None:
        still |= closed[:, None]
    whole = _sum(wanted, axis=0)
    excess = whole * spend + rate * _sum(away, axis=0) - budget
    # Where nothing stands still all gaps are far wider than the reserve, so that a single step is exact.
    slope = whole + rate * _sum(np.copysign(wanted, gap, out=gap), axis=0)
    short = excess > 0
    spend = np.where(short, np.maximum(0.0, spend - excess / np.where(short, slope, 1.0)), spend)
    after = wanted * spend
    after /= price
    # What is neither held nor wanted stands still without changing anything.
    kept = np.flatnonzero(_some(still & ((wanted > 0) | (held > 0)), axis=0)) if still.any() else ()
    if len(kept):
        kept = _two(np.asarray(kept))
        left, h = still.take(kept, axis=1), held.take(kept, axis=1)
        w = np.where(left, 0.0, wanted.take(kept, axis=1))
        budget = budget[kept] - _sum(np.where(left, h, 0.0), axis=0)
        spend = _around(w, np.where(left, 0.0, h), value[kept], budget=budget, rate=rate[kept])
        bought = w * spend - h
        left |= (bought > -SMALLEST_SALE * value[kept]) & (bought < SMALLEST_TRADE * value[kept])
        after[:, kept] = np.where(left, units[:, kept], w * spend / price)
    if not whole_units:
        return after
    most, least = whole_units_of(after, still)
    paid = (most - units) * price
    left = cash - _sum(paid, axis=0) - rate * _sum(np.abs(paid), axis=0)
    return np.asarray(np.where(left >= RESERVE * value, most, least))


def _around(weights: Float64, held: Float64, value: Float64, *, budget: Float64, rate: Float64) -> Float64:
    """Return what each account spends where something stands still: its value, as far as the budget pays for it."""
    spend = _spread_many(weights, held, budget=value, rate=rate, whole=np.ones_like(value), start=value)
    whole = _sum(weights, axis=0)
    short = whole * spend + rate * _sum(np.abs(weights * spend - held), axis=0) > budget
    if not short.any():
        return spend
    less = _spread_many(weights, held, budget=budget, rate=rate, whole=whole, start=spend)
    return np.where(short, np.maximum(0.0, less), spend)


def _spread_many(
    weights: Float64, held: Float64, *, budget: Float64, rate: Float64, whole: Float64, start: Float64
) -> Float64:
    """Return S of ``_spread`` for each account, (V,); accounts without costs need no search.

    Steps that come from the right only ever lower S, so that one that does not is rounding, and the last: an account
    is done when it is done, however many steps others take.
    """
    there = whole > 0
    whole = np.where(there, whole, 1.0)
    moving = there & (rate > 0)
    spend = np.where(moving, start, budget / whole)
    near = CLOSE * np.abs(budget)
    (few,) = moving.nonzero()
    while 2 * len(few) > len(moving):
        gap = weights * spend
        gap -= held
        excess = whole * spend + rate * _sum(np.abs(gap), axis=0) - budget
        less = spend - excess / (whole + rate * _sum(np.copysign(weights, gap, out=gap), axis=0))
        before, spend = spend, np.where(moving, less, spend)
        moving &= spend < before - near
        (few,) = moving.nonzero()
    if len(few):
        few = _two(few)
        spend[few] = _spread_many(
            weights.take(few, axis=1), held.take(few, axis=1),
            budget=budget[few], rate=rate[few], whole=whole[few], start=spend[few],
        )  # fmt: skip
    return np.where(there, spend, 0.0)
