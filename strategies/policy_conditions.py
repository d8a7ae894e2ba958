"""Conditions on the Fed, on yields and on the business cycle, as they could be told in real time."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from fedcycle.data.calendar import add_months
from fedcycle.data.market import MarketView
from fedcycle.data.suggest import did_you_mean
from fedcycle.data.typing import Days
from fedcycle.strategies import readings
from fedcycle.strategies.condition import Condition, beyond, bp, one_threshold, texts
from fedcycle.strategies.explanation import SignalReading
from fedcycle.strategies.final_cut import Hindsight, Months, Pause, check_opens, recogniser, window
from fedcycle.strategies.phase import MONTHS, MOST_MONTHS, TARGET_CHANGE, Phase, changes
from fedcycle.strategies.phase import phase as phase_of
from fedcycle.strategies.recession import TURNING_POINT, in_recession
from fedcycle.strategies.signals import (
    CORRELATION_SESSIONS,
    MOST_SESSIONS,
    SURGE_SESSIONS,
    TEN_YEAR,
    correlation_history,
    rate_correlation,
    surge_state,
    yield_surge,
)
from fedcycle.strategies.strategy import StrategyError, check_asset, check_differ, check_whole, parameter


@dataclass(frozen=True, kw_only=True)
class InPhase(Condition):
    """The phase of the rate cycle, told in real time, is one of a list."""

    name: ClassVar[str] = "phase"
    one_of: tuple[str, ...] = parameter(unit="hiking, plateau, cutting or easy", doc="Phases in which it holds.")
    months: int = parameter(MONTHS, unit="calendar months", doc="Months without a change after which a move is over.")

    def check(self, rule: str) -> None:
        """Raise StrategyError unless the phases exist."""
        known = [str(p) for p in Phase]
        for each in texts(rule, "phase.one_of", self.one_of):
            if each not in known:
                raise StrategyError(
                    f"{rule}: phase.one_of has {each!r}{did_you_mean(each, known)}; write {', '.join(known)}"
                )
        check_whole(rule, "phase.months", self.months, min_=1, max_=MOST_MONTHS, unit="months")

    def holds(self, view: MarketView) -> bool:
        """Return whether the phase is one of these."""
        return str(phase_of(view, self.months)) in self.one_of

    def seen(self, view: MarketView) -> tuple[SignalReading, ...]:
        """Return the phase."""
        return (readings.phase(view, self.months),)

    def requirements(self) -> Mapping[str, int]:
        """Return that a change of the target must be known."""
        return {TARGET_CHANGE: 1}


@dataclass(frozen=True, kw_only=True)
class Paused(Condition):
    """The target has not changed, up or down, for so many months."""

    name: ClassVar[str] = "paused"
    months: int = parameter(MONTHS, unit="calendar months", doc="Months since the last change, or more.")

    def check(self, rule: str) -> None:
        """Raise StrategyError unless the months make sense."""
        check_whole(rule, "paused.months", self.months, min_=1, max_=MOST_MONTHS, unit="months")

    def holds(self, view: MarketView) -> bool:
        """Return whether so many months have passed."""
        return bool(add_months(changes(view)[0][-1], self.months) <= view.today)

    def seen(self, view: MarketView) -> tuple[SignalReading, ...]:
        """Return the last change."""
        return (readings.last_change(view),)

    def requirements(self) -> Mapping[str, int]:
        """Return that a change of the target must be known."""
        return {TARGET_CHANGE: 1}


@dataclass(frozen=True, kw_only=True)
class AfterFinalCut(Condition):
    """The day is within the window of a cut recognised as final; put it under ``not`` for outside."""

    name: ClassVar[str] = "final_cut"
    recognise: object = parameter(
        Pause(6), unit="{pause: {months: N}}, {as_of: date} or hindsight", doc="How a final cut is recognised."
    )
    window: object = parameter(Months(12), unit="{months: N} or until_hike", doc="How long the cut counts.")

    def check(self, rule: str) -> None:
        """Raise StrategyError unless recogniser and window make sense together."""
        where = f"{rule}: final_cut"
        recognise, lasting = recogniser(self.recognise, where), window(self.window, where)
        check_opens(recognise, lasting, rule=where)
        object.__setattr__(self, "recognise", recognise)
        object.__setattr__(self, "window", lasting)

    def holds(self, view: MarketView) -> bool:
        """Return whether a window is on."""
        cut = recogniser(self.recognise).final_cut(view)
        return cut is not None and window(self.window).is_on(cut, view.today)

    def seen(self, view: MarketView) -> tuple[SignalReading, ...]:
        """Return the last change and the recognised cut."""
        cut = recogniser(self.recognise).final_cut(view)
        return readings.last_change(view), readings.final_cut(view, cut, name="recognised final cut")

    def requirements(self) -> Mapping[str, int]:
        """Return that a change of the target must be known."""
        return {TARGET_CHANGE: 1}

    def stamps(self) -> tuple[str, ...]:
        """Return ``HINDSIGHT`` or ``AS OF date`` where the recogniser is one of these."""
        return recogniser(self.recognise).stamps

    def with_hindsight(self, final_cuts: Days) -> Self:
        """Return it with the true final cuts where it asks for hindsight."""
        if not isinstance(self.recognise, Hindsight):
            return self
        return dataclasses.replace(self, recognise=Hindsight.told(final_cuts))


@dataclass(frozen=True, kw_only=True)
class Surge(Condition):
    """A yield has risen by more than a threshold over so many sessions; with ``leave_bp`` until it is below that."""

    name: ClassVar[str] = "yield_surge"
    above_bp: float = parameter(unit="basis points", doc="It comes on when the rise is above this.")
    sessions: int = parameter(SURGE_SESSIONS, unit="sessions", doc="Over how many sessions the rise is taken.")
    leave_bp: float | None = parameter(
        None, unit="basis points, at most above_bp", doc="It goes off when the rise is below this; else at once."
    )
    stay: int = parameter(1, unit="sessions", doc="How long it stays on, or off, at least; with leave_bp.")
    series: str = parameter(TEN_YEAR, unit="name of a series in percent per year", doc="Which yield.")

    def check(self, rule: str) -> None:
        """Raise StrategyError unless thresholds and sessions make sense."""
        above = bp(rule, "yield_surge.above_bp", self.above_bp)
        if self.leave_bp is not None and bp(rule, "yield_surge.leave_bp", self.leave_bp) > above:
            raise StrategyError(f"{rule}: yield_surge.leave_bp is {self.leave_bp:g}; write at most above_bp, {above:g}")
        if self.leave_bp is None and self.stay != 1:
            raise StrategyError(f"{rule}: yield_surge.stay is {self.stay}, which needs leave_bp; write one")
        check_whole(rule, "yield_surge.sessions", self.sessions, min_=1, max_=MOST_SESSIONS, unit="sessions")
        check_whole(rule, "yield_surge.stay", self.stay, min_=1, max_=MOST_SESSIONS, unit="sessions")
        check_asset(rule, "yield_surge.series", self.series)

    def holds(self, view: MarketView) -> bool:
        """Return whether the surge is on."""
        if self.leave_bp is None:
            return yield_surge(view, self.sessions, series=self.series) > self.above_bp
        return surge_state(
            view,
            self.sessions,
            enter_bp=self.above_bp,
            leave_bp=self.leave_bp,
            stay_sessions=self.stay,
            series=self.series,
        ).on

    def seen(self, view: MarketView) -> tuple[SignalReading, ...]:
        """Return the rise."""
        if self.series == TEN_YEAR:
            return readings.surge(view, self.sessions)
        known = view.history(self.series, 1)
        rise = yield_surge(view, self.sessions, series=self.series)
        what = f"rise of {self.series} over {self.sessions} sessions"
        return (SignalReading(what, rise, "basis points", known.observed_on[0], known.known_on[0]),)

    def requirements(self) -> Mapping[str, int]:
        """Return the yields that the rise reaches back over."""
        return {self.series: self.sessions + 1}


@dataclass(frozen=True, kw_only=True)
class Value(Condition):
    """The newest value of a series lies above or below a threshold."""

    name: ClassVar[str] = "value"
    series: str = parameter(unit="name of a series", doc="Which series.")
    above: float | None = parameter(None, unit="unit of the series", doc="It holds above this.")
    below: float | None = parameter(None, unit="unit of the series", doc="It holds below this.")

    def check(self, rule: str) -> None:
        """Raise StrategyError unless there is one threshold."""
        check_asset(rule, "value.series", self.series)
        one_threshold(rule, "value", self.above, self.below)

    def holds(self, view: MarketView) -> bool:
        """Return on which side the value lies."""
        return beyond(view.latest(self.series), self.above, self.below)

    def seen(self, view: MarketView) -> tuple[SignalReading, ...]:
        """Return the value."""
        known = view.history(self.series, 1)
        return (
            SignalReading(self.series, float(known.values[0]), "its unit", known.observed_on[0], known.known_on[0]),
        )

    def requirements(self) -> Mapping[str, int]:
        """Return that a value must be known."""
        return {self.series: 1}


@dataclass(frozen=True, kw_only=True)
class Correlation(Condition):
    """The correlation of an asset's returns with changes of the 10-year yield lies above or below a threshold."""

    name: ClassVar[str] = "correlation"
    asset: str = parameter(unit="name of an asset", doc="Whose returns.")
    relative_to: str | None = parameter(None, unit="name of an asset", doc="Whose returns are subtracted.")
    sessions: int = parameter(CORRELATION_SESSIONS, unit="sessions with a yield", doc="Over how many sessions.")
    above: float | None = parameter(None, unit="correlation", doc="It holds above this.")
    below: float | None = parameter(None, unit="correlation", doc="It holds below this.")

    def check(self, rule: str) -> None:
        """Raise StrategyError unless assets, sessions and threshold make sense."""
        check_asset(rule, "correlation.asset", self.asset)
        if self.relative_to is not None:
            check_differ(rule, ("correlation.asset", self.asset), ("correlation.relative_to", self.relative_to))
        check_whole(rule, "correlation.sessions", self.sessions, min_=20, max_=MOST_SESSIONS, unit="sessions")
        threshold = one_threshold(rule, "correlation", self.above, self.below)
        if not -1 < threshold < 1:
            raise StrategyError(f"{rule}: correlation is told by {threshold:g}; write a number above -1 and below 1")

    def holds(self, view: MarketView) -> bool:
        """Return on which side the correlation lies."""
        found = rate_correlation(view, self.asset, sessions=self.sessions, relative_to=self.relative_to)
        return beyond(found, self.above, self.below)

    def seen(self, view: MarketView) -> tuple[SignalReading, ...]:
        """Return the correlation."""
        return (readings.correlation(view, self.asset, sessions=self.sessions, relative_to=self.relative_to),)

    def requirements(self) -> Mapping[str, int]:
        """Return the history of closes and yields."""
        pairs = correlation_history(self.sessions)
        return {TEN_YEAR: pairs, **dict.fromkeys(self.assets(), pairs)}

    def assets(self) -> tuple[str, ...]:
        """Return the assets."""
        return (self.asset,) if self.relative_to is None else (self.asset, self.relative_to)


@dataclass(frozen=True, kw_only=True)
class Recession(Condition):
    """A recession is known to run: the last turning point that NBER has announced by the day is a peak."""

    name: ClassVar[str] = "recession"

    def holds(self, view: MarketView) -> bool:
        """Return whether one is known to run."""
        return in_recession(view)

    def seen(self, view: MarketView) -> tuple[SignalReading, ...]:
        """Return the last turning point."""
        return (readings.recession(view),)

    def requirements(self) -> Mapping[str, int]:
        """Return that a turning point must be known."""
        return {TURNING_POINT: 1}
