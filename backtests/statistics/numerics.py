"""What all statistics share: years, the returns of a level, and when a spread is no more than float rounding."""

from __future__ import annotations

from collections.abc import Sized

import numpy as np

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.statistics.frequency import Frequency, frequency_of
from fedcycle.data.typing import Days, Float64

SESSIONS_PER_YEAR = 252
A_YEAR = 355
"""Days from a run's first session to its last from which on it is a year: the sessions of a calendar year fit."""
DAYS_PER_YEAR = 365.25
ENOUGH_SESSIONS = 40
"""Sessions under which their number says nothing of a year; of weeks and months a year of them."""
FEWEST, MOST = 247.5, 261.5
"""Sessions of a year that count as 252: New York had 248 in 2001, and every weekday of a year is 261, on which holidays
add a row and no risk."""

ROUNDING = 1e-14
"""Under this, a spread of returns (relative to 1 + the largest return) is rounding and counts as none.

A return is a quotient of two account values minus 1. Each value is a sum of a dozen products, so the quotient is good
to a few times 2.2e-16 whatever the return itself; fifty times that leaves a margin, and is far below a billionth of a
basis point, the least that could matter to anyone.
"""

ALIKE = 1e-11
"""Two accounts whose returns differ by no more than this hold the same.

An engine keeps 1e-12 of value in cash so that no last digit refuses an order, so an account that holds its benchmark
and nothing else earns up to 1e-13 less on a session of 10%. A ratio of such differences, or their sign, says nothing.
"""


def level_returns(level: Float64, name: str) -> Float64:
    """Return the simple return of each session after the first.

    Parameters
    ----------
    level : (T,) any unit, finite, >= 0, the first > 0
    name : what the level is of, for the error

    Returns
    -------
    (T-1,) fraction per session
        NaN after a level of 0: who has nothing left earns no return, not one of zero.

    Raises
    ------
    BacktestError
        If a level is negative or not a number, or the first is 0.

    Examples
    --------
    >>> level_returns(np.array([100.0, 110.0, 0.0, 0.0]), "value").round(9)
    array([ 0.1, -1. ,  nan])
    """
    bad = np.flatnonzero(~(np.isfinite(level) & (level >= 0)))
    if bad.size:
        i = int(bad[0])
        raise BacktestError(f"{name} is {level[i]:g} at session {i + 1} of {len(level)}; it must be a number >= 0")
    if not len(level) or level[0] == 0:
        raise BacktestError(f"{name} starts {'at 0' if len(level) else 'nowhere'}; returns need a first level above 0")
    before = np.where(level[:-1] > 0, level[:-1], np.nan)
    return np.asarray(level[1:] / before - 1.0)


def years(sessions: Days) -> float:
    """Return the calendar years from the first session to the last, 365.25 days each.

    Examples
    --------
    >>> years(np.array(["2001-01-01", "2005-01-01"], dtype="datetime64[D]"))
    4.0
    """
    return float((sessions[-1] - sessions[0]).astype(np.int64)) / DAYS_PER_YEAR


def sessions_per_year(sessions: Days) -> float:
    """Return the sessions that count as a year: 252, of weeks 52, of months 12, unless there really are fewer or more.

    A market without some of its exchange's sessions, or of another exchange, has returns of other lengths; a year of
    sessions or more tells how many; from ``FEWEST`` to ``MOST`` it is the usual 252, within 3% the usual 52 or 12.

    Parameters
    ----------
    sessions : (T,) days

    Examples
    --------
    >>> every_other_day = np.arange("2001-01-01", "2003-01-01", 2, dtype="datetime64[D]")
    >>> round(sessions_per_year(every_other_day))
    183
    >>> months = np.arange("2001-02", "2005-02", dtype="datetime64[M]")
    >>> month_ends = months.astype("datetime64[D]") - np.timedelta64(1, "D")
    >>> sessions_per_year(month_ends)
    12.0
    """
    frequency = frequency_of(sessions)
    usual, daily = float(frequency.per_year), frequency is Frequency.DAILY
    enough = ENOUGH_SESSIONS if daily else usual + 1
    if len(sessions) < enough or years(sessions) < 0.99:
        return usual
    there = int((np.diff(sessions).astype(np.int64) > 0).sum()) / years(sessions)
    least, most = (FEWEST, MOST) if daily else (0.97 * usual, 1.03 * usual)
    return usual if least <= there <= most else there


def is_rounding(spread: float, sample: Float64, *, size: float = ROUNDING) -> bool:
    """Return whether a spread of returns is no more than float rounding, so that nothing may be divided by it.

    ``size`` is the spread of returns near 0 that still counts as none.

    Examples
    --------
    >>> is_rounding(2e-16, np.array([0.01, 0.01]))
    True
    >>> is_rounding(1e-6, np.array([0.01, 0.01]))
    False
    """
    return spread <= size * (1.0 + float(np.abs(sample).max()))


def under_a_year(sessions: Days) -> bool:
    """Return whether sessions span too little for figures a year: a month at +60% is no 27,000% a year."""
    return bool((sessions[-1] - sessions[0]).astype(int) < A_YEAR)


def same_length(rows: int, /, **columns: Sized) -> None:
    """Raise BacktestError unless every column has one row a session."""
    for name, column in columns.items():
        if len(column) != rows:
            raise BacktestError(f"{name} has {len(column)} rows for {rows} sessions; each session needs one")
