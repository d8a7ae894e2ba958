"""Tables as files: a folder of CSV or Parquet files, one Excel workbook, one JSON document. Whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.export.table import Column, Table
from fedcycle.backtests.runs.storage import check_output
from fedcycle.data.storage import atomic

README = "columns"
"""The table of a folder that says what each column is."""


def default_path(name: str, form: str) -> Path:
    """Return where an export is written unless told otherwise: a folder for several files, else one file."""
    return Path(f"{name}-{form}") if form in _FOLDERS else Path(f"{name}.{form}")


def write_tables(tables: Sequence[Table], path: Path, form: str) -> None:
    """Write tables to a file or folder, replacing an export of ours that is there.

    Parameters
    ----------
    tables : Table
    path : a file for ``xlsx`` and ``json``, a folder for ``csv`` and ``parquet``
    form : one of FORMATS

    Raises
    ------
    RunError
        If the format does not exist, its library is not installed, or the place holds what is no export of ours.
    OSError
        If the system refuses it; nothing is left half-written.
    """
    check_place(path, form, [table.name for table in tables])
    if form in _FOLDERS:
        files = _FOLDERS[form]([*tables, columns(tables)], form)
        with atomic.new_folder(path) as partial:
            for name, content in files.items():
                (partial / name).write_bytes(content)
        return
    atomic.write_file(path, _FILES[form](tables))


def check_place(path: Path, form: str, names: Sequence[str]) -> None:
    """Raise RunError where tables of some names cannot be written to a place, before anything is run for them."""
    if form not in FORMATS:
        raise RunError(f"format {form!r} does not exist; there are {', '.join(FORMATS)}")
    check_output(path)
    if form == "xlsx":
        from fedcycle.backtests.export.workbook import check_installed

        check_installed()
    if form not in _FOLDERS:
        if path.is_dir():
            raise RunError(f"{path} is a folder; name a file for {form}, such as {path / 'run'}.{form}")
        return
    if path.exists() and not path.is_dir():
        raise RunError(f"{path} is a file, but {form} is several files; name a folder")
    ours = {f"{name}.{form}" for name in (*names, README)}
    others = sorted(p.name for p in path.iterdir() if p.name not in ours) if path.is_dir() else []
    if others:
        raise RunError(f"{path} holds {others[0]}, which is no part of an export; name another folder")


def columns(tables: Sequence[Table]) -> Table:
    """Return the table that says what each column of some tables is, and in which unit."""
    rows = [(table, column) for table in tables for column in table.columns]
    parts: tuple[tuple[str, list[str], str], ...] = (
        ("table", [table.name for table, _ in rows], "the table"),
        ("column", [column.name for _, column in rows], "its column"),
        ("unit", [column.unit for _, column in rows], "what one unit of a value is"),
        ("meaning", [column.doc for _, column in rows], "what a value is"),
    )
    made = tuple(Column(name, np.array(values, dtype=np.str_), "text", "", doc) for name, values, doc in parts)
    return Table(README, "one column of a table", made)


def _csv_files(tables: Sequence[Table], form: str) -> dict[str, bytes]:
    return {f"{table.name}.{form}": _csv(table) for table in tables}


def _csv(table: Table) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows([["" if value is None else value for value in row] for row in table.rows()])
    return out.getvalue().encode("utf-8")


def _parquet_files(tables: Sequence[Table], form: str) -> dict[str, bytes]:
    from fedcycle.data.storage import parquet  # pyarrow, which no other format needs

    return {
        f"{table.name}.{form}": parquet.packed(
            {column.name: _instants(column.values) for column in table.columns}, table.name
        )
        for table in tables
    }


def _instants(values: Any) -> Any:
    """Return days as points in time, which every reader of Parquet makes an index of dates from."""
    return values.astype("datetime64[ms]") if values.dtype.kind == "M" else values


def _json(tables: Sequence[Table]) -> bytes:
    document = {
        table.name: {
            "meaning": table.doc,
            "columns": {column.name: {"unit": column.unit, "meaning": column.doc} for column in table.columns},
            "rows": [dict(zip((column.name for column in table.columns), row, strict=True)) for row in table.rows()],
        }
        for table in tables
    }
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, default=str, indent=1) + "\n").encode()


def _xlsx(tables: Sequence[Table]) -> bytes:
    from fedcycle.backtests.export.workbook import workbook  # openpyxl, which no other format needs

    return workbook([*tables, columns(tables)])


_FOLDERS: Mapping[str, Callable[[Sequence[Table], str], dict[str, bytes]]] = MappingProxyType(
    {"csv": _csv_files, "parquet": _parquet_files}
)
_FILES: Mapping[str, Callable[[Sequence[Table]], bytes]] = MappingProxyType({"xlsx": _xlsx, "json": _json})
FORMATS = ("csv", "xlsx", "parquet", "json")
"""What an export can be written as."""
