"""The word said of an account and its benchmark, worked by hand and against arch's block length."""

from __future__ import annotations

import json

import numpy as np
import pytest
from arch.bootstrap import optimal_block_length

from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.backtests.inference import verdict
from fedcycle.backtests.inference.block_sums import optimal_block, resampled_sums
from fedcycle.backtests.inference.verdict import Verdict, decide, of_account, of_accounts

DAYS = np.busday_offset("2000-01-03", np.arange(1501), roll="forward").astype("datetime64[D]")
RNG = np.random.default_rng(8)
MARKET = RNG.normal(3e-4, 0.01, 1500)


def level(returns):
    return 1e6 * np.cumprod(np.concatenate([[1.0], 1.0 + returns]))


@pytest.mark.parametrize(
    ("active", "low", "high", "word"),
    [
        (0.01, 0.002, 0.018, "ahead"),
        (-0.01, -0.018, -0.002, "behind"),
        (0.01, -0.001, 0.021, "not distinguishable"),
        # Within the dead band of 5 bp: provably small, or surely not zero and yet small.
        (0.0, -0.0004, 0.0004, "level"),
        (-0.0004, -0.0006, -0.0002, "level"),
        # Small, but who knows.
        (0.0001, -0.02, 0.02, "not distinguishable"),
        (0.0006, 0.0001, 0.0011, "ahead"),
    ],
)
def test_the_word_follows_from_the_interval_and_the_dead_band(active, low, high, word):
    assert decide(active, low, high) == word


def test_a_benchmark_that_is_the_run_is_level_with_it():
    value = level(MARKET)
    found = of_account(value, value.copy(), sessions=DAYS)
    assert (found.word, found.active_return, found.low, found.high) == ("level", 0.0, 0.0, 0.0)
    assert (found.largest_year, found.largest_cycle) == (None, None)
    assert found.sentence("large") == "level with large: active return 0.00 pp a year (95% interval 0.00 to 0.00)"


def test_a_steady_lead_is_ahead_and_a_steady_lag_behind():
    better, worse = level(MARKET + RNG.normal(4e-4, 1e-3, 1500)), level(MARKET - RNG.normal(4e-4, 1e-3, 1500))
    assert of_account(better, level(MARKET), sessions=DAYS).word == "ahead"
    assert of_account(worse, level(MARKET), sessions=DAYS).word == "behind"


def test_the_parts_of_years_add_up_to_the_active_return():
    value, other = level(MARKET + RNG.normal(1e-4, 4e-3, 1500)), level(MARKET)
    whole = verdict.active_return(value, other, DAYS)
    assert sum(verdict.by_year(value, other, DAYS).values()) == pytest.approx(whole, rel=1e-9)
    assert sum(verdict.contributions(value, other, DAYS)) == pytest.approx(whole, rel=1e-9)


def test_what_reads_nothing_made_nothing():
    said = Verdict("not distinguishable", -0.0002, -0.0007, 0.0003, "1999", -0.02, "2007-09 to 2015-12", -0.004)
    assert said.sentence("large").endswith("; by year, 1999 made \u22120.02 of \u22120.02 pp")


def test_a_cycle_ends_where_cuts_begin_anew_and_never_beyond_the_account():
    """Of cuts counted by episodes the first has no hike after it; the last cycle's hike came after the run."""
    days = np.array([f"20{y}-01-01" for y in range(18, 26)], dtype="datetime64[D]")

    def cycle(first, hike):
        dated = {"first_cut": np.datetime64(first), "final_cut": np.datetime64(first)}
        hike = None if hike is None else np.datetime64(hike)
        return Cycle(**dated, next_hike=hike, open=False, recession=False, cuts=1, cut_bp=25.0)

    found = verdict.cycle_stretches(
        [cycle("2019-07-31", None), cycle("2020-03-03", "2022-03-16"), cycle("2024-09-18", "2026-09-16")], days
    )

    assert {name: days[1:][inside].astype(str).tolist() for name, inside in found} == {
        "2019-07 to 2020-03": ["2020-01-01"],
        "2020-03 to 2022-03": ["2021-01-01", "2022-01-01"],
        "2024-09 to 2025-01 (the run's end)": ["2025-01-01"],
    }


