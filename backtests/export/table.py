"""Table: columns with what they hold, so that every format writes real dates, numbers and units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Kind: TypeAlias = Literal["date", "text", "fraction", "usd", "number", "count"]


@dataclass(frozen=True, eq=False)
class Column:
    """One column.

    Parameters
    ----------
    name : as files head it
    values : (n,) datetime64[D], float64, int64 or text; NaT, NaN and an empty text stand for what does not exist
    kind : what a value is: a fraction is a fraction (0.05), shown as a percentage where a format can show one
    unit : of a value, in words
    doc : what it is, in one sentence without a full stop
    kinds : (n,) the kind of each value, where they differ
    """

    name: str
    values: NDArray[Any]
    kind: Kind
    unit: str
    doc: str
    kinds: tuple[Kind, ...] | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """One table of a run or of a comparison.

    Parameters
    ----------
    name : of its file or sheet
    doc : what a row is, in one sentence without a full stop
    columns : of one length
    """

    name: str
    doc: str
    columns: tuple[Column, ...]

    def __len__(self) -> int:
        return len(self.columns[0].values)

    def rows(self) -> list[list[Any]]:
        """Return the table row by row: dates, texts, finite numbers, and None for what does not exist."""
        return [list(row) for row in zip(*map(_plain, self.columns), strict=True)]


def _plain(column: Column) -> list[Any]:
    values = column.values
    if values.dtype.kind == "f":
        number = int if column.kind == "count" else float
        return [number(value) if np.isfinite(value) else None for value in values.tolist()]
    if values.dtype.kind == "M":
        return list(values.astype("datetime64[D]").tolist())  # NaT becomes None
    return [None if value == "" else value for value in values.tolist()]


def dates(values: Sequence[str | None]) -> NDArray[np.datetime64]:
    """Return ISO dates as days, NaT for None."""
    return np.array([np.datetime64("NaT" if v is None else v, "D") for v in values], dtype="datetime64[D]")


def numbers(values: Sequence[float | int | None]) -> NDArray[np.float64]:
    """Return numbers, NaN for None."""
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def texts(values: Sequence[str | None]) -> NDArray[np.str_]:
    """Return texts, empty for None."""
    return np.array([v or "" for v in values], dtype=np.str_)
