"""The manifest of a compiled data set: its files and their digests, and what each column is. Written and read here."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fedcycle.data.errors import DamagedData, DataError
from fedcycle.data.storage import checksums

FORMAT = 1
"""Number of the form in which a data set is written; a reader refuses any other."""

MANIFEST = "manifest.json"
LEVELS = "levels.csv"
YIELDS = "yields.csv"
TARGETS = "fomc_target_changes.csv"
TURNING_POINTS = "nber_turning_points.csv"
NOTICE = "NOTICE.md"

EXTRAS = "extras.csv"
OPENS = "opens.csv"
DISCOUNT_CHANGES = "fed_discount_rate_changes.csv"
UNANNOUNCED = "nber_unannounced.csv"
STOCKS = "stocks.parquet"
KNOWN = "known.parquet"
ABOUT = "stocks.json"
OWN_SERIES = "own_series.csv"
BARS = {"high": "highs.csv", "low": "lows.csv", "volume": "volumes.csv"}
"""Part of a session's bar -> its file; only in a data set of a user's own prices that have it."""

PRICE_FILES = frozenset((LEVELS, OPENS, *BARS.values()))
"""The files of prices."""

FACT_FILES = (LEVELS, YIELDS, TARGETS, TURNING_POINTS)
"""The files of facts that every data set has."""

MORE_FILES = (EXTRAS, OPENS, DISCOUNT_CHANGES, UNANNOUNCED, STOCKS, KNOWN, ABOUT, OWN_SERIES, *BARS.values())
"""Those that it may have: series beside the usual ones, opening levels, the rest of each session's bar, changes of
the discount rate before the first announced target, turning points of before NBER announced them, stocks with what was
known of their companies, series of a user's own. A reader opens no other, whatever it says."""

LARGEST = 2**24
"""Bytes that a manifest may have: 5,000 assets take a sixth of it, and no data set is written with more."""

PER_YEAR = {"daily": 252, "weekly": 52, "monthly": 12}
FREQUENCIES = tuple(PER_YEAR)
"""How far apart the sessions of a data set can be, and how many of them count as a year."""

NEW_YORK, DOLLARS = "XNYS", "USD"
"""Whose sessions, and which currency, a data set has unless it says another."""

OWN = "your own file"
"""How the source of what a user added begins."""

REMEDY = (
    "compile it again with: fedcycle data build --from DIR --out DIR "
    "(the bundled one: install fedcycle again; one of the store: fedcycle data fetch)"
)

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_DAY = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9_/]{1,12}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def money_words(currency: str) -> str:
    """Return what a currency is called in a sentence: US dollars, or the three letters of another."""
    return "US dollars" if currency == DOLLARS else currency


