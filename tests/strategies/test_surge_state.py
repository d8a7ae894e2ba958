"""A surge with two thresholds and a minimum stay, walked by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fedcycle.data.errors import NotYetKnown
from fedcycle.data.market import Market
from fedcycle.strategies.signals import SurgeState, surge_state, yield_surge, yield_surges

Builder = Callable[..., Market]
# Two weeks of weekdays; with a rise over one session, the rise known at the close of day k is yield k-1 less yield k-2.
DAYS = [f"2024-07-{d:02}" for d in (1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 15, 16)]


def rising(tiny: Builder, rises_bp: list[float]) -> Market:
    """Return a market in which the rise known at the close of DAYS[2], DAYS[3], ... is so many basis points."""
    level = np.round(4.0 + np.cumsum([0.0, *rises_bp]) / 100, 6)
    return tiny(DAYS, dgs10=dict(zip(DAYS, level.tolist(), strict=False)))


def told(market_: Market, **thresholds: float) -> list[bool]:
    views = [market_.as_of(np.datetime64(d)) for d in DAYS[2:]]
    return [surge_state(v, 1, **thresholds).on for v in views]  # type: ignore[arg-type]


def test_it_comes_on_above_one_threshold_and_goes_off_below_the_other(tiny: Builder) -> None:
    #             at 50 not yet, above on; at 25 still on, below off; 30 does not bring it back
    rises = [10.0, 50.0, 51.0, 30.0, 25.0, 24.0, 30.0, 50.0, 60.0, 20.0]
    expected = [False, False, True, True, True, False, False, False, True, False]
    assert told(rising(tiny, rises), enter_bp=50.0, leave_bp=25.0) == expected


def test_it_stays_for_a_minimum_whichever_way_it_went(tiny: Builder) -> None:
    rises = [60.0, 0.0, 0.0, 60.0, 60.0, 0.0, 60.0, 0.0, 0.0, 0.0]
    # on at 0, may leave from 3 on, where the rise is 60 again; leaves at 5, may come on from 8 on: 6 is too early
    expected = [True, True, True, True, True, False, False, False, False, False]
    assert told(rising(tiny, rises), enter_bp=50.0, leave_bp=25.0, stay_sessions=3) == expected
    # without a minimum it follows every turn
    turns = [True, False, False, True, True, False, True, False, False, False]
    assert told(rising(tiny, rises), enter_bp=50.0, leave_bp=25.0) == turns


def test_it_says_since_when(tiny: Builder) -> None:
    built = rising(tiny, [10.0, 60.0, 30.0, 10.0])
    states = [surge_state(built.as_of(np.datetime64(d)), 1, enter_bp=50.0, leave_bp=25.0) for d in DAYS[2:6]]
    assert states == [
        SurgeState(on=False, since=None),
        SurgeState(on=True, since=np.datetime64("2024-07-04")),
        SurgeState(on=True, since=np.datetime64("2024-07-04")),
        SurgeState(on=False, since=np.datetime64("2024-07-08")),
    ]


def test_the_walk_agrees_with_the_surge_of_every_day_alone(market: Market) -> None:
    last = market.as_of(market.sessions[400])
    sessions, rise = yield_surges(last, 63)
    # The market's first session knows no yield yet, the second the first one.
    assert sessions[0] == market.sessions[1 + 63]
    assert sessions[-1] == market.sessions[400]
    assert [yield_surge(market.as_of(s), 63) for s in sessions[::17]] == rise[::17].tolist()


def test_before_a_rise_can_be_told_there_is_no_surge(tiny: Builder) -> None:
    built = market_of_one(tiny)
    with pytest.raises(NotYetKnown, match="DGS10: a rise over 3 sessions asked on 2024-07-04, but its values"):
        surge_state(built.as_of(np.datetime64("2024-07-04")), 3, enter_bp=50.0, leave_bp=25.0)
    assert not surge_state(built.as_of(np.datetime64("2024-07-05")), 3, enter_bp=50.0, leave_bp=25.0).on


def market_of_one(tiny: Builder) -> Market:
    return tiny(DAYS, dgs10={"2024-07-01": 4.0})
