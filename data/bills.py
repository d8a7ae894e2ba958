"""Bills after the last published one-month return: they accrue the Treasury yield known the previous session."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fedcycle.data.errors import listing
from fedcycle.data.series import Series
from fedcycle.data.typing import Days, Float64, Int64

BILLS = "bills"
YIELDS = ("DGS1MO", "DGS3MO")
"""Yields that bills accrue, the first that is known and fresh: one month from 2001-07-31 on, else three months."""
DAYS_PER_YEAR = 365.0


def spliced(sessions: Days, level: Float64, series: Mapping[str, Series]) -> tuple[Float64, str]:
    """Return bills carried on after their last level, and a sentence that says so; nothing to say where they are not.

    ``level[t] = level[t-1] (1 + y / 100 * days / 365)`` with y the yield known at the close of t-1 (bond-equivalent,
    percent per year) and days the calendar days from t-1 to t.

    Parameters
    ----------
    sessions : (T,) days
    level : (T,) total-return level, NaN after the last published one
    series : of the market; without any of ``YIELDS`` nothing is carried on

    Returns
    -------
    level (T,), sentence
        A copy where something was added. It ends where no yield is known that is fresh enough.
    """
    there = np.flatnonzero(~np.isnan(level))
    last = int(there[-1])
    found = {name: series[name] for name in YIELDS if name in series}
    if last + 1 == len(sessions) or not found:
        return level, ""
    rate, used = _known_rates(sessions[last:-1], found)
    stop = np.flatnonzero(np.isnan(rate))
    n = int(stop[0]) if stop.size else len(rate)
    if n == 0:
        return level, ""
    days = np.diff(sessions[last : last + n + 1]).astype(np.int64)
    out = level.copy()
    out[last + 1 : last + n + 1] = level[last] * np.cumprod(1.0 + rate[:n] / 100.0 * days / DAYS_PER_YEAR)
    names = listing([name for k, name in enumerate(found) if (used[:n] == k).any()])
    return out, (
        f"published to {sessions[last]}; from {sessions[last + 1]} to {sessions[last + n]} accrued at {names} "
        "as known the previous session, actual days / 365"
    )


def _known_rates(sessions: Days, series: Mapping[str, Series]) -> tuple[Float64, Int64]:
    """Return the yield known and fresh at each close, (T,) percent per year or NaN, and which series it is of, (T,)."""
    rate, used = np.full(len(sessions), np.nan), np.full(len(sessions), -1)
    for number, s in enumerate(series.values()):
        k = np.searchsorted(s.known_on, sessions, side="right") - 1
        good = (k >= 0) & np.isnan(rate)
        if s.fresh_until is not None and len(s):
            good &= sessions <= s.fresh_until[np.maximum(k, 0)]
        rate[good], used[good] = s.values[k[good]], number
    return rate, used.astype(np.int64)
