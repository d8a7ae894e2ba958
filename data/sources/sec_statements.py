"""SEC Financial Statement Data Sets (quarterly zips of ``sub``, ``num``, ``tag``, ``pre``) -> facts, as a stream."""

from __future__ import annotations

import io
import math
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

from fedcycle.data.errors import DataError
from fedcycle.data.fundamentals import facts, resolve
from fedcycle.data.fundamentals.facts import Facts, Row
from fedcycle.data.fundamentals.items import Items
from fedcycle.data.fundamentals.release import day_number, known_on, month_end, month_end_number
from fedcycle.data.fundamentals.report import Report
from fedcycle.data.fundamentals.resolve import Filing, Reported
from fedcycle.data.sources import archives

TAXONOMIES = (b"us-gaap/", b"dei/")
"""Tags of these only: a filer's own tag has its filing's number in the place of a version, and may mean anything."""
QUARTERS = ("0", "1", "2", "3", "4")
"""Lengths of a period that are read: a day, and one to four quarters. Longer ones run from a company's founding."""
BEAT = 1 << 20
"""Rows between two calls of ``progress``."""
_NEEDED = {
    "sub": ("adsh", "cik", "name", "sic", "form", "period", "fy", "fp", "filed", "accepted"),
    "num": ("adsh", "tag", "version", "ddate", "qtrs", "uom", "segments", "coreg", "value"),
}

Progress = Callable[[int, int], None]
"""Called with bytes read and bytes in all."""


def unreported(done: int, whole: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, eq=False)
class Statements:
    """What one zip holds.

    Parameters
    ----------
    facts : the table
    names : company -> name, as last filed
    report : what was left out
    """

    facts: Facts
    names: dict[str, str]
    report: Report


def read(path: Path, items: Items, *, progress: Progress = unreported) -> Statements:
    """Return the facts of one zip of the SEC's.

    ``prevrpt`` says that a filing was amended *later*: it is known only then, so it is not read. Values of a segment
    or of a co-registrant are left out; equal values said twice are one; unequal ones are refused.

    Raises
    ------
    DataError
        For a damaged archive, a missing table or column, or a row that is none, with its line.
    """
    report = Report(path.name)
    with archives.opened(path) as archive:
        filings, names, industries = _filings(archive, path, report)
        reported = _reported(archive, path, items, filings, report=report, progress=progress)
        rows: list[Row] = list(industries)
        for adsh, said in reported.items():
            rows += resolve.facts_of(filings[adsh], said, items, report)
    report.filings, report.facts = len(filings), len(rows)
    return Statements(facts.table(rows), names, report)


def _filings(
    archive: zipfile.ZipFile, path: Path, report: Report
) -> tuple[dict[bytes, Filing], dict[str, str], list[Row]]:
    """Return the filings by accession number, the companies' names, and their industries as facts."""
    filings: dict[bytes, Filing] = {}
    names: dict[str, tuple[int, str]] = {}
    industries = []
    for line, cells in _rows(archive, path, "sub"):
        adsh, cik, name, sic, form, _, fy, fp, filed, accepted = (_text(cell) for cell in cells)
        try:
            day, company = _day(filed), f"{int(cik):010d}"
            known = known_on(day, _accepted(accepted))
        except ValueError as err:
            raise DataError(f"{path.name}/sub.txt:{line}: {err}; {archives.AGAIN}") from None
        filing = Filing(company, "", form, int(fy) if fy.isdecimal() else 0, fp, day, known, adsh)
        filings[adsh.encode()] = filing
        if day >= names.get(company, (0, ""))[0]:
            names[company] = (day, name)
        if sic.isdecimal():
            industries.append(resolve.row_of(filing, "sic", (None, day), (float(sic), "sic", 1), "code"))
        else:
            report.left_out["filings without an industry (SIC)"] += 1
    return filings, {company: name for company, (_, name) in names.items()}, industries


