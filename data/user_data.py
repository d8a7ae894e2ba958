"""A user's own prices -> a data set: their assets beside the facts of another one, on the sessions they share."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fedcycle.data import checksums, manifest, own_sessions
from fedcycle.data.build import check_place, grid, write
from fedcycle.data.calendar import exchange_days
from fedcycle.data.dataset import checked, folder_of, load_market
from fedcycle.data.errors import DataError
from fedcycle.data.frozen_mapping import FrozenMapping
from fedcycle.data.manifest import Entry, FileFacts, Manifest, read_manifest
from fedcycle.data.market import Market
from fedcycle.data.sources.files import Recognised
from fedcycle.data.sources.total_return import Claim, TotalReturn, total_return
from fedcycle.data.typing import Day, Days, Float64
from fedcycle.data.user_data_warnings import BILLS, replaced, told

LARGEST_GAP = 5
"""Sessions in a row that a file may lack unless the user says otherwise; they are then left out for every asset."""

LEFT_OUT = "SESSIONS LEFT OUT"
"""Stamp of a data set that lacks sessions of its exchange, and how many."""

CURRENCY = "CURRENCY"
"""Stamp of a data set whose added prices are in another currency than the US dollar."""

RIGHTS = "yours, or those of whoever you have the prices from; not to be passed on without asking"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_ONE_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Said:
    """What a user says of the assets of their files, by name of the asset.

    Parameters
    ----------
    claims : asset -> what its prices are
    declared : whether prices of which nothing tells are total return; of a single asset, whether its prices are
    splits : asset -> day -> new shares for one old: splits that a file left in; 1 where there was none
    delisting : asset -> what its holders got after its last close, over that close, a fraction >= -1
    currency : three letters of the currency that all prices are in; None for what the files say, else US dollars
    """

    claims: Mapping[str, Claim] = field(default_factory=dict)
    declared: bool = False
    splits: Mapping[str, Mapping[Day, float]] = field(default_factory=dict)
    delisting: Mapping[str, float] = field(default_factory=dict)
    currency: str | None = None


@dataclass(frozen=True, eq=False)
class Added:
    """What came of adding files.

    Parameters
    ----------
    folder : the data set
    totals : the assets that were added, with how each was made
    kept : assets of the base that are in it
    notes : sentences on what was left out
    stamps : what every figure made from it will say
    files : name -> bytes of the data set
    """

    folder: Path
    totals: tuple[TotalReturn, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]
    stamps: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


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
    said: Said | None = None,
) -> Added:
    """Make a data set of a user's assets and another one's facts, and put it in the place of ``out``.

    Parameters as for ``plan``, and ``declared`` and ``delisting`` as in ``Said``; raises what it raises.
    """
    said = said or Said()
    said = dataclasses.replace(said, declared=said.declared or declared, delisting={**said.delisting, **delisting})
    done = plan(
        files, base=base, out=out, said=said, portfolios=portfolios, largest_gap=largest_gap, keep_gaps=keep_gaps
    )
    write(out, done.files)
    return done


def plan(
    files: Sequence[Recognised],
    *,
    base: str | Path,
    out: Path,
    said: Said,
    portfolios: bool = False,
    largest_gap: int = LARGEST_GAP,
    keep_gaps: bool = False,
) -> Added:
    """Return the data set that adding files comes to, with nothing written.

    The new one has the base's series and bills. The base's other assets are in it too, unless the user's have opens
    and those do not: a market has opens of all its assets or of none. The opening level of bills is their close of
    the previous session.

    Parameters
    ----------
    files : read by ``sources.files``
    base : a data set: ``bundle``, or a folder
    out : folder to make
    said : what the user says of the assets
    portfolios : whether to keep the base's assets and do without opens
    largest_gap : sessions in a row that a file may lack
    keep_gaps : whether an asset goes without a price where its file lacks sessions; else every asset goes without them

    Raises
    ------
    DataError
        For a name that is taken or none, a day that is no session, a gap that is too long, rows that are not daily, or
        price-return data.
    """
    check_place(out)
    market = load_market(base, allow_revised=True, splice_bills=False)
    if BILLS not in market.assets:
        raise DataError(f"market {market.name} has no {BILLS}, which every run needs; add to another one")
    totals = totals_of(files, said)
    sessions = _calendar(totals, market)
    totals, notes = _on_sessions(totals, market, sessions)
    with_opens = all(t.opens is not None for t in totals) and not portfolios
    kept = market.assets if not with_opens or market.opens is not None else (BILLS,)
    _check_names(totals, kept)
    _check_series([t.name for t in totals], market)
    delisting = {b.name: b.delisting for f in files for b in f.bars if b.delisting is not None} | dict(said.delisting)
    _check_delisting(delisting, [t.name for t in totals])
    _check_alike(totals, market, kept)
    notes += [note for t in totals for note in t.notes]
    absent = {t.name: own_sessions.absent(t, sessions, largest_gap=largest_gap) for t in totals}
    left_out = np.unique(np.concatenate([sessions[:0] if keep_gaps else days for days in absent.values()]))
    sessions = np.setdiff1d(sessions, left_out)
    totals = [own_sessions.kept(t, np.isin(t.days, sessions)) for t in totals]
    notes += told(market, kept, with_opens=with_opens, left_out=left_out, totals=totals)
    notes += [
        f"{name} has no price in {len(d)} sessions of its span" for name, d in absent.items() if keep_gaps * len(d)
    ]
    stamps = _stamps(read_manifest(folder_of(base)).stamps, totals, len(left_out))
    foreign = _currency(files, said)
    if foreign:
        stamps = tuple(dict.fromkeys([*stamps, f"{CURRENCY}: {foreign}"]))
        notes.append(
            f"prices are in {foreign}, bills and every asset of {market.name} in US dollars: compare like with like"
        )
    files_ = _data_set(
        market,
        folder_of(base),
        sessions,
        kept=kept,
        totals=totals,
        opens=with_opens,
        raw=files,
        delisting=delisting,
        stamps=stamps,
    )
    notes += replaced(out, [*kept, *(t.name for t in totals)])
    files_[manifest.NOTICE] = _notice(folder_of(base), totals)
    files_[checksums.NAME] = checksums.text(files_).encode("ascii")
    return Added(out, tuple(totals), kept, tuple(notes), stamps, files_)


def _currency(files: Sequence[Recognised], said: Said) -> str:
    """Return the currency of all prices where it is not the US dollar; raises DataError where there are two."""
    stated = said.currency.upper() if said.currency is not None else None
    if stated is not None and not re.fullmatch(r"[A-Z]{3}", stated):
        raise DataError(f"--currency is {said.currency!r:.40}; write three letters, such as EUR")
    found = {file.currency: file.raw.name for file in files if file.currency}
    for each, name in found.items():
        if stated is not None and each != stated:
            raise DataError(f"{name} is in {each}, but --currency says {stated}; give files of one currency")
    if len(found) > 1:
        shown = " and ".join(f"{name} in {each}" for each, name in found.items())
        raise DataError(f"{shown}; give files of one currency")
    every = stated or next(iter(found), "USD")
    return "" if every == "USD" else every


def totals_of(files: Sequence[Recognised], said: Said) -> list[TotalReturn]:
    """Return the total-return levels of every asset of some files; raises DataError where one is none."""
    every = [bars for file in files for bars in file.bars]
    names = [bars.name for bars in every]
    for name in [*said.claims, *said.splits]:
        if name not in names:
            raise DataError(f"{name!r:.80} is not among the added: {', '.join(names)}")
    alone = len(every) == 1 and said.declared
    return [
        total_return(
            bars,
            claim=Claim.TOTAL if alone and bars.name not in said.claims else said.claims.get(bars.name),
            fallback=said.declared,
            splits=said.splits.get(bars.name, {}),
        )
        for bars in every
    ]


def _stamps(before: Sequence[str], totals: Sequence[TotalReturn], left_out: int) -> tuple[str, ...]:
    """Return what every figure of the new data set must say; sessions left out by the base and by this add up."""
    counted = left_out
    others = []
    for stamp in before:
        if stamp.startswith(LEFT_OUT):
            counted += int(stamp.rpartition(" ")[2])
        else:
            others.append(stamp)
    own = [stamp for t in totals for stamp in t.stamps]
    return tuple(dict.fromkeys([*others, *own, *([f"{LEFT_OUT}: {counted}"] if counted else [])]))


def _calendar(totals: Sequence[TotalReturn], market: Market) -> Days:
    """Return the sessions that the new market may have: those of the base, and the exchange's after its last."""
    end = max(t.days[-1] for t in totals)
    after = exchange_days(market.sessions[-1] + _ONE_DAY, end) if end > market.sessions[-1] else market.sessions[:0]
    return np.concatenate([market.sessions, after])


