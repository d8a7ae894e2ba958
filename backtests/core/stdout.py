"""What a user's code prints goes to stderr: stdout has our answer and nothing else."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


def stdout_to_stderr(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Return a function that runs with stdout turned to stderr, for whatever calls a rule or reads its file."""

    @functools.wraps(function)
    def turned(*args: _P.args, **more: _P.kwargs) -> _T:
        with contextlib.redirect_stdout(sys.stderr):
            return function(*args, **more)

    return turned
