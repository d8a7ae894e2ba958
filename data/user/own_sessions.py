"""Rows of a user's file against sessions: days without trading, gaps, and rows that are not daily. Arrays only."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.sources.total_return import TotalReturn
from fedcycle.data.typing import Bool, Days, Float64, Int64, days

WINDOW = 20
"""Rows over which it is told how far apart they are."""
ALIKE = 1e-6
"""How far apart, relatively, two levels may lie that have the same returns."""
PROBES = 256
"""Days on which assets are compared before two of them are compared on all."""
STEPS = {"weekly": (3.0, 10.0), "monthly": (15.0, 30.0)}
"""Sessions from one row to the next, the median, by which a file is of that frequency."""


def check_daily(total: TotalReturn, sessions: Days, where: str) -> None:
    """Raise DataError where the rows of an asset, or twenty of them in a row, are further apart than sessions.

    Parameters
    ----------
    total : the asset
    sessions : (T,) days, those of the market it is to stand in
    where : file of the asset
    """
    at = np.searchsorted(sessions, total.days)
    step = np.diff(at)
    if not len(step):
        return
    n = len(step) if float(np.median(step)) >= 2 else min(WINDOW, len(step))
    for start in range(0, len(step) - n + 1, max(1, n // 2)):
        median = float(np.median(step[start : start + n]))
        if median < 2 or (len(step) < 4 and median < 4):
            continue
        first, last = total.days[start], total.days[start + n]
        kind = next((k for k, (low, high) in STEPS.items() if low <= median <= high), "not daily")
        whole = "its rows" if n == len(step) else f"from {first} to {last} its rows"
        at_line = f":{total.bars.line(start)}" if total.bars is not None else ""
        raise DataError(
            f"{where}{at_line}: {total.name} is {kind}: {whole} are {median:g} sessions apart, and every other asset "
            "would lose the sessions between; give daily rows"
        )


def without_idle_days(total: TotalReturn, sessions: Days) -> tuple[TotalReturn, list[str]]:
    """Return an asset without rows on days that are no sessions where these repeat the level before, and a note.

    Raises
    ------
    DataError
        For a row on a day that is no session with a level of its own.
    """
    idle = np.asarray(~np.isin(total.days, sessions), dtype=bool)
    if not idle.any():
        return total, []
    at = np.flatnonzero(idle)
    # The row before may be an idle one too: what counts is the last level of a session.
    last = np.maximum.accumulate(np.where(idle, -1, np.arange(len(idle))))[at]
    new = at[(last < 0) | (total.level[at] != total.level[np.maximum(last, 0)])]
    if len(new):
        shown = ", ".join(map(str, total.days[new][:3]))
        line = total.bars.line(int(new[0])) if total.bars is not None else 1
        file = total.bars.file if total.bars is not None else total.name
        raise DataError(
            f"{file}:{line}: {total.name}: {len(new)} of its dates are not sessions ({shown}) and have a price of "
            "their own; look whether the dates are a day off (--timezone), or leave these rows out"
        )
    note = (
        f"{total.name}: {len(at)} rows on weekends and holidays repeat the price before and are left out, the first on "
        f"{total.days[at[0]]}"
    )
    return kept(total, ~idle), [note]


def kept(total: TotalReturn, which: Bool) -> TotalReturn:
    """Return an asset with some of its rows, (n,) true for those."""
    opens = None if total.opens is None else total.opens[which]
    days = total.days[which]
    days.flags.writeable = False
    lines = total.bars.lines[which] if total.bars is not None and len(total.bars.lines) else None
    bars = total.bars if lines is None or total.bars is None else dataclasses.replace(total.bars, lines=lines)
    rest = {part: values[which] for part, values in total.rest.items()}
    return dataclasses.replace(total, days=days, level=total.level[which], opens=opens, bars=bars, rest=rest)


def absent(total: TotalReturn, sessions: Days, *, largest_gap: int) -> Days:
    """Return the sessions that an asset lacks inside its span; raises DataError for too many in a row."""
    inside = sessions[(sessions >= total.days[0]) & (sessions <= total.days[-1])]
    lacking = np.flatnonzero(~np.isin(inside, total.days))
    for gap in np.split(lacking, np.flatnonzero(np.diff(lacking) > 1) + 1):
        if len(gap) > largest_gap:
            where = ""
            if total.bars is not None and len(total.bars.lines):
                row = int(np.searchsorted(total.days, inside[gap[0]]))
                where = f"{total.bars.file}:{total.bars.line(row)}: "
            raise DataError(
                f"{where}{total.name} lacks {len(gap)} sessions from {inside[gap[0]]} to {inside[gap[-1]]}, more than "
                f"{largest_gap} in a row; fill the gap at the source, begin after it, or raise --max-gap"
            )
    return days(inside[lacking])


def alike(totals: Sequence[TotalReturn], others: Mapping[str, tuple[Days, object]]) -> list[tuple[str, str, int]]:
    """Return pairs of assets with the same returns on all sessions that they share, at least ``WINDOW`` of them."""
    found = []
    columns = {t.name: (t.days, t.level) for t in totals} | {
        name: (days, np.asarray(level)) for name, (days, level) in others.items()
    }
    names = list(columns)
    probed = _probed(list(columns.values()))
    for k, one in enumerate(names[: len(totals)]):
        for j in _maybe_alike(probed[k], probed[k + 1 :]).tolist():
            other = names[k + 1 + j]
            common, i, at = np.intersect1d(columns[one][0], columns[other][0], return_indices=True)
            if len(common) <= WINDOW:
                continue
            a, b = columns[one][1][i], columns[other][1][at]
            if np.allclose(a / a[0], b / b[0], rtol=ALIKE, atol=0.0) and np.ptp(a) > 0:
                found.append((one, other, len(common)))
    return found


def _probed(columns: Sequence[tuple[Days, Float64]]) -> Float64:
    """Return the levels of N assets on ``PROBES`` days spread over all of theirs, (N, P), NaN where there is none."""
    every = np.unique(np.concatenate([at for at, _ in columns]))
    probes = every[np.unique(np.linspace(0, len(every) - 1, PROBES).round().astype(np.int64))]
    found = np.full((len(columns), len(probes)), np.nan)
    for row, (own, level) in zip(found, columns, strict=True):
        at = np.minimum(np.searchsorted(own, probes), len(own) - 1)
        row[:] = np.where(own[at] == probes, level[at], np.nan)
    return found


def _maybe_alike(one: Float64, others: Float64) -> Int64:
    """Return which of some assets may have the returns of one: on the days probed their ratio does not change."""
    ratio = others / one
    with np.errstate(invalid="ignore"):
        changes = np.fmax.reduce(ratio, axis=1) > np.fmin.reduce(ratio, axis=1) * (1.0 + 3.0 * ALIKE)
    return np.flatnonzero(~changes)
