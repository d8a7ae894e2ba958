"""MidOverSmall: mid caps instead of small caps, always or only while rates press."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fedcycle.data.market import MarketView
from fedcycle.strategies.signals import (
    CORRELATION_SESSIONS,
    MOST_SESSIONS,
    SURGE_SESSIONS,
    TEN_YEAR,
    correlation_history,
    rate_correlation,
    yield_surge,
)
from fedcycle.strategies.strategy import (
    Strategy,
    StrategyError,
    Weights,
    check_asset,
    check_differ,
    check_number,
    check_whole,
    holding,
    parameter,
)

ALWAYS, RATES_PRESS = "always", "rates_press"
MOST_SURGE_BP = 1_000.0
"""Ten percentage points in a window: more is a mistake in the unit."""
FEWEST_PAIRS = 20
"""Under about a month of sessions a correlation is mostly noise."""


@dataclass(frozen=True, kw_only=True)
class MidOverSmall(Strategy):
    """Hold mid caps instead of small caps: always, or only while rates press; small caps otherwise.

    Rates press when the 10-year yield has risen by more than ``surge_bp`` over ``surge_days`` sessions, or when the
    correlation of small-minus-large returns with changes of the yield is below ``correlation_below``. Why it might
    work: mid caps have stronger balance sheets and less debt to refinance, so a rise in yields costs them less. It
    encodes C9 (``when: always``), and C12 and C4 (``when: rates_press``). How it could fail: mid caps may simply lie
    between small and large, so that any gain is size and not quality; yields also rise because growth does, when small
    caps lead; and a threshold crossed after the move has come pays costs to arrive late.
    """

    mid: str = parameter("mid", unit="name of an asset", doc="What is preferred.")
    small: str = parameter("small", unit="name of an asset", doc="What is held while rates do not press.")
    large: str = parameter("large", unit="name of an asset", doc="What small caps' returns are measured against.")
    when: Literal["always", "rates_press"] = parameter(
        ALWAYS, unit="always or rates_press", doc="Whether mid caps are held all the time or only while rates press."
    )
    surge_bp: float = parameter(
        50.0, unit="basis points, 1 to 1000", doc="Rates press when the 10-year yield has risen by more than this."
    )
    surge_days: int = parameter(SURGE_SESSIONS, unit="sessions", doc="Over how many sessions the rise is taken.")
    correlation_below: float = parameter(
        -0.3, unit="correlation, above -1 and below 1", doc="Rates press when the correlation is below this."
    )
    correlation_days: int = parameter(
        CORRELATION_SESSIONS, unit="sessions with a yield", doc="Over how many sessions the correlation is taken."
    )

    def __post_init__(self) -> None:
        rule = "MidOverSmall"
        for name in ("mid", "small", "large"):
            check_asset(rule, name, getattr(self, name))
        check_differ(rule, ("mid", self.mid), ("small", self.small))
        check_differ(rule, ("small", self.small), ("large", self.large))
        if self.when not in (ALWAYS, RATES_PRESS):
            raise StrategyError(f"{rule}: when is {self.when!r}; write {ALWAYS} or {RATES_PRESS}")
        _check_surge(rule, self.surge_bp)
        _check_correlation(rule, self.correlation_below)
        check_whole(rule, "surge_days", self.surge_days, least=1, most=MOST_SESSIONS, unit="sessions")
        pairs = self.correlation_days
        check_whole(rule, "correlation_days", pairs, least=FEWEST_PAIRS, most=MOST_SESSIONS, unit="sessions")

    def requirements(self) -> Mapping[str, int]:
        """Return the history of closes and yields that both signals reach back over; nothing for ``always``."""
        if self.when == ALWAYS:
            return {}
        pairs = correlation_history(self.correlation_days)
        return {TEN_YEAR: max(self.surge_days + 1, pairs), self.small: pairs, self.large: pairs}

    def named_assets(self) -> tuple[str, ...]:
        """Return the assets the rule reads or holds: only ``mid`` for ``always``."""
        return (self.mid,) if self.when == ALWAYS else holding(self.mid, self.small, self.large)

    def weights(self, view: MarketView) -> Weights:
        """Return everything in mid caps, or in small caps on a day when rates do not press and that matters."""
        return {self.mid if self.when == ALWAYS or self._rates_press(view) else self.small: 1.0}

    def _rates_press(self, view: MarketView) -> bool:
        if yield_surge(view, self.surge_days) > self.surge_bp:
            return True
        days = self.correlation_days
        return rate_correlation(view, self.small, days=days, minus=self.large) < self.correlation_below


def _check_surge(rule: str, surge_bp: object) -> None:
    bp = check_number(rule, "surge_bp", surge_bp)
    if 0 < bp < 1:
        remedy = f"write {100 * bp:g} for {bp:g} percentage points"
        raise StrategyError(f"{rule}: surge_bp is {bp:g}, but it is in basis points (1 or more); {remedy}")
    if not 1 <= bp <= MOST_SURGE_BP:
        raise StrategyError(f"{rule}: surge_bp is {bp:g}; it is in basis points, write 1 to {MOST_SURGE_BP:g}")


def _check_correlation(rule: str, threshold: object) -> None:
    below = check_number(rule, "correlation_below", threshold)
    # At -1 nothing and at 1 everything would lie below: another rule, which ``when`` already names.
    if not -1 < below < 1:
        remedy = f"write a number above -1 and below 1, such as -0.3, or when: {ALWAYS}"
        raise StrategyError(f"{rule}: correlation_below is {below:g}; it is a correlation, {remedy}")
