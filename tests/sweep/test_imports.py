"""A run imports no part of numpy that it does not use: names only, no clock."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from fedcycle.backtests.cli import main
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""
SLOW = {"numpy.ma", "multiprocessing", "concurrent.futures", "asyncio", "numpy.testing", "unittest"}
"""Each costs a command 10 to 50 ms; ``np.unique`` and its like bring the first."""


@pytest.mark.parametrize("engine", ["vectorised", "backtrader"])
def test_a_run_imports_no_slow_module_it_has_no_use_for(engine, tmp_path):
    words = ["run", "rate-cycle-timing", "--engine", engine, "--no-tearsheet", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found = set(done.stderr.splitlines()[-1].split())
    # numpy before 2.0 brings some of them itself, and backtrader brings multiprocessing.
    alone = subprocess.run(
        [sys.executable, "-c", "import sys, numpy; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    slow = SLOW - set(alone.stdout.split())
    assert not found & (slow if engine == "vectorised" else slow - {"multiprocessing", "asyncio", "concurrent.futures"})
