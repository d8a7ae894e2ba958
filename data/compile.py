"""Raw folder -> data set: index levels, yields, policy and recession dates as plain text, the same bytes every time.

Only multiplications, additions and divisions of single numbers in a fixed order, so that no library's way of adding
up an array can change a digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from fedcycle.data import atomic, catalog, manifest
from fedcycle.data.arrays import Days, Float64
from fedcycle.data.errors import DataError
from fedcycle.data.manifest import Entry, FileFacts, Manifest
from fedcycle.data.notice import notice
from fedcycle.data.sources import fred, french, tables
from fedcycle.data.sources.french import Daily
from fedcycle.data.sources.raw import RawFile

Report = Callable[[str], None]

ARCHIVES = (catalog.SIZE_WEIGHTS, catalog.INDUSTRY_WEIGHTS)
INPUTS: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *(a.returns for a in catalog.ASSETS),
            *ARCHIVES,
            *(f.raw for f in catalog.SERIES.values()),
        ]
    )
)
"""The raw files, by their paths below the raw folder."""


@dataclass(frozen=True, eq=False)
class Levels:
    """One asset's index: ``level`` (n,) from ``BASE_LEVEL`` on ``sessions[0]`` on; ``sessions`` (n,) days."""

    sessions: Days
    level: Float64


def build(raw: Path, out: Path, *, report: Report = lambda _: None) -> Manifest:
    """Compile a data set from a folder of raw files and put it in the place of ``out``, whole or not at all.

    Parameters
    ----------
    raw : Path
        Folder with the files of ``INPUTS``.
    out : Path
        Folder to make. One that exists must be empty or a data set, which is replaced.
    report : told in a sentence what is being done

    Raises
    ------
    DataError
        If a raw file is missing or malformed, with file, line and remedy, or ``out`` holds something else or cannot be
        written. ``out`` is then as it was.
    """
    _check_place(out)
    inputs = read_inputs(raw)
    files, made = compiled(inputs, report=report)
    report(f"writing {out}")
    try:
        with atomic.new_folder(out.resolve()) as partial:
            for name, content in files.items():
                (partial / name).write_bytes(content)
    except OSError as err:
        raise DataError(f"{out} cannot be written ({err.strerror}); give another folder with --out") from None
    return made


def read_inputs(raw: Path) -> Mapping[str, RawFile]:
    """Return the raw files of a folder; raises DataError that names all that are missing."""
    if not raw.is_dir():
        raise DataError(f"{raw} is not a folder; give the folder with the raw files, such as {INPUTS[0]} below it")
    missing = [name for name in INPUTS if not (raw / name).is_file()]
    if missing:
        raise DataError(
            f"{raw} lacks {', '.join(missing)}; a data set is compiled from {len(INPUTS)} files, all needed"
        )
    files = {}
    for name in INPUTS:
        path = raw / name
        try:
            files[name] = RawFile(str(path), path.read_bytes())
        except OSError as err:
            raise DataError(f"{path} cannot be read ({err.strerror}); make it readable and build again") from None
    return files


def compiled(inputs: Mapping[str, RawFile], *, report: Report) -> tuple[dict[str, bytes], Manifest]:
    """Return the files of a data set, name -> bytes, and its manifest."""
    levels = _levels(inputs, report)
    report("compiling yields, target changes and turning points")
    yields = {
        f.name: fred.observations(inputs[f.raw], f.name, since=_day_after(catalog.BASE_DAY)) for f in catalog.YIELDS
    }
    changes = tables.target_changes(inputs[catalog.TARGETS])
    points = tables.turning_points(inputs[catalog.TURNING_POINTS])
    texts = {
        manifest.LEVELS: _grid({name: (a.sessions, map(_level, a.level.tolist())) for name, a in levels.items()}),
        manifest.YIELDS: _grid({name: (s.observed_on, map(repr, s.values.tolist())) for name, s in yields.items()}),
        manifest.TARGETS: tables.target_changes_text(changes),
        manifest.TURNING_POINTS: tables.turning_points_text(points),
    }
    files = {name: text.encode("ascii") for name, text in texts.items()}
    spans = {name: _span(s.observed_on.tolist()) for name, s in yields.items()}
    spans |= {f.name: _span([c.effective for c in tables.stated(changes)]) for f in catalog.POLICY}
    spans |= {f.name: _span([p.month for p in points]) for f in catalog.RECESSIONS}
    vintages = {name: french.vintage(inputs[name]) if name in ARCHIVES else None for name in inputs}
    made = Manifest(
        {name: FileFacts.of(content) for name, content in files.items()},
        tuple(_asset_entry(a, _span(levels[a.name].sessions.tolist()), vintages) for a in catalog.ASSETS),
        tuple(_series_entry(f, spans[f.name]) for f in catalog.SERIES.values()),
        {name: FileFacts(file.sha256, len(file.content), vintages[name]) for name, file in inputs.items()},
    )
    files[manifest.MANIFEST] = made.text().encode("ascii")
    files[manifest.NOTICE] = notice().encode("ascii")
    return files, made


