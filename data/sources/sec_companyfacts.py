"""SEC company facts (one JSON a company, or the bulk zip of them) -> facts. ``frame``, ``fy``, ``fp`` choose nothing.

``frame`` stands on the last filing that repeats a fact, so choosing by it would be look-ahead; ``fy`` and ``fp`` are
those of the filing. There is a date of filing and no hour, so a fact is known on the day after it, unless its filing
is in a data set that says when it was accepted.
"""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from fedcycle.data.errors import DataError
from fedcycle.data.fundamentals import facts, resolve
from fedcycle.data.fundamentals.facts import Facts, Row
from fedcycle.data.fundamentals.items import Items
from fedcycle.data.fundamentals.release import day_number, known_on
from fedcycle.data.fundamentals.report import Report
from fedcycle.data.fundamentals.resolve import Filing, Reported
from fedcycle.data.sources import archives

TAXONOMIES = ("us-gaap", "dei")
IFRS = "ifrs-full"
IFRS_ONLY = "reports in IFRS terms, which no item is read from"
BATCH = 500
"""Companies of a bulk zip that are read as one part."""
LARGEST = 256 * 2**20
"""Bytes of one company's JSON: the largest are about 10 MB."""

Accepted = Mapping[str, int]
"""Accession number -> first day at whose close the filing was public, from the data sets, which say the hour."""


@dataclass(frozen=True, eq=False)
class CompanyFacts:
    """Some companies: their facts, names, and what was left out."""

    facts: Facts
    names: dict[str, str]
    report: Report


def read(path: Path, items: Items, *, accepted: Accepted = {}) -> CompanyFacts:  # noqa: B006 - never written to
    """Return the facts of one company's JSON; raises DataError where it is none."""
    report = Report(path.name)
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path} has {path.stat().st_size:,} bytes, more than any company's facts")
        content = path.read_bytes()
    except OSError as err:
        raise DataError(f"{path} cannot be read ({err.strerror}); name a JSON of company facts") from None
    names: dict[str, str] = {}
    rows = _company(content, path.name, items, accepted, report=report, names=names)
    report.facts = len(rows)
    return CompanyFacts(facts.table(rows), names, report)


def read_bulk(
    path: Path, items: Items, *, accepted: Accepted, first: int = 0
) -> Iterator[tuple[int, int, CompanyFacts]]:
    """Yield (batch, batches, facts) of a bulk zip, from batch ``first`` on; a company whose JSON is none is refused.

    One company is in memory at a time, and one batch of facts.
    """
    with archives.opened(path) as archive:
        members = sorted(m.filename for m in archive.infolist() if m.filename.endswith(".json"))
        batches = math.ceil(len(members) / BATCH)
        for k in range(first, batches):
            report, names, rows = Report(f"{path.name}, batch {k + 1} of {batches}"), dict[str, str](), list[Row]()
            for member in members[k * BATCH : (k + 1) * BATCH]:
                try:
                    rows += _company(_content(archive, member), member, items, accepted, report=report, names=names)
                except (DataError, zipfile.BadZipFile, zlib.error, EOFError) as err:
                    report.refuse(Path(member).stem, "", "", "not a company's facts", str(err)[:200])
            report.facts = len(rows)
            yield k, batches, CompanyFacts(facts.table(rows), names, report)


def _content(archive: zipfile.ZipFile, member: str) -> bytes:
    if archive.getinfo(member).file_size > LARGEST:
        raise DataError(f"{member} has more bytes than any company's facts")
    return archive.read(member)


def _company(
    content: bytes, name: str, items: Items, accepted: Accepted, *, report: Report, names: dict[str, str]
) -> list[Row]:
    document = _document(content, name)
    company = f"{int(document['cik']):010d}"
    names[company] = str(document.get("entityName", ""))
    filings: dict[str, tuple[Filing, Reported]] = {}
    for tag, unit, entry in _entries(document, items.tags):
        report.rows += 1
        try:
            start = None if "start" not in entry else _day(entry["start"])
            end, filed, source = _day(entry["end"]), _day(entry["filed"]), str(entry["accn"])
            value = float(entry["val"])
        except (KeyError, TypeError, ValueError) as err:
            raise DataError(f"{name}: a value of {tag} has no {err}; {archives.AGAIN}") from None
        if source not in filings:
            filing = Filing(
                company, "", str(entry.get("form") or ""), int(entry.get("fy") or 0), str(entry.get("fp") or ""), filed,
                accepted.get(source, known_on(filed, None)), source,
            )  # fmt: skip
            filings[source] = (filing, Reported())
        filings[source][1].add((start, end), unit, tag, value)
    report.filings += len(filings)
    if IFRS in document["facts"] and "us-gaap" not in document["facts"]:
        report.refuse(company, "", "", IFRS_ONLY, names[company])
    return [row for filing, said in filings.values() for row in resolve.facts_of(filing, said, items, report)]


def _entries(document: Mapping[str, Any], wanted: frozenset[str]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield tag, unit and each of its values; the tags of items alone."""
    for taxonomy in TAXONOMIES:
        for tag, said in document["facts"].get(taxonomy, {}).items():
            if tag in wanted:
                for unit, entries in said["units"].items():
                    for entry in entries:
                        yield tag, unit, entry


def _document(content: bytes, name: str) -> Any:
    if content.lstrip()[:1] == b"<":
        raise DataError(f"{name} is a web page, not the JSON of a company's facts; {archives.AGAIN}")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise DataError(f"{name} is not whole JSON; {archives.AGAIN}") from None
    if not isinstance(document, dict) or "cik" not in document or not isinstance(document.get("facts"), dict):
        raise DataError(f"{name} has no cik and facts, so it is not the JSON of a company's facts; {archives.AGAIN}")
    return document


def _day(text: str) -> int:
    return day_number(date.fromisoformat(text))
