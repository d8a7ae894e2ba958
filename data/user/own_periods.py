"""Files of weekly or monthly rows: told by how far apart they are, and put on the last session of each period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.sources.total_return import TotalReturn
from fedcycle.data.typing import Days, Int64, days
from fedcycle.data.user.own_sessions import STEPS, kept

UNIT = {"weekly": "week", "monthly": "month"}
STAMP = {"weekly": "WEEKLY DATA", "monthly": "MONTHLY DATA"}
"""What every page of a run on such data says."""
EARLY, FEW = {"weekly": 1, "monthly": 3}, 0.1
"""Calendar days by which a row may be dated before its period's last session, and the share of rows that may be."""
_ONE_DAY = np.timedelta64(1, "D")


def frequency_of_files(totals: Sequence[TotalReturn], sessions: Days) -> str:
    """Return how far apart the rows of all of some assets are: daily unless every one is weekly, or every one monthly.

    Parameters
    ----------
    totals : the assets
    sessions : (T,) days, the calendar by which it is told
    """
    found = {_frequency(t, sessions) for t in totals}
    return found.pop() if len(found) == 1 else "daily"


def _frequency(total: TotalReturn, sessions: Days) -> str:
    step = np.diff(np.searchsorted(sessions, total.days))
    median = float(np.median(step)) if len(step) else 0.0
    if len(step) < 4 and median < 4:
        return "daily"
    return next((kind for kind, (low, high) in STEPS.items() if low <= median <= high), "daily")


def period_of(when: Days, frequency: str) -> Int64:
    """Return the number of the week (Monday to Sunday) or month that each day is in, (n,)."""
    if frequency == "monthly":
        return np.asarray(when.astype("datetime64[M]").astype(np.int64))
    # 1970-01-01 was a Thursday: +3 makes weeks start on Monday.
    return np.asarray((when.astype(np.int64) + 3) // 7)


@dataclass(frozen=True, eq=False)
class PeriodEnds:
    """The last session of each week or month.

    Parameters
    ----------
    frequency : ``weekly`` or ``monthly``
    first, last : (P,) days, the first and the last session of each period, oldest first
    """

    frequency: str
    first: Days
    last: Days

    @property
    def unit(self) -> str:
        """Return what a period is called."""
        return UNIT[self.frequency]

    @classmethod
    def of(cls, sessions: Days, frequency: str, *, extra: Days) -> PeriodEnds:
        """Return the ends of the periods of a calendar.

        Sessions of a market that has week or month ends alone are these ends.

        Parameters
        ----------
        sessions : (T,) days
        frequency : ``weekly`` or ``monthly``
        extra : sessions of the exchange by its rules, to a month after the last day that is asked for
        """
        known = period_of(sessions, frequency)
        begun = np.asarray(period_of(extra, frequency))
        # The last period of a calendar may go on after it; earlier ones are as they were.
        late = extra[(begun > known[-1]) | ((begun == known[-1]) & (extra > sessions[-1]))]
        every = np.concatenate([sessions, late])
        number = period_of(every, frequency)
        ends = np.flatnonzero(np.append(number[1:] != number[:-1], False))
        starts = np.concatenate([[0], ends[:-1] + 1])
        return cls(frequency, days(every[starts]), days(every[ends]))

    def placed(self, total: TotalReturn, *, dated_start: bool) -> tuple[TotalReturn, list[str]]:
        """Return an asset with each row on the last session of its period, and what is to be said of it.

        Parameters
        ----------
        total : its rows are of weeks or months
        dated_start : whether a row's date is the first day of its period, whose last close its level is

        Raises
        ------
        DataError
            For two rows in a period, rows dated by the first day of a period where nobody said so, or many rows that
            lie before their period's last session.
        """
        unit, where = self.unit, _where(total)
        number = period_of(total.days, self.frequency)
        twice = np.flatnonzero(number[1:] == number[:-1])
        if len(twice):
            k = int(twice[0]) + 1
            raise DataError(f"{where(k)}: {total.name} has two rows in the {unit} of {total.days[k]}; leave one out")
        inside = np.asarray(np.isin(number, period_of(self.last, self.frequency)))
        total, number = kept(total, inside), number[inside]
        where = _where(total)
        at = np.searchsorted(period_of(self.last, self.frequency), number)
        first, last = self.first[at], self.last[at]
        by_start = np.asarray(total.days <= first) & (first < last)
        if not dated_start and len(by_start) > 1 and float(by_start.mean()) > 0.5:
            raise DataError(
                f"{where(0)}: {total.name} is dated by the first day of each {unit}, which does not say whether its "
                f"level is of that day or of the {unit}'s last close; say --dated start if it is the last close, else "
                f"give {unit}-end rows"
            )
        if dated_start:
            return _at(total, last), [
                f"{total.name}: rows dated by the first day of a {unit} are taken as its last close; leave the last "
                f"row out if the {unit} of {total.days[-1]} was not over"
            ]
        return self._at_ends(total, last)

    def _at_ends(self, total: TotalReturn, last: Days) -> tuple[TotalReturn, list[str]]:
        """Return an asset whose rows are dated by the end of each period on its last sessions, (n,)."""
        unit, where, notes = self.unit, _where(total), []
        early = np.asarray(total.days < last)
        if early.any() and early[-1] and last[-1] - total.days[-1] > EARLY[self.frequency] * _ONE_DAY:
            notes.append(f"{total.name}: the last row, {total.days[-1]}, is of a {unit} that was not over: left out")
            total, last, early = kept(total, np.arange(len(early)) < len(early) - 1), last[:-1], early[:-1]
        far = np.flatnonzero(last - total.days > EARLY[self.frequency] * _ONE_DAY)
        if len(far) or (len(early) and float(early.mean()) > FEW):
            k = int(far[0]) if len(far) else int(np.flatnonzero(early)[0])
            raise DataError(
                f"{where(k)}: {total.name} has a row on {total.days[k]}, but the {unit}'s last session is {last[k]}; "
                f"give {unit}-end rows"
            )
        if early.any():
            notes.append(
                f"{total.name}: {int(early.sum())} rows are dated a little before their {unit}'s last session, the "
                f"first on {total.days[early][0]}, and are taken as of it"
            )
        return _at(total, last), notes


def _where(total: TotalReturn) -> Callable[[int], str]:
    """Return what names the file and line of a row."""
    bars = total.bars
    return lambda k: total.name if bars is None else f"{bars.file}:{bars.line(k)}"


def _at(total: TotalReturn, last: Days) -> TotalReturn:
    """Return an asset on other days, without opens, highs and lows: those of a period are none of its last session."""
    return replace(total, days=days(last), opens=None, rest={})
