"""What a rule touches while it is asked: files, the clock, chance, the environment. Observes; changes nothing.

Two of the interpreter's own means are used together. Its profile hook sees every call of a function, by whatever name a
rule kept it; its audit hook sees files opened deep inside libraries. Imports, logging and warnings are no business of
this watch: they open files and ask the time, and no answer depends on it.
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
import threading
import time
from collections.abc import Iterator
from functools import cache
from types import CodeType, FrameType, FunctionType, TracebackType
from typing import Any, Self

FILE, CLOCK, CHANCE, ENVIRONMENT, OUTSIDE = (
    "reads a file",
    "asks the clock",
    "throws dice",
    "reads the environment",
    "talks to the outside",
)
_NOT_THE_RULE = (
    "importlib._bootstrap",
    "importlib._bootstrap_external",
    "logging",
    "warnings",
    "linecache",
    "_strptime",
)
_HARMLESS = frozenset({"strptime", "struct_time"})
_EVENTS = {
    "open": FILE,
    "os.listdir": FILE,
    "os.scandir": FILE,
    "glob.glob": FILE,
    "mmap.__new__": FILE,
    "sqlite3.connect": FILE,
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
    **{id(getattr(_thread, n)): OUTSIDE for n in ("start_new_thread", "start_joinable_thread") if hasattr(_thread, n)},
}
# random.random is a method of the module's one hidden generator, which whoever seeded last has set.
_SHARED = random.random.__self__  # type: ignore[attr-defined]
_ENVIRON = frozenset(
    getattr(type(os.environ), name).__code__
    for name in ("__getitem__", "__iter__", "__len__")
    if hasattr(os, "environ")
)

_WAITS = frozenset(f.__code__ for f in (threading.Condition.wait, threading.Condition.notify))
"""What queues, events and futures call to have another thread do something; what that does, this watch does not see."""

_WATCHING: list[SideEffectMonitor] = []
"""The watches that are on: an audit hook can be set once and never taken back, so it looks here."""


class SideEffectMonitor:
    """While it is on, notes what its thread touches that a rule must not: ``touched`` holds (what, which).

    Garbage is not collected meanwhile: what others left behind may close files and remove folders as it goes.
    """

    def __init__(self) -> None:
        self.touched: list[tuple[str, str]] = []
        self._before: Any = None
        self._collected = gc.isenabled()
        self.thread = threading.get_ident()

    def __enter__(self) -> Self:
        """Begin."""
        _set_hook()
        self._collected, self.thread = gc.isenabled(), threading.get_ident()
        gc.disable()
        self._before = sys.getprofile()
        _WATCHING.append(self)
        if self._is_free:
            sys.setprofile(self._called)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End, and leave the interpreter as it was."""
        if self._is_free:
            sys.setprofile(self._before)
        _WATCHING.remove(self)
        if self._collected:
            gc.enable()

    @property
    def _is_free(self) -> bool:
        """Return whether the hook can be taken and given back; a profiler written in C keeps it, as cProfile does."""
        return self._before is None or callable(self._before)

    def note(self, what: str, which: str, frame: FrameType | None) -> None:
        """Note what was touched, unless an import, a log or a warning did it."""
        while frame is not None:
            if frame.f_globals.get("__name__") in _NOT_THE_RULE:
                return
            frame = frame.f_back
        if (what, which) not in self.touched:
            self.touched.append((what, which))

    def _called(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call":
            found = _builtin(arg)
        elif event == "call":
            found = _python(frame)
        else:
            return
        if found is not None:
            self.note(*found, frame.f_back if event == "call" else frame)


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
    return (OUTSIDE, f"queue.SimpleQueue.{name}") if isinstance(owner, queue.SimpleQueue) else None


def _python(frame: FrameType) -> tuple[str, str] | None:
    """Return what a function written in Python touches, or None."""
    code = frame.f_code
    if code in _ENVIRON:
        return ENVIRONMENT, "os.environ"
    if code in _WAITS:
        return OUTSIDE, f"threading.Condition.{code.co_name}"
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
        own = next((watch for watch in reversed(_WATCHING) if watch.thread == threading.get_ident()), None)
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