def value_weighted(base: float, daily: Daily, weights: Mapping[str, Float64], month: Sequence[int]) -> Float64:
    """Return the level of a basket whose value weights are set at each month's start and drift within it.

    Parameters
    ----------
    base : level before the first session
    daily : returns of K columns over T sessions
    weights : column -> (M,) value at the start of each month, in one unit
    month : (T,) row of ``weights`` that each session belongs to

    Returns
    -------
    (T,) level
    """
    level = np.empty(len(daily.sessions))
    starts = [t for t in range(len(month)) if t == 0 or month[t] != month[t - 1]]
    for start, end in zip(starts, [*starts[1:], len(month)], strict=True):
        begun, worth = 0.0, np.zeros(end - start)
        for column, returns in daily.returns.items():
            value = float(weights[column][month[start]])
            begun += value
            worth += value * np.cumprod(1.0 + returns[start:end])
        level[start:end] = base * (worth / begun)
        base = float(level[end - 1])
    return level


def equal_weighted(base: float, daily: Daily) -> Float64:
    """Return the level (T,) of a basket whose weights are made equal at every close; of one column, of that column."""
    total = np.zeros(len(daily.sessions))
    for returns in daily.returns.values():
        total += returns
    return np.asarray(base * np.cumprod(1.0 + total / len(daily.returns)))


def _levels(inputs: Mapping[str, RawFile], report: Report) -> dict[str, Levels]:
    """Return each asset's index; the calendar is every day on which any of the files of returns has a row."""
    returns: dict[str, Daily] = {}
    for file in dict.fromkeys(a.returns for a in catalog.ASSETS):
        report(f"reading {file}")
        columns = dict.fromkeys(c for a in catalog.ASSETS if a.returns == file for c in a.columns)
        returns[file] = french.daily(inputs[file], list(columns), since=catalog.BASE_DAY)
    sessions = np.unique(np.concatenate([d.sessions for d in returns.values()]))
    for file, daily in returns.items():
        _check_sessions(inputs[file], daily, sessions)
    levels = {}
    for asset in catalog.ASSETS:
        report(f"compiling {asset.name}")
        levels[asset.name] = _index(asset, returns[asset.returns], sessions, inputs)
    return levels


def _index(asset: catalog.Asset, daily: Daily, sessions: Days, inputs: Mapping[str, RawFile]) -> Levels:
    raw = inputs[asset.returns]
    later = daily.sessions > np.datetime64(catalog.BASE_DAY)
    held = Daily(daily.sessions[later], {c: daily.returns[c][later] for c in asset.columns})
    if not len(held.sessions):
        raise DataError(f"{raw.name}: no return after {catalog.BASE_DAY}; {asset.name} needs at least one")
    before = sessions[sessions < held.sessions[0]]
    if not len(before):
        raise DataError(
            f"{raw.name}: no session before {held.sessions[0]} to stand {asset.name}'s base on; get it whole"
        )
    if asset.weights is None:
        level = equal_weighted(catalog.BASE_LEVEL, held)
    else:
        weights, month = _weights(inputs[asset.weights], asset.columns, held.sessions)
        level = value_weighted(catalog.BASE_LEVEL, held, weights, month)
    return Levels(np.append(before[-1], held.sessions), np.append(catalog.BASE_LEVEL, level))


