"""Dates as people's files write them: the format decided by all dates of a file together, or refused where two fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Days

DAY_FIRST, MONTH_FIRST, EXCEL = "day-first", "month-first", "excel"
STATED = (DAY_FIRST, MONTH_FIRST, EXCEL)
"""What a user may say of the dates of a file, beside a pattern such as ``%d.%m.%y``."""
HOURS = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "BST": 1,
    "WEST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "IST": 5.5,
    "HKT": 8,
    "SGT": 8,
    "JST": 9,
    "KST": 9,
    "AEST": 10,
    "AEDT": 11,
    "EDT": -4,
    "EST": -5,
    "CDT": -5,
    "CST": -6,
    "MDT": -6,
    "MST": -7,
    "PDT": -7,
    "PST": -8,
}
"""Abbreviation of a time zone -> hours ahead of UTC."""
_TIME = (
    r"(?:[T ,]\s*(?P<h>\d{1,2}):(?P<n>\d\d)(?::(?P<s>\d\d)(?:[.,]\d+)?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>[A-Z]{2,4}|Z|[+-]\d\d(?::?\d\d)?|[A-Z]\w+/\w+(?:/\w+)?)?(?:\[[\w/]+\])?)?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}[.,]?\s+)?"
_MONTH = r"(?P<mon>[A-Za-z\u00c0-\u017f]{3,12})"


def _form_of(pattern: str) -> re.Pattern[str]:
    return re.compile(f"(?i:{_WEEKDAY}){pattern}{_TIME}", re.ASCII)


_FORMS = {
    "YYYY-MM-DD": _form_of(r"(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})"),
    "YYYYMMDD": _form_of(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)"),
    "numeric": _form_of(r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})"),
    "DD Mon YYYY": _form_of(rf"(?P<d>\d{{1,2}})\.?[- ]*{_MONTH}\.?[-, ]*(?P<y>\d{{4}}|\d{{2}})"),
    "Mon DD, YYYY": _form_of(rf"{_MONTH}\.? (?P<d>\d{{1,2}}),? (?P<y>\d{{4}})"),
    "YYYY-MM": re.compile(r"(?P<y>\d{4})[-/.M](?P<m>\d{1,2})", re.ASCII),
    "Mon YYYY": re.compile(rf"{_MONTH}\.?[- ](?P<y>\d{{4}})", re.ASCII),
    "epoch": re.compile(r"\d{9,10}(?:\.0+)?|\d{12,13}|\d{15,16}|\d{18,19}", re.ASCII),
}
_NAMES = (
    "january januar janvier enero janeiro gennaio januari stycznia",
    "february februar fevrier febrero fevereiro febbraio februari lutego",
    "march marz mars marzo marco maart mrz marca",
    "april avril abril aprile kwietnia",
    "may mai mayo maio maggio mei maja",
    "june juni juin junio junho giugno czerwca",
    "july juli juillet julio julho luglio lipca",
    "august aout agosto augustus sierpnia",
    "september septembre septiembre setembro settembre wrzesnia",
    "october oktober octobre octubre outubro ottobre pazdziernika",
    "november novembre noviembre novembro listopada",
    "december dezember decembre diciembre dezembro dicembre grudnia",
)
"""Months without accents: English, German, French, Spanish, Portuguese, Italian, Dutch, Polish."""
_MONTHS = {
    word[:letters]: number
    for number, names in enumerate(_NAMES, 1)
    for word in names.split()
    for letters in (3, 4, len(word))
    if word[:letters] not in ("jui", "mar") or (number == 3 and letters == 3)
}
"""A month's name, or its first three or four letters, which are one month's in all of these languages."""
_DAILY = re.compile(r"%[-_]?[dejxcDF]")
"""What a pattern has that says the day."""
_SERIAL = re.compile(r"[2-6]\d{4}(\.\d+)?", re.ASCII)
_SERIAL_START = date(1899, 12, 30)
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
    return bool(cell) and any(_match(name, cell or "") for name in _FORMS if name != "epoch")


def _match(name: str, cell: str) -> re.Match[str] | None:
    """Return how a cell has a form; none where the word in it is no month, as in ``Copyright 2024``."""
    found = _FORMS[name].fullmatch(cell)
    if found is None or "mon" not in found.re.groupindex:
        return found
    return found if _folded(found["mon"]) in _MONTHS else None


def is_written(cell: str | None, *, stated: str) -> bool:
    """Return whether a cell is a date as the user says that dates are written; parameters as for ``dates``."""
    if stated == EXCEL:
        return _SERIAL.fullmatch(cell or "") is not None
    if "%" not in stated:
        return looks_like_date(cell) or looks_like_epoch(cell)
    try:
        datetime.strptime(cell or "", stated)  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return False
    return True


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
    stated : one of ``STATED`` (``excel`` for day numbers of a spreadsheet) or a pattern such as ``%d.%m.%y``, where
        the user says so
    zone : name of the time zone whose days are meant; None to tell by the data

    Raises
    ------
    DataError
        For a cell that is no date, or of another form than the others; where day-first and month-first both fit; where
        times in UTC could belong to either of two days.
    """
    if stated is not None and stated not in (DAY_FIRST, MONTH_FIRST):
        return _as_stated(raw, lines, cells, stated)
    name = _form(cells)
    if name == "epoch":
        return _zoned(raw, lines, [_epoch(cell) for cell in cells], "seconds since 1970", zone)
    order, form = "", name
    matches = []
    for line, cell in zip(lines, cells, strict=True):
        match = _match(name, cell)
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
    votes = [next((n for n in _FORMS if _match(n, c)), "") for c in cells[:50]]
    best = max(set(votes), key=votes.count) if votes else ""
    return best or next((v for v in votes if v), "YYYY-MM-DD")


