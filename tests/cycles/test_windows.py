"""Where an event window begins and ends, and when it is not complete. The calendar is weekdays, 2020-03-15 a Sunday."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.core.fed_cycles import easing_cycles, event_windows, windows
from fedcycle.data import Market, UnknownName


def bounds(market, how="runs"):
    """Return (start, end, complete) of each window of each cycle, by the year of the first cut."""
    out = {}
    for cycle in easing_cycles(market, how):
        found = windows(cycle, market.sessions)
        out[str(cycle.first_cut)[:4]] = {
            name: (w.start and str(w.start), w.end and str(w.end), w.note is None) for name, w in found.items()
        }
    return out


def test_twelve_months_count_from_the_announcement_and_end_on_a_session(market):
    found = bounds(market())

    assert found["1995"]["12m"] == ("1996-01-31", "1997-01-31", True)
    assert found["1998"]["12m"] == ("1998-11-17", "1999-11-17", True)  # the hike of 1999-06-30 does not cut it
    assert found["2001"]["12m"] == ("2003-06-25", "2004-06-25", True)
    assert found["2007"]["12m"] == ("2008-12-16", "2009-12-16", True)
    # Announced on a Sunday: the base is Monday's close, yet the year ends on 2021-03-15.
    assert found["2019"]["12m"] == ("2020-03-16", "2021-03-15", True)


def test_a_window_that_ends_on_a_weekend_ends_at_the_session_before(market):
    # 2019-10-30 + 12 months is a Friday; 1998-11-17 + 12 months a Wednesday. A cut on 2002-03-15 leads to Saturday.
    changes = "2002-01-15 -25, 2002-03-15 -25, 2004-06-30 25"

    assert bounds(market(changes=changes))["2002"]["12m"] == ("2002-03-15", "2003-03-14", True)


def test_months_are_clipped_to_the_end_of_a_shorter_one(market):
    # 2004-02-29 + 12 months is 2005-02-28, a Monday; the Sunday's base is Monday 2004-03-01.
    changes = "2004-01-15 -25, 2004-02-29 -25, 2006-06-30 25"

    assert bounds(market(changes=changes))["2004"]["12m"] == ("2004-03-01", "2005-02-28", True)


def test_the_hike_window_ends_at_the_last_close_before_the_hike_is_known(market):
    found = bounds(market())

    assert found["1998"]["to_hike"] == ("1998-11-17", "1999-06-29", True)
    assert found["2019"]["to_hike"] == ("2020-03-16", "2022-03-15", True)


def test_the_first_window_runs_from_the_first_close_that_knows_a_cut_to_the_one_that_knows_the_last(market):
    assert bounds(market())["2019"]["first_cut_to_final_cut"] == ("2019-07-31", "2020-03-16", True)


def test_the_cycle_of_2024_is_not_complete_in_data_that_end_in_may_2025(market):
    found = bounds(market())["2024"]

    assert found["first_cut_to_final_cut"] == ("2024-09-18", None, False)
    assert found["12m"] == found["to_hike"] == (None, None, False)


def test_the_episode_of_2019_has_a_year_and_no_window_to_a_hike(market):
    found = bounds(market(), "episodes")["2019"]

    assert found["12m"] == ("2019-10-30", "2020-10-30", True)
    assert found["to_hike"] == ("2019-10-30", None, False)


def test_an_open_cycle_has_no_complete_window_even_when_a_year_has_passed(market):
    # At the end of 2010 nobody knew that 2008-12-16 had been the final cut.
    found = bounds(market(end="2010-12-31", until="2010-12-31"))["2007"]

    assert not any(complete for _, _, complete in found.values())


@pytest.mark.parametrize(
    ("end", "complete"),
    [("2004-06-24", False), ("2004-06-25", True)],  # 2003-06-25 + 12 months is a Friday
)
def test_a_year_is_complete_only_once_its_last_day_is_in_the_data(market, end, complete):
    assert bounds(market(end=end))["2001"]["12m"][2] is complete


@pytest.mark.parametrize(
    ("end", "complete"),
    # 2004-06-30 is a Wednesday: the close of the day before is in the data or it is not.
    [("2004-06-28", False), ("2004-06-29", True)],
)
def test_a_hike_window_needs_the_last_close_before_the_hike(market, end, complete):
    assert bounds(market(end=end))["2001"]["to_hike"][2] is complete


def test_a_weekend_at_the_end_of_the_data_leaves_no_session_out(market):
    # 2002-03-15 + 12 months is Saturday 2003-03-15: Friday's close is the last there can be.
    changes = "2002-01-15 -25, 2002-03-15 -25, 2004-06-30 25"

    assert bounds(market(changes=changes, end="2003-03-14"))["2002"]["12m"] == ("2002-03-15", "2003-03-14", True)


@pytest.mark.parametrize(
    ("start", "base"),
    [("1998-11-17", "1998-11-17"), ("1998-11-18", None)],
)
def test_a_base_before_the_data_is_not_replaced_by_a_later_close(market, start, base):
    found = bounds(market(start=start))["1998"]

    assert found["12m"][0] == base
    assert found["12m"][2] is (base is not None)
    assert found["first_cut_to_final_cut"][2] is False


def test_the_note_says_at_which_end_the_data_stop(market):
    late, early = market(start="1999-01-04"), market(end="1999-01-04")

    assert windows(easing_cycles(late)[1], late.sessions)["12m"].note == "the sessions begin on 1999-01-04"
    assert windows(easing_cycles(early)[1], early.sessions)["12m"].note == "the sessions end on 1999-01-04"


def test_event_returns_are_total_returns_between_the_two_closes(market):
    m = market()
    number = {str(d): 1.0 + i for i, d in enumerate(m.sessions)}

    found = event_windows(m, easing_cycles(m)[4], ["count", "flat"])

    assert found["12m"]["count"] == pytest.approx(number["2021-03-15"] / number["2020-03-16"] - 1)
    assert found["to_hike"]["count"] == pytest.approx(number["2022-03-15"] / number["2020-03-16"] - 1)
    assert found["12m"]["flat"] == found["to_hike"]["flat"] == 0.0


def test_an_incomplete_event_window_is_none(market):
    m = market()

    assert event_windows(m, easing_cycles(m)[5], ["count"]) == {"12m": None, "to_hike": None}


def test_an_asset_without_a_price_at_one_end_is_none_beside_the_others(market):
    m = market()
    prices = np.column_stack([m.prices, np.where(m.sessions < np.datetime64("2021-01-01"), 1.0, np.nan)])
    m = Market("ends", m.sessions, ("count", "flat", "gone"), prices, m.series)

    found = event_windows(m, easing_cycles(m)[4], ["gone", "flat"])

    assert found["12m"] == {"gone": None, "flat": 0.0}


def test_a_window_in_which_no_asset_has_a_return_is_none(market):
    m = market()
    late = np.where(m.sessions > np.datetime64("2020-06-01"), 1.0, np.nan)
    m = Market("late", m.sessions, ("late",), late[:, None], m.series)

    assert event_windows(m, easing_cycles(m)[4], ["late"]) == {"12m": None, "to_hike": None}


def test_an_asset_the_market_does_not_have_is_refused(market):
    m = market()

    with pytest.raises(UnknownName, match="'tiny' is not an asset"):
        event_windows(m, easing_cycles(m)[0], ["tiny"])
