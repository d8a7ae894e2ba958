"""FRED, the economic data of the Federal Reserve Bank of St. Louis: one daily series in its own CSV form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Days, Float64, days

DATES = ("observation_date", "DATE")
"""What FRED calls the column of dates, today and until 2024."""
MISSING = ("", ".")
"""What stands where there is no value, today and until 2024."""


@dataclass(frozen=True, eq=False)
class Observed:
    """What a series was on each day that has a value.

    Parameters
    ----------
    values : (n,) in the publisher's unit
    observed_on : (n,) days, strictly increasing
    """

    values: Float64
    observed_on: Days


def observations(raw: RawFile, name: str, *, since: date) -> Observed:
    """Return a series from a day on; a day without a value (an empty cell, or a point) has no row.

    Raises
    ------
    DataError
        With file, line and remedy: another series' file, a repeated or unsorted date, a cell that is not a number.
    """
    header, rows = raw.table()
    date_name = next((known for known in DATES if known in header[1]), DATES[0])
    at = raw.places(header, [date_name, name])
    seen: list[tuple[date, float]] = []
    before: date | None = None
    for line, cells in rows:
        day = raw.day(line, cells[at[date_name]])
        raw.check_after(line, day, before)
        before = day
        cell = cells[at[name]]
        if day >= since and cell not in MISSING:
            seen.append((day, raw.number(line, name, cell)))
    if not seen:
        raise raw.fault(len(raw.lines), f"no value of {name} on {since} or later")
    return Observed(np.array([value for _, value in seen]), days([day for day, _ in seen]))
