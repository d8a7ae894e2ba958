"""The Kenneth R. French data library: daily portfolio returns, and the monthly tables that weights are made of."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.sources.raw import RawFile, Row
from fedcycle.data.typing import Days, Float64, days

MISSING = frozenset({-99.99, -999.0})
"""Numbers that the library prints where it has none."""

LARGEST_TEXT = 64 * 2**20
"""Bytes that an archive's file may unpack to: the library's largest is a tenth of that."""

_VINTAGE = re.compile(r"using (?:the )?(\d{6}) CRSP database")
_ROW = re.compile(r"\s*\d")
_DECILE = re.compile(r"Dec (\d)")


@dataclass(frozen=True, eq=False)
class Daily:
    """Daily returns.

    Parameters
    ----------
    sessions : (T,) days, strictly increasing
    returns : column -> (T,) fraction, > -1
    """

    sessions: Days
    returns: Mapping[str, Float64]


@dataclass(frozen=True, eq=False)
class Monthly:
    """One table of monthly figures.

    Parameters
    ----------
    months : (M,) days, the first of each month, strictly increasing
    columns : column -> (M,) in the table's unit, > 0
    """

    months: Days
    columns: Mapping[str, Float64]


def daily(raw: RawFile, columns: Sequence[str], *, since: date) -> Daily:
    """Return some columns of a file of daily returns in percent as fractions, from a day on.

    Parameters
    ----------
    raw : RawFile
        One table whose first column is the date as YYYYMMDD, or the library's archive, whose first table that is.
    columns : names as the file has them, such as ``"2-Dec"`` for the second decile
    since : first day wanted; of earlier rows only the dates are looked at

    Raises
    ------
    DataError
        With file, line and remedy: an absent column, a repeated or unsorted date, a row that is too short, a cell that
        is missing, is not a number, or loses 100% or more.
    """
    raw, header, rows = _daily_table(raw)
    at = raw.places(_named(header), columns)
    kept: list[tuple[date, Row]] = []
    before: date | None = None
    for row in rows:
        day = raw.day(row[0], row[1][0])
        raw.check_after(row[0], day, before)
        before = day
        if day >= since:
            kept.append((day, row))
    if not kept:
        last = f"its last is {before}" if before else "it has no row at all"
        raise raw.fault(len(raw.lines), f"no row on {since} or later ({last})")
    returns = {
        column: np.array([_return(raw, line, column, cells[at[column]]) for _, (line, cells) in kept])
        for column in columns
    }
    return Daily(days([day for day, _ in kept]), returns)


def monthly(raw: RawFile, columns: Sequence[str], *, title: str, since: date) -> Monthly:
    """Return some columns of one of the stacked tables of a published archive, from a month on.

    Parameters
    ----------
    raw : RawFile
        The zip archive as published.
    columns : names as the table has them
    title : the line above the table, such as ``"Average Firm Size"``
    since : a day in the first month wanted

    Raises
    ------
    DataError
        With file, line and remedy: no archive, no such table, one that stops early, an absent column, a month that is
        repeated or skipped, a figure that is missing or not positive.
    """
    text = unpacked(raw)
    header, rows = _stacked(text, title)
    at = text.places(_named(header), columns)
    kept: list[tuple[date, Row]] = []
    for line, cells in rows:
        month = text.day(line, f"{cells[0]}01")
        if kept and (month.year - kept[-1][0].year) * 12 + month.month - kept[-1][0].month != 1:
            raise text.fault(line, f"month {month:%Y-%m} follows {kept[-1][0]:%Y-%m}; months must follow each other")
        if month >= since.replace(day=1):
            kept.append((month, (line, cells)))
    if not kept:
        raise text.fault(rows[-1][0], f"the table {title!r} ends before {since:%Y-%m}")
    figures = {
        column: np.array([_positive(text, line, column, cells[at[column]]) for _, (line, cells) in kept])
        for column in columns
    }
    return Monthly(days([month for month, _ in kept]), figures)


def vintage(raw: RawFile) -> str | None:
    """Return the CRSP database that a published archive says it was made from, as ``"202602"``, or None."""
    for line in (unpacked(raw).lines if is_archive(raw) else [])[:5]:
        found = _VINTAGE.search(line)
        if found:
            return found[1]
    return None


def is_archive(raw: RawFile) -> bool:
    """Return whether a raw file is one of the library's archives, by its name."""
    return raw.name.lower().endswith(".zip")


