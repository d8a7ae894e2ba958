"""A user's own prices -> a data set: their assets beside the facts of another one, on the sessions they share."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fedcycle.data import manifest
from fedcycle.data.bills import BILLS
from fedcycle.data.building.build import check_place, write
from fedcycle.data.dataset import folder_of, load_market
from fedcycle.data.errors import DataError, listing
from fedcycle.data.frozen_mapping import FrozenMapping
from fedcycle.data.manifest import read_manifest
from fedcycle.data.market import Market
from fedcycle.data.sources.files import Recognised
from fedcycle.data.sources.total_return import Claim, TotalReturn, total_return
from fedcycle.data.typing import Day, Days, Float64
from fedcycle.data.user import own_sessions
from fedcycle.data.user.own_calendar import calendar_of, on_sessions
from fedcycle.data.user.own_periods import STAMP
from fedcycle.data.user.splice import before
from fedcycle.data.user.user_data_files import NO_OPENS, Contents, data_set
from fedcycle.data.user.user_data_warnings import replaced, told

LARGEST_GAP = 5
"""Sessions in a row that a file may lack unless the user says otherwise; they are then left out for every asset."""

LEFT_OUT = "SESSIONS LEFT OUT"
"""Stamp of a data set that lacks sessions of its exchange, and how many."""

CURRENCY = "CURRENCY"
"""Stamp of a data set whose added prices are in another currency than the US dollar."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Said:
    """What a user says of the assets of their files, by name of the asset.

    Parameters
    ----------
    claims : asset -> what its prices are
    declared : whether prices of which nothing tells are total return; of a single asset, whether its prices are
    splits : asset -> day -> new shares for one old: splits that a file left in; 1 where there was none
    delisting : asset -> what its holders got after its last close, over that close, a fraction >= -1
    currency : three letters of the currency that all prices are in; None for what the files say, else the base's
    calendar : market identifier code of the exchange whose sessions the data set has; None for the base's
    dated_start : whether rows of weeks or months are dated by their first day
    before : fund -> portfolio of the base that stands before the fund's first close
    """

    claims: Mapping[str, Claim] = field(default_factory=dict)
    declared: bool = False
    splits: Mapping[str, Mapping[Day, float]] = field(default_factory=dict)
    delisting: Mapping[str, float] = field(default_factory=dict)
    currency: str | None = None
    calendar: str | None = None
    dated_start: bool = False
    before: Mapping[str, str] = field(default_factory=dict)


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
    frequency : how far apart its sessions are
    """

    folder: Path
    totals: tuple[TotalReturn, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]
    stamps: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    frequency: str = "daily"


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
    portfolios: bool | None = False,
    largest_gap: int = LARGEST_GAP,
    keep_gaps: bool = False,
) -> Added:
    """Return the data set that adding files comes to, with nothing written.

    The new one has the base's series and bills. The base's other assets are in it too, unless the user's have opens
    and those do not: a market has opens of all its assets or of none. The opening level of bills is their close of
    the previous session. Rows of weeks or months make a data set of week or month ends. With the sessions of another
    exchange the base's other assets are not in it.

    Parameters
    ----------
    files : read by ``sources.files``
    base : a data set: ``bundle``, or a folder
    out : folder to make
    said : what the user says of the assets
    portfolios : whether to keep the base's assets and do without opens; None for all assets, with opens where all have
    largest_gap : sessions in a row that a file may lack
    keep_gaps : whether an asset goes without a price where its file lacks sessions; else every asset goes without them

    Raises
    ------
    DataError
        For a name that is taken or none, a day that is no session, a gap that is too long, rows of several
        frequencies, or price-return data.
    """
    check_place(out)
    market, folder = load_market(base, allow_revised=True, splice_bills=False), folder_of(base)
    made = read_manifest(folder)
    totals = totals_of(files, said)
    names = [t.name for t in totals]
    if BILLS not in (*market.assets, *names):
        raise DataError(f"market {market.name} has no {BILLS}, which every run needs; add to another one")
    calendar = calendar_of(totals, market, made, exchange=said.calendar)
    totals, sessions, notes = on_sessions(totals, market, calendar, dated_start=said.dated_start)
    has_opens = all(t.opens is not None for t in totals)
    with_opens = has_opens and not (market.opens is None if portfolios is None else portfolios)
    kept = _kept(market, names, with_opens=with_opens, moved=calendar.exchange != made.calendar)
    _check(totals, market, kept)
    delisting = _delisting(files, said, names)
    totals, sessions, gaps = _without_gaps(totals, sessions, largest_gap=largest_gap, keep=keep_gaps)
    currency = _currency(files, said, made)
    contents = Contents(
        market, folder, sessions, kept, totals, with_opens, files, delisting,
        frequency=calendar.frequency, calendar=calendar.exchange, currency=currency,
    )  # fmt: skip
    contents = dataclasses.replace(contents, kept=_priced(contents))
    contents, joined = _with_portfolios(contents, said.before)
    contents = dataclasses.replace(contents, stamps=stamps_of(contents, made.stamps, left_out=len(gaps.left_out)))
    notes += [*(note for t in totals for note in t.notes), *joined]
    notes += [*told(contents, left_out=gaps.left_out), *gaps.notes, *replaced(out, [*contents.kept, *names])]
    return Added(
        out,
        tuple(contents.totals),
        tuple(contents.kept),
        tuple(notes),
        contents.stamps,
        data_set(contents),
        calendar.frequency,
    )


def _kept(market: Market, names: Sequence[str], *, with_opens: bool, moved: bool) -> tuple[str, ...]:
    """Return the assets of the base that the new data set has; bills of one's own take the place of its bills."""
    kept = market.assets if not moved and (not with_opens or market.opens is not None) else (BILLS,)
    return tuple(asset for asset in kept if not (asset == BILLS and BILLS in names) and asset in market.assets)


