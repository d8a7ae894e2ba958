"""A publisher's file as it came: its bytes, its digest, and its rows with their line numbers. Nothing is repaired."""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeAlias

from fedcycle.data.errors import DataError
from fedcycle.data.suggest import nearest

Row: TypeAlias = tuple[int, list[str]]
"""Line number, from 1, and the cells of one row."""

AGAIN = "get the file again from its publisher"
_WINDOWS = frozenset(range(0x91, 0x98))
"""Bytes of Windows' code page 1252 that are quotes, a bullet and dashes."""
_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_DAY = re.compile(r"(\d{4})(-?)(\d\d)\2(\d\d)", re.ASCII)


@dataclass(frozen=True)
class RawFile:
    """The bytes of one file and what to call it in a sentence.

    Parameters
    ----------
    name : str
        Path or address as the user gave it.
    content : bytes
    remedy : str
        What to do about a fault in it.
    """

    name: str
    content: bytes
    remedy: str = AGAIN

    @cached_property
    def sha256(self) -> str:
        """Return the SHA-256 digest of the bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    def fault(self, line: int, what: str, remedy: str | None = None) -> DataError:
        """Return the error for one line of this file."""
        return DataError(f"{self.name}:{line}: {what}; {remedy or self.remedy}")

    @cached_property
    def lines(self) -> list[str]:
        """Return the lines without their ends; raises DataError for bytes that are no text, or that stop in a line."""
        try:
            text = self.content.decode("utf-8")
        except UnicodeDecodeError as err:
            # Publishers have sent typographic quotes and dashes of Windows in descriptions, and nothing else of it.
            if any(byte >= 0x80 and byte not in _WINDOWS for byte in self.content):
                line = self.content.count(b"\n", 0, err.start) + 1
                raise self.fault(line, "a byte that is not text, so this is no CSV file") from None
            text = self.content.decode("cp1252")
        *lines, rest = text.replace("\r\n", "\n").split("\n")
        # One published file has no line end on its last line. Its lines are of one length, so a cut shows all the same.
        if rest and lines and len(rest) != len(lines[-1]):
            raise self.fault(len(lines) + 1, f"the file stops inside the line {rest[:40]!r}")
        return [*lines, rest] if rest else lines

    def table(self) -> tuple[Row, list[Row]]:
        """Return the line of names and the rows of a file that is one table; raises DataError for anything else."""
        if not self.lines:
            raise self.fault(1, "the file is empty")
        first = self.lines[0].strip()
        if first.startswith("<"):
            raise self.fault(1, f"a web page ({first[:30]!r}) stands where a CSV file should be")
        mark = next((mark for mark in (";", "\t", "|") if "," not in first and mark in first), None)
        if mark is not None:
            what = f"cells are separated by {mark!r}, not by commas"
            raise self.fault(1, what, "separate the cells with commas, and write decimals with a point")
        header, *rows = self.rows(1, self.lines)
        return header, rows

    def rows(self, first: int, lines: Sequence[str]) -> list[Row]:
        """Return the cells of consecutive lines, the first of them line ``first``; all must be as many as in that."""
        reader = csv.reader(lines, strict=True)
        rows: list[Row] = []
        try:
            for cells in reader:
                rows.append((first + reader.line_num - 1, [cell.strip() for cell in cells]))
                if len(cells) != len(rows[0][1]):
                    want = f"{len(rows[0][1])} as in line {first}"
                    raise self.fault(rows[-1][0], f"{len(cells)} cells where there should be {want}")
        except csv.Error as err:
            raise self.fault(first + reader.line_num - 1, f"not a row of a CSV file ({err})") from None
        return rows

    def places(self, header: Row, columns: Sequence[str]) -> dict[str, int]:
        """Return the place of each column in a line of names; raises DataError with the nearest name there is."""
        line, names = header
        for column in columns:
            if names.count(column) > 1:
                raise self.fault(line, f"column {column!r} is there {names.count(column)} times, it should be once")
            if column not in names:
                near = nearest(column, names)
                instead = f"; the nearest is {near!r}" if near else f"; the line begins {','.join(names)[:60]!r}"
                raise self.fault(line, f"no column {column!r}{instead}")
        return {column: names.index(column) for column in columns}

    def number(self, line: int, column: str, cell: str) -> float:
        """Return a cell as a number; raises DataError for an empty cell and for anything but decimal digits."""
        value = float(cell) if _NUMBER.fullmatch(cell) else math.nan
        if not math.isfinite(value):
            raise self.fault(line, f"{column!r} is {cell[:40]!r}, which is not a number" if cell else f"no {column!r}")
        return value

    def day(self, line: int, cell: str) -> date:
        """Return a cell such as 2001-09-17 or 20010917 as a date; raises DataError for anything else."""
        parts = _DAY.fullmatch(cell)
        try:
            if parts is None:
                raise ValueError(cell)
            return date(int(parts[1]), int(parts[3]), int(parts[4]))
        except ValueError:
            raise self.fault(line, f"{cell[:40]!r} is not a date such as 2001-09-17 or 20010917") from None

    def check_after(self, line: int, day: date, before: date | None) -> None:
        """Raise DataError unless ``day``, the date of a line, comes after the one of the line before."""
        if before is not None and day <= before:
            what = f"{day} is repeated" if day == before else f"{day} comes after {before}"
            raise self.fault(line, f"{what}; dates must increase, each once")
