"""Months and partial years against numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.statistics import Returns, monthly_histogram, partial_years, rolling_information_ratio
from fedcycle.backtests.statistics import worst_months as worst
from fedcycle.backtests.statistics.active import information_ratio

DAYS = np.array(
    ["2000-11-15", "2000-11-30", "2000-12-29", "2001-01-31", "2001-02-28", "2001-03-15"], dtype="datetime64[D]"
)
ENDS = np.array([False, True, True, True, True, False])
VALUE = np.array([100.0, 80.0, 100.0, 90.0, 99.0, 110.0])
OTHER = np.array([100.0, 100.0, 100.0, 100.0, 101.0, 101.0])
GIVEN = {"sessions": DAYS, "month_ends": ENDS}


def test_the_worst_months_are_whole_ones_lowest_first() -> None:
    # December 100/80, January 90/100, February 99/90; November and March are not whole.
    found = worst(VALUE, OTHER, **GIVEN)
    assert [of["month"] for of in found] == ["2001-01", "2001-02", "2000-12"]
    assert [of["return"] for of in found] == pytest.approx([-0.1, 0.1, 0.25])
    assert [of["benchmark_return"] for of in found] == pytest.approx([0.0, 0.01, 0.0])


def test_a_lost_account_has_no_month_after() -> None:
    found = worst(np.array([100.0, 80.0, 0.0, 0.0, 0.0, 0.0]), OTHER, **GIVEN)
    assert [(of["month"], of["return"]) for of in found] == [("2000-12", -1.0)]


def test_every_whole_month_is_in_one_range_of_the_histogram() -> None:
    found = monthly_histogram(VALUE, OTHER, **GIVEN)
    mine = {round(100 * of["low"]): of["months"] for of in found if of["months"]}
    assert mine == {-10: 1, 10: 1, 25: 1}
    assert {round(100 * of["low"]): of["benchmark_months"] for of in found if of["benchmark_months"]} == {0: 2, 1: 1}
    assert [of["low"] for of in found[1:]] == [of["high"] for of in found[:-1]]


def test_the_first_year_and_the_year_to_date_are_partial() -> None:
    # 2000: 100/100 from the first close; 2001: 110/100 from the year's last close before.
    found = partial_years(VALUE, OTHER, **GIVEN)
    assert [(of["year"], of["start"], of["end"], of["to_date"]) for of in found] == [
        (2000, "2000-11-15", "2000-12-29", False),
        (2001, "2000-12-29", "2001-03-15", True),
    ]
    assert [of["return"] for of in found] == pytest.approx([0.0, 0.1])
    assert [of["benchmark_return"] for of in found] == pytest.approx([0.0, 0.01])


def test_whole_years_are_not_partial_and_one_session_has_none() -> None:
    days = np.array(["1999-12-31", "2000-12-29"], dtype="datetime64[D]")
    whole = np.ones(2, dtype=bool)
    assert partial_years(np.array([1.0, 2.0]), np.ones(2), sessions=days, month_ends=whole) == []
    one = {"sessions": DAYS[:1], "month_ends": ENDS[:1]}
    assert partial_years(VALUE[:1], OTHER[:1], **one) == []
    assert worst(VALUE[:1], OTHER[:1], **one) == monthly_histogram(VALUE[:1], OTHER[:1], **one) == []


def test_the_rolling_information_ratio_is_that_of_each_window() -> None:
    random = np.random.default_rng(7)
    own, other = Returns.weekdays(random.normal(0, 0.01, 40)), Returns.weekdays(random.normal(0, 0.01, 40))
    rolled = rolling_information_ratio(own, other, window=10)
    assert np.isnan(rolled[:9]).all()
    last = np.arange(40) >= 30
    assert rolled[-1] == pytest.approx(information_ratio(own.chosen(last), other.chosen(last)), rel=1e-12)
    assert np.isnan(rolling_information_ratio(own, own, window=10)).all()
