"""Numbers as people's files write them: decimal comma or point, thousands, currency signs, K and M, null words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fedcycle.data.sources.file_dates import looks_like_date
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Float64

NOTHING = frozenset({"", "null", "nan", "na", "n/a", "#n/a", "#n/a n/a", "none", "nil", "-", "--", "."})
"""What stands in a cell that has no number, in small letters."""

CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "US$": "USD"}
_PLAIN = frozenset("0123456789.-+eE")
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
_SIGN = re.compile(r"^([-+]?)\s*(US\$|[$€£¥]|USD|EUR|GBP|CHF|JPY)\s*|\s*([$€£¥]|USD|EUR|GBP|CHF|JPY)$")
_SUFFIX = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


@dataclass(frozen=True)
class Style:
    """How a file writes numbers: ``decimal`` ``.`` or ``,``, and whether any cell showed it."""

    decimal: str
    shown: bool

    @property
    def text(self) -> str:
        """Return it in words."""
        return "decimal comma" if self.decimal == "," else "decimal point"


def missing(cell: str | None) -> bool:
    """Return whether a cell has no number."""
    return cell is None or cell == "" or cell.lower() in NOTHING


def style(raw: RawFile, found: Iterable[tuple[int, str | None]], *, stated: str | None) -> Style:
    """Return how the cells of a file, each (line, cell), write decimals; raises DataError where both ways are there.

    Parameters
    ----------
    raw : for the sentence
    found : cells of prices and payments; dates and words among them are passed over
    stated : ``point`` or ``comma`` where the user says so
    """
    if stated is not None:
        return Style("," if stated == "comma" else ".", shown=True)
    evidence: dict[str, tuple[int, str]] = {}
    unsure: tuple[int, str] | None = None
    for line, cell in found:
        # A point tells nothing new once one was a decimal point, and most files have no other mark.
        if cell is None or ("," not in cell and ("." not in cell or "." in evidence)):
            continue
        if looks_like_date(cell) or not any(c.isdigit() for c in cell):
            continue
        mark = _decimal(cell)
        if mark:
            evidence.setdefault(mark, (line, cell))
        elif "," in cell and unsure is None:
            unsure = (line, cell)
    if len(evidence) == 2:
        (one, a), (two, b) = evidence["."], evidence[","]
        raise raw.fault(
            max(one, two),
            f"{a!r} (line {one}) has a decimal point and {b!r} (line {two}) a decimal comma",
            "write all numbers one way, or say --decimal point or --decimal comma",
        )
    if not evidence and unsure is not None:
        raise raw.fault(
            unsure[0],
            f"{unsure[1]!r} can be a thousand with a comma or a decimal comma, as can all numbers of the file",
            "say --decimal point or --decimal comma",
        )
    mark = next(iter(evidence), ".")
    return Style(mark, shown=bool(evidence))


def _decimal(cell: str) -> str:
    """Return the mark that can only be a decimal one in this cell, or nothing where it could be either."""
    body = _SIGN.sub("", cell).strip().strip("-+%")
    if "," in body and "." in body:
        return "," if body.rindex(",") > body.rindex(".") else "."
    mark = "," if "," in body else "."
    other = "." if mark == "," else ","
    before, _, after = body.rpartition(mark)
    if body.count(mark) > 1:
        return other
    if len(after) != 3 or before in ("", "0") or len(before) > 3:
        return mark
    # 1.234 could be a German thousand: only other cells can say, and a point is the usual decimal mark.
    return ""


def number(cell: str, style: Style) -> float | None:
    """Return a cell as a number, or None where it is none."""
    if _PLAIN.issuperset(cell) and style.decimal == ".":
        return _plain(cell)
    body = _SIGN.sub(r"\1", cell).replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("'", "")
    if style.decimal == ",":
        body = body.replace(".", "\0").replace(",", ".").replace("\0", ",")
    if "," in body:
        if not _GROUPED.fullmatch(body):
            return None
        body = body.replace(",", "")
    return _plain(body)


def _plain(cell: str) -> float | None:
    if not _NUMBER.fullmatch(cell):
        return None
    return float(cell)


def loose(cells: Sequence[str | None], style: Style) -> Float64:
    """Return cells of traded volume as numbers, NaN where one is none: ``1.2M`` is 1,200,000. Nothing depends on it."""
    out = np.full(len(cells), np.nan)
    for k, cell in enumerate(cells):
        if missing(cell):
            continue
        assert cell is not None  # noqa: S101 - missing() says so
        factor = _SUFFIX.get(cell[-1:].upper(), 0.0)
        value = number(cell[:-1] if factor else cell, style)
        if value is not None:
            out[k] = value * (factor or 1.0)
    return out


def currency(cell: str | None) -> str:
    """Return the currency that a cell names by a sign or a code, or nothing."""
    found = _SIGN.search(cell or "")
    if found is None:
        return ""
    sign = found[2] or found[3]
    return CURRENCIES.get(sign, sign)
