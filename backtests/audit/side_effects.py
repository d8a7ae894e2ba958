"""What a rule touches while it is asked: files, the clock, chance, the environment. Observes; changes nothing.

Two of the interpreter's own means are used together. Its profile hook sees every call of a function, by whatever name a
rule kept it; its audit hook sees files opened deep inside libraries. Imports, logging and warnings are no business of
this watch: they open files and ask the time, and no answer depends on it. But what a user's own module does while it is
imported is the rule's doing.
"""

from __future__ import annotations

import _thread
import builtins
import datetime as dt
import gc
import io
import os
import queue
import random
import secrets
import sys
import sysconfig
import threading
import time
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FrameType, FunctionType, TracebackType
from typing import Any, Self

from fedcycle import backtests, data, strategies

try:
    import _posixsubprocess
except ImportError:  # not a POSIX system
    _posixsubprocess = None  # type: ignore[assignment]

FILE, CLOCK, CHANCE, ENVIRONMENT, OUTSIDE, UNWATCHED, THREAD = (
    "reads a file",
    "asks the clock",
    "throws dice",
    "reads the environment",
    "talks to the outside",
    "takes the audit's watch off",
    "hands work to a thread that cannot be watched",
)
_LOADER = "fedcycle.backtests.audit.handing_over"
_NOT_THE_RULE = ("importlib._bootstrap", "logging", "warnings", "_strptime", _LOADER)
"""Modules whose own doing is nobody's answer. ``importlib._bootstrap_external`` is not among them: it reads files for
whoever calls it, and an import comes to it through ``importlib._bootstrap``."""
_FEDCYCLE = tuple(str(Path(str(package.__file__)).parent) + os.sep for package in (data, strategies, backtests))
_PLACES = (
    *map(sysconfig.get_paths().get, ("stdlib", "platstdlib", "purelib", "platlib")),
    *(folder for folder in sys.path if folder.endswith(("site-packages", "dist-packages"))),
)
_LIBRARIES = tuple(
    dict.fromkeys(
        name + os.sep for folder in _PLACES if folder is not None for name in (folder, str(Path(folder).resolve()))
    )
)
_NO_FILE = "<"
"""How the file name of code begins that was never in a file: what dataclasses make, frozen modules."""
_HARMLESS = frozenset({"strptime", "struct_time"})
_EVENTS = {
    "open": FILE,
    "os.listdir": FILE,
    "os.scandir": FILE,
    "glob.glob": FILE,
    "mmap.__new__": FILE,
    "sqlite3.connect": FILE,
    "os.fork": OUTSIDE,
    "os.forkpty": OUTSIDE,
    "subprocess.Popen": OUTSIDE,
    "os.system": OUTSIDE,
    "os.posix_spawn": OUTSIDE,
    "os.exec": OUTSIDE,
    "socket.connect": OUTSIDE,
    "socket.getaddrinfo": OUTSIDE,
    "urllib.Request": OUTSIDE,
    "ctypes.dlopen": OUTSIDE,
}
_FILE_CALLS = ("open", "stat", "lstat", "access", "listdir", "scandir", "read", "readlink", "getcwd")
_OS_CALLS = {
    **{id(getattr(os, name)): FILE for name in _FILE_CALLS if hasattr(os, name)},
    **{id(getattr(os, n)): CHANCE for n in ("urandom", "getrandom") if hasattr(os, n)},
    **{id(getattr(os, n)): ENVIRONMENT for n in ("getpid", "getlogin", "uname", "cpu_count") if hasattr(os, n)},
    **{id(getattr(os, n)): CLOCK for n in ("times",) if hasattr(os, n)},
    id(builtins.open): FILE,
    id(io.open_code): FILE,
    id(builtins.input): OUTSIDE,
    **{id(f): OUTSIDE for f in (getattr(_posixsubprocess, "fork_exec", None),) if f is not None},
}
_TAKES_OFF = frozenset({id(sys.setprofile), id(sys.settrace)})
_THREADS = ("threading", "queue", "concurrent.futures")
"""Modules that ask the clock how long they have waited."""
_STARTS = frozenset(
    id(getattr(_thread, n)) for n in ("start_new_thread", "start_joinable_thread") if hasattr(_thread, n)
)
# random.random is a method of the module's one hidden generator, which whoever seeded last has set.
_SHARED = random.random.__self__  # type: ignore[attr-defined]
_ENVIRON = frozenset(
    getattr(type(os.environ), name).__code__
    for name in ("__getitem__", "__iter__", "__len__")
    if hasattr(os, "environ")
)

