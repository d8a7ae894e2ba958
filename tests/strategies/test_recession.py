"""Recessions as they were known: on the eve and on the day of NBER's announcements."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fedcycle.data.errors import NotYetKnown
from fedcycle.data.market import Market
from fedcycle.data.series import Series, Unit
from fedcycle.strategies.recession import came_with_recession, in_recession, recession_between
from fedcycle.strategies.strategy import StrategyError

Builder = Callable[..., Market]


def day(text: str) -> np.datetime64:
    return np.datetime64(text)


@pytest.mark.parametrize(
    ("today", "known"),
    [
        ("2001-11-23", False),  # eight months after the peak, three days before it was announced
        ("2001-11-26", True),
        ("2003-07-16", True),  # twenty months after the trough
        ("2003-07-17", False),
        ("2008-11-28", False),
        ("2008-12-01", True),
        ("2020-06-05", False),
        ("2020-06-08", True),  # though it had ended in April
    ],
)
def test_a_recession_is_known_from_the_announcement_of_its_peak_to_that_of_its_trough(
    policy: Market, today: str, known: bool
) -> None:
    assert in_recession(policy.as_of(day(today))) is known


@pytest.mark.parametrize(
    ("first", "last", "overlaps"),
    [
        ("2001-01-03", "2001-03-31", False),  # the peak's own month is not in the recession
        ("2001-01-03", "2001-04-01", True),
        ("2001-11-30", "2003-06-25", True),  # the trough's month is
        ("2001-12-01", "2003-06-25", False),
        ("1998-09-29", "1998-11-17", False),
    ],
)
def test_recession_months_run_from_after_the_peak_through_the_trough(
    policy: Market, first: str, last: str, overlaps: bool
) -> None:
    assert recession_between(policy.as_of(day("2004-01-05")), day(first), last=day(last)) is overlaps


def test_a_recession_without_a_known_trough_runs_on(policy: Market) -> None:
    # On 2003-07-16 the trough of 2001-11 was not announced yet.
    assert recession_between(policy.as_of(day("2003-07-16")), day("2003-01-01"), last=day("2003-06-25"))
    assert not recession_between(policy.as_of(day("2003-07-17")), day("2003-01-01"), last=day("2003-06-25"))


@pytest.mark.parametrize(
    ("today", "cut", "came"),
    [
        ("1999-05-17", "1998-11-17", False),
        ("2001-11-23", "2001-11-06", False),  # three days later it had come with one
        ("2001-11-26", "2001-11-06", True),
        ("2003-12-25", "2003-06-25", True),
        ("2008-12-16", "2008-12-16", True),
        ("2019-12-31", "2019-10-30", False),
        ("2020-09-15", "2020-03-15", True),  # the run of cuts began on 2019-07-31
        ("2020-09-15", "2019-10-30", False),  # an episode of its own ended before the peak
        ("2025-06-18", "2024-12-18", False),
    ],
)
def test_an_easing_cycle_came_with_a_recession_as_far_as_was_announced(
    policy: Market, today: str, cut: str, came: bool
) -> None:
    assert came_with_recession(policy.as_of(day(today)), day(cut)) is came


def test_the_first_cut_of_a_series_without_an_earlier_hike_begins_its_cycle(tiny: Builder) -> None:
    market = tiny(["2001-12-03"], changes={"2001-01-03": -50.0, "2001-10-02": -50.0})
    series = {**market.series, "nber_turning_point": _peak_of_march_2001()}
    known = Market("tiny", market.sessions, market.assets, market.prices, series)
    assert came_with_recession(known.as_of(day("2001-12-03")), day("2001-10-02"))


def test_a_day_without_a_cut_is_refused(policy: Market) -> None:
    view = policy.as_of(day("2004-07-30"))
    for wrong in ("2003-06-24", "2004-06-30"):
        with pytest.raises(StrategyError, match=f"no cut of the target was announced on {wrong}"):
            came_with_recession(view, day(wrong))


def test_before_the_first_announcement_nothing_is_known(tiny: Builder) -> None:
    market = tiny(["2001-11-23", "2001-11-26"])
    late = Market("t", market.sessions, market.assets, market.prices, {"nber_turning_point": _peak_of_march_2001()})
    with pytest.raises(NotYetKnown, match="nber_turning_point: nothing was public by 2001-11-23"):
        in_recession(late.as_of(day("2001-11-23")))


def _peak_of_march_2001() -> Series:
    turns, months, told = np.array([-1.0]), np.array(["2001-03-01"]), np.array(["2001-11-26"])
    return Series("nber_turning_point", Unit.TURNING_POINT, turns, months, told)
