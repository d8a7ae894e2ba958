"""A user's table of announcements, in any form that a table may have, as the strict rows that facts are read from."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fedcycle.data.sources import file_cells, file_dates, file_numbers
from fedcycle.data.sources.raw import RawFile, Row

_STRICT = re.compile(r"\d{4}-\d\d(-\d\d)?", re.ASCII)


def facts_table(raw: RawFile) -> tuple[Row, list[Row]]:
    """Return the line of names and the rows of a table: dates as YYYY-MM-DD (or YYYY-MM), numbers with a point.

    A file of commas is read strictly, as it stands. Of another, such as a workbook or what a spreadsheet with a decimal
    comma saves, each column is read in one form, decided by all of its rows.

    Raises
    ------
    DataError
        With file and line: no table, dates or numbers that can be read in two ways.
    """
    if re.match(rb"[^\n;\t|]*,[^\n;\t|]*(\n|$)", raw.content):
        return raw.table()
    table = file_cells.cells(raw)
    full = [k for k, row in enumerate(table.rows) if any(row)]
    names = [name or "" for name in table.rows[full[0]]]
    lines, rows = [table.lines[k] for k in full[1:]], [table.rows[k] for k in full[1:]]
    wide = next((n for n, row in zip(lines, rows, strict=True) if any(row[len(names) :])), None)
    if wide is not None:
        raise raw.fault(wide, f"more cells than the {len(names)} of the line of names")
    columns = [_plain(raw, lines, [row[j] or "" for row in rows]) for j in range(len(names))]
    cells = [list(row) for row in zip(*columns, strict=True)] if rows else []
    return (table.lines[full[0]], names), list(zip(lines, cells, strict=True))


def _plain(raw: RawFile, lines: Sequence[int], cells: Sequence[str]) -> list[str]:
    """Return a column's cells as they are written strictly; a column of words as it is."""
    there = [cell for cell in cells if cell]
    if there and all(map(file_dates.looks_like_date, there)) and not all(map(_STRICT.fullmatch, there)):
        return [str(day) for day in file_dates.dates(raw, lines, cells).days]
    if there and all(map(file_numbers.looks_numeric, there)):
        style = file_numbers.style(raw, zip(lines, cells, strict=True), stated=None)
        values = [file_numbers.number(cell, style) for cell in cells]
        return [cell if value is None else f"{value:.12g}" for cell, value in zip(cells, values, strict=True)]
    return list(cells)
