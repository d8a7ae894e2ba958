"""What holds for every test: its examples, the process it runs in, and one comparison of all studies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .property_tests import choose

choose()
# The width of tables, for every process a test starts: xdist sets another.
os.environ["COLUMNS"] = "200"

ROOT = Path(__file__).parents[1]
ONCE = ("chromium", "compared", "wheel")
"""Fixtures that are made once for all processes: the tests that use one run in the same process."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Use no further processes for a single file or test: starting them takes longer than most tests."""
    words = config.invocation_params.args
    named = [word for word in words if not word.startswith("-") and ".py" in word]
    return 0 if len(named) == 1 else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep in one process the tests that share what is expensive to make; all others go to whichever is free."""
    for item in items:
        if isinstance(item, pytest.Function) and (group := _group(item)) is not None:
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Function) -> str | None:
    for name in ONCE:
        if name in item.fixturenames:
            return name
    made = item._fixtureinfo.name2fixturedefs
    shared = any(definitions[-1].scope == "module" for definitions in made.values())
    return item.path.relative_to(ROOT).as_posix() if shared else None


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
