"""Dates as people's files write them: the format decided by all dates of a file together, or refused where two fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Days

DAY_FIRST, MONTH_FIRST = "day-first", "month-first"
_TIME = (
    r"(?:[T ,]\s*(?P<h>\d{1,2}):(?P<n>\d\d)(?::(?P<s>\d\d)(?:\.\d+)?)?\s*(?P<half>[AaPp][Mm])?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?)?"
)
_FORMS = {
    "YYYY-MM-DD": re.compile(r"(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})" + _TIME, re.ASCII),
    "YYYYMMDD": re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)" + _TIME, re.ASCII),
    "numeric": re.compile(r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})" + _TIME, re.ASCII),
    "DD Mon YYYY": re.compile(r"(?P<d>\d{1,2})[- ](?P<mon>[A-Za-z]{3,9})\.?[-, ]+(?P<y>\d{4}|\d{2})" + _TIME, re.ASCII),
    "Mon DD, YYYY": re.compile(r"(?P<mon>[A-Za-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})" + _TIME, re.ASCII),
    "YYYY-MM": re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})", re.ASCII),
    "epoch": re.compile(r"\d{9,10}(?:\.0+)?|\d{12,13}|\d{15,16}|\d{18,19}", re.ASCII),
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - the same object
_SUNDAY, _FRIDAY = 6, 4
_NOON = 12 * 3600
_ONE_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False)
class Dates:
    """The dates of some rows.

    Parameters
    ----------
    days : (n,) days
    form : the format in words
    notes : what was assumed of times and zones
    """

    days: Days
    form: str
    notes: tuple[str, ...]


def looks_like_date(cell: str | None) -> bool:
    """Return whether a cell has the form of a date, epoch seconds excepted: any number looks like these."""
    return bool(cell) and any(form.fullmatch(cell or "") for name, form in _FORMS.items() if name != "epoch")


def looks_like_epoch(cell: str | None) -> bool:
    """Return whether a cell has the form of seconds (or finer) since 1970."""
    return bool(cell) and _FORMS["epoch"].fullmatch(cell or "") is not None


def dates(
    raw: RawFile, lines: Sequence[int], cells: Sequence[str], *, stated: str | None = None, zone: str | None = None
) -> Dates:
    """Return the dates of a column.

    Parameters
    ----------
    raw : for the sentence
    lines : (n,) line of each cell
    cells : (n,) as they stand in the file
    stated : ``day-first``, ``month-first`` or a pattern such as ``%d.%m.%y``, where the user says so
    zone : name of the time zone whose days are meant; None to tell by the data

    Raises
    ------
    DataError
        For a cell that is no date, or of another form than the others; where day-first and month-first both fit; where
        times in UTC could belong to either of two days.
    """
    if stated is not None and "%" in stated:
        return _by_pattern(raw, lines, cells, stated)
    name = _form(cells)
    if name == "epoch":
        return _zoned(raw, lines, [_epoch(cell) for cell in cells], "seconds since 1970", zone)
    order, form = "", name
    matches = []
    for line, cell in zip(lines, cells, strict=True):
        match = _FORMS[name].fullmatch(cell)
        if match is None:
            raise _no_date(raw, line, cell, cells[0] if cells[0] != cell else "2001-09-17 or 20010917")
        matches.append(match)
    if name == "numeric":
        order = _order(raw, lines, cells, matches, stated)
        mark = matches[0]["sep"]
        form = mark.join(("DD", "MM", "YYYY") if order == DAY_FIRST else ("MM", "DD", "YYYY"))
    known: dict[str, tuple[date, int, int | None]] = {}
    found = []
    for line, cell, match in zip(lines, cells, matches, strict=True):
        if cell not in known:
            try:
                known[cell] = _parts(match, order)
            except ValueError:
                raise _no_date(raw, line, cell, "2001-09-17 or 20010917") from None
        found.append(known[cell])
    return _zoned(raw, lines, found, form, zone)


def _form(cells: Sequence[str]) -> str:
    """Return the form that most of the first cells have."""
    votes = [next((n for n, form in _FORMS.items() if form.fullmatch(c)), "") for c in cells[:50]]
    best = max(set(votes), key=votes.count) if votes else ""
    return best or next((v for v in votes if v), "YYYY-MM-DD")


def _no_date(raw: RawFile, line: int, cell: str, like: str) -> DataError:
    if not cell:
        return raw.fault(line, "no date")
    return raw.fault(line, f"{cell[:40]!r} is not a date such as {like}")


def _order(
    raw: RawFile, lines: Sequence[int], cells: Sequence[str], matches: Sequence[re.Match[str]], stated: str | None
) -> str:
    if stated in (DAY_FIRST, MONTH_FIRST):
        return stated
    day_first = next((k for k, m in enumerate(matches) if int(m["a"]) > 12), None)
    month_first = next((k for k, m in enumerate(matches) if int(m["b"]) > 12), None)
    if day_first is not None and month_first is not None:
        k = max(day_first, month_first)
        raise raw.fault(
            lines[k],
            f"{cells[day_first]!r} (line {lines[day_first]}) can only be day-first and {cells[month_first]!r} "
            f"(line {lines[month_first]}) only month-first",
            "write all dates as YYYY-MM-DD",
        )
    if day_first is None and month_first is None:
        k = next((k for k, m in enumerate(matches) if m["a"] != m["b"]), 0)
        raise raw.fault(
            lines[k],
            f"{cells[k]!r} can be read day-first and month-first, as can every date of the file",
            "say --date-format day-first or --date-format month-first",
        )
    return DAY_FIRST if day_first is not None else MONTH_FIRST


def _parts(match: re.Match[str], order: str) -> tuple[date, int, int | None]:
    """Return day, seconds after midnight and offset from UTC in seconds (None where nothing says) of a date."""
    said = match.groupdict()
    year = int(said["y"])
    if year < 100:
        year += 1900 if year > 68 else 2000
    if "a" in said:
        a, b = int(said["a"]), int(said["b"])
        day, month = (a, b) if order == DAY_FIRST else (b, a)
    else:
        mon = said.get("mon")
        month = _MONTHS.index(mon[:3].lower()) + 1 if mon else int(said["m"])
        if "d" not in said:
            # A month stands for its last day.
            following = date(year + month // 12, month % 12 + 1, 1)
            return following - timedelta(1), 0, None
        day = int(said["d"])
    seconds, offset = 0, None
    if said.get("h"):
        hour = int(said["h"])
        if said.get("half"):
            hour = hour % 12 + (12 if said["half"].lower() == "pm" else 0)
        seconds = hour * 3600 + int(said["n"]) * 60 + int(said["s"] or 0)
    zone = said.get("zone")
    if zone:
        digits = re.sub(r"\D", "", zone)
        offset = (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (-1 if zone[0] == "-" else 1) if digits else 0
    return date(year, month, day), seconds, offset


def _epoch(cell: str) -> tuple[date, int, int | None]:
    whole = cell.split(".")[0]
    seconds = int(whole) / 10 ** {9: 0, 10: 0, 12: 3, 13: 3, 15: 6, 16: 6, 18: 9, 19: 9}.get(len(whole), 0)
    at = _EPOCH + timedelta(seconds=seconds)
    return at.date(), at.hour * 3600 + at.minute * 60 + at.second, 0


def _by_pattern(raw: RawFile, lines: Sequence[int], cells: Sequence[str], pattern: str) -> Dates:
    found = []
    for line, cell in zip(lines, cells, strict=True):
        try:
            found.append(datetime.strptime(cell, pattern).date())  # noqa: DTZ007 - a day has no zone
        except ValueError:
            raise raw.fault(line, f"{cell[:40]!r} is not a date of the form {pattern}") from None
    return Dates(np.array(found, dtype="datetime64[D]"), f"{pattern}, as you say", ())


def _zoned(
    raw: RawFile,
    lines: Sequence[int],
    found: Sequence[tuple[date, int, int | None]],
    form: str,
    zone: str | None,
) -> Dates:
    """Return the days meant by dates with times: those of the zone they are written in, or of the exchange's midnight.

    A time with an offset of its own is in local time, so its date stands. UTC and bare times are told by weekday: an
    exchange trades from Monday to Friday, so days that begin in UTC from Sunday to Thursday are those of the day after.
    """
    days = np.array([day for day, _, _ in found], dtype="datetime64[D]")
    seconds = np.array([s for _, s, _ in found])
    local = np.array([bool(offset) for _, _, offset in found])
    if zone is not None:
        return _in_zone(found, form, zone)
    notes = []
    weekday = (days.astype(np.int64) + 3) % 7
    for at in sorted({int(s) for s in seconds[~local & (seconds >= _NOON)]}):
        group = ~local & (seconds == at)
        sunday, friday = (bool((weekday[group] == day).any()) for day in (_SUNDAY, _FRIDAY))
        clock = f"{at // 3600:02d}:{at // 60 % 60:02d}"
        if friday:
            continue
        if not sunday:
            k = int(np.flatnonzero(group)[0])
            raise raw.fault(
                lines[k],
                f"{days[k]} {clock} can belong to that day or to the next, further east: {int(group.sum())} such "
                "rows have neither a Friday nor a Sunday that would tell",
                "say the exchange's zone, such as --timezone Europe/London",
            )
        days[group] += _ONE_DAY
        notes.append(
            f"{int(group.sum())} times are {clock} from Sunday to Thursday, midnight of the next day at an exchange "
            "further east: each is taken as that next day"
        )
    if (seconds > 0).any():
        form += " with a time"
    return Dates(days, form, tuple(notes))


def _in_zone(found: Sequence[tuple[date, int, int | None]], form: str, zone: str) -> Dates:
    from zoneinfo import ZoneInfo

    try:
        there = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise DataError(f"--timezone is {zone!r}, which is no time zone; write one such as Europe/London") from None
    days = []
    for day, seconds, offset in found:
        if offset is None and seconds == 0:
            days.append(day)  # a bare date belongs to no zone
            continue
        at = datetime(day.year, day.month, day.day, tzinfo=timezone(timedelta(seconds=offset or 0)))
        days.append((at + timedelta(seconds=seconds)).astimezone(there).date())
    return Dates(np.array(days, dtype="datetime64[D]"), f"{form}, as days in {zone}", ())
