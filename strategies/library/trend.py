"""Trend: an asset while it lies above its average, another otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fedcycle.data.market import MarketView
from fedcycle.strategies.explanation import Explanation, SignalReading
from fedcycle.strategies.price_signals import over_average
from fedcycle.strategies.signals import MOST_SESSIONS
from fedcycle.strategies.strategy import (
    Strategy,
    StrategyError,
    Weights,
    check_asset,
    check_differ,
    check_number,
    check_whole,
    parameter,
    unique_names,
)

ABOVE, BELOW = "above its average", "below its average"


@dataclass(frozen=True, kw_only=True)
class Trend(Strategy):
    """Hold an asset while its close lies above the mean of its last closes, and another, mostly bills, otherwise.

    Why it might work: long falls are spread over many months, so that who leaves after the first of them misses the
    rest (Faber 2007). It encodes no statement of the note; it is what
    a rule on the rate cycle (C2, C3) should beat. How it
    could fail: in a market without direction it buys after rises and sells after falls, and pays for each turn; a fall
    of few days, such as October 1987, is over before it leaves.
    """

    asset: str = parameter("small", unit="name of an asset", doc="What is held above its average.")
    otherwise: str = parameter("bills", unit="name of an asset", doc="What is held below it.")
    sessions: int = parameter(200, unit="sessions", doc="Over how many closes the mean is taken, today's included.")
    margin: float = parameter(0.0, unit="fraction of the mean", doc="By how much more it must lie above.")

    def __post_init__(self) -> None:
        rule = "Trend"
        check_asset(rule, "asset", self.asset)
        check_asset(rule, "otherwise", self.otherwise)
        check_differ(rule, ("asset", self.asset), ("otherwise", self.otherwise))
        check_whole(rule, "sessions", self.sessions, min_=2, max_=MOST_SESSIONS, unit="sessions")
        if not -0.5 <= check_number(rule, "margin", self.margin) <= 0.5:
            raise StrategyError(f"{rule}: margin is {self.margin:g}; it is a fraction, write 0.02 for 2%")

    def requirements(self) -> Mapping[str, int]:
        """Return the closes of the mean."""
        return {self.asset: self.sessions}

    def named_assets(self) -> tuple[str, ...]:
        """Return both assets."""
        return unique_names(self.asset, self.otherwise)

    def weights(self, view: MarketView) -> Weights:
        """Return everything in the asset above its average, else in the other."""
        return {self.asset if over_average(view, self.asset, self.sessions) > self.margin else self.otherwise: 1.0}

    def explain(self, view: MarketView) -> Explanation:
        """Return on which side of its average the asset lies, and how far."""
        over = over_average(view, self.asset, self.sessions)
        what = f"{self.asset} over its mean of {self.sessions} closes"
        branch = ABOVE if over > self.margin else BELOW
        return Explanation(branch, self.weights(view), (SignalReading(what, over, "fraction", view.today, view.today),))
