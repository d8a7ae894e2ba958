"""Splits between accounts and prices: a count from before a split times it, and a count that nothing explains refused.

Every answer is worked out by hand: 10 million shares at 100 dollars are a company of a billion.
"""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.data.fundamentals import splits
from fedcycle.data.fundamentals.facts import Row, table
from fedcycle.data.fundamentals.known import Known, known
from fedcycle.data.fundamentals.panel import Fundamentals, FundamentalsView
from fedcycle.data.fundamentals.report import Report
from fedcycle.data.typing import Float64

from .conftest import day

SESSIONS = np.arange("2020-01-01", "2021-01-01", dtype="datetime64[D]")
SPLIT = day("2020-08-31")


def prices(factor: float, *, cents: float = 0.0) -> tuple[Float64, Float64]:
    """A price of 100 dollars as quoted that a split divides, and its adjusted close, with a dividend in March."""
    after = SESSIONS >= SPLIT
    price = np.where(after, 100.0 / factor, 100.0) + cents
    level = np.where(after, price, price / factor) * np.where(~(day("2020-03-02") > SESSIONS), 1.0, 0.97)
    return price, level


def counts(*filed: tuple[str, str, float]) -> Known:
    """Steps of share counts: (end of period, known on, shares)."""
    rows = [
        Row("C", "", "shares", None, int(day(end).astype(int)), value, "shares", "10-Q", 0, "", at, at, "a", "t")
        for end, on, value in filed
        for at in [int(day(on).astype(int))]
    ]
    return known(table(rows), {"shares": "stock"}, Report(""))


def settled(steps: Known, factor: float) -> tuple[Known, tuple[splits.Split, ...], list[tuple[str, str]]]:
    report = Report("")
    found = splits.in_prices(SESSIONS, *prices(factor))
    new, out = splits.settled(steps, ["C"], ["S"], [found], report)
    return new, out, [(each.period, each.reason) for each in report.refused]


def market_values(steps: Known, found: tuple[splits.Split, ...], factor: float, *days: str) -> list[float]:
    price, level = prices(factor)
    fund = Fundamentals(steps, ("S",), ("C",), (), price[:, None], None, splits=found)
    views = [FundamentalsView(fund, d, int(np.searchsorted(SESSIONS, d)), level[:, None]) for d in map(day, days)]
    return [float(view.market_value()[0]) for view in views]


@pytest.mark.parametrize("factor", [2.0, 1.5, 20.0, 0.1])
def test_a_split_is_read_from_the_quoted_and_the_adjusted_price_and_a_dividend_is_none(factor: float) -> None:
    assert splits.in_prices(SESSIONS, *prices(factor)) == [(SPLIT, pytest.approx(factor))]
    price = np.full(len(SESSIONS), 100.0)
    special = np.where(SESSIONS >= SPLIT, 100.0, 62.0)  # a dividend of 38%: by no factor of a split
    assert splits.in_prices(SESSIONS, price, special) == []


@pytest.mark.parametrize("factor", [4.0, 1.5, 0.1])
def test_a_market_value_does_not_move_with_a_split_before_the_next_filing(factor: float) -> None:
    steps = counts(("2020-03-31", "2020-05-05", 10e6), ("2020-09-30", "2020-11-04", 10e6 * factor))
    new, found, refused = settled(steps, factor)
    values = market_values(new, found, factor, "2020-08-30", "2020-08-31", "2020-11-03", "2020-11-04")
    assert values == pytest.approx([1e9] * 4, rel=1e-12)
    assert refused == [("2020-08-31", splits.MULTIPLIED)]


def test_a_count_of_before_the_split_that_is_filed_after_it_may_be_of_either_side() -> None:
    """Companies restate the count of a quarter that ended before the split, or do not; the count says which."""
    restated = counts(("2020-05-31", "2020-07-01", 10e6), ("2020-08-29", "2020-10-01", 40.4e6))
    as_it_was = counts(("2020-05-31", "2020-07-01", 10e6), ("2020-08-29", "2020-10-01", 10.1e6))
    for steps in (restated, as_it_was):
        new, found, _ = settled(steps, 4.0)
        values = market_values(new, found, 4.0, "2020-09-30", "2020-10-01", "2020-12-31")
        assert values == pytest.approx([1e9, 1.01e9, 1.01e9], rel=1e-12)


def test_what_is_known_before_a_split_does_not_depend_on_it() -> None:
    steps = counts(("2020-03-31", "2020-05-05", 10e6), ("2020-09-30", "2020-11-04", 40e6))
    new, found, _ = settled(steps, 4.0)
    fund = Fundamentals(new, ("S",), ("C",), (), prices(4.0)[0][:, None], None, splits=found)
    then = fund.truncated(day("2020-08-30"), 243, ("S",))
    assert then.splits == ()
    assert fund.truncated(SPLIT, 244, ("S",)).splits == found
    view = FundamentalsView(then, day("2020-08-30"), 242, prices(4.0)[1][:243, None])
    assert view.market_value().tolist() == [1e9]


def test_a_count_that_does_not_show_the_split_is_refused_by_name_until_the_next_agrees() -> None:
    steps = counts(
        ("2020-03-31", "2020-05-05", 10e6), ("2020-09-30", "2020-10-20", 10e6), ("2020-09-30", "2020-12-01", 40e6)
    )
    new, found, refused = settled(steps, 4.0)
    values = market_values(new, found, 4.0, "2020-10-19", "2020-10-20", "2020-12-01")
    np.testing.assert_array_equal(values, [1e9, np.nan, 1e9])
    assert ("2020-09-30", splits.JUMPED) in refused


def test_a_jump_without_a_split_is_refused_by_name_until_the_next_filing_agrees() -> None:
    steps = counts(
        ("2020-03-31", "2020-05-05", 28e6), ("2020-06-30", "2020-08-05", 12e6), ("2020-09-30", "2020-11-05", 28e6),
    )  # fmt: skip
    report = Report("")
    new, found = splits.settled(steps, ["C"], ["S"], [[]], report)
    np.testing.assert_array_equal(new.value, [28e6, np.nan, 28e6])
    assert [(r.period, r.reason, r.detail) for r in report.refused] == [
        ("2020-06-30", splits.JUMPED, "12000000 after 28000000")
    ]
    merged = counts(
        ("2020-03-31", "2020-05-05", 28e6), ("2020-06-30", "2020-08-05", 70e6), ("2020-09-30", "2020-11-05", 71e6),
    )  # fmt: skip
    new, found = splits.settled(merged, ["C"], ["S"], [[]], Report(""))
    np.testing.assert_array_equal(new.value, [28e6, np.nan, 71e6])
    assert found == ()


def test_closes_that_a_split_went_through_are_refused_and_a_crash_is_not() -> None:
    steps = counts(("2020-06-30", "2020-08-05", 10e6), ("2020-09-30", "2020-11-05", 20.2e6))
    rows = splits.share_rows(steps)["C"]
    through = np.where(SESSIONS >= SPLIT, 50.5, 100.0)
    said = splits.unadjusted(SESSIONS, through, steps, rows)
    assert said == "on 2020-08-31 the close is 0.5 times the one before, and the share count 2.02 times"
    crash = counts(("2020-06-30", "2020-08-05", 10e6), ("2020-09-30", "2020-11-05", 10e6))
    assert splits.unadjusted(SESSIONS, through, crash, splits.share_rows(crash)["C"]) is None
    blip = np.where(SESSIONS == SPLIT, 50.0, 100.0)
    assert splits.unadjusted(SESSIONS, blip, steps, rows) is None