def _on_sessions(totals: Sequence[TotalReturn], market: Market, sessions: Days) -> tuple[list[TotalReturn], list[str]]:
    """Return the assets on the sessions of the new market, with notes of the rows that are not used."""
    found, notes = [], []
    for t in totals:
        later = np.asarray(t.days >= sessions[0], dtype=bool)
        if not later.any():
            raise DataError(f"{t.name} ends on {t.days[-1]}, before market {market.name} begins, {sessions[0]}")
        if not later.all():
            notes.append(f"{t.name}: {int((~later).sum())} rows before {sessions[0]}, where bills begin, left out")
        now, idle = own_sessions.without_idle_days(own_sessions.kept(t, later), sessions)
        notes += idle
        own_sessions.check_daily(now, sessions, t.bars.file if t.bars is not None else t.name)
        found.append(_with_base(now, sessions, notes) if later.all() else now)
    return found, notes


def _with_base(total: TotalReturn, sessions: Days, notes: list[str]) -> TotalReturn:
    """Return an asset of returns with its level on the session before the first return."""
    if total.before is None:
        return total
    k = int(np.searchsorted(sessions, total.days[0]))
    if k == 0:
        notes.append(f"{total.name}: the return of {total.days[0]}, the market's first session, is not used")
        return total
    days = np.concatenate([sessions[k - 1 : k], total.days])
    days.flags.writeable = False
    lines = np.concatenate([total.bars.lines[:1], total.bars.lines]) if total.bars is not None else None
    bars = None if total.bars is None or lines is None else dataclasses.replace(total.bars, lines=lines)
    return dataclasses.replace(total, days=days, level=np.append(total.before, total.level), before=None, bars=bars)


