"""Months laid out for reading: the worst ones, how often each size came, and the calendar years that are not whole."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fedcycle.backtests.statistics.monthly import monthly
from fedcycle.backtests.statistics.numerics import same_length
from fedcycle.data.typing import Bool, Days, Float64

MOST = 10
"""Months listed, the worst first."""
WIDTH = 0.01
"""Width of a bar of the histogram, fraction."""


def worst_months(
    value: Float64, benchmark_value: Float64, *, sessions: Days, month_ends: Bool, most: int = MOST
) -> list[dict[str, Any]]:
    """Return the complete calendar months with the lowest returns, the lowest first.

    Parameters
    ----------
    value, benchmark_value : (T,) US dollars, >= 0, the first > 0
    sessions : (T,) days
    month_ends : (T,) whether a session is its calendar month's last in the market's calendar
    most : how many at most

    Returns
    -------
    one mapping a month
        ``month`` (``YYYY-MM``), ``return``, ``benchmark_return`` (fraction; None for a lost benchmark)

    Examples
    --------
    >>> days = np.array(["2001-01-31", "2001-02-28", "2001-03-30"], dtype="datetime64[D]")
    >>> ends, value = np.ones(3, dtype=bool), np.array([100.0, 75.0, 90.0])
    >>> worst_months(value, np.full(3, 100.0), sessions=days, month_ends=ends, most=1)
    [{'month': '2001-02', 'return': -0.25, 'benchmark_return': 0.0}]
    """
    same_length(len(sessions), value=value, benchmark_value=benchmark_value, month_ends=month_ends)
    own, other = (monthly(level, sessions, month_ends=month_ends) for level in (value, benchmark_value))
    order = np.argsort(own.values, kind="stable")
    shown = order[: int(np.isfinite(own.values).sum())][:most].tolist()
    return [
        {
            "month": str(own.ends[k].astype("datetime64[M]")),
            "return": float(own.values[k]),
            "benchmark_return": _or_none(float(other.values[k])),
        }
        for k in shown
    ]


def monthly_histogram(
    value: Float64, benchmark_value: Float64, *, sessions: Days, month_ends: Bool, width: float = WIDTH
) -> list[dict[str, Any]]:
    """Return how many complete calendar months fell into each range of returns, the lowest range first.

    Parameters
    ----------
    value, benchmark_value, sessions, month_ends : as in ``worst_months``
    width : of a range, fraction; a range holds its lower end and not its upper one

    Returns
    -------
    one mapping a range, none left out between the lowest and the highest
        ``low``, ``high`` (fraction), ``months``, ``benchmark_months`` (counts)

    Examples
    --------
    >>> days = np.array(["2001-01-31", "2001-02-28", "2001-03-30"], dtype="datetime64[D]")
    >>> value, other = np.array([100.0, 101.5, 101.5]), np.full(3, 100.0)
    >>> found = monthly_histogram(value, other, sessions=days, month_ends=np.ones(3, dtype=bool))
    >>> [(of["low"], of["months"], of["benchmark_months"]) for of in found]
    [(0.0, 1, 2), (0.01, 1, 0)]
    """
    same_length(len(sessions), value=value, benchmark_value=benchmark_value, month_ends=month_ends)
    own, other = (monthly(level, sessions, month_ends=month_ends).values for level in (value, benchmark_value))
    # A return that is a range's lower end but for rounding is in that range.
    places = [np.floor(x[np.isfinite(x)] / width + 1e-9).astype(np.int64) for x in (own, other)]
    both = np.concatenate(places)
    if not both.size:
        return []
    low, high = int(both.min()), int(both.max())
    counts = [np.bincount(place - low, minlength=high - low + 1).tolist() for place in places]
    return [
        {
            "low": round((low + k) * width, 12),
            "high": round((low + k + 1) * width, 12),
            "months": mine,
            "benchmark_months": theirs,
        }
        for k, (mine, theirs) in enumerate(zip(*counts, strict=True))
    ]


def partial_years(
    value: Float64, benchmark_value: Float64, *, sessions: Days, month_ends: Bool
) -> list[dict[str, Any]]:
    """Return the calendar years that the account covers in part: the first, and the last one to date.

    Parameters
    ----------
    value, benchmark_value, sessions, month_ends : as in ``worst_months``

    Returns
    -------
    one mapping a year, oldest first
        ``year``, ``start`` (the close that its return begins at), ``end``, ``return``, ``benchmark_return`` (fraction,
        not a year's; None for a lost account), ``to_date`` (whether it is the account's last year, still open)

    Examples
    --------
    >>> days = np.array(["2000-12-29", "2001-06-29", "2001-12-31", "2002-01-31"], dtype="datetime64[D]")
    >>> ends, value = np.ones(4, dtype=bool), np.array([100.0, 110.0, 120.0, 150.0])
    >>> found = partial_years(value, np.full(4, 100.0), sessions=days, month_ends=ends)
    >>> [(of["year"], of["start"], of["return"], of["to_date"]) for of in found]
    [(2002, '2001-12-31', 0.25, True)]
    """
    same_length(len(sessions), value=value, benchmark_value=benchmark_value, month_ends=month_ends)
    years = sessions.astype("datetime64[Y]").astype(np.int64) + 1970
    december = (sessions.astype("datetime64[M]").astype(np.int64) % 12) == 11
    closes = np.flatnonzero(month_ends & december)
    found = []
    for year in sorted({int(years[0]), int(years[-1])}) if len(sessions) > 1 else []:
        rows = np.flatnonzero(years == year)
        before = closes[years[closes] == year - 1]
        ends = closes[years[closes] == year]
        if before.size and ends.size:
            continue
        start = int(before[-1]) if before.size else int(rows[0])
        end = int(ends[-1]) if ends.size else int(rows[-1])
        if start == end:  # the account was bought at the year's last close
            continue
        found.append(
            {
                "year": year,
                "start": str(sessions[start]),
                "end": str(sessions[end]),
                "return": _between(value, start, end),
                "benchmark_return": _between(benchmark_value, start, end),
                "to_date": not ends.size,
            }
        )
    return found


def _between(level: Float64, start: int, end: int) -> float | None:
    return float(level[end] / level[start] - 1.0) if level[start] > 0 else None


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
