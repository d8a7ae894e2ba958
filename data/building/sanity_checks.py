"""Why a publisher's new file is not believed: it reads differently twice, lost rows, ends earlier, or jumps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np

from fedcycle.data.building.raw_table import Table
from fedcycle.data.building.vintages import Vintage
from fedcycle.data.errors import DataError
from fedcycle.data.market import Market
from fedcycle.data.series import Unit
from fedcycle.data.series_catalog import Fact
from fedcycle.data.sources.tables import TargetChange
from fedcycle.data.typing import Day, Float64

LOST = 0.01
"""Share of the rows of the vintage before that a new one may lack; a publisher takes back a few, never many."""

SCALE = 2.0
"""Factor by which the mean size of a column's numbers may move over the days both vintages have."""

REWRITTEN = 0.5
"""Sum of the changes of a column over the days both have, as a share of the sum of its numbers' sizes."""

LARGEST_RETURN = 0.5
"""Fraction by which a portfolio of many stocks may move in a session; October 1987 was under half of that."""

LARGEST_STEP = {Unit.PERCENT_PER_YEAR: 5.0, Unit.PERCENT: 15.0}
"""Points by which a rate may move from one observation to the next; unemployment went up by 10 in April 2020."""

LARGEST_RATIO = 5.0
"""Factor by which a level, a number of firms or a size may move from one row to the next."""

READ_ALIKE = 1e-12
"""Relative difference of two honest readings of one printed number: pandas' fast parser errs in the last digit."""


def check_read_alike(name: str, ours: Table, theirs: Table) -> None:
    """Raise DataError unless two readings of one answer, from a day on, have the same days and numbers.

    Parameters
    ----------
    name : of the file, for the sentence
    ours : the strict reading of its bytes
    theirs : what pandas-datareader made of it, from a day on; NaN rows do not count
    """
    kept = ~np.isnan(np.column_stack(list(theirs.columns.values()))).any(axis=1)
    since = theirs.days[0] if len(theirs.days) else None
    later = ours.days >= since if since is not None else np.zeros(len(ours.days), dtype=bool)
    if not np.array_equal(ours.days[later], theirs.days[kept]):
        raise DataError(
            f"{name}: pandas-datareader reads {int(kept.sum())} rows where the file has {int(later.sum())}, "
            "so one of them is wrong"
        )
    for column, values in theirs.columns.items():
        own = ours.columns[column][later]
        wrong = np.flatnonzero(np.abs(values[kept] - own) > READ_ALIKE * np.maximum(np.abs(own), 1e-3))
        if wrong.size:
            i = int(wrong[0])
            raise DataError(
                f"{name}: pandas-datareader reads {values[kept][i]:.10g} for {column} on {ours.days[later][i]}, "
                f"the file says {own[i]:.10g}"
            )


def check_plausible(name: str, new: Table, *, fact: Fact | None, returns: bool) -> None:
    """Raise DataError for numbers that no such file can hold."""
    for column, values in new.columns.items():
        if returns:
            wrong = np.flatnonzero(np.abs(values) > LARGEST_RETURN)
            what = f"a portfolio does not move by more than {LARGEST_RETURN:.0%} in a session"
        elif fact is not None and fact.unit in LARGEST_STEP:
            step = LARGEST_STEP[fact.unit]
            wrong = np.flatnonzero(np.abs(np.diff(values)) > step) + 1
            what = f"it does not move by more than {step:g} points from one observation to the next"
        elif fact is None or fact.unit is Unit.INDEX:
            wrong = np.flatnonzero(_ratio(values[1:], values[:-1]) > LARGEST_RATIO) + 1
            what = f"it does not move by a factor over {LARGEST_RATIO:g} from one row to the next"
        else:
            continue
        if wrong.size:
            i = int(wrong[0])
            raise DataError(f"{name}: {column} is {values[i]:g} on {new.days[i]}; {what}")


def check_against(name: str, new: Table, old: Table) -> None:
    """Raise DataError where a new vintage of a file is worse than the one before, or another file altogether."""
    if new.days[-1] < old.days[-1]:
        raise DataError(f"{name} ends on {new.days[-1]}, the vintage before reaches to {old.days[-1]}; it is cut short")
    lost = len(np.setdiff1d(old.days, new.days))
    if lost > max(LOST * len(old.days), 2):
        raise DataError(f"{name} lacks {lost} of the {len(old.days)} rows of the vintage before")
    _, at, before = np.intersect1d(new.days, old.days, return_indices=True)
    for column in old.columns.keys() & new.columns.keys():
        a, b = old.columns[column][before], new.columns[column][at]
        size = float(np.abs(a).sum())
        if size == 0.0:
            continue
        factor = float(np.abs(b).sum()) / size
        if not 1 / SCALE <= factor <= SCALE:
            raise DataError(f"{name}: {column} is {factor:.3g} times what it was in the vintage before, all in all")
        if float(np.abs(b - a).sum()) > REWRITTEN * size:
            raise DataError(f"{name}: {column} has hardly anything in common with the vintage before")


def check_markets(new: Market, expected: Market) -> None:
    """Raise DataError where a first vintage does not resemble a market whose data are known to be right."""
    for asset in expected.assets:
        check_against(f"the fetched {asset}", *(_asset_table(market, asset) for market in (new, expected)))
    for name in expected.series.keys() & new.series.keys():
        tables = (Table(m.series[name].observed_on, {name: m.series[name].values}) for m in (new, expected))
        check_against(f"the fetched {name}", *tables)


def late(retrieved: datetime, before: Vintage | None) -> Iterator[str]:
    """Yield a note where the clock is behind the one of the vintage before."""
    if before is not None and datetime.fromisoformat(before.retrieved) > retrieved:
        now = retrieved.isoformat(timespec="seconds")
        yield f"the clock says {now}, before the time of {before.id}; numbers, not times, say which is newer"


def behind(day: Day, target: float, changes: Sequence[TargetChange]) -> Iterator[str]:
    """Yield a note where the upper end of the Fed's target on a day is not the one that announced changes come to."""
    upper = [c.upper for c in changes if np.datetime64(c.effective) <= day]
    if upper and upper[-1] != target:
        yield (
            f"FRED has the upper end of the Fed's target at {target:g} percent on {day}, fedcycle's table of "
            f"announcements at {upper[-1]:g}: a change is missing there, unseen by rules; install a newer fedcycle"
        )


def _asset_table(market: Market, asset: str) -> Table:
    level = market.prices[:, market.column(asset)]
    there = ~np.isnan(level)
    level = level[there]
    return Table(market.sessions[there][1:], {"return": level[1:] / level[:-1] - 1.0})


def _ratio(a: Float64, b: Float64) -> Float64:
    """Return by what factor two rows of numbers differ, 1 or more; infinite where a sign changes or one is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.asarray(a / b)
    return np.where(r > 0, np.maximum(r, 1 / np.where(r > 0, r, 1.0)), np.inf)
