"""One formula, every sample: a run, its subperiods, resampled histories and a sweep's accounts answer plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.inference import bootstrap_moments
from fedcycle.backtests.inference.histories import counts
from fedcycle.backtests.statistics import STATISTICS, Bills, Returns
from fedcycle.backtests.statistics.kernel import depth, expected_best, growth_per_year, normal_cdf, probability_above
from fedcycle.backtests.statistics.sample import Asked
from fedcycle.backtests.statistics.subperiod_kernel import numbers
from fedcycle.backtests.sweep.streaming_statistics import FORMULAS, streaming_statistics
from fedcycle.data.market import Market
from fedcycle.strategies.strategy import Strategy

from . import plain

SAMPLES = {name: of for name, of in STATISTICS.items() if of.sample is not None}
CLOSE = 1e-9
"""Sums of squares less a squared sum cost some digits against deviations from the mean."""


def history(seed: int = 3, n: int = 260):
    """Return returns of an account, its benchmark and bills."""
    rng = np.random.default_rng(seed)
    b = 0.0004 + 0.01 * rng.standard_t(4, n)
    return 0.0002 + 0.8 * b + 0.004 * rng.standard_t(4, n), b, np.abs(0.0001 * rng.standard_normal(n))


def test_the_reference_has_every_formula():
    r, b, f = history()
    assert set(plain.statistics(r.tolist(), b.tolist(), f.tolist(), 252.0)) >= set(SAMPLES)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_run_and_each_of_its_subperiods_answer_plain_python(name):
    r, b, f = history()
    of = SAMPLES[name]
    series = {"r": Returns.weekdays(r), "b": Returns.weekdays(b), "f": Bills.weekdays(f)}
    other = [series[x] for x in of.series[1:2]]
    bills = {"bills": series["f"]} if of.series == "rbf" else {}
    rows = [np.arange(260), np.arange(3, 90), np.arange(90, 260, 2)]

    groups = numbers(r, b, bills=f, groups=rows)

    assert of.function(series["r"], *other, **bills) == pytest.approx(groups[0][name], rel=1e-11)
    for found, at in zip(groups, rows, strict=True):
        expected = plain.statistics(r[at].tolist(), b[at].tolist(), f[at].tolist(), 252.0)[name]
        assert found[name] == pytest.approx(expected, rel=CLOSE)


@pytest.mark.parametrize("name", sorted(name for name, of in SAMPLES.items() if of.shown.interval))
def test_each_resampled_history_answers_plain_python(name):
    r, b, f = history()
    rows = np.random.default_rng(1).integers(0, 260, (3, 260))
    panel = bootstrap_moments.Panel(r[:, None], b, f, 260 / 252, 252.0)

    [found], _ = bootstrap_moments.statistics(counts(rows) @ bootstrap_moments.columns(panel), panel)

    for k, at in enumerate(rows):
        expected = plain.statistics(r[at].tolist(), b[at].tolist(), f[at].tolist(), 252.0)[name]
        assert found[name][k] == pytest.approx(expected, rel=CLOSE)


class Holds(Strategy):
    """A rule that is never asked: its targets are given."""

    def weights(self, view):
        return {}


@pytest.mark.parametrize("name", sorted(set(SAMPLES) & set(FORMULAS)))
def test_each_account_of_a_sweep_answers_plain_python(name):
    r, b, f = history()
    days = np.busday_offset(np.datetime64("2001-01-01"), np.arange(261), roll="forward")
    level, other, bills = (np.concatenate([[1.0], np.cumprod(1.0 + x)]) for x in (r, b, f))
    market = Market("made", days, ("asset", "bills"), np.column_stack([level, bills]))
    test = Backtest(market=market, strategy=Holds(), start=days[0], end=days[-1], schedule="daily")
    every = np.arange(2)

    found = streaming_statistics(
        test, np.array([[1.0, 0.0], [0.5, 0.5]]), {1: (every, every)},
        capital=np.full(2, 1e6), rate=np.zeros(2), bills=bills, benchmark=other,
    )  # fmt: skip

    # Filled at the close of session 1, from which on all is measured; the fill's own session earns nothing.
    own = np.concatenate([[0.0], r[1:]])
    cash = np.concatenate([[0.0], f[1:]])
    expected = plain.statistics(own.tolist(), b.tolist(), cash.tolist(), 252.0)[name]
    assert found[name][0] == pytest.approx(expected, rel=CLOSE)


def test_a_formula_over_sums_asks_for_nothing_else():
    """What has an interval or is in a sweep follows from sums: no quantile, no path."""
    for name, of in SAMPLES.items():
        if of.shown.interval or of.shown.sweep:
            asked = Asked([])
            asked.quantile = asked.mean_up_to = lambda *_, name=name: pytest.fail(f"{name} asks for order statistics")
            with np.errstate(all="ignore"):
                of.sample(asked)


def test_what_has_an_interval_without_a_formula_over_samples_is_resampled_by_hand():
    by_hand = {name for name, of in STATISTICS.items() if of.shown.interval and of.sample is None}
    assert by_hand == {
        *("cagr", "max_drawdown", "excess_cagr", "relative_wealth", "relative_drawdown"),
        "hit_rate_over_benchmark_monthly",
    }


def test_growth_drawdown_and_the_probability_of_a_sharpe_ratio_by_hand():
    assert growth_per_year(1.21, 2.0) == pytest.approx(0.1)
    assert math.isnan(growth_per_year(1.21, 0.0))
    assert growth_per_year(10.0, 1e-3) == math.inf
    # Down from 120 to 90, and from a peak of 200 before the first.
    assert depth(np.array([100.0, 120.0, 90.0])).tolist() == pytest.approx([0.0, 0.0, -0.25])
    assert depth(np.array([[100.0], [120.0]]), np.array([200.0])).ravel().tolist() == pytest.approx([-0.5, -0.4])
    # A daily ratio of 0.1 over 401 normal returns: 0.1 x 20 over the root of 1 + 0.01 / 2.
    z = 2.0 / math.sqrt(1.005)
    found = probability_above(1.0, 0.0, n=401, skew=0.0, kurtosis=0.0, per_year=100.0)
    assert found == pytest.approx(0.5 * (1.0 + math.erf(z / math.sqrt(2.0))))
    assert normal_cdf(-10.0) == pytest.approx(7.61985302416e-24)
    # Of two trials the expected best is that of Bailey and Lopez de Prado's approximation.
    assert expected_best(2) == pytest.approx(0.5772156649 * 0.9004524, rel=1e-4)
