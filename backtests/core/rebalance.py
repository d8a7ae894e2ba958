"""Costs, and the one place where target weights become units. numpy only; every engine calls it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.data.typing import Bool, Float64

RESERVE = 1e-12
"""Share of value that stays in cash, so that float rounding never overdraws the account."""
SMALLEST_SALE = 1e-13
"""Share of value up to which a sale is rounding of a weight that is met already, where something else stands still.

Sales above it are made even under ``SMALLEST_TRADE``, as they may pay for purchases; what is left out is a tenth of
the reserve, so that no purchase lacks it.
"""
SMALLEST_TRADE = 1e-9
"""Share of value under which a trade is not made."""
CLOSE = 4e-16
"""Share of the budget within which a solution is one: two float roundings, under which a step is noise."""
_sum = np.add.reduce
"""What ``array.sum()`` calls, without a microsecond of asking which way."""
MOST_BPS = 2_000.0
"""Costs above 20% a side are a mistake in the unit."""


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What a trade costs, each side, in basis points of traded value."""

    commission_bps: float = 0.0
    slippage_bps: float = 0.0

    def __post_init__(self) -> None:
        for name, bps in (("commission_bps", self.commission_bps), ("slippage_bps", self.slippage_bps)):
            if not 0 <= bps <= MOST_BPS:
                raise BacktestError(f"{name} is {bps}; it is in basis points of traded value, 0 to {MOST_BPS:g}")

    @property
    def rate(self) -> float:
        """Return the cost of one unit of traded value, a fraction."""
        return (self.commission_bps + self.slippage_bps) / 1e4


def rebalance(
    weights: Float64,
    units: Float64,
    *,
    prices: Float64,
    cash: float,
    rate: float,
    band: float = 0.0,
    closed: Bool | None = None,
    whole_units: bool = False,
) -> Float64:
    """Return the units to hold so that the weights are met after paying for the trades.

    Solves ``units = weights * (V - cost) / prices`` with ``V`` the account's value and
    ``cost = rate * sum(|traded value|)``. What would trade less than ``SMALLEST_TRADE * V``, or is within ``band`` of
    its weight, is left alone; a weight of zero is always sold whole. Where what was left alone does not leave enough,
    all else shrinks together, so that ``RESERVE * V`` stays in cash: the account is never overdrawn.

    Whole units are the largest number that the solution holds; where that would spend the account to its last cent,
    one less of each that came out even.

    Parameters
    ----------
    weights : (N,) fraction of value, >= 0, sum <= 1 (up to rounding)
    units : (N,) units held, >= 0
    prices : (N,) US dollars a unit, > 0
    cash : US dollars
    rate : fraction of traded value
    band : fraction of value
    closed : (N,) what cannot be traded, and is left alone at its price; None for nothing
    whole_units : whether only whole units can be traded

    Returns
    -------
    (N,) units

    Examples
    --------
    >>> rebalance(np.array([0.5, 0.5]), np.zeros(2), prices=np.array([10.0, 20.0]), cash=1000.0, rate=0.0).round(9)
    array([50., 25.])
    """
    held = units * prices
    value = cash + float(_sum(held))
    if not value > 0:
        raise BacktestError(f"the account is worth {value:g}; there is nothing left to invest")
    whole = float(_sum(weights))
    wanted = weights if whole <= 1.0 else weights / whole
    spend = _solve_investable(wanted, held, budget=value, rate=rate)
    target = wanted * spend
    away = np.abs(target - held)
    still = away < SMALLEST_TRADE * value
    if band > 0:
        still |= (np.abs(wanted - held / value) <= band) & ((wanted > 0) | (held == 0))
    if closed is not None:
        still |= closed
    if not still.any():
        budget = value * (1.0 - RESERVE)
        if float(_sum(target)) + rate * float(_sum(away)) > budget:
            target = wanted * _cap_to_budget(wanted, held, spend, budget=budget, rate=rate)
        after = np.asarray(target / prices)
    else:
        free = ~still
        w, h = wanted[free], held[free]
        spend = _solve_investable(w, h, budget=value, rate=rate)
        spend = _cap_to_budget(w, h, spend, budget=value * (1.0 - RESERVE) - float(_sum(held[still])), rate=rate)
        after = units.copy()
        # What is left for a purchase may be rounding: the reserve of an account that cannot trade the rest.
        bought = w * spend - h
        as_it_is = (bought > -SMALLEST_SALE * value) & (bought < SMALLEST_TRADE * value)
        after[free] = np.where(as_it_is, units[free], w * spend / prices[free])
    if not whole_units:
        return after
    most, least = whole_units_of(after, still)
    paid = (most - units) * prices
    left = cash - float(_sum(paid)) - rate * float(_sum(np.abs(paid)))
    return most if left >= RESERVE * value else least


