"""Where the table of a user's file is, and whose export the file looks like.

A file is preamble, one or two rows of names, perhaps a row of units, rows with a date, and a footer. Nothing is
converted here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from fedcycle.data.sources import file_dates
from fedcycle.data.sources.file_cells import Cells
from fedcycle.data.sources.file_columns import FIELDS, SHORT, flattened, plain, role_of, units_row
from fedcycle.data.sources.file_dates import looks_like_date, looks_like_epoch
from fedcycle.data.sources.file_numbers import CODES, CURRENCIES, currency, looks_numeric, missing

_META4 = ("date", "time", "open", "high", "low", "close", "volume")
_TIME = re.compile(r"\d{1,2}:\d\d(:\d\d)?")
_PAYMENT = re.compile(r"[\d.,:/ ]+\s*(dividends?|stock splits?|capital gains?)", re.IGNORECASE)
_SERIAL = re.compile(r"[2-6]\d{4}(\.0+)?")
_Like: TypeAlias = Callable[[str | None], bool]
FIELD_LABELS = frozenset({"price", "attributes", "field", "fields", "feature"})
ASSET_LABELS = frozenset({"ticker", "tickers", "symbol", "symbols"})
"""What the first cell of a row of fields, and of one of assets, may say of the row."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the table of a file is.

    Parameters
    ----------
    header : line of the row of names (0 where the file has none)
    names : of each column, the field
    tickers : of each column, the asset, where the names say so; else None
    levels : rows of names
    body : indices of the rows with data, in the file's order
    left_out : reason -> lines of rows that hold no prices: preamble, repeated header, footer
    currency : what the preamble says, or nothing
    """

    header: int
    names: tuple[str, ...]
    tickers: tuple[str, ...] | None
    body: tuple[int, ...]
    left_out: Mapping[str, tuple[int, ...]]
    currency: str
    levels: int = 1


def layout(table: Cells, *, dates: str | None = None) -> Layout:
    """Return where the table of a file is; raises DataError where no row has a date and a number.

    Parameters
    ----------
    table : the cells
    dates : how dates are written, where the user says so: as ``file_dates.dates`` takes it
    """
    rows, raw = table.rows, table.raw
    full = [k for k, row in enumerate(rows) if any(row)]
    like: _Like = partial(file_dates.is_written, stated=dates) if dates else _date_like
    top, units, before, body = _parts(table, full, like)
    if not top:
        return _without_names(table, body)
    names, tickers = _named(rows, top)
    if tickers is None and len(top) == 1 and (split := flattened(names)) is not None:
        names, tickers = split
    if tickers is None and {"o", "h", "l", "c", "t"} <= set(names):
        names = tuple(SHORT.get(name, name) for name in names)
    _check_pairs(table, top, names, tickers)
    repeated = [k for k in body if any(rows[k] == rows[t] for t in top)]
    paid = _payment_rows(rows, body, names)
    body = [k for k in body if k not in {*repeated, *paid}]
    footer: list[int] = []
    while body and not any(map(like, rows[body[-1]])) and not _serial_dated(rows[body[-1]], names):
        footer.insert(0, body.pop())
    if not body:
        raise raw.fault(table.lines[top[-1]], "no row of prices", "export it again with its rows")
    _check_width(table, body, len(names))
    left = {"preamble": before, "units": units, "repeated header": repeated, "dividend or split row": paid}
    left["footer"] = footer
    return Layout(
        table.lines[top[-1]],
        names,
        tickers,
        tuple(body),
        {why: tuple(table.lines[k] for k in which) for why, which in left.items() if which},
        _stated_currency(table, before, units),
        len(top),
    )


def _parts(table: Cells, full: Sequence[int], like: _Like) -> tuple[list[int], list[int], list[int], list[int]]:
    """Return the rows of names, of units, of the preamble, and those from the first with data on."""
    rows, raw = table.rows, table.raw
    if table.levels is not None:
        return list(range(table.levels)), [], [], [k for k in full if k >= table.levels]
    first = _first_data(rows, full, like)
    if first is None:
        head = next((k for k in full[:500] if any(role_of(cell or "") == "date" for cell in rows[k])), None)
        if head is None:
            raise raw.fault(
                table.lines[full[0]], "no row with a date and a number", "name a file of prices, a line of names first"
            )
        if head == full[-1]:
            raise raw.fault(table.lines[head], "no row of prices", "export it again with its rows")
        at = next(k for k, cell in enumerate(rows[head]) if role_of(cell or "") == "date")
        first = full[full.index(head) + 1]
        if not any(map(like, rows[first])) and not _SERIAL.fullmatch(rows[first][at] or ""):
            raise raw.fault(
                table.lines[first],
                f"{(rows[first][at] or '')[:40]!r} is not a date such as 2001-09-17 or 20010917",
                "write the dates one way, or say --date-format with a pattern such as %d.%m.%y",
            )
    above = [k for k in full if k < first]
    units = [above.pop()] if len(above) > 1 and units_row(rows[above[-1]]) else []
    top, before = _header(rows, above)
    return top, units, before, [k for k in full if k >= first]


def _check_pairs(table: Cells, top: Sequence[int], names: Sequence[str], tickers: Sequence[str] | None) -> None:
    """Raise DataError where two columns are the same field of the same asset."""
    seen = set()
    for pair in zip(names, tickers or (), strict=False):
        if pair[1] and pair in seen:
            line = table.lines[top[min(1, len(top) - 1)]]
            raise table.raw.fault(line, f"{pair[0]} of {pair[1]} is there twice", "leave one of them out")
        seen.add(pair)


def _payment_rows(rows: Sequence[Sequence[str | None]], body: Sequence[int], names: Sequence[str]) -> list[int]:
    """Return rows that only say what was paid, as web pages have them, where an adjusted close has it in it."""
    if "adjusted" not in map(role_of, names):
        return []
    return [k for k in body if any(cell and cell[-1].isalpha() and _PAYMENT.fullmatch(cell) for cell in rows[k][1:3])]


def _serial_dated(row: Sequence[str | None], names: Sequence[str]) -> bool:
    """Return whether a row is dated by a spreadsheet's day number."""
    return any(role_of(n) == "date" and _SERIAL.fullmatch(c or "") for n, c in zip(names, row, strict=False))


