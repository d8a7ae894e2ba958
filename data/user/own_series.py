"""Series and recessions of a user's own: read strictly, each with its unit and the day it was known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from fedcycle.data import manifest
from fedcycle.data.catalog import RECESSIONS, SERIES
from fedcycle.data.errors import DataError
from fedcycle.data.manifest import Entry, FileFacts, Manifest
from fedcycle.data.series import Series, Unit
from fedcycle.data.sources import file_cells, file_columns, file_dates, file_dialects, file_numbers, tables
from fedcycle.data.sources.facts_table import facts_table
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.staleness import Pace, fresh_until
from fedcycle.data.typing import Days, Float64, days

UNITS: Mapping[str, Unit] = {
    "percent": Unit.PERCENT_PER_YEAR,
    "bp": Unit.BASIS_POINTS,
    "index": Unit.INDEX,
    "fraction": Unit.FRACTION,
    "score": Unit.SCORE,
}
"""What an option may say -> the unit: a yield is ``percent``."""
MOST_LAG = 400
"""Calendar days after which a value is known at the latest: more is a mistake in the unit."""
PACES: Sequence[tuple[float, Pace]] = ((4.0, "daily"), (10.0, "weekly"), (45.0, "monthly"))
"""Calendar days from one observation to the next, the median, up to which a series is so often; else quarterly."""
STAMP, RECESSION_STAMP = "OWN SERIES", "OWN RECESSIONS"
_COLUMNS = ("series", "observed_on", "known_on", "value")
_MEND = "correct the file"


@dataclass(frozen=True, eq=False)
class OwnSeries:
    """One series of a user's own.

    Parameters
    ----------
    name : as rules ask for it
    file : name of the user's file
    unit : Unit
    known : in words, when a value was known
    observed_on, known_on : (n,) days
    values : (n,) in ``unit``
    sha256, size : of the file
    empty : rows without a value, which are no observations
    """

    name: str
    file: str
    unit: Unit
    known: str
    observed_on: Days
    known_on: Days
    values: Float64
    sha256: str
    size: int
    empty: int = 0

    @property
    def pace(self) -> Pace:
        """Return how often it is observed."""
        step = np.diff(self.observed_on).astype(np.int64)
        median = float(np.median(step)) if len(step) else 1.0
        return next((pace for most, pace in PACES if median <= most), "quarterly")

    @property
    def entry(self) -> Entry:
        """Return what the manifest says of it."""
        return Entry(
            name=self.name,
            definition=f"{self.name} as in {self.file}",
            unit=str(self.unit),
            frequency=self.pace,
            release=self.known,
            source=f"{manifest.OWN} {self.file}",
            made_from=(self.file,),
            vintage=None,
            first=str(self.observed_on[0]),
            last=str(self.observed_on[-1]),
            count=len(self.values),
            rights="yours, or those of whoever you have it from; not to be passed on without asking",
        )


def own_series(raw: RawFile, name: str, *, unit: str, lag: int | None) -> OwnSeries:
    """Return a series from a table with the column ``date``, one column of values, and perhaps ``known_on``.

    Parameters
    ----------
    raw : the file, in any form that a file of prices may have
    name : as rules are to ask for it
    unit : one of ``UNITS``
    lag : calendar days from the day a value is about to the day it is known; None where the file has ``known_on``

    Raises
    ------
    DataError
        For a unit that is none, dates that go back, a value known before its day, or neither lag nor ``known_on``.
    """
    if unit not in UNITS:
        raise DataError(f"--series {name}: the unit is {unit!r:.40}; write {', '.join(UNITS)}")
    table = _Table.of(raw)
    names = ["known_on"] if table.known is not None else []
    if (lag is None) == ("known_on" not in names):
        more = (
            "neither the option nor a column known_on says" if lag is None else "the option and the column known_on say"
        )
        raise DataError(f"--series {name}: {more} when its values were known; write NAME=FILE,UNIT,DAYS or that column")
    if lag is not None and not 0 <= lag <= MOST_LAG:
        raise DataError(f"--series {name}: values are known {lag} days later; write 0 to {MOST_LAG} calendar days")
    observed, known, values, empty = _read(table)
    said = "known on the day that the file says" if lag is None else f"known {lag} calendar days after its day"
    known_on = days(known) if lag is None else days(days(known) + np.timedelta64(lag, "D"))
    return OwnSeries(
        name,
        Path(raw.name).name,
        UNITS[unit],
        said,
        days(observed),
        known_on,
        np.array(values),
        raw.sha256,
        len(raw.content),
        empty,
    )


@dataclass(frozen=True, eq=False)
class _Table:
    """A file of one series: its rows, and the columns of its days, of what is known when, and of its values."""

    raw: RawFile
    lines: Sequence[int]
    rows: Sequence[Sequence[str | None]]
    date: int
    known: int | None
    value: int
    name: str

    @classmethod
    def of(cls, raw: RawFile) -> _Table:
        """Return the table of a file in any form that a file of prices may have; raises DataError for any other."""
        table = file_cells.cells(raw)
        found = file_dialects.layout(table)
        names = [file_columns.plain(name) for name in found.names]
        known = names.index("knownon") if "knownon" in names else None
        dated = [k for k, n in enumerate(found.names) if k != known and (file_columns.role_of(n) == "date" or not n)]
        others = [k for k in range(len(names)) if k not in (known, *dated)]
        if len(dated) != 1 or len(others) != 1:
            shown = ", ".join(found.names)[:80]
            raise raw.fault(found.header, f"its columns are {shown}; write date, one column of values, known_on", _MEND)
        rows, lines = [table.rows[k] for k in found.body], [table.lines[k] for k in found.body]
        return cls(raw, lines, rows, dated[0], known, others[0], found.names[others[0]])

    def days(self, column: int) -> Days:
        """Return a column of days, (n,)."""
        cells = [row[column] or "" for row in self.rows]
        return file_dates.dates(self.raw, self.lines, cells).days


def _read(table: _Table) -> tuple[list[date], list[date], list[float], int]:
    """Return the days, the days from which each is known (the same where nothing says), the values, and rows of none.

    Rows newest first are turned round; one without a value is no observation, as on the holidays of FRED's files.
    """
    raw, observed = table.raw, table.days(table.date)
    told = observed if table.known is None else table.days(table.known)
    cells = [row[table.value] for row in table.rows]
    style = file_numbers.style(raw, zip(table.lines, cells, strict=True), stated=None)
    order = range(len(cells))[
        :: -1 if len(observed) > 1 and bool((np.diff(observed) < np.timedelta64(0, "D")).all()) else 1
    ]
    days_: list[date] = []
    known: list[date] = []
    values: list[float] = []
    for k in order:
        cell, line = cells[k] or "", table.lines[k]
        if file_numbers.missing(cell):
            continue
        value, day, when = file_numbers.number(cell.rstrip("%").strip(), style), observed[k].item(), told[k].item()
        raw.check_after(line, day, days_[-1] if days_ else None)
        if value is None:
            raise raw.fault(line, f"{table.name!r} is {cell[:40]!r}, which is not a number", _MEND)
        if when < day or (known and when < known[-1]):
            raise raw.fault(line, f"known on {when}, before {max([day, *known[-1:]])}", _MEND)
        days_.append(day)
        known.append(when)
        values.append(value)
    if not values:
        raise raw.fault(1, "no row has a value", _MEND)
    return days_, known, values, len(cells) - len(values)


def text(every: Sequence[OwnSeries]) -> bytes:
    """Return series as the file that ``stored`` reads."""
    lines = [
        f"{s.name},{observed},{known},{value!r}"
        for s in every
        for observed, known, value in zip(s.observed_on, s.known_on, s.values.tolist(), strict=True)
    ]
    return "\n".join([",".join(_COLUMNS), *lines, ""]).encode("ascii")


def stored(raw: RawFile, made: Manifest, sessions: Days) -> dict[str, Series]:
    """Return the series of a user's own that a data set holds, by name."""
    header, rows = raw.table()
    at = raw.places(header, _COLUMNS)
    entries, found = {e.name: e for e in made.series}, {}
    for name in dict.fromkeys(cells[at["series"]] for _, cells in rows):
        own = [(line, cells) for line, cells in rows if cells[at["series"]] == name]
        observed, known = (days([raw.day(line, c[at[part]]) for line, c in own]) for part in _COLUMNS[1:3])
        values = np.array([raw.number(line, "value", c[at["value"]]) for line, c in own])
        pace: Pace = entries[name].frequency  # type: ignore[assignment]
        fresh = fresh_until(pace, observed, sessions)
        unit = Unit(entries[name].unit)
        found[name] = Series(name, unit, values, observed, known, complete_to=observed[-1], fresh_until=fresh)
    return found


