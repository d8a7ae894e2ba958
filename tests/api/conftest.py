"""One short run that the tests of the public API share, and a cell of a notebook to define rules in."""

from __future__ import annotations

import itertools
import linecache
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fedcycle as fc

SHORT = {"execution.engine": "vectorised", "period.start": "2003-01-02", "period.end": "2005-12-30"}
"""Three years with a cut and hikes, on the quick engine."""
RULE = '''
from dataclasses import dataclass
from fedcycle import Strategy, parameter

@dataclass(frozen=True, kw_only=True)
class HalfAndHalf(Strategy):
    """Holds a share of small caps and the rest in large."""

    share: float = parameter(0.5, unit="fraction", doc="Share of small.")

    def weights(self, view):
        return {"small": self.share, "large": 1.0 - self.share}
'''
_CELLS = itertools.count(1)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("api") / "runs"


@pytest.fixture(scope="module")
def run(store: Path) -> fc.RunResult:
    return fc.run("rate-cycle-timing", overrides=SHORT, store=store)


@pytest.fixture
def cell() -> Callable[[str], dict[str, Any]]:
    """Run a text as a notebook runs a cell: in ``__main__``, with its lines known to Python and in no file."""

    def execute(text: str) -> dict[str, Any]:
        name = f"<cell {next(_CELLS)}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        space: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(text, name, "exec"), space)  # noqa: S102 - what a notebook does
        return space

    return execute
