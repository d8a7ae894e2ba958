"""What was read or worked out before: tables by the digest of their text, and documents by that of all they rest on.

A cache is never trusted over the text it was made from: a file is used only if it is sealed with this user's own key,
is whole, and was made from this very text; else the text is read again. It is used only where somebody says in which
folder, which may be read-only, missing, or shared with other processes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import mmap
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from fedcycle.data.storage import atomic
from fedcycle.data.typing import Days, Float64

Grid: TypeAlias = tuple[tuple[str, ...], Days, Float64]
"""Names, days (T,) and numbers (T, N) of a table by day."""

FORMAT = 2
KEY = "key"
"""The file with the key that entries are sealed with: only its owner can read it."""
_KEY_BYTES = 32
_DIGEST = 64
"""Hexadecimal digits of the seal with which a file begins: HMAC-SHA-256 of all that follows."""
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


def cache_dir() -> Path | None:
    """Return the folder that tables are kept in now, or None where nobody said one."""
    return _folder.get()


def keep_in(folder: Path | None) -> None:
    """Keep tables in a folder from now on: what a process that works for another is told at its start."""
    _folder.set(folder)


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
    file, sealed_with = folder / f"{key}.grid", _own_key(folder)
    if sealed_with is None:
        return parse()
    found = _read(file, key, sealed_with)
    if found is None:
        found = parse()
        # A folder that cannot be written costs the next command some milliseconds and nobody a result.
        with suppress(OSError):
            atomic.write_file(file, _packed(found, key, sealed_with))
    return found


def document(key: str, make: Callable[[], Any], *, on_reuse: Callable[[], object] | None = None) -> Any:
    """Return a JSON document, from the cache if it is there whole, else as ``make`` works it out.

    Parameters
    ----------
    key : digest of everything that could change the document, hexadecimal
    make : works it out; raises what it raises
    on_reuse : is called where the document comes from the cache, so that it can be said
    """
    if _folder.get() is None:
        return make()
    body = kept(f"{key}.json")
    if body is None:
        body = json.dumps(make(), allow_nan=False).encode()
        keep(f"{key}.json", body)
    elif on_reuse is not None:
        on_reuse()
    return json.loads(body)


def kept(name: str) -> bytes | None:
    """Return what ``keep`` was given under a name, or None unless it is there whole."""
    folder = _folder.get()
    sealed_with = None if folder is None else _own_key(folder)
    if folder is None or sealed_with is None:
        return None
    with suppress(OSError):
        content = (folder / name).read_bytes()
        seal, body = content[:_DIGEST], content[_DIGEST:]
        if hmac.compare_digest(_seal([name.encode(), body], sealed_with), seal):
            return body
    return None


def keep(name: str, content: bytes) -> None:
    """Keep bytes under a name that says all they rest on; nothing is kept where there is no folder to write in."""
    folder = _folder.get()
    sealed_with = None if folder is None else _own_key(folder)
    if folder is not None and sealed_with is not None:
        with suppress(OSError):
            atomic.write_file(folder / name, _seal([name.encode(), content], sealed_with) + content)


def _own_key(folder: Path) -> bytes | None:
    """Return this user's key, made where there is none; None where there is one that others can read or wrote."""
    file = folder / KEY
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as opened:
            opened.write(secrets.token_bytes(_KEY_BYTES))
    try:
        with file.open("rb") as opened:
            found, state = opened.read(_KEY_BYTES + 1), os.fstat(opened.fileno())
    except OSError:
        return None
    ours = not hasattr(os, "getuid") or (state.st_uid == os.getuid() and not state.st_mode & 0o077)
    return found if ours and len(found) == _KEY_BYTES else None


def _seal(parts: Iterable[bytes | memoryview], sealed_with: bytes) -> bytes:
    sealed = hmac.new(sealed_with, digestmod=hashlib.sha256)
    for part in parts:
        sealed.update(part)
    return sealed.hexdigest().encode()


def _packed(table: Grid, key: str, sealed_with: bytes) -> bytes:
    names, dates, values = table
    head = json.dumps({"format": FORMAT, "source": key, "names": names, "rows": len(dates)}).encode()
    # Spaces up to a round number, so that the arrays lie as a processor likes them.
    head += b" " * (-(len(head) + 1 + _DIGEST) % _ALIGNED) + b"\n"
    # The numbers of thousands of stocks are some hundred megabytes: they are copied once, into the file's bytes.
    numbers = np.ascontiguousarray(values, dtype="<f8").reshape(-1)
    parts: tuple[bytes | memoryview, ...] = (head, dates.astype("<i8").tobytes(), numbers.view(np.uint8).data)
    return b"".join((_seal(parts, sealed_with), *parts))


def _read(file: Path, key: str, sealed_with: bytes) -> Grid | None:
    """Return what a file holds, or None unless it is whole and of this source."""
    try:
        with file.open("rb") as opened:
            mapped = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):  # it is not there, may not be read, or is empty
        return None
    body = mapped[_DIGEST:]
    if not hmac.compare_digest(_seal([body], sealed_with), bytes(mapped[:_DIGEST])):
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
