"""Quantiles and tails against scipy, to 1e-12; what scipy cannot say to so many digits, by its own definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, special, stats

from fedcycle.backtests.inference.distributions import noncentrality, t_quantile
from fedcycle.backtests.statistics.kernel import normal_cdf, normal_quantile

SAME = 1e-12


@pytest.mark.parametrize("z", [-37.0, -8.3, -1.0, 0.0, 0.1, 2.5, 8.0])
def test_the_normal_distribution_is_scipys(z):
    assert normal_cdf(z) == pytest.approx(special.ndtr(z), rel=SAME)


@pytest.mark.parametrize("p", [1e-300, 1e-9, 0.025, 0.5, 0.9, 0.975, 1 - 1e-9])
def test_normal_quantiles_are_scipys(p):
    assert normal_quantile(p) == pytest.approx(special.ndtri(p), rel=SAME, abs=SAME)


@pytest.mark.parametrize("df", [1, 2, 3, 4, 7, 16, 29, 100])
@pytest.mark.parametrize("p", [0.5, 0.75, 0.95, 0.999])
def test_quantiles_of_students_t_are_scipys(df, p):
    # By the chance beyond, which every scipy has to the last digit; before 1.17 its quantiles lack some.
    assert stats.t.sf(t_quantile(p, df), df) == pytest.approx(1 - p, rel=SAME, abs=SAME)


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 11, 16, 29])
def test_the_noncentrality_of_a_test_at_five_percent_is_what_scipys_noncentral_t_gives(df):
    critical = t_quantile(0.95, df)
    theirs = optimize.brentq(lambda shift: stats.nct.sf(critical, df, shift) - 0.8, 0.0, 100.0, xtol=1e-14, rtol=1e-14)
    assert noncentrality(df, alpha=0.05, power=0.8) == pytest.approx(theirs, rel=SAME)


def test_a_larger_power_asks_for_a_larger_effect():
    shifts = [noncentrality(4, alpha=0.05, power=power) for power in (0.5, 0.8, 0.9)]
    assert np.all(np.diff(shifts) > 0)
