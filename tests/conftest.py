"""What holds for every test: the same examples in every run of a property test, and one comparison of all studies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
settings.load_profile("fixed")

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Compared:
    """What the README's first command printed as JSON, and the folder it was typed in."""

    cwd: Path
    document: Any


@pytest.fixture(scope="session")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """``fedcycle compare configs/*.yaml --json``, typed once for all tests that look at it."""
    cwd = tmp_path_factory.mktemp("compared")
    configs = sorted(str(path) for path in (ROOT / "configs").glob("*.yaml"))
    words = [sys.executable, "-c", "from fedcycle.backtests.cli import main; main()", "compare", *configs, "--json"]
    path = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    env = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    refuse = lambda name: pytest.fail(f"{name} is not JSON")  # noqa: E731
    return Compared(cwd, json.loads(done.stdout, parse_constant=refuse))
