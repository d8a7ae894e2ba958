"""BuyAndHold: one asset, all the time."""

from __future__ import annotations

from dataclasses import dataclass

from fedcycle.data.market import MarketView
from fedcycle.strategies.explanation import Explanation
from fedcycle.strategies.strategy import Strategy, Weights, check_asset, parameter


@dataclass(frozen=True, kw_only=True)
class BuyAndHold(Strategy):
    """Hold one asset, fully invested.

    Why it might work: it earns the asset's whole premium and trades once. It encodes no statement of the note; it is
    the benchmark for C2, C3, C8 and C9, each of which claims that something beats holding something else. How it
    could fail: it sits through every drawdown of its asset, and small caps fell by more than half in 2007 to 2009.
    """

    asset: str = parameter(unit="name of an asset", doc="What is held.")

    def __post_init__(self) -> None:
        check_asset("BuyAndHold", "asset", self.asset)

    def named_assets(self) -> tuple[str, ...]:
        """Return the asset."""
        return (self.asset,)

    def weights(self, view: MarketView) -> Weights:  # noqa: ARG002 - the answer is the same every day
        """Return everything in the asset."""
        return {self.asset: 1.0}

    def explain(self, view: MarketView) -> Explanation:
        """Return that the asset is always held."""
        return Explanation("always", self.weights(view))
