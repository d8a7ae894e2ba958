"""Raw files -> data set: index levels, yields, policy and recession dates as plain text, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from fedcycle.data import catalog, manifest
from fedcycle.data.building import factors
from fedcycle.data.building.derived_changes import extended
from fedcycle.data.building.index_levels import Levels, Report, levels
from fedcycle.data.building.notice import notice
from fedcycle.data.building.raw_inputs import Inputs, chosen, read_inputs
from fedcycle.data.errors import DataError
from fedcycle.data.manifest import Entry, FileFacts, Manifest
from fedcycle.data.series_catalog import Fact
from fedcycle.data.sources import fred, french, tables
from fedcycle.data.sources.fred import Observed
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.storage import atomic, checksums
from fedcycle.data.typing import Days


def build(raw: Path, out: Path, *, extras: Sequence[str] = (), report: Report = lambda _: None) -> Manifest:
    """Compile a data set from a folder of raw files and put it in the place of ``out``, whole or not at all.

    Parameters
    ----------
    raw : Path
        Folder with the files of ``INPUTS``; daily returns also as the library's own archives, see
        ``catalog.PUBLISHED``.
    out : Path
        Folder to make. One that exists must be empty or a data set, which is replaced.
    extras : names of series beside those that every data set has, see ``catalog.EXTRAS``
    report : told in a sentence what is being done

    Raises
    ------
    DataError
        If a raw file is missing or malformed, with file, line and remedy, or ``out`` holds something else or cannot be
        written. ``out`` is then as it was.
    """
    check_place(out)
    files, made = compiled(read_inputs(raw, chosen(extras)), report=report)
    report(f"writing {out}")
    write(out, files)
    return made


@dataclass(frozen=True, eq=False)
class Base:
    """A data set whose columns stand where a raw file is lacking.

    Parameters
    ----------
    name : what it is called
    manifest : Manifest
    files : file of facts -> its bytes
    """

    name: str
    manifest: Manifest
    files: Mapping[str, bytes]

    def column(self, file: str, name: str) -> tuple[Days, list[str]]:
        """Return the days and the cells, as they are written, of a column; none where it has no such column."""
        if file not in self.files:
            return np.empty(0, dtype="datetime64[D]"), []
        head, *rows = self.files[file].decode("ascii").splitlines()
        names = head.split(",")
        if name not in names:
            return np.empty(0, dtype="datetime64[D]"), []
        at = names.index(name)
        cells = [(row[: row.index(",")], row.split(",")[at]) for row in rows]
        kept = [(day, cell) for day, cell in cells if cell]
        return np.array([day for day, _ in kept], dtype="datetime64[D]"), [cell for _, cell in kept]

    def entry(self, name: str) -> Entry:
        """Return the manifest's entry of a column, which says that it is the base's."""
        found = next(e for e in (*self.manifest.assets, *self.manifest.series) if e.name == name)
        return replace(found, vintage=f"{found.vintage}; as in {self.name}" if found.vintage else f"as in {self.name}")


def lacking(inputs: Mapping[str, RawFile]) -> tuple[str, ...]:
    """Return the assets and series of every data set that some raw files do not suffice for."""
    return tuple(
        [a.name for a in catalog.ASSETS if not _there(a, inputs)]
        + [f.name for f in catalog.YIELDS if f.raw not in inputs]
        + [f.name for f in catalog.FACTORS if f.raw not in inputs]
    )


def _there(asset: catalog.Asset, inputs: Mapping[str, RawFile]) -> bool:
    return asset.returns in inputs and (asset.weights is None or asset.weights in inputs)


def compiled(
    inputs: Inputs, *, base: Base | None = None, report: Report = lambda _: None
) -> tuple[dict[str, bytes], Manifest]:
    """Return the files of a data set, name -> bytes, and its manifest: the one path from raw files to a market.

    Parameters
    ----------
    inputs : raw files
    base : whose columns stand where a raw file is lacking; without it every file is needed
    report : told in a sentence what is being done
    """
    absent = () if base is None else lacking(inputs.files)
    assets = [a for a in catalog.ASSETS if a.name not in absent]
    made = levels(inputs.files, report, assets=assets)
    report("compiling yields, target changes and turning points")
    yields = _observed(inputs, [f for f in catalog.YIELDS if f.name not in absent])
    extras = _observed(inputs, inputs.extras)
    policy = extended(tables.target_changes(inputs[catalog.TARGETS]), *daily_target(inputs))
    changes = policy.changes
    points = tables.turning_points(inputs[catalog.TURNING_POINTS])
    texts = {
        **_grids(made, yields, base),
        manifest.TARGETS: tables.target_changes_text(changes),
        manifest.TURNING_POINTS: tables.turning_points_text(points),
    }
    factor_columns = _factors(inputs, base, report)
    if extras or factor_columns:
        observed = {name: (s.observed_on, [repr(x) for x in s.values.tolist()]) for name, s in extras.items()}
        texts[manifest.EXTRAS] = grid(observed | factor_columns)
    files = {name: text.encode("ascii") for name, text in texts.items()}
    days = {name: s.observed_on.tolist() for name, s in (yields | extras).items()}
    days |= {name: at.tolist() for name, (at, _) in factor_columns.items()}
    days |= {f.name: [c.effective for c in tables.stated(changes)] for f in catalog.POLICY}
    days |= {f.name: [p.month for p in points] for f in catalog.RECESSIONS}
    complete = dict.fromkeys((f.name for f in catalog.POLICY), policy.complete_to)
    complete |= dict.fromkeys((f.name for f in catalog.RECESSIONS), turning_points_complete_to(points, inputs))
    told = (*inputs.extras, *(f for f in catalog.FACTORS if f.name in factor_columns))
    series = tuple(
        base.entry(f.name)
        if base is not None and f.name in absent
        else _named(series_entry(f, span_of(days[f.name]), complete.get(f.name)), inputs)
        for f in (*catalog.CORE, *told)
    )
    said = _manifest(inputs, base, files=files, made=made, series=series)
    files[manifest.NOTICE] = notice(told).encode("ascii")
    return manifest.sealed(files, said), said


def _manifest(
    inputs: Inputs,
    base: Base | None,
    *,
    files: Mapping[str, bytes],
    made: Mapping[str, Levels],
    series: tuple[Entry, ...],
) -> Manifest:
    """Return what is told of the files; of assets without a raw file, what the base says of them."""
    vintages = {name: french.vintage(file) for name, file in inputs.files.items()}
    read = {inputs.names[n]: FileFacts(f.sha256, len(f.content), vintages[n]) for n, f in inputs.files.items()}
    assets = tuple(
        base.entry(a.name)
        if base is not None and a.name not in made
        else asset_entry(a, span_of(made[a.name].sessions.tolist()), inputs, vintages)
        for a in catalog.ASSETS
    )
    kept = {} if base is None or not lacking(inputs.files) else dict(base.manifest.inputs)
    facts = {name: FileFacts.of(content) for name, content in files.items()}
    return Manifest(facts, assets, series, kept | read)


def _factors(inputs: Inputs, base: Base | None, report: Report) -> dict[str, tuple[Days, list[str]]]:
    """Return days and cells of the factors whose file is there, else of those that the base has; says which lack."""
    made = factors.factor_levels(inputs.files, since=date(catalog.BASE_DAY.year + 1, 1, 1))
    found: dict[str, tuple[Days, list[str]]] = {}
    for fact in catalog.FACTORS:
        if fact.name in made:
            at, level = made[fact.name]
            found[fact.name] = at, factors.cells(level)
        elif base is not None and len((held := base.column(manifest.EXTRAS, fact.name))[0]):
            found[fact.name] = held
        else:
            report(f"{fact.name} is left out, as there is no {fact.raw}")
    return found


def _named(entry: Entry, inputs: Inputs) -> Entry:
    """Return an entry with its raw files by the names under which they were read."""
    return replace(entry, made_from=tuple(inputs.names.get(name, name) for name in entry.made_from))


def write(out: Path, files: Mapping[str, bytes]) -> None:
    """Put the files of a data set in the place of ``out``, whole or not at all; raises DataError where it cannot."""
    check_place(out)
    try:
        with atomic.new_folder(out.resolve()) as partial:
            for name, content in files.items():
                (partial / name).write_bytes(content)
    except OSError as err:
        raise DataError(f"{out} cannot be written ({err.strerror}); give another folder with --out") from None


def check_place(out: Path) -> None:
    """Raise DataError unless ``out`` is new, empty, or a data set, which may be replaced."""
    if out.is_dir():
        ours = {*manifest.FACT_FILES, *manifest.MORE_FILES, manifest.MANIFEST, manifest.NOTICE, checksums.NAME}
        there = sorted(entry.name for entry in out.iterdir())
        others = [name for name in there if name not in ours]
        if others:
            raise DataError(f"{out} holds {others[0]}, which is no part of a data set; give an empty or a new folder")
        if there and manifest.MANIFEST not in there:
            raise DataError(f"{out} holds {there[0]} but no data set; give an empty or a new folder")
    elif out.exists():
        raise DataError(f"{out} is not a folder; give an empty or a new folder")


def grid(columns: Mapping[str, tuple[Days, Iterable[str]]]) -> str:
    """Return columns, each (days, cells), as one table by day; a day that a column lacks is an empty cell."""
    cells = [dict(zip(days.tolist(), texts, strict=True)) for days, texts in columns.values()]
    every = sorted(set().union(*cells))
    rows = (",".join([day.isoformat(), *(column.get(day, "") for column in cells)]) for day in every)
    return "\n".join([",".join(["date", *columns]), *rows, ""])


def _grids(made: Mapping[str, Levels], yields: Mapping[str, Observed], base: Base | None) -> dict[str, str]:
    """Return the tables of levels and of yields; a column that was not made is the base's."""
    closes = {
        a.name: (made[a.name].sessions, map(_level, made[a.name].level.tolist()))
        if a.name in made
        else _base_column(base, manifest.LEVELS, a.name)
        for a in catalog.ASSETS
    }
    observed = {
        f.name: (yields[f.name].observed_on, map(repr, yields[f.name].values.tolist()))
        if f.name in yields
        else _base_column(base, manifest.YIELDS, f.name)
        for f in catalog.YIELDS
    }
    return {manifest.LEVELS: grid(closes), manifest.YIELDS: grid(observed)}


