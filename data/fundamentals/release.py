"""When a filing is known: at the close of the day it was accepted, or after it. Days are days since 1970-01-01."""

from __future__ import annotations

from datetime import date

CLOSE_HOUR = 16
"""New York's close. A filing accepted from then on is known at the next session's close."""
_EPOCH = date(1970, 1, 1).toordinal()
_HALF_MONTH = 15


def day_number(day: date) -> int:
    """Return a date as days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def known_on(filed: int, accepted: tuple[int, int] | None) -> int:
    """Return the first day at whose close a filing is public.

    The first session on or after that day is the first to know. A filing accepted late in the day carries the date of
    the SEC's next working day and is handed out on it: on a federal holiday on which the exchange opens it is not
    public yet, so the day is never before the filing's date.

    Parameters
    ----------
    filed : the filing's date
    accepted : (day, hour) in New York, or None where only the date is known

    Examples
    --------
    >>> known_on(100, (100, 15)), known_on(100, (100, 16)), known_on(103, (100, 18)), known_on(100, None)
    (100, 101, 103, 101)
    """
    if accepted is None:
        return filed + 1
    day, hour = accepted
    return max(filed, day if hour < CLOSE_HOUR else day + 1)


def month_end_number(day: int) -> int:
    """Return the month whose end is nearest to a day, as months since 1970-01: how the SEC rounds a period's end.

    Examples
    --------
    >>> may_1 = day_number(date(2010, 5, 1))  # a quarter of 13 weeks
    >>> month_end_number(may_1) == month_end_number(day_number(date(2010, 4, 30)))
    True
    """
    near = date.fromordinal(day + _HALF_MONTH + _EPOCH)
    return 12 * (near.year - 1970) + near.month - 2


def month_end(number: int) -> int:
    """Return the last day of a month, given as months since 1970-01."""
    year, month = divmod(number + 1, 12)
    return date(1970 + year, month + 1, 1).toordinal() - _EPOCH - 1


def iso(day: int) -> str:
    """Return a day as an ISO date."""
    return date.fromordinal(day + _EPOCH).isoformat()
