"""Momentum: the assets that rose most, as long as they beat bills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fedcycle.data.errors import listing
from fedcycle.data.market import MarketView
from fedcycle.strategies.explanation import Explanation, SignalReading
from fedcycle.strategies.price_signals import past_return
from fedcycle.strategies.signals import MOST_SESSIONS
from fedcycle.strategies.strategy import (
    Strategy,
    StrategyError,
    Weights,
    check_asset,
    check_assets,
    check_whole,
    parameter,
    sum_weights,
    unique_names,
)


@dataclass(frozen=True, kw_only=True)
class Momentum(Strategy):
    """Hold the assets of a list with the highest past return, in equal parts.

    With ``safe``, an asset that did not beat it over the same sessions gives its part to it. Where two rose alike, the
    one named first counts as higher. Why it might work: returns of the past year tend to go on for some months
    (Jegadeesh and Titman 1993 for stocks; Asness, Moskowitz and Pedersen 2013 across assets). It encodes no statement
    of the note; beside C2 it is the usual way to choose between small, mid and large without asking the Fed. How it
    could fail: at turning points it holds what has just stopped rising, and small caps lead most right after them.
    """

    assets: tuple[str, ...] = parameter(
        ("small", "mid", "large"), unit="names of assets", doc="Among what is chosen; the first wins a tie."
    )
    top: int = parameter(1, unit="number of assets", doc="How many are held.")
    sessions: int = parameter(252, unit="sessions", doc="Over how many sessions the past return is taken.")
    skip: int = parameter(21, unit="sessions", doc="How many of the last sessions are left out of it.")
    safe: str | None = parameter(
        "bills", unit="name of an asset, or null", doc="What an asset must beat to be held, and is held instead."
    )

    def __post_init__(self) -> None:
        rule = "Momentum"
        object.__setattr__(self, "assets", check_assets(rule, "assets", self.assets))
        if self.safe is not None:
            check_asset(rule, "safe", self.safe)
            if self.safe in self.assets:
                raise StrategyError(f"{rule}: safe is {self.safe!r}, which is among assets; leave it out of one")
        check_whole(rule, "top", self.top, min_=1, max_=len(self.assets), unit="assets")
        check_whole(rule, "sessions", self.sessions, min_=2, max_=MOST_SESSIONS, unit="sessions")
        check_whole(rule, "skip", self.skip, min_=0, max_=self.sessions - 1, unit="sessions")

    def requirements(self) -> Mapping[str, int]:
        """Return the closes that the past return reaches back over."""
        return dict.fromkeys(self.named_assets(), self.sessions + 1)

    def named_assets(self) -> tuple[str, ...]:
        """Return the assets, and what they must beat."""
        return unique_names(*self.assets, *([self.safe] if self.safe is not None else []))

    def weights(self, view: MarketView) -> Weights:
        """Return equal parts of the chosen assets."""
        found = {asset: past_return(view, asset, self.sessions, skip=self.skip) for asset in self.named_assets()}
        chosen = sorted(self.assets, key=lambda asset: -found[asset])[: self.top]
        hurdle = None if self.safe is None else found[self.safe]
        held = [self.safe if hurdle is not None and self.safe and found[a] <= hurdle else a for a in chosen]
        return sum_weights([(asset, 1.0 / self.top) for asset in held])

    def explain(self, view: MarketView) -> Explanation:
        """Return which assets are held, and every past return."""
        weights = self.weights(view)
        span = f"over {self.sessions} sessions" + (f" but the last {self.skip}" if self.skip else "")
        looked = tuple(
            SignalReading(
                f"return of {asset} {span}",
                past_return(view, asset, self.sessions, skip=self.skip),
                "fraction",
                view.today,
                view.today,
            )
            for asset in self.named_assets()
        )
        return Explanation(listing(list(weights)), weights, looked)
