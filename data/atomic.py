"""Files and folders written whole or not at all: a temporary name beside the target, fsync, rename."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PARTIAL = ".partial-"


def write_file(path: Path, content: bytes) -> None:
    """Replace a file's content; a reader, or a kill at any moment, sees the old bytes or the new ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=_PARTIAL, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes ``path`` when the block ends well, and vanishes when it does not.

    What stood at ``path`` before is replaced only then; where the block is killed, a hidden ``.partial-`` folder
    that nobody reads is all that is left, and the next writer in the same place removes it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    partial, owner = _owned(path.parent)
    try:
        yield partial
        for file in partial.rglob("*"):
            if file.is_file():
                _sync(file)
        partial.chmod(0o755)
        _rename(partial, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if owner is not None:
            os.close(owner)


def _rename(partial: Path, path: Path) -> None:
    """Put a finished folder in its place; what stood there is then in the partial folder, or gone."""
    try:
        partial.rename(path)  # an empty folder in the place is replaced
    except OSError:
        # Asked only now: asking before would leave a moment for another process to put its folder there.
        if not path.is_dir():
            raise
    else:
        return
    if not _exchanged(partial, path):
        # Killed between these two renames, the old folder is left aside under its hidden name.
        aside = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=path.parent)) / "old"
        path.rename(aside)
        try:
            partial.rename(path)
        except OSError:
            aside.rename(path)
            raise
        shutil.rmtree(aside.parent, ignore_errors=True)


def _exchanged(a: Path, b: Path) -> bool:
    """Exchange two folders in one step, which no kill can split; return False where the system has no such step."""
    if sys.platform != "linux":
        return False
    import ctypes

    try:
        renameat2 = ctypes.CDLL(None).renameat2
    except AttributeError:  # a C library without it
        return False
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return bool(renameat2(here, os.fsencode(a), here, os.fsencode(b), exchange) == 0)


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def _owned(parent: Path) -> tuple[Path, int | None]:
    """Make a partial folder that is this process's own; one that another process swept before the lock is made anew."""
    while True:
        partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=parent))
        try:
            owner = _own(partial)
        except (BlockingIOError, FileNotFoundError):
            continue
        if partial.is_dir():
            return partial, owner
        if owner is not None:
            os.close(owner)


def _own(folder: Path) -> int | None:
    """Hold a lock on a folder for as long as this process lives, where the platform has such locks."""
    try:
        import fcntl
    except ImportError:  # not a POSIX system: partial folders of killed processes stay until removed by hand
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    return handle


def _sweep(parent: Path) -> None:
    """Remove what killed processes left: partial folders that nobody holds."""
    try:
        import fcntl
    except ImportError:
        return
    for folder in parent.glob(f"{_PARTIAL}*"):
        if not folder.is_dir():
            continue
        try:
            handle = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue  # another process swept it first
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)
