"""Dividends in a file of their own: a date and an amount by row, in any form that a file of prices may have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.sources import file_cells, file_dates, file_dialects, file_numbers
from fedcycle.data.sources.file_columns import plain, role_of
from fedcycle.data.sources.files import MEND
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Days, Float64, Int64

_AMOUNTS = ("dividends", "dividend", "div", "amount", "cash", "value", "dividendamount", "divcash", "distribution")


@dataclass(frozen=True, eq=False)
class Dividends:
    """What a file says was paid.

    Parameters
    ----------
    file : its name
    days : (n,) ex-dates, not decreasing
    amounts : (n,) per share, >= 0
    lines : (n,) line of each in the file
    """

    file: str
    days: Days
    amounts: Float64
    lines: Int64


def dividends(path: Path) -> Dividends:
    """Return the dividends of a file.

    Raises
    ------
    DataError
        With file, line and remedy: no date, no column of amounts, an amount that is not a number or negative.
    """
    try:
        raw = RawFile(str(path), path.read_bytes(), MEND)
    except OSError as err:
        raise DataError(f"{path} cannot be read ({err.strerror}); name a file of dividends") from None
    table = file_cells.cells(raw)
    found = file_dialects.layout(table)
    names = [plain(n) for n in found.names]
    dated = [k for k, n in enumerate(found.names) if role_of(n) == "date" or names[k] == "exdate"]
    paid = [k for k, n in enumerate(names) if n in _AMOUNTS]
    if len(dated) != 1 or len(paid) != 1:
        shown = ", ".join(found.names)[:80]
        raise raw.fault(found.header, f"no one date and dividend among {shown}", "name the columns date and dividend")
    lines, rows = [table.lines[k] for k in found.body], [table.rows[k] for k in found.body]
    days = file_dates.dates(raw, lines, [row[dated[0]] or "" for row in rows]).days
    style = file_numbers.style(raw, ((n, row[paid[0]]) for n, row in zip(lines, rows, strict=True)), stated=None)
    amounts = []
    for line, row in zip(lines, rows, strict=True):
        value = file_numbers.number(row[paid[0]] or "", style)
        if value is None or value < 0:
            raise raw.fault(line, f"dividend is {(row[paid[0]] or '')[:40]!r}, which is no amount", "mend the file")
        amounts.append(value)
    order = np.argsort(days, kind="stable")
    return Dividends(str(path), days[order], np.array(amounts)[order], np.array(lines, dtype=np.int64)[order])
