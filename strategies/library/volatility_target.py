"""VolatilityTarget: another rule or an asset, less of it the more it moves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fedcycle.data.market import MarketView
from fedcycle.strategies.explanation import Explanation, SignalReading
from fedcycle.strategies.signals import MOST_SESSIONS
from fedcycle.strategies.strategy import (
    Strategy,
    StrategyError,
    Weights,
    check_asset,
    check_number,
    check_whole,
    merge_requirements,
    parameter,
    sum_weights,
    unique_names,
)


@dataclass(frozen=True, kw_only=True)
class VolatilityTarget(Strategy):
    """Follow a rule, or hold an asset, with as much of the portfolio as keeps its volatility at a target, at most all.

    The volatility is that of the weights decided today over the last sessions. What is not needed goes to ``safe``, or
    stays in cash where that is null. Why it might work: volatility of the past months tells much of that of the next,
    while returns do not rise with it as much (Moreira and Muir 2017), so that risk is cut where it is paid least. It
    encodes no statement of the note; wrapped round a rule of C2 it shows what of its lead is risk. How it could fail:
    it sells after a fall that has already happened and is small in the rebound, when small caps rise most; and it
    never borrows, so that in calm times it lies below its target.
    """

    rule: Strategy | str = parameter(unit="name of an asset, or a rule", doc="What is scaled.")
    target: float = parameter(0.12, unit="fraction a year", doc="The volatility aimed at.")
    sessions: int = parameter(63, unit="sessions", doc="Over how many returns the volatility is taken.")
    safe: str | None = parameter("bills", unit="name of an asset, or null", doc="What the rest is held in.")

    def __post_init__(self) -> None:
        name = "VolatilityTarget"
        if not isinstance(self.rule, Strategy):
            check_asset(name, "rule", self.rule)
        target = check_number(name, "target", self.target)
        if not 0 < target < 1:
            raise StrategyError(f"{name}: target is {target:g}; it is a fraction a year, write 0.12 for 12%")
        check_whole(name, "sessions", self.sessions, min_=2, max_=MOST_SESSIONS, unit="sessions")
        if self.safe is not None:
            check_asset(name, "safe", self.safe)

    def requirements(self) -> Mapping[str, int]:
        """Return what the rule needs, and the closes of its assets."""
        return merge_requirements(super().requirements(), dict.fromkeys(self._scaled(), self.sessions + 1))

    def named_assets(self) -> tuple[str, ...]:
        """Return the rule's assets, and what the rest is held in."""
        return unique_names(*self._scaled(), *([self.safe] if self.safe is not None else []))

    def weights(self, view: MarketView) -> Weights:
        """Return the rule's weights times the target over their volatility, at most 1, and the rest in ``safe``."""
        held = self.rule.weights(view) if isinstance(self.rule, Strategy) else {self.rule: 1.0}
        scale = self._scale(view, held)
        parts = [(asset, weight * scale) for asset, weight in held.items()]
        rest = math.fsum(held.values()) * (1.0 - scale)
        return sum_weights([*parts, *([(self.safe, rest)] if self.safe is not None else [])])

    def explain(self, view: MarketView) -> Explanation:
        """Return how much of the rule is held, its volatility, and why it weighted as it did."""
        held = self.rule.weights(view) if isinstance(self.rule, Strategy) else {self.rule: 1.0}
        found, scale = self._volatility(view, held), self._scale(view, held)
        seen = SignalReading(
            f"volatility over {self.sessions} sessions", found, "fraction a year", view.today, view.today
        )
        parts = {"rule": self.rule.explain(view)} if isinstance(self.rule, Strategy) else {}
        return Explanation("scaled" if scale < 1 else "whole", self.weights(view), (seen,), parts)

    def _scaled(self) -> tuple[str, ...]:
        return self.rule.named_assets() if isinstance(self.rule, Strategy) else (self.rule,)

    def _scale(self, view: MarketView, held: Weights) -> float:
        found = self._volatility(view, held)
        return 1.0 if found <= self.target else self.target / found

    def _volatility(self, view: MarketView, held: Weights) -> float:
        """Return the volatility of today's weights, held constant, over the last returns; gaps count as no move."""
        total = np.zeros(self.sessions)
        for asset in sorted(held):  # in one order whatever the rule's, so that it changes no digit
            closes = view.closes(asset, self.sessions + 1)
            step = closes[1:] / closes[:-1] - 1.0
            total += held[asset] * np.where(np.isnan(step), 0.0, step)
        return float(total.std(ddof=1)) * math.sqrt(view.sessions_per_year)
