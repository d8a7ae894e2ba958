"""Several runs against one benchmark: SPA, StepM and the probability of overfitting."""

from __future__ import annotations

import numpy as np
import pytest
from arch.bootstrap import SPA

from fedcycle.backtests.inference import multiple_testing, overfitting, superior

from ..oracles import oracle


@pytest.fixture(scope="module")
def market():
    rng = np.random.default_rng(5)
    b = 0.01 * rng.standard_normal(800)
    return rng, b


def test_the_p_values_are_archs_up_to_the_resamples_drawn(market, quick):
    rng, b = market
    runs = b[:, None] + 0.004 * rng.standard_normal((800, 3)) - np.array([0.0, 0.0, 0.0009])

    told = superior(runs, b, names=["x", "y", "z"], block=7.4, settings=quick)

    theirs = SPA(-b, -runs, block_size=7, reps=2000, seed=quick.seed)
    theirs.compute()
    expected = theirs.pvalues[["lower", "consistent", "upper"]].to_numpy()
    # Each p-value has a standard error of at most sqrt(1/4/2,000 + 1/4/10,000) = 0.0122 between the two: four of them.
    assert [told["p_lower"], told["p"], told["p_upper"]] == pytest.approx(expected, abs=0.049)
    assert told["p_lower"] < told["p_upper"] - 0.02  # a run that is worse makes the three differ


@pytest.mark.parametrize("block", [1, 7, 40])
def test_the_variance_of_a_mean_under_the_bootstrap_is_archs(market, block):
    rng, b = market
    runs = b[:, None] + 0.004 * rng.standard_normal((800, 3))
    theirs = SPA(-b, -runs, block_size=block, reps=1)
    theirs.compute()

    # The same sums in another order, 800 lags of them: rounding alone.
    ours = multiple_testing._long_run_variance(runs - b[:, None], block)
    assert ours == pytest.approx(theirs._loss_diff_var, rel=1e-9)


def test_a_run_that_is_truly_better_is_found_by_name(market, quick):
    rng, b = market
    noise = 0.004 * rng.standard_normal((800, 2))
    runs = b[:, None] + noise + np.array([0.0, 0.001])

    told = superior(runs, b, names=["same", "better"], block=3.0, settings=quick)

    assert told["superior"] == ["better"]
    assert told["p"] < 0.05
    assert told["text"].endswith("at 5% StepM finds better better")


def test_runs_that_are_the_benchmark_are_not_tested(market, quick):
    _, b = market

    told = superior(np.column_stack([b, b + 1e-13]), b, names=["x", "y"], block=3.0, settings=quick)

    assert (told["runs"], told["p"], told["text"]) == (0, None, "no run differs from the benchmark")


def test_the_probability_of_overfitting_agrees_with_ffn():
    ffn, pd = oracle("ffn"), oracle("pandas")
    excess = np.random.default_rng(8).standard_normal((243, 4)) + np.array([0.0, 0.05, 0.1, 0.0])

    theirs = ffn.core.calc_prob_backtest_overfitting(pd.DataFrame(excess), n_blocks=8)

    assert overfitting(excess, blocks=8)["probability"] == theirs


def test_a_run_that_is_always_best_is_never_overfitted():
    excess = 0.01 * np.random.default_rng(9).standard_normal((640, 3)) + np.array([0.0, 0.0, 0.05])

    assert overfitting(excess)["probability"] == 0.0


@pytest.mark.parametrize(("runs", "by_chance"), [(2, 1 / 2), (3, 2 / 3), (10, 1 / 2)])
def test_what_chance_gives_is_the_share_of_ranks_up_to_the_middle(runs, by_chance):
    drawn = [np.random.default_rng(seed).standard_normal((512, runs)) for seed in range(30)]

    found = [overfitting(excess, blocks=8) for excess in drawn]

    assert found[0]["by_luck"] == pytest.approx(by_chance)
    # Thirty histories, each with a spread of about a quarter: a standard error of 0.05.
    assert np.mean([of["probability"] for of in found]) == pytest.approx(by_chance, abs=0.15)


def test_one_run_was_not_chosen_and_few_sessions_cannot_be_cut():
    assert overfitting(np.ones((500, 1)))["text"] == "one run was looked at: none was chosen"
    assert overfitting(np.ones((20, 2)))["text"] == "20 sessions are too few to be cut 16 ways"


def test_a_run_that_does_not_vary_has_a_sentence():
    excess = np.column_stack([np.zeros(320), np.random.default_rng(1).standard_normal(320)])

    told = overfitting(excess)

    assert told["probability"] is None
    assert "does not vary" in told["text"]
