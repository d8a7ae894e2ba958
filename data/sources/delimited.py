"""Tables of text from outside, row by row: UTF-8 or Latin-1, with or without a byte-order mark, any one delimiter."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from fedcycle.data.errors import DataError

_FAULT = "export it again"


def rows(
    path: Path, *, delimiter: str | None = None, needed: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and column -> cell of each row.

    Parameters
    ----------
    path : file with a line of names first
    delimiter : between cells; None to take the one of ``;``, tab and comma that the first line has
    needed : columns that must be there

    Raises
    ------
    DataError
        With file and line: no file, a web page, a column that is missing, a row of another length.
    """
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline()
        if first.lstrip().startswith("<"):
            raise DataError(f"{path}:1: a web page stands where a table should be; {_FAULT}")
        mark = delimiter or next((m for m in (";", "\t", ",") if m in first), ",")
        names = [name.strip() for name in next(csv.reader([first], delimiter=mark))]
        missing = [name for name in needed if name not in names]
        if missing:
            raise DataError(f"{path}:1: no column {', '.join(missing)}; it has {', '.join(names)[:100]}")
        try:
            for number, cells in enumerate(csv.reader(file, delimiter=mark, strict=True), start=2):
                if len(cells) != len(names):
                    raise DataError(f"{path}:{number}: {len(cells)} cells, not {len(names)}; {_FAULT}")
                yield number, dict(zip(names, (cell.strip() for cell in cells), strict=True))
        except csv.Error as err:
            raise DataError(f"{path}: a row that is none ({err}); {_FAULT}") from None


def _encoding(path: Path) -> str:
    """Return how a file is written: UTF-8 where all of it is, else Latin-1."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
            if head.startswith(b"PK"):
                raise DataError(f"{path} is a zip file; unpack it, or name it where a zip is taken")
            file.seek(0)
            import codecs

            decoder = codecs.getincrementaldecoder("utf-8")()
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "latin-1"
    except OSError as err:
        raise DataError(f"{path} cannot be read ({err.strerror})") from None
    return "utf-8-sig"
