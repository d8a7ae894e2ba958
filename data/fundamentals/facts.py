"""Facts of companies' accounts as one long table: a row is one value of one item, and the day it became known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from fedcycle.data.labels import Labels
from fedcycle.data.typing import Bool, Days, Float64, Int64

LABELS = ("company", "ticker", "item", "unit", "form", "fiscal_period", "source", "tag")
"""Columns of text."""


@dataclass(frozen=True, eq=False)
class Facts:
    """The long table: (n,) rows.

    Parameters
    ----------
    company : the SEC's CIK in ten digits, or the source's own name of it
    ticker : as the source says it, or empty
    item : of ``items.csv``
    start : days
        First day of the period of a flow; NaT of a stock.
    end : days
        Last day of the period, or the day of a stock.
    value : in ``unit``, not scaled
    unit : ``USD`` or ``shares``
    form : 10-Q, 10-K/A, ...
    fiscal_year, fiscal_period : of the *filing*, as it says them; never used to choose a fact
    filed : days
        Date of the filing.
    known_on : days
        First day at whose close it was public. The first session on or after it knows.
    source : accession number of the filing, or the file's name
    tag : what the value was read from
    choice : place of that reading among the item's definitions; 1 is the first choice
        A flow stands once for each definition the filing answers, as a sum of four quarters must be of one; a stock
        once, by the first.
    """

    company: Labels
    ticker: Labels
    item: Labels
    start: Days
    end: Days
    value: Float64
    unit: Labels
    form: Labels
    fiscal_year: Int64
    fiscal_period: Labels
    filed: Days
    known_on: Days
    source: Labels
    tag: Labels
    choice: Int64

    def __len__(self) -> int:
        return len(self.value)

    def columns(self) -> dict[str, Any]:
        """Return name -> column, in the order of the table."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def rows(self, which: Bool | Int64) -> Facts:
        """Return some of the rows, by a mask or by index."""
        return Facts(**{name: _some(column, which) for name, column in self.columns().items()})


@dataclass(frozen=True)
class Row:
    """One fact as an importer hands it over, in plain values; days are days since 1970-01-01."""

    company: str
    ticker: str
    item: str
    start: int | None
    end: int
    value: float
    unit: str
    form: str
    fiscal_year: int
    fiscal_period: str
    filed: int
    known_on: int
    source: str
    tag: str
    choice: int = 1


def table(rows: Sequence[Row]) -> Facts:
    """Return rows as a table, in the order they are given in."""
    found: dict[str, Any] = {}
    for field in fields(Facts):
        cells = [getattr(row, field.name) for row in rows]
        if field.name in LABELS:
            found[field.name] = labelled(cells)
        elif field.name == "value":
            found[field.name] = np.array(cells, dtype=np.float64)
        elif field.name in ("fiscal_year", "choice"):
            found[field.name] = np.array(cells, dtype=np.int64)
        else:
            found[field.name] = _days(cells)
    return Facts(**found)


def labelled(texts: Iterable[str]) -> Labels:
    """Return texts as Labels, numbered in the order in which they first appear."""
    codes: dict[str, int] = {}
    numbers = [codes.setdefault(text, len(codes)) for text in texts]
    return Labels(np.array(numbers, dtype=np.int32), tuple(codes))


def joined(parts: Sequence[Facts]) -> Facts:
    """Return the rows of several tables as one."""
    if len(parts) == 1:
        return parts[0]
    found: dict[str, Any] = {}
    for field in fields(Facts):
        each = [getattr(part, field.name) for part in parts]
        found[field.name] = one_labels(each) if field.name in LABELS else np.concatenate(each)
    return Facts(**found)


def _some(column: Any, which: Any) -> Any:
    return Labels(column.codes[which], column.names) if isinstance(column, Labels) else column[which]


def one_labels(parts: Sequence[Labels]) -> Labels:
    """Return the rows of several columns of text as one column."""
    codes: dict[str, int] = {}
    out = []
    for part in parts:
        place = np.array([codes.setdefault(name, len(codes)) for name in part.names], dtype=np.int32)
        out.append(place[part.codes] if len(part.names) else part.codes)
    return Labels(np.concatenate(out), tuple(codes))


def _days(cells: Sequence[int | None]) -> Days:
    numbers = np.array([np.iinfo(np.int64).min if c is None else c for c in cells], dtype=np.int64)
    return numbers.astype("datetime64[D]")


def counts(labels: Labels) -> Mapping[str, int]:
    """Return text -> in how many rows it stands."""
    found = np.bincount(labels.codes, minlength=len(labels.names)).tolist()
    return {name: n for name, n in zip(labels.names, found, strict=True) if n}
