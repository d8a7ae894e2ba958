"""When a rule is asked, on calendars with the traps in them."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.data.typing import Days
from fedcycle.strategies.schedule import (
    SCHEDULES,
    after_fomc,
    daily,
    decision_days,
    exists,
    month_end,
    month_start,
    quarter_end,
    week_end,
    year_end,
)

NEVER = np.empty(0, dtype="datetime64[D]")


def days(*values: str) -> Days:
    return np.array(values, dtype="datetime64[D]")


def chosen(name: str, sessions: Days, announced: Days = NEVER) -> list[str]:
    return [str(d) for d in sessions[SCHEDULES[name](sessions, announced)]]


def test_the_schedules_of_a_config_are_there() -> None:
    assert dict(SCHEDULES) == {
        "month_end": month_end,
        "month_start": month_start,
        "quarter_end": quarter_end,
        "year_end": year_end,
        "week_end": week_end,
        "daily": daily,
        "after_fomc": after_fomc,
    }


def test_quarters_and_years_end_and_months_start_on_sessions() -> None:
    sessions = days("2023-12-28", "2023-12-29", "2024-01-02", "2024-03-28", "2024-04-01", "2024-06-28", "2024-07-01")
    assert chosen("quarter_end", sessions) == ["2023-12-29", "2024-03-28", "2024-06-28"]
    assert chosen("year_end", sessions) == ["2023-12-29"]
    assert chosen("month_start", sessions) == [
        *("2023-12-28", "2024-01-02", "2024-03-28", "2024-04-01", "2024-06-28", "2024-07-01")
    ]


def test_every_n_sessions_counts_from_the_run_and_dates_without_a_session_are_the_next_one() -> None:
    sessions = days("2024-03-27", "2024-03-28", "2024-04-01", "2024-04-02", "2024-04-03")
    counted = decision_days("every 2", sessions, NEVER, first=1)
    assert sessions[counted].astype(str).tolist() == ["2024-03-28", "2024-04-02"]
    # Good Friday: the Monday after. A day before the first session is no decision, one after the last neither.
    told = decision_days("dates 2024-01-01 2024-03-29 2024-04-03 2025-01-01", sessions, NEVER)
    assert sessions[told].astype(str).tolist() == ["2024-04-01", "2024-04-03"]


@pytest.mark.parametrize(("name", "there"), [("every 5", True), ("every 0", False), ("every x", False)])
def test_a_schedule_by_count_exists_where_it_counts(name: str, there: bool) -> None:
    assert exists(name) is there


def test_a_month_ends_on_its_last_session_even_where_that_is_not_its_last_weekday() -> None:
    # Good Friday 2024-03-29 had no session.
    sessions = days("2024-03-27", "2024-03-28", "2024-04-01", "2024-04-30", "2024-05-01")
    assert chosen("month_end", sessions) == ["2024-03-28", "2024-04-30"]


def test_a_market_that_ends_in_mid_month_does_not_end_that_month() -> None:
    assert chosen("month_end", days("2024-05-30", "2024-05-31", "2024-06-03", "2024-06-14")) == ["2024-05-31"]


def test_a_market_that_ends_on_the_last_weekday_ends_the_month() -> None:
    # 2025-05-30 is a Friday, the next weekday is in June.
    assert chosen("month_end", days("2025-05-29", "2025-05-30")) == ["2025-05-30"]


def test_a_week_ends_on_thursday_where_friday_is_a_holiday() -> None:
    sessions = days("2024-03-22", "2024-03-25", "2024-03-27", "2024-03-28", "2024-04-01", "2024-04-05", "2024-04-08")
    assert chosen("week_end", sessions) == ["2024-03-22", "2024-03-28", "2024-04-05"]


def test_a_week_without_sessions_is_passed_over() -> None:
    # The exchange was shut from Tuesday 2001-09-11 to Friday 2001-09-14.
    sessions = days("2001-09-07", "2001-09-10", "2001-09-17", "2001-09-21", "2001-09-24")
    assert chosen("week_end", sessions) == ["2001-09-07", "2001-09-10", "2001-09-21"]


@pytest.mark.parametrize(("last", "ends"), [("2024-06-12", False), ("2024-06-13", False), ("2024-06-14", True)])
def test_a_market_ends_its_last_week_only_on_a_friday(last: str, ends: bool) -> None:
    assert (last in chosen("week_end", days("2024-06-10", last))) is ends


@pytest.mark.parametrize("weekend", ["2024-06-08", "2024-06-09"])
def test_a_weekend_session_belongs_to_the_week_before_it(weekend: str) -> None:
    assert chosen("week_end", days("2024-06-07", weekend, "2024-06-10")) == [weekend]


def test_a_market_that_ends_on_a_saturday_looks_to_the_monday_after_it() -> None:
    # Monday 2022-01-31 is still in January.
    assert chosen("month_end", days("2022-01-28", "2022-01-29")) == []


def test_every_session_is_asked_daily() -> None:
    assert chosen("daily", days("2024-06-07", "2024-06-10")) == ["2024-06-07", "2024-06-10"]


def test_an_announcement_is_first_known_at_its_own_close_or_the_next_one() -> None:
    sessions = days("2020-03-02", "2020-03-03", "2020-03-13", "2020-03-16", "2020-03-17")
    # 2020-03-15 was a Sunday.
    assert chosen("after_fomc", sessions, days("2020-03-03", "2020-03-15")) == ["2020-03-03", "2020-03-16"]


def test_an_announcement_before_or_after_the_market_is_no_decision_day() -> None:
    sessions = days("2020-03-16", "2020-03-17", "2020-03-18")
    assert chosen("after_fomc", sessions, days("2019-10-30", "2022-03-16")) == []


def test_an_announcement_on_the_first_session_is_one() -> None:
    sessions = days("2020-03-03", "2020-03-04")
    assert chosen("after_fomc", sessions, days("2019-10-30", "2020-03-03")) == ["2020-03-03"]


def test_two_announcements_between_sessions_make_one_decision_day() -> None:
    sessions = days("2020-03-13", "2020-03-16", "2020-03-17")
    assert chosen("after_fomc", sessions, days("2020-03-14", "2020-03-15")) == ["2020-03-16"]


def test_without_announcements_nothing_follows_them() -> None:
    assert chosen("after_fomc", days("2020-03-13", "2020-03-16")) == []


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_answers_once_for_each_session(name: str) -> None:
    for n in (1, 2, 300):
        sessions = np.arange(np.datetime64("2019-12-31"), np.datetime64("2019-12-31") + np.timedelta64(n, "D"))
        answer = SCHEDULES[name](sessions, days("2020-03-15"))
        assert answer.shape == (n,)
        assert answer.dtype == np.bool_
