"""What the columns of a user's file are called: the names that each field goes by, and the currency that one states."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

from fedcycle.data.sources.file_numbers import CODES, CURRENCIES

ROLES: Mapping[str, tuple[str, ...]] = {
    "date": (
        *("date", "day", "session", "datetime", "timestamp", "tradedate", "tradingdate", "dates", "datum", "data"),
        *("unix", "unixtime", "dlycaldt", "caldt", "datadate", "observationdate", "fecha", "exchangedate"),
    ),
    "time": ("time",),
    "asset": (
        *("permno", "ticker", "symbol", "isin", "sedol", "cusip", "ric", "figi", "gvkey", "tic", "asset", "fund"),
        *("security", "instrument", "code", "name"),
    ),
    "open": (
        *(
            "open",
            "openprice",
            "pxopen",
            "dlyopen",
            "eroffn",
            "eroffnung",
            "eroffnungskurs",
            "ouv",
            "ouverture",
            "erster",
        ),
        *("apertura", "abertura", "otwarcie"),
    ),
    "high": (
        *("high", "pxhigh", "highprice", "dlyhigh", "hoch", "plushaut", "haut", "maximo", "massimo", "maxima"),
        *("najwyzszy",),
    ),
    "low": (
        *("low", "pxlow", "lowprice", "dlylow", "tief", "plusbas", "bas", "minimo", "minimum", "minima", "najnizszy"),
    ),
    "close": (
        *("close", "closeprice", "price", "last", "closelast", "pxlast", "prc", "dlyprc", "closingprice"),
        *("lastprice", "nav", "schlusskurs", "schluss", "zuletzt", "dernier", "cloture", "cierre", "ultimo"),
        *("chiusura", "fechamento", "zamkniecie", "closeclosepriceadjustedforsplits"),
    ),
    "adjusted": (
        *("adjclose", "adjustedclose", "closeadj", "adjusted", "adjcloseprice", "adjprice"),
        "adjcloseadjustedclosepriceadjustedforsplitsanddividendandorcapitalgaindistributions",
    ),
    "unadjusted": ("unadjustedclose", "unadjclose", "closeunadj", "rawclose", "closeunadjusted", "unadjusted"),
    "total": (
        *("totalreturn", "totalreturnlevel", "totalreturnindex", "totreturnindexgrossdvds", "tri", "trindex"),
        *("totreturnindexnetdvds", "totalreturngross", "totalreturnnet"),
    ),
    "returns": (
        *("ret", "dlyret", "return", "returns", "dailyreturn", "weeklyreturn", "monthlyreturn", "simplereturn"),
        *("returnpct", "pctreturn", "rendite", "rendement"),
    ),
    "delisting": ("dlret", "dlydelret"),
    "dividends": (
        *("dividends", "dividend", "div", "dividendamount", "divcash", "exdividend", "dvd", "distribution"),
        *("distributions",),
    ),
    "gains": ("capitalgains",),
    "splits": (*("splits", "split", "stocksplits", "stocksplit", "splitratio", "splitcoefficient", "splitfactor"),),
    "volume": (
        *("volume", "vol", "tickvol", "pxvolume", "dlyvol", "tradingvolume", "cvol", "volumen", "wolumen"),
        "stuecke",
    ),
    "currency": ("currency", "ccy", "curr", "wahrung", "devise"),
}
"""What a column is -> how it may be called, in small letters without accents and without anything between them."""

PRICES = ("open", "high", "low", "close", "adjusted", "unadjusted", "total", "returns")
LEVELS = ("close", "adjusted", "unadjusted", "total", "returns")
FIELDS = frozenset(name for role in (*PRICES, "dividends", "gains", "splits", "volume") for name in ROLES[role])
"""Names of what is said of an asset: not its date, and not what it is called."""
SHORT = {"o": "open", "h": "high", "l": "low", "c": "close", "t": "date", "v": "volume"}
"""Columns of one letter, as in bars of JSON turned into a table."""
_ROLE = {name: role for role, names in ROLES.items() for name in names}
_UNITS = frozenset({"shares", "share", "units", "stk", "index", "points", "percent", "%", "pct", "-"})
"""Words beside currencies in a row of units under the names."""
_MONEY = "|".join(sorted((*CODES, *(re.escape(sign) for sign in CURRENCIES)), key=len, reverse=True))
_STATED = re.compile(rf"[\s_,/-]*[(\[]\s*({_MONEY})\s*[)\]]\W*$")
_BEHIND = re.compile(rf"[\s_,/-]+({_MONEY})\W*$")


def plain(name: str) -> str:
    """Return a column's name in small letters without accents and without anything else.

    Examples
    --------
    >>> plain("5. Adj_Close*")
    'adjclose'
    """
    folded = unicodedata.normalize("NFKD", name.lower().replace("ł", "l").replace("ß", "ss"))
    return re.sub(r"[^a-z]", "", folded)


@cache
def role_of(name: str) -> str | None:
    """Return what a column of that name is, or None; a currency behind the name tells nothing of it.

    Examples
    --------
    >>> role_of("Close (EUR)"), role_of("Total Return %"), role_of("EUR")
    ('close', 'returns', None)
    """
    found = _ROLE.get(plain(name)) if name else None
    if found is None and name:
        bare = without_currency(name)
        found = _ROLE.get(plain(bare)) if bare != name else None
    if found == "total" and re.search(r"%|\bpct\b|\bpercent\b", name, flags=re.IGNORECASE):
        return "returns"
    return found


def without_currency(name: str, *, asset: bool = False) -> str:
    """Return a column's name without the currency behind it; of an ``asset`` only one in brackets: BTC-USD is one."""
    bare = _STATED.sub("", name)
    return bare if asset or bare != name else _BEHIND.sub("", name)


