"""Series: what is accepted, what is refused, and that nothing can be changed afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.data.errors import DataError
from fedcycle.data.series import Series, Unit
from fedcycle.data.typing import days

DAYS = ["2020-03-03", "2020-03-15", "2020-06-10"]


def series(values: object = (1.25, 0.25, 0.5), observed: object = DAYS, known: object = DAYS) -> Series:
    return Series("target_upper", Unit.PERCENT_PER_YEAR, np.array(values, dtype=float), days(observed), days(known))


def test_a_series_has_as_many_observations_as_values() -> None:
    assert len(series()) == 3


def test_a_value_may_be_known_before_the_day_it_is_about() -> None:
    announced = series(observed=["2020-03-04", "2020-03-16", "2020-06-11"])
    assert (announced.known_on < announced.observed_on).all()


def test_values_of_one_day_may_become_known_together() -> None:
    assert len(series(known=["2020-03-03", "2020-03-03", "2020-06-10"])) == 3


def test_a_series_keeps_its_own_copy_that_cannot_be_written_to() -> None:
    values = np.array([1.0, 2.0, 3.0])
    kept = Series("x", Unit.INDEX, values, days(DAYS), days(DAYS))
    values[0] = 99.0
    assert kept.values[0] == 1.0
    for array in (kept.values, kept.observed_on, kept.known_on):
        assert array.base is None or isinstance(array.base, bytes)  # bytes cannot be written to
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


def test_lengths_must_agree() -> None:
    with pytest.raises(DataError, match="target_upper: 2 values, 3 observation dates, 3 known-on dates"):
        series(values=(1.0, 2.0))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_missing_value_is_refused_with_its_day(value: float) -> None:
    with pytest.raises(DataError, match=rf"target_upper: {value} on 2020-03-15 is not a number"):
        series(values=(1.0, value, 2.0))


@pytest.mark.parametrize("which", ["observed", "known"])
def test_a_value_without_a_date_is_refused(which: str) -> None:
    with pytest.raises(DataError, match="target_upper: a value has no date"):
        series(**{which: ["2020-03-03", "NaT", "2020-06-10"]})


def test_known_on_dates_that_go_back_are_refused() -> None:
    with pytest.raises(DataError, match="target_upper: known-on dates go back from 2020-03-15 to 2020-03-10"):
        series(known=["2020-03-03", "2020-03-15", "2020-03-10"])
