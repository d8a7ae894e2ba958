"""Tables as an Excel workbook: a sheet each, real dates, number formats, frozen headers. The only openpyxl of ours."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.export.table import Column, Kind, Table

NUMBER_FORMATS: Mapping[Kind, str] = MappingProxyType(
    {
        "date": "yyyy-mm-dd",
        "fraction": "0.00%",
        "usd": "#,##0.00",
        "number": "General",
        "count": "#,##0",
        "text": "@",
    }
)
WIDTHS: Mapping[Kind, int] = MappingProxyType({"date": 12, "fraction": 11, "usd": 18, "number": 14, "count": 14})
WIDEST = 80


def check_installed() -> None:
    """Raise RunError where openpyxl is not installed."""
    if importlib.util.find_spec("openpyxl") is None:
        raise RunError("an Excel workbook needs openpyxl; install it with: pip install 'fedcycle[xlsx]'")


def workbook(tables: Sequence[Table]) -> bytes:
    """Return tables as the bytes of a workbook, a sheet each; raises RunError where openpyxl is not installed."""
    check_installed()
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for table in tables:
        _write(book.create_sheet(table.name), table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write(sheet: Any, table: Table) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    for k, column in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(k)].width = _width(column)
    heads = []
    for column in table.columns:
        cell = WriteOnlyCell(sheet, value=column.name)
        cell.font = Font(bold=True)
        heads.append(cell)
    sheet.append(heads)
    for k, row in enumerate(table.rows()):
        cells = []
        for column, value in zip(table.columns, row, strict=True):
            cell = WriteOnlyCell(sheet)
            _fill(cell, value, column.kind if column.kinds is None else column.kinds[k])
            cells.append(cell)
        sheet.append(cells)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{len(table) + 1}"


def _fill(cell: Any, value: Any, kind: Kind) -> None:
    cell.number_format = NUMBER_FORMATS[kind]
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # a text that begins with = is a text, and no formula
    elif isinstance(value, date):
        cell.number_format = NUMBER_FORMATS["date"]


def _width(column: Column) -> int:
    if column.kind != "text":
        return max(WIDTHS[column.kind], len(column.name) + 3)
    longest = max((len(text) for text in column.values.tolist()), default=0)
    return min(max(longest, len(column.name)) + 2, WIDEST)
