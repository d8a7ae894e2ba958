"""Publishers -> store: each raw file fetched, doubted and compared; what holds becomes a new vintage, compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import numpy as np

from fedcycle.data import catalog, lock, sanity_checks, vintages
from fedcycle.data import dataset as store
from fedcycle.data.build import compiled
from fedcycle.data.errors import DamagedData, DataError, UnknownName
from fedcycle.data.index_levels import Report
from fedcycle.data.market import Market
from fedcycle.data.raw_inputs import INPUTS, Inputs
from fedcycle.data.raw_table import SIZES, Table, returns_of, series_of, table, weights_of
from fedcycle.data.sources import frames, french, tables
from fedcycle.data.sources.network import Answer
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.suggest import did_you_mean
from fedcycle.data.typing import Days, Float64
from fedcycle.data.vintages import StoredFile, Vintage

OWN = (catalog.TARGETS, catalog.TURNING_POINTS)
"""Tables that no publisher offers in this form; they come with fedcycle."""

WITNESS = catalog.SERIES["DFEDTARU"]
"""Fetched beside the rest to see whether fedcycle's own table of target changes has fallen behind."""


class Publisher(Protocol):
    """Whoever answers for the publishers; ``sources.network.Publishers`` does."""

    def series(self, name: str, *, start: date) -> Answer:
        """Return one of FRED's series from a day on."""

    def archive(self, dataset: str, *, start: date) -> Answer:
        """Return one of the French library's archives from a day on."""


@dataclass(frozen=True, kw_only=True)
class FetchResult:
    """What became of one raw file.

    Parameters
    ----------
    name : raw file
    status : ``new``, ``changed``, ``same``, ``kept`` (the vintage before stays) or ``own`` (comes with fedcycle)
    why : for ``kept``, the sentence that says why
    rows, last : rows from the base day on, and the day of the last
    added, rewritten, removed : rows against the vintage before, from ``since`` on
    """

    name: str
    status: str
    why: str = ""
    rows: int = 0
    last: str = ""
    added: int = 0
    rewritten: int = 0
    removed: int = 0


@dataclass(frozen=True)
class Outcome:
    """A fetch: the vintage it added, what became of each file, and notes worth knowing."""

    vintage: Vintage
    files: tuple[FetchResult, ...]
    notes: tuple[str, ...]

    @property
    def failed(self) -> tuple[FetchResult, ...]:
        """Return the files whose vintage before had to stay."""
        return tuple(f for f in self.files if f.status == "kept")


@dataclass(frozen=True)
class _Before:
    """A raw file of the newest vintage that has it whole."""

    held: StoredFile
    content: bytes


def fetch(
    folder: Path,
    publishers: Publisher,
    *,
    retrieved: datetime,
    names: Sequence[str] = (),
    since: date = catalog.BASE_DAY,
    expected: Market | None = None,
    report: Report = lambda _: None,
) -> Outcome:
    """Fetch raw files, add a vintage to the store and return what changed.

    Parameters
    ----------
    folder : the data folder
    publishers : FRED and the French library
    retrieved : now, in UTC
    names : assets and series to fetch; empty for all that the store has, or that every data set needs
    since : first day asked for, and from which changes are counted. Publishers send whole files and a vintage keeps
        them whole, so that its market does not depend on it
    expected : a market that a first vintage must resemble where both have data, such as the bundle; None for none
    report : told in a sentence what is being done

    Raises
    ------
    DataError
        If nothing could be fetched, what is needed for a first vintage is lacking, or the files do not fit together.
        The store is then as it was.
    """
    with lock.held(folder):
        before = _before(folder, report)
        wanted, extras = _wanted(names, before)
        raw, files = _fetched(publishers, wanted, before, retrieved=retrieved, since=since, report=report)
        needed = [*INPUTS, *(f.raw for f in extras)]
        if not any(f.status in ("new", "changed", "same") for f in files):
            raise DataError(f"nothing was fetched: {_why(files)}; the store is as it was")
        lacking = [name for name in needed if name not in raw and name not in before]
        if lacking:
            raise DataError(
                f"a first vintage needs every file, and {lacking[0]} is not among them"
                f" ({_why(files) or 'it was not asked for'}); run fedcycle data fetch without names"
            )
        whole = {n: _Before(raw[n][1], raw[n][0]) if n in raw else before[n] for n in {**before, **raw}}
        inputs = Inputs(
            {n: RawFile(archived(n), whole[n].content) for n in needed}, {n: archived(n) for n in needed}, extras
        )
        made, said = compiled(inputs, report=report)
        market = store.market_of(made, said, name="the fetched market")
        if not before and expected is not None:
            sanity_checks.check_markets(market, expected)
        notes = [f"{f.name} is the one of {before[f.name].held.held_by}: {f.why}" for f in files if f.status == "kept"]
        notes += sanity_checks.late(retrieved, next(vintages.vintages(folder), None))
        notes += _behind(whole)
        vintage = vintages.add(
            folder,
            retrieved=retrieved,
            files=made,
            raw={archived(n): _entry(whole[n], before.get(n)) for n in whole},
            digest=market.digest,
            notes=notes,
        )
    return Outcome(vintage, tuple(files), tuple(notes))


