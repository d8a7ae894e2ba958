"""A series of facts, each with the day it is about and the day it became public."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.typing import Bool, Day, Days, Float64, days, frozen


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
    complete_to : day or None
        The day up to which the series is known to lack nothing: of a table of events "no change up to"; None where
        nobody said.
    fresh_until : (n,) days or None
        The last day on which each value may stand for today's, as ``staleness.fresh_until`` has it; None where nobody
        said, and then no view refuses it.
    derived : (n,) or None
        Whether a value was derived from another series and not taken from its publisher's own table; None for no value.

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
    complete_to: Day | None = None
    fresh_until: Days | None = None
    derived: Bool | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen(np.asarray(self.values, dtype=np.float64)))
        object.__setattr__(self, "observed_on", days(self.observed_on))
        object.__setattr__(self, "known_on", days(self.known_on))
        n = len(self.values)
        for name, values in (("fresh_until", self.fresh_until), ("derived", self.derived)):
            if values is not None and len(values) != n:
                raise DataError(f"{self.name}: {n} values, but {len(values)} of {name}; each value needs one")
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

    def until(self, day: Day) -> Series:
        """Return the series as it was known at the close of a day."""
        k = int(np.searchsorted(self.known_on, day, side="right"))
        fresh = None if self.fresh_until is None else self.fresh_until[:k]
        derived = None if self.derived is None else self.derived[:k]
        complete = None if self.complete_to is None else min(self.complete_to, day)
        return self.with_parts(
            values=self.values[:k],
            observed_on=self.observed_on[:k],
            known_on=self.known_on[:k],
            complete_to=complete,
            fresh_until=fresh,
            derived=derived,
        )

    def with_parts(self, **parts: Any) -> Series:
        """Return the series with some of its parts replaced, read-only, without another look at what they hold.

        For parts that are as well-formed as its own: the first so many of them, or other numbers in their places.
        """
        other = object.__new__(Series)
        for name in self.__dataclass_fields__:
            value = parts.get(name, getattr(self, name))
            if name in parts and isinstance(value, np.ndarray):
                value = frozen(value)
            object.__setattr__(other, name, value)
        return other

    def stale_on(self, day: Day) -> int | None:
        """Return the index of the newest value known on a day where it is too old to stand for that day's."""
        k = int(np.searchsorted(self.known_on, day, side="right"))
        if k == 0 or self.fresh_until is None or day <= self.fresh_until[k - 1]:
            return None
        return k - 1


@dataclass(frozen=True, eq=False)
class Observations:
    """What a view hands out of a series: read-only copies, oldest first."""

    values: Float64
    observed_on: Days
    known_on: Days

    def __len__(self) -> int:
        return len(self.values)
