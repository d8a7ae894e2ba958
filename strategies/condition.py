"""A condition: something that holds on a day or does not; and all, any and not of several."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from fedcycle.data.market import MarketView
from fedcycle.data.typing import Days
from fedcycle.strategies.explanation import SignalReading
from fedcycle.strategies.strategy import StrategyError, check_number, merge_requirements, unique_names


@dataclass(frozen=True, kw_only=True)
class Condition(ABC):
    """Something that holds on a day or does not; its fields are what a config writes."""

    name: ClassVar[str] = ""

    def check(self, rule: str) -> None:  # noqa: B027 - mostly there is nothing to check
        """Raise StrategyError, in the name of a rule, unless the fields make sense."""

    @abstractmethod
    def holds(self, view: MarketView) -> bool:
        """Return whether it holds at the close of ``view.today``."""

    @abstractmethod
    def seen(self, view: MarketView) -> tuple[SignalReading, ...]:
        """Return what it looks at."""

    def requirements(self) -> Mapping[str, int]:
        """Return asset or series -> sessions of history."""
        return {}

    def assets(self) -> tuple[str, ...]:
        """Return the assets it reads."""
        return ()

    def stamps(self) -> tuple[str, ...]:
        """Return what figures that used it must say."""
        return ()

    def with_hindsight(self, final_cuts: Days) -> Condition:  # noqa: ARG002 - mostly it needs none
        """Return the condition with the true final cuts where it asks for hindsight."""
        return self

    def plain(self) -> object:
        """Return it as a config writes it."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {self.name: {k: v.plain() if hasattr(v, "plain") else v for k, v in fields.items() if v is not None}}


@dataclass(frozen=True, kw_only=True)
class All(Condition):
    """All of several conditions hold."""

    name: ClassVar[str] = "all"
    parts: tuple[Condition, ...]

    def holds(self, view: MarketView) -> bool:
        """Return whether all hold."""
        return all(part.holds(view) for part in self.parts)

    def seen(self, view: MarketView) -> tuple[SignalReading, ...]:
        """Return what the parts look at."""
        return tuple(each for part in self.parts for each in part.seen(view))

    def requirements(self) -> Mapping[str, int]:
        """Return what the parts need."""
        return merge_requirements(*(part.requirements() for part in self.parts))

    def assets(self) -> tuple[str, ...]:
        """Return the assets of the parts."""
        return unique_names(*(asset for part in self.parts for asset in part.assets()))

    def stamps(self) -> tuple[str, ...]:
        """Return the stamps of the parts."""
        return unique_names(*(stamp for part in self.parts for stamp in part.stamps()))

    def with_hindsight(self, final_cuts: Days) -> Self:
        """Return it with informed parts."""
        return dataclasses.replace(self, parts=tuple(part.with_hindsight(final_cuts) for part in self.parts))

    def plain(self) -> object:
        """Return it as a config writes it."""
        return {self.name: [part.plain() for part in self.parts]}


@dataclass(frozen=True, kw_only=True)
class AnyOf(All):
    """At least one of several conditions holds."""

    name: ClassVar[str] = "any"

    def holds(self, view: MarketView) -> bool:
        """Return whether one holds."""
        return any(part.holds(view) for part in self.parts)


@dataclass(frozen=True, kw_only=True)
class Not(All):
    """A condition does not hold."""

    name: ClassVar[str] = "not"

    def holds(self, view: MarketView) -> bool:
        """Return whether it does not hold."""
        return not self.parts[0].holds(view)

    def plain(self) -> object:
        """Return it as a config writes it."""
        return {self.name: self.parts[0].plain()}


def texts(rule: str, name: str, value: object) -> tuple[str, ...]:
    """Return a list of texts, or raise StrategyError."""
    if not isinstance(value, tuple) or not value or not all(isinstance(v, str) for v in value):
        raise StrategyError(f"{rule}: {name} is {value!r}; write a list, such as [easy]")
    return value


def bp(rule: str, name: str, value: object) -> float:
    """Return a number of basis points, or raise StrategyError."""
    bp = check_number(rule, name, value)
    if 0 < abs(bp) < 1:
        raise StrategyError(f"{rule}: {name} is {bp:g}, but it is in basis points; write {100 * bp:g}")
    if abs(bp) > 1000:
        raise StrategyError(f"{rule}: {name} is {bp:g}; it is in basis points, write at most 1000")
    return bp


def fraction(rule: str, name: str, value: object) -> float:
    """Return a fraction, or raise StrategyError."""
    number = check_number(rule, name, value)
    if not -1 <= number <= 5:
        raise StrategyError(f"{rule}: {name} is {number:g}; it is a fraction, write 0.05 for 5%")
    return number


def one_threshold(rule: str, name: str, above: object, below: object) -> float:
    """Return the one threshold that is stated, or raise StrategyError."""
    if (above is None) == (below is None):
        raise StrategyError(f"{rule}: {name} has {'no' if above is None else 'an'} above and below; write one of them")
    return check_number(rule, f"{name}.{'below' if above is None else 'above'}", below if above is None else above)


def beyond(value: float, above: float | None, below: float | None) -> bool:
    """Return whether a value is above, or else below, its threshold."""
    return value > above if above is not None else below is not None and value < below