_WAITS = frozenset(f.__code__ for f in (threading.Condition.wait, threading.Condition.notify))
"""What queues, events and futures call to have another thread do something."""

_WATCHING: list[SideEffectMonitor] = []
"""The watches that are on: an audit hook can be set once and never taken back, so it looks here."""


class SideEffectMonitor:
    """While it is on, notes what its thread touches that a rule must not: ``touched`` holds (what, which).

    Threads that its thread starts are watched with it. ``handed_over`` holds what was handed to a thread that was there
    before, whose doing this watch does not see. Garbage is not collected meanwhile: what others left behind may close
    files and remove folders as it goes.

    Parameters
    ----------
    everybody : watch every thread of the process; for a process that has nothing else to do
    packages : top-level packages of rules that are installed among the libraries: their doing is the rule's
    """

    def __init__(self, *, everybody: bool = False, packages: Collection[str] = ()) -> None:
        self.touched: list[tuple[str, str]] = []
        self.handed_over: list[tuple[str, str]] = []
        self._before: Any = None
        self._before_in_threads: Any = None
        self._collected = gc.isenabled()
        self._everybody, self._packages = everybody, packages
        self._started: list[threading.Thread] = []
        self.thread = threading.get_ident()

    def __enter__(self) -> Self:
        """Begin."""
        _set_hook()
        self._collected, self.thread = gc.isenabled(), threading.get_ident()
        gc.disable()
        self._before, self._before_in_threads = sys.getprofile(), threading.getprofile()
        _WATCHING.append(self)
        if self._is_free:
            threading.setprofile(self._called_in_thread)
            sys.setprofile(self._called)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End, and leave the interpreter as it was."""
        if self._is_free:
            sys.setprofile(self._before)
            threading.setprofile(self._before_in_threads)
        _WATCHING.remove(self)
        if self._collected:
            gc.enable()

    @property
    def _is_free(self) -> bool:
        """Return whether the hook can be taken and given back; a profiler written in C keeps it, as cProfile does."""
        return self._before is None or callable(self._before)

    def is_of(self, thread: int) -> bool:
        """Return whether what a thread does is this watch's business."""
        return self._everybody or thread == self.thread or any(t.ident == thread for t in self._started)

    def note(self, what: str, which: str, frame: FrameType | None) -> None:
        """Note what was touched, unless an import, a log or a warning did it on its own account."""
        while frame is not None and not self._is_rules(frame.f_code.co_filename, frame.f_globals):
            module = frame.f_globals.get("__name__")
            # Source lines are looked up for tracebacks and warnings.
            if module in _NOT_THE_RULE or (module == "linecache" and which.rstrip("'\"").endswith(".py")):
                return
            if what == CLOCK and str(module).startswith(_THREADS):
                return
            frame = frame.f_back
        found = self.handed_over if what == THREAD else self.touched
        if (what, which) not in found:
            found.append((what, which))

    def _is_rules(self, file: str, names: dict[str, Any]) -> bool:
        """Return whether code is the user's own: no library's, not ours, not made up by one of them."""
        if file.startswith(_NO_FILE):  # what a dataclass makes belongs to the module of the class
            file = str(names.get("__file__") or _NO_FILE)
        if file.startswith((_NO_FILE, *_FEDCYCLE)):
            return False
        if file.startswith(_LIBRARIES):
            return str(names.get("__name__")).split(".")[0] in self._packages
        return True

    def _called(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call":
            if id(arg) in _STARTS:
                self._starts(frame)
            if id(arg) in _TAKES_OFF and frame.f_globals is not globals():
                self.note(UNWATCHED, f"sys.{arg.__name__}", frame)
            found = _builtin(arg)
        elif event == "call":
            found = _python(frame)
        else:
            return
        if found is not None and not (self._everybody and found[0] == THREAD):
            self.note(*found, frame.f_back if event == "call" else frame)

    def _starts(self, frame: FrameType) -> None:
        """Take a thread that is about to start under watch; one without an object of its own is let go, and noted."""
        thread = frame.f_locals.get("self")
        if isinstance(thread, threading.Thread):
            self._started.append(thread)
        elif not self._everybody:
            self.note(THREAD, "_thread.start_new_thread", frame)

    def _called_in_thread(self, frame: FrameType, event: str, arg: Any) -> None:
        if self.is_of(threading.get_ident()):
            self._called(frame, event, arg)


def _builtin(function: Any) -> tuple[str, str] | None:
    """Return what a function written in C touches, or None."""
    what = _OS_CALLS.get(id(function))
    name = str(getattr(function, "__name__", ""))
    if what is not None:
        return what, f"{function.__module__}.{name}"
    owner = getattr(function, "__self__", None)
    if owner is time:
        return None if name in _HARMLESS else (CLOCK, f"time.{name}")
    if name in {"now", "today", "utcnow"} and isinstance(owner, type) and issubclass(owner, dt.date):
        return CLOCK, f"{owner.__name__}.{name}"
    if owner is _SHARED:
        return CHANCE, f"random.{name}"
    return (THREAD, f"queue.SimpleQueue.{name}") if isinstance(owner, queue.SimpleQueue) else None


def _python(frame: FrameType) -> tuple[str, str] | None:
    """Return what a function written in Python touches, or None."""
    code = frame.f_code
    if code in _ENVIRON:
        return ENVIRONMENT, "os.environ"
    if code in _WAITS:
        return THREAD, f"threading.Condition.{code.co_name}"
    module = frame.f_globals.get("__name__")
    if module == random.__name__:
        owner = frame.f_locals.get("self")
        return (
            (CHANCE, f"random.{code.co_name}") if owner is _SHARED or isinstance(owner, random.SystemRandom) else None
        )
    return (CHANCE, f"secrets.{code.co_name}") if module == secrets.__name__ else None


@cache
def _set_hook() -> None:
    sys.addaudithook(_on_event)


def _on_event(event: str, args: tuple[Any, ...]) -> None:
    if _WATCHING and event in _EVENTS:
        thread = threading.get_ident()
        own = next((watch for watch in reversed(_WATCHING) if watch.is_of(thread)), None)
        if own is not None:
            which = repr(args[0])[:200] if args and isinstance(args[0], (str, bytes, os.PathLike)) else event
            own.note(_EVENTS[event], which, sys._getframe(1))


def asks_numpy_for_the_time(kind: type[Any]) -> bool:
    """Return whether a class's functions write ``np.datetime64("now")``, a constructor that no hook sees called."""
    return any(
        "datetime64" in code.co_names and {"now", "today"} & {c for c in code.co_consts if isinstance(c, str)}
        for code in _codes(kind)
    )


def _codes(kind: type[Any]) -> Iterator[CodeType]:
    """Yield the code of a class's own functions, of functions of its module that they name, and of what is nested."""
    for base in kind.__mro__:
        module = sys.modules.get(base.__module__)
        beside = {name: f for name, f in vars(module).items() if isinstance(f, FunctionType)} if module else {}
        waiting = [f.__code__ for f in vars(base).values() if isinstance(f, FunctionType)]
        seen: set[CodeType] = set()
        while waiting:
            code = waiting.pop()
            if code not in seen:
                seen.add(code)
                yield code
                waiting += [c for c in code.co_consts if isinstance(c, CodeType)]
                waiting += [beside[name].__code__ for name in code.co_names if name in beside]
