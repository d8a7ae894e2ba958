"""Tables that were read before, as memory-mapped arrays keyed by the digest of the text they were read from.

A cache is never trusted: a file is used only if its own digest and that of its source fit, and is else made again. It
is used only where somebody says in which folder, which may be read-only, missing, or shared with other processes.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TypeAlias

import numpy as np

from fedcycle.data import atomic
from fedcycle.data.typing import Days, Float64

Grid: TypeAlias = tuple[tuple[str, ...], Days, Float64]
"""Names, days (T,) and numbers (T, N) of a table by day."""

FORMAT = 1
_DIGEST = 64
"""Hexadecimal digits of a SHA-256 digest, with which a file begins."""
_ALIGNED = 64
_LONGEST = 1 << 20
"""Bytes that the names at the head of a file may take."""

_folder: ContextVar[Path | None] = ContextVar("folder of cached tables", default=None)


@contextmanager
def use_cache_dir(folder: Path) -> Iterator[None]:
    """Keep tables in a folder for as long as the block lasts."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def grid(content: bytes, parse: Callable[[], Grid]) -> Grid:
    """Return the table of a text, from the cache if it is there whole, else as ``parse`` reads it.

    Parameters
    ----------
    content : the text, whose digest is the key
    parse : reads it; raises what it raises

    Returns
    -------
    names, days (T,), numbers (T, N)
        Read-only where they come from the cache.
    """
    folder = _folder.get()
    if folder is None:
        return parse()
    key = hashlib.sha256(content).hexdigest()
    file = folder / f"{key}.grid"
    found = _read(file, key)
    if found is None:
        found = parse()
        # A folder that cannot be written costs the next command some milliseconds and nobody a result.
        with suppress(OSError):
            atomic.write_file(file, _packed(found, key))
    return found


def _packed(table: Grid, key: str) -> bytes:
    names, dates, values = table
    head = json.dumps({"format": FORMAT, "source": key, "names": names, "rows": len(dates)}).encode()
    # Spaces up to a round number, so that the arrays lie as a processor likes them.
    head += b" " * (-(len(head) + 1 + _DIGEST) % _ALIGNED) + b"\n"
    body = head + dates.astype("<i8").tobytes() + np.ascontiguousarray(values, dtype="<f8").tobytes()
    return hashlib.sha256(body).hexdigest().encode() + body


def _read(file: Path, key: str) -> Grid | None:
    """Return what a file holds, or None unless it is whole and of this source."""
    try:
        with file.open("rb") as opened:
            mapped = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):  # it is not there, may not be read, or is empty
        return None
    body = mapped[_DIGEST:]
    if hashlib.sha256(body).hexdigest().encode() != bytes(mapped[:_DIGEST]):
        return None
    # Whole and from here on as written: what the digest vouches for needs no second look.
    end = bytes(body[:_LONGEST]).index(b"\n") + 1
    head = json.loads(bytes(body[:end]))
    if (head["format"], head["source"]) != (FORMAT, key):
        return None
    rows, names = head["rows"], tuple(head["names"])
    dates = np.frombuffer(body, "<i8", rows, end).view("datetime64[D]")
    values = np.frombuffer(body, "<f8", rows * len(names), end + 8 * rows).reshape(rows, len(names))
    return names, dates, values
