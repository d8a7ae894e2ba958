"""The data set ``long``: the portfolios from 1953-12-31, with the discount rate where no target was announced yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from fedcycle.data import catalog, manifest
from fedcycle.data.building import factors
from fedcycle.data.building.build import asset_entry, check_place, daily_target, grid, series_entry, span_of, write
from fedcycle.data.building.build import turning_points_complete_to as complete_to
from fedcycle.data.building.derived_changes import extended
from fedcycle.data.building.index_levels import Report, levels
from fedcycle.data.building.notice import notice
from fedcycle.data.building.raw_inputs import CROSS_CHECKS, INPUTS, Inputs, places
from fedcycle.data.errors import DataError
from fedcycle.data.manifest import Entry, FileFacts, Manifest
from fedcycle.data.series import Series, Unit
from fedcycle.data.sources import fred, french, tables
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Days, days

BASE_DAY = date(1953, 12, 31)
"""First row of the levels: the last session before 1954, the first year in which every session is a weekday with a
Treasury bill, a discount rate and all ten size deciles."""

LEVEL_DIGITS = 7
"""Significant digits of a level: a return is right to a hundredth of a basis point, and the files stay small."""

DISCOUNT_CHANGES = "fed_discount_rate_changes.csv"
CHRONOLOGY = "nber_chronology.csv"
UNANNOUNCED_COLUMNS = tables.TURNING_COLUMNS[:2]
GS10, FUNDS_RATE = catalog.SERIES["GS10"], catalog.SERIES["FEDFUNDS"]

MONTHLY_YIELD_TO = date(1962, 1, 1)
"""From here on DGS10 has a yield of every day; before, GS10 has the mean of each month (the file at hand from 1959-01).
"""

RAW: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *(n for n in INPUTS if n != catalog.TURNING_POINTS),
            *(GS10.raw, FUNDS_RATE.raw, DISCOUNT_CHANGES, CHRONOLOGY, catalog.FIVE_FACTORS),
        ]
    )
)
"""The raw files it is compiled from, by their paths below the raw folder."""

CHRONOLOGY_LAG = np.timedelta64(730, "D")
"""Before 1980 NBER announced nothing on a day that is known. No rule sees these turning points; a study as of a day
takes them for known two years later, as long as the slowest of the announcements since took."""


@dataclass(frozen=True)
class DiscountChange:
    """One change of the discount rate of the Federal Reserve Bank of New York.

    Parameters
    ----------
    effective : day from which it holds, at whose close it is known
    rate : percent per year
    change_bp : basis points
    """

    effective: date
    rate: float
    change_bp: float


@dataclass(frozen=True)
class Turn:
    """One peak or trough of NBER's chronology; ``announced`` is None before 1980."""

    event: str
    month: date
    announced: date | None


def discount_changes(raw: RawFile) -> tuple[DiscountChange, ...]:
    """Return the changes of the discount rate, oldest first; raises DataError for a size that does not add up."""
    header, rows = raw.table()
    at = raw.places(header, ["effective", "rate", "change_bp"])
    found: list[DiscountChange] = []
    for line, cells in rows:
        day = raw.day(line, cells[at["effective"]])
        raw.check_after(line, day, found[-1].effective if found else None)
        rate, change = (raw.number(line, n, cells[at[n]]) for n in ("rate", "change_bp"))
        if found and abs(100 * (rate - found[-1].rate) - change) > 1e-6:
            raise raw.fault(line, f"change_bp is {change:g}, but rate goes from {found[-1].rate:g} to {rate:g} percent")
        found.append(DiscountChange(day, rate, change))
    if not found:
        raise raw.fault(1, "the table has no row")
    return tuple(found)


def chronology(raw: RawFile, columns: Sequence[str] = tables.TURNING_COLUMNS) -> tuple[Turn, ...]:
    """Return NBER's peaks and troughs, oldest first; raises DataError where they are unsorted or do not alternate.

    ``columns`` without the last is of a file whose turning points were never announced on a known day.
    """
    header, rows = raw.table()
    at = raw.places(header, columns)
    found: list[Turn] = []
    for line, cells in rows:
        event, month, *told = (cells[at[name]] for name in columns)
        turn = Turn(event, raw.day(line, f"{month}-01"), raw.day(line, told[0]) if told and told[0] else None)
        if event not in ("peak", "trough") or (found and event == found[-1].event):
            raise raw.fault(line, f"event is {event!r}; peaks and troughs alternate")
        raw.check_after(line, turn.month, found[-1].month if found else None)
        found.append(turn)
    return tuple(found)


def announced(turns: Sequence[Turn]) -> tuple[tables.TurningPoint, ...]:
    """Return the turning points that NBER announced on a known day: those that rules may see."""
    return tuple(tables.TurningPoint(t.event, t.month, t.announced) for t in turns if t.announced is not None)


