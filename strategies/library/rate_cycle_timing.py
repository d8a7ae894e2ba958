"""RateCycleTiming: small caps after the Fed's last cut, a defensive asset otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from fedcycle.data.arrays import Days
from fedcycle.data.market import MarketView
from fedcycle.strategies.phase import (
    TARGET_CHANGE,
    Hindsight,
    Months,
    Pause,
    check_opens,
    recogniser,
    window,
)
from fedcycle.strategies.strategy import Strategy, Weights, check_asset, check_differ, holding, parameter

_PAUSE, _WINDOW = Pause(6), Months(12)


@dataclass(frozen=True, kw_only=True)
class RateCycleTiming(Strategy):
    """Hold small caps from the recognised final cut of an easing cycle until the window closes, else large caps.

    Why it might work: small companies borrow short and at floating rates, so they gain most once easing is complete
    and the economy answers to it, and the premium ends when the Fed tightens again. It encodes C2 (``window: {months:
    12}``) and C3 (``window: until_hike``). How it could fail: which cut was final is known only at the next hike. A
    pause mistakes a pause for the end (2001-12-11, 2002-11-06, 2024-12-18) and misses the first months after the true
    one, which may be the best; there are only five easing cycles since 1998 to judge by; and C7 says that a recession,
    not the cut, sets up the rebound. With ``hindsight`` it is an upper bound that nobody could have traded.
    """

    risk_on: str = parameter("small", unit="name of an asset", doc="What is held while the window is on.")
    risk_off: str = parameter("large", unit="name of an asset", doc="What is held otherwise.")
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

    def __post_init__(self) -> None:
        rule = "RateCycleTiming"
        check_asset(rule, "risk_on", self.risk_on)
        check_asset(rule, "risk_off", self.risk_off)
        check_differ(rule, ("risk_on", self.risk_on), ("risk_off", self.risk_off))
        recognise, lasting = recogniser(self.recognise, rule), window(self.window, rule)
        check_opens(recognise, lasting, rule=rule)
        object.__setattr__(self, "recognise", recognise)
        object.__setattr__(self, "window", lasting)

    def requirements(self) -> Mapping[str, int]:
        """Return that a change of the target must be known."""
        return {TARGET_CHANGE: 1}

    def named_assets(self) -> tuple[str, ...]:
        """Return both assets."""
        return holding(self.risk_on, self.risk_off)

    def stamps(self) -> tuple[str, ...]:
        """Return ``HINDSIGHT`` or ``AS OF date`` where the recogniser is one of these."""
        return recogniser(self.recognise).stamps

    def informed(self, final_cuts: Days) -> Self:
        """Return the rule that knows the true final cuts, if its recogniser is hindsight, else the rule itself."""
        if not isinstance(self.recognise, Hindsight):
            return self
        return replace(self, recognise=Hindsight.told(final_cuts))

    def weights(self, view: MarketView) -> Weights:
        """Return everything in ``risk_on`` while the window of a recognised cut is on, else in ``risk_off``."""
        cut = recogniser(self.recognise).final_cut(view)
        on = cut is not None and window(self.window).is_on(cut, view.today)
        return {self.risk_on if on else self.risk_off: 1.0}
