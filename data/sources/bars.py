"""What a user's file of prices comes to: how it is read, the rows of each asset, and what was left out. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Days, Float64, Int64


@dataclass(frozen=True)
class Reading:
    """How a file is to be read, where it does not say so itself.

    Parameters
    ----------
    name : of the asset of a file that holds one; None for the file's own name
    date_format : ``day-first``, ``month-first`` or a pattern such as ``%d.%m.%y``
    decimal : ``point`` or ``comma``
    timezone : whose days are meant by times, such as ``Europe/London``
    sheet : of a workbook
    returns : ``fraction`` or ``percent``, where the columns are simple returns and not levels
    wide : whether every column but the date is an asset, whatever it is called
    """

    name: str | None = None
    date_format: str | None = None
    decimal: Literal["point", "comma"] | None = None
    timezone: str | None = None
    sheet: str | None = None
    returns: Literal["fraction", "percent"] | None = None
    wide: bool = False


@dataclass(frozen=True, eq=False)
class Bars:
    """What a file says of one asset, checked row by row.

    Parameters
    ----------
    name : asset
    file : how the file was called
    days : (n,) days, strictly increasing
    prices : ``open``, ``high``, ``low``, ``close``, ``adjusted``, ``unadjusted`` or ``total`` -> (n,), > 0; those that
        the file has
    paid : ``dividends`` or ``splits`` -> (n,), >= 0; those that the file has
    lines : (n,) line of each row in the file
    volume : (n,) or None; NaN where a cell is none
    before : level of ``total`` on the session before the first, where the file holds returns; else None
    delisting : what holders got after the last close, a fraction of it, where the file says
    dialect : whose export it looks like
    titles : role -> column
    """

    name: str
    file: str
    days: Days
    prices: Mapping[str, Float64]
    paid: Mapping[str, Float64]
    lines: Int64 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    volume: Float64 | None = None
    before: float | None = None
    delisting: float | None = None
    dialect: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)

    def line(self, k: int) -> int:
        """Return the line of a row, 1 where none is known."""
        return int(self.lines[k]) if len(self.lines) else 1


@dataclass(frozen=True)
class LeftOut:
    """Rows of a file that are not used: why, how many, and the line of the first."""

    why: str
    count: int
    line: int


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
    written : how it is written: form, separator, encoding, compression
    dialect : whose export it looks like
    order : ``oldest first`` or ``newest first``
    dates : the format of its dates
    numbers : how it writes decimals
    left_out : rows that are not used
    notes : what was assumed
    currency : what it says its prices are in, or nothing
    """

    form: str
    columns: Mapping[str, str]
    ignored: tuple[str, ...]
    bars: tuple[Bars, ...]
    raw: RawFile
    written: str = ""
    dialect: str = ""
    order: str = ""
    dates: str = ""
    numbers: str = ""
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    currency: str = ""
