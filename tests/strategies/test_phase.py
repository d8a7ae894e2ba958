"""The phase of the rate cycle as it could be told in real time, against days worked out from the announcements."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.data.errors import NotYetKnown
from fedcycle.data.market import Market
from fedcycle.strategies.phase import NO_PHASE, Phase, phase, phases
from fedcycle.strategies.strategy import StrategyError

# Six months after each announcement, and the day before; 2000-05-16 and 2006-06-29 were the last hikes of their cycles.
TOLD = [
    ("1994-02-04", "hiking"),
    ("1995-07-05", "hiking"),
    ("1995-07-06", "cutting"),
    ("1996-07-30", "cutting"),
    ("1996-07-31", "easy"),
    ("1997-03-24", "easy"),
    ("1997-03-25", "hiking"),
    ("1997-09-24", "hiking"),
    ("1997-09-25", "plateau"),
    ("1998-09-28", "plateau"),
    ("1998-09-29", "cutting"),
    ("1999-05-14", "cutting"),
    ("1999-05-17", "easy"),
    ("1999-06-30", "hiking"),
    ("2000-11-15", "hiking"),
    ("2000-11-16", "plateau"),
    ("2001-01-02", "plateau"),
    ("2001-01-03", "cutting"),
    ("2002-06-10", "cutting"),
    ("2002-06-11", "easy"),
    ("2002-11-06", "cutting"),
    ("2003-05-06", "easy"),
    ("2003-06-25", "cutting"),
    ("2006-12-28", "hiking"),
    ("2006-12-29", "plateau"),
    ("2009-06-16", "easy"),
    ("2015-12-15", "easy"),
    ("2015-12-16", "hiking"),
    ("2016-06-16", "plateau"),
    ("2020-02-28", "cutting"),
    ("2020-09-14", "cutting"),
    ("2020-09-15", "easy"),
    ("2024-09-17", "plateau"),
    ("2024-12-18", "cutting"),
    ("2025-06-17", "cutting"),
    ("2025-06-18", "easy"),
    ("2025-09-17", "cutting"),
]


@pytest.mark.parametrize(("day", "told"), TOLD)
def test_the_phase_is_what_the_announcements_so_far_say(policy: Market, day: str, told: str) -> None:
    assert phase(policy.as_of(np.datetime64(day))) == told


def test_the_two_readings_agree_on_every_session(policy: Market) -> None:
    changes = policy.series["target_change"]
    told = phases(policy.sessions, changes.known_on, change_bp=changes.values)
    first = int(np.searchsorted(policy.sessions, np.datetime64("1994-02-04")))
    assert set(told[:first]) == {NO_PHASE}
    assert [str(phase(policy.as_of(day))) for day in policy.sessions[first:]] == told[first:].tolist()


def test_before_the_first_change_there_is_no_phase_and_a_rule_is_told_so(policy: Market) -> None:
    with pytest.raises(NotYetKnown, match="target_change: no change of the target was public by 1994-02-03"):
        phase(policy.as_of(np.datetime64("1994-02-03")))


def test_a_session_of_a_market_with_no_changes_has_no_phase() -> None:
    days = np.array(["2024-01-02"], dtype="datetime64[D]")
    assert phases(days, days[:0], change_bp=np.empty(0)).tolist() == [NO_PHASE]


def test_a_cut_on_a_sunday_is_told_on_monday_but_ages_from_sunday(policy: Market) -> None:
    sunday = np.array(["2020-03-15"], dtype="datetime64[D]")
    days = np.array(["2020-03-13", "2020-03-16", "2020-09-14", "2020-09-15"], dtype="datetime64[D]")
    told = phases(days, sunday, change_bp=np.array([-100.0]))
    assert told.tolist() == [NO_PHASE, "cutting", "cutting", "easy"]


def test_months_are_clipped_to_the_months_end() -> None:
    hike = np.array(["2003-08-31"], dtype="datetime64[D]")
    days = np.array(["2004-02-28", "2004-02-29"], dtype="datetime64[D]")
    assert phases(days, hike, change_bp=np.array([25.0])).tolist() == ["hiking", "plateau"]


def test_a_meeting_without_a_change_does_not_prolong_a_phase() -> None:
    announced = np.array(["2024-01-31", "2024-06-12"], dtype="datetime64[D]")
    day = np.array(["2024-08-01"], dtype="datetime64[D]")
    assert phases(day, announced, change_bp=np.array([-25.0, 0.0])).tolist() == ["easy"]


def test_of_two_changes_between_sessions_the_later_one_counts() -> None:
    announced = np.array(["2020-03-14", "2020-03-15"], dtype="datetime64[D]")
    monday = np.array(["2020-03-16"], dtype="datetime64[D]")
    assert phases(monday, announced, change_bp=np.array([25.0, -100.0])).tolist() == ["cutting"]


def test_fewer_months_settle_sooner(policy: Market) -> None:
    view = policy.as_of(np.datetime64("2025-03-18"))
    assert (phase(view, 3), phase(view)) == (Phase.EASY, Phase.CUTTING)


@pytest.mark.parametrize("months", [0, -1, 600, 6.5])
def test_an_impossible_number_of_months_is_refused(policy: Market, months: int) -> None:
    with pytest.raises(StrategyError, match=r"months, 1 to 120|1 to 120 months"):
        phase(policy.as_of(np.datetime64("2025-03-18")), months)
