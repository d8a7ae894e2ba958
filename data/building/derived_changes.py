"""Target changes that FRED's daily target shows and fedcycle's own table does not have yet: dated late, never early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from fedcycle.data.sources.fred import Observed
from fedcycle.data.sources.tables import DERIVED, TargetChange


@dataclass(frozen=True)
class Extended:
    """A table of target changes carried on by FRED's daily target.

    Parameters
    ----------
    changes : the table's own and, after them, the derived ones
    complete_to : day up to which no change is missing
    problem : why the daily target could not be used, or nothing
    """

    changes: tuple[TargetChange, ...]
    complete_to: date
    problem: str = ""

    @property
    def derived(self) -> tuple[TargetChange, ...]:
        """Return the changes that were derived."""
        return tuple(c for c in self.changes if c.derived)


def extended(changes: Sequence[TargetChange], upper: Observed | None, lower: Observed | None = None) -> Extended:
    """Return a table of target changes with those that the daily target shows after its last one.

    A derived change has its *effective* day as the day it is known: the statement came a day or two before, but which
    day is not in the series. ``2020-03-15`` was a Sunday, so "the business day before" would have known it too early.

    Parameters
    ----------
    changes : the table, oldest first, at least one row
    upper, lower : the ends of the target by day (FRED's DFEDTARU and DFEDTARL), or None; without ``lower`` the range is
        taken to stay as wide as it was, and the change's note says so
    """
    own = tuple(changes)
    last = own[-1]
    plain = Extended(own, last.effective)
    if upper is None or not len(upper.observed_on) or upper.observed_on[-1] < np.datetime64(last.effective):
        return plain
    at = int(np.searchsorted(upper.observed_on, np.datetime64(last.effective), side="right")) - 1
    if at < 0 or upper.values[at] != last.upper:
        seen = "nothing" if at < 0 else f"{upper.values[at]:g}"
        told = f"the upper end of the target on {last.effective} is {last.upper:g} in the table, {seen} in DFEDTARU"
        return Extended(own, last.effective, f"{told}: nothing is derived; install a newer fedcycle")
    found = [*own]
    for k in (np.flatnonzero(np.diff(upper.values[at:])) + at + 1).tolist():
        found.append(_change(found[-1], upper.observed_on[k].astype(date), float(upper.values[k]), lower))
    return Extended(tuple(found), upper.observed_on[-1].astype(date))


def _change(before: TargetChange, effective: date, upper: float, lower: Observed | None) -> TargetChange:
    """Return one derived change."""
    low, assumed = upper - (before.upper - before.lower), "; lower end assumed"
    if lower is not None:
        at = np.flatnonzero(lower.observed_on == np.datetime64(effective))
        if at.size:
            low, assumed = float(lower.values[at[0]]), ""
    return TargetChange(
        announced=effective,
        effective=effective,
        lower=low,
        upper=upper,
        change_bp=round(100 * (upper - before.upper), 6),
        scheduled=None,
        note=f"{DERIVED} from {before.upper:g} in DFEDTARU; the statement's day is not known{assumed}",
    )
