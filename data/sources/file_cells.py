"""A user's file -> a table of text cells with line numbers: compression, workbook, Parquet, encoding and separator."""

from __future__ import annotations

import csv
import gzip
import html
import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from fedcycle.data.errors import DataError, listing
from fedcycle.data.sources.raw import RawFile

LARGEST = 512 * 2**20
"""Bytes that a file of prices may have, packed or unpacked."""
MOST_ROWS = 2_000_000
"""Rows that a file may have: 8,000 years of one daily asset, or 1,000 assets over 8 years."""
MOST_COLUMNS = 5_000

SEPARATORS = {",": "a comma", ";": "';'", "\t": "a tab", "|": "'|'"}
_WINDOWS = re.compile(rb"[\x80-\x9f]")
_UNPACK = "unpack it, or give a smaller file"


@dataclass(frozen=True, eq=False)
class Cells:
    """A file as text cells, before anything is known of what they mean.

    Parameters
    ----------
    raw : the bytes, and what to call them in a sentence
    form : how it is written, such as ``CSV, cells separated by ';', UTF-16``
    lines : line (of a workbook or Parquet file: row) of each row, from 1
    rows : the cells of each row, stripped; None where a row has no such cell
    levels : number of header rows that are known for certain (Parquet), or None
    separator : what separates the cells, or nothing
    """

    raw: RawFile
    form: str
    lines: list[int]
    rows: list[list[str | None]]
    levels: int | None = None
    separator: str = ""
    notes: tuple[str, ...] = field(default=())


def cells(raw: RawFile, *, sheet: str | None = None) -> Cells:
    """Return a file's cells.

    Parameters
    ----------
    raw : CSV in any usual encoding and separator, a workbook (``.xlsx``), Parquet, or one of them in gzip or zip
    sheet : of a workbook; None for the only one

    Raises
    ------
    DataError
        With the file and a remedy: empty, a web page, damaged, several files in a zip, formulas without values, more
        than ``MOST_ROWS`` rows.
    """
    raw, packing = _unpacked(raw)
    content = raw.content
    if not content.strip():
        raise raw.fault(1, "the file is empty")
    if content[:4] == b"PAR1":
        found = _parquet(raw)
    elif content[:4] == b"PK\x03\x04":
        found = _workbook(raw, sheet)
    elif content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise raw.fault(1, "an old workbook (.xls)", "save it as .xlsx or CSV")
    else:
        found = _text(raw)
    if len(found.rows) > MOST_ROWS:
        raise _too_long(raw, len(found.rows))
    form = f"{found.form}, {packing}" if packing else found.form
    return Cells(found.raw, form, found.lines, found.rows, found.levels, found.separator, found.notes)


def _too_long(raw: RawFile, rows: int) -> DataError:
    return raw.fault(
        MOST_ROWS + 1,
        f"{rows:,} rows, at most {MOST_ROWS:,} are read; daily prices of one asset have some 252 a year",
        "split it by asset, or export daily bars",
    )


def _unpacked(raw: RawFile) -> tuple[RawFile, str]:
    """Return what is inside gzip, or inside a zip of one file, and a word on it; anything else as it is."""
    content = raw.content
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as opened:
                inner = opened.read(LARGEST + 1)
        except (OSError, EOFError, zlib.error) as err:
            raise raw.fault(1, f"not a whole gzip file ({err})") from None
        return RawFile(raw.name, _small_enough(raw, inner), raw.remedy), "gzip"
    if content[:4] != b"PK\x03\x04":
        return raw, ""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir() and "__MACOSX" not in i.filename]
            if "[Content_Types].xml" in names:
                return raw, ""
            if len(names) != 1:
                shown = listing(names[:3])
                raise raw.fault(1, f"a zip of {len(names)} files ({shown})", "unpack it and name the file you mean")
            with archive.open(names[0]) as opened:
                inner = opened.read(LARGEST + 1)
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError) as err:
        raise raw.fault(1, f"not a whole zip file ({err})") from None
    return RawFile(f"{raw.name}({names[0]})", _small_enough(raw, inner), raw.remedy), "zip"


