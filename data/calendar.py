"""The calendar: what "so many months later" means, and which session knows what. No prices."""

from __future__ import annotations

from typing import overload

import numpy as np

from fedcycle.data.arrays import Day, Days, days

_ONE_DAY, _ONE_MONTH = np.timedelta64(1, "D"), np.timedelta64(1, "M")


@overload
def add_months(day: Day, months: int) -> Day: ...
@overload
def add_months(day: Days, months: int) -> Days: ...
def add_months(day: Day | Days, months: int) -> Day | Days:
    """Return the same day of the month so many calendar months later, clipped to the end of that month.

    Parameters
    ----------
    day : day, or array of days of any shape
    months : calendar months, may be negative

    Returns
    -------
    day, or array of days of the same shape
        NaT stays NaT.

    Examples
    --------
    >>> print(add_months(np.datetime64("2024-08-31"), 6))
    2025-02-28
    """
    # One path for scalars and arrays: numpy's scalars take part in array arithmetic.
    start = np.asarray(day, dtype="datetime64[D]")
    month = start.astype("datetime64[M]")
    target = month + np.timedelta64(months, "M")
    first, next_first = target.astype("datetime64[D]"), (target + _ONE_MONTH).astype("datetime64[D]")
    later = np.minimum(first + (start - month.astype("datetime64[D]")), next_first - _ONE_DAY)
    return later if isinstance(day, np.ndarray) else np.datetime64(later.item(), "D")


def known_after(observed_on: Days, sessions: Days) -> Days:
    """Return the day on which each value that is published after the close of its day becomes known.

    Parameters
    ----------
    observed_on : (n,) days, strictly increasing
    sessions : (T,) days, strictly increasing

    Returns
    -------
    (n,) days
        The first session strictly after the observation; where there is none yet, the next calendar day.

    Examples
    --------
    >>> friday, monday = np.datetime64("2020-03-13"), np.datetime64("2020-03-16")
    >>> known_after(np.array([friday, monday]), np.array([friday, monday]))
    array(['2020-03-16', '2020-03-17'], dtype='datetime64[D]')
    """
    following = np.searchsorted(sessions, observed_on, side="right")
    known = observed_on + np.timedelta64(1, "D")
    there = following < len(sessions)
    known[there] = sessions[following[there]]
    return days(known)