def _reported(
    archive: zipfile.ZipFile,
    path: Path,
    items: Items,
    filings: dict[bytes, Filing],
    *,
    report: Report,
    progress: Progress,
) -> dict[bytes, Reported]:
    """Return what each filing reports of the tags that items are read from."""
    wanted = {tag.encode(): tag for tag in items.tags}
    left: Counter[str] = Counter()
    found: dict[bytes, Reported] = {}
    n = 0
    for line, (adsh, tag, version, ddate, qtrs, uom, segments, coreg, value) in _rows(
        archive, path, "num", progress=progress
    ):
        n += 1
        if tag not in wanted or not version.startswith(TAXONOMIES):
            continue
        if segments or coreg or qtrs.decode() not in QUARTERS or adsh not in filings:
            left[_why(segments, coreg, adsh in filings)] += 1
            continue
        try:
            period = _period(ddate, int(qtrs))
            number = float(value) if value else math.nan
        except ValueError:
            raise DataError(f"{path.name}/num.txt:{line}: {value[:30]!r} of {tag.decode()[:60]} for {ddate[:10]!r} "
                            f"is no number or day; {archives.AGAIN}") from None  # fmt: skip
        if math.isnan(number):
            left["rows without a value"] += 1
        else:
            found.setdefault(adsh, Reported()).add(period, uom.decode(), wanted[tag], number)
    report.rows = n
    resolve.count(report, left)
    return found


def _why(segments: bytes, coreg: bytes, known: bool) -> str:  # noqa: FBT001 - a private choice of words
    if not known:
        return "rows of filings that sub.txt does not have"
    if segments:
        return "values of a segment"
    return "values of a co-registrant" if coreg else "values over more than four quarters"


def _rows(
    archive: zipfile.ZipFile, path: Path, table: str, *, progress: Progress = unreported
) -> Iterator[tuple[int, list[bytes]]]:
    """Yield line number and the needed cells, in the order of ``_NEEDED``, of one table; a missing column is empty."""
    member = next((m for m in archive.infolist() if Path(m.filename).name == f"{table}.txt"), None)
    if member is None:
        raise DataError(f"{path.name} has no {table}.txt; it is no Financial Statement Data Set; {archives.AGAIN}")
    with archive.open(member) as stream:
        lines = io.BufferedReader(cast("io.RawIOBase", stream), 1 << 20)
        head = lines.readline().removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n").split(b"\t")
        places = _places(path, table, [cell.decode("latin-1").strip() for cell in head])
        width, done = len(head), 0
        for number, raw in enumerate(lines, start=2):
            cells = raw.rstrip(b"\r\n").split(b"\t")
            if len(cells) != width:
                what = f"{path.name}/{table}.txt:{number}: {len(cells)} cells, not {width}"
                raise DataError(f"{what}; the file is damaged or stops inside a line; {archives.AGAIN}")
            done += len(raw)
            if not number % BEAT:
                progress(done, member.file_size)
            yield number, [cells[k] if k >= 0 else b"" for k in places]
    progress(member.file_size, member.file_size)


def _places(path: Path, table: str, head: list[str]) -> list[int]:
    """Return the place of each needed column; -1 for one that some editions lack and that may be empty."""
    optional = {"segments", "coreg", "sic", "accepted", "period", "fy", "fp"}
    missing = [name for name in _NEEDED[table] if name not in head and name not in optional]
    if missing:
        raise DataError(f"{path.name}/{table}.txt:1: no column {', '.join(missing)}; {archives.AGAIN}")
    return [head.index(name) if name in head else -1 for name in _NEEDED[table]]


def _period(ddate: bytes, quarters: int) -> resolve.Period:
    end = _day(ddate.decode("ascii", "replace"))
    if not quarters:
        return None, end
    return month_end(month_end_number(end) - 3 * quarters) + 1, end


def _day(text: str) -> int:
    if len(text) != 8 or not text.isdecimal():
        raise ValueError(f"{text[:20]!r} is no day as YYYYMMDD")
    return day_number(date(int(text[:4]), int(text[4:6]), int(text[6:])))


def _accepted(text: str) -> tuple[int, int] | None:
    """Return day and hour of ``2009-08-07 15:37:00.0``; None where the edition does not say."""
    if not text:
        return None
    try:
        return day_number(date.fromisoformat(text[:10])), int(text[11:13])
    except ValueError:
        raise ValueError(f"{text[:30]!r} is no time of acceptance") from None


def _text(cell: bytes) -> str:
    """Return text that is UTF-8, or Latin-1 as in some early files."""
    try:
        return cell.decode("utf-8")
    except UnicodeDecodeError:
        return cell.decode("latin-1")
