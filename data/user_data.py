"""A user's own prices -> a data set: their assets beside the facts of another one, on the sessions they share."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fedcycle.data import checksums, manifest
from fedcycle.data.build import check_place, grid, write
from fedcycle.data.calendar import exchange_days
from fedcycle.data.dataset import checked, folder_of, load_market
from fedcycle.data.errors import DataError
from fedcycle.data.frozen_mapping import FrozenMapping
from fedcycle.data.manifest import Entry, FileFacts, Manifest, read_manifest
from fedcycle.data.market import Market
from fedcycle.data.sources.files import Recognised
from fedcycle.data.sources.total_return import TotalReturn, total_return
from fedcycle.data.typing import Days, Float64
from fedcycle.data.user_data_warnings import BILLS, jumps, replaced, told

LARGEST_GAP = 5
"""Sessions in a row that a file may lack unless the user says otherwise; they are then left out for every asset."""

RIGHTS = "yours, or those of whoever you have the prices from; not to be passed on without asking"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_ONE_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False)
class Added:
    """What came of adding files.

    Parameters
    ----------
    folder : the data set
    totals : the assets that were added, with how each was made
    kept : assets of the base that are in it
    notes : sentences on what was left out
    """

    folder: Path
    totals: tuple[TotalReturn, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]


def add(
    files: Sequence[Recognised],
    *,
    base: str | Path,
    out: Path,
    declared: bool = False,
    portfolios: bool = False,
    largest_gap: int = LARGEST_GAP,
    keep_gaps: bool = False,
    delisting: Mapping[str, float] = FrozenMapping({}),
) -> Added:
    """Make a data set of a user's assets and another one's facts, and put it in the place of ``out``.

    The new one has the base's series and bills. The base's other assets are in it too, unless the user's have opens
    and those do not: a market has opens of all its assets or of none. The opening level of bills is their close of
    the session before.

    Parameters
    ----------
    files : read by ``sources.files``
    base : a data set: ``bundle``, or a folder
    out : folder to make
    declared : whether the user says that the prices are total return
    portfolios : whether to keep the base's assets and do without opens
    largest_gap : sessions in a row that a file may lack
    keep_gaps : whether an asset goes without a price where its file lacks sessions; else every asset goes without them
    delisting : added asset -> what its holders got after its last close, over that close, a fraction >= -1

    Raises
    ------
    DataError
        For a name that is taken or none, a day that is no session, a gap that is too long, or price-return data.
    """
    check_place(out)
    market = load_market(base, allow_revised=True, splice_bills=False)
    if BILLS not in market.assets:
        raise DataError(f"market {market.name} has no {BILLS}, which every run needs; add to another one")
    totals = [total_return(bars, declared=declared) for file in files for bars in file.bars]
    totals, notes = _within(totals, market)
    with_opens = all(t.opens is not None for t in totals) and not portfolios
    kept = market.assets if not with_opens or market.opens is not None else (BILLS,)
    _check_names([t.name for t in totals], kept)
    _check_series([t.name for t in totals], market)
    _check_delisting(delisting, [t.name for t in totals])
    notes += [jump for t in totals for jump in jumps(t)]
    sessions, absent = _calendar(totals, market, largest_gap=largest_gap)
    left_out = np.unique(np.concatenate([sessions[:0] if keep_gaps else days for days in absent.values()]))
    sessions = np.setdiff1d(sessions, left_out)
    notes += told(market, kept, with_opens=with_opens, left_out=left_out, totals=totals)
    notes += [
        f"{name} has no price in {len(d)} sessions of its span" for name, d in absent.items() if keep_gaps * len(d)
    ]
    files_ = _data_set(
        market, folder_of(base), sessions, kept=kept, totals=totals, opens=with_opens, raw=files, delisting=delisting
    )
    notes += replaced(out, [*kept, *(t.name for t in totals)])
    files_[manifest.NOTICE] = _notice(folder_of(base), totals)
    files_[checksums.NAME] = checksums.text(files_).encode("ascii")
    write(out, files_)
    return Added(out, tuple(totals), kept, tuple(notes))


def _within(totals: Sequence[TotalReturn], market: Market) -> tuple[list[TotalReturn], list[str]]:
    """Return the assets from the base's first session on, with a note of what came before."""
    kept, notes = [], []
    for t in totals:
        later = t.days >= market.sessions[0]
        if not later.any():
            raise DataError(f"{t.name} ends on {t.days[-1]}, before market {market.name} begins, {market.sessions[0]}")
        if not later.all():
            notes.append(
                f"{t.name}: {int((~later).sum())} rows before {market.sessions[0]}, where bills begin, left out"
            )
        opens = None if t.opens is None else t.opens[later]
        kept.append(dataclasses.replace(t, days=t.days[later], level=t.level[later], opens=opens))
    return kept, notes


def _check_names(names: Sequence[str], kept: Sequence[str]) -> None:
    for name in names:
        if not _NAME.fullmatch(name):
            raise DataError(
                f"{name!r:.80} is no name of an asset: letters, digits, - . and _ only; give one with --name"
            )
        if name in kept:
            raise DataError(f"{name} is an asset of that market already; give another name with --name")
        if names.count(name) > 1:
            raise DataError(f"{name} is there twice; leave one out")


def _check_series(names: Sequence[str], market: Market) -> None:
    """Refuse the name of a series: what a rule needs is an asset or a series, told apart by name alone."""
    for name in names:
        if name in market.series:
            raise DataError(f"{name} is a series of that market already; give another name with --name")


