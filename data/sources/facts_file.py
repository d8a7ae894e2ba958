"""A user's own facts: a tidy CSV or Parquet file, one row a fact, its columns named as in the table of facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from fedcycle.data.errors import DataError
from fedcycle.data.fundamentals import facts, resolve
from fedcycle.data.fundamentals.facts import Facts, Row
from fedcycle.data.fundamentals.items import Items
from fedcycle.data.fundamentals.panel import LENDER, SECTOR
from fedcycle.data.fundamentals.release import day_number, iso, known_on
from fedcycle.data.fundamentals.report import Report
from fedcycle.data.sources import delimited

NEEDED = ("company", "item", "end", "value", "known_on")
OPTIONAL = ("ticker", "start", "unit", "form", "fiscal_year", "fiscal_period", "filed", "source", "tag")
CONSENSUS = "consensus"
"""Mean of the analysts' estimates of next year's net income: the one item that no filing has."""
FREE = {CONSENSUS: "USD", "sic": "code", SECTOR: "code", LENDER: "code"}
"""Items beside those of the table that a file may hold, with their units; all of them stocks."""
NO_START = "a flow without a start"


def read(path: Path, items: Items) -> tuple[Facts, Report]:
    """Return the facts of a user's file.

    ``known_on`` is a day at whose close the value was public; a value known before its period's end is refused by
    name. A file may have ``filed`` in the place of ``known_on``: then it is known on the day after.

    Raises
    ------
    DataError
        With file and line: a column that is missing or unknown, an item that no definition has, a cell that is none.
    """
    report, rows = Report(path.name), []
    for line, cells in _rows(path):
        report.rows += 1
        try:
            rows.append(_row(path, cells, items))
        except ValueError as err:
            raise DataError(f"{path}:{line}: {err}; correct the row or leave it out") from None
    kept = []
    for row in rows:
        if row.start is None and items.kinds.get(row.item) == "flow":
            report.refuse(row.company, iso(row.end), row.item, NO_START, f"{row.value:.15g}")
        elif resolve.sound(row, report):
            kept.append(row)
    report.facts = len(kept)
    return facts.table(kept), report


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    if path.suffix == ".parquet":
        yield from _parquet(path)
        return
    for line, cells in delimited.rows(path):
        if line == 2:
            _check_columns(path, list(cells))
        yield line, cells


def _parquet(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    import pandas as pd

    try:
        frame = pd.read_parquet(path)
    except Exception as err:  # noqa: BLE001 - pyarrow and pandas raise what they like on a damaged file
        raise DataError(f"{path} is not a whole Parquet file ({str(err).splitlines()[0][:100]})") from None
    columns = {}
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            columns[str(name)] = ["" if pd.isna(v) else v.date().isoformat() for v in column]
        else:
            columns[str(name)] = ["" if pd.isna(v) else str(v) for v in column]
    _check_columns(path, list(columns))
    for k, cells in enumerate(zip(*columns.values(), strict=True), start=2):
        yield k, dict(zip(columns, cells, strict=True))


def _check_columns(path: Path, names: list[str]) -> None:
    missing = [n for n in NEEDED if n not in names and not (n == "known_on" and "filed" in names)]
    strange = [n for n in names if n not in (*NEEDED, *OPTIONAL)]
    if missing or strange:
        said = f"no column {', '.join(missing)}" if missing else f"a column {strange[0]!r:.40}, which is not known"
        raise DataError(f"{path}:1: {said}; the columns are {', '.join(NEEDED)}, and may be {', '.join(OPTIONAL)}")


def _row(path: Path, cells: dict[str, str], items: Items) -> Row:
    item = cells["item"]
    unit = items.units.get(item) or FREE.get(item)
    if unit is None:
        raise ValueError(f"item is {item!r:.40}; there are {', '.join((*items.names, *FREE))}")
    if (said := cells.get("unit") or unit) != unit:
        raise ValueError(f"unit of {item} is {said!r:.20}, but it must be {unit}, not in thousands")
    if not cells["company"]:
        raise ValueError("company is empty")
    end = _day("end", cells["end"])
    filed = _day("filed", cells["filed"]) if cells.get("filed") else None
    known = _day("known_on", cells["known_on"]) if cells.get("known_on") else None
    if known is None:
        if filed is None:
            raise ValueError("neither known_on nor filed is there")
        known = known_on(filed, None)
    return Row(
        company=cells["company"], ticker=cells.get("ticker", ""), item=item,
        start=_day("start", cells["start"]) if cells.get("start") else None, end=end, value=_number(cells["value"]),
        unit=unit, form=cells.get("form", ""), fiscal_year=int(cells.get("fiscal_year") or 0),
        fiscal_period=cells.get("fiscal_period", ""), filed=known if filed is None else filed, known_on=known,
        source=cells.get("source") or path.name, tag=cells.get("tag", ""),
    )  # fmt: skip


def _day(name: str, text: str) -> int:
    try:
        return day_number(date.fromisoformat(text))
    except ValueError:
        raise ValueError(f"{name} is {text[:20]!r}, which is no day as YYYY-MM-DD") from None


def _number(text: str) -> float:
    if text.strip("0123456789.-+eE") or not text:
        raise ValueError(f"value is {text[:30]!r}, which is not a number")
    return float(text)