def chronology_series(unannounced: RawFile, points: RawFile) -> Series:
    """Return the whole chronology, for reports alone: 1 a trough, -1 a peak; see ``CHRONOLOGY_LAG``.

    Parameters
    ----------
    unannounced : turning points of before NBER announced them
    points : those that it announced, all of them later
    """
    early, later = chronology(unannounced, UNANNOUNCED_COLUMNS), chronology(points)
    if early and later and (later[0].month <= early[-1].month or later[0].event == early[-1].event):
        raise unannounced.fault(len(early) + 1, f"{points.name} does not go on from it with the other event, later")
    turns = (*early, *later)
    month = days([t.month for t in turns])
    known = [
        m + CHRONOLOGY_LAG if t.announced is None else np.datetime64(t.announced)
        for t, m in zip(turns, month, strict=True)
    ]
    values = np.array([1.0 if t.event == "trough" else -1.0 for t in turns])
    return Series("nber_chronology", Unit.TURNING_POINT, values, month, days(known))


def read(raw: Path) -> Inputs:
    """Return the raw files of a folder; raises DataError that names all that are missing."""
    if not raw.is_dir():
        raise DataError(f"{raw} is not a folder; give the folder with the raw files, such as {INPUTS[0]} below it")
    found = {name: next((p for p in places(name) if (raw / p).is_file()), None) for name in RAW}
    missing = [name for name, place in found.items() if place is None]
    if missing:
        raise DataError(f"{raw} lacks {', '.join(missing)}; the long data set is compiled from {len(RAW)} files")
    names = {name: place for name, place in found.items() if place is not None}
    names |= {name: name for name in CROSS_CHECKS if (raw / name).is_file()}
    return Inputs({n: RawFile(str(raw / p), (raw / p).read_bytes()) for n, p in names.items()}, names)


def build(raw: Path, out: Path, *, report: Report = lambda _: None) -> Manifest:
    """Compile the long data set and put it in the place of ``out``, whole or not at all; raises DataError."""
    check_place(out)
    files, made = compiled(read(raw), report=report)
    report(f"writing {out}")
    write(out, files)
    return made


def compiled(inputs: Inputs, *, report: Report = lambda _: None) -> tuple[dict[str, bytes], Manifest]:
    """Return the files of the long data set, name -> bytes, and its manifest."""
    made = levels(inputs.files, report, base_day=BASE_DAY)
    report("compiling yields, factors, changes of the discount rate and of the target, and turning points")
    yields = {f.name: fred.observations(inputs[f.raw], f.name, since=BASE_DAY) for f in catalog.YIELDS}
    extras = _extras(inputs, report)
    policy = extended(tables.target_changes(inputs[catalog.TARGETS]), *daily_target(inputs))
    turns = chronology(inputs[CHRONOLOGY])
    discount = discount_changes(inputs[DISCOUNT_CHANGES])
    texts = {
        manifest.LEVELS: grid({n: (a.sessions, map(_level, a.level.tolist())) for n, a in made.items()}),
        manifest.YIELDS: grid({n: (s.observed_on, map(repr, s.values.tolist())) for n, s in yields.items()}),
        manifest.TARGETS: tables.target_changes_text(policy.changes),
        manifest.TURNING_POINTS: tables.turning_points_text(announced(turns)),
        manifest.EXTRAS: grid({name: (at, iter(cells)) for name, (at, cells) in extras.items()}),
        manifest.DISCOUNT_CHANGES: _discount_text(discount),
        manifest.UNANNOUNCED: _unannounced_text(turns),
    }
    files = {name: text.encode("ascii") for name, text in texts.items()}
    vintages = {name: french.vintage(file) for name, file in inputs.files.items()}
    entries = tuple(asset_entry(a, span_of(made[a.name].sessions.tolist()), inputs, vintages) for a in catalog.ASSETS)
    spans = {n: span_of(s.observed_on.tolist()) for n, s in yields.items()}
    spans |= {name: span_of(at.tolist()) for name, (at, _) in extras.items()}
    monthly = spans.pop(GS10.name)
    spans["DGS10"] = (monthly[0], spans["DGS10"][1], spans["DGS10"][2] + monthly[2])
    said = Manifest(
        {name: FileFacts.of(content) for name, content in files.items()},
        entries,
        tuple(_entries(inputs, spans, policy.changes, policy.complete_to, discount=discount, turns=turns)),
        {inputs.names[n]: FileFacts(f.sha256, len(f.content), vintages[n]) for n, f in inputs.files.items()},
    )
    files[manifest.NOTICE] = (notice(digits=LEVEL_DIGITS, since=BASE_DAY.year + 1) + _NOTICE).encode("ascii")
    return manifest.sealed(files, said), said


