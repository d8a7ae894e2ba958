"""Data sets on disk: a folder's digests checked, its facts read into a Market. Never touches the network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from fedcycle.data import bills, catalog, manifest
from fedcycle.data.bills import BILLS
from fedcycle.data.building.build import Base
from fedcycle.data.calendar import known, known_after
from fedcycle.data.errors import DamagedData, DataError
from fedcycle.data.manifest import Manifest, read_manifest
from fedcycle.data.market import Market
from fedcycle.data.series import Series, Unit
from fedcycle.data.sources import tables
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.staleness import fresh_until
from fedcycle.data.storage import cache
from fedcycle.data.typing import Day, Days, Float64, days

BUNDLE = "bundle"
LONG = "long"
SHIPPED = (BUNDLE, LONG)
"""The data sets that come with fedcycle."""
STORE = "store"
SYNTHETIC = "synthetic-stocks"
"""A market of stocks drawn from a seed on the bundle's sessions; it has no files of its own."""


def load_market(
    ref: str | Path, *, allow_revised: bool = False, allow_stale: bool = False, splice_bills: bool = True
) -> Market:
    """Return the market of a data set.

    Parameters
    ----------
    ref : ``"bundle"`` (the data set that comes with fedcycle), ``"synthetic-stocks"`` (drawn from a seed on its
        sessions), or a folder with a compiled data set, such as a vintage
    allow_revised : whether rules may read series whose publishers rewrite their past; else the market withholds them
    allow_stale : whether its views serve values that are too old to stand for the day; else they raise Stale
    splice_bills : whether bills go on at a Treasury yield where their published returns end, see ``bills.spliced``

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
    if ref == SYNTHETIC:
        from fedcycle.data.sources import synthetic_stocks

        return synthetic_stocks.market(load_market(BUNDLE, allow_revised=allow_revised))
    folder = folder_of(ref)
    loading = _Loading(allow_revised=allow_revised, allow_stale=allow_stale, splice_bills=splice_bills)
    return _market(folder, read_manifest(folder), name=_called(ref, folder), loading=loading)


@dataclass(frozen=True, kw_only=True)
class _Loading:
    """How a market is made of the facts of a data set; see ``load_market``."""

    allow_revised: bool = False
    allow_stale: bool = False
    splice_bills: bool = True


def market_of(files: Mapping[str, bytes], made: Manifest, *, name: str) -> Market:
    """Return the market of a data set that was just compiled, file -> bytes, with every series it has."""
    return _built(Path(name), made, files, name=name, loading=_Loading(allow_revised=True))


def revised(market: Market) -> tuple[str, ...]:
    """Return the series of a market whose publishers rewrite their past; none unless it was loaded to allow them."""
    return tuple(n for n in market.series if n in catalog.SERIES and catalog.SERIES[n].revised)


def bundled(name: str) -> bytes:
    """Return a file of facts of the bundled data set; raises DamagedData unless it is what its manifest says."""
    folder = folder_of(BUNDLE)
    return checked(folder / name, read_manifest(folder))


def base(ref: str | Path) -> Base:
    """Return a data set as what stands where a raw file is lacking; raises what ``load_market`` raises."""
    folder = folder_of(ref)
    made = read_manifest(folder)
    return Base(_called(ref, folder), made, {file: checked(folder / file, made) for file in made.files})


def listing(ref: str | Path) -> dict[str, Any]:
    """Return what a data set holds, ready for JSON: its name, digest and files, and a row for each asset and series.

    Reads and checks the whole data set, so it raises what ``load_market`` raises.
    """
    folder = folder_of(ref)
    made = read_manifest(folder)
    market = _market(folder, made, name=_called(ref, folder), loading=_Loading())
    rows = [("asset", "sessions", e) for e in made.assets] + [("series", "observations", e) for e in made.series]
    listed = [_listed(e, kind, counted, market) for kind, counted, e in rows]
    return {
        "name": market.name,
        "digest": market.digest,
        "frequency": market.frequency,
        "calendar": made.calendar,
        "currency": market.currency,
        "stamps": list(market.all_stamps),
        "sessions": {
            "first": str(market.sessions[0]),
            "last": str(market.sessions[-1]),
            "count": len(market.sessions),
        },
        "files": {name: {"sha256": f.sha256, "bytes": f.size} for name, f in made.files.items()},
        "roles": dict(made.roles),
        "derived_changes": [str(day) for day in derived_changes(market)],
        "assets": [row for row in listed if row["kind"] == "asset"],
        "series": [row for row in listed if row["kind"] == "series"],
    }


def _listed(entry: manifest.Entry, kind: str, counted: str, market: Market) -> dict[str, Any]:
    """Return what is told of one column; ``counted`` is what its rows are, such as ``sessions``."""
    return {
        "name": entry.name,
        "kind": kind,
        "definition": entry.definition,
        "unit": entry.unit,
        "frequency": entry.frequency,
        "release": entry.release,
        "source": entry.source,
        "vintage": entry.vintage,
        "revised": entry.name in catalog.SERIES and catalog.SERIES[entry.name].revised,
        "first": entry.first,
        "last": str(market.sessions[market.spans[entry.name][1]]) if kind == "asset" else entry.last,
        "complete_to": _complete_to(entry, market),
        "made_of": market.spliced.get(entry.name),
        counted: entry.count,
        "rights": entry.rights,
    }


def _complete_to(entry: manifest.Entry, market: Market) -> str:
    """Return the day up to which a column of a data set is complete, as an ISO date."""
    if entry.name in market.series and (day := market.series[entry.name].complete_to) is not None:
        return str(day)
    return entry.complete_to or entry.last


def derived_changes(market: Market) -> Days:
    """Return the days on which derived changes of the Fed's target became known, (n,) days; see ``derived_changes``."""
    changes = market.series.get("target_change")
    if changes is None or changes.derived is None:
        return days([])
    return changes.known_on[changes.derived]


