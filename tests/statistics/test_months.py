"""Which calendar months of a run are complete."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.statistics.monthly import monthly
from fedcycle.strategies.schedule import month_end


def run(start, end, calendar_end="2025-05-30"):
    """Return the monthly returns of an account that doubles every session (weekdays), and its sessions."""
    calendar = np.arange("1997-12-01", np.datetime64(calendar_end) + np.timedelta64(1, "D"), dtype="datetime64[D]")
    calendar = calendar[np.is_busday(calendar)]
    ends = month_end(calendar, np.empty(0, dtype="datetime64[D]"))
    chosen = (calendar >= np.datetime64(start)) & (calendar <= np.datetime64(end))
    return monthly(2.0 ** np.arange(chosen.sum()), calendar[chosen], month_ends=ends[chosen]).values


def test_the_month_in_which_a_run_starts_is_not_complete_even_from_its_first_session():
    # 1998-01-02 is January's second weekday here, 1998-01-01 its first; neither has the close of 1997-12-31 in the run.
    assert len(run("1998-01-02", "1998-02-27")) == 1
    assert len(run("1998-01-01", "1998-02-27")) == 1


def test_a_run_that_starts_on_a_months_last_session_has_the_next_month_whole():
    # January 1998 has 22 weekdays: doubled 22 times since 1997-12-31.
    assert run("1997-12-31", "1998-01-30") == pytest.approx([2.0**22 - 1])


def test_the_month_in_which_a_run_ends_is_complete_only_to_its_last_session():
    assert len(run("1997-12-31", "1998-02-26")) == 1
    assert len(run("1997-12-31", "1998-02-27")) == 2


def test_the_last_session_of_the_data_ends_its_month_where_the_next_weekday_is_in_another():
    # 2025-05-30 was a Friday and May's last session.
    assert len(run("2025-04-30", "2025-05-30")) == 1
    assert len(run("2025-04-30", "2025-05-29", calendar_end="2025-05-29")) == 0


def test_a_run_within_one_month_has_no_complete_month():
    assert len(run("1998-03-02", "1998-03-31")) == 0
