"""Regressions on factors: by hand, against statsmodels with its HAC errors, and where there is none."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests.analysis.factor_exposure import factor_block, factor_months, rolling
from fedcycle.backtests.statistics.factor_regression import factor_regression, newey_west_lags, rolling_exposures
from fedcycle.data.dataset import load_market
from fedcycle.data.market import Market
from fedcycle.data.series import Series, Unit


def outside(name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


@pytest.fixture
def sample() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    factors = rng.normal(0.004, 0.03, (240, 3))
    noise = np.convolve(rng.normal(0, 0.01, 244), np.full(5, 0.4), mode="valid")  # autocorrelated
    return 0.001 + factors @ np.array([1.1, 0.6, -0.2]) + noise, factors


def test_statsmodels_gives_the_same_coefficients_errors_and_fit(sample: tuple[np.ndarray, np.ndarray]) -> None:
    returns, factors = sample
    told = factor_regression(returns, factors, names=("market", "size", "value"))
    sm = outside("statsmodels.api")
    model = sm.OLS(returns, sm.add_constant(factors))
    theirs = model.fit(cov_type="HAC", cov_kwds={"maxlags": told["lags"], "use_correction": True})
    low, high = theirs.conf_int().T
    assert told["alpha"]["estimate"] == pytest.approx(12 * theirs.params[0], rel=1e-9)
    assert (told["alpha"]["low"], told["alpha"]["high"]) == pytest.approx((12 * low[0], 12 * high[0]), rel=1e-9)
    assert told["alpha"]["p"] == pytest.approx(theirs.pvalues[0], rel=1e-9)
    for k, name in enumerate(("market", "size", "value"), start=1):
        each = told["exposures"][name]
        expected = (theirs.params[k], low[k], high[k], theirs.tvalues[k])
        assert (each["estimate"], each["low"], each["high"], each["t"]) == pytest.approx(expected, rel=1e-9)
    assert told["r_squared"] == pytest.approx(theirs.rsquared, rel=1e-12)
    assert told["residual_volatility"] == pytest.approx(np.sqrt(12 * theirs.mse_resid), rel=1e-12)


def test_returns_made_of_factors_have_exactly_these_exposures() -> None:
    factors = np.random.default_rng(1).normal(0, 0.03, (60, 2))
    told = factor_regression(0.002 + factors @ np.array([1.5, -0.5]), factors, names=("market", "size"))
    # 0.2% a month is 2.4% a year.
    assert told["alpha"]["estimate"] == pytest.approx(0.024, abs=1e-12)
    assert told["exposures"]["size"]["estimate"] == pytest.approx(-0.5, abs=1e-12)
    assert told["r_squared"] == pytest.approx(1.0)


def test_a_rolling_exposure_is_that_of_its_window_alone(sample: tuple[np.ndarray, np.ndarray]) -> None:
    returns, factors = sample
    found = rolling_exposures(returns, factors, window=36)
    assert np.isnan(found[:35]).all()
    alone = factor_regression(returns[64:100], factors[64:100], names=("a", "b", "c"))
    assert found[99].tolist() == pytest.approx([alone["exposures"][n]["estimate"] for n in "abc"], rel=1e-9)


@pytest.mark.parametrize(("n", "lags"), [(36, 3), (100, 4), (329, 5), (857, 6)])
def test_lags_follow_the_rule_of_thumb(n: int, lags: int) -> None:
    # 4 (n / 100) ^ (2 / 9): 3.19, 4, 5.21, 6.45.
    assert newey_west_lags(n) == lags


def test_too_few_months_and_factors_that_are_one_have_a_reason_and_no_figure() -> None:
    rng = np.random.default_rng(2)
    few = factor_regression(rng.normal(size=35), rng.normal(size=(35, 2)), names=("a", "b"))
    assert (few["alpha"], few["reason"]) == (None, "35 months with all factors; 36 are needed")
    x = rng.normal(size=60)
    same = factor_regression(rng.normal(size=60), np.column_stack([x, 2 * x]), names=("a", "b"))
    assert same["exposures"] == {}
    assert "not independent" in same["reason"]


# --- on a market ---


@pytest.fixture(scope="module")
def bundle() -> Market:
    return load_market("bundle")


def test_small_caps_of_the_bundle_load_on_size_and_large_ones_do_not(bundle: Market) -> None:
    small, large = (bundle.marks[:, bundle.column(asset)] for asset in ("small", "large"))
    told = factor_block(bundle, bundle.sessions[:8920], value=small[:8920], benchmark=large[:8920])
    assert (told["first"], told["last"], told["missing"]) == ("1990-01", "2025-04", ["momentum"])
    assert told["account"]["n"] == 424
    # The market is all stocks and small caps are its small ones: known exposures to two decimals, roughly.
    assert told["account"]["exposures"]["market"]["estimate"] == pytest.approx(1.0, abs=0.1)
    assert told["account"]["exposures"]["size"]["estimate"] > 0.6
    assert abs(told["benchmark"]["exposures"]["size"]["estimate"]) < 0.2
    assert told["account"]["r_squared"] > 0.95


def test_a_month_counts_only_where_account_bills_and_every_factor_have_both_ends() -> None:
    sessions = np.array(["2001-01-31", "2001-02-15", "2001-02-28", "2001-03-30", "2001-04-30", "2001-05-31"], "M8[D]")
    level = np.array([100.0, 101.0, 110.0, 121.0, 133.1, 140.0])
    observed = np.array(["2001-01-31", "2001-02-28", "2001-04-30"], "M8[D]")  # no March
    factor = Series("factor_market", Unit.INDEX, np.array([100.0, 105.0, 110.0]), observed, observed)
    prices = np.column_stack([level, np.array([100.0, 100.5, 101.0, 102.0, 103.0, 104.0])])
    market = Market("made", sessions, ("small", "bills"), prices, {"factor_market": factor})
    held = factor_months(market, sessions, level)
    # February alone: 10% less 1% of bills, and 5% of the factor.
    assert held.months.astype(str).tolist() == ["2001-02-28"]
    assert held.account.tolist() == pytest.approx([0.09])
    assert held.factors.tolist() == [[pytest.approx(0.05)]]


def test_a_market_without_factors_says_so(bundle: Market) -> None:
    plain = Market("plain", bundle.sessions, bundle.assets, bundle.prices, {})
    value = bundle.marks[:, bundle.column("small_quality")]
    told = factor_block(plain, bundle.sessions, value=value, benchmark=value)
    assert told["account"]["reason"] == "market plain has no factor series"
    assert told["factors"] == []


def test_rolling_exposures_come_by_name(bundle: Market) -> None:
    value = bundle.marks[:8920, bundle.column("small")]
    held = factor_months(bundle, bundle.sessions[:8920], value)
    names = [name for name, _ in rolling(held)]
    assert names == ["market", "size", "value", "profitability", "investment"]
