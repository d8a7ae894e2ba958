"""Sessions of other exchanges than New York's, by exchange_calendars, an extra that is imported only when asked for."""

from __future__ import annotations

import warnings

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.suggest import did_you_mean
from fedcycle.data.typing import Day, Days, days


def sessions_of(exchange: str, first: Day, last: Day) -> Days:
    """Return the sessions of an exchange from one day to another.

    Parameters
    ----------
    exchange : its market identifier code (ISO 10383), such as ``XLON``, ``XETR`` or ``XTKS``
    first, last : days

    Raises
    ------
    DataError
        Where the extra is not installed, no calendar has that code, or it does not reach so far.
    """
    try:
        import exchange_calendars
    except ImportError:
        raise DataError(
            f"--calendar {exchange} needs the package exchange_calendars; install it with: "
            "pip install 'fedcycle[calendars]'"
        ) from None
    known = exchange_calendars.get_calendar_names()
    if exchange not in known:
        raise DataError(
            f"--calendar is {exchange!r:.40}, which no exchange has{did_you_mean(exchange, known)}; write a code "
            "such as XLON, XETR, XPAR or XTKS"
        )
    try:
        # The library warns of what pandas will change in it; that is for its authors, not for who adds a file.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            calendar = exchange_calendars.get_calendar(
                exchange, start=str(first), end=str(last + np.timedelta64(1, "D"))
            )
    except ValueError as error:
        raise DataError(f"--calendar {exchange} has no sessions from {first} to {last}: {error}") from None
    found = np.asarray(calendar.sessions.to_numpy(), dtype="datetime64[D]")
    return days(found[found <= last])