def _check_delisting(returns: Mapping[str, float], names: Sequence[str]) -> None:
    for name, value in returns.items():
        if name not in names:
            raise DataError(f"--delisting names {name!r:.80}, which is not among the added: {', '.join(names)}")
        if not -1 <= value < np.inf:
            raise DataError(f"--delisting of {name} is {value:g}; it is a fraction of the last close, -1 or more")


def _calendar(totals: Sequence[TotalReturn], market: Market, *, largest_gap: int) -> tuple[Days, dict[str, Days]]:
    """Return the sessions that the new market may have, and of each asset those that it lacks inside its span."""
    end = max(t.days[-1] for t in totals)
    after = exchange_days(market.sessions[-1] + _ONE_DAY, end) if end > market.sessions[-1] else market.sessions[:0]
    sessions = np.concatenate([market.sessions, after])
    absent = {}
    for t in totals:
        strange = np.setdiff1d(t.days, sessions)
        if len(strange):
            shown = ", ".join(map(str, strange[:3]))
            raise DataError(f"{t.name}: {len(strange)} of its dates are not sessions ({shown}); leave these rows out")
        inside = sessions[(sessions >= t.days[0]) & (sessions <= t.days[-1])]
        lacking = np.flatnonzero(~np.isin(inside, t.days))
        for gap in np.split(lacking, np.flatnonzero(np.diff(lacking) > 1) + 1):
            if len(gap) > largest_gap:
                raise DataError(
                    f"{t.name} lacks {len(gap)} sessions from {inside[gap[0]]} to {inside[gap[-1]]}, more than "
                    f"{largest_gap} in a row; fill the gap at the source, begin after it, or raise --max-gap"
                )
        absent[t.name] = inside[lacking]
    return sessions, absent


def _data_set(
    market: Market,
    folder: Path,
    sessions: Days,
    *,
    kept: Sequence[str],
    totals: Sequence[TotalReturn],
    opens: bool,
    raw: Sequence[Recognised],
    delisting: Mapping[str, float],
) -> dict[str, bytes]:
    """Return the files of the new data set, but for notice and sums."""
    base = read_manifest(folder)
    texts = {f: checked(folder / f, base) for f in base.files if f not in (manifest.LEVELS, manifest.OPENS)}
    columns = {name: _column(market, name, sessions, market.prices) for name in kept}
    columns |= {t.name: (t.days, t.level) for t in totals}
    texts[manifest.LEVELS] = _text(columns)
    if opens:
        columns = {name: _opening(market, name, sessions) for name in kept}
        columns |= {t.name: (t.days, t.opens) for t in totals if t.opens is not None}
        texts[manifest.OPENS] = _text(columns)
    files = {n: texts[n] for n in (*manifest.FACT_FILES, *manifest.MORE_FILES) if n in texts}
    entries = {e.name: e for e in base.assets}
    spans = {name: _column(market, name, sessions, market.prices)[0] for name in kept}
    made = Manifest(
        {name: FileFacts.of(content) for name, content in files.items()},
        (*(_spanned(entries[n], spans[n]) for n in kept), *(_entry(t, raw, delisting.get(t.name)) for t in totals)),
        base.series,
        {**base.inputs, **{_file(file): FileFacts(file.raw.sha256, len(file.raw.content)) for file in raw}},
    )
    files[manifest.MANIFEST] = made.text().encode("ascii")
    size = len(files[manifest.MANIFEST])
    if size > manifest.LARGEST:
        raise DataError(
            f"{len(totals):,} assets make a {manifest.MANIFEST} of {size:,} bytes, and at most {manifest.LARGEST:,} "
            "are read again; nothing was written, add fewer assets"
        )
    return files


def _column(market: Market, name: str, sessions: Days, values: Float64) -> tuple[Days, Float64]:
    """Return the sessions of an asset of the base that are in the new market, and its values on them."""
    column = values[:, market.column(name)]
    there = ~np.isnan(column) & np.isin(market.sessions, sessions)
    return market.sessions[there], column[there]


def _opening(market: Market, name: str, sessions: Days) -> tuple[Days, Float64]:
    if market.opens is not None:
        return _column(market, name, sessions, market.opens)
    days, level = _column(market, name, sessions, market.prices)
    return days, np.append(level[:1], level[:-1])


def _text(columns: Mapping[str, tuple[Days, Float64]]) -> bytes:
    return grid({name: (days, map(repr, level.tolist())) for name, (days, level) in columns.items()}).encode("ascii")


def _spanned(entry: Entry, days: Days) -> Entry:
    return dataclasses.replace(entry, first=str(days[0]), last=str(days[-1]), count=len(days))


def _entry(total: TotalReturn, raw: Sequence[Recognised], delisting_return: float | None) -> Entry:
    file = next(f for f in raw if any(b.name == total.name for b in f.bars))
    return Entry(
        name=total.name,
        definition=f"{total.name} as in {_file(file)}: {total.how}",
        unit="total-return level",
        frequency="daily",
        release="known at the close of the session it is about",
        source=f"your own file {_file(file)}",
        made_from=(_file(file),),
        vintage=None,
        first=str(total.days[0]),
        last=str(total.days[-1]),
        count=len(total.days),
        rights=RIGHTS,
        delisting_return=delisting_return,
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
