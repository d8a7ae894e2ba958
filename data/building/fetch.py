"""Publishers -> store: each raw file fetched, doubted and compared; what holds becomes a new vintage, compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import numpy as np

from fedcycle.data import catalog
from fedcycle.data import dataset as store
from fedcycle.data.building import sanity_checks, vintages
from fedcycle.data.building.build import compiled, lacking
from fedcycle.data.building.derived_changes import extended
from fedcycle.data.building.index_levels import Report
from fedcycle.data.building.raw_inputs import CROSS_CHECKS, INPUTS, Inputs
from fedcycle.data.building.raw_table import SIZES, Table, returns_of, series_of, table, weights_of
from fedcycle.data.building.vintages import StoredFile, Vintage
from fedcycle.data.errors import DamagedData, DataError, UnknownName
from fedcycle.data.manifest import Manifest
from fedcycle.data.market import Market
from fedcycle.data.sources import frames, fred, french, tables
from fedcycle.data.sources.fred import Observed
from fedcycle.data.sources.network import Answer
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.storage import lock
from fedcycle.data.suggest import did_you_mean
from fedcycle.data.typing import Days, Float64

OWN = (catalog.TARGETS, catalog.TURNING_POINTS)
"""Tables that no publisher offers in this form; they come with fedcycle."""

FACTORS = tuple(name for name in catalog.FACTOR_FILES if name not in INPUTS)
COMPANIONS = (*CROSS_CHECKS, catalog.SERIES["DGS1MO"].raw, *FACTORS)
"""Fetched with the rest, and nothing is lost where they do not come: what says until when fedcycle's own tables are
complete and which target changes they lack, the yield that bills accrue first, and the factors beside the three of the
bills' file."""


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
    status : ``new``, ``changed``, ``same``, ``kept`` (the vintage before stays), ``lacking`` (there is none before, so
        the bundle's columns stay) or ``own`` (comes with fedcycle)
    why : for ``kept`` and ``lacking``, the sentence that says why
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
        """Return the files whose vintage before, or the bundle, had to stay."""
        return tuple(f for f in self.files if f.status in ("kept", "lacking"))


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
    expected : a market that fetched files must resemble where both have data, such as the bundle; None for none. A file
        that has nothing before it in the store and does not resemble it is not believed
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
        files = _unlike(raw, files, before=before, expected=expected, report=report)
        if not any(f.status in ("new", "changed", "same") for f in files):
            raise DataError(f"nothing was fetched: {_why(files)}; the store is as it was")
        whole = {n: _Before(raw[n][1], raw[n][0]) if n in raw else before[n] for n in {**before, **raw}}
        inputs = _inputs(whole, extras)
        made, said = compiled(inputs, base=store.base(store.BUNDLE), report=report)
        market = store.market_of(made, said, name="the fetched market")
        notes = [f"{f.name} is the one of {before[f.name].held.held_by}: {f.why}" for f in files if f.status == "kept"]
        notes += _from_bundle(inputs, said, files)
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


def _inputs(whole: Mapping[str, _Before], extras: Sequence[catalog.Fact]) -> Inputs:
    """Return the raw files there are of those that every data set needs, the companions, and those of extra series."""
    there = tuple(f for f in extras if f.raw in whole)
    named = [n for n in dict.fromkeys([*INPUTS, *(f.raw for f in there), *CROSS_CHECKS, *FACTORS]) if n in whole]
    return Inputs({n: RawFile(archived(n), whole[n].content) for n in named}, {n: archived(n) for n in named}, there)


def _unlike(
    raw: dict[str, tuple[bytes, StoredFile]],
    files: Sequence[FetchResult],
    *,
    before: Mapping[str, _Before],
    expected: Market | None,
    report: Report,
) -> list[FetchResult]:
    """Take out of ``raw`` what has nothing before it and does not resemble the expected market; return what became."""
    if expected is None:
        return list(files)
    inputs = Inputs({n: RawFile(archived(n), c) for n, (c, _) in raw.items()}, {n: archived(n) for n in raw})
    made, said = compiled(inputs, base=store.base(store.BUNDLE))
    market = store.market_of(made, said, name="the fetched market")
    bad: dict[str, str] = {}
    for name, its in _made_from().items():
        fresh = [n for n in its if n in raw and n not in before]
        if not fresh or not all(n in raw for n in its):
            continue
        try:
            sanity_checks.check_markets(market, _only(expected, name))
        except DataError as err:
            bad |= dict.fromkeys(fresh, f"{err}; the bundle's stays")
    for name, why in bad.items():
        report(why)
        del raw[name]
    return [FetchResult(name=f.name, status="lacking", why=bad[f.name]) if f.name in bad else f for f in files]


def _made_from() -> dict[str, tuple[str, ...]]:
    """Return asset, yield or factor -> the raw files it is made from."""
    found: dict[str, tuple[str, ...]] = {
        a.name: (a.returns,) if a.weights is None else (a.returns, a.weights) for a in catalog.ASSETS
    }
    return found | {f.name: (f.raw,) for f in (*catalog.YIELDS, *catalog.FACTORS)}


def _only(market: Market, name: str) -> Market:
    """Return a market with one of its assets, or one of its series, alone to be compared."""
    series = {name: market.series[name]} if name in market.series else {}
    assets = (name,) if name in market.assets else ()
    columns = [market.column(a) for a in assets]
    return replace(
        market, assets=assets, prices=market.prices[:, columns], series=series, opens=None, spliced={}, roles={}
    )


def _from_bundle(inputs: Inputs, said: Manifest, files: Sequence[FetchResult]) -> Iterator[str]:
    """Yield a note on the assets and series that are the bundle's, each with its last day, and why."""
    entries = {e.name: e for e in (*said.assets, *said.series)}
    names = [f"{name} (to {entries[name].last})" for name in lacking(inputs.files) if name in entries]
    if names:
        why = _why([f for f in files if f.status == "lacking"])
        yield f"the bundle's stay {', '.join(names)}: {why or 'they were not asked for'}"


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
    names = {archived(n): n for n in (*INPUTS, *COMPANIONS, *(f.raw for f in catalog.EXTRAS))}
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
    # Series to cross-check with are in every vintage and, for that alone, in no market.
    known = [f for f in catalog.EXTRAS if (f.raw in before and f.raw not in CROSS_CHECKS) or f.name in names]
    if not asked:
        asked = [*INPUTS, *(f.raw for f in known), *COMPANIONS]
        known += [f for f in catalog.EXTRAS if f.raw in COMPANIONS and f.raw not in CROSS_CHECKS and f not in known]
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
            if old or name not in COMPANIONS:
                files.append(FetchResult(name=name, status="kept" if old else "lacking", why=str(err)))
            continue
        stated = french.vintage(RawFile(archived(name), content))
        new = StoredFile(hashlib.sha256(content).hexdigest(), len(content), "", stamp, source, stated)
        raw[name] = (content, old.held if old and old.held.sha256 == new.sha256 else new)
        files.append(told)
    return raw, files


def _one(publishers: Publisher, name: str, old: _Before | None, *, since: date) -> tuple[bytes, str, FetchResult]:
    """Fetch one raw file, check its plausibility, and return its bytes, address and what changed; raises DataError."""
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
    """Yield a note on target changes that are derived, or on why none could be."""
    found = extended(
        tables.target_changes(RawFile(catalog.TARGETS, whole[catalog.TARGETS].content)),
        *(_daily(whole, name) for name in ("DFEDTARU", "DFEDTARL")),
    )
    upper = _daily(whole, "DFEDTARU")
    if found.problem:
        yield found.problem
    elif upper is not None and not found.derived:
        yield from sanity_checks.behind(upper.observed_on[-1], float(upper.values[-1]), found.changes)
    for change in found.derived:
        yield (
            f"the target change of {change.change_bp:+g} basis points that took effect on {change.effective} is "
            "derived from DFEDTARU and known from that day on: fedcycle's table has no statement of it yet"
        )


def _daily(whole: Mapping[str, _Before], name: str) -> Observed | None:
    fact = catalog.SERIES[name]
    held = whole.get(fact.raw)
    return None if held is None else fred.observations(RawFile(fact.raw, held.content), name, since=fact.starts)
