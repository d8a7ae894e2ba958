"""The factors of the French library as index levels at month ends, for every data set that has their files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from fedcycle.data import catalog
from fedcycle.data.sources import french
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Days, Float64

DIGITS = 6
"""Significant digits of a level: a month's return is right to a tenth of a basis point."""


def factor_levels(files: Mapping[str, RawFile], *, since: date) -> dict[str, tuple[Days, Float64]]:
    """Return the factors that some raw files suffice for, name -> (days (n,), level (n,)).

    A level is 100 at the end of the month before the first return and grows by the factor's daily returns; of a factor
    that is long one thing and short another that is a bookkeeping number, whose growth over a month is its return.

    Parameters
    ----------
    files : raw file, as the catalog calls it -> its bytes
    since : first day wanted, the first of a month

    Raises
    ------
    DataError
        Where a file is malformed, with file, line and remedy.
    """
    found: dict[str, tuple[Days, Float64]] = {}
    for raw in dict.fromkeys(fact.raw for fact in catalog.FACTORS):
        if raw not in files:
            continue
        facts = [fact for fact in catalog.FACTORS if fact.raw == raw]
        held = french.daily(files[raw], [catalog.FACTOR_COLUMNS[fact.name] for fact in facts], since=since)
        month = held.sessions.astype("datetime64[M]")
        # The last month counts only where the next one has begun: half a month is no month.
        ends = np.flatnonzero(month[1:] != month[:-1])
        before = month[0].astype("datetime64[D]") - np.timedelta64(1, "D")
        for fact in facts:
            level = catalog.BASE_LEVEL * np.cumprod(1.0 + held.returns[catalog.FACTOR_COLUMNS[fact.name]])
            found[fact.name] = (np.append(before, held.sessions[ends]), np.append(catalog.BASE_LEVEL, level[ends]))
    return {fact.name: found[fact.name] for fact in catalog.FACTORS if fact.name in found}


def cells(level: Float64) -> list[str]:
    """Return levels as a data set writes them."""
    return [f"{value:.{DIGITS}g}" for value in level.tolist()]
