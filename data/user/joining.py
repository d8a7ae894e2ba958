"""Two data sets made one: the assets of both on the sessions that both have, the series of the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fedcycle.data import manifest
from fedcycle.data.bills import BILLS
from fedcycle.data.building.build import check_place, grid
from fedcycle.data.dataset import checked, folder_of, load_market
from fedcycle.data.errors import DataError, join_names
from fedcycle.data.manifest import FileFacts, Manifest, read_manifest
from fedcycle.data.market import Market
from fedcycle.data.storage import checksums
from fedcycle.data.typing import Days, Float64
from fedcycle.data.user.user_data import LEFT_OUT
from fedcycle.data.user.user_data_files import NO_OPENS, on_every_session

ALIKE = 1e-9
"""Share by which levels of an asset may differ, beside a factor, and still be the same asset's."""
FIRST, SECOND = "first", "second"
WHICH = (FIRST, SECOND)
SERIES = "series"
"""What ``take`` calls the series and dates, which are taken together."""


@dataclass(frozen=True, eq=False)
class Joined:
    """What came of joining two data sets.

    Parameters
    ----------
    folder : of the new one
    assets : its assets
    notes : sentences on what was left out, and on what was taken from which
    stamps : what every figure made from it will say
    files : name -> bytes
    """

    folder: Path
    assets: tuple[str, ...]
    notes: tuple[str, ...]
    stamps: tuple[str, ...]
    files: Mapping[str, bytes]


@dataclass(frozen=True, eq=False)
class _Side:
    """One of the two data sets."""

    market: Market
    folder: Path
    made: Manifest

    @classmethod
    def of(cls, ref: str | Path) -> _Side:
        folder = folder_of(ref)
        return cls(load_market(ref, allow_revised=True, splice_bills=False), folder, read_manifest(folder))

    @property
    def opening(self) -> list[str]:
        """Return the assets whose opens are prices of a file; bills open where they closed before."""
        return [] if self.market.opens is None else [name for name in self.market.assets if name != BILLS]


def join(one: str | Path, other: str | Path, *, out: Path, take: Mapping[str, str]) -> Joined:
    """Return the data set that two make together, with nothing written.

    Over the span that both have, its sessions are those of both; outside it, those of the one that has it. An asset
    that both have must have the same returns in both; series must be the same. Where they are not, ``take`` says whose.
    Opens, and the rest of each session's bar, are in it where both have opens; a market has opens of all its assets or
    of none, so joining one without them leaves them out, which is stamped.

    Parameters
    ----------
    one, other : data sets
    out : folder to make
    take : asset, or ``series`` -> ``first`` or ``second``, of what both have and differs

    Raises
    ------
    DataError
        For data sets of two frequencies, exchanges or currencies, and for what differs, by name.
    """
    check_place(out)
    first, second = _Side.of(one), _Side.of(other)
    _check_alike(first, second)
    differ = [*_other_assets(first.market, second.market), *_other_series(first, second)]
    _check_take(take, differ)
    if open_ := [name for name in differ if name not in take]:
        raise DataError(
            f"{first.market.name} and {second.market.name} have different data under the same name: "
            f"{join_names(open_)}; say whose with --take {open_[0]}=first or --take {open_[0]}=second"
        )
    sessions, left_out = _sessions(first.market.sessions, second.market.sessions)
    owner = dict.fromkeys(first.market.assets, first) | {
        name: second for name in second.market.assets if name not in first.market.assets or take.get(name) == SECOND
    }
    facts = second if take.get(SERIES) == SECOND else first
    stamps = _stamps(first, second, len(left_out))
    notes = _notes(first, second, left_out=left_out, take=take, facts=facts)
    files = _files(owner, facts, first, second, sessions=sessions, stamps=stamps)
    return Joined(out, tuple(owner), notes, stamps, files)


def _check_alike(first: _Side, second: _Side) -> None:
    for what in ("frequency", "calendar", "currency"):
        a, b = getattr(first.made, what), getattr(second.made, what)
        if a != b:
            raise DataError(
                f"{first.market.name} has the {what} {a} and {second.market.name} {b}; join data sets of one {what}"
            )
    for side in (first, second):
        if side.market.fundamentals is not None:
            raise DataError(f"{side.market.name} holds stocks with fundamentals, which cannot be joined; build it anew")
    a, b = first.market.sessions, second.market.sessions
    if max(a[0], b[0]) > min(a[-1], b[-1]):
        names = f"{first.market.name} ({a[0]} to {a[-1]}) and {second.market.name} ({b[0]} to {b[-1]})"
        raise DataError(f"{names} share no session; join data sets that overlap")


def _check_take(take: Mapping[str, str], differ: list[str]) -> None:
    for name, whose in take.items():
        if whose not in WHICH:
            raise DataError(f"--take {name}={whose}: write first or second")
        if name not in differ:
            known = join_names(differ) if differ else "none"
            raise DataError(f"--take {name}={whose}: {name!r:.80} does not differ in the two; what does: {known}")


def _other_assets(a: Market, b: Market) -> list[str]:
    """Return the assets that both have with other returns on the sessions that both have."""
    _, i, j = np.intersect1d(a.sessions, b.sessions, return_indices=True)
    found = []
    for name in a.assets:
        if name not in b.assets:
            continue
        own, other = a.prices[i, a.column(name)], b.prices[j, b.column(name)]
        there = ~np.isnan(own) & ~np.isnan(other)
        scale = own[there] / other[there]
        if not there.any() or not np.allclose(scale, scale[0], rtol=ALIKE, atol=0.0):
            found.append(name)
        elif abs(scale[0] - 1.0) > ALIKE:
            found.append(name)  # the same returns from another base: whose level it is must be said
    return found


