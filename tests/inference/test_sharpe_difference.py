"""The test of Jobson, Korkie and Memmel by hand, against simulation, and where it cannot be made."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from fedcycle.backtests.inference.sharpe_difference import jobson_korkie_memmel


def test_the_statistic_is_memmels_written_out() -> None:
    rng = np.random.default_rng(3)
    common = rng.normal(0.004, 0.03, 240)
    one, other = common + rng.normal(0, 0.01, 240), 1.2 * common + rng.normal(0, 0.02, 240)
    told = jobson_korkie_memmel(one, other, per_year=12)

    # Memmel (2003) for the difference v2 m1 - v1 m2 of standard deviations v, means m and covariance v12: its variance
    # is (2 v1^2 v2^2 - 2 v1 v2 v12 + m1^2 v2^2 / 2 + m2^2 v1^2 / 2 - m1 m2 v12^2 / (v1 v2)) / T.
    (m1, m2), cov = (one.mean(), other.mean()), np.cov(one, other, ddof=1)
    v1, v2, v12 = math.sqrt(cov[0, 0]), math.sqrt(cov[1, 1]), cov[0, 1]
    theta = 2 * v1**2 * v2**2 - 2 * v1 * v2 * v12 + 0.5 * m1**2 * v2**2 + 0.5 * m2**2 * v1**2
    theta = (theta - m1 * m2 / (v1 * v2) * v12**2) / 240
    z = (v2 * m1 - v1 * m2) / math.sqrt(theta)
    assert told["z"] == pytest.approx(z, rel=1e-9)
    assert told["p"] == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)
    assert told["difference"] == pytest.approx(math.sqrt(12) * (m1 / v1 - m2 / v2), rel=1e-9)
    assert (told["low"] + told["high"]) / 2 == pytest.approx(told["difference"])


def test_equal_ratios_are_rejected_in_one_history_of_twenty() -> None:
    rng = np.random.default_rng(7)
    p = []
    for _ in range(2000):
        common = rng.normal(0, 0.03, 120)
        pair = [0.005 + common + rng.normal(0, 0.02, 120) for _ in range(2)]
        p.append(jobson_korkie_memmel(*pair, per_year=12)["p"])
    # 2,000 histories: the share of 5% is known to one point either way (two standard errors).
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.012)


@pytest.mark.parametrize("other", [np.full(60, 0.01), np.linspace(0, 1, 60)])
def test_a_return_that_does_not_vary_and_a_return_against_itself_have_no_test(other: np.ndarray) -> None:
    told = jobson_korkie_memmel(np.linspace(0, 1, 60), other, per_year=12)
    assert told["p"] is None
    assert "cannot be computed" in told["text"]


def test_too_few_periods_have_no_test() -> None:
    assert jobson_korkie_memmel(np.arange(23.0), np.arange(23.0) ** 2, per_year=12)["difference"] is None