def _extras(inputs: Inputs, report: Report) -> dict[str, tuple[Days, list[str]]]:
    """Return the columns beside levels and yields, name -> days and cells: monthly yields, the funds rate, factors."""
    monthly = fred.observations(inputs[GS10.raw], GS10.name, since=BASE_DAY)
    early = monthly.observed_on < np.datetime64(MONTHLY_YIELD_TO)
    funds = fred.observations(inputs[FUNDS_RATE.raw], FUNDS_RATE.name, since=BASE_DAY)
    found = {
        GS10.name: (monthly.observed_on[early], [repr(x) for x in monthly.values[early].tolist()]),
        FUNDS_RATE.name: (funds.observed_on, [repr(x) for x in funds.values.tolist()]),
    }
    made = factors.factor_levels(inputs.files, since=date(BASE_DAY.year + 1, 1, 1))
    for fact in catalog.FACTORS:
        if fact.name not in made:
            report(f"{fact.name} is left out, as there is no {fact.raw}")
    return found | {name: (at, list(factors.cells(level))) for name, (at, level) in made.items()}


def _entries(
    inputs: Inputs,
    spans: Mapping[str, tuple[str, str, int]],
    changes: Sequence[tables.TargetChange],
    to: date,
    *,
    discount: Sequence[DiscountChange],
    turns: Sequence[Turn],
) -> Iterator[Entry]:
    stated = [c.effective for c in tables.stated(changes)]
    before = [d.effective for d in discount if d.effective < tables.FIRST_STATEMENT]
    points = announced(turns)
    for fact in catalog.YIELDS:
        entry = series_entry(fact, spans[fact.name])
        if fact.name == "DGS10":
            early = f"before {MONTHLY_YIELD_TO} the mean of the month (GS10), known at the end of the next month"
            entry = replace(entry, definition=f"{entry.definition}; {early}", made_from=(GS10.raw, fact.raw))
        yield entry
    for fact in catalog.POLICY:
        entry = series_entry(fact, span_of(stated), to)
        if fact.name == "target_change":
            early = "changes of the discount rate, known at the close of the day they took effect"
            words = f"{entry.definition}; before {tables.FIRST_STATEMENT} {early}"
            count = len(before) + len(stated)
            first = before[0].isoformat()
            entry = replace(entry, definition=words, first=first, count=count, made_from=(DISCOUNT_CHANGES, fact.raw))
        yield entry
    for fact in catalog.RECESSIONS:
        entry = series_entry(fact, span_of([p.month for p in points]), complete_to(points, inputs))
        yield replace(entry, made_from=(CHRONOLOGY,))
    for fact in (FUNDS_RATE, *catalog.FACTORS):
        if fact.name in spans:
            yield series_entry(fact, spans[fact.name])


def _level(value: float) -> str:
    return f"{value:#.{LEVEL_DIGITS}g}"


def _discount_text(changes: Sequence[DiscountChange]) -> str:
    rows = [f"{c.effective},{c.rate!r},{c.change_bp!r}" for c in changes]
    return "\n".join(["effective,rate,change_bp", *rows, ""])


def _unannounced_text(turns: Sequence[Turn]) -> str:
    rows = [f"{t.event},{t.month:%Y-%m}" for t in turns if t.announced is None]
    return "\n".join([",".join(UNANNOUNCED_COLUMNS), *rows, ""])


_NOTICE = f"""
## {manifest.DISCOUNT_CHANGES}

Every change of the discount rate of the Federal Reserve Bank of New York from 1953-01-16 to 1992-07-02 by the day it
took effect, in percent per year and basis points. Until 1994-02-03 the series `target_change` of this data set has
these, as the discount rate was then the instrument that the Federal Reserve announced; it moved late and seldom.
Rights: public facts.

## {manifest.UNANNOUNCED}

NBER's peaks and troughs from 1926 to 1975, of which no day of announcement is known: reports use these and those of
`{manifest.TURNING_POINTS}`, from 1980 on, and a rule sees the announced ones only. Rights: public facts.

## {manifest.EXTRAS}

`GS10` is the mean of the month of the 10-year yield, as published in H.15; it stands for `DGS10` before 1962, known at
the end of the next month. The file at hand begins in 1959. Rights: figures of the US government, in the public domain.

`FEDFUNDS` is the mean of the month of the effective federal funds rate, from 1954-07 on. Rights: the same.

The factors are index levels at month ends, 100 at their start, derived from the daily factor returns of the Kenneth R.
French Data Library (market, size and value of the three-factor file; profitability and investment of the five-factor
file, from 1963-07); momentum is in no file at hand. Rights: as of the levels.

Levels begin on {BASE_DAY}, those of quality on 1963-06-28, those of `financials` on 1990-12-31, as the daily file of
industries at hand begins in 1991.
"""
