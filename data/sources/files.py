"""A user's own prices: a file in any form that people export, its columns recognised and its rows checked.

What a file says is taken or refused row by row; what is left out is counted with its reason. Which rows are total
return is decided in ``totals``; which days are sessions, in ``own``.
"""

from __future__ import annotations

from pathlib import Path

from fedcycle.data.errors import DataError
from fedcycle.data.sources import file_assets, file_cells, file_dialects
from fedcycle.data.sources.bars import Bars, LeftOut, Reading, Recognised
from fedcycle.data.sources.file_cells import LARGEST
from fedcycle.data.sources.file_reader import FileReader
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.storage.bounded_input import read_bounded

__all__ = ["MEND", "Bars", "LeftOut", "Reading", "Recognised", "read", "recognised"]

MEND = "put it right in the file, or export it again"
"""What to do about a fault in a file of one's own."""


def read(path: Path, *, name: str | None = None, how: Reading | None = None) -> Recognised:
    """Return what a user's file of prices says.

    Parameters
    ----------
    path : CSV, Parquet or a workbook, packed or not
    name : of the asset of a file that holds one; None for the file's own name
    how : what the file does not say itself

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
    stem = path.name
    for suffix in (".gz", ".zip", ".csv", ".txt", ".tsv", ".parquet", ".xlsx"):
        stem = stem.removesuffix(suffix)
    return recognised(raw, name=name or file_assets.asset_name(stem or path.stem), how=how)


def recognised(raw: RawFile, *, name: str, how: Reading | None = None) -> Recognised:
    """Return what the bytes of a file of prices say; parameters as for ``read``."""
    how = how or Reading()
    table = file_cells.cells(raw, sheet=how.sheet)
    return FileReader(table, file_dialects.layout(table, dates=how.date_format), how, name).recognised()
