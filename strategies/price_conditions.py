"""Conditions on closes and on the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from fedcycle.data.market import MarketView
from fedcycle.strategies.condition import Condition, fraction
from fedcycle.strategies.explanation import SignalReading
from fedcycle.strategies.price_signals import over_average, past_return, realised_volatility
from fedcycle.strategies.signals import MOST_SESSIONS, correction
from fedcycle.strategies.strategy import StrategyError, check_asset, check_differ, check_number, check_whole, parameter


@dataclass(frozen=True, kw_only=True)
class _OfAsset(Condition):
    """A condition on one asset over so many sessions."""

    def _measure(self, view: MarketView) -> float:
        raise NotImplementedError

    def _words(self) -> tuple[str, str]:
        raise NotImplementedError

    def seen(self, view: MarketView) -> tuple[SignalReading, ...]:
        """Return the measure."""
        what, unit = self._words()
        return (SignalReading(what, self._measure(view), unit, view.today, view.today),)


@dataclass(frozen=True, kw_only=True)
class AboveAverage(_OfAsset):
    """An asset's close lies above the mean of its last closes, by more than a margin."""

    name: ClassVar[str] = "above_average"
    asset: str = parameter(unit="name of an asset", doc="Whose close.")
    sessions: int = parameter(200, unit="sessions", doc="Over how many closes the mean is taken, today's included.")
    margin: float = parameter(0.0, unit="fraction of the mean", doc="By how much more; may be negative.")

    def check(self, rule: str) -> None:
        """Raise StrategyError unless asset, sessions and margin make sense."""
        check_asset(rule, "above_average.asset", self.asset)
        check_whole(rule, "above_average.sessions", self.sessions, min_=2, max_=MOST_SESSIONS, unit="sessions")
        fraction(rule, "above_average.margin", self.margin)

    def _measure(self, view: MarketView) -> float:
        return over_average(view, self.asset, self.sessions)

    def _words(self) -> tuple[str, str]:
        return f"{self.asset} over its mean of {self.sessions} closes", "fraction"

    def holds(self, view: MarketView) -> bool:
        """Return whether it lies above."""
        return self._measure(view) > self.margin

    def requirements(self) -> Mapping[str, int]:
        """Return the closes."""
        return {self.asset: self.sessions}

    def assets(self) -> tuple[str, ...]:
        """Return the asset."""
        return (self.asset,)


@dataclass(frozen=True, kw_only=True)
class RelativeStrength(_OfAsset):
    """An asset's past return exceeds another's by more than a margin."""

    name: ClassVar[str] = "relative_strength"
    asset: str = parameter(unit="name of an asset", doc="Which should lead.")
    against: str = parameter(unit="name of an asset", doc="Which should trail; bills for a trend of its own.")
    sessions: int = parameter(126, unit="sessions", doc="Over how many sessions.")
    above: float = parameter(0.0, unit="fraction", doc="By how much more, a difference of total returns.")

    def check(self, rule: str) -> None:
        """Raise StrategyError unless assets, sessions and margin make sense."""
        check_asset(rule, "relative_strength.asset", self.asset)
        check_asset(rule, "relative_strength.against", self.against)
        check_differ(rule, ("relative_strength.asset", self.asset), ("relative_strength.against", self.against))
        check_whole(rule, "relative_strength.sessions", self.sessions, min_=1, max_=MOST_SESSIONS, unit="sessions")
        fraction(rule, "relative_strength.above", self.above)

    def _measure(self, view: MarketView) -> float:
        return past_return(view, self.asset, self.sessions) - past_return(view, self.against, self.sessions)

    def _words(self) -> tuple[str, str]:
        return f"return of {self.asset} less {self.against} over {self.sessions} sessions", "fraction"

    def holds(self, view: MarketView) -> bool:
        """Return whether it leads."""
        return self._measure(view) > self.above

    def requirements(self) -> Mapping[str, int]:
        """Return the closes."""
        return dict.fromkeys(self.assets(), self.sessions + 1)

    def assets(self) -> tuple[str, ...]:
        """Return both assets."""
        return self.asset, self.against