def _priced(contents: Contents) -> tuple[str, ...]:
    """Return the assets of the base with a price on a session of the new data set; raises DataError without bills."""
    found = tuple(name for name in contents.kept if len(contents.column(name, contents.market.prices)[0]))
    if BILLS in contents.kept and BILLS not in found:
        first, last = contents.sessions[0], contents.sessions[-1]
        raise DataError(
            f"{BILLS} of market {contents.market.name} have no level on any session from {first} to {last} that the "
            f"new data set has; give a file called {BILLS}, or another --market"
        )
    return found


@dataclass(frozen=True, eq=False)
class _Gaps:
    """Sessions that no asset has, (L,) days, and what is to be said of those that an asset goes without."""

    left_out: Days
    notes: tuple[str, ...]


def _without_gaps(
    totals: Sequence[TotalReturn], sessions: Days, *, largest_gap: int, keep: bool
) -> tuple[list[TotalReturn], Days, _Gaps]:
    """Return assets and sessions without those that a file lacks, unless these are kept."""
    absent = {t.name: own_sessions.absent(t, sessions, largest_gap=largest_gap) for t in totals}
    left_out = np.unique(np.concatenate([sessions[:0] if keep else days for days in absent.values()]))
    sessions = np.setdiff1d(sessions, left_out)
    said = [
        f"{name} has no price in {len(d)} session{'s' if len(d) > 1 else ''} of its span"
        for name, d in absent.items()
        if keep and len(d)
    ]
    found = [own_sessions.kept(t, np.isin(t.days, sessions)) for t in totals]
    return found, sessions, _Gaps(left_out, tuple(said))


def _with_portfolios(contents: Contents, portfolios: Mapping[str, str]) -> tuple[Contents, list[str]]:
    """Return a data set whose added assets are carried back by portfolios, asset -> portfolio, and notes on each."""
    totals, spliced, notes = list(contents.totals), {}, []
    for fund, portfolio in portfolios.items():
        at = next((k for k, t in enumerate(totals) if t.name == fund), None)
        if at is None or portfolio not in contents.kept:
            wrong, known = (fund, [t.name for t in totals]) if at is None else (portfolio, contents.kept)
            raise DataError(
                f"--before {portfolio}={fund}: {wrong!r:.80} is not there; write PORTFOLIO=FUND, the portfolio of the "
                f"base market and the fund among the added, such as {', '.join(known) or 'none'}"
            )
        days, level = contents.column(portfolio, contents.market.prices)
        opens = contents.column(portfolio, contents.market.opens) if contents.market.opens is not None else None
        totals[at], said = before(totals[at], portfolio, days, level, frequency=contents.frequency, opens=opens)
        spliced[fund] = said
        notes.append(f"{fund}: {said}")
    return dataclasses.replace(contents, totals=tuple(totals), spliced=spliced), notes