def _observed(inputs: Inputs, facts: Sequence[Fact]) -> dict[str, Observed]:
    """Return the observations of some of FRED's series after the base day, by name."""
    since = date.fromordinal(catalog.BASE_DAY.toordinal() + 1)
    return {fact.name: fred.observations(inputs[fact.raw], fact.name, since=since) for fact in facts}


def _base_column(base: Base | None, file: str, name: str) -> tuple[Days, list[str]]:
    if base is None:
        raise DataError(f"{name} cannot be compiled: its raw file is lacking")
    return base.column(file, name)


def daily_target(inputs: Inputs) -> Iterator[Observed | None]:
    """Yield the upper and the lower end of the daily target, None where the raw files do not have it."""
    for name in ("DFEDTARU", "DFEDTARL"):
        raw = inputs.files.get(catalog.SERIES[name].raw)
        yield None if raw is None else fred.observations(raw, name, since=catalog.SERIES[name].starts)


def turning_points_complete_to(points: Sequence[tables.TurningPoint], inputs: Inputs) -> date:
    """Return the day up to which no announcement of NBER's is missing.

    FRED's USREC is the cross-check: a month without recession, where the table ends with a trough, means that no
    peak was announced up to the end of that month.
    """
    last = points[-1].announced
    complete = catalog.TURNING_POINTS_COMPLETE_TO if last == catalog.LAST_TURNING_POINT else last
    raw = inputs.files.get(catalog.SERIES["USREC"].raw)
    if raw is None:
        return complete
    seen = fred.observations(raw, "USREC", since=date(1854, 12, 1))
    later = seen.values[seen.observed_on > np.datetime64(points[-1].month)]
    running = 1.0 if points[-1].event == "peak" else 0.0
    if not len(later) or (later != running).any():
        return complete
    end = (seen.observed_on[-1].astype("datetime64[M]") + np.timedelta64(1, "M")).astype(
        "datetime64[D]"
    ) - np.timedelta64(1, "D")
    return max(complete, date.fromisoformat(str(end)))