def _small_enough(raw: RawFile, inner: bytes) -> bytes:
    if len(inner) > LARGEST:
        raise raw.fault(1, f"it unpacks to more than {LARGEST} bytes", _UNPACK)
    return inner


def _decoded(raw: RawFile) -> tuple[str, str]:
    """Return the text and the name of its encoding."""
    content = raw.content
    for mark, encoding, called in (
        (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8 with a byte-order mark"),
        (b"\xff\xfe", "utf-16", "UTF-16"),
        (b"\xfe\xff", "utf-16", "UTF-16"),
    ):
        if content.startswith(mark):
            try:
                return content.decode(encoding), called
            except UnicodeDecodeError:
                raise raw.fault(1, f"not whole {called}") from None
    if b"\0" in content[:10_000]:
        raise raw.fault(1, "bytes that are no text, so this is no CSV file")
    try:
        return content.decode("utf-8"), ""
    except UnicodeDecodeError:
        pass
    try:
        # The bytes that tell the two apart are a euro sign, dashes and quotes in one, nothing readable in the other.
        return (content.decode("cp1252"), "Windows-1252") if _WINDOWS.search(content) else _latin(content)
    except UnicodeDecodeError:
        return _latin(content)


def _latin(content: bytes) -> tuple[str, str]:
    return content.decode("latin-1"), "Latin-1"


def _text(raw: RawFile) -> Cells:
    """Return the cells of separated text; pandas splits them, nothing is converted."""
    # Counted before it is decoded: ten million rows are refused at the size of the file, not at several times that.
    if (ends := raw.content.count(b"\n")) > MOST_ROWS + 1:
        raise _too_long(raw, ends)
    text, encoding = _decoded(raw)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise raw.fault(1, "the file is empty")
    first = text.lstrip()[:200].lower()
    if re.match(r"<(!doctype|html|head|body|\?xml|script|table)", first):
        raise raw.fault(1, f"a web page ({text.strip()[:30]!r}) stands where a CSV file should be")
    if re.match(r"[\[{]\s*[\"{\[]", text.lstrip()):
        raise raw.fault(1, "JSON, not a table", "write it as CSV or Parquet")
    count = text.count("\n") + 1
    if count > MOST_ROWS + 1:
        raise _too_long(raw, count - 1)
    separator = _separator(raw, text)
    lines = text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    width = 1 + max(line.count(separator) for line in lines)
    if width > MOST_COLUMNS:
        raise raw.fault(1, f"{width:,} columns, at most {MOST_COLUMNS:,} are read", "split it by asset")
    rows = _split(raw, lines, separator, width)
    if len(rows) != len(lines):
        raise raw.fault(1, "a cell with a line end inside", "export it again without")
    for row, line in zip(rows, lines, strict=True):
        # pandas fills up a row that is too short; what the file does not have is None here.
        have = len(next(csv.reader([line], delimiter=separator), [])) if '"' in line else line.count(separator) + 1
        row[have:] = [None] * (len(row) - have)
    form = f"CSV, cells separated by {SEPARATORS[separator]}" + (f", {encoding}" if encoding else "")
    return Cells(raw, form, list(range(1, len(rows) + 1)), rows, separator=separator)


def _split(raw: RawFile, lines: Sequence[str], separator: str, width: int) -> list[list[str | None]]:
    """Return the cells of lines as pandas splits them, each row ``width`` long."""
    import pandas as pd

    try:
        frame = pd.read_csv(
            io.StringIO("\n".join(lines) + "\n"),
            sep=separator,
            header=None,
            names=list(range(width)),
            index_col=False,
            dtype=object,
            keep_default_na=False,
            na_filter=True,
            na_values=[],
            skip_blank_lines=False,
            skipinitialspace=True,
            quoting=csv.QUOTE_MINIMAL,
        )
    except (pd.errors.ParserError, ValueError) as err:
        said = str(err).splitlines()[0][:100]
        raise raw.fault(1, f"not rows of a CSV file ({said})") from None
    return _stripped(frame)


def _separator(raw: RawFile, text: str) -> str:
    """Return the separator that most of the first lines have equally often."""
    sample = [line for line in text[:200_000].split("\n")[:200] if line.strip()]
    bare = [re.sub(r'"[^"]*"', "", line) for line in sample]
    found = {}
    for mark in SEPARATORS:
        counts = [line.count(mark) for line in bare if mark in line]
        if counts:
            found[mark] = max(counts.count(n) for n in set(counts))
    if not found:
        raise raw.fault(
            1,
            f"{sample[0].strip()[:40]!r} has no comma, ';', tab or '|'",
            "separate the cells with commas, a line of names first",
        )
    # A decimal comma is as frequent as the ';' between the cells, so a comma gives way on a tie.
    return max(found, key=lambda mark: (found[mark], mark != ","))


def _stripped(frame: Any) -> list[list[str | None]]:
    """Return a frame of texts as rows; a cell that the row does not have is None."""
    columns: list[list[str | None]] = []
    for k in range(frame.shape[1]):
        values = frame.iloc[:, k].tolist()
        columns.append([_bare(v) if isinstance(v, str) else None for v in values])
    return [list(row) for row in zip(*columns, strict=True)]


def _bare(cell: str) -> str:
    """Return a cell without the spaces around it, and without single quotes around the whole of it."""
    cell = cell.strip()
    return cell[1:-1].strip() if len(cell) > 1 and cell[0] == cell[-1] == "'" else cell


def _workbook(raw: RawFile, sheet: str | None) -> Cells:
    """Return the cells of a workbook's sheet by way of pandas and openpyxl, an extra."""
    import pandas as pd

    try:
        import_module("openpyxl")
    except ImportError:
        raise raw.fault(
            1, "a workbook, which needs openpyxl", "install fedcycle[xlsx], or save the sheet as CSV"
        ) from None
    try:
        sheets = pd.read_excel(io.BytesIO(raw.content), sheet_name=None, header=None, dtype=object)
    except Exception as err:  # noqa: BLE001 - openpyxl raises what it likes on a damaged workbook
        said = str(err).splitlines()[0][:100] if str(err) else type(err).__name__
        raise raw.fault(1, f"not a whole workbook ({said})", "save it again, or as CSV") from None
    full = {str(name): frame for name, frame in sheets.items() if frame.shape[0]}
    if sheet is not None and sheet not in map(str, sheets):
        there = ", ".join(map(str, sheets))[:80]
        raise raw.fault(1, f"no sheet {sheet!r}; it has {there or 'none'}", "name one with --sheet")
    if sheet is None and len(full) > 1:
        raise raw.fault(1, f"{len(full)} sheets ({', '.join(full)[:80]})", "name one with --sheet")
    chosen = sheet if sheet is not None else next(iter(full), None)
    unsaved = _unsaved_formulas(raw, chosen)
    if unsaved:
        count = f"{len(unsaved)} formula{'s' if len(unsaved) > 1 else ''} without saved values"
        raise raw.fault(
            int(re.sub(r"\D", "", unsaved[0])),
            f"{count}, the first in cell {unsaved[0]}",
            "open it in a spreadsheet program and save it, or paste the values",
        )
    if chosen not in full:
        raise raw.fault(1, "the workbook is empty" if sheet is None else f"sheet {sheet!r} is empty")
    name, frame = str(chosen), full[str(chosen)]
    rows: list[list[str | None]] = [[_cell(v) for v in row] for row in frame.itertuples(index=False)]
    return Cells(raw, f"workbook, sheet {name!r}", list(range(1, len(rows) + 1)), rows)


def _unsaved_formulas(raw: RawFile, sheet: str | None) -> list[str]:
    """Return the cells of a workbook's sheet, or of all where none has a value, that hold a formula and no value."""
    found = []
    with zipfile.ZipFile(io.BytesIO(raw.content)) as archive:
        for name in _sheet_files(archive, sheet):
            text = archive.read(name).decode("utf-8", "replace")
            for cell in re.finditer(r'<c r="([A-Z]+\d+)"[^>]*>(.*?)</c>', text, flags=re.DOTALL):
                if "<f" in cell[2] and not re.search(r"<v>[^<]+</v>", cell[2]):
                    found.append(cell[1])
    return found


def _sheet_files(archive: zipfile.ZipFile, sheet: str | None) -> list[str]:
    """Return the names in a workbook's archive of a sheet, or of every sheet."""
    every = [n for n in archive.namelist() if n.startswith("xl/worksheets/") and n.endswith(".xml")]
    if sheet is None or len(every) == 1:
        return every
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    tag = next((t for t in re.findall(r"<sheet\b[^>]*>", book) if _attribute(t, "name") == sheet), "")
    link = _attribute(tag, "r:id")
    target = next((t for t in re.findall(r"<Relationship\b[^>]*>", links) if link and _attribute(t, "Id") == link), "")
    name = _attribute(target, "Target").rpartition("/")[2]
    return [n for n in every if n.rpartition("/")[2] == name] or every


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


def _parquet(raw: RawFile) -> Cells:
    """Return a Parquet file's names and rows as the cells a CSV file would have."""
    import pandas as pd

    try:
        frame = pd.read_parquet(io.BytesIO(raw.content))
    except Exception as err:  # noqa: BLE001 - pyarrow and pandas raise what they like on a damaged file
        first = str(err).splitlines()[0][:100] if str(err) else type(err).__name__
        raise DataError(f"{raw.name} is not a whole Parquet file ({first}); write it again") from None
    if len(frame) > MOST_ROWS:
        raise _too_long(raw, len(frame))
    levels = frame.columns.nlevels
    unnamed = frame.index.nlevels == 1 and frame.index.name is None
    index: list[list[str | None]] = []
    names: list[tuple[str, ...]] = []
    if not isinstance(frame.index, pd.RangeIndex):
        for level in range(frame.index.nlevels):
            index.append(_column(pd.Series(frame.index.get_level_values(level))))
            label = "" if unnamed else str(frame.index.names[level] or "")
            names.append((label,) * levels)
    columns = index + [_column(frame.iloc[:, k]) for k in range(frame.shape[1])]
    names += [tuple(map(str, c)) if levels > 1 else (str(c),) for c in frame.columns]
    header: list[list[str | None]] = [[name[level].strip() for name in names] for level in range(levels)]
    rows = header + [list(row) for row in zip(*columns, strict=True)]
    return Cells(raw, "Parquet", [1] * levels + [i + 2 for i in range(len(frame))], rows, levels=levels)


def _column(column: Any) -> list[str | None]:
    """Return a typed column as the texts that a CSV file would have."""
    import pandas as pd

    if isinstance(column.dtype, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return [_cell(v) for v in column]
    if pd.api.types.is_float_dtype(column.dtype):
        single = column.dtype == np.float32
        shown = column.tolist()
        # The shortest text of a float32: as a double it would have digits that nobody measured.
        return ["" if v != v else str(np.float32(v)) if single else repr(float(v)) for v in shown]
    return [_cell(v) for v in column.tolist()]


def _cell(value: Any) -> str:
    """Return a cell of a typed table as text."""
    import pandas as pd

    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value).strip()


def width(rows: Sequence[Sequence[str | None]]) -> int:
    """Return the number of columns in which any row has something."""
    return max((k + 1 for row in rows for k, cell in enumerate(row) if cell), default=0)
