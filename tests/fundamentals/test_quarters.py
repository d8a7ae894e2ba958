"""Quarters by subtraction, sums of four, and the steps they take as filings arrive: worked by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcycle.data.fundamentals.facts import Row, table
from fedcycle.data.fundamentals.known import FACTOR, NOT_FOUR, ODD_PERIOD, Known, known
from fedcycle.data.fundamentals.quarters import quarter, trailing
from fedcycle.data.fundamentals.release import day_number, known_on, month_end_number
from fedcycle.data.fundamentals.report import Report


def d(text: str) -> int:
    return day_number(date.fromisoformat(text))


def row(
    start: str | None, end: str, value: float, known: str, *, item: str = "net_income", tag: str = "A", choice: int = 1
) -> Row:
    return Row(
        "c", "", item, None if start is None else d(start), d(end), value, "USD", "10-Q", 2020, "Q1",
        d(known), d(known), "s", tag, choice,
    )  # fmt: skip


def walk(rows: Sequence[Row], kind: str = "flow") -> tuple[Known, Report]:
    report = Report("t")
    return known(table(rows), {"net_income": kind, "shares": "stock"}, report), report


# A calendar year, with 10, 20, 30, 40 in its quarters, filed as companies do: quarters, year to date, year.
YEAR = [
    row("2019-01-01", "2019-03-31", 10.0, "2019-05-01"),
    row("2019-01-01", "2019-06-30", 30.0, "2019-08-01"),
    row("2019-01-01", "2019-09-30", 60.0, "2019-11-01"),
    row("2019-01-01", "2019-12-31", 100.0, "2020-02-20"),
]


def test_a_fourth_quarter_is_the_year_less_three_quarters() -> None:
    flows = {(0, 9): 60.0, (0, 12): 100.0}
    assert quarter(flows, 12) == 40.0
    assert quarter(flows, 9) is None


def test_a_sum_of_four_quarters_may_be_year_plus_year_to_date_less_the_one_before() -> None:
    # 100 of the year, 15 of the first quarter after it, 10 of the first quarter in it.
    assert trailing({(0, 12): 100.0, (12, 15): 15.0, (0, 3): 10.0}, 15) == 105.0


def test_three_quarters_make_no_sum() -> None:
    assert trailing({(0, 3): 1.0, (3, 6): 1.0, (6, 9): 1.0}, 9) is None


@given(st.lists(st.integers(-1000, 1000), min_size=8, max_size=8))
def test_however_quarters_are_reported_the_sum_is_the_same(values: list[int]) -> None:
    single = {(3 * k, 3 * k + 3): float(v) for k, v in enumerate(values)}
    to_date = {
        (12 * (k // 4), 3 * k + 3): float(sum(values[4 * (k // 4) : k + 1])) for k in range(8)
    }  # fmt: skip
    for end in range(12, 25, 3):
        wanted = float(sum(values[end // 3 - 4 : end // 3]))
        assert trailing(single, end) == trailing(to_date, end) == wanted


def test_the_steps_of_a_year_and_of_the_quarter_after_it() -> None:
    steps, report = walk([*YEAR, row("2020-01-01", "2020-03-31", 15.0, "2020-05-01")])
    assert steps.known_on.astype(str).tolist() == ["2019-05-01", "2019-08-01", "2019-11-01", "2020-02-20", "2020-05-01"]
    np.testing.assert_array_equal(steps.value, [np.nan, np.nan, np.nan, 100.0, 105.0])
    assert not report.refused
    assert report.left_out.total() == 3


def test_a_restatement_is_a_new_step_and_leaves_the_old_one() -> None:
    steps, _ = walk([*YEAR, row("2019-01-01", "2019-12-31", 80.0, "2020-06-10")])
    np.testing.assert_array_equal(steps.value[-2:], [100.0, 80.0])
    assert steps.known_on[-1] == np.datetime64("2020-06-10")


def test_a_missing_quarter_is_refused_by_name_and_makes_no_number() -> None:
    late = [row("2020-04-01", "2020-06-30", 20.0, "2020-08-01")]  # the first quarter of 2020 was never filed
    steps, report = walk([*YEAR, *late])
    assert math.isnan(steps.value[-1])
    assert [(r.period, r.reason) for r in report.refused] == [("2020-06-30", NOT_FOUR)]


def test_a_quarter_filed_late_makes_the_sum_when_it_comes() -> None:
    late = [
        row("2020-04-01", "2020-06-30", 20.0, "2020-08-01"), row("2020-01-01", "2020-03-31", 15.0, "2020-09-15"),
    ]  # fmt: skip
    steps, _ = walk([*YEAR, *late])
    # 30 and 40 of 2019, 15 and 20 of 2020.
    assert (str(steps.known_on[-1]), steps.value[-1], str(steps.end[-1])) == ("2020-09-15", 105.0, "2020-06-30")


def test_quarters_of_13_weeks_are_quarters() -> None:
    ends = ["2019-05-04", "2019-08-03", "2019-11-02", "2020-02-01"]
    starts = ["2019-02-03", "2019-05-05", "2019-08-04", "2019-11-03"]
    rows = [row(s, e, 5.0, "2020-03-20") for s, e in zip(starts, ends, strict=True)]
    steps, report = walk(rows)
    assert steps.value.tolist() == [20.0]
    assert not report.refused


def test_a_year_of_53_weeks_is_a_year() -> None:
    steps, _ = walk([row("2017-01-29", "2018-02-03", 7.0, "2018-03-20")])
    assert steps.value.tolist() == [7.0]


def test_a_period_between_two_year_ends_is_refused_by_name() -> None:
    _, report = walk([row("2019-10-01", "2019-11-30", 3.0, "2020-01-20")])
    assert [r.reason for r in report.refused] == [ODD_PERIOD]


def test_four_quarters_are_all_of_one_reading() -> None:
    quarters = [
        row(f"2019-{m:02d}-01", e, 10.0, "2020-02-20", tag="A")
        for m, e in ((4, "2019-06-30"), (7, "2019-09-30"), (10, "2019-12-31"))
    ]
    other = [row("2019-01-01", "2019-12-31", 99.0, "2020-02-20", tag="B", choice=2)]
    steps, _ = walk([*quarters, row("2019-01-01", "2019-03-31", 10.0, "2020-02-20", tag="B", choice=2), *other])
    assert steps.value.tolist() == [99.0]
    assert steps.tag.names[steps.tag.codes[0]] == "B"


def test_shares_in_thousands_are_refused_until_the_next_filing_agrees() -> None:
    rows = [
        row(None, "2019-03-31", 50e6, "2019-05-01", item="shares"),
        row(None, "2019-06-30", 50e3, "2019-08-01", item="shares"),
        row(None, "2019-09-30", 51e6, "2019-11-01", item="shares"),
    ]  # fmt: skip
    steps, report = walk(rows)
    assert steps.value.tolist() == [50e6, 51e6]
    assert [r.reason for r in report.refused] == [FACTOR]
    turned = [rows[1], rows[0], rows[2]]
    turned = [
        Row(**vars(r) | {"known_on": d(k), "filed": d(k), "end": d(k) - 30})
        for r, k in zip(turned, ("2019-05-01", "2019-08-01", "2019-11-01"), strict=True)
    ]
    assert walk(turned)[0].value.tolist() == [50e3, 51e6]


@pytest.mark.parametrize(
    ("filed", "accepted", "first"),
    [
        ("2009-08-07", ("2009-08-07", 15), "2009-08-07"),
        ("2010-05-10", ("2010-05-10", 16), "2010-05-11"),
        ("2009-09-08", ("2009-09-04", 21), "2009-09-08"),  # the Friday before Labor Day
        ("2009-10-13", ("2009-10-09", 18), "2009-10-13"),  # the exchange opens on Columbus Day, the SEC does not
        ("2020-12-03", None, "2020-12-04"),
    ],
)
def test_a_filing_is_known_at_the_close_after_it_was_accepted(
    filed: str, accepted: tuple[str, int] | None, first: str
) -> None:
    when = None if accepted is None else (d(accepted[0]), accepted[1])
    assert known_on(d(filed), when) == d(first)


def test_a_day_is_rounded_to_the_nearest_end_of_a_month() -> None:
    april = month_end_number(d("2010-04-30"))
    assert [month_end_number(d(day)) for day in ("2010-05-01", "2010-05-15", "2010-04-16", "2010-05-17")] == [
        april,
        april,
        april,
        april + 1,
    ]
