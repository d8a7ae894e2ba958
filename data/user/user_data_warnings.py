"""What is said of a data set that a user made of prices of their own: what it lacks, and what looks odd in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fedcycle.data.bills import BILLS
from fedcycle.data.errors import DataError, join_names
from fedcycle.data.manifest import MANIFEST, money_words, read_manifest
from fedcycle.data.typing import Days
from fedcycle.data.user.own_periods import UNIT
from fedcycle.data.user.user_data_files import Contents


def replaced(out: Path, names: Sequence[str]) -> list[str]:
    """Return a note of what a data set held that the one in its place does not hold."""
    if not (out / MANIFEST).is_file():
        return []
    try:
        gone = [entry.name for entry in read_manifest(out).assets if entry.name not in names]
    except DataError as error:
        return [f"what was in {out} before cannot be read: {error}"]
    if not gone:
        return []
    return [f"{out} held {join_names(gone)} before and does not now; to keep both, add all files in one command"]


def told(contents: Contents, *, left_out: Days) -> list[str]:
    """Return what an added data set lacks of its market or of the files, and until when it can be run.

    Parameters
    ----------
    contents : the data set
    left_out : (L,) sessions that were left out
    """
    market, totals = contents.market, contents.totals
    names = [t.name for t in totals]
    notes = []
    if len(left_out):
        shown = ", ".join(map(str, left_out[:5])) + (" and so on" if len(left_out) > 5 else "")
        several = "s" if len(left_out) > 1 else ""
        notes.append(f"{len(left_out)} session{several} left out, as an added asset has no price on them: {shown}")
    notes += _gone(contents)
    if contents.frequency in UNIT:
        unit = UNIT[contents.frequency]
        notes.append(
            f"the data set is {contents.frequency}: its sessions are {unit} ends, a decision is filled a {unit} later, "
            f"and rules decide at {unit} ends or less often"
        )
    notes += [*_money(contents), *_opens(contents)]
    if BILLS in names:
        return notes
    last = market.sessions[market.spans[BILLS][1]]
    if max(t.days[-1] for t in totals) > last:
        notes.append(
            f"bills of {market.name} are published to {last} and accrue a Treasury yield after that, as far as one is "
            "known; fetch newer data and add to --market store for more"
        )
    return notes


def _gone(contents: Contents) -> list[str]:
    """Return which assets of the base are left out, and why."""
    market, names = contents.market, [t.name for t in contents.totals]
    gone = [a for a in market.assets if a not in (*contents.kept, *names)]
    empty = [a for a in gone if not len(contents.column(a, market.prices)[0])]
    gone, notes = [a for a in gone if a not in empty], []
    if empty:
        notes.append(
            f"{', '.join(empty)} of {market.name} left out, without a price on any session of the new data set"
        )
    if gone and contents.calendar != read_manifest(contents.folder).calendar:
        carried = (
            f"; bills have their last level on each session of {contents.calendar}" if BILLS in contents.kept else ""
        )
        notes.append(
            f"{', '.join(gone)} of {market.name} left out, as they have the sessions of another exchange{carried}"
        )
    elif gone:
        notes.append(
            f"{', '.join(gone)} of {market.name} left out, as they have no opens; "
            "--portfolios keeps them and drops the opens"
        )
    return notes


def _opens(contents: Contents) -> list[str]:
    """Return what is to be said of opens: that a fill may be at them, or why it may not."""
    if contents.opens:
        return ["there are opens: execution.fill may be open; bills open at their close of the previous session"]
    if contents.lost_opens:
        return [
            f"opens of {join_names(contents.lost_opens)} left out, as not every added asset has opens: execution.fill "
            "must be close; to fill at opens, leave them in a data set of their own"
        ]
    if any(t.opens is not None for t in contents.totals):
        return ["opens left out, as not every asset has them: execution.fill must be close"]
    return []


def _money(contents: Contents) -> list[str]:
    """Return what is to be said of a currency that is not that of the base."""
    market, foreign = contents.market, contents.currency
    if foreign == market.currency or not contents.kept:
        return []
    others = f"bills and every asset of {market.name}" if len(contents.kept) > 1 else f"bills of {market.name}"
    said = f"prices are in {foreign}, {others} in {money_words(market.currency)}: compare like with like"
    if BILLS in contents.kept:
        said += f"; a file of {foreign} money-market levels called {BILLS} takes the place of its bills"
    return [said]
