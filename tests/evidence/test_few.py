"""Intervals for a handful and for many: worked by hand, and against what chance is known to do."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.inference.bootstrap_interval import interval_of
from fedcycle.backtests.inference.small_sample import exact_interval, small_sample_summary


def test_the_exact_interval_of_two_values_is_between_them_and_half_sure() -> None:
    # The three means of a choice are 1, 2 and 3; they part the line into four equally likely stretches.
    assert exact_interval([1.0, 3.0]) == {"low": 1.0, "high": 3.0, "confidence": 0.5}


def test_the_exact_interval_cuts_from_either_end_what_five_percent_allow() -> None:
    # Six values: 64 stretches, three may be cut below (3 / 64 < 0.05). The lowest means of 1, 2, 4, 8, 16, 32 are 1,
    # 3 / 2 and 2; the highest are 32, 24 and (8 + 32) / 2.
    found = exact_interval([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    assert found["low"] == 2.0
    assert found["high"] == 20.0
    assert found["confidence"] == 1 - 6 / 64


def test_the_exact_interval_holds_the_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    found = [exact_interval(rng.normal(0.1, 1.0, 6).tolist()) for _ in range(2000)]
    held = np.mean([f["low"] <= 0.1 <= f["high"] for f in found])
    # 58 / 64 = 0.906; the standard error of 2,000 draws is 0.0065.
    assert held == pytest.approx(58 / 64, abs=0.02)


@pytest.mark.parametrize("values", [[], [0.2]])
def test_one_value_or_none_has_no_interval(values: list[float]) -> None:
    found = small_sample_summary(values, ["2001"] * len(values))
    assert found["interval"] is None
    assert found["n"] == len(values)


def test_five_leads_are_the_least_that_can_rule_out_chance() -> None:
    assert small_sample_summary([0.1] * 5, list("abcde"))["p"] == 1 / 32
    assert small_sample_summary([0.1] * 4, list("abcd"))["p"] == 1 / 16
    assert small_sample_summary([-0.1] * 5, list("abcde"))["p_below"] == 1 / 32


def test_the_bootstrap_interval_of_independent_months_is_what_theory_says() -> None:
    x = np.random.default_rng(11).normal(0.01, 0.05, 600)
    found = interval_of(lambda rows: rows[..., 0].mean(axis=-1), x)
    half = 1.96 * x.std(ddof=1) / np.sqrt(600)
    assert found["estimate"] == pytest.approx(x.mean())
    # A resampled interval wobbles; blocks of a few months widen it a little.
    assert found["low"] == pytest.approx(x.mean() - half, abs=0.35 * half)
    assert found["high"] == pytest.approx(x.mean() + half, abs=0.35 * half)


def test_too_few_rows_have_no_interval_and_none_no_estimate() -> None:
    few = interval_of(lambda rows: rows[..., 0].mean(axis=-1), np.arange(10.0))
    assert (few["estimate"], few["low"], few["n"]) == (4.5, None, 10)
    assert interval_of(lambda rows: rows[..., 0].mean(axis=-1), np.empty((0, 1)))["estimate"] is None


def test_the_same_rows_give_the_same_interval() -> None:
    x = np.random.default_rng(12).normal(size=(120, 2))
    one, two = (interval_of(lambda rows: (rows[..., 0] - rows[..., 1]).mean(axis=-1), x) for _ in range(2))
    assert one == two
