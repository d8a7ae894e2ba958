"""Which cut looks final on the day, at the traps of the record; dates are announcements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fedcycle.data.errors import NotYetKnown
from fedcycle.data.market import Market
from fedcycle.strategies.final_cut import AsOf, Hindsight, Months, Pause, Recogniser, UntilHike, recogniser, window
from fedcycle.strategies.strategy import StrategyError

FINAL_CUTS = tuple(
    dt.date.fromisoformat(d)
    for d in ("1996-01-31", "1998-11-17", "2003-06-25", "2008-12-16", "2020-03-15", "2025-12-10")
)
NOTE = AsOf(dt.date(2025, 1, 12))


def recognised(rule: Recogniser, market: Market, day: str) -> str | None:
    cut = rule.final_cut(market.as_of(np.datetime64(day)))
    return None if cut is None else str(cut)


@pytest.mark.parametrize(
    ("day", "cut"),
    [
        ("1995-07-05", None),  # the last change was a hike
        ("1996-07-30", None),  # a day short of six months after 1996-01-31
        ("1996-07-31", "1996-01-31"),
        ("1997-03-24", "1996-01-31"),
        ("1997-03-25", None),  # a hike ends it at the close that knows it
        ("1999-05-14", None),
        ("1999-05-17", "1998-11-17"),
        ("1999-06-29", "1998-11-17"),
        ("1999-06-30", None),
        ("2001-01-02", None),  # a pause after a hike is no sign of a cut
        ("2002-06-10", None),
        ("2002-06-11", "2001-12-11"),  # wrong: another cut came on 2002-11-06
        ("2002-11-05", "2001-12-11"),
        ("2002-11-06", None),
        ("2003-05-05", None),
        ("2003-05-06", "2002-11-06"),  # wrong again: the last one came on 2003-06-25
        ("2003-06-24", "2002-11-06"),
        ("2003-06-25", None),
        ("2003-12-24", None),
        ("2003-12-25", "2003-06-25"),
        ("2004-06-29", "2003-06-25"),
        ("2004-06-30", None),
        ("2007-09-17", None),  # more than a year after the hike of 2006-06-29
        ("2015-12-15", "2008-12-16"),  # still in force; a window of months closed it long before
        ("2015-12-16", None),
        ("2020-09-14", None),
        ("2020-09-15", "2020-03-15"),  # six months from the Sunday, not from Monday
        ("2025-06-17", None),
        ("2025-06-18", "2024-12-18"),  # wrong: the Fed cut again on 2025-09-17
        ("2025-09-16", "2024-12-18"),
        ("2025-09-17", None),
    ],
)
def test_a_pause_of_six_months_recognises_what_it_would_have(policy: Market, day: str, cut: str | None) -> None:
    assert recognised(Pause(6), policy, day) == cut


def test_a_longer_pause_is_not_fooled_by_2001_or_2002(policy: Market) -> None:
    assert [recognised(Pause(12), policy, d) for d in ("2002-11-05", "2003-06-24", "2004-06-25")] == [
        None,
        None,
        "2003-06-25",
    ]


@pytest.mark.parametrize(
    ("day", "cut"),
    [
        ("2024-12-18", None),  # the cut is known, the belief is not yet held
        ("2025-01-10", None),
        ("2025-01-13", "2024-12-18"),  # 2025-01-12 was a Sunday
        ("2025-09-16", "2024-12-18"),
        ("2025-09-17", None),  # the next change refutes it, although it was a cut
        ("2025-12-31", None),
    ],
)
def test_the_notes_belief_holds_from_its_day_until_the_next_change(policy: Market, day: str, cut: str | None) -> None:
    assert recognised(NOTE, policy, day) == cut


def test_a_belief_of_the_cuts_own_day_is_held_at_that_close(policy: Market) -> None:
    assert recognised(AsOf(dt.date(2024, 12, 18)), policy, "2024-12-18") == "2024-12-18"


def test_a_belief_held_after_a_hike_recognises_nothing_ever(policy: Market) -> None:
    belief = AsOf(dt.date(1995, 6, 1))
    assert {recognised(belief, policy, d) for d in ("1995-06-01", "1995-07-06", "1996-02-01")} == {None}


def test_a_belief_of_the_first_day_on_which_anything_was_known_is_taken(policy: Market) -> None:
    # The first change, of 1994-02-04, was a hike: the belief has content, and it is that no cut is final.
    assert recognised(AsOf(dt.date(1994, 2, 4)), policy, "1994-02-04") is None


def test_a_belief_from_before_the_facts_is_refused(policy: Market) -> None:
    with pytest.raises(
        StrategyError, match=r"as_of is 1993-06-01, but changes .* from 1994-02-04 on; write a later day"
    ):
        recognised(AsOf(dt.date(1993, 6, 1)), policy, "1995-01-03")


@pytest.mark.parametrize(
    ("day", "cut"),
    [
        ("1996-01-30", None),
        ("1996-01-31", "1996-01-31"),
        ("1997-03-24", "1996-01-31"),
        ("1997-03-25", None),
        ("2001-12-11", None),
        ("2002-12-31", None),
        ("2003-06-25", "2003-06-25"),
        ("2004-06-30", None),
        ("2020-03-13", None),
        ("2020-03-16", "2020-03-15"),
        ("2022-03-15", "2020-03-15"),
        ("2022-03-16", None),
        ("2025-06-18", None),
        ("2025-12-10", "2025-12-10"),
    ],
)
def test_hindsight_knows_the_true_final_cut_from_its_day_until_the_hike(
    policy: Market, day: str, cut: str | None
) -> None:
    assert recognised(Hindsight(FINAL_CUTS), policy, day) == cut


def test_hindsight_that_was_told_nothing_is_refused_with_what_to_do(policy: Market) -> None:
    with pytest.raises(StrategyError, match=r"not told the true final cuts; run the rule as strategy\.informed"):
        recognised(Hindsight(), policy, "2004-01-05")


def test_hindsight_takes_days_as_reports_have_them() -> None:
    assert Hindsight.told(np.array(FINAL_CUTS, dtype="datetime64[D]")) == Hindsight(FINAL_CUTS)


@pytest.mark.parametrize("rule", [Pause(6), AsOf(dt.date(1994, 1, 20)), Hindsight(FINAL_CUTS)])
def test_before_any_change_is_known_a_recogniser_says_so_instead_of_guessing(policy: Market, rule: Recogniser) -> None:
    with pytest.raises(NotYetKnown, match="no change of the target was public by 1994-02-03"):
        recognised(rule, policy, "1994-02-03")


def test_a_meeting_without_a_change_neither_ends_nor_restarts_a_pause(tiny: Callable[..., Market]) -> None:
    market = tiny(["2024-01-31", "2024-08-01"], changes={"2024-01-31": -25.0, "2024-06-12": 0.0})
    assert recognised(Pause(6), market, "2024-08-01") == "2024-01-31"


def test_a_pause_from_the_end_of_a_month_ends_at_the_end_of_a_shorter_one(tiny: Callable[..., Market]) -> None:
    market = tiny(["1995-08-31", "1996-02-28", "1996-02-29"], changes={"1995-08-31": -25.0})
    assert recognised(Pause(6), market, "1996-02-28") is None
    assert recognised(Pause(6), market, "1996-02-29") == "1995-08-31"


@pytest.mark.parametrize(("day", "on"), [("2003-06-25", True), ("2004-06-25", True), ("2004-06-26", False)])
def test_a_window_of_months_is_on_through_its_last_day(day: str, on: bool) -> None:
    assert Months(12).is_on(np.datetime64("2003-06-25"), np.datetime64(day)) is on


def test_a_window_until_the_hike_does_not_close_by_itself() -> None:
    assert UntilHike().is_on(np.datetime64("2008-12-16"), np.datetime64("2015-12-15"))
    assert UntilHike().is_on(np.datetime64("2008-12-16"), np.datetime64("2008-12-16")), "known at that day's close"
    assert not UntilHike().is_on(np.datetime64("2008-12-16"), np.datetime64("2008-12-15"))


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ({"pause": {"months": 6}}, Pause(6)),
        ({"as_of": "2024-12-18"}, AsOf(dt.date(2024, 12, 18))),
        ({"as_of": dt.date(2024, 12, 18)}, AsOf(dt.date(2024, 12, 18))),
        ("hindsight", Hindsight()),
        (Pause(3), Pause(3)),
    ],
)
def test_a_recogniser_is_read_as_a_config_writes_it(value: object, meant: Recogniser) -> None:
    assert recogniser(value) == meant


@pytest.mark.parametrize(
    ("value", "meant"), [({"months": 12}, Months(12)), ("until_hike", UntilHike()), (Months(3), Months(3))]
)
def test_a_window_is_read_as_a_config_writes_it(value: object, meant: object) -> None:
    assert window(value) == meant


@pytest.mark.parametrize("value", [Pause(6), NOTE, Hindsight()])
def test_a_recogniser_writes_itself_as_a_config_reads_it(value: Recogniser) -> None:
    assert recogniser(value.plain()) == value


@pytest.mark.parametrize("value", [Months(12), UntilHike()])
def test_a_window_writes_itself_as_a_config_reads_it(value: Months | UntilHike) -> None:
    assert window(value.plain()) == value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"pause": {"months": 0}}, "Rule: recognise.pause.months is 0 months; write 1 to 120 months"),
        ({"pause": {"months": -6}}, "Rule: recognise.pause.months is -6 months; write 1 to 120 months"),
        ({"pause": {"months": 600}}, "Rule: recognise.pause.months is 600 months; write 1 to 120 months"),
        ({"pause": {"months": 6.5}}, "Rule: recognise.pause.months is 6.5; write a whole number of months, 1 to 120"),
        ({"pause": {"months": True}}, "Rule: recognise.pause.months is True; write a whole number of months"),
        ({"pause": {"months": "6"}}, "Rule: recognise.pause.months is '6'; write a whole number of months"),
        (
            {"pause": {"month": 6}},
            "Rule: recognise.pause.month does not exist; did you mean months?; write {months: 6}",
        ),
        ({"pause": 6}, "Rule: recognise.pause is 6; write {months: 6}"),
        ({"puase": {"months": 6}}, "Rule: recognise.puase does not exist; did you mean pause?; write {pause: "),
        ({"pause": {"months": 6}, "as_of": "2024-12-18"}, "Rule: recognise has pause and as_of, but takes one of them"),
        ({}, "Rule: recognise is {}; write {pause: {months: 6}}, {as_of: 2024-12-18} or hindsight"),
        ("pause", "Rule: recognise is 'pause'; write {pause: {months: 6}}, {as_of: 2024-12-18} or hindsight"),
        (None, "Rule: recognise is None; write {pause: {months: 6}}"),
        ({"as_of": "2024-02-30"}, "Rule: recognise.as_of is '2024-02-30'; write a day that exists as YYYY-MM-DD"),
        ({"as_of": "20241218"}, "Rule: recognise.as_of is '20241218'; write a day that exists as YYYY-MM-DD"),
        ({"as_of": 20241218}, "Rule: recognise.as_of is 20241218; write a day that exists as YYYY-MM-DD"),
        ({"as_of": dt.datetime(2024, 12, 18, tzinfo=dt.UTC)}, "write a day that exists as YYYY-MM-DD"),
    ],
)
def test_a_recogniser_that_makes_no_sense_is_refused_with_the_remedy(value: object, said: str) -> None:
    with pytest.raises(StrategyError) as refused:
        recogniser(value, "Rule")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"months": 0}, "Rule: window.months is 0 months; write 1 to 120 months"),
        ({"months": 600}, "Rule: window.months is 600 months; write 1 to 120 months"),
        ({"months": 12.0}, "Rule: window.months is 12.0; write a whole number of months, 1 to 120"),
        ({"years": 1}, "Rule: window.years does not exist; write {months: 12} or until_hike"),
        ("until_hikes", "Rule: window is 'until_hikes'; write {months: 12} or until_hike"),
        (12, "Rule: window is 12; write {months: 12} or until_hike"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused_with_the_remedy(value: object, said: str) -> None:
    with pytest.raises(StrategyError) as refused:
        window(value, "Rule")
    assert said in str(refused.value)


@pytest.mark.parametrize("make", [lambda: Pause(0), lambda: Months(6.5), lambda: AsOf("2024-12-18")])
def test_a_recogniser_or_window_made_in_python_is_checked_too(make: Callable[[], Any]) -> None:
    with pytest.raises(StrategyError, match=r"1 to 120|a day without a time"):
        make()
