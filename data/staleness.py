"""Until when a value may stand for today's: ten sessions for a daily series, the stated day for a table of events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

import numpy as np

from fedcycle.data.typing import Day, Days, days

Pace: TypeAlias = Literal["daily", "weekly", "monthly", "quarterly", "events"]
"""How often a series is observed; ``events`` is a table that has a row only where something changed."""

MOST_SESSIONS = 10
"""Sessions after the day of a daily observation in which it may still stand for today's."""

FAR_APART = 5.0
"""Calendar days between sessions, on average, from which on sessions are weeks or months and do not count as days."""

MOST_DAYS = {"weekly": 28, "monthly": 124, "quarterly": 276}
"""Calendar days after a slower observation's own day. A monthly figure is about the first of its month, known at the
end of the next one at the latest and replaced a month later, so an unbroken series never reaches 93; a quarterly one
never reaches 215."""

REMEDY = (
    "fetch newer data with fedcycle data fetch, end the run earlier, or write data: {allow_stale: true}, "
    "which stamps the run STALE DATA"
)


def fresh_until(pace: Pace, observed_on: Days, sessions: Days, *, complete_to: Day | None = None) -> Days:
    """Return, for each observation, the last day on which it may stand for today's value.

    Parameters
    ----------
    pace : how often the series is observed
    observed_on : (n,) days
    sessions : (T,) days, strictly increasing
    complete_to : of ``events`` the day up to which the table is known to lack nothing

    Returns
    -------
    (n,) days
        Of ``events`` the same day for all: between two rows nothing happened. Where sessions are weeks or months, two
        weeks stand for the ten sessions.

    Examples
    --------
    >>> calendar = np.arange("2026-01-01", "2026-01-31", dtype="datetime64[D]")
    >>> print(fresh_until("daily", calendar[:1], calendar))
    ['2026-01-11']
    """
    if pace == "events":
        return days(np.full(len(observed_on), complete_to, dtype="datetime64[D]"))
    if pace != "daily":
        return days(observed_on + np.timedelta64(MOST_DAYS[pace], "D"))
    if len(sessions) > 1 and float((sessions[-1] - sessions[0]).astype(np.int64)) >= FAR_APART * (len(sessions) - 1):
        return days(observed_on + np.timedelta64(14, "D"))
    at = np.searchsorted(sessions, observed_on, side="right") - 1 + MOST_SESSIONS
    # Past the calendar's end two weeks hold ten sessions; within it no session is the eleventh.
    until = observed_on + np.timedelta64(14, "D")
    if len(sessions):
        until = np.maximum(until, sessions[-1])
    inside = at < len(sessions)
    until[inside] = sessions[at[inside]]
    return days(until)


def sentence(name: str, *, observed_on: Day, fresh_until: Day, complete_to: Day | None, today: Day) -> str:
    """Return why a value is too old on a day, and what to do about it."""
    if complete_to is not None and fresh_until == complete_to:
        return f"{name}: its table of changes is complete to {complete_to} only, and {today} is later; {REMEDY}"
    return (
        f"{name}: its last value known on {today} is of {observed_on}, too old to stand for a day after {fresh_until}; "
        f"{REMEDY}"
    )


def joined(sentences: Iterable[str]) -> str:
    """Return several sentences as one, the remedy said once at the end."""
    said = [s.removesuffix(f"; {REMEDY}") for s in sentences]
    return f"{'; '.join(said)}; {REMEDY}"