@dataclass(frozen=True)
class FileFacts:
    """Size in bytes and SHA-256 digest of one file; for raw input also the vintage its publisher states."""

    sha256: str
    size: int
    vintage: str | None = None

    @classmethod
    def of(cls, content: bytes, vintage: str | None = None) -> FileFacts:
        """Return the facts of some bytes."""
        return cls(hashlib.sha256(content).hexdigest(), len(content), vintage)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One asset or series of a data set.

    Parameters
    ----------
    name, definition, unit, frequency, release, source, rights : see ``catalog``
    made_from : raw files, by their names in ``Manifest.inputs``
    vintage : what their publisher says they were made from, or None
    first, last : ISO dates of the first and last row (of a policy series: days of effect)
    count : sessions of an asset in which it has a price, observations of a series
    complete_to : ISO date up to which a table of events is known to lack nothing, or None where ``last`` says it
    spliced : what an asset is made of before its own first day, and how well that followed it; None where it is itself
    delisting_return : what holders of an asset got after its last close, over that close, a fraction; None if unsaid
    """

    name: str
    definition: str
    unit: str
    frequency: str
    release: str
    source: str
    made_from: tuple[str, ...]
    vintage: str | None
    first: str
    last: str
    count: int
    rights: str
    delisting_return: float | None = None
    complete_to: str | None = None
    spliced: str | None = None


@dataclass(frozen=True)
class Manifest:
    """What a data set is.

    Parameters
    ----------
    files : file name -> FileFacts
    assets, series : entries, in the order of the columns
    inputs : raw file -> FileFacts
    roles : role, such as ``small`` -> the asset that plays it; one that is missing is played by the asset of its name
    stamps : what every figure made from it must say, such as ``PRICE RETURN: SPX``; mostly empty
    frequency : ``daily``, ``weekly`` or ``monthly``
    calendar : market identifier code of the exchange whose sessions it has
    currency : three letters of the currency of its prices
    """

    files: Mapping[str, FileFacts]
    assets: tuple[Entry, ...]
    series: tuple[Entry, ...]
    inputs: Mapping[str, FileFacts]
    roles: Mapping[str, str] = field(default_factory=dict)
    stamps: tuple[str, ...] = ()
    frequency: str = "daily"
    calendar: str = NEW_YORK
    currency: str = DOLLARS

    def text(self) -> str:
        """Return the manifest as JSON, the same text for the same facts."""
        document: dict[str, Any] = {
            "format": FORMAT,
            "files": {name: {"sha256": f.sha256, "bytes": f.size} for name, f in self.files.items()},
            "assets": [_counted(entry, "sessions") for entry in self.assets],
            "series": [_counted(entry, "observations") for entry in self.series],
            "inputs": {
                name: {"sha256": f.sha256, "bytes": f.size, "vintage": f.vintage} for name, f in self.inputs.items()
            },
        }
        if self.roles:
            document["roles"] = dict(self.roles)
        if self.stamps:
            document["stamps"] = list(self.stamps)
        if self.frequency != "daily":
            document["frequency"] = self.frequency
        if self.calendar != NEW_YORK:
            document["calendar"] = self.calendar
        if self.currency != DOLLARS:
            document["currency"] = self.currency
        return json.dumps(document, indent=1, allow_nan=False) + "\n"


def sealed(files: Mapping[str, bytes], made: Manifest) -> dict[str, bytes]:
    """Return the files of a data set with its manifest and, last, the list of the digests of all of them."""
    found = {name: content for name, content in files.items() if name != checksums.NAME}
    found[MANIFEST] = made.text().encode("ascii")
    found[checksums.NAME] = checksums.text(found).encode("ascii")
    return found


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a data set.

    Raises
    ------
    DataError
        If the folder has none, or it is of another format.
    DamagedData
        If it is not whole, or names what no data set has.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise DataError(f"{folder} is not a data set: it has no {MANIFEST}; {REMEDY}")
    size = path.stat().st_size
    if size > LARGEST:
        raise DamagedData(f"{path} has {size} bytes, more than any manifest; {REMEDY}")
    return parsed(path.read_bytes(), path)


def parsed(content: bytes, path: Path) -> Manifest:
    """Return the manifest in some bytes; ``path`` is where faults are said to be; raises as ``read_manifest`` does."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise DamagedData(f"{path} is not whole JSON; {REMEDY}") from None
    if isinstance(document, dict) and isinstance(document.get("format"), int) and document["format"] != FORMAT:
        raise DataError(f"{path} is of format {document['format']}, this version reads format {FORMAT}; {REMEDY}")
    try:
        return _manifest(document)
    except (KeyError, TypeError, ValueError) as err:
        what = f"lacks {err}" if isinstance(err, KeyError) else str(err)
        raise DamagedData(f"{path} is damaged: {what}; {REMEDY}") from None


