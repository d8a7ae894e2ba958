"""What could be told on the day about the Fed's rate cycle: its phase, and which cut looks final. No hindsight.

Everything is read off the series ``target_change`` (basis points), where ``known_on`` is the day of the announcement.
An announcement on a day without a session is first known at the next session's close, but windows and pauses count
calendar months from the announcement itself. A row of 0 basis points is a meeting without a change and is passed over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

from fedcycle.data.arrays import Day, Days, Float64
from fedcycle.data.calendar import add_months
from fedcycle.data.errors import NotYetKnown
from fedcycle.data.market import MarketView
from fedcycle.strategies.strategy import StrategyError, check_whole, nearest

TARGET_CHANGE = "target_change"
"""Changes of the Fed's target, basis points; ``known_on`` is the announcement."""
MONTHS = 6
"""Calendar months without a change after which a move counts as over, unless said otherwise."""
MOST_MONTHS = 120
"""A pause or window of more than ten years is a mistake in the unit."""


class Phase(StrEnum):
    """The phase of the rate cycle, told on the day; exactly one holds."""

    HIKING = "hiking"
    PLATEAU = "plateau"
    CUTTING = "cutting"
    EASY = "easy"


NO_PHASE = ""
"""Marks a session at whose close no change of the target was known yet."""

_PHASES = np.array([[Phase.CUTTING, Phase.EASY], [Phase.HIKING, Phase.PLATEAU]], dtype="<U7")
"""[last change a hike, months have passed] -> phase."""


def phases(sessions: Days, announced: Days, *, change_bp: Float64, months: int = MONTHS) -> NDArray[np.str_]:
    """Return the phase of each session, from what was known at its close.

    Parameters
    ----------
    sessions : (T,) days
    announced : (n,) days, not decreasing
        When each change of the target was announced.
    change_bp : (n,) basis points
    months : calendar months, clipped to the month's end
        ``plateau`` and ``easy`` begin on the day so many months after the change.

    Returns
    -------
    (T,) ``hiking``, ``plateau``, ``cutting`` or ``easy``; ``NO_PHASE`` before the first change

    Examples
    --------
    >>> days = np.array(["2024-12-17", "2024-12-18", "2025-06-18"], dtype="datetime64[D]")
    >>> phases(days, days[1:2], change_bp=np.array([-25.0])).tolist()
    ['', 'cutting', 'easy']
    """
    check_whole("phases", "months", months, least=1, most=MOST_MONTHS, unit="months")
    moved = change_bp != 0
    changed, hike = announced[moved], change_bp[moved] > 0
    last = np.searchsorted(changed, sessions, side="right") - 1
    told = last >= 0
    last = last[told]
    settled = add_months(changed, months)[last] <= sessions[told]
    out = np.full(len(sessions), NO_PHASE, dtype=_PHASES.dtype)
    out[told] = _PHASES[hike[last].astype(np.intp), settled.astype(np.intp)]
    return out


def phase(view: MarketView, months: int = MONTHS) -> Phase:
    """Return the phase of the rate cycle as it could be told at the close of ``view.today``.

    Raises NotYetKnown before the first change of the target was public.
    """
    announced, change_bp = _changes(view)
    today = np.array([view.today], dtype="datetime64[D]")
    return Phase(str(phases(today, announced, change_bp=change_bp, months=months)[0]))


@dataclass(frozen=True)
class Pause:
    """The last change was a cut, and so many calendar months have passed since with no change."""

    months: int

    def __post_init__(self) -> None:
        check_whole("Pause", "months", self.months, least=1, most=MOST_MONTHS, unit="months")

    def final_cut(self, view: MarketView) -> Day | None:
        """Return the announcement of the cut recognised as final and still in force today, or None."""
        announced, change_bp = _changes(view)
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
        announced, change_bp = _changes(view)
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
        announced, change_bp = _changes(view)
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
        check_whole("Months", "months", self.months, least=1, most=MOST_MONTHS, unit="months")

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
    check_whole(rule, "recognise.pause.months", months, least=1, most=MOST_MONTHS, unit="months")
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
    check_whole(rule, "window.months", months, least=1, most=MOST_MONTHS, unit="months")
    return Months(months)


def check_opens(recognise: Recogniser, window: Window, *, rule: str) -> None:
    """Raise StrategyError if a pause outlasts the window, so that the window could never be on."""
    if isinstance(recognise, Pause) and isinstance(window, Months) and recognise.months > window.months:
        raise StrategyError(
            f"{rule}: recognise.pause.months is {recognise.months} months, but the window closes "
            f"{window.months} months after the cut and never opens; write a pause of {window.months} months or less"
        )


def _changes(view: MarketView) -> tuple[Days, Float64]:
    """Return announcement days and basis points of the changes known today, at least one."""
    known = view.history(TARGET_CHANGE)
    moved = known.values != 0
    if not moved.any():
        raise NotYetKnown(f"{TARGET_CHANGE}: no change of the target was public by {view.today}; start the run later")
    return known.known_on[moved], known.values[moved]


def _only_key(value: object, where: str, *, known: tuple[str, ...], forms: str) -> tuple[str, Any]:
    """Return the one key of a mapping and its value, or raise StrategyError."""
    if not isinstance(value, Mapping) or not value:
        raise StrategyError(f"{where} is {value!r}; write {forms}")
    for key in value:
        if key not in known:
            raise StrategyError(f"{where}.{key} does not exist{nearest(key, known)}; write {forms}")
    if len(value) > 1:
        raise StrategyError(f"{where} has {' and '.join(map(str, value))}, but takes one of them; write {forms}")
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
