"""What a command may import: its time is mostly that. No clock here, only names."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Python = Callable[..., subprocess.CompletedProcess[str]]

IMPORTED = """
import json, sys
started_with = set(sys.modules)  # whatever an environment's own start-up files import
sys.argv[0] = "fedcycle"
from fedcycle.backtests.cli import main
try:
    main()
finally:
    tops = {name.split(".")[0] for name in set(sys.modules) - started_with} - set(sys.stdlib_module_names)
    print(json.dumps(sorted(tops)), file=sys.stderr)
"""
HEAVY = {"arch", "dask", "jinja2", "matplotlib", "pandas", "pandas_datareader", "plotly", "requests", "scipy"}


def imported(python: Python, cwd: Path, *args: str) -> set[str]:
    done = python(IMPORTED, *args, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_help_imports_nothing_but_click(python: Python, tmp_path: Path) -> None:
    assert imported(python, tmp_path, "--help") <= {"fedcycle", "click", "colorama"}


@pytest.mark.parametrize("engine", ["backtrader", "vectorised"])
def test_a_run_without_a_tearsheet_imports_no_pandas_scipy_or_plotly(
    python: Python, tmp_path: Path, engine: str
) -> None:
    found = imported(python, tmp_path, "run", "rate-cycle-timing", "--engine", engine, "--no-tearsheet", "--json")
    assert not found & (HEAVY | {"rich"})
    assert ("backtrader" in found) == (engine == "backtrader")


def test_a_page_imports_jinja_and_nothing_else_that_is_heavy(python: Python, tmp_path: Path) -> None:
    assert imported(python, tmp_path, "run", "base", "--json") & HEAVY == {"jinja2"}
    page = ("base", "buy-and-hold-small", "--html", "compared.html", "--json")
    assert imported(python, tmp_path, "compare", *page) & HEAVY == {"jinja2"}


@pytest.mark.parametrize("command", ["cycles", "claims"])
def test_the_evidence_imports_nothing_heavy(python: Python, tmp_path: Path, command: str) -> None:
    assert not imported(python, tmp_path, command, "--json") & HEAVY


@pytest.mark.parametrize("args", [("config", "check", "base"), ("data", "list", "--json"), ("strategies", "--json")])
def test_a_command_that_runs_nothing_imports_no_engine(python: Python, tmp_path: Path, args: tuple[str, ...]) -> None:
    assert not imported(python, tmp_path, *args) & (HEAVY | {"backtrader", "pyarrow"})
