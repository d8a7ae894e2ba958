"""Data sets on disk: a folder's digests checked, its facts read into a Market. Never touches the network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from fedcycle.data import cache, catalog, manifest
from fedcycle.data.calendar import known, known_after
from fedcycle.data.errors import DamagedData, DataError
from fedcycle.data.manifest import Manifest, read_manifest
from fedcycle.data.market import Market
from fedcycle.data.series import Series, Unit
from fedcycle.data.sources import tables
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Days, Float64, days

BUNDLE = "bundle"
STORE = "store"


def load_market(ref: str | Path, *, allow_revised: bool = False) -> Market:
    """Return the market of a data set.

    Parameters
    ----------
    ref : ``"bundle"`` (the data set that comes with fedcycle), or a folder with a compiled data set, such as a vintage
    allow_revised : whether rules may read series whose publishers rewrite their past; else the market withholds them

    Returns
    -------
    Market
        Named ``bundle``, or as the folder.

    Raises
    ------
    DataError
        If there is no data set, or what it says is impossible.
    DamagedData
        If a file is not what the manifest says: the sentence names the file and the remedy.
    """
    folder = folder_of(ref)
    return _market(folder, read_manifest(folder), name=_called(ref, folder), allow_revised=allow_revised)


def market_of(files: Mapping[str, bytes], made: Manifest, *, name: str) -> Market:
    """Return the market of a data set that was just compiled, file -> bytes, with every series it has."""
    return _built(Path(name), made, files, name=name, allow_revised=True)


def revised(market: Market) -> tuple[str, ...]:
    """Return the series of a market whose publishers rewrite their past; none unless it was loaded to allow them."""
    return tuple(n for n in market.series if n in catalog.SERIES and catalog.SERIES[n].revised)


def bundled(name: str) -> bytes:
    """Return a file of facts of the bundled data set; raises DamagedData unless it is what its manifest says."""
    folder = folder_of(BUNDLE)
    return checked(folder / name, read_manifest(folder))


def listing(ref: str | Path) -> dict[str, Any]:
    """Return what a data set holds, ready for JSON: its name, digest and files, and a row for each asset and series.

    Reads and checks the whole data set, so it raises what ``load_market`` raises.
    """
    folder = folder_of(ref)
    made = read_manifest(folder)
    market = _market(folder, made, name=_called(ref, folder), allow_revised=False)
    rows = [("asset", "sessions", e) for e in made.assets] + [("series", "observations", e) for e in made.series]
    listed = [
        {
            "name": e.name,
            "kind": kind,
            "definition": e.definition,
            "unit": e.unit,
            "frequency": e.frequency,
            "release": e.release,
            "source": e.source,
            "vintage": e.vintage,
            "revised": e.name in catalog.SERIES and catalog.SERIES[e.name].revised,
            "first": e.first,
            "last": e.last,
            counted: e.count,
            "rights": e.rights,
        }
        for kind, counted, e in rows
    ]
    return {
        "name": market.name,
        "digest": market.digest,
        "sessions": {
            "first": str(market.sessions[0]),
            "last": str(market.sessions[-1]),
            "count": len(market.sessions),
        },
        "files": {name: {"sha256": f.sha256, "bytes": f.size} for name, f in made.files.items()},
        "assets": [row for row in listed if row["kind"] == "asset"],
        "series": [row for row in listed if row["kind"] == "series"],
    }


def vintages(ref: str | Path) -> dict[str, Any]:
    """Return what a result made from a data set must say of it: its files' digests and each column's vintage."""
    made = read_manifest(folder_of(ref))
    return {
        "files": {name: file.sha256 for name, file in made.files.items()},
        "vintages": {entry.name: entry.vintage or f"to {entry.last}" for entry in (*made.assets, *made.series)},
    }


def folder_of(ref: str | Path) -> Path:
    """Return the folder of a data set; raises DataError where there is none."""
    if ref == BUNDLE:
        return Path(__file__).parent / BUNDLE
    if ref == STORE:
        raise DataError(
            "market is store, but nobody said in which folder it lies; run the command fedcycle, which knows, "
            "or write market: bundle, or a folder with a built data set"
        )
    folder = Path(ref)
    if not folder.is_dir():
        raise DataError(
            f"market {str(ref)!r} is not a folder; write bundle, or a folder made by: "
            "fedcycle data build --from DIR --out FOLDER"
        )
    return folder


def _called(ref: str | Path, folder: Path) -> str:
    """Return the market's name: never a path, which would carry one machine's folders into another's results."""
    return BUNDLE if ref == BUNDLE else folder.resolve().name


def _market(folder: Path, made: Manifest, *, name: str, allow_revised: bool) -> Market:
    content = {file: checked(folder / file, made) for file in made.files}
    return _built(folder, made, content, name=name, allow_revised=allow_revised)


