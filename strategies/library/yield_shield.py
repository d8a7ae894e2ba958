"""YieldShield: another rule, with its small caps moved out of the way while the 10-year yield surges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from fedcycle.data.market import MarketView
from fedcycle.strategies import readings
from fedcycle.strategies.asset_or_rule import UNIT, AssetOrRule, assets_in, check_held, explanations, spread
from fedcycle.strategies.explanation import Explanation, SignalReading
from fedcycle.strategies.rate_pressure import MOST_SURGE_BP, check_surge
from fedcycle.strategies.signals import MOST_SESSIONS, SURGE_SESSIONS, TEN_YEAR, SurgeState, surge_state
from fedcycle.strategies.strategy import (
    Strategy,
    StrategyError,
    Weights,
    check_assets,
    check_number,
    check_rule,
    check_whole,
    merge_requirements,
    parameter,
    unique_names,
)

SMALL_CAPS = ("small", "micro", "small_ex_micro", "small_quality", "small_junk")
SHIELDED, OPEN = "shielded", "open"


@dataclass(frozen=True, kw_only=True)
class YieldShield(Strategy):
    """Follow another rule, but move its small caps to another asset while a surge of the 10-year yield is on.

    A surge comes on when the yield has risen by more than ``enter_bp`` over ``surge_sessions`` sessions and goes off
    when the rise is below ``leave_bp``; either way it then stays for ``stay_sessions`` sessions. That is told anew on
    every decision day from all the yields known by then: the walk begins at the first session of the market for which
    a rise can be told, with no surge on, and takes every session, so a decision depends neither on where the run
    starts nor on how often the rule is asked.

    Why it might work: small companies borrow short and at floating rates, so a jump in yields costs them first, and
    two thresholds keep the rule from paying for every wobble. It encodes C12, and C9 where ``to`` is mid caps. How it
    could fail: a surge is told after it has happened; yields also rise because growth does, when small caps lead; and
    a minimum stay holds on to a shield that is no longer needed.
    """

    rule: Strategy = parameter(unit="a rule: {class: ..., its parameters}", doc="What is followed.")
    small: tuple[str, ...] = parameter(
        SMALL_CAPS, unit="names of assets", doc="What counts as small caps among what the rule holds."
    )
    everything: bool = parameter(
        default=False,
        unit="true or false",
        doc="Whether all that the rule holds counts as small caps: for a rule that screens stocks.",
    )
    to: AssetOrRule = parameter("mid", unit=UNIT, doc="What is held instead of small caps: mid, large or bills.")
    enter_bp: float = parameter(
        50.0, unit="basis points, 1 to 1000", doc="A surge comes on when the yield has risen by more than this."
    )
    leave_bp: float = parameter(
        25.0, unit="basis points, below enter_bp", doc="It goes off when the rise is below this; it may be negative."
    )
    surge_sessions: int = parameter(SURGE_SESSIONS, unit="sessions", doc="Over how many sessions the rise is taken.")
    stay_sessions: int = parameter(21, unit="sessions", doc="How long a surge stays on, or off, at least.")

    def __post_init__(self) -> None:
        name = "YieldShield"
        check_rule(name, "rule", self.rule)
        object.__setattr__(self, "small", check_assets(name, "small", self.small))
        check_held(name, "to", self.to)
        if self.to in self.small:
            raise StrategyError(f"{name}: to is {self.to!r}, which is among small; write mid, large or bills")
        held = self.rule.named_assets()
        if not isinstance(self.everything, bool):
            raise StrategyError(f"{name}: everything is {self.everything!r}; write true or false")
        if held and not self.everything and not set(held) & set(self.small):
            raise StrategyError(
                f"{name}: small is {', '.join(self.small)}, but the rule it wraps holds {', '.join(held)}, so nothing "
                "would ever move; name the rule's small caps"
            )
        _check_thresholds(name, self.enter_bp, self.leave_bp)
        check_whole(name, "surge_sessions", self.surge_sessions, min_=1, max_=MOST_SESSIONS, unit="sessions")
        check_whole(name, "stay_sessions", self.stay_sessions, min_=1, max_=MOST_SESSIONS, unit="sessions")

    def requirements(self) -> Mapping[str, int]:
        """Return what the wrapped rule needs, and the yields a rise reaches back over."""
        return merge_requirements(super().requirements(), {TEN_YEAR: self.surge_sessions + 1})

    def named_assets(self) -> tuple[str, ...]:
        """Return the wrapped rule's assets, and the one its small caps move to."""
        return unique_names(*super().named_assets(), *assets_in(self.to))

    def weights(self, view: MarketView) -> Weights:
        """Return the wrapped rule's weights, those of small caps moved while a surge is on."""
        held = self.rule.weights(view)
        return self._shielded(held, view) if self._state(view).on else held

    def explain(self, view: MarketView) -> Explanation:
        """Return ``shielded`` or ``open``, since when, and why the wrapped rule weighted as it did."""
        state = self._state(view)
        since = SignalReading(
            "surge on since" if state.on else "surge off since", str(state.since or "the start"), "day"
        )
        return Explanation(
            SHIELDED if state.on else OPEN,
            self.weights(view),
            (*readings.surge(view, self.surge_sessions), since),
            {"rule": self.rule.explain(view), **explanations(view, to=self.to)},
        )

    def _state(self, view: MarketView) -> SurgeState:
        return surge_state(
            view, self.surge_sessions, enter_bp=self.enter_bp, leave_bp=self.leave_bp, stay_sessions=self.stay_sessions
        )

    def _shielded(self, held: Weights, view: MarketView) -> Weights:
        moved = {asset for asset in held if self.everything or asset in self.small}
        kept: list[tuple[AssetOrRule, float]] = [(a, weight) for a, weight in held.items() if a not in moved]
        return spread([*kept, (self.to, math.fsum(held[asset] for asset in moved))], view)


def _check_thresholds(rule: str, enter_bp: object, leave_bp: object) -> None:
    enter, leave = check_surge(rule, "enter_bp", enter_bp), check_number(rule, "leave_bp", leave_bp)
    if 0 < abs(leave) < 1:
        remedy = f"write {100 * leave:g} for {leave:g} percentage points"
        raise StrategyError(f"{rule}: leave_bp is {leave:g}, but it is in basis points; {remedy}")
    if not -MOST_SURGE_BP <= leave < enter:
        raise StrategyError(
            f"{rule}: leave_bp is {leave:g} basis points, but a surge goes off below where it comes on, enter_bp "
            f"{enter:g}; write less than {enter:g} and at least {-MOST_SURGE_BP:g}"
        )
