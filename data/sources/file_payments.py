"""What the rows of a file say was paid: dividends, distributed gains, splits, and what holders got in the end."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fedcycle.data.sources import file_numbers
from fedcycle.data.sources.file_numbers import Style, missing
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Days, Float64

_RATIO = re.compile(r"([\d.,]+)\s*(?:[:/]|-?\s*for\s*-?)\s*([\d.,]+)", re.IGNORECASE)
_SHOWN = 3
"""Notes of one kind on an asset; more are counted."""
_MEND = "mend the file"


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one asset.

    Parameters
    ----------
    raw : for the sentence
    name : asset
    lines : line of every row of the file
    cells : cells of every row of the file
    days : days of every row of the file
    every : indices of the asset's rows, oldest first
    priced : those that have a price
    roles : role -> column
    style : how the file writes numbers
    """

    raw: RawFile
    name: str
    lines: Sequence[int]
    cells: Sequence[Sequence[str | None]]
    days: Days
    every: Sequence[int]
    priced: Sequence[int]
    roles: Mapping[str, int]
    style: Style


def payments(rows: Rows, notes: list[str]) -> dict[str, Float64]:
    """Return what was paid, ``dividends`` or ``splits`` -> (n,) by row with a price.

    A payment on a row without a price counts on the next row that has one, and ``notes`` says so.
    """
    out: dict[str, Float64] = {}
    for role in ("dividends", "gains", "splits"):
        if role in rows.roles:
            target = "dividends" if role == "gains" else role
            values = _column(rows, role, notes)
            out[target] = out[target] + values if target in out else values
    return out


def _column(rows: Rows, role: str, notes: list[str]) -> Float64:
    values = np.zeros(len(rows.priced))
    place = {k: j for j, k in enumerate(rows.priced)}
    waiting: list[tuple[int, float]] = []
    moved: list[str] = []
    for k in rows.every:
        amount = _amount(rows, k, role)
        paid = amount not in (0.0, 1.0 if role == "splits" else 0.0)
        if k not in place:
            waiting += [(k, amount)] if paid else []
            continue
        moved += [
            f"{_said(rows, before, role, earlier)}, a row without a price, count on {rows.days[k]}, the next with one"
            for before, earlier in waiting
        ]
        for value in [earlier for _, earlier in waiting] + ([amount] if paid else []):
            j = place[k]
            values[j] = value * (values[j] or 1.0) if role == "splits" else values[j] + value
        waiting = []
    more = len(moved) - _SHOWN
    notes += moved[:_SHOWN] + ([f"{rows.name}: {more} other {role} on rows without a price count so too"] * (more > 0))
    notes += [f"{_said(rows, k, role, amount)} come after the last price and are not used" for k, amount in waiting]
    return values


def _said(rows: Rows, k: int, role: str, amount: float) -> str:
    return f"{rows.name}: {role} of {amount:g} on {rows.days[k]} (line {rows.lines[k]})"


def _amount(rows: Rows, k: int, role: str) -> float:
    """Return a cell of payments as a number; a split may be written 2:1, 2/1 or 2-for-1."""
    cell, line = rows.cells[k][rows.roles[role]], rows.lines[k]
    if missing(cell) or cell is None:
        return 0.0
    ratio = _RATIO.fullmatch(cell) if role == "splits" else None
    if ratio is not None:
        new, old = (file_numbers.number(part, rows.style) for part in ratio.groups())
        if new and old and new > 0 and old > 0:
            return new / old
    value, what = file_numbers.number(cell, rows.style), f"{role} of {rows.name}"
    if value is None:
        raise rows.raw.fault(line, f"{what} is {cell[:40]!r}, which is not a number", _MEND)
    if not 0.0 <= value < np.inf:
        raise rows.raw.fault(line, f"{what} is {cell[:40]}; what is paid is not negative", _MEND)
    return value


def delisting(rows: Rows, notes: list[str]) -> float | None:
    """Return what holders got in the end, as CRSP has it in the last row that says so; None where nothing does."""
    if "delisting" not in rows.roles:
        return None
    for k in reversed(rows.every):
        cell = rows.cells[k][rows.roles["delisting"]]
        if missing(cell) or cell is None:
            continue
        value = file_numbers.number(cell, rows.style)
        if value is None or value < -1:
            notes.append(
                f"{rows.name}: its delisting return is {cell!r} (line {rows.lines[k]}), written where CRSP knows none; "
                "say one with --delisting"
            )
            return None
        return value
    return None