def test_a_cycle_that_made_the_lead_is_named_and_without_it_there_is_none():
    days = np.array(["2001-01-01", "2002-01-01", "2003-01-01", "2005-01-01"], dtype="datetime64[D]")
    dated = {"first_cut": days[1], "final_cut": days[1], "next_hike": days[2]}
    cycle = Cycle(**dated, open=False, recession=False, cuts=1, cut_bp=25.0)
    # Ahead by a tenth in 2002 alone, benchmark flat: (1.1)^(1/4) - 1 a year in four years.
    value, other = np.array([100.0, 100.0, 110.0, 110.0]), np.full(4, 100.0)

    found = of_account(value, other, sessions=days, cycles=[cycle])
    [rest] = verdict.without_each_cycle(value, other, days, [cycle])

    assert found.active_return == pytest.approx(1.1**0.25 - 1, rel=1e-12)
    assert (found.largest_cycle, found.largest_year) == ("2002-01 to 2003-01", "2003")
    assert found.largest_cycle_share_pp == pytest.approx(100 * (1.1**0.25 - 1), rel=1e-9)
    assert (rest["sessions"], rest["active_return"]) == (1, 0.0)
    assert found.word is None  # three returns
    assert found.note == "3 returns are too few for an interval, which needs 60"


@pytest.mark.parametrize("value", [[100.0], [100.0, 99.0], [100.0, 0.0, 0.0]], ids=["one row", "one return", "ruined"])
def test_an_awkward_account_has_a_sentence_and_no_nan(value):
    days = DAYS[: len(value)]
    found = of_account(np.array(value), np.linspace(100.0, 101.0, len(value)), sessions=days)
    json.dumps(found.plain(), allow_nan=False)
    assert found.word is None
    assert found.note
    assert Verdict.read(found.plain()) == found
    assert found.note in found.sentence("large")


def test_accounts_judged_together_have_wider_intervals_than_each_alone():
    other = level(MARKET)
    values = [level(MARKET + RNG.normal(0, 3e-3, 1500)) for _ in range(8)]
    alone = of_account(values[0], other, sessions=DAYS)
    together = of_accounts(values, other, sessions=DAYS)[0]
    assert together.active_return == alone.active_return
    assert together.high - together.low > 1.2 * (alone.high - alone.low)


@pytest.mark.parametrize("memory", [0.5, 0.9])
def test_blocks_are_as_long_as_archs_for_a_series_with_memory(memory):
    # arch counts the first insignificant lag otherwise, by one: a tenth apart at most for these.
    x = np.zeros(2520)
    noise = np.random.default_rng(0).normal(size=2520)
    for t in range(1, 2520):
        x[t] = memory * x[t - 1] + noise[t]
    theirs = float(optimal_block_length(x)["stationary"].iloc[0])
    assert optimal_block(x) == pytest.approx(theirs, rel=0.1)


def test_resampled_sums_have_the_samples_mean_and_the_spread_of_independent_draws():
    x = RNG.normal(0.0, 1.0, (500, 1))
    sums = resampled_sums(x, block=1.0, resamples=4000, seed=1)
    # Independent draws: mean n times the sample's, sd sqrt(n) times the sample's; three standard errors of each.
    assert sums.mean() == pytest.approx(x.sum(), abs=3 * np.sqrt(500) * x.std() / np.sqrt(4000))
    assert sums.std() == pytest.approx(np.sqrt(500) * x.std(), rel=3 / np.sqrt(2 * 4000))


def test_the_sentence_says_what_one_year_and_one_cycle_made_where_they_are_known():
    parts = {
        "largest_year": "2020", "largest_year_share_pp": 0.63, "largest_cycle": "2019-07 to 2022-03",
        "largest_cycle_share_pp": 1.02, "note": None,
    }  # fmt: skip
    judged = Verdict(word="ahead", active_return=0.0108, low=0.001, high=0.02, **parts)
    said = judged.sentence("large")
    assert said.endswith("; by year, 2020 made +0.63 of +1.08 pp; by easing cycle, 2019-07 to 2022-03 made +1.02")
    without = Verdict(word="ahead", active_return=0.0108, low=0.001, high=0.02, **{**parts, "largest_year": None})
    assert without.sentence("large").endswith("); by easing cycle, 2019-07 to 2022-03 made +1.02 of +1.08 pp"), (
        "no None"
    )


def test_an_active_return_is_there_whatever_the_unit_of_the_accounts():
    days = np.array(["2001-01-01", "2002-01-01", "2003-01-01"], dtype="datetime64[D]")
    own, other = np.array([1.0, 1.1, 1.21]), np.array([1.0, 1.0, 1.0])
    assert verdict.active_return(own, other, days) == pytest.approx(1.21 ** (365.25 / 730) - 1)
    assert verdict.active_return(own, np.zeros(3), days) is None
