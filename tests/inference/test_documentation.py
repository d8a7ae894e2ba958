"""The examples hold, and the page has the tables that the simulation writes."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import pkgutil
from pathlib import Path

import numpy as np
import pytest

from fedcycle.backtests import inference

MODULES = sorted(m.name for m in pkgutil.iter_modules(inference.__path__, inference.__name__ + "."))
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def coverage():
    """Return benchmarks/coverage.py as a module."""
    spec = importlib.util.spec_from_file_location("coverage_benchmark", ROOT / "benchmarks" / "coverage.py")
    module = importlib.util.module_from_spec(spec)
    importlib.import_module("sys").modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_hold(name):
    outcome = doctest.testmod(importlib.import_module(name), extraglobs={"np": np})

    assert outcome.failed == 0


def test_the_page_has_a_row_for_every_number_and_every_test_simulated(coverage):
    page = (ROOT / "docs" / "inference.md").read_text(encoding="utf-8")
    table = page.split(coverage.BEGIN)[1].split(coverage.END)[0]

    years = 10.0
    for name in coverage.truth(coverage.WORLDS[0], years):
        assert f"| {name} |" in table
    for world in coverage.WORLDS:
        assert world.name in table
    for test in ("sign-flip", "permutation", "placebo", "deflated Sharpe", "Hansen's SPA", "overfitting"):
        assert test in table


def test_the_page_hides_no_interval_that_covers_less_than_it_claims(coverage):
    # What the page says in words of the figures in its table: all but two numbers cover nine times in ten or more.
    page = (ROOT / "docs" / "inference.md").read_text(encoding="utf-8")
    table = page.split(coverage.BEGIN)[1].split(coverage.END)[0]
    rows = [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("| ") and "%" in line]
    short = {
        cells[0].strip()
        for cells in rows
        if all(c.strip().endswith("%") for c in cells[1:]) and min(float(c.strip(" %")) for c in cells[1:]) < 90
    }

    assert short == {"volatility", "tracking_error"}


def test_a_small_simulation_covers_what_it_should(coverage, monkeypatch):
    # 40 histories of two years: a true 95% would show 32 or fewer once in ten thousand times.
    monkeypatch.setattr(coverage, "HISTORIES", 40)
    monkeypatch.setattr(coverage, "RESAMPLES", 100)
    monkeypatch.setattr(coverage, "SESSIONS", 504)

    shares = coverage.covered(coverage.WORLDS[0])

    assert min(shares.values()) > 0.8
