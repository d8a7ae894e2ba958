"""Exact tests of a handful of cycles against enumeration on paper and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fedcycle.backtests.inference import (
    leave_one_out,
    minimum_detectable_effect,
    over_cycles,
    permutation_test,
    sign_flip_test,
    sign_test,
)
from fedcycle.backtests.inference.exact import complete_leads
from fedcycle.backtests.inference.measure import DIFFERENCE, RELATIVE_WEALTH
from fedcycle.backtests.inference.small_sample import heading, small_sample_summary

whole = st.integers(-9, 9).map(float)
few = st.lists(st.floats(-1, 1).map(lambda x: round(x, 4)), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("leads", "p"),
    [
        ([0.1, 0.2, 0.3, 0.4], 1 / 16),
        ([0.1, 0.2, 0.3, -0.4], 5 / 16),
        ([-0.1], 1.0),
        ([0.1, 0.2, 0.3, 0.4, 0.5], 1 / 32),
    ],
)
def test_the_sign_test_counts_heads_of_a_fair_coin(leads, p):
    assert sign_test(leads)["p"] == p


def test_words_come_before_numbers():
    assert sign_test([0.1, 0.2, 0.3, -0.1])["text"] == (
        "3 of 4 complete windows; sign test p = 0.31 (n = 4; minimum attainable 0.06)"
    )
    assert sign_test([])["text"] == "no complete window in the run"


def test_a_crumb_of_cash_is_no_lead():
    assert sign_test([1e-12, 1e-13, 0.0])["positive"] == 0


def test_flipping_signs_looks_at_every_assignment():
    # Sums of +-1 +-2 +-4 are 7, 5, 3, 1, -1, -3, -5, -7; 5 (that of -1, 2, 4) is reached by two of eight.
    assert sign_flip_test([-1.0, 2.0, 4.0])["p"] == 2 / 8
    assert sign_flip_test([1.0, 2.0, 4.0])["p"] == 1 / 8


@given(few.filter(lambda leads: len(leads) > 1))
def test_flipping_signs_agrees_with_scipys_exact_permutation_test(leads):
    theirs = stats.permutation_test(
        (np.array(leads),), lambda x: x.mean(), permutation_type="samples", alternative="greater", n_resamples=10**6
    )

    assert sign_flip_test(leads)["p"] == pytest.approx(theirs.pvalue, abs=1e-12)


@given(st.lists(whole, min_size=2, max_size=5), st.lists(whole, min_size=2, max_size=3))
def test_dealing_cycles_agrees_with_a_count_of_all_deals(one, other):
    pool, a = np.array(one + other), len(one)
    gaps = [
        pool[mask].mean() - pool[~mask].mean()
        for code in range(2 ** len(pool))
        if (mask := np.array([code >> k & 1 for k in range(len(pool))], dtype=bool)).sum() == a
    ]
    as_far = np.mean(np.abs(gaps) >= abs(np.mean(one) - np.mean(other)) - 1e-9)

    assert permutation_test(one, other)["p"] == pytest.approx(as_far)


def test_two_groups_of_two_can_never_reach_five_percent():
    # Two of the six deals are as far apart as the best: {1, 2} against {8, 9} either way round.
    assert permutation_test([8.0, 9.0], [1.0, 2.0])["p"] == pytest.approx(1 / 3)


def test_a_group_without_a_cycle_has_a_sentence_and_no_p():
    told = permutation_test([0.1], [])

    assert (told["p"], told["difference"]) == (None, None)
    assert told["text"] == "one of the two groups has no complete window"


def test_more_windows_than_can_be_enumerated_have_a_sentence_and_no_p():
    assert sign_flip_test([0.1] * 31)["p"] is None
    # 22 choose 11 is 705,432, more than the 200,000 splits that are counted.
    assert permutation_test([0.1] * 11, [0.2] * 11)["p"] is None


def test_seventeen_cycles_have_an_exact_p():
    # The largest of all sums is reached by one assignment of 2^17; ties with one flipped value of zero make it two.
    assert sign_flip_test([0.1 * k for k in range(1, 18)])["p"] == 2.0**-17
    assert sign_flip_test([0.0, *(0.1 * k for k in range(1, 17))])["p"] == 2.0**-16


def test_the_sentence_of_a_summary_has_one_p_and_its_note_the_limits():
    told = small_sample_summary([0.1, 0.2, 0.3, -0.1], list("abcd"), measure=DIFFERENCE)
    # Sums of +-1 +-2 +-3 +-1 that are at least 5: 7, 5 and 5 (either of the ones flipped), 3 of 16: p = 0.1875.
    assert heading(told, "small led") == "small led in 3 of 4 cycles; mean +12.5 pp; exact sign-flip p = 0.19"
    assert told["text"].count("p = ") == 1
    assert told["note"].startswith("minimum attainable p 0.06 (n = 4); minimum detectable effect at 80% power: ")
    assert told["note"].endswith("; sign test p = 0.31")


@pytest.mark.parametrize(
    ("measure", "above"),
    # Against an average of 10%: 15 less 10 points, and 1.15 / 1.10 - 1.
    [(DIFFERENCE, 0.05), (RELATIVE_WEALTH, 0.045454545)],
)
def test_windows_are_also_tested_against_the_average_of_all_windows(measure, above):
    # Every cycle led by 10%, as all windows of that length do on average: nothing is left to test.
    told = small_sample_summary([0.1] * 5, list("abcde"), averages=[0.1] * 5, measure=measure)["against_average"]
    assert (told["average"], told["mean"]) == (pytest.approx(0.1), pytest.approx(0.0, abs=1e-12))
    assert told["p"] == 1.0
    # As much above the average in every cycle: one assignment of 32.
    told = small_sample_summary([0.15] * 5, list("abcde"), averages=[0.1] * 5, measure=measure)["against_average"]
    assert (told["mean"], told["p"]) == (pytest.approx(above), 1 / 32)


def test_means_of_relative_wealth_are_geometric():
    # Wealth doubles against the other, then halves: sqrt(2 * 0.5) = 1, nobody is ahead. The mean of +100% and -50%
    # would be +25%.
    told = small_sample_summary([1.0, -0.5], ["one", "two"])
    assert told["measure"] == "relative wealth"
    assert told["mean"] == pytest.approx(0.0, abs=1e-12)
    assert told["leave_one_out"]["without"] == {"one": pytest.approx(-0.5), "two": pytest.approx(1.0)}
    # 1.2 * 1.5 = 1.8, and sqrt(1.8) = 1.34164.
    assert small_sample_summary([0.2, 0.5], ["one", "two"])["mean"] == pytest.approx(0.3416407865)
    assert told["text"].startswith("ahead in 1 of 2 cycles; mean relative wealth 0.0%; ")


@given(st.lists(st.floats(-0.9, 9.0).map(lambda x: round(x, 4)), min_size=1, max_size=8))
def test_turning_relative_wealth_round_turns_the_test_round(values):
    """One over the other or the other over one: the two one-sided p-values change places, and the mean its inverse."""
    one = small_sample_summary(values, ["x"] * len(values))
    other = small_sample_summary([1.0 / (1.0 + x) - 1.0 for x in values], ["x"] * len(values))
    assert (one["p"], one["p_below"]) == (pytest.approx(other["p_below"]), pytest.approx(other["p"]))
    assert (1.0 + one["mean"]) * (1.0 + other["mean"]) == pytest.approx(1.0)


def test_two_groups_of_relative_wealth_differ_by_a_ratio():
    # Geometric means 1.2 and 1.0: the ratio is 1.2.
    told = permutation_test([0.2, 0.2], [0.25, -0.2], measure=RELATIVE_WEALTH)
    assert told["difference"] == pytest.approx(0.2)
    assert told["text"].startswith("2 against 2 windows: ratio +20.0%; ")


def test_an_account_that_was_lost_in_a_window_has_no_mean_and_says_so():
    def cycle(year, wealth):
        window = {"complete": True, "relative_wealth": wealth}
        return {"first_cut": f"{year}-01-03", "recession": False, "windows": {"12m": window}}

    told = over_cycles([cycle(2001, 0.1), cycle(2007, -1.0)])["12m"]

    assert (told["n"], told["positive"]) == (2, 1)
    for key in ("permutation", "leave_one_out", "detectable", "recessions"):
        assert told[key]["text"] == "the account was lost in the window of 2007, so there is no mean"
    assert (told["permutation"]["mean"], told["permutation"]["p"]) == (None, None)


def test_one_cycle_that_makes_the_sign_is_named():
    told = leave_one_out([0.6, -0.1, -0.2], ["2001", "2007", "2019"])

    assert told["mean"] == pytest.approx(0.1)
    assert told["without"] == {"2001": pytest.approx(-0.15), "2007": pytest.approx(0.2), "2019": pytest.approx(0.25)}
    assert told["decided_by"] == ["2001"]
    assert told["text"].endswith("; without 2001 the mean has the other sign")


def test_no_cycle_turns_a_sign_that_all_share():
    assert leave_one_out([0.1, 0.2, 0.3], ["a", "b", "c"])["text"].endswith("; the sign does not change")


@pytest.mark.parametrize("n", [0, 1])
def test_under_two_cycles_none_is_left_out_and_nothing_is_detectable(n):
    assert leave_one_out([0.1] * n, ["x"] * n)["without"] == {}
    assert minimum_detectable_effect([0.1] * n)["effect"] is None


def test_windows_that_do_not_differ_have_no_spread_to_judge_by():
    told = minimum_detectable_effect([0.1, 0.1, 0.1])

    assert (told["effect"], told["text"]) == (None, "the windows do not differ")


def test_the_detectable_effect_is_found_in_four_of_five_histories():
    # By simulation: normal leads around that effect, with the spread that was observed, tested at 5%.
    leads = [0.05, 0.15, -0.05, 0.25]
    effect, spread = minimum_detectable_effect(leads)["effect"], np.std(leads, ddof=1)
    drawn = np.random.default_rng(1).normal(effect, spread, (20_000, 4))

    t = drawn.mean(axis=1) / drawn.std(axis=1, ddof=1) * 2

    # 20,000 histories: a standard error of 0.3 points.
    assert (t > stats.t.ppf(0.95, 3)).mean() == pytest.approx(0.8, abs=0.01)


def test_only_complete_windows_count_and_recessions_are_told_apart():
    def cycle(first_cut, lead, *, recession, complete=True):
        window = {"complete": complete, "relative_wealth": lead if complete else None}
        return {"first_cut": first_cut, "recession": recession, "windows": {"12m": window}}

    told = over_cycles(
        [
            cycle("1998-09-29", -0.1, recession=False),
            cycle("2001-01-03", 0.3, recession=True),
            cycle("2007-09-18", 0.2, recession=True),
            cycle("2024-09-18", None, recession=False, complete=False),
        ]
    )["12m"]

    assert (told["n"], told["positive"]) == (3, 2)
    assert told["recessions"]["n"] == [2, 1]
    # The geometric mean of 1.3 and 1.2 is 1.249; over 0.9 that is 1.3878.
    assert told["recessions"]["difference"] == pytest.approx(0.3877776676)
    assert list(told["leave_one_out"]["without"]) == ["1998", "2001", "2007"]
    # The cube root of 0.9 times 1.3 times 1.2, 1.404: 1.1197533.
    assert told["permutation"]["mean"] == pytest.approx(0.1197533, abs=1e-7)


@given(few)
def test_all_answers_are_numbers_between_nought_and_one(leads):
    for told in (sign_test(leads), sign_flip_test(leads)):
        assert 2.0 ** -len(leads) <= told["p"] <= 1.0
    effect = minimum_detectable_effect(leads)["effect"]
    assert effect is None or (effect > 0 and math.isfinite(effect))


def test_two_windows_are_enough_for_a_detectable_effect():
    found = minimum_detectable_effect([0.10, 0.20])
    # n = 2: the noncentrality for 80% power at 5%, one-sided, times the standard error of 0.0707 / sqrt(2) = 0.05.
    assert found["n"] == 2
    assert found["effect"] is not None
    shift = found["effect"] / 0.05
    assert stats.nct.sf(stats.t.ppf(0.95, 1), 1, shift) == pytest.approx(0.8, abs=1e-6)


def test_a_cycle_without_which_nothing_is_left_makes_the_sign():
    found = leave_one_out([0.3, 0.1, -0.1], ["2001", "2007", "2019"])
    assert found["without"]["2001"] == 0.0
    assert found["decided_by"] == ["2001"]


def test_a_window_that_is_complete_without_a_figure_is_no_window():
    windows = [{"windows": {"12m": {"complete": True, "relative_wealth": lead}}} for lead in (0.05, None, -0.01)]
    assert complete_leads(windows, "12m").tolist() == [0.05, -0.01]