def rebalance_on_margin(
    weights: Float64,
    units: Float64,
    *,
    prices: Float64,
    cash: float,
    rate: float,
    band: float = 0.0,
    closed: Bool | None = None,
    whole_units: bool = False,
) -> Float64:
    """Return what ``rebalance`` does for an account that may sell short and borrow: no cash holds it back.

    Solves the same equation: the weights are met after paying for the trades. What would trade less than
    ``SMALLEST_TRADE * V``, cannot be traded, or is within ``band`` of its weight and on the same side, is left alone;
    all else is traded to its weight of what is left after costs. Whole units are rounded towards none.

    Parameters
    ----------
    weights : (N,) fraction of value, negative for shorts; their sizes times ``rate`` must add up to less than 1
    units : (N,) units held, negative for shorts
    prices, cash, rate, band, closed, whole_units : as for ``rebalance``; cash may be negative

    Returns
    -------
    (N,) units

    Examples
    --------
    >>> rebalance_on_margin(np.array([1.0, -1.0]), np.zeros(2), prices=np.array([10.0, 20.0]), cash=1000.0, rate=0.0)
    array([100., -50.])
    """
    held = units * prices
    value = cash + float(_sum(held))
    if not value > 0:
        raise BacktestError(f"the account is worth {value:g}; there is nothing left to invest")
    smallest = SMALLEST_TRADE * value
    target = weights * max(0.0, _solve_investable(weights, held, budget=value, rate=rate))
    still = np.abs(target - held) < smallest
    if band > 0:
        still |= (np.abs(weights - held / value) <= band) & ((weights * held > 0) | (held == 0))
    if closed is not None:
        still |= closed
    after = np.asarray(target / prices)
    if still.any():
        free = ~still
        w, h = weights[free], held[free]
        target = w * max(0.0, _solve_investable(w, h, budget=value, rate=rate))
        after = units.copy()
        after[free] = np.where(np.abs(target - h) < smallest, units[free], target / prices[free])
    if not whole_units:
        return after
    size = np.abs(after)
    return np.where(still, after, np.copysign(np.floor(size + 1e-9 + 1e-12 * size), after))


def whole_units_of(after: Float64, still: Bool) -> tuple[Float64, Float64]:
    """Return the whole units in a solution, and one less of each that is whole but for rounding; what is still stays.

    The rounding of a quotient is a few times 1e-16 of it, and engines add up their cash in other orders: what is so
    near a whole number must come out the same in all of them.
    """
    near = 1e-9 + 1e-12 * after
    fewest = np.maximum(np.floor(after - near), 0.0)
    return np.where(still, after, np.floor(after + near)), np.where(still, after, fewest)


def _cap_to_budget(weights: Float64, held: Float64, spend: float, *, budget: float, rate: float) -> float:
    """Return ``spend``, or as much of it as the budget pays for."""
    whole = float(_sum(weights))
    if whole * spend + rate * float(_sum(np.abs(weights * spend - held))) <= budget:
        return spend
    return max(0.0, _solve_investable(weights, held, budget=budget, rate=rate, whole=whole, start=spend))


def _solve_investable(
    weights: Float64, held: Float64, *, budget: float, rate: float, whole: float = 1.0, start: float | None = None
) -> float:
    """Return S with ``whole * S + rate * sum(|weights * S - held|) = budget``: what the weights are fractions of.

    The left side is convex, increasing and piecewise linear in S, so Newton's method from the right ends exactly;
    ``start`` is a point to the right, where one nearer than the budget is known.
    """
    if whole <= 0:
        return 0.0  # nothing is wanted: everything is sold
    if rate == 0:
        return budget / whole
    spend = budget / whole if start is None else start
    for _ in range(len(weights) + 2):
        change = weights * spend - held
        excess = whole * spend + rate * float(_sum(np.abs(change))) - budget
        if abs(excess) <= CLOSE * budget:
            break
        slope = whole + rate * float(weights @ np.sign(change))
        step = excess / slope
        spend -= step
        if abs(step) <= CLOSE * budget:
            break
    return spend