def _currency(files: Sequence[Recognised], said: Said, made: manifest.Manifest) -> str:
    """Return the currency of all prices; raises DataError where there are two."""
    stated = said.currency.upper() if said.currency is not None else None
    if stated is not None and not re.fullmatch(r"[A-Z]{3}", stated):
        raise DataError(f"--currency is {said.currency!r:.40}; write three letters, such as EUR")
    found = {file.currency: file.raw.name for file in files if file.currency}
    for each, name in found.items():
        if stated is not None and each != stated:
            raise DataError(f"{name} is in {each}, but --currency says {stated}; give files of one currency")
    if len(found) > 1:
        shown = listing([f"{name} in {each}" for each, name in found.items()])
        raise DataError(f"{shown}; give files of one currency")
    every = stated or next(iter(found), made.currency)
    if made.currency not in (manifest.DOLLARS, every):
        raise DataError(f"that market is in {made.currency}, but the added prices are in {every}; give one currency")
    return every


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


def stamps_of(contents: Contents, before: Sequence[str], *, left_out: int) -> tuple[str, ...]:
    """Return what every figure of the new data set must say; sessions left out by the base and by this add up."""
    counted, others = left_out, []
    for stamp in before:
        if stamp.startswith(LEFT_OUT):
            counted += int(stamp.rpartition(" ")[2])
        else:
            others.append(stamp)
    found = [*others, *(stamp for t in contents.totals for stamp in t.stamps)]
    if contents.lost_opens:
        found.append(f"{NO_OPENS}: {', '.join(contents.lost_opens)}")
    if contents.frequency in STAMP:
        found.append(STAMP[contents.frequency])
    if contents.currency != manifest.DOLLARS:
        found.append(f"{CURRENCY}: {contents.currency}")
    return tuple(dict.fromkeys([*found, *([f"{LEFT_OUT}: {counted}"] if counted else [])]))


def _check(totals: Sequence[TotalReturn], market: Market, kept: Sequence[str]) -> None:
    """Raise DataError for a name that is taken or none, and for an asset that is another one's double."""
    _check_names(totals, kept)
    _check_series([t.name for t in totals], market)
    _check_alike(totals, market, kept)


def _check_alike(totals: Sequence[TotalReturn], market: Market, kept: Sequence[str]) -> None:
    """Raise DataError where an asset has the returns of another one: mostly a file under the wrong name."""
    others = {name: _closes(market, name) for name in kept}
    for one, other, shared in own_sessions.alike(totals, others):
        file = next((f"{t.bars.file}:{t.bars.line(0)}: " for t in totals if t.name == one and t.bars is not None), "")
        raise DataError(
            f"{file}{one} has the returns of {other} on all {shared} sessions that both have; is it another asset's "
            "file? leave one of them out"
        )


def _closes(market: Market, name: str) -> tuple[Days, Float64]:
    column = market.prices[:, market.column(name)]
    there = ~np.isnan(column)
    return market.sessions[there], column[there]


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


def _delisting(files: Sequence[Recognised], said: Said, names: Sequence[str]) -> dict[str, float]:
    """Return what holders got after an asset's last close, by files and by the user; raises DataError for nonsense."""
    found = {b.name: b.delisting for f in files for b in f.bars if b.delisting is not None} | dict(said.delisting)
    for name, value in found.items():
        if name not in names:
            raise DataError(f"--delisting names {name!r:.80}, which is not among the added: {', '.join(names)}")
        if not -1 <= value < np.inf:
            raise DataError(f"--delisting of {name} is {value:g}; it is a fraction of the last close, -1 or more")
    return found
