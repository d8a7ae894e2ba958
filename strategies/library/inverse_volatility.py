"""InverseVolatility: each asset the less, the more it moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fedcycle.data.market import MarketView
from fedcycle.strategies.explanation import Explanation, SignalReading
from fedcycle.strategies.price_signals import realised_volatility
from fedcycle.strategies.signals import MOST_SESSIONS
from fedcycle.strategies.strategy import Strategy, StrategyError, Weights, check_assets, check_whole, parameter


@dataclass(frozen=True, kw_only=True)
class InverseVolatility(Strategy):
    """Hold several assets, each in proportion to one over the volatility of its last daily returns.

    Why it might work: without a view on returns it lets each asset carry about the same risk, and volatility of the
    past months tells much of that of the next (it needs no correlations, which tell less). It encodes no statement of
    the note; beside C9's choice of mid over small it shows what risk alone would hold. How it could fail: what is
    calm before a crisis gets most, and assets that move together, as small and large do, are one bet.
    """

    assets: tuple[str, ...] = parameter(("small", "mid", "large"), unit="names of assets", doc="What is held.")
    sessions: int = parameter(63, unit="sessions", doc="Over how many returns the volatility is taken.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "assets", check_assets("InverseVolatility", "assets", self.assets))
        check_whole("InverseVolatility", "sessions", self.sessions, min_=2, max_=MOST_SESSIONS, unit="sessions")

    def requirements(self) -> Mapping[str, int]:
        """Return the closes of the volatility."""
        return dict.fromkeys(self.assets, self.sessions + 1)

    def named_assets(self) -> tuple[str, ...]:
        """Return the assets."""
        return self.assets

    def weights(self, view: MarketView) -> Weights:
        """Return weights in proportion to one over the volatility, 1 together."""
        part = {asset: 1.0 / self._volatility(view, asset) for asset in self.assets}
        # Added up in one order whatever the market's, so that it changes no digit.
        total = sum(part[asset] for asset in sorted(part))
        return {asset: each / total for asset, each in part.items()}

    def explain(self, view: MarketView) -> Explanation:
        """Return every volatility."""
        looked = tuple(
            SignalReading(
                f"volatility of {asset} over {self.sessions} sessions",
                self._volatility(view, asset),
                "fraction a year",
                view.today,
                view.today,
            )
            for asset in self.assets
        )
        return Explanation("always", self.weights(view), looked)

    def _volatility(self, view: MarketView, asset: str) -> float:
        found = realised_volatility(view, asset, self.sessions)
        if found == 0:
            raise StrategyError(
                f"{asset} did not move in the {self.sessions} sessions to {view.today}, so one over its volatility "
                "does not exist; leave it out or use a longer window"
            )
        return found
