"""Raw files -> data set: index levels, yields, policy and recession dates as plain text, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from fedcycle.data import atomic, catalog, checksums, manifest
from fedcycle.data.errors import DataError
from fedcycle.data.index_levels import Report, levels
from fedcycle.data.manifest import Entry, FileFacts, Manifest
from fedcycle.data.notice import notice
from fedcycle.data.raw_inputs import Inputs, chosen, read_inputs
from fedcycle.data.series_catalog import Fact
from fedcycle.data.sources import fred, french, tables
from fedcycle.data.sources.fred import Observed
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


def compiled(inputs: Inputs, *, report: Report = lambda _: None) -> tuple[dict[str, bytes], Manifest]:
    """Return the files of a data set, name -> bytes, and its manifest: the one path from raw files to a market."""
    made = levels(inputs.files, report)
    report("compiling yields, target changes and turning points")
    yields, extras = _observed(inputs, catalog.YIELDS), _observed(inputs, inputs.extras)
    changes = tables.target_changes(inputs[catalog.TARGETS])
    points = tables.turning_points(inputs[catalog.TURNING_POINTS])
    texts = {
        manifest.LEVELS: grid({name: (a.sessions, map(_level, a.level.tolist())) for name, a in made.items()}),
        manifest.YIELDS: grid({name: (s.observed_on, map(repr, s.values.tolist())) for name, s in yields.items()}),
        manifest.TARGETS: tables.target_changes_text(changes),
        manifest.TURNING_POINTS: tables.turning_points_text(points),
    }
    if extras:
        columns = {name: (s.observed_on, map(repr, s.values.tolist())) for name, s in extras.items()}
        texts[manifest.EXTRAS] = grid(columns)
    files = {name: text.encode("ascii") for name, text in texts.items()}
    spans = {name: _span(s.observed_on.tolist()) for name, s in (yields | extras).items()}
    spans |= {f.name: _span([c.effective for c in tables.stated(changes)]) for f in catalog.POLICY}
    spans |= {f.name: _span([p.month for p in points]) for f in catalog.RECESSIONS}
    vintages = {name: french.vintage(file) for name, file in inputs.files.items()}
    said = Manifest(
        {name: FileFacts.of(content) for name, content in files.items()},
        tuple(_asset_entry(a, _span(made[a.name].sessions.tolist()), inputs, vintages) for a in catalog.ASSETS),
        tuple(_series_entry(f, spans[f.name]) for f in (*catalog.CORE, *inputs.extras)),
        {inputs.names[n]: FileFacts(f.sha256, len(f.content), vintages[n]) for n, f in inputs.files.items()},
    )
    files[manifest.MANIFEST] = said.text().encode("ascii")
    files[manifest.NOTICE] = notice(inputs.extras).encode("ascii")
    files[checksums.NAME] = checksums.text(files).encode("ascii")
    return files, said


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


def _observed(inputs: Inputs, facts: Sequence[Fact]) -> dict[str, Observed]:
    """Return the observations of some of FRED's series after the base day, by name."""
    since = date.fromordinal(catalog.BASE_DAY.toordinal() + 1)
    return {fact.name: fred.observations(inputs[fact.raw], fact.name, since=since) for fact in facts}


def _level(value: float) -> str:
    return f"{value:#.{catalog.LEVEL_DIGITS}g}"


def _span(observed: Sequence[date]) -> tuple[str, str, int]:
    if not observed:
        raise DataError("the FOMC table has no change announced on 1994-02-04 or later; get the whole table")
    return observed[0].isoformat(), observed[-1].isoformat(), len(observed)


def _asset_entry(
    asset: catalog.Asset, span: tuple[str, str, int], inputs: Inputs, vintages: Mapping[str, str | None]
) -> Entry:
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
