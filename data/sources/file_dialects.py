"""What the columns of a user's file are: names that each role goes by, exports that are known, and where the table is.

A file is preamble, one or two rows of names, rows with a date, and a footer. Nothing is converted here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fedcycle.data.sources.file_cells import Cells
from fedcycle.data.sources.file_dates import looks_like_date, looks_like_epoch
from fedcycle.data.sources.file_numbers import NOTHING, currency

ROLES: Mapping[str, tuple[str, ...]] = {
    "date": (
        *("date", "day", "session", "datetime", "timestamp", "tradedate", "tradingdate", "dates", "datum"),
        *("unix", "unixtime", "dlycaldt", "caldt", "datadate"),
    ),
    "time": ("time",),
    "asset": (
        *("permno", "ticker", "symbol", "isin", "sedol", "cusip", "ric", "figi", "gvkey", "tic", "asset", "fund"),
        *("security", "instrument", "code", "name"),
    ),
    "open": ("open", "openprice", "pxopen", "dlyopen"),
    "high": ("high", "pxhigh", "highprice", "dlyhigh"),
    "low": ("low", "pxlow", "lowprice", "dlylow"),
    "close": (
        *("close", "closeprice", "price", "last", "closelast", "pxlast", "prc", "dlyprc", "closingprice"),
        *("lastprice", "nav", "schlusskurs", "schluss", "zuletzt"),
    ),
    "adjusted": ("adjclose", "adjustedclose", "closeadj", "adjusted", "adjcloseprice", "adjprice"),
    "unadjusted": ("unadjustedclose", "unadjclose", "closeunadj", "rawclose", "closeunadjusted", "unadjusted"),
    "total": (
        *("totalreturn", "totalreturnlevel", "totalreturnindex", "totreturnindexgrossdvds", "tri", "trindex"),
        *("totreturnindexnetdvds", "totalreturngross", "totalreturnnet"),
    ),
    "returns": ("ret", "dlyret"),
    "delisting": ("dlret", "dlydelret"),
    "dividends": (
        *("dividends", "dividend", "div", "dividendamount", "divcash", "exdividend", "dvd", "distribution"),
        *("distributions",),
    ),
    "gains": ("capitalgains",),
    "splits": (*("splits", "split", "stocksplits", "stocksplit", "splitratio", "splitcoefficient", "splitfactor"),),
    "volume": ("volume", "vol", "tickvol", "pxvolume", "dlyvol", "tradingvolume"),
    "currency": ("currency", "ccy", "curr"),
}
"""What a column is -> how it may be called, in small letters without anything between them."""

PRICES = ("open", "high", "low", "close", "adjusted", "unadjusted", "total", "returns")
LEVELS = ("close", "adjusted", "unadjusted", "total", "returns")
_FIELDS = frozenset(name for role in (*PRICES, "dividends", "gains", "splits", "volume") for name in ROLES[role])
_NUMERIC = re.compile(r"[-+(]?\s*(US\$|[$€£¥])?\s*[-+]?[\d.][\d.,' \u00a0]*([eE][-+]?\d+)?\s*[KMBT%€$£]?\)?", re.ASCII)
_META4 = ("date", "time", "open", "high", "low", "close", "volume")
_TIME = re.compile(r"\d{1,2}:\d\d(:\d\d)?")


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the table of a file is.

    Parameters
    ----------
    header : line of the row of names (0 where the file has none)
    names : of each column, the field
    tickers : of each column, the asset, where a second row of names says so; else None
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


def plain(name: str) -> str:
    """Return a column's name in small letters without anything else.

    Examples
    --------
    >>> plain("5. Adj_Close*")
    'adjclose'
    """
    return re.sub(r"[^a-z]", "", name.lower())


def role_of(name: str) -> str | None:
    """Return what a column of that name is, or None."""
    called = plain(name)
    return next((role for role, names in ROLES.items() if called in names), None) if called else None


def layout(table: Cells) -> Layout:
    """Return where the table of a file is; raises DataError where no row has a date and a number."""
    rows, raw = table.rows, table.raw
    full = [k for k, row in enumerate(rows) if any(row)]
    if table.levels is not None:
        top = list(range(table.levels))
        body = [k for k in full if k >= table.levels]
        before: list[int] = []
    else:
        first = _first_data(rows, full)
        if first is None:
            if full and any(role_of(cell or "") == "date" for cell in rows[full[0]]):
                raise raw.fault(table.lines[full[0]], "no row of prices", "export it again with its rows")
            raise raw.fault(
                table.lines[full[0]], "no row with a date and a number", "name a file of prices, a line of names first"
            )
        above = [k for k in full if k < first]
        top, before = _header(rows, above)
        body = [k for k in full if k >= first]
    if not top:
        return _without_names(table, body)
    names, tickers = _named(rows, top)
    repeated = [k for k in body if any(rows[k] == rows[t] for t in top)]
    body = [k for k in body if k not in set(repeated)]
    footer: list[int] = []
    while body and not any(map(_date_like, rows[body[-1]])):
        footer.insert(0, body.pop())
    if not body:
        raise raw.fault(table.lines[top[-1]], "no row of prices", "export it again with its rows")
    _check_width(table, body, len(names))
    left = {"preamble": before, "repeated header": repeated, "footer": footer}
    return Layout(
        table.lines[top[-1]],
        names,
        tickers,
        tuple(body),
        {why: tuple(table.lines[k] for k in which) for why, which in left.items() if which},
        _stated_currency(rows, before),
    )


def dialect(names: Sequence[str], *, tickers: bool, preamble: bool, header: int, spelled: Sequence[str]) -> str:
    """Return whose export a file looks like; ``plain table`` where none is known.

    Parameters
    ----------
    names : plain names of the columns
    tickers : whether a second row of names holds the assets
    preamble : whether lines stand above the names
    header : line of the names, 0 where there is none
    spelled : the names as they stand in the file
    """
    have = set(names)
    known: tuple[tuple[str, bool], ...] = (
        ("MetaTrader", header == 0 or {"date", "open", "close", "tickvol"} <= have),
        ("Stooq", {"ticker", "per", "date"} <= have),
        ("yfinance, a column for each field and ticker", tickers),
        ("Nasdaq.com", "closelast" in have),
        ("Investing.com", {"date", "price", "vol", "change"} <= have),
        ("Tiingo", {"divcash", "splitfactor"} <= have),
        ("Alpha Vantage", "timestamp" in have and {"open", "close"} <= have),
        ("Nasdaq Data Link", {"exdividend", "splitratio"} <= have or {"closeadj", "closeunadj"} <= have),
        ("CRSP", "permno" in have and bool({"prc", "dlyprc", "ret", "dlyret"} & have)),
        ("Bloomberg", any(n.startswith(("px", "totreturnindex")) for n in have)),
        ("FactSet", "cvol" in have or (preamble and "totalreturngross" in have)),
        ("yfinance", {"open", "close", "dividends"} <= have and "Stock Splits" in spelled),
        ("Yahoo", {"date", "open", "high", "low", "close", "adjclose", "volume"} == have),
        ("pandas, an index without a name", len(spelled) > 0 and spelled[0] == ""),
    )
    return next((called for called, fits in known if fits), "plain table")


def _first_data(rows: Sequence[Sequence[str | None]], full: Sequence[int]) -> int | None:
    """Return the first of two rows in a row (or the only one) with a date and a number."""
    for at, k in enumerate(full[:500]):
        following = full[at + 1] if at + 1 < len(full) else None
        # What follows the first row is another, the names once more, or the end.
        again = at > 0 and following is not None and rows[following] == rows[full[at - 1]]
        if _is_data(rows[k]) and (again or following is None or _is_data(rows[following]) or at + 2 >= len(full)):
            return k
    return None


def _date_like(cell: str | None) -> bool:
    return looks_like_date(cell) or looks_like_epoch(cell)


def _is_data(row: Sequence[str | None]) -> bool:
    """Return whether a row has a date, and in another cell a number or a word for none."""
    for k, cell in enumerate(row):
        if _date_like(cell):
            others = [c for j, c in enumerate(row) if j != k and c]
            # Of an epoch any long number would do, so everything else must be a number too.
            if looks_like_date(cell) and any(_NUMERIC.fullmatch(c) or c.lower() in NOTHING for c in others):
                return True
            if looks_like_epoch(cell) and others and all(_NUMERIC.fullmatch(c) for c in others):
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
        if list(one) != list(two) and _two_levels(one, two):
            top = [above[last - 2], above[last - 1]]
            return [*top, *([index] if index is not None else [])], list(above[: last - 2])
    if index is not None:
        last += 1
    return [above[last - 1]], list(above[: last - 1])


def _fields(row: Sequence[str | None]) -> float:
    """Return the share of names of fields among a row's cells, its first left out."""
    there = [c for c in row[1:] if c]
    return sum(plain(c) in _FIELDS for c in there) / len(there) if there else 0.0