def vintages(ref: str | Path) -> dict[str, Any]:
    """Return what a result made from a data set must say of it: its files' digests and each column's vintage.

    ``own`` names the assets that come from a user's files, whatever they are called.
    """
    made = read_manifest(folder_of(ref))
    own = [entry.name for entry in made.assets if entry.source.startswith(manifest.OWN)]
    return {
        "files": {name: file.sha256 for name, file in made.files.items()},
        "vintages": {entry.name: entry.vintage or f"to {entry.last}" for entry in (*made.assets, *made.series)},
        **({"own": own} if own else {}),
    }


def folder_of(ref: str | Path) -> Path:
    """Return the folder of a data set; raises DataError where there is none."""
    if ref == SYNTHETIC:
        return Path(__file__).parent / BUNDLE
    if ref in SHIPPED:
        return Path(__file__).parent / str(ref)
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
    return str(ref) if ref in SHIPPED else folder.resolve().name


def _market(folder: Path, made: Manifest, *, name: str, loading: _Loading) -> Market:
    content = {file: checked(folder / file, made) for file in made.files}
    return _built(folder, made, content, name=name, loading=loading)


def _built(folder: Path, made: Manifest, content: Mapping[str, bytes], *, name: str, loading: _Loading) -> Market:
    """Return the market of checked bytes, file -> bytes; ``folder`` is where faults are said to be."""
    assets, sessions, levels = _grid(folder / manifest.LEVELS, content[manifest.LEVELS])
    _check_levels(folder / manifest.LEVELS, made, assets, levels)
    series = _all_series(folder, made, content, sessions)
    revised_ = tuple(n for n in series if n in catalog.SERIES and catalog.SERIES[n].revised)
    withheld = () if loading.allow_revised else revised_
    series = {n: s for n, s in series.items() if n not in withheld}
    spliced = {entry.name: entry.spliced for entry in made.assets if entry.spliced}
    own_bills = any(e.name == BILLS and e.source.startswith(manifest.OWN) for e in made.assets)
    if loading.splice_bills and BILLS in assets and not own_bills:
        levels, said_of_bills = _with_bills(levels, assets.index(BILLS), sessions, series)
        spliced |= said_of_bills
    opens, bars = _bars(folder, content, assets, sessions)
    if opens is not None and BILLS in spliced:  # a bill that accrues opens where it closed the previous session
        opens = _bill_opens(opens, levels, assets.index(BILLS))
    ended = {e.name: e.delisting_return for e in made.assets if e.delisting_return is not None}
    market = Market(
        name,
        sessions,
        assets,
        levels,
        series,
        opens,
        withheld,
        ended,
        allow_stale=loading.allow_stale,
        spliced=spliced,
        roles=made.roles,
        chronology=_chronology(folder, content),
        stamps=made.stamps,
        bars=bars,
        frequency=made.frequency,
        currency=made.currency,
    )
    return _with_stocks(market, folder, content)


