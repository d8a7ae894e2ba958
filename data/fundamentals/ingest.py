"""Files of accounts -> a folder of parts, one table of facts each. What was read before is not read again.

A part is named by the digest of its source and of the items, and its report is written after it: a run that was
killed goes on with the first part that has no report.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.fundamentals import facts as table
from fedcycle.data.fundamentals.facts import Facts
from fedcycle.data.fundamentals.items import Items
from fedcycle.data.fundamentals.known import Known, joined, known
from fedcycle.data.fundamentals.report import Report
from fedcycle.data.fundamentals.tables import packed_facts, read_facts
from fedcycle.data.sources import archives, facts_file, sec_companyfacts, sec_statements, simfin
from fedcycle.data.sources.sec_statements import Progress, unreported
from fedcycle.data.storage import atomic, parquet

PARTS = "parts"
BLOCK = 1_000_000
"""Facts of which the steps are made at a time: about 600 MB."""


@dataclass(frozen=True)
class Part:
    """One part: its table, its report, the names of its companies, and whether it was there already."""

    path: Path
    report: Report
    names: Mapping[str, str]
    reused: bool


def ingest(
    files: Sequence[Path], out: Path, items: Items, *, progress: Callable[[Path], Progress] = lambda _: unreported
) -> list[Part]:
    """Read files of accounts into a folder of parts, and return the parts.

    Data sets are read first: they say when a filing was accepted, which company facts do not.

    Parameters
    ----------
    files : zips of the SEC's data sets, JSON or zip of company facts, SimFin's CSV, or facts of one's own
    out : the folder
    items : what is read
    progress : told of each file, returns what is told of its bytes

    Raises
    ------
    DataError
        Where a file is none of these, or damaged; parts made before it stay.
    """
    made: list[Part] = []
    kinds = {path: kind(path) for path in files}
    for path in sorted(files, key=lambda p: (kinds[p] != "data set", p.name)):
        key = f"{path.stem[:40]}-{_digest(path)[:16]}-{_of(items)[:8]}"
        made += _parts(path, kinds[path], out / PARTS, key, items, progress(path))
    return made


def kind(path: Path) -> str:
    """Return what a file of accounts is; raises DataError where it is none."""
    if not path.is_file():
        raise DataError(f"{path} does not exist; name a file of accounts")
    if path.suffix == ".zip" or zipfile.is_zipfile(path):
        with archives.opened(path) as archive:
            names = {Path(name).name for name in archive.namelist()}
        if {"sub.txt", "num.txt"} <= names:
            return "data set"
        if any(name.startswith("CIK") for name in names):
            return "bulk company facts"
        raise DataError(f"{path} holds neither sub.txt and num.txt nor company facts (CIK*.json)")
    if path.suffix == ".json":
        return "company facts"
    return "SimFin" if simfin.statement(path) else "own facts"


def _parts(path: Path, what: str, folder: Path, key: str, items: Items, progress: Progress) -> Iterator[Part]:
    if what == "bulk company facts":
        yield from _bulk(path, folder, key, items, progress)
        return
    found = _reused(folder, key)
    if found is not None:
        yield found
        return
    names: Mapping[str, str] = {}
    if what == "data set":
        statements = sec_statements.read(path, items, progress=progress)
        made, names, report = statements.facts, statements.names, statements.report
    elif what == "company facts":
        one = sec_companyfacts.read(path, items, accepted=_accepted(folder))
        made, names, report = one.facts, one.names, one.report
    else:
        made, report = simfin.read(path) if what == "SimFin" else facts_file.read(path, items)
    yield _written(folder, key, made, report, names)


def _bulk(path: Path, folder: Path, key: str, items: Items, progress: Progress) -> Iterator[Part]:
    done = 0
    while (found := _reused(folder, f"{key}-{done:04d}")) is not None:
        yield found
        done += 1
    for k, batches, one in sec_companyfacts.read_bulk(path, items, accepted=_accepted(folder), first=done):
        progress(k + 1, batches)
        yield _written(folder, f"{key}-{k:04d}", one.facts, one.report, one.names)


def _written(folder: Path, key: str, made: Facts, report: Report, names: Mapping[str, str]) -> Part:
    path = folder / f"{key}.parquet"
    atomic.write_file(path, packed_facts(made))
    document = report.document | {"names": dict(names)}
    atomic.write_file(path.with_suffix(".json"), (json.dumps(document, allow_nan=False) + "\n").encode())
    return Part(path, report, names, reused=False)


def _reused(folder: Path, key: str) -> Part | None:
    path = folder / f"{key}.parquet"
    try:
        document = json.loads(path.with_suffix(".json").read_bytes())
        if parquet.rows(path) != document["facts"]:
            return None
        return Part(path, Report.of(document), document["names"], reused=True)
    except (OSError, ValueError, KeyError, TypeError, DataError):
        return None


def read_parts(out: Path) -> list[Part]:
    """Return the parts of a folder; raises DataError where it has none."""
    found = [_reused(out / PARTS, path.stem) for path in sorted((out / PARTS).glob("*.json"))]
    parts = [part for part in found if part is not None]
    if not parts:
        raise DataError(f"{out} holds no facts; make some with: fedcycle data add-fundamentals FILE... --out {out}")
    return parts


def known_of(parts: Sequence[Part], items: Items, report: Report) -> Known:
    """Return the steps of all parts, made of as many companies at a time as memory allows.

    Every part is read once for each block, so memory is bounded by a part and a block, not by the whole.
    """
    whole = sum(part.report.facts for part in parts)
    blocks = max(1, -(-whole // BLOCK))
    made = [known(_block(parts, k, blocks), items.kinds, report) for k in range(blocks)]
    return joined([each for each in made if len(each)] or made[:1])


def _block(parts: Sequence[Part], k: int, blocks: int) -> Facts:
    chosen = []
    for part in parts:
        facts = read_facts(part.path)
        if blocks > 1:
            mine = np.array([_bucket(name, blocks) == k for name in facts.company.names], dtype=bool)
            facts = facts.rows(mine[facts.company.codes]) if len(mine) else facts
        chosen.append(facts)
    return table.joined(chosen)


def _bucket(company: str, blocks: int) -> int:
    return int(hashlib.sha256(company.encode()).hexdigest()[:8], 16) % blocks


def _accepted(folder: Path) -> dict[str, int]:
    """Return accession number -> day it was known, from the parts of data sets that are there."""
    found: dict[str, int] = {}
    for path in sorted(folder.glob("*.parquet")):
        facts = read_facts(path)
        sic = facts.item.codes == (facts.item.names.index("sic") if "sic" in facts.item.names else -1)
        days = facts.known_on[sic].astype(np.int64).tolist()
        found.update(zip((facts.source.names[c] for c in facts.source.codes[sic].tolist()), days, strict=True))
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _of(items: Items) -> str:
    return hashlib.sha256(repr(items.definitions).encode()).hexdigest()


def coverage(steps: Known, items: Iterable[str]) -> list[dict[str, Any]]:
    """Return for each year and item how many companies had a value that became known in it."""
    years = steps.known_on.astype("datetime64[Y]").astype(np.int64) + 1970
    rows = []
    for year in np.unique(years).tolist():
        row: dict[str, Any] = {"year": year}
        for item in items:
            if item in steps.item.names:
                there = (years == year) & (steps.item.codes == steps.item.names.index(item)) & ~np.isnan(steps.value)
                row[item] = len(np.unique(steps.company.codes[there]))
        rows.append(row)
    return rows
