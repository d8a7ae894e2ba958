"""Cells of prices and returns -> numbers, each checked: positive, in its day's range, no code for a missing one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fedcycle.data.sources import file_numbers
from fedcycle.data.sources.file_numbers import Style, missing
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Float64, Int64

OUTSIDE = 0.01
"""Fraction by which an open or a close may lie outside its day's low and high: quotes of several venues do."""
NO_RETURN = (-66.0, -77.0, -88.0, -99.0, -99.9, -99.99, -999.0, -999.99)
"""Numbers that stand for a missing return: CRSP's codes of a file without letters, and French's."""
SIDE = ("open", "high", "low")
"""Prices that an asset can do without."""
_MEND = "mend the file"


@dataclass(frozen=True)
class PriceReader:
    """How the cells of one file become prices.

    Parameters
    ----------
    raw : for the sentence
    crsp : whether it is CRSP's: a negative price is an average of bid and ask, and a letter is no return
    returns : unit of its returns, where the user says so
    style : how it writes numbers
    """

    raw: RawFile
    crsp: bool
    returns: Literal["fraction", "percent"] | None
    style: Style

    def missing(self, role: str, cell: str | None) -> bool:
        """Return whether a cell has no price or return."""
        if missing(cell) or cell is None:
            return True
        if not self.crsp:
            return False
        if role == "returns":
            return cell.isalpha() or file_numbers.number(cell, self.style) in NO_RETURN
        return role in ("close", *SIDE) and file_numbers.number(cell, self.style) == 0.0

    def price(self, line: int, what: str, role: str, cell: str | None) -> tuple[float, bool]:
        """Return a cell as a price or return, NaN where one may be missing, and whether its sign was only a mark."""
        if self.missing(role, cell):
            if role == "returns" or role in SIDE:
                return np.nan, False
            remedy = "fill the gap at the source, or leave the row out"
            raise self.raw.fault(line, f"no {what}, inside its span", remedy)
        assert cell is not None  # noqa: S101 - missing() says so
        if role == "returns":
            return self._return(line, what, cell), False
        value = file_numbers.number(cell, self.style)
        if value is None:
            raise self.raw.fault(line, f"{what} is {cell[:40]!r}, which is not a number", _MEND)
        if self.crsp and value < 0 and role in ("close", "open"):
            return -value, True
        if not 0.0 < value < np.inf:
            raise self.raw.fault(line, f"{what} is {cell[:40]}; a price is positive", _mend(role))
        return value, False

    def _return(self, line: int, what: str, cell: str) -> float:
        percent = self.returns == "percent" or cell.endswith("%")
        value = file_numbers.number(cell.rstrip("%").strip(), self.style)
        if value is None:
            raise self.raw.fault(line, f"{what} is {cell[:40]!r}, which is not a number", _MEND)
        if value in NO_RETURN:
            raise self.raw.fault(
                line, f"{what} is {cell[:40]}, which stands for a missing one in many files", "leave the row out"
            )
        value = value / 100 if percent else value
        if value <= -1 or value > 10:
            raise self.raw.fault(
                line, f"{what} is {cell[:40]}; a return is above -1", "say --returns percent if these are percent"
            )
        return value

    def compounded(
        self, name: str, lines: Int64, arrays: dict[str, Float64]
    ) -> tuple[dict[str, Float64], float | None]:
        """Return the arrays with the level that returns come to, and its value on the session before the first."""
        returns = arrays.pop("returns")
        if self.returns is None and not self.crsp:
            raise self.raw.fault(int(lines[0]), f"{name} holds returns", "say --returns fraction or --returns percent")
        unknown = np.flatnonzero(np.isnan(returns))
        if unknown.size and unknown[-1] > 0:
            k = int(unknown[unknown > 0][0])
            raise self.raw.fault(int(lines[k]), f"no return of {name}, inside its span", "leave the rows before it out")
        growth = np.cumprod(1.0 + np.where(np.isnan(returns), 0.0, returns))
        arrays["total" if self.crsp else "adjusted"] = np.asarray(100.0 * growth, dtype=np.float64)
        return arrays, None if unknown.size else 100.0

    def check_range(self, line: int, name: str, prices: Mapping[str, float]) -> None:
        """Raise DataError for an open or close outside its day's low and high."""
        if "low" not in prices or "high" not in prices:
            return
        for role in ("open", "close"):
            value = prices.get(role, prices["low"])
            low, high = prices["low"] * (1 - OUTSIDE), prices["high"] * (1 + OUTSIDE)
            if value < low or value > high:
                span = f"its low {prices['low']:g} and high {prices['high']:g}"
                raise self.raw.fault(line, f"{role} of {name} is {value:g}, outside {span}", _MEND)


def _mend(role: str) -> str:
    return f"{_MEND}, or say --returns if these are returns" if role in ("adjusted", "total") else _MEND
