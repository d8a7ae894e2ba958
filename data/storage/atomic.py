"""Files and folders written whole or not at all: a temporary name beside the target, fsync, rename.

What is written has the permissions that the user's umask leaves. Errors name the file they are about.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PARTIAL = ".partial-"


def write_file(path: Path, content: bytes) -> None:
    """Replace a file's content; a reader, or a kill at any moment, sees the old bytes or the new ones."""
    with _about(path):
        _make_parent(path)
        partial, handle = _new_file(path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes ``path`` when the block ends well, and vanishes when it does not.

    What stood at ``path`` before is replaced only then; where the block is killed, a hidden ``.partial-`` folder
    that nobody reads is all that is left, and the next writer in the same place removes it.
    """
    with _about(path):
        _make_parent(path)
        _sweep(path.parent)
        partial, owner = _owned(path.parent)
        try:
            yield partial
            for file in partial.rglob("*"):
                if file.is_file():
                    _sync(file)
            _rename(partial, path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            if owner is not None:
                os.close(owner)


def _make_parent(path: Path) -> None:
    """Make the folder that a path is to lie in; a link that leads nowhere is named as one."""
    for folder in (path.parent, *path.parent.parents):
        if folder.is_symlink() and not folder.exists():
            raise FileNotFoundError(
                errno.ENOENT, "a link that leads nowhere; make its target, or name another", str(folder)
            )
    path.parent.mkdir(parents=True, exist_ok=True)


@contextmanager
def _about(path: Path) -> Iterator[None]:
    """Name the path in an error of the system that names none, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise type(error)(error.errno, error.strerror, str(path)) from error


def _new_file(parent: Path) -> tuple[Path, int]:
    """Make a hidden file of a new name, with the permissions that the umask leaves."""
    while True:
        path = parent / f"{_PARTIAL}{secrets.token_hex(8)}"
        try:
            return path, os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
        except FileExistsError:
            continue


def _new_partial(parent: Path) -> Path:
    """Make a hidden folder of a new name, with the permissions that the umask leaves."""
    while True:
        path = parent / f"{_PARTIAL}{secrets.token_hex(8)}"
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path


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
        aside = _new_partial(path.parent) / "old"
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
        partial = _new_partial(parent)
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
