"""A user's own announcements of a central bank: read strictly, and put into a data set in the place of the Fed's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from fedcycle.data import catalog, manifest
from fedcycle.data.errors import DataError
from fedcycle.data.manifest import FileFacts
from fedcycle.data.sources import tables
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.sources.tables import FIRST_STATEMENT, TargetChange
from fedcycle.data.storage import checksums
from fedcycle.data.typing import Days

COLUMNS = ("announced", "rate", "change_bp")
STAMP = "CENTRAL BANK"
"""How the stamp of a data set with another bank's announcements than the Fed's begins."""
MOST_BP = 500.0
"""Basis points of one change: no central bank of a large economy has moved further in a day."""
_MEND = "correct the file"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Announcements of one central bank.

    Parameters
    ----------
    file : name of the user's file
    changes : oldest first
    complete_to : day up to which none is missing
    bank, currency : what the bank and its currency are called, or nothing for the Fed
    """

    file: str
    changes: tuple[TargetChange, ...]
    complete_to: date
    bank: str = ""
    currency: str = ""


def policy(raw: RawFile, *, complete_to: date | None = None, bank: str = "", currency: str = "") -> Policy:
    """Return the announcements of a file with the columns announced, rate (after the change, percent) and change_bp.

    Raises
    ------
    DataError
        With file, line and remedy: two changes on a day, unsorted, a size that is no basis points or does not add up, a
        change before 1994-02-04 (earlier ones are in the long history), a last change after ``complete_to``.
    """
    header, rows = raw.table()
    at = raw.places(header, COLUMNS)
    found: list[TargetChange] = []
    for line, cells in rows:
        day = raw.day(line, cells[at["announced"]])
        raw.check_after(line, day, found[-1].effective if found else None)
        rate, change = (raw.number(line, name, cells[at[name]]) for name in COLUMNS[1:])
        _check_size(raw, line, change)
        if day < FIRST_STATEMENT:
            raise raw.fault(
                line, f"announced on {day}, before {FIRST_STATEMENT}, where policy facts for rules begin", _MEND
            )
        if found and abs(100 * (rate - found[-1].upper) - change) > 1e-6:
            moved = f"rate goes from {found[-1].upper:g} to {rate:g} percent"
            raise raw.fault(line, f"change_bp is {change:g}, but {moved}", _MEND)
        found.append(TargetChange(day, day, rate, rate, change, None, f"from {Path(raw.name).name}"))
    if not found:
        raise raw.fault(1, "the table has no row", _MEND)
    last = found[-1].effective
    if complete_to is not None and complete_to < last:
        raise raw.fault(
            rows[-1][0], f"a change on {last}, after {complete_to}, to which the file is said to be complete", _MEND
        )
    return Policy(
        file=Path(raw.name).name, changes=tuple(found), complete_to=complete_to or last, bank=bank, currency=currency
    )


def _check_size(raw: RawFile, line: int, change: float) -> None:
    if change == 0:
        raise raw.fault(line, "change_bp is 0, which is no change", "leave the row out")
    if abs(change) < 1:
        raise raw.fault(line, f"change_bp is {change:g}, but it is in basis points", f"write {100 * change:g}")
    if abs(change) > MOST_BP:
        raise raw.fault(line, f"change_bp is {change:g}, more than {MOST_BP:g} basis points in a day", _MEND)


def without_session(changes: Sequence[TargetChange], sessions: Days) -> list[str]:
    """Return a note on each announcement within some sessions that falls on none: it is known at the next one."""
    notes = []
    for change in changes:
        day = np.datetime64(change.effective)
        at = int(np.searchsorted(sessions, day))
        if 0 < at < len(sessions) and sessions[at] != day:
            notes.append(f"{change.effective} is no session: that change is known at the close of {sessions[at]}")
    return notes


def merged(own: Policy, before: Sequence[TargetChange]) -> tuple[TargetChange, ...]:
    """Return the table with a user's announcements in it.

    Of another bank they are the whole table. Of the Fed they follow the table's own announcements before the first of
    them; derived changes give way.
    """
    if own.bank:
        return own.changes
    first = own.changes[0]
    kept = [c for c in before if not c.derived and (c.announced or c.effective) < first.effective]
    if kept and abs(100 * (first.upper - kept[-1].upper) - first.change_bp) > 1e-6:
        raise DataError(
            f"{own.file}: the change of {first.effective} is {first.change_bp:g} basis points to {first.upper:g} "
            f"percent, but the target was {kept[-1].upper:g} before; give the upper end of the range, and every change"
        )
    width = kept[-1].upper - kept[-1].lower if kept else 0.0
    return (*kept, *(replace(c, lower=c.upper - width) for c in own.changes))


def put(
    files: Mapping[str, bytes], *, own: Policy | None = None, roles: Mapping[str, str] | None = None, where: Path
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the files of a data set with a user's announcements, and with which assets play which roles; and notes.

    ``where`` is what the data set is called. Raises DataError for a role that no asset of it can play.
    """
    made, found = manifest.parsed(files[manifest.MANIFEST], where / manifest.MANIFEST), dict(files)
    notes: tuple[str, ...] = ()
    names = [entry.name for entry in made.assets]
    for role, asset in (roles or {}).items():
        if asset not in names:
            raise DataError(f"--role {role}={asset}: {asset!r} is no asset of {where}; it has {', '.join(names)}")
    if own is not None:
        before = tables.target_changes(RawFile(str(where / manifest.TARGETS), found[manifest.TARGETS]))
        changes = merged(own, before)
        found[manifest.TARGETS] = tables.target_changes_text(changes).encode("ascii")
        facts = {**made.files, manifest.TARGETS: FileFacts.of(found[manifest.TARGETS])}
        stamps = [*made.stamps, *([f"{STAMP}: {own.bank}"] if own.bank else [])]
        made = replace(
            made,
            files=facts,
            series=tuple(_entry(e, own, changes) for e in made.series),
            stamps=tuple(dict.fromkeys(stamps)),
        )
        levels = found[manifest.LEVELS].decode("ascii").splitlines()[1:]
        sessions = np.array([row.partition(",")[0] for row in levels], dtype="datetime64[D]")
        notes = tuple(without_session(own.changes, sessions))
    made = replace(made, roles={**made.roles, **(roles or {})})
    found[manifest.MANIFEST] = made.text().encode("ascii")
    found.pop(checksums.NAME, None)
    found[checksums.NAME] = checksums.text(found).encode("ascii")
    return found, notes


def _entry(entry: manifest.Entry, own: Policy, changes: Sequence[TargetChange]) -> manifest.Entry:
    if entry.name not in {fact.name for fact in catalog.POLICY}:
        return entry
    stated = tables.stated(changes)
    bank = f"{own.bank}{f' ({own.currency})' if own.currency else ''}"
    source = f"{bank}, your own file {own.file}" if own.bank else f"{entry.source}; then your own file {own.file}"
    definition = entry.definition.replace("the Fed's", f"{own.bank}'s") if own.bank else entry.definition
    return replace(
        entry,
        definition=definition,
        source=source,
        first=stated[0].effective.isoformat(),
        last=stated[-1].effective.isoformat(),
        count=len(stated),
        complete_to=own.complete_to.isoformat(),
    )