def _built(folder: Path, made: Manifest, content: Mapping[str, bytes], *, name: str, allow_revised: bool) -> Market:
    """Return the market of checked bytes, file -> bytes; ``folder`` is where faults are said to be."""
    assets, sessions, levels = _grid(folder / manifest.LEVELS, content[manifest.LEVELS])
    said = tuple(entry.name for entry in made.assets)
    if assets != said:
        raise DamagedData(f"{folder / manifest.LEVELS} has columns {', '.join(assets)}, its manifest {', '.join(said)}")
    for entry, column in zip(made.assets, levels.T, strict=True):
        count = int((~np.isnan(column)).sum())
        if count != entry.count:
            raise DamagedData(
                f"{folder / manifest.LEVELS} has {count} prices of {entry.name}, its manifest says {entry.count}; "
                f"{manifest.REMEDY}"
            )
    series = {
        **_yields(folder / manifest.YIELDS, content[manifest.YIELDS], sessions),
        **_policy(RawFile(str(folder / manifest.TARGETS), content[manifest.TARGETS])),
        **_recessions(RawFile(str(folder / manifest.TURNING_POINTS), content[manifest.TURNING_POINTS])),
    }
    if manifest.EXTRAS in content:
        series |= _extras(folder / manifest.EXTRAS, content[manifest.EXTRAS], sessions)
    withheld = () if allow_revised else tuple(n for n in series if n in catalog.SERIES and catalog.SERIES[n].revised)
    series = {n: s for n, s in series.items() if n not in withheld}
    opens = None
    if manifest.OPENS in content:
        opens = _opens(folder / manifest.OPENS, content[manifest.OPENS], assets, sessions)
    ended = {e.name: e.delisting_return for e in made.assets if e.delisting_return is not None}
    return Market(name, sessions, assets, levels, series, opens, withheld, ended)


def checked(path: Path, made: Manifest) -> bytes:
    """Return the bytes of a file of a data set; raises DamagedData unless they are the ones in the manifest."""
    said = made.files[path.name]
    if not path.is_file():
        raise DamagedData(f"{path} is missing; {manifest.REMEDY}")
    size = path.stat().st_size
    if size != said.size:
        raise DamagedData(f"{path} has {size} bytes, its manifest says {said.size}; {manifest.REMEDY}")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != said.sha256:
        raise DamagedData(f"{path} is not what its manifest says (sha256 differs); {manifest.REMEDY}")
    return content


def _grid(path: Path, content: bytes) -> tuple[tuple[str, ...], Days, Float64]:
    """Return the names, days (T,) and numbers (T, N) of a table by day, from the cache where it was read before."""
    return cache.grid(content, lambda: _read_grid(path, content))


def _read_grid(path: Path, content: bytes) -> cache.Grid:
    """Return the names, days (T,) and numbers (T, N) of a table by day; an empty cell is NaN.

    Split and converted by hand: the readers of numpy and of ``csv`` take three times as long on 90,000 cells.
    """
    try:
        head, _, body = content.decode("ascii").partition("\n")
        first, *names = head.split(",")
        cells = body.replace("\n", ",").split(",")
        width = len(names) + 1
        if first != "date" or cells[-1] or (len(cells) - 1) % width or body.count("\n") * width != len(cells) - 1:
            raise ValueError("its lines are not of one length")
        dates = np.array(cells[:-1:width], dtype="datetime64[D]")
        values = np.empty((len(dates), len(names)))
        for j in range(len(names)):
            values[:, j] = [float(cell) if cell else np.nan for cell in cells[j + 1 : -1 : width]]
    except ValueError as err:
        raise DamagedData(f"{path} is not a table by day ({err}); {manifest.REMEDY}") from None
    return tuple(names), dates, values


def _opens(path: Path, content: bytes, assets: tuple[str, ...], sessions: Days) -> Float64:
    """Return opening levels (T, N); raises DamagedData unless they are of the assets and sessions of the closes."""
    names, dates, values = _grid(path, content)
    if names != assets or not np.array_equal(dates, sessions):
        raise DamagedData(f"{path} is of other assets or sessions than {manifest.LEVELS}; {manifest.REMEDY}")
    return values


def _yields(path: Path, content: bytes, sessions: Days) -> dict[str, Series]:
    names, dates, values = _grid(path, content)
    series = {}
    for j, name in enumerate(names):
        there = ~np.isnan(values[:, j])
        observed_on = dates[there]
        known_on = known_after(observed_on, sessions)
        series[name] = Series(name, Unit.PERCENT_PER_YEAR, values[there, j], observed_on, known_on)
    return series


def _extras(path: Path, content: bytes, sessions: Days) -> dict[str, Series]:
    """Return the series beside the usual ones, each known by its own rule in the catalog."""
    names, dates, values = _grid(path, content)
    series = {}
    for j, name in enumerate(names):
        if name not in catalog.SERIES:
            raise DamagedData(f"{path} has a column {name!r:.60}, which the catalog does not know; {manifest.REMEDY}")
        fact, there = catalog.SERIES[name], ~np.isnan(values[:, j])
        known_on = known(fact.known, dates[there], sessions)
        series[name] = Series(name, fact.unit, values[there, j], dates[there], known_on)
    return series


def _policy(raw: RawFile) -> dict[str, Series]:
    """Return the target's ends and changes as rules may see them: announced ones, from the first statement on."""
    changes = tables.stated(tables.target_changes(raw))
    effective, announced = [c.effective for c in changes], [c.announced for c in changes]
    upper, lower, change = catalog.POLICY
    columns = ((upper, [c.upper for c in changes]), (lower, [c.lower for c in changes]))
    return {
        fact.name: _dated(fact, values, effective, announced)
        for fact, values in (*columns, (change, [c.change_bp for c in changes]))
    }


def _recessions(raw: RawFile) -> dict[str, Series]:
    points = tables.turning_points(raw)
    signs = [1.0 if p.event == "trough" else -1.0 for p in points]
    return {
        fact.name: _dated(fact, signs, [p.month for p in points], [p.announced for p in points])
        for fact in catalog.RECESSIONS
    }


def _dated(
    fact: catalog.Fact, values: Sequence[float], observed_on: Sequence[date], known_on: Sequence[date | None]
) -> Series:
    return Series(fact.name, fact.unit, np.array(values, dtype=np.float64), days(observed_on), days(known_on))
