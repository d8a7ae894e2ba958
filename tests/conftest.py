"""What holds for every test: its examples, the process it runs in, and one comparison of all studies."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from .property_tests import choose

choose()
# The width of tables, for every process a test starts: xdist sets another.
os.environ["COLUMNS"] = "200"

ROOT = Path(__file__).parents[1]
ONCE = ("compared", "wheel")
"""Fixtures that take long to make: the tests that ask for one run in the same process."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Use no further processes for a single file or test: starting them takes longer than most tests."""
    words = config.invocation_params.args
    named = [word for word in words if not word.startswith("-") and ".py" in word]
    return 0 if len(named) == 1 else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process whole files, so that what a file's tests share is made once; see ``ONCE`` for more than a file.

    By the names of tests alone: the marks of ``--dist loadgroup`` reach no process with pytest 9.2 and xdist 3.8.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid.split("::")[0])

    return ByFile(config, log)


@cache
def _group(file: str) -> str:
    text = (ROOT / file).read_text(encoding="utf-8")
    return next((name for name in ONCE if re.search(rf"def \w+\([^)]*\b{name}:", text)), file)


@dataclass(frozen=True)
class Compared:
    """What the README's first command printed as JSON, and the folder it was typed in."""

    cwd: Path
    document: Any


@pytest.fixture(scope="session")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """``fedcycle compare configs/*.yaml --benchmark large --json``, typed once for all tests that look at it."""
    cwd = tmp_path_factory.mktemp("compared")
    configs = sorted(str(path) for path in (ROOT / "configs").glob("*.yaml"))
    words = [sys.executable, "-c", "from fedcycle.backtests.cli import main; main()", "compare", *configs]
    words += ["--benchmark", "large", "--json"]
    path = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    env = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    refuse = lambda name: pytest.fail(f"{name} is not JSON")  # noqa: E731
    return Compared(cwd, json.loads(done.stdout, parse_constant=refuse))


@pytest.fixture(scope="session")
def raw_data() -> Path:
    """The folder with the publishers' real files."""
    folder = os.environ.get("FEDCYCLE_RAW_DATA")
    if not folder:
        pytest.skip("FEDCYCLE_RAW_DATA is not set: it names the folder with the publishers' raw files")
    return Path(folder)
