"""Every statistic says what it is, in what unit and after whom, with an example that holds."""

from __future__ import annotations

import doctest
import importlib
import inspect
import math
import pkgutil
from pathlib import Path

import generate_statistics
import numpy as np
import pytest

from fedcycle.backtests import statistics
from fedcycle.backtests.statistics import STATISTICS, Bills, Returns, relative, statistic, table
from fedcycle.backtests.statistics.drawdown_periods import drawdown_periods

MODULES = sorted(m.name for m in pkgutil.iter_modules(statistics.__path__, statistics.__name__ + "."))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_hold(name):
    module = importlib.import_module(name)

    names = {"np": np, "math": math, "falls": drawdown_periods, "Returns": Returns, "Bills": Bills}
    outcome = doctest.testmod(module, extraglobs=names)

    assert outcome.failed == 0


def test_every_statistic_is_documented_and_every_number_of_a_run_is_a_statistic(by_hand):
    account, facts = by_hand
    numbers = table(account, **facts) | relative(
        account.value, account.value, bills=facts["bills"], sessions=account.sessions, name="large"
    )

    assert set(STATISTICS) == set(numbers) - {"benchmark", "sessions", "sessions_dropped"}


@pytest.mark.parametrize("name", sorted(STATISTICS))
def test_a_statistic_has_a_unit_a_source_a_summary_and_an_example(name):
    entry = STATISTICS[name]

    assert entry.name == entry.function.__name__ == name
    assert entry.unit
    assert entry.source
    assert entry.formula
    assert entry.summary.endswith(".")
    text = inspect.getdoc(entry.function)
    assert "Parameters\n" in text
    assert ">>> " in text


def test_two_statistics_of_one_name_are_refused():
    def sharpe() -> float:
        return 0.0

    with pytest.raises(ValueError, match="statistic sharpe is defined in"):
        statistic(unit="none", formula="none", source="none")(sharpe)


def test_the_page_is_what_the_statistics_say_of_themselves():
    page = Path(__file__).parents[2] / "docs" / "statistics.md"

    assert set(generate_statistics.FAMILIES) == {entry.family for entry in STATISTICS.values()}
    # Written by python docs/generate_statistics.py > docs/statistics.md
    assert page.read_text(encoding="utf-8") == generate_statistics.page()
