"""The calendar: what "so many months later" means, and which session knows what. No prices."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, assert_never, overload

import numpy as np

from fedcycle.data.typing import Day, Days, days

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
    if not isinstance(day, np.ndarray):
        return _later(day, months)
    start = np.asarray(day, dtype="datetime64[D]")
    month = start.astype("datetime64[M]")
    target = month + np.timedelta64(months, "M")
    first, next_first = target.astype("datetime64[D]"), (target + _ONE_MONTH).astype("datetime64[D]")
    later: Days = np.minimum(first + (start - month.astype("datetime64[D]")), next_first - _ONE_DAY)
    return later


@lru_cache(maxsize=4096)
def _later(day: Day, months: int) -> Day:
    """Return one day's answer; rules ask for the same few again and again, and arrays of one are slow."""
    return np.datetime64(add_months(np.array([day], dtype="datetime64[D]"), months)[0].item(), "D")


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


def known(
    rule: Literal["announced", "same day", "next session", "week later", "next month end", "next quarter"],
    observed_on: Days,
    sessions: Days,
) -> Days:
    """Return the day on which each value of a series becomes known, by the series' rule of release.

    Parameters
    ----------
    rule : as ``facts.Fact.known`` says it
    observed_on : (n,) days, strictly increasing; of a month or a quarter its first day
    sessions : (T,) days, strictly increasing

    Examples
    --------
    >>> known("next month end", np.array(["2024-01-01"], dtype="datetime64[D]"), np.empty(0, dtype="datetime64[D]"))
    array(['2024-02-29'], dtype='datetime64[D]')
    """
    if rule == "next session":
        return known_after(observed_on, sessions)
    if rule == "same day" or rule == "announced":
        return days(observed_on)
    if rule == "week later":
        return days(observed_on + np.timedelta64(7, "D"))
    if rule == "next month end":
        return days(add_months(observed_on, 2) - _ONE_DAY)
    if rule == "next quarter":
        return days(add_months(observed_on, 4) - _ONE_DAY)
    assert_never(rule)


def exchange_days(first: Day, last: Day) -> Days:
    """Return the days from one to another on which the New York Stock Exchange opens by its rules.

    Its rules of holidays since 1998 are known years ahead; days on which it stayed closed besides (a storm, a day of
    mourning) are not in them.

    Examples
    --------
    >>> print(exchange_days(np.datetime64("2026-04-02"), np.datetime64("2026-04-07")))
    ['2026-04-02' '2026-04-06' '2026-04-07']
    """
    every = np.arange(first, last + _ONE_DAY, dtype="datetime64[D]")
    weekday = (every.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    years = range(int(str(first)[:4]), int(str(last)[:4]) + 2)
    closed = np.array([day for year in years for day in _holidays(year)], dtype="datetime64[D]")
    return days(every[(weekday < 5) & ~np.isin(every, closed)])


def _holidays(year: int) -> list[date]:
    """Return the days on which the exchange stays closed by rule: on a Saturday it keeps Friday, of a Sunday Monday."""
    fixed = [date(year, 7, 4), date(year, 12, 25)]
    if year >= 2022:
        fixed.append(date(year, 6, 19))
    # New Year's Day on a Saturday is not made up for on a Friday, the last day of another year's accounts.
    moved = [day + timedelta({5: -1, 6: 1}.get(day.weekday(), 0)) for day in fixed]
    new_year = date(year, 1, 1)
    moved.append(new_year + timedelta(1 if new_year.weekday() == 6 else 0))
    third, fourth = 2, 3
    moved += [_nth(year, 2, 0, third), _nth(year, 9, 0, 0), _nth(year, 11, 3, fourth)]
    if year >= 1998:
        moved.append(_nth(year, 1, 0, third))
    memorial = _nth(year, 5, 0, 4) if _nth(year, 5, 0, 4).month == 5 else _nth(year, 5, 0, 3)
    return [*moved, memorial, _easter(year) - timedelta(2)]


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    """Return the ``n``-th (from 0) of a weekday (Monday is 0) counted from a month's first day."""
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * n)


def _easter(year: int) -> date:
    """Return Easter Sunday by the Gregorian computus (Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
