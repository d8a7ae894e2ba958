"""One writer at a time: a lock on a file that dies with the process that holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fedcycle.data.errors import DataError

NAME = "lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder while the block runs.

    The file stays, the lock does not: the system gives it back when its holder ends, however it ends.

    Raises
    ------
    DataError
        If another process holds it, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as err:
        raise DataError(f"{folder} cannot be written ({err.strerror}); give another folder with --data-dir") from None
    try:
        if not _locked(handle):
            raise DataError(
                f"another fedcycle is writing to {folder}; nothing was changed, run the command again when it is done"
            )
        yield
    finally:
        os.close(handle)  # which gives the lock back


def _locked(handle: int) -> bool:
    """Take the lock and return True, or return False where another holds it."""
    try:
        import fcntl
    except ImportError:  # Windows
        return _locked_on_windows(handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _locked_on_windows(handle: int) -> bool:
    from importlib import import_module

    windows = import_module("msvcrt")
    try:
        windows.locking(handle, windows.LK_NBLCK, 1)
    except OSError:
        return False
    return True