def put(
    files: Mapping[str, bytes],
    series: Sequence[OwnSeries] = (),
    *,
    recessions: RawFile | None = None,
    complete_to: date | None = None,
) -> dict[str, bytes]:
    """Return the files of a data set with series of a user's own, and their turning points in the place of NBER's.

    Raises
    ------
    DataError
        For a name that an asset has, or turning points that are unsorted or do not alternate.
    """
    made, found = manifest.parsed(files[manifest.MANIFEST], Path(manifest.MANIFEST)), dict(files)
    for own in series:
        if own.name in {e.name for e in made.assets}:
            raise DataError(f"--series {own.name}: that is the name of an asset; give another name")
    if series:
        made = _with_series(found, made, series)
    if recessions is not None:
        made = _with_recessions(found, made, recessions, complete_to)
    return manifest.sealed(found, made)


def _with_series(found: dict[str, bytes], made: Manifest, series: Sequence[OwnSeries]) -> Manifest:
    names = [own.name for own in series]
    old = found.get(manifest.OWN_SERIES, b"").decode("ascii").splitlines()[1:]
    kept = [row for row in old if row.partition(",")[0] not in names]
    head, _, body = text(series).decode("ascii").partition("\n")
    found[manifest.OWN_SERIES] = ("\n".join([head, *kept, body])).encode("ascii")
    replaced = [f"{STAMP}: {own.name} is {own.file}" for own in series if own.name in SERIES]
    return replace(
        made,
        files={**made.files, manifest.OWN_SERIES: FileFacts.of(found[manifest.OWN_SERIES])},
        series=(*(e for e in made.series if e.name not in names), *(own.entry for own in series)),
        inputs={**made.inputs, **{own.file: FileFacts(own.sha256, own.size) for own in series}},
        stamps=tuple(dict.fromkeys([*made.stamps, *replaced])),
    )


