"""The files that a user's code opens while it is loaded and while it runs, with the digest of what it read.

Python reports every file that is opened through it. A file counts where the user's own code stands on the call stack;
Python's own library, installed distributions and the system's time zones do not. What a file held is read as it is
opened, so that a file that changes afterwards is a changed input.
"""

from __future__ import annotations

import hashlib
import os
import site
import sys
import sysconfig
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from types import FrameType
from typing import Any

MOST_BYTES = 64_000_000
"""A file up to this size is copied into the stored run."""
_LOADERS = ("importlib._bootstrap", "importlib._bootstrap_external", "linecache", "warnings", "logging", "zipimport")
_RUNNERS = ("fedcycle.backtests.workflows.study",)
"""Who runs a rule: what called them, such as the notebook's cell that the rule is written in, is not the rule."""
_SYSTEM = ("/usr/share/zoneinfo", "/etc/localtime", "/dev/null", "/proc/", "/sys/")
_OUTSIDE = {
    "socket.connect": "talks to the network",
    "socket.getaddrinfo": "talks to the network",
    "subprocess.Popen": "starts another program",
    "os.system": "starts another program",
    "os.posix_spawn": "starts another program",
    "os.exec": "starts another program",
    "sqlite3.connect": "opens a database",
    "os.listdir": "lists a folder",
    "os.scandir": "lists a folder",
    "glob.glob": "lists a folder",
    "ctypes.dlopen": "loads a compiled library",
}


@dataclass(eq=False)
class Opened:
    """What user code opened.

    Parameters
    ----------
    read : absolute path -> bytes as read, or None where there was no such file
    unknown : reasons why what it depends on cannot be known
    """

    read: dict[Path, bytes | None] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    written: set[Path] = field(default_factory=set)

    def unchanged(self) -> bool:
        """Return whether every file still holds what was read."""
        return all(_content(path) == before for path, before in self.read.items())

    def named(self, folders: Sequence[Path]) -> dict[str, bytes | None]:
        """Return the files by name: relative to a folder or the working directory where below one, else absolute."""
        return {_name(path, folders): content for path, content in self.read.items()}


def _name(path: Path, folders: Sequence[Path]) -> str:
    for base in (*folders, Path.cwd()):
        for one in (base, base.resolve()):
            if path.is_relative_to(one):
                return path.relative_to(one).as_posix()
    return path.as_posix()


RESERVED = (
    "config.yaml",
    "ledger.parquet",
    "trades.parquet",
    "targets.parquet",
    "statistics.json",
    "provenance.json",
    "tearsheet.html",
)
"""Names that a stored run gives to files of its own."""


def is_kept(name: str) -> bool:
    """Return whether a file of this name can be kept in a stored run's folder, at the same place beside the rule."""
    path = PurePosixPath(name)
    plain = not path.is_absolute() and all(not part.startswith(".") for part in path.parts)
    return plain and bool(name) and name not in RESERVED


def digest(content: bytes | None) -> str | None:
    """Return ``sha256:`` and the digest of a file's content; None for a file that is not there."""
    return None if content is None else "sha256:" + hashlib.sha256(content).hexdigest()


def changed(inputs: Mapping[str, str | None], folders: Sequence[Path]) -> list[str]:
    """Return the names of files that are not what they were, looked for from folders and the working directory.

    Where a name is in several of them, all must be what was read: which one the code takes is not known before it runs.
    """
    found = []
    for name, before in inputs.items():
        places = [Path(name)] if Path(name).is_absolute() else [folder / name for folder in (*folders, Path.cwd())]
        now = {digest(content) for place in places if (content := _content(place)) is not None}
        if now != ({before} if before is not None else set()):
            found.append(name)
    return found


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


_WATCHING: dict[int, list[_Watching]] = {}
"""Thread -> who watches it; an audit hook can be set once and never taken back, so it looks here."""


@dataclass(eq=False)
class _Watching:
    files: frozenset[str]
    opened: Opened
    busy: bool = False


@contextmanager
def watched(files: Sequence[Path], opened: Opened) -> Iterator[Opened]:
    """Note in ``opened`` what this thread opens while code of one of some files is on the call stack."""
    _set_hook()
    mine = _Watching(frozenset(map(str, files)), opened)
    stack = _WATCHING.setdefault(threading.get_ident(), [])
    stack.append(mine)
    try:
        yield opened
    finally:
        stack.remove(mine)
        if not stack:
            del _WATCHING[threading.get_ident()]


@cache
def _set_hook() -> None:
    sys.addaudithook(_on_event)


def _on_event(event: str, args: tuple[Any, ...]) -> None:
    if not _WATCHING or (event != "open" and event not in _OUTSIDE):
        return
    stack = _WATCHING.get(threading.get_ident())
    if not stack or stack[-1].busy:
        return
    mine = stack[-1]
    mine.busy = True
    try:
        if _is_users(sys._getframe(1), mine.files):
            if event == "open":
                _note_open(mine.opened, *args[:3])
            else:
                mine.opened.unknown[f"{_OUTSIDE[event]} ({event}{_shown(args)})"] = None
    finally:
        mine.busy = False


def _shown(args: tuple[Any, ...]) -> str:
    return f" {args[0]}" if args and isinstance(args[0], str) and len(args[0]) < 100 else ""


def _is_users(frame: FrameType | None, files: frozenset[str]) -> bool:
    """Return whether a file of the user's is what asked, and no import or traceback between."""
    while frame is not None:
        if frame.f_globals.get("__name__") in (*_LOADERS, *_RUNNERS):
            return False
        if frame.f_code.co_filename in files:
            return True
        frame = frame.f_back
    return False


def _note_open(opened: Opened, path: Any, mode: Any = None, flags: Any = 0) -> None:
    if not isinstance(path, (str, bytes, os.PathLike)):
        return
    file = Path(os.fsdecode(path)).absolute()
    file = Path(os.path.normpath(file))
    if str(file).startswith(_SYSTEM) or is_installed(file):
        return
    if str(file) in ("/dev/urandom", "/dev/random"):
        opened.unknown["draws random numbers without a seed"] = None
        return
    writes = any(c in mode for c in "wxa") if isinstance(mode, str) else bool(flags & os.O_WRONLY)
    if writes:
        opened.written.add(file)
    elif file not in opened.read and file not in opened.written and not file.is_dir():
        opened.read[file] = _content(file)


@cache
def site_folders() -> tuple[Path, ...]:
    """Return where distributions are installed."""
    paths = sysconfig.get_paths()
    found = [paths["purelib"], paths["platlib"], *site.getsitepackages(), site.getusersitepackages()]
    return tuple(dict.fromkeys(Path(folder).resolve() for folder in found))


@cache
def standard_folders() -> tuple[Path, ...]:
    """Return where Python's own library lies."""
    paths = sysconfig.get_paths()
    return tuple(dict.fromkeys(Path(paths[key]).resolve() for key in ("stdlib", "platstdlib")))


def is_installed(file: Path) -> bool:
    """Return whether a file lies where Python's own library or installed distributions do."""
    real = file.resolve()
    return any(real.is_relative_to(folder) for folder in (*site_folders(), *standard_folders()))