def _check_alike(totals: Sequence[TotalReturn], market: Market, kept: Sequence[str]) -> None:
    """Raise DataError where an asset has the returns of another one: mostly a file under the wrong name."""
    others = {name: _column(market, name, market.sessions, market.prices) for name in kept}
    for one, other, shared in own_sessions.alike(totals, others):
        file = next((f"{t.bars.file}: " for t in totals if t.name == one and t.bars is not None), "")
        raise DataError(
            f"{file}{one} has the returns of {other} on all {shared} sessions that both have; is it another asset's "
            "file? leave one of them out"
        )


def _check_names(totals: Sequence[TotalReturn], kept: Sequence[str]) -> None:
    names = [t.name for t in totals]
    for name in names:
        if not _NAME.fullmatch(name):
            raise DataError(
                f"{name!r:.80} is no name of an asset: letters, digits, - . and _ only; give one with --name"
            )
        if name in kept:
            raise DataError(f"{name} is an asset of that market already; give another name with --name")
        if names.count(name) > 1:
            files = [t.bars.file for t in totals if t.name == name and t.bars is not None]
            raise DataError(f"{name} is there twice, in {' and in '.join(files[:2])}; leave one out")


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
    stamps: tuple[str, ...] = (),
) -> dict[str, bytes]:
    """Return the files of the new data set, but for notice and sums."""
    base = read_manifest(folder)
    ours = {manifest.LEVELS, manifest.OPENS, *manifest.BARS.values()}
    texts = {f: checked(folder / f, base) for f in base.files if f not in ours}
    columns = {name: _column(market, name, sessions, market.prices) for name in kept}
    columns |= {t.name: (t.days, t.level) for t in totals}
    texts[manifest.LEVELS] = _text(columns)
    if opens:
        columns = {name: _opening(market, name, sessions) for name in kept}
        columns |= {t.name: (t.days, t.opens) for t in totals if t.opens is not None}
        texts[manifest.OPENS] = _text(columns)
        texts |= _bars(market, _days_of(texts[manifest.LEVELS]), kept=kept, totals=totals)
    files = {n: texts[n] for n in (*manifest.FACT_FILES, *manifest.MORE_FILES) if n in texts}
    entries = {e.name: e for e in base.assets}
    spans = {name: _column(market, name, sessions, market.prices)[0] for name in kept}
    made = Manifest(
        {name: FileFacts.of(content) for name, content in files.items()},
        (*(_spanned(entries[n], spans[n]) for n in kept), *(_entry(t, raw, delisting.get(t.name)) for t in totals)),
        base.series,
        {**base.inputs, **{_file(file): FileFacts(file.raw.sha256, len(file.raw.content)) for file in raw}},
        stamps=stamps,
        frequency=base.frequency,
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


def _bars(market: Market, sessions: Days, *, kept: Sequence[str], totals: Sequence[TotalReturn]) -> dict[str, bytes]:
    """Return the files of highs, lows and volumes, file -> bytes; a column is empty where nothing is known."""
    none = sessions[:0], np.empty(0)
    found = {}
    for part, file in manifest.BARS.items():
        base = market.bars.get(part)
        columns = {name: none if base is None else _column(market, name, sessions, base) for name in kept}
        columns |= {t.name: _there(t.days, t.rest[part]) if part in t.rest else none for t in totals}
        if any(len(days) for days, _ in columns.values()):
            every = {"": (sessions, np.zeros(len(sessions)))}
            lines = _text({**every, **columns}).decode("ascii").splitlines()
            found[file] = _without_first(lines)
    return found


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
