"""Which cut looks final, as it could be told in real time, and how long it counts; and both as a config writes them.

Hindsight is here too, but knows only what it is handed: the true final cuts are dated in a layer that no rule imports.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeGuard

import numpy as np

from fedcycle.data.calendar import add_months
from fedcycle.data.errors import listing
from fedcycle.data.market import MarketView
from fedcycle.data.suggest import did_you_mean
from fedcycle.data.typing import Day, Days
from fedcycle.strategies.phase import MOST_MONTHS, changes
from fedcycle.strategies.strategy import StrategyError, check_whole


@dataclass(frozen=True)
class Pause:
    """The last change was a cut, and so many calendar months have passed since with no change."""

    months: int

    def __post_init__(self) -> None:
        check_whole("Pause", "months", self.months, min_=1, max_=MOST_MONTHS, unit="months")

    def final_cut(self, view: MarketView) -> Day | None:
        """Return the announcement of the cut recognised as final and still in force today, or None."""
        announced, change_bp = changes(view)
        cut = announced[-1]
        return None if change_bp[-1] > 0 or add_months(cut, self.months) > view.today else cut

    @property
    def stamps(self) -> tuple[str, ...]:
        """Return what figures that used this must say."""
        return ()

    def plain(self) -> object:
        """Return the value as a config writes it."""
        return {"pause": {"months": self.months}}


@dataclass(frozen=True)
class AsOf:
    """A belief replayed: from ``date`` on, the last cut announced by then counts as final until the next change.

    Nothing is recognised before ``date``, nor ever where the last change by then was a hike.
    """

    date: dt.date

    def __post_init__(self) -> None:
        if not _is_date(self.date):
            raise StrategyError(f"AsOf: date is {self.date!r}; write a day without a time, such as 2024-12-18")

    def final_cut(self, view: MarketView) -> Day | None:
        """Return the announcement of the cut recognised as final and still in force today, or None.

        Raises StrategyError if no change of the target was known on ``date``: the belief would have no content.
        """
        announced, change_bp = changes(view)
        believed_on = np.datetime64(self.date, "D")
        if believed_on < announced[0]:
            raise StrategyError(
                f"as_of is {self.date}, but changes of the target are known from {announced[0]} on; write a later day"
            )
        changed_since = announced[-1] > believed_on
        return None if view.today < believed_on or changed_since or change_bp[-1] > 0 else announced[-1]

    @property
    def stamps(self) -> tuple[str, ...]:
        """Return what figures that used this must say."""
        return (f"AS OF {self.date}",)

    def plain(self) -> object:
        """Return the value as a config writes it."""
        return {"as_of": self.date}


@dataclass(frozen=True)
class Hindsight:
    """The true final cuts, handed in from outside: an upper bound that nobody could have traded.

    A final cut is recognised on the day it is announced and stays in force until a hike.
    """

    final_cuts: tuple[dt.date, ...] = ()

    @classmethod
    def told(cls, final_cuts: Days) -> Hindsight:
        """Return hindsight that knows these announcement days, (n,) days."""
        return cls(tuple(np.asarray(final_cuts, dtype="datetime64[D]").tolist()))

    def final_cut(self, view: MarketView) -> Day | None:
        """Return the announcement of the true final cut in force today, or None.

        Raises StrategyError if the true final cuts were never handed in.
        """
        if not self.final_cuts:
            raise StrategyError(
                "hindsight was not told the true final cuts; run the rule as strategy.informed(final_cuts), "
                "or recognise them in real time with {pause: {months: 6}}"
            )
        announced, change_bp = changes(view)
        cuts = np.array(self.final_cuts, dtype="datetime64[D]")
        past = cuts[cuts <= view.today]
        if not past.size:
            return None
        cut: Day = past.max()
        return None if (change_bp[announced > cut] > 0).any() else cut

    @property
    def stamps(self) -> tuple[str, ...]:
        """Return what figures that used this must say."""
        return ("HINDSIGHT",)

    def plain(self) -> object:
        """Return the value as a config writes it: the final cuts are facts, not parameters."""
        return "hindsight"


@dataclass(frozen=True)
class Months:
    """A window that is on while the day is at most so many calendar months after the cut's announcement."""

    months: int

    def __post_init__(self) -> None:
        check_whole("Months", "months", self.months, min_=1, max_=MOST_MONTHS, unit="months")

    def is_on(self, cut: Day, today: Day) -> bool:
        """Return whether the window of a cut in force is on today."""
        return bool(today <= add_months(cut, self.months))

    def plain(self) -> object:
        """Return the value as a config writes it."""
        return {"months": self.months}


