"""So many calendar months later, against Python's own calendar."""

from __future__ import annotations

import calendar
import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcycle.data.calendar import add_months


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2024-12-18", 6, "2025-06-18"),
        ("1996-01-31", 1, "1996-02-29"),
        ("1997-01-31", 1, "1997-02-28"),
        ("2003-08-31", 6, "2004-02-29"),
        ("2006-10-31", 1, "2006-11-30"),
        ("2004-02-29", 12, "2005-02-28"),
        ("2003-06-25", 12, "2004-06-25"),
        ("2008-12-16", 1, "2009-01-16"),
        ("2020-03-31", -1, "2020-02-29"),
        ("1970-01-01", -1, "1969-12-01"),
        ("2020-03-15", 0, "2020-03-15"),
    ],
)
def test_months_keep_the_day_or_end_at_the_months_end(day: str, months: int, later: str) -> None:
    assert add_months(np.datetime64(day), months) == np.datetime64(later)


def test_an_array_moves_as_its_days_do_and_keeps_its_shape() -> None:
    days = np.array([["2024-08-31", "2024-12-18"], ["2023-08-31", "NaT"]], dtype="datetime64[D]")
    later = add_months(days, 6)
    wanted = [["2025-02-28", "2025-06-18"], ["2024-02-29", "NaT"]]
    np.testing.assert_array_equal(later, np.array(wanted, dtype="datetime64[D]"))
    assert later.dtype == np.dtype("datetime64[D]")


def test_a_day_gives_a_day_that_hashes_and_prints_as_one() -> None:
    later = add_months(np.datetime64("2024-08-31"), 6)
    assert isinstance(later, np.datetime64)
    assert str(later) == "2025-02-28"


@given(st.dates(dt.date(1901, 1, 1), dt.date(2099, 12, 31)), st.integers(-240, 240))
def test_any_day_agrees_with_pythons_calendar(day: dt.date, months: int) -> None:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    wanted = dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    assert add_months(np.datetime64(day), months).item() == wanted
