"""How far apart the returns of a series are: of days, weeks, months or years, and how many of them count as a year."""

from __future__ import annotations

from enum import Enum

import numpy as np

from fedcycle.data.typing import Days


class Frequency(Enum):
    """How often a return is taken: periods a year, and the calendar days a period may take on average."""

    DAILY = (252, 1.0, 4.0)
    WEEKLY = (52, 5.0, 10.0)
    MONTHLY = (12, 25.0, 36.0)
    YEARLY = (1, 300.0, 430.0)

    @property
    def per_year(self) -> int:
        """Return the number of periods that count as a year."""
        return int(self.value[0])


def frequency_of(sessions: Days) -> Frequency:
    """Return how far apart sessions are, by the two that are closest.

    Weeks are never under 5 days apart, months never under 25. A calendar of days that lacks some of them is one of days
    still: sessions left out make no weeks.

    Parameters
    ----------
    sessions : (T,) days, strictly increasing

    Examples
    --------
    >>> frequency_of(np.array(["2024-01-31", "2024-02-29", "2024-03-28"], dtype="datetime64[D]")).name
    'MONTHLY'
    >>> frequency_of(np.array(["2001-09-10", "2001-09-17", "2001-09-18"], dtype="datetime64[D]")).name
    'DAILY'
    """
    steps = np.diff(sessions).astype(np.int64)
    # An account that is measured from its first fill has that session twice: before the fill, and after.
    steps = steps[steps > 0]
    if not len(steps):
        return Frequency.DAILY
    step = float(steps.min())
    if step >= Frequency.MONTHLY.value[1]:
        return Frequency.MONTHLY
    # One step says little: in September 2001 the exchange was closed for a week.
    few = len(steps) < 2
    return Frequency.WEEKLY if step >= Frequency.WEEKLY.value[1] and not few else Frequency.DAILY