def dialect(
    names: Sequence[str], *, tickers: bool, rows: int, preamble: bool, header: int, spelled: Sequence[str]
) -> str:
    """Return whose export a file looks like; ``plain table`` where none is known.

    Parameters
    ----------
    names : plain names of the columns
    tickers : whether assets stand beside the fields in the names
    rows : rows of names
    preamble : whether lines stand above the names
    header : line of the names, 0 where there is none
    spelled : the names as they stand in the file
    """
    have = set(names)
    known: tuple[tuple[str, bool], ...] = (
        ("MetaTrader", header == 0 or {"date", "open", "close", "tickvol"} <= have),
        ("Stooq", {"ticker", "per", "date"} <= have),
        ("Bloomberg", any(n.startswith(("px", "totreturnindex")) for n in have)),
        ("yfinance, a column for each field and ticker", tickers and rows > 1),
        ("a column for each field and ticker", tickers),
        ("Nasdaq.com", "closelast" in have),
        ("Investing.com", {"date", "price", "vol", "change"} <= have),
        ("Tiingo", {"divcash", "splitfactor"} <= have),
        ("Alpha Vantage", "timestamp" in have and {"open", "close"} <= have),
        ("Nasdaq Data Link", {"exdividend", "splitratio"} <= have or {"closeadj", "closeunadj"} <= have),
        ("CRSP", "permno" in have and bool({"prc", "dlyprc", "ret", "dlyret"} & have)),
        ("FactSet", "cvol" in have or (preamble and "totalreturngross" in have)),
        ("yfinance", {"open", "close", "dividends"} <= have and "Stock Splits" in spelled),
        ("Yahoo", {"date", "open", "high", "low", "close", "adjclose", "volume"} == have),
        ("pandas, an index without a name", len(spelled) > 0 and spelled[0] == ""),
    )
    return next((called for called, fits in known if fits), "plain table")


