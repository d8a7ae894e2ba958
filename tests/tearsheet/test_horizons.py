"""Holding horizons against windows worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet.sections import horizons
from fedcycle.data.market import Market


def test_a_horizon_is_the_relative_wealth_of_every_window_of_its_length() -> None:
    # Two sessions on: 121/100 against 110/100; 99/110 against 99/100; 121/121 level at 110 both times.
    value, benchmark = np.array([100.0, 110.0, 121.0, 99.0, 121.0]), np.array([100.0, 100.0, 110.0, 99.0, 110.0])

    of = horizons.horizon(value, benchmark, 2)

    assert of is not None
    assert (of.windows, of.separate, of.worst_at, of.best_at) == (3, 2, 1, 0)
    assert (of.best, of.worst) == (pytest.approx(0.1), pytest.approx(0.9 / 0.99 - 1.0))
    # One of the two windows that differ is ahead.
    assert (of.ahead, of.level, of.median) == (0.5, pytest.approx(1 / 3), pytest.approx(0.0))


def test_no_window_begins_after_ruin_and_none_ends_where_the_benchmark_is_worth_nothing() -> None:
    of = horizons.horizon(np.array([1.0, 0.0, 0.0]), np.ones(3), 1)
    assert of is not None
    assert (of.windows, of.worst, of.ahead) == (1, -1.0, 0.0)
    assert horizons.horizon(np.ones(2), np.array([1.0, 0.0]), 1) is None
    assert horizons.horizon(np.ones(2), np.ones(2), 2) is None


def test_an_account_that_is_its_benchmark_is_level_at_every_horizon() -> None:
    of = horizons.horizon(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]), 1)
    assert of is not None
    assert (of.ahead, of.worst, of.best) == (None, 0.0, 0.0)


def test_a_run_shorter_than_the_shortest_horizon_says_so(six: Run, six_market: Market) -> None:
    told = horizons.section(six, six_market)
    assert told is not None
    assert told.finding == "The run has 6 sessions, too few to begin on: a month needs 22."
    assert not told.html
