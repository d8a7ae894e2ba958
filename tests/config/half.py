"""A rule as a user writes one: the tests copy this file to where the config under test says it is."""

from __future__ import annotations

from dataclasses import dataclass

from fedcycle.data.market import MarketView
from fedcycle.strategies.strategy import Strategy, StrategyError, Weights


@dataclass(frozen=True, kw_only=True)
class Half(Strategy):
    """Hold half of the portfolio in one asset."""

    asset: str = "small"
    share: float = 0.5

    def __post_init__(self) -> None:
        if self.share > 1:
            raise StrategyError(f"Half: share is {self.share:g}; write a fraction of at most 1")

    def weights(self, view: MarketView) -> Weights:
        """Return the share in the asset."""
        return {self.asset: self.share}
