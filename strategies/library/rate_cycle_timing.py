"""RateCycleTiming: small caps after the Fed's last cut, a defensive asset otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Self

from fedcycle.data.market import MarketView
from fedcycle.data.suggest import did_you_mean
from fedcycle.data.typing import Days
from fedcycle.strategies import readings
from fedcycle.strategies.asset_or_rule import (
    UNIT,
    AssetOrRule,
    assets_in,
    check_held,
    check_held_differ,
    explanations,
    spread,
)
from fedcycle.strategies.explanation import Explanation
from fedcycle.strategies.final_cut import Hindsight, Months, Pause, check_opens, recogniser, window
from fedcycle.strategies.phase import TARGET_CHANGE
from fedcycle.strategies.recession import TURNING_POINT, came_with_recession
from fedcycle.strategies.strategy import Strategy, StrategyError, Weights, merge_requirements, parameter

GATES = ("ignored", "required", "excluded")
IN_WINDOW, NO_CUT, WINDOW_OVER = "in the window", "no final cut recognised", "window over"
NO_RECESSION, RECESSION = "no recession in the cycle", "recession in the cycle"
_PAUSE, _WINDOW = Pause(6), Months(12)


@dataclass(frozen=True, kw_only=True)
class RateCycleTiming(Strategy):
    """Hold small caps from the recognised final cut of an easing cycle until the window closes, else large caps.

    Why it might work: small companies borrow short and at floating rates, so they gain most once easing is complete
    and the economy answers to it, and the premium ends when the Fed tightens again. It encodes C2 (``window: {months:
    12}``) and C3 (``window: until_hike``). With ``recession: required`` it waits for C7's recession: the window counts
    only once NBER has announced, by the day itself, a recession month between the first and the recognised final cut;
    ``excluded`` is the other half, easing that came without one. How it could fail: which cut was final is known only
    at the next hike. A pause mistakes a pause for the end (2001-12-11, 2002-11-06, 2024-12-18) and misses the first
    months after the true one, which may be the best; the bundle has only five whole easing cycles to judge by; and C7
    says that a recession, not the cut, sets up the rebound, while NBER announces one months late. With ``hindsight`` it
    is an upper bound that nobody could have traded.
    """

    risk_on: AssetOrRule = parameter("small", unit=UNIT, doc="What is held while the window is on.")
    risk_off: AssetOrRule = parameter("large", unit=UNIT, doc="What is held otherwise.")
    # object, since a union of our dataclasses invites whoever reads a config to fill one of them by guess: a mapping
    # with any keys at all fits Hindsight. recogniser() and window() check and convert.
    recognise: object = parameter(
        _PAUSE,
        unit="{pause: {months: N}} in calendar months, {as_of: date} or hindsight",
        doc="How a final cut is recognised: so many months without a change, a belief of a day, or the truth.",
    )
    window: object = parameter(
        _WINDOW,
        unit="{months: N} in calendar months, or until_hike",
        doc="How long the cut counts, from its announcement; a hike ends it at once.",
    )
    recession: Literal["ignored", "required", "excluded"] = parameter(
        "ignored",
        unit="ignored, required or excluded",
        doc="Whether a recession in the easing cycle, as announced by the day, opens or shuts the window.",
    )

    def __post_init__(self) -> None:
        rule = "RateCycleTiming"
        check_held(rule, "risk_on", self.risk_on)
        check_held(rule, "risk_off", self.risk_off)
        check_held_differ(rule, ("risk_on", self.risk_on), ("risk_off", self.risk_off))
        recognise, lasting = recogniser(self.recognise, rule), window(self.window, rule)
        check_opens(recognise, lasting, rule=rule)
        if self.recession not in GATES:
            near = did_you_mean(self.recession, GATES)
            raise StrategyError(f"{rule}: recession is {self.recession!r}{near}; write ignored, required or excluded")
        object.__setattr__(self, "recognise", recognise)
        object.__setattr__(self, "window", lasting)

    def requirements(self) -> Mapping[str, int]:
        """Return that a change of the target must be known, and a turning point where recessions matter."""
        own = {TARGET_CHANGE: 1} if self.recession == "ignored" else {TARGET_CHANGE: 1, TURNING_POINT: 1}
        return merge_requirements(super().requirements(), own)

    def named_assets(self) -> tuple[str, ...]:
        """Return both assets, or those that the rules in their place name."""
        return assets_in(self.risk_on, self.risk_off)

    def stamps(self) -> tuple[str, ...]:
        """Return ``HINDSIGHT`` or ``AS OF date`` where the recogniser is one of these."""
        return tuple(dict.fromkeys([*recogniser(self.recognise).stamps, *super().stamps()]))

    def with_hindsight(self, final_cuts: Days) -> Self:
        """Return the rule that knows the true final cuts, if its recogniser is hindsight, else the rule itself."""
        inner = super().with_hindsight(final_cuts)
        if not isinstance(self.recognise, Hindsight):
            return inner
        return replace(inner, recognise=Hindsight.told(final_cuts))

    def weights(self, view: MarketView) -> Weights:
        """Return everything in ``risk_on`` while the window of a recognised cut is on, else in ``risk_off``."""
        return spread([(self.risk_on if self._branch(view) == IN_WINDOW else self.risk_off, 1.0)], view)

    def explain(self, view: MarketView) -> Explanation:
        """Return whether the window is on, and if not, why not."""
        cut = recogniser(self.recognise).final_cut(view)
        hindsight = isinstance(self.recognise, Hindsight)
        told = "true final cut, told in hindsight" if hindsight else "recognised final cut"
        looked = [readings.last_change(view), readings.phase(view), readings.final_cut(view, cut, name=told)]
        if self.recession != "ignored":
            looked.append(readings.recession(view))
        parts = explanations(view, risk_on=self.risk_on, risk_off=self.risk_off)
        return Explanation(self._branch(view), self.weights(view), tuple(looked), parts)

    def _branch(self, view: MarketView) -> str:
        cut = recogniser(self.recognise).final_cut(view)
        if cut is None:
            return NO_CUT
        if not window(self.window).is_on(cut, view.today):
            return WINDOW_OVER
        if self.recession == "ignored":
            return IN_WINDOW
        came = came_with_recession(view, cut)
        if came == (self.recession == "required"):
            return IN_WINDOW
        return RECESSION if came else NO_RECESSION