def archived(name: str) -> str:
    """Return the path below ``raw/`` at which a fetched file stands: daily returns come as the library's archives."""
    return catalog.PUBLISHED.get(name, name)


def _why(files: Sequence[FetchResult]) -> str:
    return "; ".join(dict.fromkeys(f.why for f in files if f.why))


def _entry(file: _Before, before: _Before | None) -> tuple[bytes | None, StoredFile]:
    """Return a file's bytes where the new vintage has to hold them, and where it is held."""
    if before is not None and before.held.sha256 == file.held.sha256:
        return None, before.held
    return file.content, file.held


def _before(folder: Path, report: Report) -> dict[str, _Before]:
    """Return each raw file as the newest vintage has it; where that is damaged, as the newest one before."""
    found: dict[str, _Before] = {}
    names = {archived(n): n for n in (*INPUTS, *(f.raw for f in catalog.EXTRAS))}
    for vintage in vintages.vintages(folder):
        for stored, held in vintage.raw.items():
            name = names.get(stored)
            if name is None or name in found:
                continue
            try:
                found[name] = _Before(held, vintages.content(folder, stored, held))
            except DamagedData as err:
                report(f"{err}; an earlier vintage is used in its place")
    return found


def _wanted(names: Sequence[str], before: Mapping[str, object]) -> tuple[list[str], tuple[catalog.Fact, ...]]:
    """Return the raw files to fetch and the extra series to compile."""
    assets = {a.name: a for a in catalog.ASSETS}
    asked: list[str] = []
    for name in names:
        if name in assets:
            asked += [assets[name].returns, *([assets[name].weights or ""] if assets[name].weights else [])]
        elif name in catalog.SERIES:
            asked.append(catalog.SERIES[name].raw)
        else:
            near = did_you_mean(name, [*assets, *catalog.SERIES])
            raise UnknownName(f"{name!r} is not an asset or series{near}; see: fedcycle data catalog")
    # The witness is in every vintage and, for that alone, in no market.
    known = [f for f in catalog.EXTRAS if (f.raw in before and f is not WITNESS) or f.name in names]
    if not asked:
        asked = [*INPUTS, *(f.raw for f in known), WITNESS.raw]
    return list(dict.fromkeys([*asked, *OWN])), tuple(known)


def _fetched(
    publishers: Publisher,
    wanted: Sequence[str],
    before: Mapping[str, _Before],
    *,
    retrieved: datetime,
    since: date,
    report: Report,
) -> tuple[dict[str, tuple[bytes, StoredFile]], list[FetchResult]]:
    """Return what holds, raw file -> its bytes and where they are from, and what became of each file."""
    raw: dict[str, tuple[bytes, StoredFile]] = {}
    files: list[FetchResult] = []
    stamp = retrieved.isoformat(timespec="seconds")
    for k, name in enumerate(wanted, start=1):
        report(f"{k}/{len(wanted)} {name}")
        old = before.get(name)
        try:
            content, source, told = _one(publishers, name, old, since=since)
        except DataError as err:
            report(f"{err}; {'the vintage before stays' if old else 'there is no vintage before'}")
            if old or name != WITNESS.raw:
                files.append(FetchResult(name=name, status="kept" if old else "lacking", why=str(err)))
            continue
        stated = french.vintage(RawFile(archived(name), content))
        new = StoredFile(hashlib.sha256(content).hexdigest(), len(content), "", stamp, source, stated)
        raw[name] = (content, old.held if old and old.held.sha256 == new.sha256 else new)
        files.append(told)
    return raw, files