def _bars(
    folder: Path, content: Mapping[str, bytes], assets: tuple[str, ...], sessions: Days
) -> tuple[Float64 | None, dict[str, Float64]]:
    """Return the opens, (T, N), or None, and the other parts of the bars, of those that a data set has."""
    parts = {"opens": manifest.OPENS, **manifest.BARS}
    found = {part: _opens(folder / f, content[f], assets, sessions) for part, f in parts.items() if f in content}
    return found.pop("opens", None), found


def _check_levels(file: Path, made: Manifest, assets: tuple[str, ...], levels: Float64) -> None:
    """Raise DamagedData where a file of levels has other columns or numbers of prices than its manifest says."""
    said = tuple(entry.name for entry in made.assets)
    if assets != said:
        raise DamagedData(f"{file} has columns {', '.join(assets)}, its manifest {', '.join(said)}")
    for entry, column in zip(made.assets, levels.T, strict=True):
        count = int((~np.isnan(column)).sum())
        if count != entry.count:
            raise DamagedData(
                f"{file} has {count} prices of {entry.name}, its manifest says {entry.count}; {manifest.REMEDY}"
            )


def _with_stocks(market: Market, folder: Path, content: Mapping[str, bytes]) -> Market:
    """Return the market with its stocks and what was known of their companies, where the data set has any."""
    if manifest.STOCKS not in content:
        return market
    from fedcycle.data.fundamentals.stored import with_stocks  # brings pyarrow, which no other data set needs

    return with_stocks(market, folder, content)


def _all_series(folder: Path, made: Manifest, content: Mapping[str, bytes], sessions: Days) -> dict[str, Series]:
    """Return every series of a data set, those that rules may not read too."""
    complete = {entry.name: np.datetime64(entry.complete_to, "D") for entry in made.series if entry.complete_to}
    series = {
        **_yields(folder / manifest.YIELDS, content[manifest.YIELDS], sessions),
        **_policy(RawFile(str(folder / manifest.TARGETS), content[manifest.TARGETS]), complete),
        **_recessions(RawFile(str(folder / manifest.TURNING_POINTS), content[manifest.TURNING_POINTS]), complete),
    }
    if manifest.EXTRAS in content:
        series |= _extras(folder / manifest.EXTRAS, content[manifest.EXTRAS], sessions)
    if manifest.OWN_SERIES in content:
        from fedcycle.data.user import own_series  # what reads a user's files, which few data sets have

        raw = RawFile(str(folder / manifest.OWN_SERIES), content[manifest.OWN_SERIES])
        series |= own_series.stored(raw, made, sessions)
    if manifest.DISCOUNT_CHANGES in content:
        early = RawFile(str(folder / manifest.DISCOUNT_CHANGES), content[manifest.DISCOUNT_CHANGES])
        series["target_change"] = _after_discount_rate(early, series["target_change"])
    if (means := series.pop("GS10", None)) is not None:
        series |= _before_daily(means, series["DGS10"])
    return series


def _chronology(folder: Path, content: Mapping[str, bytes]) -> Series | None:
    """Return NBER's whole chronology, for reports alone, where the data set has it."""
    if manifest.UNANNOUNCED not in content:
        return None
    from fedcycle.data.building.long_history import chronology_series

    files = (RawFile(str(folder / name), content[name]) for name in (manifest.UNANNOUNCED, manifest.TURNING_POINTS))
    return chronology_series(*files)


def _after_discount_rate(raw: RawFile, changes: Series) -> Series:
    """Return changes of the discount rate up to the first announced target, then those of the target."""
    from fedcycle.data.building.long_history import discount_changes

    early = [d for d in discount_changes(raw) if np.datetime64(d.effective) < changes.known_on[0]]
    effective, bp = days([d.effective for d in early]), np.array([d.change_bp for d in early])
    fresh = np.full(len(early), changes.complete_to, dtype="datetime64[D]")
    assert changes.fresh_until is not None and changes.derived is not None  # noqa: S101, PT018 - _policy gives both
    return replace(
        changes,
        values=np.append(bp, changes.values),
        observed_on=np.append(effective, changes.observed_on),
        known_on=np.append(effective, changes.known_on),
        fresh_until=np.append(fresh, changes.fresh_until),
        derived=np.append(np.zeros(len(early), dtype=bool), changes.derived),
    )


