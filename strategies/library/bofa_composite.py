"""BofAComposite: the note's whole recommendation, branch by branch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from fedcycle.data.frozen_mapping import FrozenMapping
from fedcycle.data.market import MarketView
from fedcycle.data.suggest import did_you_mean
from fedcycle.data.typing import Days
from fedcycle.strategies import readings
from fedcycle.strategies.asset_or_rule import (
    UNIT,
    AssetOrRule,
    assets_in,
    check_held,
    check_watched,
    explanations,
    spread,
)
from fedcycle.strategies.explanation import Explanation, SignalReading
from fedcycle.strategies.final_cut import Hindsight, Months, Pause, check_opens, recogniser, window
from fedcycle.strategies.phase import MONTHS, MOST_MONTHS, TARGET_CHANGE, Phase, phase
from fedcycle.strategies.rate_pressure import RatePressure
from fedcycle.strategies.recession import TURNING_POINT, came_with_recession
from fedcycle.strategies.signals import CORRELATION_SESSIONS, SURGE_SESSIONS
from fedcycle.strategies.strategy import (
    Strategy,
    StrategyError,
    Weights,
    check_mix,
    check_whole,
    merge_requirements,
    parameter,
    unique_names,
)

ROLES = ("small", "mid", "large")
MIXES: Mapping[str, FrozenMapping[float]] = {
    "pressure": FrozenMapping({"mid": 0.7, "large": 0.3}),
    "recovery": FrozenMapping({"small": 0.8, "mid": 0.2}),
    "rebound": FrozenMapping({"small": 0.5, "mid": 0.3, "large": 0.2}),
    "hiking": FrozenMapping({"mid": 0.3, "large": 0.7}),
    "otherwise": FrozenMapping({"small": 0.2, "mid": 0.4, "large": 0.4}),
}
"""What each branch holds unless a config says otherwise, by role; the fractions are ours, the note gives none."""
BRANCHES = tuple(branch for branch in MIXES if branch != "otherwise")
"""In the order in which they are asked."""
_MIX = "a mix of small, mid and large in fractions of value, or false to switch the branch off"


@dataclass(frozen=True, kw_only=True)
class BofAComposite(Strategy):
    """Hold the note's mix of quality small, mid and large caps for the phase of the rate cycle and yield pressure.

    The first branch that holds decides; each can be switched off (``pressure: false``), and then the next is asked.

    1. ``pressure`` encodes C12, C4 and C9: after a surge of the 10-year yield, or while small less large moves against
       it, mid caps instead of small caps.
    2. ``recovery`` encodes C6 and C7: in the window after the recognised final cut of an easing cycle in which NBER
       has announced a recession by then, mostly small caps. Of C6's low rates it takes only that easing has ended.
    3. ``rebound`` encodes C2 (``window: {months: N}``) and C3 (``window: until_hike``): in the window of a cycle
       without a recession known by then, which C7 says is weaker, half small caps.
    4. ``hiking`` encodes the end of C3's window: within ``phase_months`` of a hike, mostly large caps.
    5. ``otherwise`` encodes nothing: some of each. It cannot be switched off.

    ``quality`` encodes C8: small caps are the profitable ones in every branch; off, all small caps. Not encoded: C1, C5
    and C11 describe how things stood and recommend nothing; C10 needs sectors, which end earlier (``SectorTilt``).

    Why it might work: each branch moves toward what the note expects to gain from the same cause, cheap money reaching
    small borrowers, and away when it turns. How it could fail: many branches fit a handful of cycles by chance, so
    look at the ablations; the fractions are our reading, the note gives none; and every recogniser that works in real
    time takes some pauses for the end of easing.
    """

    pressure: Mapping[str, float] | bool = parameter(
        MIXES["pressure"], unit=_MIX, doc="Held while yield pressure is on."
    )
    recovery: Mapping[str, float] | bool = parameter(
        MIXES["recovery"], unit=_MIX, doc="Held in the window of a cycle with a recession."
    )
    rebound: Mapping[str, float] | bool = parameter(
        MIXES["rebound"], unit=_MIX, doc="Held in the window of a cycle without one."
    )
    hiking: Mapping[str, float] | bool = parameter(MIXES["hiking"], unit=_MIX, doc="Held for some months after a hike.")
    otherwise: Mapping[str, float] = parameter(
        MIXES["otherwise"], unit="a mix of small, mid and large in fractions of value", doc="Held on all other days."
    )
    quality: bool = parameter(
        default=True,
        unit="true or false",
        doc="Whether the role of small caps goes to quality_small or to plain_small.",
    )
    quality_small: AssetOrRule = parameter("small_quality", unit=UNIT, doc="Quality small caps.")
    plain_small: AssetOrRule = parameter("small", unit=UNIT, doc="All small caps; their returns are watched.")
    mid: AssetOrRule = parameter("mid", unit=UNIT, doc="Mid caps.")
    large: AssetOrRule = parameter("large", unit=UNIT, doc="Large caps.")
    watch_small: str | None = parameter(
        None,
        unit="name of an asset; null for plain_small",
        doc="Whose returns are watched, where plain_small is a rule.",
    )
    watch_large: str | None = parameter(
        None, unit="name of an asset; null for large", doc="What they are measured against, where large is a rule."
    )
    recognise: object = parameter(
        Pause(MONTHS),
        unit="{pause: {months: N}} in calendar months, {as_of: date} or hindsight",
        doc="How a final cut is recognised.",
    )
    window: object = parameter(
        Months(12), unit="{months: N} in calendar months, or until_hike", doc="How long the cut counts."
    )
    phase_months: int = parameter(MONTHS, unit="calendar months", doc="How long after a hike the phase is hiking.")
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
        rule = "BofAComposite"
        for name in ("quality_small", "plain_small", "mid", "large"):
            check_held(rule, name, getattr(self, name))
        for branch in MIXES:
            object.__setattr__(self, branch, _mix(rule, branch, getattr(self, branch)))
        if not isinstance(self.quality, bool):
            raise StrategyError(f"{rule}: quality is {self.quality!r}; write true or false")
        recognise, lasting = recogniser(self.recognise, rule), window(self.window, rule)
        check_opens(recognise, lasting, rule=rule)
        object.__setattr__(self, "recognise", recognise)
        object.__setattr__(self, "window", lasting)
        check_whole(rule, "phase_months", self.phase_months, min_=1, max_=MOST_MONTHS, unit="months")
        if self.pressure or self.watch_small is not None:
            check_watched(rule, "watch_small", self.watch_small, ("plain_small", self.plain_small))
        if self.pressure or self.watch_large is not None:
            check_watched(rule, "watch_large", self.watch_large, ("large", self.large))
        self._pressure.check(rule)

    def requirements(self) -> Mapping[str, int]:
        """Return what the branches that are on look at."""
        required: list[Mapping[str, int]] = [each.requirements() for each in self._held if isinstance(each, Strategy)]
        if self.pressure:
            required.append(self._pressure.requirements())
        if self.recovery or self.rebound or self.hiking:
            required.append({TARGET_CHANGE: 1})
        if self.recovery:
            required.append({TURNING_POINT: 1})
        return merge_requirements(*required)

    def named_assets(self) -> tuple[str, ...]:
        """Return the assets of all roles, and all small caps where their returns are watched."""
        watched = (self._pressure.small, self._pressure.large) if self.pressure else ()
        return unique_names(*assets_in(*self._held), *watched)

    def stamps(self) -> tuple[str, ...]:
        """Return ``HINDSIGHT`` or ``AS OF date`` where a branch that is on uses such a recogniser."""
        own = recogniser(self.recognise).stamps if self.recovery or self.rebound else ()
        inner = (stamp for each in self._held if isinstance(each, Strategy) for stamp in each.stamps())
        return tuple(dict.fromkeys([*own, *inner]))

    def with_hindsight(self, final_cuts: Days) -> Self:
        """Return the rule that knows the true final cuts, if its recogniser is hindsight, else the rule itself."""
        inner = super().with_hindsight(final_cuts)
        if not isinstance(self.recognise, Hindsight):
            return inner
        return replace(inner, recognise=Hindsight.told(final_cuts))

    def weights(self, view: MarketView) -> Weights:
        """Return the mix of the first branch that holds."""
        mix: Mapping[str, float] = getattr(self, self._branch(view))
        assets = self._assets
        return spread([(assets[role], weight) for role, weight in mix.items()], view)

    def explain(self, view: MarketView) -> Explanation:
        """Return which branch holds and all that the branches that are on look at."""
        small = "quality_small" if self.quality else "plain_small"
        parts = explanations(view, **{small: self._assets["small"], "mid": self.mid, "large": self.large})
        return Explanation(self._branch(view), self.weights(view), tuple(self._seen(view)), parts)

    @property
    def _assets(self) -> Mapping[str, AssetOrRule]:
        small = self.quality_small if self.quality else self.plain_small
        return {"small": small, "mid": self.mid, "large": self.large}

    @property
    def _held(self) -> tuple[AssetOrRule, ...]:
        """Return what the roles are played by."""
        return tuple(self._assets.values())

    @property
    def _pressure(self) -> RatePressure:
        return RatePressure(
            surge_bp=self.surge_bp,
            surge_sessions=self.surge_sessions,
            correlation_below=self.correlation_below,
            correlation_sessions=self.correlation_sessions,
            small=self.watch_small or (self.plain_small if isinstance(self.plain_small, str) else ""),
            large=self.watch_large or (self.large if isinstance(self.large, str) else ""),
        )

    def _branch(self, view: MarketView) -> str:
        if self.pressure and self._pressure.found(view):
            return "pressure"
        if self.recovery or self.rebound:
            cut = recogniser(self.recognise).final_cut(view)
            if cut is not None and window(self.window).is_on(cut, view.today):
                if self.recovery and came_with_recession(view, cut):
                    return "recovery"
                if self.rebound:
                    return "rebound"
        hiking = self.hiking and phase(view, self.phase_months) is Phase.HIKING
        return "hiking" if hiking else "otherwise"

    def _seen(self, view: MarketView) -> list[SignalReading]:
        looked: list[SignalReading] = []
        if self.pressure:
            looked.extend(self._pressure.seen(view))
        if self.recovery or self.rebound or self.hiking:
            looked.extend((readings.last_change(view), readings.phase(view, self.phase_months)))
        if self.recovery or self.rebound:
            told = (
                "true final cut, told in hindsight" if isinstance(self.recognise, Hindsight) else "recognised final cut"
            )
            looked.append(readings.final_cut(view, recogniser(self.recognise).final_cut(view), name=told))
        if self.recovery:
            looked.append(readings.recession(view))
        return looked


def _mix(rule: str, branch: str, value: Any) -> FrozenMapping[float] | bool:
    """Return a branch's mix by role, or False for one that is switched off; true means the mix it has by default."""
    if value is True:
        return MIXES[branch]
    if value is False and branch != "otherwise":
        return False
    if not isinstance(value, Mapping) or not value:
        raise StrategyError(f"{rule}: {branch} is {value!r}; write {_MIX}, such as {{small: 0.5, large: 0.5}}")
    for role in value:
        if role not in ROLES:
            raise StrategyError(
                f"{rule}: {branch}.{role} does not exist{did_you_mean(role, ROLES)}; roles are {', '.join(ROLES)}, and "
                "quality_small, plain_small, mid and large say which assets play them"
            )
    check_mix(rule, value, name=branch)
    return FrozenMapping({role: float(weight) for role, weight in value.items()})