def stated_currency(name: str) -> str:
    """Return the currency that stands in brackets, or behind the name of a field, or nothing.

    Examples
    --------
    >>> stated_currency("Close (EUR)"), stated_currency("Close $"), stated_currency("BTC-USD")
    ('EUR', 'USD', '')
    """
    found = _STATED.search(name) or (_BEHIND.search(name) if role_of(name) is not None else None)
    return CURRENCIES.get(found[1], found[1]) if found else ""


def units_row(row: Sequence[str | None]) -> bool:
    """Return whether a row holds currencies and other units alone, as some exports have it under the names."""
    there = [cell for cell in row if cell]
    money = [cell for cell in there if cell in CODES or cell in CURRENCIES]
    return bool(money) and all(cell in money or cell.lower() in _UNITS for cell in there)


def flattened(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return fields and assets of columns called by both, such as ``Close_IWM``, ``IWM Close`` or ``('Close', 'IWM')``.

    None unless every column but the first is one, each pair is there once, and each asset has a close.
    """
    pairs = [_pair(name) for name in names[1:]]
    if not pairs or any(pair is None for pair in pairs) or len(set(pairs)) < len(pairs):
        return None
    told = [pair for pair in pairs if pair is not None]
    priced = {asset for field, asset in told if role_of(field) in LEVELS}
    if {asset for _, asset in told} - priced or all(role_of(field) == "returns" for field, _ in told):
        return None
    return (names[0], *(field for field, _ in told)), ("", *(asset for _, asset in told))


_WORDS = (
    "Adj Close",
    "Adjusted",
    "Stock Splits",
    "Capital Gains",
    "Dividends",
    "Close",
    "Open",
    "High",
    "Low",
    "Volume",
)
_FIELD = "|".join(word.replace(" ", r"[ _]?") for word in _WORDS)
_TICKER = r"[A-Z0-9^][A-Z0-9.=^-]*"
_FIELD_FIRST = re.compile(rf"((?i:{_FIELD}))[ _.:|/-]+({_TICKER})")
_FIELD_LAST = re.compile(rf"({_TICKER})[ _.:|/-]+((?i:{_FIELD}))")
_NO_TICKER = frozenset(
    {"ADJ", "ADJUSTED", "UNADJ", "UNADJUSTED", "RAW", "PRICE", "INTEREST", "DATE", "BID", "ASK", "MID"}
)
_TUPLE = re.compile(r"""\(\s*['"]([^'"]+)['"]\s*,\s*['"]([^'"]+)['"]\s*\)""")


def _pair(name: str) -> tuple[str, str] | None:
    """Return field and asset of a column, or None."""
    both = _TUPLE.fullmatch(name)
    if both:
        return (both[1], both[2]) if plain(both[1]) in FIELDS else (both[2], both[1])
    first, last = _FIELD_FIRST.fullmatch(name), _FIELD_LAST.fullmatch(name)
    pair = (first[1], first[2]) if first else (last[2], last[1]) if last else None
    return None if pair is None or pair[1] in _NO_TICKER or pair[1] in CODES else pair