def _level(value: float) -> str:
    return f"{value:#.{catalog.LEVEL_DIGITS}g}"


def span_of(observed: Sequence[date]) -> tuple[str, str, int]:
    """Return the first and last day of a column as ISO dates, and how many it has."""
    if not observed:
        raise DataError("the FOMC table has no change announced on 1994-02-04 or later; get the whole table")
    return observed[0].isoformat(), observed[-1].isoformat(), len(observed)


def asset_entry(
    asset: catalog.Asset, span: tuple[str, str, int], inputs: Inputs, vintages: Mapping[str, str | None]
) -> Entry:
    """Return the manifest's entry of an asset."""
    made_from = {asset.returns: "returns"} | ({} if asset.weights is None else {asset.weights: "weights"})
    stated = [f"{what} from CRSP {vintages[name]}" for name, what in made_from.items() if vintages[name]]
    return Entry(
        name=asset.name,
        definition=asset.definition,
        unit=asset.unit,
        frequency=asset.frequency,
        release=asset.release,
        source=asset.source,
        made_from=tuple(inputs.names[name] for name in made_from),
        vintage=", ".join(stated) or None,
        first=span[0],
        last=span[1],
        count=span[2],
        rights=asset.rights,
    )


def series_entry(fact: catalog.Fact, span: tuple[str, str, int], complete_to: date | None = None) -> Entry:
    """Return the manifest's entry of a series; ``complete_to`` is of a table of events."""
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
        complete_to=None if complete_to is None else complete_to.isoformat(),
    )
