"""One writer at a time: a lock on a file that dies with the process that holds it."""

from __future__ import annotations

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
    from filelock import FileLock, Timeout  # only who writes needs it

    lock = FileLock(folder / NAME)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise DataError(
            f"another fedcycle is writing to {folder}; nothing was changed, run the command again when it is done"
        ) from None
    except OSError as err:
        raise DataError(f"{folder} cannot be written ({err.strerror}); give another folder with --data-dir") from None
    try:
        yield
    finally:
        lock.release()