def _two_levels(one: Sequence[str | None], two: Sequence[str | None]) -> bool:
    """Return whether two rows are fields and assets: each column has both, and each pair is there once."""
    width = max((k for row in (one, two) for k, c in enumerate(row) if c), default=0)
    pairs = list(zip(one[1 : width + 1], two[1 : width + 1], strict=True))
    if not pairs or not all(a and b for a, b in pairs) or len(set(pairs)) < len(pairs):
        return False
    high, low = sorted((_fields(one), _fields(two)), reverse=True)
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
    one, two = cut[0], cut[1]
    fields, assets = (one, two) if _fields(one) >= _fields(two) else (two, one)
    first = cut[2][0] if len(cut) > 2 else ""
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


def _stated_currency(rows: Sequence[Sequence[str | None]], above: Sequence[int]) -> str:
    """Return the currency that a line of the preamble states, such as ``Currency,USD`` or ``Currency: EUR``."""
    for k in above:
        text = " ".join(c for c in rows[k] if c)
        found = re.search(r"(?i)curr(?:ency|\.)?\W+([A-Z]{3})\b", text)
        if found:
            return found[1].upper()
    return ""


def currencies(cells: Sequence[str | None]) -> dict[str, int]:
    """Return the currencies that cells name -> index of the first cell that does."""
    out: dict[str, int] = {}
    for k, cell in enumerate(cells):
        if cell and not cell[0].isdigit():
            found = currency(cell)
            if found:
                out.setdefault(found, k)
    return out
