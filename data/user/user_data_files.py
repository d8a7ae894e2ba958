"""The files of a data set that a user made of prices of their own: levels, opens, bars, manifest, notice. No checks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fedcycle.data import manifest
from fedcycle.data.bills import BILLS
from fedcycle.data.building.build import grid
from fedcycle.data.dataset import checked
from fedcycle.data.errors import DataError
from fedcycle.data.manifest import Entry, FileFacts, Manifest, read_manifest
from fedcycle.data.market import Market
from fedcycle.data.sources.files import Recognised
from fedcycle.data.sources.total_return import TotalReturn
from fedcycle.data.storage import checksums
from fedcycle.data.typing import Days, Float64

NO_OPENS = "OPENS LEFT OUT"
"""Stamp of a data set some of whose assets had opens before they were put beside others without."""
RIGHTS = "yours, or those of whoever you have the prices from; not to be passed on without asking"


@dataclass(frozen=True, eq=False)
class Contents:
    """What a data set of a user's own prices is made of.

    Parameters
    ----------
    market, folder : the base, whose series it has
    sessions : (T,) days of the new one
    kept : assets of the base that are in it
    totals : the added assets
    opens : whether it has opens
    raw : the user's files
    delisting : asset -> what its holders got after its last close
    stamps : what every figure made from it must say
    frequency, calendar, currency : as in the manifest
    spliced : asset -> what stands before its own first day
    """

    market: Market
    folder: Path
    sessions: Days
    kept: Sequence[str]
    totals: Sequence[TotalReturn]
    opens: bool
    raw: Sequence[Recognised]
    delisting: Mapping[str, float] = field(default_factory=dict)
    stamps: tuple[str, ...] = ()
    frequency: str = "daily"
    calendar: str = manifest.NEW_YORK
    currency: str = manifest.DOLLARS
    spliced: Mapping[str, str] = field(default_factory=dict)

    @property
    def lost_opens(self) -> tuple[str, ...]:
        """Return the assets of the base that have opens there and not here; bills have none of a file."""
        kept = () if self.opens or self.market.opens is None else self.kept
        return tuple(name for name in kept if name != BILLS)

    def column(self, name: str, values: Float64) -> tuple[Days, Float64]:
        """Return the sessions of an asset of the base that are in the new data set, and its values on them.

        Where that has the sessions of another exchange, the last value known on each.
        """
        column = values[:, self.market.column(name)]
        there = ~np.isnan(column)
        if self.calendar == read_manifest(self.folder).calendar:
            there &= np.isin(self.market.sessions, self.sessions)
            return self.market.sessions[there], column[there]
        days, level = self.market.sessions[there], column[there]
        inside = self.sessions[(self.sessions >= days[0]) & (self.sessions <= days[-1])]
        return inside, level[np.searchsorted(days, inside, side="right") - 1]


def data_set(c: Contents) -> dict[str, bytes]:
    """Return the files of the new data set, name -> bytes; raises DataError for more assets than are read again."""
    base = read_manifest(c.folder)
    texts = {f: checked(c.folder / f, base) for f in base.files if f not in manifest.PRICE_FILES}
    texts |= _tables(c)
    files = {n: texts[n] for n in (*manifest.FACT_FILES, *manifest.MORE_FILES) if n in texts}
    entries = {e.name: e for e in base.assets}
    kept = [_spanned(entries[n], c.column(n, c.market.prices)[0], c.frequency) for n in c.kept]
    names = {*c.kept, *(t.name for t in c.totals)}
    made = Manifest(
        {name: FileFacts.of(content) for name, content in files.items()},
        (*kept, *(_entry(t, c) for t in c.totals)),
        base.series,
        {**base.inputs, **{_file(file): FileFacts(file.raw.sha256, len(file.raw.content)) for file in c.raw}},
        roles={role: asset for role, asset in base.roles.items() if asset in names},
        stamps=c.stamps,
        frequency=c.frequency,
        calendar=c.calendar,
        currency=c.currency,
    )
    files[manifest.MANIFEST] = made.text().encode("ascii")
    size = len(files[manifest.MANIFEST])
    if size > manifest.LARGEST:
        raise DataError(
            f"{len(c.totals):,} assets make a {manifest.MANIFEST} of {size:,} bytes, and at most {manifest.LARGEST:,} "
            "are read again; nothing was written, add fewer assets"
        )
    files[manifest.NOTICE] = _notice(c.folder, c.totals)
    files[checksums.NAME] = checksums.text(files).encode("ascii")
    return files


def _tables(c: Contents) -> dict[str, bytes]:
    """Return the files of levels and, where there are opens, of opens and the rest of each session's bar."""
    columns = {name: c.column(name, c.market.prices) for name in c.kept}
    columns |= {t.name: (t.days, t.level) for t in c.totals}
    texts = {manifest.LEVELS: _text(columns)}
    if c.opens:
        columns = {name: _opening(c, name) for name in c.kept}
        columns |= {t.name: _there(t.days, t.opens) for t in c.totals if t.opens is not None}
        sessions = _days_of(texts[manifest.LEVELS])
        texts[manifest.OPENS] = on_every_session(columns, sessions)
        texts |= _bars(c, sessions)
    return texts


