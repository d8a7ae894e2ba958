"""What a user's code prints goes to stderr: stdout has our answer and nothing else."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class _Turned:
    """Stdout turned to stderr for as long as any thread asks for it: the first turns it, the last turns it back."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.stdout: Any = None

    def __enter__(self) -> None:
        with self.lock:
            if not self.users:
                self.stdout, sys.stdout = sys.stdout, sys.stderr
            self.users += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.users -= 1
            if not self.users:
                sys.stdout, self.stdout = self.stdout, None


_TURNED = _Turned()


def stdout_to_stderr(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Return a function that runs with stdout turned to stderr, for whatever calls a rule or reads its file."""

    @functools.wraps(function)
    def turned(*args: _P.args, **more: _P.kwargs) -> _T:
        with _TURNED:
            return function(*args, **more)

    return turned
