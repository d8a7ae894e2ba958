"""MidOverSmall: mid caps instead of small caps, always or only while yield pressure is on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fedcycle.data.market import MarketView
from fedcycle.strategies.asset_or_rule import (
    UNIT,
    AssetOrRule,
    assets_in,
    check_held,
    check_held_differ,
    check_watched,
    explanations,
    spread,
)
from fedcycle.strategies.explanation import Explanation
from fedcycle.strategies.rate_pressure import RatePressure
from fedcycle.strategies.signals import CORRELATION_SESSIONS, SURGE_SESSIONS
from fedcycle.strategies.strategy import (
    Strategy,
    StrategyError,
    Weights,
    check_asset,
    merge_requirements,
    parameter,
    unique_names,
)

ALWAYS, RATES_PRESS = "always", "rates_press"
NO_PRESSURE = "no pressure"


@dataclass(frozen=True, kw_only=True)
class MidOverSmall(Strategy):
    """Hold mid caps instead of small caps: always, or only while yield pressure is on; small caps otherwise.

    Yield pressure is on when the 10-year yield rose by more than ``surge_bp`` over ``surge_sessions`` sessions, or when
    the correlation of small-minus-large returns with changes of the yield is below ``correlation_below``. Why it might
    work: mid caps have stronger balance sheets and less debt to refinance, so a rise in yields costs them less. It
    encodes C9 (``when: always``), and C12 and C4 (``when: rates_press``). How it could fail: mid caps may simply lie
    between small and large, so that any gain is size and not quality; yields also rise because growth does, when small
    caps lead; and a threshold crossed after the move has come pays costs to arrive late.
    """

    mid: AssetOrRule = parameter("mid", unit=UNIT, doc="What is preferred.")
    small: AssetOrRule = parameter("small", unit=UNIT, doc="What is held while yield pressure is off.")
    large: str = parameter("large", unit="name of an asset", doc="What small caps' returns are measured against.")
    watch_small: str | None = parameter(
        None, unit="name of an asset; null for small", doc="Whose returns are watched where small is a rule."
    )
    when: Literal["always", "rates_press"] = parameter(
        ALWAYS,
        unit="always or rates_press",
        doc="Whether mid caps are held all the time or only while yield pressure is on.",
    )
    surge_bp: float = parameter(
        50.0,
        unit="basis points, 1 to 1000",
        doc="Yield pressure is on when the 10-year yield has risen by more than this.",
    )
    surge_sessions: int = parameter(SURGE_SESSIONS, unit="sessions", doc="Over how many sessions the rise is taken.")
    correlation_below: float = parameter(
        -0.3, unit="correlation, above -1 and below 1", doc="Yield pressure is on when the correlation is below this."
    )
    correlation_sessions: int = parameter(
        CORRELATION_SESSIONS, unit="sessions with a yield", doc="Over how many sessions the correlation is taken."
    )

    def __post_init__(self) -> None:
        rule = "MidOverSmall"
        for name in ("mid", "small"):
            check_held(rule, name, getattr(self, name))
        check_asset(rule, "large", self.large)
        if self.when == RATES_PRESS or self.watch_small is not None:
            check_watched(rule, "watch_small", self.watch_small, ("small", self.small))
        check_held_differ(rule, ("mid", self.mid), ("small", self.small))
        check_held_differ(rule, ("small", self.small), ("large", self.large))
        if self.when not in (ALWAYS, RATES_PRESS):
            raise StrategyError(f"{rule}: when is {self.when!r}; write {ALWAYS} or {RATES_PRESS}")
        self._pressure.check(rule)

    @property
    def _pressure(self) -> RatePressure:
        return RatePressure(
            surge_bp=self.surge_bp,
            surge_sessions=self.surge_sessions,
            correlation_below=self.correlation_below,
            correlation_sessions=self.correlation_sessions,
            small=self._watched,
            large=self.large,
        )

    @property
    def _watched(self) -> str:
        return self.watch_small or (self.small if isinstance(self.small, str) else "")

    def requirements(self) -> Mapping[str, int]:
        """Return the history of closes and yields that both signals reach back over; nothing for ``always``."""
        return merge_requirements(super().requirements(), {} if self.when == ALWAYS else self._pressure.requirements())

    def named_assets(self) -> tuple[str, ...]:
        """Return the assets the rule reads or holds: only ``mid`` for ``always``."""
        if self.when == ALWAYS:
            return assets_in(self.mid)
        return unique_names(*assets_in(self.mid, self.small), self._watched, self.large)

    def weights(self, view: MarketView) -> Weights:
        """Return everything in mid caps, or in small caps on a day when yield pressure is off and that matters."""
        return spread([(self.small if self._branch(view) == NO_PRESSURE else self.mid, 1.0)], view)

    def explain(self, view: MarketView) -> Explanation:
        """Return ``always``, or which signal is on: ``surge``, ``correlation`` or ``no pressure``."""
        looked = () if self.when == ALWAYS else self._pressure.seen(view)
        parts = explanations(view, mid=self.mid, small=self.small)
        return Explanation(self._branch(view), self.weights(view), looked, parts)

    def _branch(self, view: MarketView) -> str:
        return ALWAYS if self.when == ALWAYS else self._pressure.found(view) or NO_PRESSURE