def _first_data(rows: Sequence[Sequence[str | None]], full: Sequence[int], like: _Like) -> int | None:
    """Return the first row of data: of two with a date and a number in a row, and what stands dated right above."""
    for at, k in enumerate(full[:500]):
        following = full[at + 1] if at + 1 < len(full) else None
        # What follows the first row is another, the names once more, or the end.
        again = at > 0 and following is not None and rows[following] == rows[full[at - 1]]
        if _is_data(rows[k], like) and (
            again or following is None or _is_data(rows[following], like) or at + 2 >= len(full)
        ):
            dated = next(j for j, cell in enumerate(rows[k]) if like(cell))
            return full[_earliest(rows, full[: at + 1], dated, like)]
    return None


def _earliest(rows: Sequence[Sequence[str | None]], full: Sequence[int], dated: int, like: _Like) -> int:
    """Return which of some rows is the first of data, the last of them being one: a row with an odd cell is no header.

    That is the first with a date in that column below a row of names, else the first of those dated right above.
    """
    has = [dated < len(rows[k]) and like(rows[k][dated]) for k in full]
    named = next((i for i, k in enumerate(full) if any(role_of(cell or "") for cell in rows[k])), len(full))
    below = next((i for i in range(named + 1, len(full)) if has[i]), len(full) - 1)
    at = len(full) - 1
    while at and has[at - 1]:
        at -= 1
    return min(at, below)


def _date_like(cell: str | None) -> bool:
    return looks_like_date(cell) or looks_like_epoch(cell)


def _is_data(row: Sequence[str | None], like: _Like) -> bool:
    """Return whether a row has a date, and in another cell a number or a word for none."""
    for k, cell in enumerate(row):
        if like(cell):
            others = [c for j, c in enumerate(row) if j != k and c]
            # Of an epoch any long number would do, so everything else must be a number too.
            if not looks_like_epoch(cell) and any(missing(c) or looks_numeric(c) for c in others):
                return True
            if looks_like_epoch(cell) and others and all(map(looks_numeric, others)):
                return True
    return False


