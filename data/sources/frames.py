"""What pandas-datareader made of an answer -> arrays in our units. The only module of pandas here.

Percent become fractions, -99.99 and -999 become missing, periods become days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from fedcycle.data.errors import DataError
from fedcycle.data.sources import french
from fedcycle.data.typing import Days, Float64, days

NOTHING = pd.DataFrame()
"""What stands for a table that was not found."""


def returns(frame: pd.DataFrame, columns: Iterable[str]) -> tuple[Days, dict[str, Float64]]:
    """Return sessions (T,) and daily returns, column -> (T,) fraction, NaN where the library prints -99.99 or -999."""
    sessions, found = figures(frame, columns)
    return sessions, {name: values / 100.0 for name, values in found.items()}


def figures(frame: pd.DataFrame, columns: Iterable[str]) -> tuple[Days, dict[str, Float64]]:
    """Return days (n,) and numbers as the frame has them, column -> (n,), NaN where there is none."""
    places = {french.decile(str(name).strip()): k for k, name in enumerate(frame.columns)}
    out = {}
    for column in columns:
        if column not in places:
            raise DataError(f"pandas-datareader found no column {column!r}; it found {', '.join(places)[:80]}")
        values = np.array(pd.to_numeric(frame.iloc[:, places[column]], errors="coerce"), dtype=np.float64)
        values[np.isin(values, list(french.MISSING))] = np.nan
        out[column] = values
    return _days(frame.index), out


def titled(frames: Mapping[str, pd.DataFrame], title: str) -> pd.DataFrame:
    """Return the table of that title; raises DataError where the reader found none."""
    if title not in frames:
        raise DataError(f"pandas-datareader found no table {title!r}; it found {', '.join(frames)[:80] or 'none'}")
    return frames[title]


def _days(index: pd.Index) -> Days:
    stamps = index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
    return days(stamps.to_numpy().astype("datetime64[D]"))
