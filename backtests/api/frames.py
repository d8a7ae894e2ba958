"""Tables of numpy as pandas: dates become an index, what does not exist is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fedcycle.backtests.export import Table


def index_of(days: NDArray[np.datetime64], name: str = "session") -> pd.DatetimeIndex:
    """Return days as an index of dates, (n,), in nanoseconds, which every library of the field takes."""
    return pd.DatetimeIndex(days.astype("datetime64[ns]"), name=name)


def series_of(values: NDArray[Any], index: pd.Index[Any], name: str) -> pd.Series[Any]:
    """Return values as a named Series, (n,)."""
    return pd.Series(values, index=index, name=name)


def frame_of(table: Table, *, index: str | None = None) -> pd.DataFrame:
    """Return a table as a frame; a column of days becomes dates, ``index`` names the column that is the index."""
    columns = {column.name: _column(column.values) for column in table.columns}
    frame = pd.DataFrame(columns)
    return frame if index is None else frame.set_index(index)


def frame_of_rows(rows: Sequence[Mapping[str, Any]], keys: Sequence[str], *, dates: Sequence[str] = ()) -> pd.DataFrame:
    """Return the rows of a JSON document as a frame; the keys in ``dates`` become dates."""
    frame = pd.DataFrame([{key: row.get(key) for key in keys} for row in rows], columns=list(keys))
    for key in dates:
        frame[key] = pd.to_datetime(frame[key])
    return frame


def _column(values: NDArray[Any]) -> Any:
    if values.dtype.kind == "M":
        return values.astype("datetime64[ns]")
    return values.astype(object) if values.dtype.kind == "U" else values
