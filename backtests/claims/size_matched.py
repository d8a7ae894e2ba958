"""The like-for-like benchmark of C8: the mean of all portfolios in the size rows that quality small caps come from.

``size_matched.csv`` has month-end levels, compiled from the same daily file as the bundled ``small_quality`` (Kenneth
R. French Data Library, from CRSP; 5x5 size x operating profitability): the equally weighted mean of ME2-OP1 to ME2-OP5
and ME3-OP1 to ME3-OP5, reset every day, from 1963-06-28 on. A test compiles it again from the raw file.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np

from fedcycle.backtests.claims.data import Evidence, Frequency, Returns
from fedcycle.data.typing import Days, Float64

NAME = "small_size_matched"
"""An asset of this name goes before the shipped table."""
FILE = "size_matched.csv"
SAME = 2e-6
"""Levels of the market's ``small_quality`` that agree to this fraction are the table's: ``long`` has seven digits."""


def returns(evidence: Evidence, frequency: Frequency) -> Returns | None:
    """Return ``small_quality`` and its like-for-like benchmark, (n, 2); None where the market has no such benchmark.

    The shipped table serves a market whose ``small_quality`` is the one it was compiled with, in months and quarters.
    """
    if NAME in evidence.market.assets:
        return evidence.returns(frequency, "small_quality", NAME)
    if "small_quality" not in evidence.market.assets or not belongs(evidence):
        return None
    if frequency not in ("monthly", "quarterly"):
        none = evidence.sessions[:0]
        return Returns(none, np.empty((0, 2)), none)
    periods = evidence.returns(frequency, "small_quality")
    days, levels = _table()
    begin, end = np.searchsorted(days, periods.begins), np.searchsorted(days, periods.ends)
    there = np.isin(periods.begins, days) & np.isin(periods.ends, days)
    matched = levels[end[there], 0] / levels[begin[there], 0] - 1.0
    both = np.column_stack([periods.returns[there, 0], matched])
    return Returns(periods.ends[there], both, periods.begins[there])


def belongs(evidence: Evidence) -> bool:
    """Return whether the table was compiled with the market's ``small_quality``: both grew alike over its months."""
    days, levels = _table()
    at = np.searchsorted(evidence.sessions, days)
    there = (at < len(evidence.sessions)) & (evidence.sessions[np.minimum(at, len(evidence.sessions) - 1)] == days)
    own = evidence.prices("small_quality")[at[there]]
    if there.sum() < 2 or np.isnan(own).any():
        return False
    theirs = levels[there, 1]
    return bool(np.allclose(own / own[0], theirs / theirs[0], rtol=SAME, atol=0.0))


@cache
def _table() -> tuple[Days, Float64]:
    """Return the days and the levels of the benchmark and of ``small_quality``, (n,) and (n, 2)."""
    text = files("fedcycle.backtests.claims").joinpath(FILE).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    days = np.array([row["date"] for row in rows], dtype="datetime64[D]")
    return days, np.array([[float(row["size_matched"]), float(row["small_quality"])] for row in rows])
