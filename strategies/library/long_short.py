"""LongShort: one asset or rule bought, another sold short against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fedcycle.data.market import MarketView
from fedcycle.strategies.asset_or_rule import (
    UNIT,
    AssetOrRule,
    assets_in,
    check_held,
    check_held_differ,
    explanations,
    spread,
)
from fedcycle.strategies.explanation import Explanation
from fedcycle.strategies.strategy import Limits, Strategy, StrategyError, Weights, check_number, parameter

MOST = 5.0
"""More than five times value on each side is more than any account may hold."""


@dataclass(frozen=True, kw_only=True)
class LongShort(Strategy):
    """Buy one asset and sell another short against it, restored on every decision day: the spread between the two.

    It needs ``execution.account: {short: true, gross: 2.0}``, or as much as both sides together take. With sides of
    the same size it gains the difference of the two returns, and bills on the proceeds of what is sold short, less the
    lender's fee. Why it might work: what moves both sides alike, the market above all, cancels out, so that what is
    left is what the note speaks of. It encodes C2, C3 and C9, which are about a difference and not about a market.
    How it could fail: the two sides do not move alike, so that a spread of equal dollars is still a bet on the market
    (small caps rise and fall by more than large ones); what is sold short can rise without bound; and restored every
    month it buys back into a spread that goes on widening the other way.
    """

    limits: ClassVar[Limits] = Limits(short=True, gross=2.0)

    long: AssetOrRule = parameter("small", unit=UNIT, doc="What is bought.")
    short: AssetOrRule = parameter("large", unit=UNIT, doc="What is sold short.")
    long_size: float = parameter(1.0, unit="multiple of value, above 0 to 5", doc="How much is bought.")
    short_size: float = parameter(1.0, unit="multiple of value, above 0 to 5", doc="How much is sold short.")

    def __post_init__(self) -> None:
        rule = "LongShort"
        for name in ("long", "short"):
            check_held(rule, name, getattr(self, name))
        check_held_differ(rule, ("long", self.long), ("short", self.short))
        for name in ("long_size", "short_size"):
            size = check_number(rule, name, getattr(self, name))
            if not 0 < size <= MOST:
                raise StrategyError(f"{rule}: {name} is {size:g}; it is a multiple of value, write 1.0 for all of it")

    def named_assets(self) -> tuple[str, ...]:
        """Return the assets of both sides."""
        return assets_in(self.long, self.short)

    def weights(self, view: MarketView) -> Weights:
        """Return both sides' weights, those of the short side negative; what is on both sides is its difference."""
        return spread([(self.long, self.long_size), (self.short, -self.short_size)], view)

    def explain(self, view: MarketView) -> Explanation:
        """Return that the spread is always held, and why each side that is a rule weights as it does."""
        parts = explanations(view, long=self.long, short=self.short)
        return Explanation("always", self.weights(view), parts=parts)
