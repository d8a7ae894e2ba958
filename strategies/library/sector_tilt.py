"""SectorTilt: a core asset with a tilt toward economically sensitive sectors, the first named the most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fedcycle.data.market import MarketView
from fedcycle.strategies import readings
from fedcycle.strategies.asset_or_rule import UNIT, AssetOrRule, assets_in, check_held, explanations, spread
from fedcycle.strategies.explanation import Explanation
from fedcycle.strategies.recession import TURNING_POINT, in_recession
from fedcycle.strategies.strategy import Strategy, StrategyError, Weights, check_number, merge_requirements, parameter

ALWAYS, EXPANSION = "always", "expansion"
TILTED, RECESSION = "tilted", "recession"


@dataclass(frozen=True, kw_only=True)
class SectorTilt(Strategy):
    """Hold a core asset, with part of the portfolio in economically sensitive sectors, the first named the most.

    Of n sectors the first gets n parts of the tilt, the second n - 1, the last one. ``when: expansion`` drops the tilt
    while a recession is known to run, that is from NBER's announcement of a peak to that of the trough.

    Why it might work: banks earn more when the economy and lending grow and the yield curve steepens after cuts, and
    sensitive sectors are cheap while growth is doubted. It encodes C10. On the bundled portfolios only as far as they
    reach: they have one sector, ``financials``, of companies of every size (the note ranks sectors within small and
    mid caps), and it ends on 2024-12-31. To tilt another rule, blend it with a sector (``Blend``). How it could fail:
    a sector is one bet, and financials lost more than three quarters from 2007 to 2009; NBER announces peaks when most
    of the fall is over and troughs when most of the rise is, so ``expansion`` may sell low and buy high.
    """

    core: AssetOrRule = parameter("small", unit=UNIT, doc="What is held beside the sectors.")
    sectors: tuple[AssetOrRule, ...] = parameter(
        ("financials",),
        unit="names of assets, or rules that screen a sector's stocks, the most preferred first",
        doc="What the portfolio is tilted toward.",
    )
    tilt: float = parameter(
        0.2, unit="fraction of portfolio value, above 0, at most 1", doc="How much is in the sectors together."
    )
    when: Literal["always", "expansion"] = parameter(
        ALWAYS, unit="always or expansion", doc="Whether the tilt is dropped while a recession is known to run."
    )

    def __post_init__(self) -> None:
        rule = "SectorTilt"
        check_held(rule, "core", self.core)
        object.__setattr__(self, "sectors", _check_sectors(rule, self.sectors))
        if self.core in self.sectors:
            raise StrategyError(f"{rule}: core is {self.core!r}, which is among sectors; name another asset")
        tilt = check_number(rule, "tilt", self.tilt)
        if not 0 < tilt <= 1:
            remedy = f"write {tilt / 100:g} for {tilt:g}%" if 1 < tilt <= 100 else "write 0.2 for a fifth"
            raise StrategyError(
                f"{rule}: tilt is {tilt:g}, but it is a fraction of portfolio value, above 0, at most 1; {remedy}"
            )
        if self.when not in (ALWAYS, EXPANSION):
            raise StrategyError(f"{rule}: when is {self.when!r}; write {ALWAYS} or {EXPANSION}")

    def requirements(self) -> Mapping[str, int]:
        """Return that a turning point must be known where recessions matter."""
        return merge_requirements(super().requirements(), {} if self.when == ALWAYS else {TURNING_POINT: 1})

    def named_assets(self) -> tuple[str, ...]:
        """Return the core and the sectors."""
        return assets_in(self.core, *self.sectors)

    def weights(self, view: MarketView) -> Weights:
        """Return the core with the tilt, or the core alone."""
        if self._branch(view) == RECESSION:
            return spread([(self.core, 1.0)], view)
        n = len(self.sectors)
        parts: list[tuple[AssetOrRule, float]] = [(self.core, 1.0 - self.tilt)]
        parts += [(sector, self.tilt * (n - k) * 2 / (n * (n + 1))) for k, sector in enumerate(self.sectors)]
        return spread(parts, view)

    def explain(self, view: MarketView) -> Explanation:
        """Return ``always``, ``tilted`` or ``recession``."""
        looked = () if self.when == ALWAYS else (readings.recession(view),)
        sectors = {f"sectors.{k}": sector for k, sector in enumerate(self.sectors)}
        parts = explanations(view, core=self.core, **sectors)
        return Explanation(self._branch(view), self.weights(view), looked, parts)

    def _branch(self, view: MarketView) -> str:
        if self.when == ALWAYS:
            return ALWAYS
        return RECESSION if in_recession(view) else TILTED


def _check_sectors(rule: str, value: object) -> tuple[AssetOrRule, ...]:
    """Return sectors, each once and at least one, or raise StrategyError."""
    if not isinstance(value, list | tuple) or not value:
        raise StrategyError(f"{rule}: sectors is {value!r}; write a list of names of assets, such as [financials]")
    for sector in value:
        check_held(rule, "sectors", sector)
        if value.count(sector) > 1:
            what = sector if isinstance(sector, str) else "the same rule"
            raise StrategyError(f"{rule}: sectors has {what} twice; name each once")
    return tuple(value)