def unpacked(raw: RawFile) -> RawFile:
    """Return the one CSV file in a published archive; raises DataError for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw.content)) as archive:
            members = archive.infolist()
            if len(members) != 1 or not members[0].filename.lower().endswith(".csv"):
                raise raw.fault(1, f"the archive holds {len(members)} files, it should hold one CSV file")
            if members[0].file_size > LARGEST_TEXT:
                raise raw.fault(1, f"unpacks to {members[0].file_size} bytes, at most {LARGEST_TEXT} are believed")
            return RawFile(f"{raw.name}({members[0].filename})", archive.read(members[0]))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as err:
        raise DataError(f"{raw.name}: not a whole zip archive ({err}); get the file again from its publisher") from None


def _daily_table(raw: RawFile) -> tuple[RawFile, Row, list[Row]]:
    """Return the text, line of names and rows of a file of daily returns, or of the first table of an archive."""
    if not is_archive(raw):
        header, rows = raw.table()
        if header[1][0].lower() not in ("date", ""):
            raise raw.fault(1, f"the first column is {header[1][0]!r}, it should be the date")
        return raw, header, rows
    text = unpacked(raw)
    first = next((i for i, line in enumerate(text.lines) if line.lstrip().startswith(",")), None)
    if first is None:
        raise text.fault(1, "no line of names, which begins with a comma, so there is no table in it")
    title = text.lines[first - 1].strip() if first else ""
    if "equal" in title.lower():
        raise text.fault(first, f"the first table is {title!r}, it should be of value-weighted returns")
    end = next((i for i in range(first, len(text.lines)) if not text.lines[i].strip()), len(text.lines))
    header, *rows = text.rows(first + 1, text.lines[first:end])
    return text, header, rows


def _named(header: Row) -> Row:
    """Return a line of names with deciles called ``2-Dec``, as some files of the library do, and others ``Dec 2``."""
    return header[0], [decile(name) for name in header[1]]


def decile(name: str) -> str:
    """Return a column's name with ``Dec 2`` as ``2-Dec``; any other as it is."""
    found = _DECILE.fullmatch(name)
    return name if found is None else f"{found[1]}-Dec"


def _stacked(text: RawFile, title: str) -> tuple[Row, list[Row]]:
    """Return the line of names and the rows of the table under a title."""
    found = [i for i, line in enumerate(text.lines) if line.strip() == title]
    if len(found) != 1:
        raise text.fault(1, f"{len(found)} tables are called {title!r}, there should be one")
    first = found[0] + 1
    # A table begins with its line of names; blank and descriptive lines before it say nothing to read.
    while (
        first < len(text.lines) and not text.lines[first].lstrip().startswith(",") and not _ROW.match(text.lines[first])
    ):
        first += 1
    end = next((i for i in range(first, len(text.lines)) if not text.lines[i].strip()), None)
    if end is None:
        raise text.fault(len(text.lines), f"the file stops inside the table {title!r}")
    if end - first < 2:
        raise text.fault(first, f"the table {title!r} is empty")
    for i in range(first + 1, end):
        if not _ROW.match(text.lines[i]):
            raise text.fault(i + 1, f"{text.lines[i][:40]!r} stands inside the table {title!r}")
    header, *rows = text.rows(first + 1, text.lines[first:end])
    return header, rows


def _return(raw: RawFile, line: int, column: str, cell: str) -> float:
    percent = raw.number(line, column, cell)
    if percent in MISSING:
        raise raw.fault(line, f"{column!r} is missing ({cell}) inside the span that is needed")
    if percent <= -100.0:
        raise raw.fault(line, f"{column!r} returns {cell} percent; nothing can lose 100 percent or more in a day")
    return percent / 100.0


def _positive(raw: RawFile, line: int, column: str, cell: str) -> float:
    value = raw.number(line, column, cell)
    if value in MISSING or value <= 0.0:
        raise raw.fault(line, f"{column!r} is {cell}; a number of firms and their average size are positive")
    return value
