"""Columns as the page carries them: read back by an independent reader, they are what they were."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcycle.backtests.tearsheet.packing import NOTHING, packed

from ..chart_columns import unpacked

LEVELS = st.lists(st.floats(1e-3, 1e9), min_size=1, max_size=60)
SHARES = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=60)


def test_a_column_is_its_first_value_and_the_steps_after_it() -> None:
    # A range of 0.5 has at least 5,000 units, so a unit is 0.0001: +5,000 of them is 10000 = 16 + 24*32 + 9*32**2.
    assert packed(np.array([1.0, 1.5])) == {"base": 10_000, "unit": 1e-4, "steps": "Aw4J"}


@given(SHARES)
def test_a_column_comes_back_within_a_five_thousandth_of_its_range(values: Sequence[float]) -> None:
    array = np.array(values)
    known = array[np.isfinite(array)]
    back = np.array(unpacked(packed(array)))
    assert np.array_equal(np.isfinite(back), np.isfinite(array))
    size = np.abs(known).max() if known.size else 0.0
    span = np.ptp(known) if known.size and np.ptp(known) > 1e-6 * size else size
    # What is smaller than 1e-12, as no figure of a chart is, comes back as 0.
    assert np.allclose(back[np.isfinite(back)], known, rtol=1e-12, atol=max(0.51 * span / 5_000, NOTHING))


@given(LEVELS)
def test_a_level_comes_back_within_a_millionth_of_itself(values: Sequence[float]) -> None:
    assert unpacked(packed(np.array(values), level=True)) == pytest.approx(values, rel=1e-6)


def test_a_lost_account_is_no_level_and_still_comes_back() -> None:
    values = [100.0, 50.0, 0.0, 0.0]
    assert unpacked(packed(np.array(values), level=True)) == pytest.approx(values, abs=0.001)


def test_a_value_that_never_changes_and_one_that_never_exists() -> None:
    assert unpacked(packed(np.full(3, 0.125))) == pytest.approx([0.125] * 3)
    assert unpacked(packed(np.zeros(2))) == [0.0, 0.0]
    assert packed(np.full(3, np.nan))["steps"] == "!!!"


def test_27_years_of_a_level_take_a_third_of_single_precision() -> None:
    # 7,000 values of four bytes are 37,336 characters in base 64; a daily move of 1% is 10,000 units, three characters.
    steps = np.random.default_rng(1).normal(0.0, 0.01, 7_000)
    assert len(packed(1e6 * np.exp(np.cumsum(steps)), level=True)["steps"]) < 22_000