def _with_recessions(found: dict[str, bytes], made: Manifest, raw: RawFile, complete_to: date | None) -> Manifest:
    table = facts_table(raw)
    points, file = tables.turning_points(raw, table=table), Path(raw.name).name
    last = points[-1].announced
    if complete_to is not None and complete_to < last:
        line = table[1][-1][0]
        raise raw.fault(line, f"announced on {last}, after {complete_to}, to which it is said to be complete", _MEND)
    found[manifest.TURNING_POINTS] = tables.turning_points_text(points).encode("ascii")
    found.pop(manifest.UNANNOUNCED, None)
    facts = {name: entry for name, entry in made.files.items() if name != manifest.UNANNOUNCED}
    facts[manifest.TURNING_POINTS] = FileFacts.of(found[manifest.TURNING_POINTS])
    name = RECESSIONS[0].name
    entries = tuple(
        replace(
            e,
            definition=f"peaks (-1) and troughs (1) of the business cycle as in {file}; observed on the 1st of a month",
            release="known from the day it was announced, as the file says",
            source=f"{manifest.OWN} {file}",
            made_from=(file,),
            first=points[0].month.isoformat(),
            last=points[-1].month.isoformat(),
            count=len(points),
            complete_to=(complete_to or last).isoformat(),
        )
        if e.name == name
        else e
        for e in made.series
    )
    return replace(
        made,
        files=facts,
        series=entries,
        inputs={**made.inputs, file: FileFacts(raw.sha256, len(raw.content))},
        stamps=tuple(dict.fromkeys([*made.stamps, f"{RECESSION_STAMP}: {file}"])),
    )