def _weights(raw: RawFile, columns: Sequence[str], sessions: Days) -> tuple[dict[str, Float64], list[int]]:
    """Return the value of each column at the start of each month, and the row of each session's own month."""
    since = sessions[0].astype(date)
    firms = french.monthly(raw, columns, title=catalog.FIRMS, since=since)
    size = french.monthly(raw, columns, title=catalog.FIRM_SIZE, since=since)
    count = min(len(firms.months), len(size.months))
    # Both tables begin in the same month and skip none, so a month's row is its distance from the first.
    first = firms.months[0].astype("datetime64[M]").astype(int)
    month = (sessions.astype("datetime64[M]").astype(np.int64) - first).tolist()
    if size.months[0] != firms.months[0] or month[0] != 0 or month[-1] >= count:
        raise DataError(
            f"{raw.name}: firms and sizes reach from {firms.months[0]} to {firms.months[count - 1]}, "
            f"but returns from {sessions[0]} to {sessions[-1]}; get both files of one vintage"
        )
    return {c: firms.columns[c][:count] * size.columns[c][:count] for c in columns}, month


def _check_sessions(raw: RawFile, daily: Daily, sessions: Days) -> None:
    inside = sessions[(sessions >= daily.sessions[0]) & (sessions <= daily.sessions[-1])]
    absent = np.setdiff1d(inside, daily.sessions)
    if len(absent):
        raise DataError(
            f"{raw.name}: no row for {absent[0]}, a session of the other files"
            f" ({len(absent)} absent in all); get the file again from its publisher"
        )


def _check_place(out: Path) -> None:
    if out.is_dir():
        ours = {*manifest.FACT_FILES, manifest.MANIFEST, manifest.NOTICE}
        there = sorted(entry.name for entry in out.iterdir())
        others = [name for name in there if name not in ours]
        if others:
            raise DataError(f"{out} holds {others[0]}, which is no part of a data set; give an empty or a new folder")
        if there and manifest.MANIFEST not in there:
            raise DataError(f"{out} holds {there[0]} but no data set; give an empty or a new folder")
    elif out.exists():
        raise DataError(f"{out} is not a folder; give an empty or a new folder")


def _grid(columns: Mapping[str, tuple[Days, Iterable[str]]]) -> str:
    """Return columns, each (days, cells), as one table by day; a day that a column lacks is an empty cell."""
    cells = [dict(zip(days.tolist(), texts, strict=True)) for days, texts in columns.values()]
    every = sorted(set().union(*cells))
    rows = (",".join([day.isoformat(), *(column.get(day, "") for column in cells)]) for day in every)
    return "\n".join([",".join(["date", *columns]), *rows, ""])


def _level(value: float) -> str:
    return f"{value:#.{catalog.LEVEL_DIGITS}g}"


def _span(observed: Sequence[date]) -> tuple[str, str, int]:
    if not observed:
        raise DataError("the FOMC table has no change announced on 1994-02-04 or later; get the whole table")
    return observed[0].isoformat(), observed[-1].isoformat(), len(observed)


def _asset_entry(asset: catalog.Asset, span: tuple[str, str, int], vintages: Mapping[str, str | None]) -> Entry:
    made_from = (asset.returns,) if asset.weights is None else (asset.returns, asset.weights)
    stated = vintages[asset.weights] if asset.weights is not None else None
    return Entry(
        name=asset.name,
        definition=asset.definition,
        unit=asset.unit,
        frequency=asset.frequency,
        release=asset.release,
        source=asset.source,
        made_from=made_from,
        vintage=None if stated is None else f"weights from CRSP {stated}",
        first=span[0],
        last=span[1],
        count=span[2],
        rights=asset.rights,
    )


def _series_entry(fact: catalog.Fact, span: tuple[str, str, int]) -> Entry:
    return Entry(
        name=fact.name,
        definition=fact.definition,
        unit=str(fact.unit),
        frequency=fact.frequency,
        release=fact.release,
        source=fact.source,
        made_from=(fact.raw,),
        vintage=None,
        first=span[0],
        last=span[1],
        count=span[2],
        rights=fact.rights,
    )


def _day_after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