def _other_series(first: _Side, second: _Side) -> list[str]:
    """Return ``series`` where the series or dates of two data sets differ in anything."""
    files = {name: side for side in (first, second) for name in side.made.files}
    facts = [name for name in files if name not in manifest.PRICE_FILES]
    same = all(
        name in first.made.files
        and name in second.made.files
        and first.made.files[name].sha256 == second.made.files[name].sha256
        for name in facts
    )
    return [] if same else [SERIES]


def _sessions(a: Days, b: Days) -> tuple[Days, Days]:
    """Return the sessions of both over the span they share and of either outside it, and those left out inside it."""
    start, end = max(a[0], b[0]), min(a[-1], b[-1])
    every = np.union1d(a, b)
    inside = (every >= start) & (every <= end)
    shared = np.isin(every, a) & np.isin(every, b)
    return every[~inside | shared], every[inside & ~shared]


def _stamps(first: _Side, second: _Side, left_out: int) -> tuple[str, ...]:
    counted, others = left_out, []
    for stamp in [*first.made.stamps, *second.made.stamps]:
        if stamp.startswith(LEFT_OUT):
            continue
        others.append(stamp)
    # What both left out of the same calendar is counted once: the larger of the two, and what joining adds.
    before = [int(s.rpartition(" ")[2]) for side in (first, second) for s in side.made.stamps if s.startswith(LEFT_OUT)]
    counted += max(before, default=0)
    lost = [f"{NO_OPENS}: {', '.join(_lost(first, second))}"] if _lost(first, second) else []
    return tuple(dict.fromkeys([*others, *lost, *([f"{LEFT_OUT}: {counted}"] if counted else [])]))


def _lost(first: _Side, second: _Side) -> list[str]:
    """Return the assets whose opens are not in the new data set."""
    both = first.market.opens is not None and second.market.opens is not None
    return [] if both else [*first.opening, *second.opening]


def _notes(first: _Side, second: _Side, *, left_out: Days, take: Mapping[str, str], facts: _Side) -> tuple[str, ...]:
    notes = []
    if len(left_out):
        shown = ", ".join(map(str, left_out[:5])) + (" and so on" if len(left_out) > 5 else "")
        several = "s" if len(left_out) > 1 else ""
        notes.append(f"{len(left_out)} session{several} left out, as only one of the two has them: {shown}")
    for name, whose in take.items():
        if name != SERIES:
            notes.append(f"{name} is that of {(first if whose == FIRST else second).market.name}")
    if SERIES in take:
        notes.append(f"series and dates are those of {facts.market.name}")
    if lost := _lost(first, second):
        without = next(side.market.name for side in (first, second) if side.market.opens is None)
        notes.append(
            f"opens of {join_names(lost)} left out, as {without} has none: execution.fill must be close; to fill at "
            "opens, run on the data set that has them"
        )
    return tuple(notes)


def _files(
    owner: Mapping[str, _Side], facts: _Side, first: _Side, second: _Side, *, sessions: Days, stamps: tuple[str, ...]
) -> dict[str, bytes]:
    """Return the files of the new data set."""
    columns, entries = {}, []
    for name, side in owner.items():
        level = side.market.prices[:, side.market.column(name)]
        there = ~np.isnan(level) & np.isin(side.market.sessions, sessions)
        days = side.market.sessions[there]
        columns[name] = (days, map(repr, level[there].tolist()))
        entry = next(e for e in side.made.assets if e.name == name)
        entries.append(replace(entry, first=str(days[0]), last=str(days[-1]), count=len(days)))
    texts = {n: checked(facts.folder / n, facts.made) for n in facts.made.files if n not in manifest.PRICE_FILES}
    texts[manifest.LEVELS] = grid(columns).encode("ascii")
    texts |= _bars(owner, sessions)
    files = {n: texts[n] for n in (*manifest.FACT_FILES, *manifest.MORE_FILES) if n in texts}
    made = replace(
        facts.made,
        files={n: FileFacts.of(content) for n, content in files.items()},
        assets=tuple(entries),
        inputs={**second.made.inputs, **first.made.inputs},
        roles={**second.made.roles, **first.made.roles},
        stamps=stamps,
    )
    files[manifest.MANIFEST] = made.text().encode("ascii")
    texts_ = [side.folder / manifest.NOTICE for side in (first, second)]
    said = dict.fromkeys(path.read_text(encoding="ascii") for path in texts_ if path.is_file())
    files[manifest.NOTICE] = "\n".join(said).encode("ascii")
    files[checksums.NAME] = checksums.text(files).encode("ascii")
    return files


def _bars(owner: Mapping[str, _Side], sessions: Days) -> dict[str, bytes]:
    """Return the files of opens, highs, lows and volumes, file -> bytes; none unless every asset's owner has opens."""
    if any(side.market.opens is None for side in owner.values()):
        return {}
    found = {}
    for part, file in {"opens": manifest.OPENS, **manifest.BARS}.items():
        columns = {name: _part(side, name, part, sessions) for name, side in owner.items()}
        if any(len(days) for days, _ in columns.values()):
            found[file] = on_every_session(columns, sessions)
    return found


def _part(side: _Side, name: str, part: str, sessions: Days) -> tuple[Days, Float64]:
    """Return the sessions of the new data set on which an asset has a part of its bar, and the values."""
    market = side.market
    values = market.opens if part == "opens" else market.bars.get(part)
    if values is None:
        return sessions[:0], np.empty(0)
    column = values[:, market.column(name)]
    there = np.asarray(~np.isnan(column) & np.isin(market.sessions, sessions))
    return market.sessions[there], column[there]