def _manifest(document: Any) -> Manifest:
    _must(isinstance(document, dict) and document["format"] == FORMAT, "it is not the manifest of a data set")
    for name in document["files"]:
        _must(name in (*FACT_FILES, *MORE_FILES), f"it names a file {name!r:.60}, which no data set has")
    more = [name for name in MORE_FILES if name in document["files"]]
    files = {name: _file(name, document["files"][name]) for name in (*FACT_FILES, *more)}
    inputs = {str(name): _file(name, facts) for name, facts in document["inputs"].items()}
    assets = tuple(_entry(entry, "sessions") for entry in document["assets"])
    series = tuple(_entry(entry, "observations") for entry in document["series"])
    roles = document.get("roles", {})
    _must(isinstance(roles, dict), "roles is no mapping")
    names = {entry.name for entry in assets}
    for role, asset in roles.items():
        _must(_NAME.fullmatch(role) is not None and asset in names, f"role {role!r:.60} is played by no asset of it")
    stamps, frequency = document.get("stamps", []), document.get("frequency", "daily")
    _must(isinstance(stamps, list) and all(isinstance(s, str) and s.isprintable() for s in stamps), "stamps is no list")
    _must(frequency in FREQUENCIES, f"frequency is {frequency!r:.40}")
    calendar, currency = document.get("calendar", NEW_YORK), document.get("currency", DOLLARS)
    for what, code in (("calendar", calendar), ("currency", currency)):
        _must(isinstance(code, str) and _CODE.fullmatch(code) is not None, f"{what} is {code!r:.40}")
    return Manifest(files, assets, series, inputs, dict(roles), tuple(stamps), frequency, calendar, currency)


def _file(name: str, facts: Any) -> FileFacts:
    digest, size, vintage = facts["sha256"], facts["bytes"], facts.get("vintage")
    _must(isinstance(digest, str) and _DIGEST.fullmatch(digest) is not None, f"sha256 of {name:.60} is no digest")
    _must(type(size) is int and size >= 0, f"bytes of {name:.60} is no size")
    _must(vintage is None or isinstance(vintage, str), f"vintage of {name:.60} is no text")
    return FileFacts(digest, size, vintage)


def _entry(facts: Any, counted: str) -> Entry:
    texts = {key: facts[key] for key in _TEXTS}
    for key, text in texts.items():
        _must(isinstance(text, str) and text.isprintable(), f"an entry's {key} is no text")
    _must(_NAME.fullmatch(texts["name"]) is not None, f"{texts['name']!r:.60} is no name")
    vintage, made_from, count = facts["vintage"], facts["made_from"], facts[counted]
    _must(vintage is None or isinstance(vintage, str), f"vintage of {texts['name']} is no text")
    _must(isinstance(made_from, list) and all(isinstance(f, str) for f in made_from), "made_from is no list of files")
    _must(type(count) is int and count >= 0, f"{counted} of {texts['name']} is no count")
    got = facts.get("delisting_return")
    _must(
        got is None or (type(got) in (int, float) and -1 <= got < 1e9), f"delisting_return of {texts['name']} is wrong"
    )
    complete_to = facts.get("complete_to")
    _must(
        complete_to is None or (isinstance(complete_to, str) and _DAY.fullmatch(complete_to) is not None),
        f"complete_to of {texts['name']} is no date",
    )
    spliced = facts.get("spliced")
    _must(spliced is None or (isinstance(spliced, str) and spliced.isprintable()), "spliced is no text")
    return Entry(
        **texts,
        made_from=tuple(made_from),
        vintage=vintage,
        count=count,
        delisting_return=got,
        complete_to=complete_to,
        spliced=spliced,
    )


_TEXTS = ("name", "definition", "unit", "frequency", "release", "source", "first", "last", "rights")


def _counted(entry: Entry, counted: str) -> dict[str, Any]:
    facts = dataclasses.asdict(entry)
    facts[counted] = facts.pop("count")
    for key in ("delisting_return", "complete_to", "spliced"):
        if facts[key] is None:
            del facts[key]
    return facts


def _must(holds: bool, what: str) -> None:  # noqa: FBT001 - an assertion with a sentence
    if not holds:
        raise ValueError(what)
