"""Zip archives from outside: opened only after their table of contents was found plausible, and read as streams."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fedcycle.data.errors import DataError

LARGEST = 8 * 2**30
"""Bytes that a member may have unpacked: the largest table of the SEC's has about a tenth."""
MOST_RATIO = 200
"""Unpacked over packed bytes: the SEC's tables come to about 7, JSON to about 20, a bomb to 1,000."""
SMALL = 2**24
"""Bytes below which a ratio says nothing."""
AGAIN = "get the file again from its publisher"


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Yield an archive whose members are all of a plausible size.

    Raises
    ------
    DataError
        If it is no whole zip file, or unpacks to far more than it could hold: nothing is unpacked then.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                check(path, member)
            yield archive
    except FileNotFoundError:
        raise DataError(f"{path} does not exist; name a zip file") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as err:
        head = _head(path)
        if head.lstrip()[:1] == b"<":
            raise DataError(f"{path} is a web page, not a zip file; {AGAIN}") from None
        raise DataError(f"{path} is not a whole zip file ({str(err).splitlines()[0][:100]}); {AGAIN}") from None


def check(path: Path, member: zipfile.ZipInfo) -> None:
    """Raise DataError for a member that unpacks to more than is plausible."""
    size, packed = member.file_size, max(member.compress_size, 1)
    if size > LARGEST or (size > SMALL and size > MOST_RATIO * packed):
        raise DataError(
            f"{path}: {member.filename[:60]!r} would unpack from {packed:,} to {size:,} bytes, more than any such file "
            f"(at most {MOST_RATIO} times, and {LARGEST:,}); nothing was unpacked; {AGAIN}"
        )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(200)
    except OSError:
        return b""
