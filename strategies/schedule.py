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
    "week_end": week_end,
    "daily": daily,
    "after_fomc": after_fomc,
}


def _with_next(sessions: Days) -> Days:
    """Return the sessions and the next weekday after the last, which says whether that one ends its period."""
    return np.append(sessions, np.busday_offset(sessions[-1], 1, roll="backward"))


def _last_of_each(period: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Bool:
    return np.asarray(period[1:] != period[:-1], dtype=bool)