def _opening(c: Contents, name: str) -> tuple[Days, Float64]:
    if c.market.opens is not None:
        return c.column(name, c.market.opens)
    days, level = c.column(name, c.market.prices)
    return days, np.append(level[:1], level[:-1])


def _bars(c: Contents, sessions: Days) -> dict[str, bytes]:
    """Return the files of highs, lows and volumes, file -> bytes; a column is empty where nothing is known."""
    none = sessions[:0], np.empty(0)
    found = {}
    for part, file in manifest.BARS.items():
        base = c.market.bars.get(part)
        columns = {name: none if base is None else c.column(name, base) for name in c.kept}
        columns |= {t.name: _there(t.days, t.rest[part]) if part in t.rest else none for t in c.totals}
        if any(len(days) for days, _ in columns.values()):
            found[file] = on_every_session(columns, sessions)
    return found


def on_every_session(columns: Mapping[str, tuple[Days, Float64]], sessions: Days) -> bytes:
    """Return columns as a table with a row for every session, also where no column has a value."""
    every = {"": (sessions, np.zeros(len(sessions)))}
    return _without_first(_text({**every, **columns}).decode("ascii").splitlines())


def _there(days: Days, values: Float64) -> tuple[Days, Float64]:
    there = np.asarray(~np.isnan(values))
    return days[there], values[there]


def _days_of(table: bytes) -> Days:
    """Return the days of a table by day."""
    return np.array([line.split(b",", 1)[0].decode() for line in table.splitlines()[1:]], dtype="datetime64[D]")


def _without_first(lines: Sequence[str]) -> bytes:
    """Return a table by day without its first column of numbers, which only named every session."""
    cells = [line.split(",") for line in lines]
    return ("\n".join(",".join([row[0], *row[2:]]) for row in cells) + "\n").encode("ascii")


def _text(columns: Mapping[str, tuple[Days, Float64]]) -> bytes:
    return grid({name: (days, map(repr, level.tolist())) for name, (days, level) in columns.items()}).encode("ascii")


def _spanned(entry: Entry, days: Days, frequency: str) -> Entry:
    return dataclasses.replace(
        entry, first=str(days[0]), last=str(days[-1]), count=len(days), frequency=_often(entry.frequency, frequency)
    )


def _often(said: str, frequency: str) -> str:
    return said if frequency == "daily" else frequency


def _entry(total: TotalReturn, c: Contents) -> Entry:
    file = next(f for f in c.raw if any(b.name == total.name for b in f.bars))
    return Entry(
        name=total.name,
        definition=f"{total.name} as in {_file(file)}: {total.how}",
        unit="total-return level",
        frequency=c.frequency,
        release="known at the close of the session it is about",
        source=f"{manifest.OWN} {_file(file)}",
        made_from=(_file(file),),
        vintage=None,
        first=str(total.days[0]),
        last=str(total.days[-1]),
        count=len(total.days),
        rights=RIGHTS,
        delisting_return=c.delisting.get(total.name),
        spliced=c.spliced.get(total.name),
    )


def _file(file: Recognised) -> str:
    """Return what to call a file in the data set: never a path, which would carry one machine's folders along."""
    return "".join(c if c.isascii() and c.isprintable() else "_" for c in Path(file.raw.name).name)


def _notice(folder: Path, totals: Sequence[TotalReturn]) -> bytes:
    path = folder / manifest.NOTICE
    before = path.read_text(encoding="ascii") if path.is_file() else ""
    names = ", ".join(f"`{t.name}`" for t in totals)
    return (f"{before}\n## Added\n\n{names}: from your own files, by `fedcycle data add`. Rights: {RIGHTS}.\n").encode(
        "ascii"
    )
