"""The account laid out for reading: months by year, and its drawdowns one by one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fedcycle.backtests.statistics.drawdown_periods import Drawdowns, drawdown_periods
from fedcycle.backtests.statistics.monthly import monthly
from fedcycle.backtests.statistics.numerics import same_length
from fedcycle.backtests.statistics.returns import Returns
from fedcycle.backtests.statistics.yearly import yearly
from fedcycle.data.typing import Bool, Days, Float64

MOST = 10
"""Drawdowns listed, the deepest first."""


def calendar(
    value: Float64, benchmark_value: Float64, *, sessions: Days, month_ends: Bool
) -> dict[str, dict[str, Any]]:
    """Return the table of months by year, of the account and of its benchmark.

    Parameters
    ----------
    value, benchmark_value : (T,) US dollars, >= 0, the first > 0
    sessions : (T,) days
    month_ends : (T,) whether a session is its calendar month's last in the market's calendar

    Returns
    -------
    year as text -> ``months`` and ``benchmark_months`` (12 fractions), ``year`` and ``benchmark_year`` (fraction)
        None for a month or year that the run does not cover whole.
    """
    same_length(len(sessions), value=value, benchmark_value=benchmark_value, month_ends=month_ends)
    first, last = (int(x) for x in sessions[[0, -1]].astype("datetime64[Y]").astype(np.int64) + 1970)
    out: dict[str, dict[str, Any]] = {
        str(y): {"months": [None] * 12, "year": None, "benchmark_months": [None] * 12, "benchmark_year": None}
        for y in range(first, last + 1)
    }
    for prefix, level in (("", value), ("benchmark_", benchmark_value)):
        for year, month, x in _dated(monthly(level, sessions, month_ends=month_ends)):
            out[str(year)][f"{prefix}months"][month - 1] = x
        for year, _, x in _dated(yearly(level, sessions, month_ends=month_ends)):
            out[str(year)][f"{prefix}year"] = x
    return out


def drawdowns(value: Float64, sessions: Days, *, most: int = MOST) -> list[dict[str, Any]]:
    """Return the deepest drawdowns, the deepest first.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, the first > 0, no NaN
    sessions : (T,) days
    most : how many at most

    Returns
    -------
    one mapping a drawdown
        ``start`` (last close at the peak), ``trough`` (lowest close), ``end`` (first close at the peak or above again,
        None while it lasts), ``depth`` (fraction, negative), ``fall_days`` (start to trough), ``recovery_days`` (trough
        to end, or None), ``length_days`` (start to end, or to the last session while it lasts); calendar days

    Examples
    --------
    >>> days = np.array(["2001-01-01", "2001-01-02", "2001-01-05"], dtype="datetime64[D]")
    >>> drawdowns(np.array([100.0, 75.0, 110.0]), days)[0]["end"]
    '2001-01-05'
    """
    same_length(len(sessions), value=value)
    found = drawdown_periods(value, sessions)
    return [_drawdown(found, k, sessions=sessions) for k in np.argsort(found.depth, kind="stable")[:most].tolist()]


def _drawdown(found: Drawdowns, k: int, *, sessions: Days) -> dict[str, Any]:
    start, low, over = (int(x[k]) for x in (found.peak, found.trough, found.recovered))
    ended = over < len(sessions)
    days = int(found.days[k])
    fall = int((sessions[low] - sessions[start]).astype(np.int64))
    return {
        "start": str(sessions[start]),
        "trough": str(sessions[low]),
        "end": str(sessions[over]) if ended else None,
        "depth": float(found.depth[k]),
        "fall_days": fall,
        "recovery_days": days - fall if ended else None,
        "length_days": days,
    }


def _dated(returns: Returns) -> list[tuple[int, int, float | None]]:
    months = returns.ends.astype("datetime64[M]").astype(np.int64)
    return [
        (m // 12 + 1970, m % 12 + 1, x if math.isfinite(x) else None)
        for m, x in zip(months.tolist(), returns.values.tolist(), strict=True)
    ]
