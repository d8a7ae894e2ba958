"""Sharpe ratios against chance, against ffn and quantstats and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from fedcycle.backtests.inference import deflated_sharpe, expected_best_sharpe, probabilistic_sharpe
from fedcycle.backtests.statistics import Bills, Returns

from ..oracles import oracle


@pytest.fixture
def sample():
    rng = np.random.default_rng(11)
    return 0.0006 + 0.01 * rng.standard_t(6, 600)


def frame(values):
    pd = oracle("pandas")
    return pd.Series(values, index=pd.bdate_range("2000-01-03", periods=len(values)))


def test_the_probability_follows_bailey_and_lopez_de_prado(sample):
    told = probabilistic_sharpe(Returns.weekdays(sample), Bills.weekdays(np.zeros(600)), threshold=0.5)

    sr, star = sample.mean() / sample.std(ddof=1), 0.5 / math.sqrt(252)
    spread = math.sqrt(1 - stats.skew(sample) * sr + (stats.kurtosis(sample, fisher=False) - 1) / 4 * sr**2)
    assert told["probability"] == pytest.approx(stats.norm.cdf((sr - star) * math.sqrt(599) / spread), rel=1e-12)
    assert told["years_needed"] == pytest.approx((1 + (spread * 1.6448536269514722 / (sr - star)) ** 2) / 252, rel=1e-9)


def test_quantstats_agrees_up_to_its_bias_corrected_moments(sample):
    theirs = oracle("quantstats.stats").probabilistic_sharpe_ratio(frame(sample))

    told = probabilistic_sharpe(Returns.weekdays(sample), Bills.weekdays(np.zeros(600)))

    # Skewness and kurtosis of 600 returns differ by half a percent between the two estimators.
    assert told["probability"] == pytest.approx(float(theirs), rel=1e-3)


def test_the_deflated_ratio_agrees_with_ffn_up_to_its_bias_corrected_moments(sample):
    trials = [0.3, 1.4, 0.8, -0.2, 0.5]
    theirs = oracle("ffn").core.calc_deflated_sharpe_ratio(frame(sample), trials, nperiods=252)

    told = deflated_sharpe(Returns.weekdays(sample), Bills.weekdays(np.zeros(600)), trials=trials)

    assert told["probability"] == pytest.approx(float(theirs), rel=1e-3)
    assert told["trials"] == 5


def test_the_expected_best_of_trials_agrees_with_ffn():
    trials = [0.3, 1.4, 0.8, -0.2, 0.5]

    theirs = oracle("ffn").core.calc_expected_max_sharpe(5, np.std(trials, ddof=1))

    assert expected_best_sharpe(trials) == pytest.approx(theirs, rel=1e-12)


def test_a_single_trial_deflates_nothing(sample):
    r, f = Returns.weekdays(sample), Bills.weekdays(np.zeros(600))

    assert deflated_sharpe(r, f, trials=[1.0])["probability"] == probabilistic_sharpe(r, f)["probability"]


def test_more_trials_deflate_more(sample):
    r, f = Returns.weekdays(sample), Bills.weekdays(np.zeros(600))
    spread = [0.1, 0.9]

    p = [deflated_sharpe(r, f, trials=spread * k)["probability"] for k in (1, 2, 8, 32)]

    assert p == sorted(p, reverse=True)
    assert p[0] > p[-1]


def test_a_trial_without_a_ratio_counts_as_looked_at(sample):
    r, f = Returns.weekdays(sample), Bills.weekdays(np.zeros(600))

    with_it = deflated_sharpe(r, f, trials=[0.1, 0.9, None])

    assert with_it["trials"] == 3
    assert with_it["threshold"] > deflated_sharpe(r, f, trials=[0.1, 0.9])["threshold"]


@pytest.mark.parametrize("r", [[], [0.01], np.full(100, 0.01), [0.01, np.nan]])
def test_returns_without_a_ratio_have_a_sentence_and_no_probability(r):
    told = probabilistic_sharpe(Returns.weekdays(r), Bills.weekdays(np.zeros(len(r))))

    assert (told["probability"], told["sharpe"]) == (None, None)
    assert "no Sharpe ratio" in told["text"]


def test_a_ratio_under_the_threshold_would_need_no_years_because_none_are_enough(sample):
    told = probabilistic_sharpe(Returns.weekdays(sample), Bills.weekdays(np.zeros(600)), threshold=9.0)

    assert told["years_needed"] is None
    assert told["probability"] < 0.01