@dataclass(frozen=True, kw_only=True)
class Drawdown(_OfAsset):
    """An asset stands further below its highest close of so many sessions than a threshold."""

    name: ClassVar[str] = "drawdown"
    asset: str = parameter(unit="name of an asset", doc="Whose drawdown.")
    beyond: float = parameter(0.1, unit="fraction, above 0 and below 1", doc="How far below the peak, or further.")
    sessions: int = parameter(252, unit="sessions", doc="Over how many closes the peak is taken.")

    def check(self, rule: str) -> None:
        """Raise StrategyError unless asset, depth and sessions make sense."""
        check_asset(rule, "drawdown.asset", self.asset)
        depth = check_number(rule, "drawdown.beyond", self.beyond)
        if not 0 < depth < 1:
            raise StrategyError(f"{rule}: drawdown.beyond is {depth:g}; it is a fraction, write 0.1 for a tenth")
        check_whole(rule, "drawdown.sessions", self.sessions, min_=2, max_=MOST_SESSIONS, unit="sessions")

    def _measure(self, view: MarketView) -> float:
        return correction(view, self.asset, self.sessions)

    def _words(self) -> tuple[str, str]:
        return f"{self.asset} against its peak of {self.sessions} sessions", "fraction"

    def holds(self, view: MarketView) -> bool:
        """Return whether it has fallen so far."""
        # A fall of exactly a tenth is one, whatever its last digit.
        return round(self._measure(view), 9) <= -self.beyond

    def requirements(self) -> Mapping[str, int]:
        """Return the closes."""
        return {self.asset: self.sessions}

    def assets(self) -> tuple[str, ...]:
        """Return the asset."""
        return (self.asset,)


@dataclass(frozen=True, kw_only=True)
class Volatility(_OfAsset):
    """The volatility of an asset's last daily returns lies above a threshold."""

    name: ClassVar[str] = "volatility"
    asset: str = parameter(unit="name of an asset", doc="Whose volatility.")
    above: float = parameter(unit="fraction a year", doc="It holds above this, such as 0.25.")
    sessions: int = parameter(63, unit="sessions", doc="Over how many returns.")

    def check(self, rule: str) -> None:
        """Raise StrategyError unless asset, threshold and sessions make sense."""
        check_asset(rule, "volatility.asset", self.asset)
        fraction(rule, "volatility.above", self.above)
        check_whole(rule, "volatility.sessions", self.sessions, min_=2, max_=MOST_SESSIONS, unit="sessions")

    def _measure(self, view: MarketView) -> float:
        return realised_volatility(view, self.asset, self.sessions)

    def _words(self) -> tuple[str, str]:
        return f"volatility of {self.asset} over {self.sessions} sessions", "fraction a year"

    def holds(self, view: MarketView) -> bool:
        """Return whether it is above."""
        return self._measure(view) > self.above

    def requirements(self) -> Mapping[str, int]:
        """Return the closes."""
        return {self.asset: self.sessions + 1}

    def assets(self) -> tuple[str, ...]:
        """Return the asset."""
        return (self.asset,)


@dataclass(frozen=True, kw_only=True)
class Month(Condition):
    """The decision day's month is one of a list."""

    name: ClassVar[str] = "month"
    one_of: tuple[int, ...] = parameter(unit="1 for January to 12", doc="Months in which it holds.")

    def check(self, rule: str) -> None:
        """Raise StrategyError unless the months exist."""
        if not isinstance(self.one_of, tuple) or not self.one_of:
            raise StrategyError(f"{rule}: month.one_of is {self.one_of!r}; write a list of months, such as [11, 12, 1]")
        for each in self.one_of:
            check_whole(rule, "month.one_of", each, min_=1, max_=12, unit="(months)")

    def _month(self, view: MarketView) -> int:
        return int(str(view.today)[5:7])

    def holds(self, view: MarketView) -> bool:
        """Return whether the month is one of these."""
        return self._month(view) in self.one_of

    def seen(self, view: MarketView) -> tuple[SignalReading, ...]:
        """Return the month."""
        return (SignalReading("month", float(self._month(view)), "1 to 12", view.today, view.today),)
