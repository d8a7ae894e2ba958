"""Bounds on what is read from outside: no device, no pipe, no more bytes than said, no archive that unpacks to more."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

from fedcycle.data.errors import DataError


def read_bounded(path: Path, largest: int) -> bytes:
    """Return the bytes of a file, looking at what it is before it is opened.

    Raises
    ------
    DataError
        If it is a folder, a device or a pipe, which need not end, or has more bytes than ``largest``.
    OSError
        If it cannot be read.
    """
    state = path.stat()
    if not stat.S_ISREG(state.st_mode):
        raise DataError(
            f"{path} is no file but a folder, a device or a pipe; write what it holds to a file, and name that"
        )
    if state.st_size > largest:
        raise DataError(f"{path} has {state.st_size} bytes, at most {largest} are read; split it")
    with path.open("rb") as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise DataError(f"{path} has more than {largest} bytes, which is the most that is read; split it")
    return content


def zip_fault(content: bytes, largest: int) -> str:
    """Return what is wrong with an archive before anybody unpacks it, or nothing.

    The sizes are those of its directory, which whoever unpacks it goes by. Bytes that are no whole archive pass, as
    nobody can unpack them.
    """
    if not content.startswith(b"PK"):
        return ""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError):
        return ""  # not whole: whoever is to unpack it says so
    return f"the archive unpacks to {size} bytes, at most {largest} are believed" if size > largest else ""
