"""Two small tables of public facts: the Fed's target changes and NBER's turning points. Read, checked, written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from fedcycle.data.sources.raw import RawFile, Row

TARGET_COLUMNS = ("announced", "effective", "lower", "upper", "change_bp", "scheduled", "note")
TURNING_COLUMNS = ("event", "month", "announced")
FIRST_STATEMENT = date(1994, 2, 4)
"""The first target change that the FOMC announced; policy facts for rules begin here."""

DERIVED = "derived:"
"""How the note of a change begins that FRED's daily target shows and no statement in the table announces."""

_SCHEDULED = {"True": True, "False": False, "": None}
_MEND = "correct the table"


@dataclass(frozen=True)
class TargetChange:
    """One change of the Fed's target for the federal funds rate.

    Parameters
    ----------
    announced : day of the statement, or before 1994 the day the market inferred the move; None where not established;
        of a derived change the day it took effect
    effective : day from which the target holds
    lower, upper : percent per year; equal while the target was a point
    change_bp : basis points, change of the upper end
    scheduled : whether a scheduled meeting decided it; None where not established
    note : remark
    """

    announced: date | None
    effective: date
    lower: float
    upper: float
    change_bp: float
    scheduled: bool | None
    note: str

    @property
    def derived(self) -> bool:
        """Return whether the change was derived from the daily target."""
        return self.note.startswith(DERIVED)


@dataclass(frozen=True)
class TurningPoint:
    """One peak or trough of the business cycle.

    Parameters
    ----------
    event : ``peak`` or ``trough``
    month : first day of the month
    announced : day on which NBER's committee published it
    """

    event: str
    month: date
    announced: date


def target_changes(raw: RawFile) -> tuple[TargetChange, ...]:
    """Return the table of target changes, oldest first.

    Raises
    ------
    DataError
        With file, line and remedy: an absent column, a repeated or unsorted date, a range upside down, a change that
        is not the difference of two targets, no announcement from 1994-02-04 on, an announcement after its effect.
    """
    header, rows = raw.table()
    at = raw.places(header, TARGET_COLUMNS)
    changes: list[TargetChange] = []
    for line, cells in rows:
        change = _target_change(raw, line, [cells[at[name]] for name in TARGET_COLUMNS])
        before = changes[-1] if changes else None
        raw.check_after(line, change.effective, before.effective if before else None)
        if before and abs((change.upper - before.upper) * 100 - change.change_bp) > 1e-6:
            moved = f"{before.upper:g} to {change.upper:g} percent"
            raise raw.fault(line, f"change_bp is {change.change_bp:g}, but upper goes from {moved}", _MEND)
        changes.append(change)
    if not changes:
        raise raw.fault(1, "the table has no row")
    return tuple(changes)


def stated(changes: Iterable[TargetChange]) -> list[TargetChange]:
    """Return the changes that a statement announced: those from ``FIRST_STATEMENT`` on."""
    return [c for c in changes if c.announced is not None and c.announced >= FIRST_STATEMENT]


def turning_points(raw: RawFile, *, table: tuple[Row, list[Row]] | None = None) -> tuple[TurningPoint, ...]:
    """Return NBER's turning points, oldest first; raises DataError where they are unsorted or do not alternate.

    ``table`` is the line of names and the rows, where the file is not the strict one that is published.
    """
    header, rows = table or raw.table()
    at = raw.places(header, TURNING_COLUMNS)
    points: list[TurningPoint] = []
    for line, cells in rows:
        event, month, announced = (cells[at[name]] for name in TURNING_COLUMNS)
        point = TurningPoint(event, raw.day(line, f"{month}-01"), raw.day(line, announced))
        if event not in ("peak", "trough"):
            raise raw.fault(line, f"event is {event!r}; write peak or trough", _MEND)
        if point.announced < point.month:
            raise raw.fault(line, f"announced on {announced}, before its month {month}", _MEND)
        if points:
            raw.check_after(line, point.month, points[-1].month)
            raw.check_after(line, point.announced, points[-1].announced)
            if event == points[-1].event:
                raise raw.fault(line, f"a {event} follows a {event}; peaks and troughs alternate", _MEND)
        points.append(point)
    if not points:
        raise raw.fault(1, "the table has no row")
    return tuple(points)


def target_changes_text(changes: Iterable[TargetChange]) -> str:
    """Return target changes as the text that ``target_changes`` reads."""
    return _text(
        TARGET_COLUMNS,
        (
            [
                c.announced or "",
                c.effective,
                repr(c.lower),
                repr(c.upper),
                repr(c.change_bp),
                "" if c.scheduled is None else c.scheduled,
                c.note,
            ]
            for c in changes
        ),
    )


def turning_points_text(points: Iterable[TurningPoint]) -> str:
    """Return turning points as the text that ``turning_points`` reads."""
    return _text(TURNING_COLUMNS, ([p.event, f"{p.month:%Y-%m}", p.announced] for p in points))


def _target_change(raw: RawFile, line: int, cells: Sequence[str]) -> TargetChange:
    announced = raw.day(line, cells[0]) if cells[0] else None
    effective = raw.day(line, cells[1])
    lower, upper, change_bp = (
        raw.number(line, name, cell) for name, cell in zip(TARGET_COLUMNS[2:5], cells[2:5], strict=True)
    )
    if lower > upper:
        raise raw.fault(line, f"lower is {lower:g}, above upper {upper:g}; both are in percent per year", _MEND)
    if announced is None and effective >= FIRST_STATEMENT:
        raise raw.fault(line, f"no announced for the change of {effective}; write the day of the statement", _MEND)
    if announced is not None and announced > effective:
        raise raw.fault(line, f"announced on {announced}, after it took effect on {effective}", _MEND)
    if cells[5] not in _SCHEDULED:
        raise raw.fault(line, f"scheduled is {cells[5]!r}; write True, False or nothing", _MEND)
    return TargetChange(announced, effective, lower, upper, change_bp, _SCHEDULED[cells[5]], cells[6])


def _text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()
