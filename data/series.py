"""A series of facts, each with the day it is about and the day it became public."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.typing import Days, Float64, days, frozen


class Unit(StrEnum):
    """What one unit of a series' value is."""

    PERCENT_PER_YEAR = "percent per year"
    BASIS_POINTS = "basis points"
    TURNING_POINT = "turning point: 1 a trough, -1 a peak"
    INDEX = "index level"
    FRACTION = "fraction"
    PERCENT = "percent"
    SCORE = "score, 0 on average"
    YES_OR_NO = "1 yes, 0 no"


@dataclass(frozen=True, eq=False)
class Series:
    """One series: a value for each observation, and when each became public.

    Parameters
    ----------
    name : str
        Identifier at the source, such as ``"DGS10"``.
    unit : Unit
    values : (n,) in ``unit``
        No NaN: a missing observation has no row.
    observed_on : (n,) days
        The day (for a month: its first day) each value is about.
    known_on : (n,) days, not decreasing
        A value may be used at the close of the first session on or after this day. It may precede ``observed_on``:
        a target change is announced before it takes effect.

    Raises
    ------
    DataError
        If lengths differ, a value is not finite, or ``known_on`` decreases.
    """

    name: str
    unit: Unit
    values: Float64
    observed_on: Days
    known_on: Days

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen(np.asarray(self.values, dtype=np.float64)))
        object.__setattr__(self, "observed_on", days(self.observed_on))
        object.__setattr__(self, "known_on", days(self.known_on))
        n = len(self.values)
        if len(self.observed_on) != n or len(self.known_on) != n:
            lengths = f"{n} values, {len(self.observed_on)} observation dates, {len(self.known_on)} known-on dates"
            raise DataError(f"{self.name}: {lengths}; each value needs one of each")
        if np.isnat(self.known_on).any() or np.isnat(self.observed_on).any():
            raise DataError(f"{self.name}: a value has no date; leave out what has none")
        bad = np.flatnonzero(~np.isfinite(self.values))
        if bad.size:
            where = self.observed_on[bad[0]]
            raise DataError(f"{self.name}: {self.values[bad[0]]} on {where} is not a number; leave missing values out")
        back = np.flatnonzero(np.diff(self.known_on) < np.timedelta64(0, "D"))
        if back.size:
            later, earlier = self.known_on[back[0]], self.known_on[back[0] + 1]
            raise DataError(f"{self.name}: known-on dates go back from {later} to {earlier}; sort by known-on date")

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, eq=False)
class Observations:
    """What a view hands out of a series: read-only copies, oldest first."""

    values: Float64
    observed_on: Days
    known_on: Days

    def __len__(self) -> int:
        return len(self.values)
