"""Numbers as people's files write them: decimal comma or point, thousands, currency signs, K and M, null words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fedcycle.data.sources.file_dates import looks_like_date
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Float64

NOTHING = frozenset(
    {
        *("", "null", "nan", "na", "n/a", "#n/a", "#n/a n/a", "#n/a n.a.", "none", "nil", "-", "--", "."),
        *("<na>", "nat", "n.a.", "n/d", "nd", "\\n", "\u2013", "\u2014"),
    }
)
"""What stands in a cell that has no number, in small letters."""

CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "US$": "USD"}
CODES = frozenset(
    {
        *("USD", "EUR", "GBP", "GBX", "GBp", "CHF", "JPY", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "HKD", "SGD"),
        *("CNY", "CNH", "INR", "KRW", "TWD", "BRL", "MXN", "ZAR", "PLN", "CZK", "HUF", "ILS", "TRY", "THB", "IDR"),
        *("MYR", "PHP"),
    }
)
"""Codes of currencies that may stand beside prices; pence are GBX, or GBp."""
_PLAIN = frozenset("0123456789.-+eE")
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
_MONEY = "|".join((r"US\$", "[$€£¥]", *sorted(CODES)))
_SIGN = re.compile(rf"^([-+]?)\s*({_MONEY})\s*|\s*({_MONEY})$")
_SPACES = str.maketrans("", "", " \u00a0\u2009\u202f'\u2019")
"""What may stand between thousands, apart from a comma or a point."""
_LIKE_ONE = re.compile(r"[-+(]?[-+]?[\d.][\d.,]*([eE][-+]?\d+)?[KMBTkmbt]?%?\)?", re.ASCII)
_POINT_OR_THOUSAND = re.compile(r"[-+]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
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


def looks_numeric(cell: str) -> bool:
    """Return whether a cell has the form of a number in any style, with a currency, a percent sign or a suffix."""
    return _LIKE_ONE.fullmatch(_SIGN.sub(r"\1", cell).translate(_SPACES)) is not None


def check_points(raw: RawFile, column: Sequence[tuple[int, str | None]]) -> None:
    """Raise DataError for a column of numbers of which no cell tells 1.234 with a decimal point from a German thousand.

    Only where others of the column have no mark and two or three digits: 999 and then 1.001 is a rise of 0.2% or a fall
    of 99.9%. Where every number has three decimals, growth is the same either way.

    Parameters
    ----------
    raw : for the sentence
    column : (line, cell) of each row, none of which showed what its decimal mark is
    """
    pointed = next(((n, c) for n, c in column if c and _POINT_OR_THOUSAND.fullmatch(c)), None)
    bare = next(((n, c) for n, c in column if c and c.isdigit() and 2 <= len(c) <= 3), None)
    if pointed is not None and bare is not None:
        raise raw.fault(
            pointed[0],
            f"{pointed[1]!r} can be a thousand with a point or a decimal point, beside {bare[1]!r} (line {bare[0]})",
            "say --decimal point or --decimal comma",
        )


def number(cell: str, style: Style) -> float | None:
    """Return a cell as a number, or None where it is none."""
    if _PLAIN.issuperset(cell) and style.decimal == ".":
        return _plain(cell)
    body = _SIGN.sub(r"\1", cell).translate(_SPACES)
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
