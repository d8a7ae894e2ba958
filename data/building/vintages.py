"""The store: vintages of fetched data, each a folder that is added whole and never changed. No network, no clock.

``<data folder>/vintages/0007-20260115T101112Z/`` is a data set like any other (``levels.csv``, ``manifest.json`` and so
on) and holds besides it ``raw/``, the publishers' files that this fetch found changed, ``vintage.json``, which names
for each raw file the vintage that holds it, and ``SHA256SUMS`` of them all. The newest vintage is the one with the
highest number, so that a clock that goes back changes nothing, and no pointer to it can be half written.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fedcycle.data import manifest
from fedcycle.data.errors import DamagedData, DataError
from fedcycle.data.storage import atomic, checksums

VINTAGES, RAW, RECORD = "vintages", "raw", "vintage.json"
FORMAT = 1
LARGEST = 2**20
"""Bytes that a record may have: ours has a hundredth of it."""

STAMP = "%Y%m%dT%H%M%SZ"
_ID = re.compile(r"(\d{4,})-\d{8}T\d{6}Z", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_RAW_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*){0,3}", re.ASCII)
_AGAIN = "run fedcycle data verify to see what is damaged, and fedcycle data fetch for a new vintage"


@dataclass(frozen=True)
class StoredFile:
    """One raw file of a vintage.

    Parameters
    ----------
    sha256 : digest of its bytes
    size : bytes
    held_by : id of the vintage whose ``raw/`` it stands in
    retrieved : when it was fetched, ISO 8601 in UTC
    source : address, or what else it is from
    vintage : what its publisher says it was made from, or None
    """

    sha256: str
    size: int
    held_by: str
    retrieved: str
    source: str
    vintage: str | None


@dataclass(frozen=True)
class Vintage:
    """One vintage of the store.

    Parameters
    ----------
    id : ``<number>-<time>``, the name of its folder
    retrieved : when it was fetched, ISO 8601 in UTC
    digest : of its market
    raw : raw file -> where it is held
    notes : sentences on what was kept from the vintage before, and why
    """

    id: str
    retrieved: str
    digest: str
    raw: Mapping[str, StoredFile]
    notes: tuple[str, ...]

    @property
    def number(self) -> int:
        """Return its place in the row of vintages, from 1."""
        return int(self.id.split("-")[0])


def names(store: Path) -> list[str]:
    """Return the ids of a store's vintages, oldest first."""
    folder = store / VINTAGES
    if not folder.is_dir():
        return []
    found = [entry.name for entry in folder.iterdir() if _ID.fullmatch(entry.name) and entry.is_dir()]
    return sorted(found, key=lambda name: int(name.split("-")[0]))


def folder(store: Path, ref: str = "") -> Path:
    """Return the folder of a vintage: the newest, or the one that a number or the beginning of an id means.

    Raises
    ------
    DataError
        If the store has no vintage, or none or several that ``ref`` fits.
    """
    found = names(store)
    if not found:
        raise DataError(f"the store in {store} has no vintage yet; fetch one with: fedcycle data fetch")
    if ref:
        fits = [n for n in found if n.startswith(ref) or (ref.isdecimal() and int(n.split("-")[0]) == int(ref))]
        if len(fits) != 1:
            raise DataError(f"{len(fits)} vintages of {store} are called {ref}; there are {', '.join(found)}")
        found = fits
    return store / VINTAGES / found[-1]


def read(vintage: Path) -> Vintage:
    """Return what a vintage's record says; raises DamagedData where it is not whole."""
    path = vintage / RECORD
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it has more than {LARGEST} bytes")
        document = json.loads(path.read_bytes())
        return _vintage(vintage.name, document)
    except OSError as err:
        raise DamagedData(f"{path} cannot be read ({err.strerror}); {_AGAIN}") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as err:
        raise DamagedData(f"{path} is damaged ({str(err).splitlines()[0] if str(err) else err!r}); {_AGAIN}") from None


def vintages(store: Path) -> Iterator[Vintage]:
    """Yield what can be read of a store's vintages, newest first; a damaged record is passed over."""
    for name in reversed(names(store)):
        try:
            yield read(store / VINTAGES / name)
        except DamagedData:
            continue  # data verify names it; whoever needs that vintage alone calls read()


def content(store: Path, name: str, held: StoredFile) -> bytes:
    """Return the bytes of a raw file; raises DamagedData unless they are the ones that were fetched."""
    path = store / VINTAGES / held.held_by / RAW / name
    try:
        found = path.read_bytes()
    except OSError as err:
        raise DamagedData(f"{path} cannot be read ({err.strerror}); {_AGAIN}") from None
    if hashlib.sha256(found).hexdigest() != held.sha256:
        raise DamagedData(f"{path} is not what was fetched (sha256 differs); {_AGAIN}")
    return found


