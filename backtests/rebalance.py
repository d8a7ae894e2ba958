"""Costs, and the one place where target weights become units. numpy only; every engine calls it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.errors import BacktestError
from fedcycle.data.arrays import Float64

RESERVE = 1e-12
"""Share of value that stays in cash, so that float rounding never overdraws the account."""
SMALLEST_TRADE = 1e-9
"""Share of value under which a trade is not made."""
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
    weights: Float64, units: Float64, *, prices: Float64, cash: float, rate: float, band: float = 0.0
) -> Float64:
    """Return the units to hold so that the weights are met after paying for the trades.

    Solves ``units = weights * (V - cost) / prices`` with ``V`` the account's value and
    ``cost = rate * sum(|traded value|)``. What would trade less than ``SMALLEST_TRADE * V``, or is within ``band`` of
    its weight, is left alone; a weight of zero is always sold whole. Where what was left alone does not leave enough,
    the purchases shrink together, so that ``RESERVE * V`` stays in cash: the account is never overdrawn.

    Parameters
    ----------
    weights : (N,) fraction of value, >= 0, sum <= 1 (up to rounding)
    units : (N,) units held, >= 0
    prices : (N,) US dollars a unit, > 0
    cash : US dollars
    rate : fraction of traded value
    band : fraction of value

    Returns
    -------
    (N,) units

    Examples
    --------
    >>> rebalance(np.array([0.5, 0.5]), np.zeros(2), prices=np.array([10.0, 20.0]), cash=1000.0, rate=0.0).round(9)
    array([50., 25.])
    """
    held = units * prices
    value = cash + float(held.sum())
    if not value > 0:
        raise BacktestError(f"the account is worth {value:g}; there is nothing left to invest")
    wanted = weights / max(1.0, float(weights.sum()))
    spend = _spread(wanted, held, budget=value, rate=rate)
    still = np.abs(wanted * spend - held) < SMALLEST_TRADE * value
    if band > 0:
        still |= (np.abs(wanted - held / value) <= band) & ((wanted > 0) | (held == 0))
    free = ~still
    w, h = wanted[free], held[free]
    if still.any():
        spend = _spread(w, h, budget=value, rate=rate)
    whole, budget = float(w.sum()), value * (1.0 - RESERVE) - float(held[still].sum())
    if whole * spend + rate * float(np.abs(w * spend - h).sum()) > budget:
        spend = max(0.0, _spread(w, h, budget=budget, rate=rate, whole=whole))
    after = units.copy()
    after[free] = w * spend / prices[free]
    return after


def _spread(weights: Float64, held: Float64, *, budget: float, rate: float, whole: float = 1.0) -> float:
    """Return S with ``whole * S + rate * sum(|weights * S - held|) = budget``: what the weights are fractions of.

    The left side is convex, increasing and piecewise linear in S, so Newton's method from the right ends exactly.
    """
    if whole <= 0:
        return 0.0  # nothing is wanted: everything is sold
    if rate == 0:
        return budget / whole
    spend = budget / whole
    for _ in range(len(weights) + 2):
        gap = weights * spend - held
        excess = whole * spend + rate * float(np.abs(gap).sum()) - budget
        slope = whole + rate * float(weights @ np.sign(gap))
        step = excess / slope
        spend -= step
        if abs(step) <= 1e-16 * budget:
            break
    return spend
