"""Easing cycles since 1994, dated with hindsight, against the table everyone can check at the Fed and the NBER."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.core.fed_cycles import EPISODE_STARTS, easing_cycles, final_cuts
from fedcycle.data import DataError, Market, UnknownName

#            first cut     final cut     next hike     recession  cuts  basis points
RUNS = [
    ("1995-07-06", "1996-01-31", "1997-03-25", False, 3, 75),  # 6.00 to 5.25
    ("1998-09-29", "1998-11-17", "1999-06-30", False, 3, 75),  # 5.50 to 4.75
    ("2001-01-03", "2003-06-25", "2004-06-30", True, 13, 550),  # 6.50 to 1.00
    ("2007-09-18", "2008-12-16", "2015-12-16", True, 10, 500),  # 5.25 to 0.25
    ("2019-07-31", "2020-03-15", "2022-03-16", True, 5, 225),  # 2.50 to 0.25
    ("2024-09-18", "2025-12-10", "2026-09-16", False, 6, 175),  # 5.50 to 3.75
]


def rows(cycles):
    return [
        (
            str(c.first_cut),
            str(c.final_cut),
            None if c.next_hike is None else str(c.next_hike),
            c.recession,
            c.cuts,
            c.cut_bp,
        )
        for c in cycles
    ]


def test_runs_of_cuts_between_hikes_are_the_cycles_of_record(market):
    cycles = easing_cycles(market())

    assert rows(cycles) == RUNS
    assert not any(c.open for c in cycles)


def test_episodes_part_the_cuts_of_2019_from_those_of_the_pandemic(market):
    cycles = easing_cycles(market(), "episodes")

    assert rows(cycles) == [
        *RUNS[:4],
        ("2019-07-31", "2019-10-30", None, False, 3, 75),
        ("2020-03-03", "2020-03-15", "2022-03-16", True, 2, 150),
        RUNS[5],
    ]
    assert not any(c.open for c in cycles)


def test_the_last_cut_so_far_stands_in_while_no_hike_has_ended_the_cycle(market):
    # What the note saw on 2025-01-12.
    last = easing_cycles(market(until="2025-01-12"))[-1]

    assert (str(last.final_cut), last.next_hike, last.open) == ("2024-12-18", None, True)


def test_an_open_cycle_has_no_final_cut_to_hand_to_a_rule(market):
    assert [str(d) for d in final_cuts(easing_cycles(market(until="2025-01-12")))] == [
        *("1996-01-31", "1998-11-17", "2003-06-25", "2008-12-16", "2020-03-15")
    ]


def test_final_cuts_of_episodes_include_the_last_of_2019(market):
    assert [str(d) for d in final_cuts(easing_cycles(market(), "episodes"))] == [
        *("1996-01-31", "1998-11-17", "2003-06-25", "2008-12-16", "2019-10-30", "2020-03-15", "2025-12-10")
    ]


def test_no_cycle_has_no_final_cut(market):
    assert final_cuts(easing_cycles(market(until="1995-01-01"))).shape == (0,)


def test_the_length_is_in_calendar_days(market):
    # 1998-09-29 to 1998-11-17: one day of September, 31 of October, 17 of November.
    assert easing_cycles(market())[1].length_days == 49


@pytest.mark.parametrize(
    ("turns", "recession"),
    [
        # The cycle's months are 1998-09 to 1998-11.
        ("1998-08 -1 1999-01-01, 1999-02 1 1999-12-01", True),  # recession months 1998-09 to 1999-02
        ("1998-10 -1 1999-01-01, 1999-02 1 1999-12-01", True),  # from 1998-11, the month of the final cut
        ("1998-11 -1 1999-01-01, 1999-02 1 1999-12-01", False),  # from 1998-12, after it
        ("1998-01 -1 1998-06-01, 1998-09 1 1999-12-01", True),  # the trough's month belongs to the recession
        ("1998-01 -1 1998-06-01, 1998-08 1 1999-12-01", False),
        ("1998-01 -1 1998-06-01", True),  # no trough yet: it lasts
        ("1998-09 1 1999-12-01", True),  # began before the first turning point on record
        ("", False),
    ],
)
def test_a_cycle_is_flagged_if_a_recession_month_overlaps_its_cuts(market, turns, recession):
    cycle = easing_cycles(market(turns=turns))[1]

    assert str(cycle.first_cut) == "1998-09-29"
    assert cycle.recession is recession


def test_a_gap_rule_could_not_have_found_the_split_of_2019(market):
    # The gap it would have to use, 125 days, also lies inside cycles that belong together.
    changes = market().series["target_change"]
    cuts = changes.known_on[changes.values < 0]
    gaps = dict(zip(cuts[1:].astype(str), np.diff(cuts).astype(int), strict=True))

    assert gaps[str(EPISODE_STARTS[0])] == 125
    assert gaps["2002-11-06"] == 330


def test_a_market_without_policy_facts_is_refused_by_name():
    bare = Market("mine", np.array(["2020-01-02"], dtype="datetime64[D]"), ("a",), np.ones((1, 1)))

    with pytest.raises(UnknownName, match="market mine has no series 'target_change' to date cycles by; it has none"):
        easing_cycles(bare)


def test_another_way_of_dating_is_refused(market):
    with pytest.raises(DataError, match="cycles is 'gaps'; write runs or episodes"):
        easing_cycles(market(), "gaps")
