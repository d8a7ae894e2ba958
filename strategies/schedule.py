"""When a strategy is asked: decision sessions by the calendar and the Fed's announcements. Never sees a price."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from fedcycle.data.typing import Bool, Days

Schedule: TypeAlias = Callable[[Days, Days], Bool]
"""(sessions (T,), announcement days) -> (T,) whether a session is a decision day."""


def daily(sessions: Days, announced: Days) -> Bool:  # noqa: ARG001 - all schedules take the same arguments
    """Every session."""
    return np.ones(len(sessions), dtype=bool)


def week_end(sessions: Days, announced: Days) -> Bool:  # noqa: ARG001
    """The last session of each week (Monday to Sunday)."""
    # 1970-01-01 was a Thursday: +3 makes weeks start on Monday.
    return _last_of_each((_with_next(sessions).astype(np.int64) + 3) // 7)


def month_end(sessions: Days, announced: Days) -> Bool:  # noqa: ARG001
    """The last session of each calendar month."""
    return _last_of_each(_with_next(sessions).astype("datetime64[M]").astype(np.int64))


def month_start(sessions: Days, announced: Days) -> Bool:  # noqa: ARG001
    """The first session of each calendar month."""
    return first_of_each(sessions.astype("datetime64[M]"))


def quarter_end(sessions: Days, announced: Days) -> Bool:  # noqa: ARG001
    """The last session of each calendar quarter."""
    return _last_of_each(_with_next(sessions).astype("datetime64[M]").astype(np.int64) // 3)


def year_end(sessions: Days, announced: Days) -> Bool:  # noqa: ARG001
    """The last session of each calendar year."""
    return _last_of_each(_with_next(sessions).astype("datetime64[Y]").astype(np.int64))


def after_fomc(sessions: Days, announced: Days) -> Bool:
    """Sessions at whose close a change of the Fed's target is first known."""
    at = np.searchsorted(sessions, announced, side="left")
    chosen = np.zeros(len(sessions), dtype=bool)
    chosen[at[at < len(sessions)]] = True
    # An announcement before the first session is not news at its close.
    if len(announced) and len(sessions):
        chosen[0] = bool((announced == sessions[0]).any())
    return chosen


SCHEDULES: Mapping[str, Schedule] = {
    "month_end": month_end,
    "month_start": month_start,
    "quarter_end": quarter_end,
    "year_end": year_end,
    "week_end": week_end,
    "daily": daily,
    "after_fomc": after_fomc,
}


EVERY, DATES = "every ", "dates "
"""How a schedule begins that counts sessions, as in ``every 5``, or lists days, as in ``dates 2020-01-31``."""


def exists(name: str) -> bool:
    """Return whether a schedule of that name exists: one of ``SCHEDULES``, ``every N`` or ``dates DAY ...``."""
    if name.startswith(EVERY):
        count = name.removeprefix(EVERY)
        return count.isascii() and count.isdigit() and int(count) > 0
    if name.startswith(DATES):
        days = name.removeprefix(DATES).split()
        return bool(days) and all(len(day) == 10 and day.replace("-", "").isdecimal() for day in days)
    return name in SCHEDULES


def decision_days(name: str, sessions: Days, announced: Days, *, first: int = 0) -> Bool:
    """Return which sessions are decision days, (T,), by the name of a schedule that exists.

    Parameters
    ----------
    name : see ``exists``
    sessions : (T,) days of the market
    announced : days on which changes of the target are announced
    first : index of the session from which ``every N`` counts, which is a decision day itself

    Examples
    --------
    >>> days = np.arange("2020-01-01", "2020-01-06", dtype="datetime64[D]")
    >>> decision_days("every 2", days, days[:0], first=1).tolist()
    [False, True, False, True, False]
    """
    if name.startswith(EVERY):
        at = np.arange(len(sessions)) - first
        return np.asarray((at >= 0) & (at % int(name.removeprefix(EVERY)) == 0), dtype=bool)
    if name.startswith(DATES):
        days = np.array(name.removeprefix(DATES).split(), dtype="datetime64[D]")
        # A day without a session is the first session after it, as for an announcement.
        return after_fomc(sessions, days)
    return SCHEDULES[name](sessions, announced)


def _with_next(sessions: Days) -> Days:
    """Return the sessions and the next weekday after the last, which says whether that one ends its period."""
    return np.append(sessions, np.busday_offset(sessions[-1], 1, roll="backward"))


def first_of_each(period: Days) -> Bool:
    """Return which of (T,) months or years in order differ from the one before; the first always does."""
    first = np.ones(len(period), dtype=bool)
    # Of the first period nobody can tell whether it began before the market did.
    first[1:] = period[1:] != period[:-1]
    return first


def _last_of_each(period: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Bool:
    return np.asarray(period[1:] != period[:-1], dtype=bool)
