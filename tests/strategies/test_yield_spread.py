"""The slope of the yield curve against yields on paper, and as a config and an explanation have it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fedcycle.data.market import Market, NotYetKnown
from fedcycle.data.series import Series, Unit
from fedcycle.strategies.conditions import condition
from fedcycle.strategies.policy_conditions import yield_spread
from fedcycle.strategies.strategy import StrategyError

from .conftest import weekdays

DAYS = weekdays("2024-03-04", "2024-03-08")


def curve() -> Market:
    """Ten years and three months, each public the day after: the short one of 03-05 is missing."""
    ten, three = np.array([4.57, 4.10, 4.00]), np.array([4.07, 4.25])
    of_ten, of_three = DAYS[:3], DAYS[[0, 2]]
    series = [
        Series("DGS10", Unit.PERCENT, ten, of_ten, DAYS[1:4]),
        Series("DGS3MO", Unit.PERCENT, three, of_three, DAYS[[1, 3]]),
    ]
    return Market("made", DAYS, ("a", "b", "bills"), np.ones((5, 3)), {of.name: of for of in series})


@pytest.mark.parametrize(("day", "spread"), [(1, 50.0), (2, 3.0), (3, -25.0), (4, -25.0)])
def test_the_spread_is_of_the_newest_yields_public_that_day(day: int, spread: float) -> None:
    # 03-05: 4.57 - 4.07; 03-06: 4.10 less the 4.07 still newest; from 03-07 on 4.00 - 4.25, an inverted curve.
    view = curve().as_of(DAYS[day])
    assert yield_spread(view) == spread
    assert condition({"yield_spread": {"below_bp": 0}}, "When").holds(view) == (spread < 0)
    assert condition({"yield_spread": {"above_bp": 3}}, "When").holds(view) == (spread > 3)


def test_before_both_are_known_there_is_no_spread() -> None:
    with pytest.raises(NotYetKnown):
        yield_spread(curve().as_of(DAYS[0]))


def test_an_explanation_has_both_yields_and_the_spread_with_their_days() -> None:
    ten, three, spread = condition({"yield_spread": {"below_bp": 0}}, "When").seen(curve().as_of(DAYS[2]))
    assert (ten.value, three.value, spread.value, spread.unit) == (4.10, 4.07, 3.0, "basis points")
    # The ten-year yield of 03-05 is the newer of the two.
    assert (str(spread.observed_on), str(spread.known_on)) == ("2024-03-05", "2024-03-06")


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({}, "yield_spread has no above_bp and below_bp; write one of them"),
        ({"above_bp": 1, "below_bp": 2}, "yield_spread has an above_bp and below_bp; write one of them"),
        ({"below_bp": 0.5}, "yield_spread.below_bp is 0.5, but it is in basis points; write 50"),
        ({"below_bp": 0, "short": "DGS10"}, "name two different"),
    ],
)
def test_a_spread_that_makes_no_sense_is_one_sentence(stated: dict[str, Any], said: str) -> None:
    with pytest.raises(StrategyError, match=said):
        condition({"yield_spread": stated}, "When")