def _no_date(raw: RawFile, line: int, cell: str, like: str) -> DataError:
    if not cell:
        return raw.fault(line, "no date")
    if _SERIAL.fullmatch(cell):
        what = f"{cell} is not a date such as {like}"
        return raw.fault(line, what, "say --date-format excel if it is the day number of a spreadsheet")
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
        month = _MONTHS[_folded(mon)] if mon else int(said["m"])
        if "d" not in said:
            return _month_end(year, month), 0, None
        day = int(said["d"])
    seconds = 0
    if said.get("h"):
        hour = int(said["h"])
        if said.get("half"):
            hour = hour % 12 + (12 if said["half"][0].lower() == "p" else 0)
        seconds = hour * 3600 + int(said["n"]) * 60 + int(said["s"] or 0)
    found = date(year, month, day)
    zone = said.get("zone")
    return found, seconds, _offset(zone, found, seconds) if zone else None


def _month_end(year: int, month: int) -> date:
    """Return the last day of a month, which a month without a day stands for."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(1)


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKD", word.lower()).encode("ascii", "ignore").decode()


def _offset(zone: str, day: date, seconds: int) -> int:
    """Return how many seconds a zone is ahead of UTC; raises ValueError for a word that is none."""
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        return (int(digits[:2]) * 3600 + int(digits[2:] or 0) * 60) * (-1 if zone[0] == "-" else 1)
    if zone in HOURS:
        return int(HOURS[zone] * 3600)
    from zoneinfo import ZoneInfo

    try:
        when = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) + timedelta(seconds=seconds)
    except (KeyError, OSError):
        raise ValueError(zone) from None
    ahead = when.utcoffset()
    return int(ahead.total_seconds()) if ahead is not None else 0


def _epoch(cell: str) -> tuple[date, int, int | None]:
    whole = cell.split(".")[0]
    seconds = int(whole) / 10 ** {9: 0, 10: 0, 12: 3, 13: 3, 15: 6, 16: 6, 18: 9, 19: 9}.get(len(whole), 0)
    at = _EPOCH + timedelta(seconds=seconds)
    return at.date(), at.hour * 3600 + at.minute * 60 + at.second, 0


def _as_stated(raw: RawFile, lines: Sequence[int], cells: Sequence[str], stated: str) -> Dates:
    """Return dates by a pattern, or as day numbers of a spreadsheet; raises DataError for anything else said."""
    if "%" in stated:
        return _by_pattern(raw, lines, cells, stated)
    if stated == EXCEL:
        return _by_serial(raw, lines, cells)
    raise DataError(f"--date-format is {stated!r:.40}; write {', '.join(STATED)} or a pattern such as %d.%m.%y")


def _by_serial(raw: RawFile, lines: Sequence[int], cells: Sequence[str]) -> Dates:
    found = []
    for line, cell in zip(lines, cells, strict=True):
        if not _SERIAL.fullmatch(cell):
            raise raw.fault(line, f"{cell[:40]!r} is not a spreadsheet's day number such as 45352")
        found.append(_SERIAL_START + timedelta(int(float(cell))))
    return Dates(np.array(found, dtype="datetime64[D]"), "day numbers of a spreadsheet, as you say", ())


def _by_pattern(raw: RawFile, lines: Sequence[int], cells: Sequence[str], pattern: str) -> Dates:
    found = []
    for line, cell in zip(lines, cells, strict=True):
        try:
            day = datetime.strptime(cell, pattern).date()  # noqa: DTZ007 - a day has no zone
            found.append(day if _DAILY.search(pattern) else _month_end(day.year, day.month))
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
