"""A user's own prices: a CSV or Parquet file, wide or long, its columns recognised and its rows checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from fedcycle.data.bounded_input import read_bounded
from fedcycle.data.errors import DataError
from fedcycle.data.sources.raw import RawFile, Row
from fedcycle.data.typing import Days, Float64, days

ROLES: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "day", "session", "datetime", "timestamp", ""),
    "asset": ("asset", "ticker", "symbol", "fund", "name", "security"),
    "open": ("open", "openprice"),
    "high": ("high",),
    "low": ("low",),
    "close": ("close", "closeprice", "price", "last"),
    "adjusted": ("adjclose", "adjustedclose", "closeadj", "adjusted", "totalreturn", "totalreturnlevel"),
    "dividends": ("dividends", "dividend", "div"),
    "splits": ("splits", "split", "stocksplits", "stocksplit", "splitratio"),
    "volume": ("volume",),
}
"""What a column is -> how it may be called, in small letters without anything between them."""

PRICES = ("open", "high", "low", "close", "adjusted")
MEND = "put it right in the file, or export it again"
"""What to do about a fault in a file of one's own."""
LARGEST = 512 * 2**20
"""Bytes that a file of prices may have."""

OUTSIDE = 0.01
"""Fraction by which an open or a close may lie outside its day's low and high: quotes of several venues do."""

_MEND = "mend the file"
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]00:00(:00(\.0+)?)?(Z|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True, eq=False)
class Bars:
    """What a file says of one asset, checked row by row.

    Parameters
    ----------
    name : asset
    file : how the file was called
    days : (n,) days, strictly increasing
    prices : ``open``, ``high``, ``low``, ``close`` or ``adjusted`` -> (n,), > 0; those that the file has
    paid : ``dividends`` or ``splits`` -> (n,), >= 0; those that the file has
    """

    name: str
    file: str
    days: Days
    prices: Mapping[str, Float64]
    paid: Mapping[str, Float64]


@dataclass(frozen=True, eq=False)
class Recognised:
    """A file of prices, read.

    Parameters
    ----------
    form : ``one asset``, ``long`` or ``wide``
    columns : role -> column; in a wide file, of each asset ``level of NAME`` -> column
    ignored : columns that mean nothing here
    bars : what it says of each asset
    raw : the bytes
    """

    form: str
    columns: Mapping[str, str]
    ignored: tuple[str, ...]
    bars: tuple[Bars, ...]
    raw: RawFile


def read(path: Path, *, name: str | None = None, gaps: bool = False) -> Recognised:
    """Return what a user's file of prices says.

    Parameters
    ----------
    path : ``.parquet``, or CSV
    name : of the asset of a file that holds one; None for the file's own name
    gaps : whether a row without any price of an asset, inside its span, says that it did not trade; else it is refused

    Raises
    ------
    DataError
        With file, line and remedy: no date, no price, an unsorted or repeated date, a price that is missing inside,
        not a number, or not positive.
    """
    try:
        raw = RawFile(str(path), read_bounded(path, LARGEST), MEND)
    except OSError as err:
        raise DataError(f"{path} cannot be read ({err.strerror}); name a CSV or Parquet file of prices") from None
    return recognised(raw, name=name or path.stem, gaps=gaps)


def recognised(raw: RawFile, *, name: str, gaps: bool = False) -> Recognised:
    """Return what the bytes of a file of prices say; parameters as for ``read``."""
    header, rows = _parquet(raw) if raw.content[:4] == b"PAR1" else _csv(raw)
    if not rows:
        raise raw.fault(1, "no row of prices", "export it again with its rows")
    roles = _roles(raw, header)
    priced = [role for role in PRICES if role in roles]
    spare = [k for k in range(len(header[1])) if k not in roles.values()]
    if "asset" not in roles and not priced:
        levels = {header[1][k]: k for k in spare}
        if not levels:
            raise raw.fault(1, "no column of prices", "name one close, adj close, or after an asset")
        bars = tuple(_bars(raw, n, rows, {"date": roles["date"], "adjusted": k}, gaps) for n, k in levels.items())
        columns = {"date": header[1][roles["date"]]} | {f"level of {n}": n for n in levels}
        return Recognised("wide", columns, (), bars, raw)
    if not {"close", "adjusted"} & roles.keys():
        raise raw.fault(1, "no close and no adj close", "name the column of closing prices close or adj close")
    columns = {role: header[1][k] for role, k in roles.items()}
    ignored = tuple(header[1][k] for k in spare)
    if "asset" not in roles:
        return Recognised("one asset", columns, ignored, (_bars(raw, name, rows, roles, gaps),), raw)
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(row[1][roles["asset"]], []).append(row)
    bars = tuple(_bars(raw, n, own, roles, gaps) for n, own in by_name.items())
    return Recognised("long", columns, ignored, bars, raw)


def _csv(raw: RawFile) -> tuple[Row, list[Row]]:
    header, rows = RawFile(raw.name, raw.content.removeprefix(b"\xef\xbb\xbf"), raw.remedy).table()
    if not any(header[1]):
        raise raw.fault(1, "the line of names is empty", "write the names of the columns in the first line")
    if len(header[1]) < 2:
        raise raw.fault(
            1, f"{header[1][0][:40]!r} has no comma", "separate the cells with commas, a line of names first"
        )
    return header, rows


