"""Signals on markets small enough to work out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from fedcycle.data.errors import NotYetKnown, UnknownName
from fedcycle.data.market import Market
from fedcycle.data.series import Series
from fedcycle.strategies.signals import correction, correlation_history, rate_correlation, yield_surge
from fedcycle.strategies.strategy import StrategyError

Builder = Callable[..., Market]

# Two weeks of sessions; Thursday 2024-07-04 has none, but (unlike in life) a yield.
DAYS = ["2024-07-01", "2024-07-02", "2024-07-03", "2024-07-05", "2024-07-08", "2024-07-09", "2024-07-10", "2024-07-11"]
# 07-03 has no yield: its return of 50% is dropped and the change of 07-05 runs from 07-02.
YIELDS = {
    "2024-07-01": 4.0,
    "2024-07-02": 4.1,
    "2024-07-04": 9.9,
    "2024-07-05": 3.9,
    "2024-07-08": 4.0,
    "2024-07-09": 4.0,
    "2024-07-10": 4.2,
    "2024-07-11": 5.0,
}
RETURNS = [0.01, 0.50, 0.03, -0.01, 0.01, -0.02, 0.07]
CLOSES = [100.0 * math.prod(1 + r for r in RETURNS[:k]) for k in range(8)]


@pytest.fixture
def july(tiny: Builder) -> Market:
    other = [100.0 * math.prod(1 + r for r in [0.05, -0.02, 0.04, 0.01, -0.03, 0.02, 0.0][:k]) for k in range(8)]
    return tiny(DAYS, {"small": CLOSES, "other": other}, dgs10=YIELDS)


def test_the_correlation_pairs_returns_with_changes_between_sessions_that_have_a_yield(july: Market) -> None:
    # At the close of 07-10 the pairs are those of 07-02, 07-05, 07-08 and 07-09:
    # returns 1, 3, -1, 1 % (less their mean: 0, 2, -2, 0), changes 10, -20, 10, 0 bp (mean 0).
    # r = (2 * -20 - 2 * 10) / sqrt(8 * 600) = -60 / sqrt(4800) = -sqrt(3) / 2
    view = july.as_of(np.datetime64("2024-07-10"))
    assert rate_correlation(view, "small", sessions=4) == pytest.approx(-math.sqrt(3) / 2, abs=1e-12)


def test_the_next_day_the_next_pair_comes_in_and_the_oldest_drops_out(july: Market) -> None:
    # 07-05, 07-08, 07-09, 07-10: returns 3, -1, 1, -2 % (mean 0.25), changes -20, 10, 0, 20 bp (mean 2.5)
    # Sxy = -60 - 10 + 0 - 40 - 4 * 0.25 * 2.5 = -112.5; Sxx = 15 - 0.25 = 14.75; Syy = 900 - 25 = 875
    view = july.as_of(np.datetime64("2024-07-11"))
    assert rate_correlation(view, "small", sessions=4) == pytest.approx(-112.5 / math.sqrt(14.75 * 875), abs=1e-12)


def test_a_shorter_window_takes_the_newest_pairs(july: Market) -> None:
    # 07-05, 07-08, 07-09: returns 3, -1, 1 % (mean 1), changes -20, 10, 0 bp (mean -10/3)
    # Sxy = -70 + 3 * 1 * 10 / 3 = -60; Sxx = 11 - 3 = 8; Syy = 500 - 100 / 3 = 1400 / 3
    view = july.as_of(np.datetime64("2024-07-10"))
    assert rate_correlation(view, "small", sessions=3) == pytest.approx(-60 / math.sqrt(8 * 1400 / 3), abs=1e-12)


def test_the_return_of_another_asset_can_be_taken_off(july: Market) -> None:
    # Less the other's 5, 4, 1, -3 %: -4, -1, -2, 4 % (mean -0.75); changes 10, -20, 10, 0 bp (mean 0)
    # Sxy = -40 + 20 - 20 = -40; Sxx = 37 - 2.25 = 34.75; Syy = 600
    view = july.as_of(np.datetime64("2024-07-10"))
    found = rate_correlation(view, "small", sessions=4, relative_to="other")
    assert found == pytest.approx(-40 / math.sqrt(34.75 * 600), abs=1e-12)


def test_todays_yield_and_return_do_not_enter_today(july: Market, tiny: Builder) -> None:
    changed = tiny(DAYS[:7], {"small": [*CLOSES[:6], 1.0]}, dgs10={k: v for k, v in YIELDS.items() if k < "2024-07-10"})
    day = np.datetime64("2024-07-10")
    assert rate_correlation(changed.as_of(day), "small", sessions=4) == rate_correlation(
        july.as_of(day), "small", sessions=4
    )


def test_of_a_series_known_on_its_own_day_todays_value_makes_the_last_pair(july: Market) -> None:
    late = july.series["DGS10"]
    at_once = Series("DGS10", late.unit, late.values, late.observed_on, late.observed_on)
    market = Market("prompt", july.sessions, july.assets, july.prices, {"DGS10": at_once})
    # 07-09, 07-10, 07-11: returns 1, -2, 7 % (less their mean: -1, -4, 5), changes 0, 20, 80 bp (mean 100/3)
    # Sxy = -80 + 400 = 320; Sxx = 1 + 16 + 25 = 42; Syy = 400 + 6400 - 10000 / 3 = 10400 / 3
    found = rate_correlation(market.as_of(np.datetime64("2024-07-11")), "small", sessions=3)
    assert found == pytest.approx(320 / math.sqrt(42 * 10400 / 3), abs=1e-12)


def test_more_pairs_than_exist_are_refused_with_their_number(july: Market) -> None:
    with pytest.raises(NotYetKnown, match="DGS10: 5 sessions with a change of the yield asked on 2024-07-10, 4 exist"):
        rate_correlation(july.as_of(np.datetime64("2024-07-10")), "small", sessions=5)


def test_a_market_without_yields_yet_is_refused_with_the_series(tiny: Builder) -> None:
    market = tiny(DAYS, {"small": CLOSES}, dgs10={"2024-07-11": 4.0})
    with pytest.raises(NotYetKnown, match="DGS10: 3 sessions with a change of the yield asked on 2024-07-10, 0 exist"):
        rate_correlation(market.as_of(np.datetime64("2024-07-10")), "small", sessions=3)


def test_closes_that_do_not_reach_back_are_refused_with_the_asset(tiny: Builder) -> None:
    young = [math.nan, math.nan, *CLOSES[2:]]
    market = tiny(DAYS, {"small": CLOSES, "young": young}, dgs10=YIELDS)
    with pytest.raises(NotYetKnown, match="young: closes: 6 asked on 2024-07-10, only 5 exist"):
        rate_correlation(market.as_of(np.datetime64("2024-07-10")), "young", sessions=4)


def test_a_yield_that_never_moved_correlates_with_nothing_and_says_so(tiny: Builder) -> None:
    market = tiny(DAYS, {"small": CLOSES}, dgs10=dict.fromkeys(YIELDS, 4.0))
    with pytest.raises(StrategyError, match="DGS10 moved by 0 in each of the 4 sessions to 2024-07-10"):
        rate_correlation(market.as_of(np.datetime64("2024-07-10")), "small", sessions=4)


def test_a_series_the_market_does_not_have_is_refused_by_name(july: Market) -> None:
    with pytest.raises(UnknownName, match="DGS30"):
        rate_correlation(july.as_of(np.datetime64("2024-07-10")), "small", sessions=4, series="DGS30")


def test_the_stated_history_holds_a_pair_for_each_session_but_one_in_twenty_and_five() -> None:
    # 126 pairs, today and the first base, 126 / 20 and 5 spare
    assert correlation_history(126) == 126 + 2 + 6 + 5


def test_a_surge_is_the_known_yield_less_the_one_known_sessions_ago(july: Market) -> None:
    # Known on 07-09 is 4.0 of 07-08; three sessions before, on 07-03, 4.1 of 07-02.
    assert yield_surge(july.as_of(np.datetime64("2024-07-09")), 3) == -10.0


def test_a_day_without_a_yield_leaves_the_last_known_one_standing(july: Market) -> None:
    # Known on 07-05 is 9.9 of 07-04, a day without a session; on 07-03 it was 4.1 of 07-02, and still would be.
    assert yield_surge(july.as_of(np.datetime64("2024-07-05")), 1) == 580.0
    # Known on 07-10 is 4.0 of 07-09, on 07-09 4.0 of 07-08.
    assert yield_surge(july.as_of(np.datetime64("2024-07-10")), 1) == 0.0


def test_half_a_percentage_point_is_fifty_basis_points_and_not_a_hair_more(tiny: Builder) -> None:
    # 4.57 - 4.07 is 0.5000000000000004 in floats.
    market = tiny(DAYS[:4], dgs10={"2024-07-01": 4.07, "2024-07-02": 4.30, "2024-07-03": 4.57})
    assert yield_surge(market.as_of(np.datetime64("2024-07-05")), 2) == 50.0


def test_a_surge_from_before_the_first_known_yield_is_refused(july: Market) -> None:
    with pytest.raises(NotYetKnown, match="DGS10: nothing was public by 2024-07-01"):
        yield_surge(july.as_of(np.datetime64("2024-07-03")), 2)


@pytest.mark.parametrize(
    ("sessions", "fraction"),
    [(4, 108.0 / 120.0 - 1.0), (3, 108.0 / 120.0 - 1.0), (2, 0.0), (1, 0.0)],
)
def test_a_correction_is_measured_from_the_highest_close_of_the_window(
    tiny: Builder, sessions: int, fraction: float
) -> None:
    market = tiny(DAYS[:4], {"small": [100.0, 120.0, 90.0, 108.0]})
    assert correction(market.as_of(np.datetime64("2024-07-05")), "small", sessions) == pytest.approx(
        fraction, abs=1e-15
    )


def test_a_correction_over_more_closes_than_there_are_is_refused(tiny: Builder) -> None:
    market = tiny(DAYS[:4], {"small": [100.0, 120.0, 90.0, 108.0]})
    with pytest.raises(NotYetKnown, match="small: closes: 5 asked on 2024-07-05, only 4 exist"):
        correction(market.as_of(np.datetime64("2024-07-05")), "small", 5)


@pytest.mark.parametrize("sessions", [0, -63, 63.0, 9999])
def test_an_impossible_window_is_refused_with_its_unit(july: Market, sessions: int) -> None:
    view = july.as_of(np.datetime64("2024-07-10"))
    for signal in (lambda: yield_surge(view, sessions), lambda: rate_correlation(view, "small", sessions=sessions)):
        with pytest.raises(StrategyError, match="sessions"):
            signal()


def test_a_session_without_a_trade_makes_no_pair_and_nor_does_the_next(tiny: Builder) -> None:
    gappy = tiny(DAYS, {"small": [*CLOSES[:4], math.nan, *CLOSES[5:]]}, dgs10=YIELDS)
    # Without a close on 07-08 there is no return of 07-08 and 07-09: of the pairs up to 07-10 these are left:
    # 07-02, 07-05 and 07-10: returns 1, 3, -2 % (less their mean 2/3), changes 10, -20, 20 bp (mean 10/3)
    # Sxy = 10 - 60 - 40 - 3 * 2/3 * 10/3 = -290/3; Sxx = 14 - 4/3 = 38/3; Syy = 900 - 100/3 = 2600/3
    found = rate_correlation(gappy.as_of(np.datetime64("2024-07-11")), "small", sessions=3)
    assert found == pytest.approx(-290 / math.sqrt(38 * 2600), abs=1e-12)


def test_a_correction_without_a_trade_today_is_that_of_the_last_close(tiny: Builder) -> None:
    market = tiny(DAYS[:3], {"small": [100.0, 80.0, math.nan], "other": [1.0, 1.0, 1.0]})
    assert correction(market.as_of(np.datetime64("2024-07-03")), "small", 3) == pytest.approx(-0.2, abs=1e-15)