def _before_daily(means: Series, daily: Series) -> dict[str, Series]:
    """Return the daily yield with monthly means before it begins, and the means by themselves where they are more."""
    early = means.known_on < daily.known_on[0]
    if not early.any():
        return {means.name: means}
    assert means.fresh_until is not None and daily.fresh_until is not None  # noqa: S101, PT018 - _regular gives both
    joined = replace(
        daily,
        values=np.append(means.values[early], daily.values),
        observed_on=np.append(means.observed_on[early], daily.observed_on),
        known_on=np.append(means.known_on[early], daily.known_on),
        fresh_until=np.append(means.fresh_until[early], daily.fresh_until),
    )
    # The mean of the last month before the daily yield becomes known after it, and is then of no use.
    ended = means.observed_on[-1] < daily.observed_on[0]
    return {daily.name: joined} if ended else {daily.name: joined, means.name: means}


def _with_bills(
    levels: Float64, column: int, sessions: Days, series: Mapping[str, Series]
) -> tuple[Float64, dict[str, str]]:
    """Return levels (T, N) with bills carried on at a Treasury yield, and what is to be said of it."""
    level, said = bills.spliced(sessions, levels[:, column], series)
    if not said:
        return levels, {}
    levels = levels.copy()
    levels[:, column] = level
    return levels, {BILLS: said}


def _bill_opens(opens: Float64, levels: Float64, column: int) -> Float64:
    """Return opens (T, N) with those of bills that were carried on: the close of the previous session."""
    opens = opens.copy()
    added = np.flatnonzero(np.isnan(opens[:, column]) & ~np.isnan(levels[:, column]))
    opens[added, column] = levels[added - 1, column]
    return opens


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
        series[name] = _regular(name, Unit.PERCENT_PER_YEAR, values[there, j], observed_on, known_on, sessions=sessions)
    return series


def _regular(name: str, unit: Unit, values: Float64, observed_on: Days, known_on: Days, *, sessions: Days) -> Series:
    """Return a series that is observed at regular times, complete to its last observation."""
    fact = catalog.SERIES.get(name)
    fresh = fresh_until("daily" if fact is None else fact.pace, observed_on, sessions)
    complete = observed_on[-1] if len(observed_on) else None
    return Series(name, unit, values, observed_on, known_on, complete_to=complete, fresh_until=fresh)


def _extras(path: Path, content: bytes, sessions: Days) -> dict[str, Series]:
    """Return the series beside the usual ones, each known by its own rule in the catalog."""
    names, dates, values = _grid(path, content)
    series = {}
    for j, name in enumerate(names):
        if name not in catalog.SERIES:
            raise DamagedData(f"{path} has a column {name!r:.60}, which the catalog does not know; {manifest.REMEDY}")
        fact, there = catalog.SERIES[name], ~np.isnan(values[:, j])
        known_on = known(fact.known, dates[there], sessions)
        series[name] = _regular(name, fact.unit, values[there, j], dates[there], known_on, sessions=sessions)
    return series


def _policy(raw: RawFile, complete: Mapping[str, Day]) -> dict[str, Series]:
    """Return the target's ends and changes as rules may see them: announced ones, from the first statement on."""
    changes = tables.stated(tables.target_changes(raw))
    effective, announced = [c.effective for c in changes], [c.announced for c in changes]
    upper, lower, change = catalog.POLICY
    columns = ((upper, [c.upper for c in changes]), (lower, [c.lower for c in changes]))
    derived = np.array([c.derived for c in changes], dtype=bool)
    return {
        fact.name: replace(_dated(fact, values, effective, announced, complete=complete), derived=derived)
        for fact, values in (*columns, (change, [c.change_bp for c in changes]))
    }


def _recessions(raw: RawFile, complete: Mapping[str, Day]) -> dict[str, Series]:
    points = tables.turning_points(raw)
    signs = [1.0 if p.event == "trough" else -1.0 for p in points]
    return {
        fact.name: _dated(fact, signs, [p.month for p in points], [p.announced for p in points], complete=complete)
        for fact in catalog.RECESSIONS
    }


def _dated(
    fact: catalog.Fact,
    values: Sequence[float],
    observed_on: Sequence[date],
    known_on: Sequence[date | None],
    *,
    complete: Mapping[str, Day],
) -> Series:
    """Return a table of events, complete to the day its data set states, else to its own last day."""
    observed, known = days(observed_on), days(known_on)
    last = max(observed[-1], known[-1]) if len(observed) else None
    to = complete.get(fact.name, last)
    fresh = fresh_until(fact.pace, observed, observed, complete_to=to)
    values_ = np.array(values, dtype=np.float64)
    return Series(fact.name, fact.unit, values_, observed, known, complete_to=to, fresh_until=fresh)