def _parquet(raw: RawFile) -> tuple[Row, list[Row]]:
    """Return a Parquet file's names and rows as the cells a CSV file would have; the door of pandas."""
    import io

    import pandas as pd

    try:
        frame = pd.read_parquet(io.BytesIO(raw.content))
    except Exception as err:  # noqa: BLE001 - pyarrow and pandas raise what they like on a damaged file
        first = str(err).splitlines()[0][:100] if str(err) else type(err).__name__
        raise DataError(f"{raw.name} is not a whole Parquet file ({first}); write it again") from None
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    cells = []
    for k in range(frame.shape[1]):
        column = frame.iloc[:, k]
        if isinstance(column.dtype, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
            # A time of day stays in the cell, where it is refused as in a CSV file.
            cells.append(["" if pd.isna(v) else str(v.date() if v == v.normalize() else v) for v in column])
        elif pd.api.types.is_float_dtype(column.dtype):
            cells.append(["" if v != v else repr(v) for v in column.astype("float64").tolist()])
        else:
            cells.append(["" if v is None or v is pd.NaT else str(v) for v in column.tolist()])
    names = [str(c).strip() for c in frame.columns]
    return (1, names), [(i + 2, list(row)) for i, row in enumerate(zip(*cells, strict=True))]


def _roles(raw: RawFile, header: Row) -> dict[str, int]:
    """Return which column is what; raises DataError where two are the same or none is the date."""
    found: dict[str, int] = {}
    for k, name in enumerate(header[1]):
        plain = re.sub(r"[^a-z]", "", name.lower()) if name else ""
        if name and not plain:
            continue
        role = next((r for r, called in ROLES.items() if plain in called and (plain or k == 0)), None)
        if role in found:
            both = f"{header[1][found[role]]!r} and {name!r}"
            raise raw.fault(1, f"{both} both are the {role}", "leave one of them out")
        if role is not None:
            found[role] = k
    if "date" not in found:
        raise raw.fault(1, f"no date among {', '.join(header[1])[:80]}", "name the column of dates date")
    repeated = {n for n in header[1] if header[1].count(n) > 1}
    if repeated:
        raise raw.fault(1, f"column {min(repeated)!r} is there twice", "leave one of them out")
    return found


def _bars(raw: RawFile, name: str, rows: Sequence[Row], roles: Mapping[str, int], gaps: bool) -> Bars:  # noqa: FBT001
    """Return the rows of one asset, checked; empty ones before its first price and after its last do not count."""
    priced = [role for role in PRICES if role in roles]
    there = [k for k, (_, cells) in enumerate(rows) if any(cells[roles[role]] for role in priced)]
    if not there:
        raise raw.fault(rows[0][0], f"{name} has no price at all", "leave it out")
    seen: list[date] = []
    values: dict[str, list[float]] = {
        role: [] for role in (*priced, *(r for r in ("dividends", "splits") if r in roles))
    }
    for line, cells in [rows[k] for k in there] if gaps else rows[there[0] : there[-1] + 1]:
        day = _day(raw, line, cells[roles["date"]])
        if seen and day <= seen[-1]:
            _out_of_order(raw, line, name, day=day, before=seen[-1])
        seen.append(day)
        for role, column in values.items():
            column.append(_number(raw, line, f"{role} of {name}", cells[roles[role]], price=role in PRICES))
        _check_range(raw, line, name, {role: values[role][-1] for role in priced})
    arrays = {role: np.array(column) for role, column in values.items()}
    paid = {role: a for role, a in arrays.items() if role not in PRICES}
    return Bars(name, raw.name, days(seen), {role: arrays[role] for role in priced}, paid)


def _day(raw: RawFile, line: int, cell: str) -> date:
    midnight = _MIDNIGHT.fullmatch(cell)
    return raw.day(line, midnight[1] if midnight else cell)


def _out_of_order(raw: RawFile, line: int, name: str, *, day: date, before: date) -> None:
    if day == before:
        raise raw.fault(line, f"{name}: {day} is repeated", "keep one row of each day")
    raise raw.fault(line, f"{name}: {day} comes after {before}, so it is unsorted", "sort it by date, oldest first")


def _number(raw: RawFile, line: int, what: str, cell: str, *, price: bool) -> float:
    # Of these characters only: float() also takes words, underscores and the digits of other scripts.
    if cell.strip("0123456789.-+eE") or not cell:
        return _no_number(raw, line, what, cell, price=price)
    try:
        value = float(cell)
    except ValueError:
        return _no_number(raw, line, what, cell, price=price)
    if not 0.0 <= value < np.inf or (price and value == 0.0):
        must = "a price is positive" if price else "what is paid is not negative"
        raise raw.fault(line, f"{what} is {cell[:40]}; {must}", _MEND)
    return value


def _no_number(raw: RawFile, line: int, what: str, cell: str, *, price: bool) -> float:
    """Return what an empty cell means, or raise DataError with what is wrong with the cell."""
    if not cell and not price:
        return 0.0  # no dividend or split that day
    if cell.lower() in ("", "nan", "na", "null", "none"):
        remedy = "fill the gap at the source, leave the row out, or say --gaps keep"
        raise raw.fault(line, f"no {what}, inside its span", remedy)
    raise raw.fault(line, f"{what} is {cell[:40]!r}, which is not a number", _MEND)


def _check_range(raw: RawFile, line: int, name: str, prices: Mapping[str, float]) -> None:
    if "low" not in prices or "high" not in prices:
        return
    for role in ("open", "close"):
        value = prices.get(role, prices["low"])
        if not prices["low"] * (1 - OUTSIDE) <= value <= prices["high"] * (1 + OUTSIDE):
            span = f"its low {prices['low']:g} and high {prices['high']:g}"
            raise raw.fault(line, f"{role} of {name} is {value:g}, outside {span}", _MEND)