def _one(publishers: Publisher, name: str, old: _Before | None, *, since: date) -> tuple[bytes, str, FetchResult]:
    """Fetch one raw file, doubt it, and return its bytes, address and what changed; raises DataError."""
    if name in OWN:
        return store.bundled(name), "fedcycle's own table", FetchResult(name=name, status="own")
    fact = series_of(name)
    if fact is not None:
        answer = publishers.series(fact.name, start=since)
    else:
        dataset = archived(name).rsplit("/", 1)[-1].removesuffix("_CSV.zip")
        answer = publishers.archive(dataset, start=since)
    new = table(name, RawFile(answer.address, answer.content))
    if fact is not None and not answer.content.endswith(b"\n"):
        raise DataError(f"{answer.address}: the file stops inside its last line, so it is cut short")
    sanity_checks.check_read_alike(answer.address, new, _theirs(name, answer))
    sanity_checks.check_plausible(answer.address, new, fact=fact, returns=bool(returns_of(name)))
    before = table(name, RawFile(archived(name), old.content)) if old else None
    if before is not None:
        sanity_checks.check_against(answer.address, new, before)
    told = _told(name, new, before, since=since)
    return answer.content, answer.address, told


def _theirs(name: str, answer: Answer) -> Table:
    """Return pandas-datareader's reading of an answer as a table of what assets and series need of it."""
    fact = series_of(name)
    if fact is not None:
        return Table(*frames.figures(frames.titled(answer.frames, fact.name), [fact.name]))
    if columns := returns_of(name):
        return Table(*frames.returns(next(iter(answer.frames.values()), frames.NOTHING), columns))
    days: Days = np.empty(0, dtype="datetime64[D]")
    found: dict[str, Float64] = {}
    for title, called in SIZES.items():
        days, figures = frames.figures(frames.titled(answer.frames, title), weights_of(name))
        found |= {f"{called} {column}": values for column, values in figures.items()}
    later = days >= np.datetime64("1990-01-01")
    return Table(days[later], {column: values[later] for column, values in found.items()})


def _told(name: str, new: Table, old: Table | None, *, since: date) -> FetchResult:
    """Return what a new file brings against the one before, from a day on."""
    rows, last = len(new.days), str(new.days[-1])
    if old is None:
        return FetchResult(name=name, status="new", rows=rows, last=last, added=rows)
    day = np.datetime64(since)
    added = np.setdiff1d(new.days, old.days)
    removed = np.setdiff1d(old.days, new.days)
    common, at, before = np.intersect1d(new.days, old.days, return_indices=True)
    differ = np.zeros(len(common), dtype=bool)
    for column in old.columns:
        differ |= new.columns[column][at] != old.columns[column][before]
    counts = [int((days >= day).sum()) for days in (added, removed, common[differ])]
    status = "changed" if len(added) or len(removed) or differ.any() else "same"
    return FetchResult(
        name=name, status=status, rows=rows, last=last, added=counts[0], removed=counts[1], rewritten=counts[2]
    )


def _behind(whole: Mapping[str, _Before]) -> Iterator[str]:
    """Yield a note where FRED knows of a target that fedcycle's own table of announcements does not."""
    if WITNESS.raw in whole:
        seen = table(WITNESS.raw, RawFile(WITNESS.raw, whole[WITNESS.raw].content))
        changes = tables.target_changes(RawFile(catalog.TARGETS, whole[catalog.TARGETS].content))
        yield from sanity_checks.behind(seen.days[-1], float(seen.columns[WITNESS.name][-1]), changes)
