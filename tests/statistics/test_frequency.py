"""Weeks and months: returns know their frequency by their dates, and a year has 52 or 12 of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.periods import check_schedule, check_windows
from fedcycle.backtests.inference.bootstrap_moments import Panel, columns, statistics
from fedcycle.backtests.statistics.frequency import Frequency, frequency_of
from fedcycle.backtests.statistics.numerics import sessions_per_year
from fedcycle.backtests.statistics.returns import Bills, Returns
from fedcycle.backtests.statistics.risk import volatility
from fedcycle.data.market import Market
from fedcycle.strategies.library.momentum import Momentum

MONTHS = np.arange("2001-02", "2005-03", dtype="datetime64[M]").astype("datetime64[D]") - np.timedelta64(1, "D")
FRIDAYS = np.arange("2001-01-05", "2003-01-10", 7, dtype="datetime64[D]")


def market(sessions: np.ndarray, frequency: str) -> Market:
    level = 100.0 + np.arange(len(sessions) * 2.0).reshape(-1, 2)
    return Market("m", sessions, ("a", "b"), level, frequency=frequency)


@pytest.mark.parametrize(("sessions", "frequency", "year"), [(MONTHS, "MONTHLY", 12.0), (FRIDAYS, "WEEKLY", 52.0)])
def test_a_year_has_as_many_sessions_as_the_dates_say(sessions: np.ndarray, frequency: str, year: float) -> None:
    assert frequency_of(sessions) is Frequency[frequency]
    assert sessions_per_year(sessions) == year
    # A short stretch is of the same frequency, and so is one whose first session is there twice.
    assert sessions_per_year(sessions[:4]) == year
    assert sessions_per_year(np.append(sessions[:1], sessions)) == year


def test_the_week_of_september_2001_that_ended_on_a_monday_leaves_weeks_what_they_are() -> None:
    weeks = np.where(np.datetime64("2001-09-14") == FRIDAYS, np.datetime64("2001-09-10"), FRIDAYS)
    assert frequency_of(weeks) is Frequency.WEEKLY
    assert sessions_per_year(weeks) == 52.0


def test_volatility_of_months_is_annualised_by_twelve() -> None:
    level = 100.0 * np.cumprod(np.where(np.arange(len(MONTHS)) % 2, 1.01, 0.99))
    r = Returns.of_level(level, MONTHS)
    # An even number of returns of +1% and -1% in turn.
    n = len(r)
    assert volatility(r) == pytest.approx(0.01 * math.sqrt(n / (n - 1)) * math.sqrt(12), rel=1e-9)
    assert Bills.beside(r, level, name="bills").frequency is Frequency.MONTHLY


def test_the_bootstrap_annualises_by_the_same() -> None:
    r = np.where(np.arange(len(MONTHS) - 1) % 2, 0.01, -0.01)
    panel = Panel.of(r[:, None], 0.5 * r, np.zeros(len(r)), sessions=MONTHS)
    found, _ = statistics(columns(panel).sum(axis=0)[None, :], panel)
    assert found[0]["volatility"][0] == pytest.approx(float(np.std(r, ddof=1)) * math.sqrt(12), rel=1e-9)


@pytest.mark.parametrize("schedule", ["daily", "week_end", "month_start", "after_fomc", "every 21"])
def test_what_is_finer_than_months_or_counts_days_is_refused(schedule: str) -> None:
    with pytest.raises(BacktestError, match=r"schedule is .*month_end, quarter_end, year_end"):
        check_schedule(market(MONTHS, "monthly"), schedule, "schedule")


@pytest.mark.parametrize("schedule", ["month_end", "quarter_end", "year_end", "every 3", "dates 2002-01-31"])
def test_what_is_as_coarse_as_months_is_taken(schedule: str) -> None:
    check_schedule(market(MONTHS, "monthly"), schedule, "schedule")
    check_schedule(market(FRIDAYS, "daily"), "daily", "schedule")


def test_a_window_that_is_a_default_in_days_has_to_be_written() -> None:
    rule = Momentum(assets=("a", "b"))
    with pytest.raises(BacktestError, match=r"Momentum.sessions is 252 sessions unless it is written, chosen for days"):
        check_windows(market(MONTHS, "monthly"), rule)
    check_windows(market(MONTHS, "monthly"), Momentum(assets=("a", "b"), sessions=12, skip=1))
    check_windows(market(FRIDAYS, "daily"), rule)