def _header(rows: Sequence[Sequence[str | None]], above: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the rows of names right above the data, and the rows above these."""
    if not above:
        return [], []
    last = len(above)
    # yfinance's third row: the name of the index alone.
    index = None
    if last >= 2 and sum(1 for c in rows[above[-1]] if c) == 1 and rows[above[-1]][0]:
        index, last = above[-1], last - 1
    if last >= 2:
        one, two = rows[above[last - 2]], rows[above[last - 1]]
        if list(one) != list(two) and _two_levels(*_spread(one, two)):
            top = [above[last - 2], above[last - 1]]
            return [*top, *([index] if index is not None else [])], list(above[: last - 2])
    if index is not None:
        last += 1
    return [above[last - 1]], list(above[: last - 1])


def _fields(row: Sequence[str | None]) -> float:
    """Return the share of names of fields among a row's cells, its first left out."""
    there = [c for c in row[1:] if c]
    return sum(plain(c) in FIELDS for c in there) / len(there) if there else 0.0


def _spread(one: Sequence[str | None], two: Sequence[str | None]) -> tuple[list[str | None], list[str | None]]:
    """Return two rows of names with the cells filled that a spreadsheet merges: a name over several columns."""
    first, second = list(one), list(two)
    if any(a for a in first[1:]) and _fields(second) > 0.6 and not all(first[1 : len(second)]):
        for k in range(2, len(first)):
            if not first[k] and second[k]:
                first[k] = first[k - 1]
    return first, second


def _labelled(row: Sequence[str | None], labels: frozenset[str]) -> bool:
    return plain(row[0] or "") in labels


def _two_levels(one: Sequence[str | None], two: Sequence[str | None]) -> bool:
    """Return whether two rows are fields and assets: each column has both, and each pair is there once."""
    width = max((k for row in (one, two) for k, c in enumerate(row) if c), default=0)
    pairs = list(zip(one[1 : width + 1], two[1 : width + 1], strict=True))
    if not pairs or not all(a and b for a, b in pairs):
        return False
    if _labelled(one, FIELD_LABELS) and _labelled(two, ASSET_LABELS):
        return True
    high, low = sorted((_fields(one), _fields(two)), reverse=True)
    assets = one if _fields(one) < _fields(two) else two
    if len(set(pairs)) < len(pairs) or all(c in CODES or c in CURRENCIES for c in assets[1 : width + 1]):
        return False
    if assets[0] and not _labelled(assets, ASSET_LABELS | FIELD_LABELS) and role_of(assets[0]) not in ("asset", "date"):
        return False  # a line of a preamble, such as Source,Reuters
    return high > 0.6 and (low < 0.5 or len({a for a, _ in pairs}) == 1 or len({b for _, b in pairs}) == 1)


def _named(rows: Sequence[Sequence[str | None]], top: Sequence[int]) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Return the fields and, where a second row says so, the assets of the columns."""
    width = max((k + 1 for t in top for k, c in enumerate(rows[t]) if c is not None), default=0)
    cut = [[(c or "") for c in rows[t][:width]] for t in top]
    while width > 1 and not any(row[-1] for row in cut) and len(top) == 1 and _empty_below(rows, top[0], width - 1):
        width -= 1
        cut = [row[:width] for row in cut]
    if len(cut) == 1:
        return tuple(cut[0]), None
    one, two = ([c or "" for c in row] for row in _spread(cut[0], cut[1]))
    by_label = _labelled(one, FIELD_LABELS) and _labelled(two, ASSET_LABELS)
    fields, assets = (one, two) if by_label or _fields(one) >= _fields(two) else (two, one)
    first = cut[2][0] if len(cut) > 2 else ""
    if not first and role_of(assets[0]) == "date":
        first = assets[0]
    names = (first or "date", *fields[1:])
    return names, ("", *assets[1:])


def _empty_below(rows: Sequence[Sequence[str | None]], top: int, column: int) -> bool:
    return not any(row[column] for row in rows[top + 1 :] if column < len(row))


def _check_width(table: Cells, body: Sequence[int], width: int) -> None:
    """Raise DataError for a row with more cells than there are names, or with fewer."""
    for k in body:
        row = table.rows[k]
        have, over = sum(c is not None for c in row), any(row[width:])
        if over or have < width:
            count = max(j + 1 for j, c in enumerate(row) if c) if over else have
            ends = "; the file stops inside it" if k == body[-1] and count < width else ""
            raise table.raw.fault(
                table.lines[k], f"{count} cells where there should be {width} as in the line of names{ends}"
            )


def _without_names(table: Cells, body: Sequence[int]) -> Layout:
    """Return the layout of MetaTrader 4's history, which has no names; raises DataError for any other."""
    row = [c for c in table.rows[body[0]] if c is not None]
    if len(row) == len(_META4) and _TIME.fullmatch(row[1] or ""):
        return Layout(0, _META4, None, tuple(body), {}, "")
    raise table.raw.fault(
        table.lines[body[0]],
        "no line of names above the first row",
        "put one there, such as Date,Open,High,Low,Close,Volume",
    )


def _stated_currency(table: Cells, above: Sequence[int], units: Sequence[int]) -> str:
    """Return the currency that a line of the preamble states, such as ``Currency,USD``, or a row of units.

    Raises
    ------
    DataError
        For a row of units with two currencies.
    """
    for k in units:
        found = [c for c in dict.fromkeys(CURRENCIES.get(c or "", c or "") for c in table.rows[k]) if c in CODES]
        if len(found) > 1:
            raise table.raw.fault(
                table.lines[k], f"{found[0]} and {found[1]} are both in it", "give a file of one currency"
            )
        if found:
            return found[0]
    for k in above:
        text = " ".join(c for c in table.rows[k] if c)
        said = re.search(r"(?i)curr(?:ency|\.)?\W+([A-Z]{3})\b", text)
        if said:
            return said[1].upper()
    return ""


def currencies(cells: Sequence[str | None]) -> dict[str, int]:
    """Return the currencies that cells name -> index of the first cell that does."""
    out: dict[str, int] = {}
    for k, cell in enumerate(cells):
        if cell and not (cell[0].isdigit() and cell[-1].isdigit()):
            found = currency(cell)
            if found:
                out.setdefault(found, k)
    return out