def add(
    store: Path,
    *,
    retrieved: datetime,
    files: Mapping[str, bytes],
    raw: Mapping[str, tuple[bytes | None, StoredFile]],
    digest: str,
    notes: Sequence[str],
) -> Vintage:
    """Add a vintage, whole or not at all. The caller holds the store's lock.

    Parameters
    ----------
    store : the data folder
    retrieved : when it was fetched, in UTC
    files : the data set compiled from it, name -> bytes
    raw : raw file -> its bytes, or None where the vintage it says holds them already, and where it is held; a
        ``held_by`` of ``""`` is the new vintage
    digest : of the market
    notes : see ``Vintage``

    Raises
    ------
    DataError
        If it cannot be written. The store is then as it was.
    """
    found = names(store)
    number = int(found[-1].split("-")[0]) + 1 if found else 1
    name = f"{number:04d}-{retrieved.strftime(STAMP)}"
    held = {n: StoredFile(**(asdict(h) | {"held_by": h.held_by or name})) for n, (_, h) in raw.items()}
    vintage = Vintage(name, retrieved.isoformat(timespec="seconds"), digest, held, tuple(notes))
    whole = {n: c for n, c in files.items() if n != checksums.NAME}
    whole |= {f"{RAW}/{n}": c for n, (c, _) in raw.items() if c is not None}
    whole[RECORD] = (json.dumps({"format": FORMAT, **asdict(vintage)}, indent=1, allow_nan=False) + "\n").encode(
        "ascii"
    )
    whole[checksums.NAME] = checksums.text(whole).encode("ascii")
    try:
        with atomic.new_folder((store / VINTAGES / name).absolute()) as partial:
            for file, bytes_ in whole.items():
                (partial / file).parent.mkdir(parents=True, exist_ok=True)
                (partial / file).write_bytes(bytes_)
    except OSError as err:
        raise DataError(
            f"{store} cannot be written ({err.strerror}); nothing was changed there, "
            "free some space or give another folder with --data-dir"
        ) from None
    return vintage


def problems(store: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each vintage's id and a sentence for each of its files that is not what was written."""
    for name in names(store):
        vintage = store / VINTAGES / name
        said = list(checksums.problems(vintage))
        try:
            record = read(vintage)
        except DamagedData as err:
            said.append(str(err))
        else:
            # Files of its own are in its list already; those of others are what that list cannot see.
            for file, held in record.raw.items():
                if held.held_by != name and not (store / VINTAGES / held.held_by / RAW / file).is_file():
                    said.append(f"{vintage / RECORD} needs {file} of {held.held_by}, which is missing")
        yield name, said


def _vintage(name: str, document: Any) -> Vintage:
    if document["format"] != FORMAT:
        raise ValueError(f"it is of format {document['format']}, this version reads format {FORMAT}")
    if document["id"] != name:
        raise ValueError(f"it is the record of {document['id']!r:.60}")
    raw = {file: StoredFile(**facts) for file, facts in document["raw"].items()}
    for file, held in raw.items():
        plain = _RAW_NAME.fullmatch(file) and ".." not in file and _ID.fullmatch(held.held_by)
        if not plain or not _DIGEST.fullmatch(held.sha256):
            raise ValueError(f"it says of {file!r:.60} what no vintage says")
    texts = (document["retrieved"], document["digest"], *document["notes"])
    if not all(isinstance(text, str) and text.isprintable() for text in texts):
        raise ValueError("it says what is no text")
    return Vintage(name, document["retrieved"], document["digest"], raw, tuple(document["notes"]))


OURS = frozenset({*manifest.FACT_FILES, *manifest.MORE_FILES, manifest.MANIFEST, manifest.NOTICE})
"""The files of a vintage that are its data set."""


def dataset_named(ref: str, data_dir: Path) -> str | Path:
    """Return the data set that a word means: a shipped one, the store, a vintage of it, or a folder.

    Parameters
    ----------
    ref : ``bundle`` and other shipped names, ``store`` or ``latest``, a vintage's number or id, or a folder
    data_dir : the folder of fetched data
    """
    if ref in ("store", "latest"):
        return folder(data_dir)
    if ref == "bundle" or Path(ref).is_dir():
        return ref
    fits = any(name.startswith(ref) for name in names(data_dir))
    return folder(data_dir, ref) if ref.isdecimal() or fits else ref