@dataclass(frozen=True)
class UntilHike:
    """A window that is on for as long as the cut is in force: a hike ends every window."""

    def is_on(self, cut: Day, today: Day) -> bool:
        """Return whether the window of a cut in force is on today."""
        return bool(cut <= today)

    def plain(self) -> object:
        """Return the value as a config writes it."""
        return "until_hike"


Recogniser: TypeAlias = Pause | AsOf | Hindsight
Window: TypeAlias = Months | UntilHike

_RECOGNISE = "{pause: {months: 6}}, {as_of: 2024-12-18} or hindsight"
_WINDOW = "{months: 12} or until_hike"


def recogniser(value: object, rule: str = "strategy") -> Recogniser:
    """Return how to recognise a final cut, from the value a config writes; a recogniser passes through.

    Raises StrategyError with the rule, the key, the value and what would be right.
    """
    if isinstance(value, Recogniser):
        return value
    if value == "hindsight":
        return Hindsight()
    key, inner = _only_key(value, f"{rule}: recognise", known=("pause", "as_of"), forms=_RECOGNISE)
    if key == "as_of":
        return AsOf(_date(inner, f"{rule}: recognise.as_of"))
    where = f"{rule}: recognise.pause"
    _, months = _only_key(inner, where, known=("months",), forms="{months: 6}")
    check_whole(rule, "recognise.pause.months", months, min_=1, max_=MOST_MONTHS, unit="months")
    return Pause(months)


def window(value: object, rule: str = "strategy") -> Window:
    """Return how long a recognised cut counts, from the value a config writes; a window passes through.

    Raises StrategyError with the rule, the key, the value and what would be right.
    """
    if isinstance(value, Window):
        return value
    if value == "until_hike":
        return UntilHike()
    _, months = _only_key(value, f"{rule}: window", known=("months",), forms=_WINDOW)
    check_whole(rule, "window.months", months, min_=1, max_=MOST_MONTHS, unit="months")
    return Months(months)


def check_opens(recognise: Recogniser, window: Window, *, rule: str) -> None:
    """Raise StrategyError if a pause outlasts the window, so that the window could never be on."""
    if isinstance(recognise, Pause) and isinstance(window, Months) and recognise.months > window.months:
        raise StrategyError(
            f"{rule}: recognise.pause.months is {recognise.months} months, but the window closes "
            f"{window.months} months after the cut and never opens; write a pause of {window.months} months or less"
        )


def _only_key(value: object, where: str, *, known: tuple[str, ...], forms: str) -> tuple[str, Any]:
    """Return the one key of a mapping and its value, or raise StrategyError."""
    if not isinstance(value, Mapping) or not value:
        raise StrategyError(f"{where} is {value!r}; write {forms}")
    for key in value:
        if key not in known:
            raise StrategyError(f"{where}.{key} does not exist{did_you_mean(key, known)}; write {forms}")
    if len(value) > 1:
        raise StrategyError(f"{where} has {listing([*map(str, value)])}, but takes one of them; write {forms}")
    return next(iter(value.items()))


def _date(value: object, where: str) -> dt.date:
    """Return a day given as a date or as ``YYYY-MM-DD``, or raise StrategyError."""
    if _is_date(value):
        return value
    if isinstance(value, str):
        try:
            day = dt.date.fromisoformat(value)
        except ValueError:
            day = None
        # fromisoformat also takes 20241218 and week dates, which a config does not.
        if day is not None and day.isoformat() == value:
            return day
    raise StrategyError(f"{where} is {value!r}; write a day that exists as YYYY-MM-DD, such as 2024-12-18")


def _is_date(value: object) -> TypeGuard[dt.date]:
    """Return whether a value is a day; a datetime is not one, though Python's class of it says so."""
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)
