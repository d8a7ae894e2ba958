"""Resampled histories: the rows arch draws, and sums over them held to the functions that define the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap, optimal_block_length

from fedcycle.backtests.inference import bootstrap_moments, intervals, resample
from fedcycle.backtests.inference.bootstrap import bootstrap
from fedcycle.backtests.inference.histories import SEGMENT, Columns, Histories, counts, deepest
from fedcycle.backtests.inference.inputs import BenchmarkSeries
from fedcycle.backtests.statistics import drawdown, growth
from fedcycle.backtests.statistics.numerics import level_returns, sessions_per_year


def of(rows):
    """Return histories of these rows, each a block of its own."""
    return Histories(rows.shape, np.arange(rows.size), rows.ravel())


def test_the_rows_are_those_of_archs_stationary_bootstrap(quick):
    mine = np.vstack([drawn.rows for drawn in resample.histories(50, block=6.4, settings=quick)])

    # Blocks of 6.4 sessions are drawn as blocks of 6; some go round the circle, most do not.
    theirs = StationaryBootstrap(6, np.arange(50), seed=np.random.default_rng(quick.seed))
    rows = [data[0][0] for data in theirs.bootstrap(quick.resamples)]
    assert mine.shape == (quick.resamples, 50)
    np.testing.assert_array_equal(mine, rows)


def test_the_rows_are_the_same_kept_or_drawn_anew_and_however_many_at_a_time(quick, monkeypatch):
    def rows(block, chunk):
        return np.vstack([drawn.rows for drawn in resample.histories(50, block=block, settings=quick, chunk=chunk)])

    kept = [rows(block, chunk) for block in (6, 2) for chunk in (25, 7)]
    monkeypatch.setattr(resample, "KEPT", 0)
    anew = [rows(block, chunk) for block in (6, 2) for chunk in (25, 7)]

    for one, other in zip(kept, anew, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(kept[0], kept[1])
    assert (kept[0] != kept[2]).any()


def test_the_block_is_the_longest_that_returns_or_their_squares_ask_for():
    rng = np.random.default_rng(1)
    calm_and_wild = rng.standard_normal(2000) * np.repeat([0.5, 2.0] * 10, 100)
    trend = np.convolve(rng.standard_normal(2004), np.ones(5), "valid")

    theirs = [
        float(optimal_block_length(x)["stationary"].iloc[0])
        for y in (calm_and_wild, trend)
        for x in (y, (y - y.mean()) ** 2)
    ]

    assert resample.block_length(calm_and_wild, trend) == pytest.approx(max(theirs), rel=1e-12)
    assert resample.block_length(calm_and_wild) > 20


@pytest.mark.parametrize("memory", [-0.5, 0.0, 0.3, 0.9, 0.99])
@pytest.mark.parametrize("n", [11, 12, 40, 250, 3000])
def test_a_block_is_archs_whatever_the_series_remembers(memory, n):
    noise = np.random.default_rng(n).standard_normal(n)
    x = np.zeros(n)
    for k in range(1, n):
        x[k] = memory * x[k - 1] + noise[k]

    theirs = [optimal_block_length(y)["stationary"].iloc[0] for y in (x, (x - x.mean()) ** 2)]

    assert resample.block_length(x) == pytest.approx(max(1.0, *theirs), rel=1e-12)


def test_series_that_do_not_vary_ask_for_no_block():
    assert resample.block_length(np.zeros(100), np.full(100, 1e-13)) == 1.0


def test_an_interval_is_missing_where_many_histories_have_no_answer():
    answers = np.append(np.arange(90.0), [np.nan] * 10)

    assert resample.interval(answers, 0.95) is None
    assert resample.interval(answers[:92], 0.9) == pytest.approx((0.05 * 89, 0.95 * 89))


def test_sums_answer_what_the_functions_answer_history_by_history(world, make):
    one, two, y = world
    r = [level_returns(a.value, a.name) for a in (one, two)]
    b, f = level_returns(y.value, "large"), level_returns(y.bills, "bills")
    years = float((y.sessions[-1] - y.sessions[0]).astype(int)) / 365.25
    panel = bootstrap_moments.Panel(np.column_stack(r), b, f, years, sessions_per_year(y.sessions))
    rows = np.random.default_rng(2).integers(0, len(b), (3, len(b)))

    found, benchmark = bootstrap_moments.statistics(of(rows).sums(Columns(bootstrap_moments.columns(panel))), panel)

    level, skipped = make["level"], {"max_drawdown", "relative_drawdown", "hit_rate_over_benchmark_monthly"}
    for k, which in enumerate(rows):
        history = BenchmarkSeries("large", level(b[which]), level(f[which]), y.sessions, y.month_ends)
        for j in range(2):
            account = type(one)("x", "x", level(r[j][which]))
            expected = intervals.estimates(account, history)
            assert set(expected) - set(found[j]) == skipped
            for name in set(expected) - skipped:
                # Sums of squares less a squared sum cost a digit or two against deviations from the mean.
                assert found[j][name][k] == pytest.approx(expected[name], rel=1e-8, abs=1e-12), name
        assert benchmark["cagr"][k] == pytest.approx(growth.cagr(history.value, y.sessions), rel=1e-9)


def test_the_drawdown_of_a_history_is_that_of_its_level(make):
    rng = np.random.default_rng(4)
    r = 0.02 * rng.standard_normal(300)
    rows = rng.integers(0, 300, (5, 300))

    falls = of(rows).worst_drawdown(Columns.of_growth(r))

    assert falls == pytest.approx([drawdown.max_drawdown(make["level"](r[k])) for k in rows], rel=1e-9)


def test_a_return_of_minus_one_ends_every_history_that_draws_it():
    r = np.full(100, 0.001)
    r[99] = -1.0
    rows = np.tile(np.arange(100), (2, 1))
    rows[1, 99] = 0

    assert of(rows).worst_drawdown(Columns.of_growth(r)).tolist() == [-1.0, pytest.approx(0.0)]
    panel = bootstrap_moments.Panel(r[:, None], np.zeros(100), np.zeros(100), 0.4, 252.0)
    [found], _ = bootstrap_moments.statistics(of(rows).sums(Columns(bootstrap_moments.columns(panel))), panel)
    assert found["cagr"][0] == -1.0
    assert found["cagr"][1] == pytest.approx(1.001 ** (100 / 0.4) - 1)


def test_histories_of_unsure_drift_fall_more_differently_than_those_that_drift_alike():
    r = 0.0002 + 0.01 * np.random.default_rng(6).standard_normal(1500)
    rows = np.random.default_rng(7).integers(0, 1500, (200, 1500))

    alike, unsure = (of(rows).worst_drawdown(Columns.of_growth(r), unsure=flag) for flag in (False, True))

    assert unsure.std() > 1.2 * alike.std()


def test_the_same_seed_gives_the_same_digits(world, quick):
    one, two, y = world

    a, b = (bootstrap([one, two], y, settings=quick) for _ in range(2))

    for mine, again in zip(a.accounts, b.accounts, strict=True):
        for name in mine:
            np.testing.assert_array_equal(mine[name], again[name])


def test_a_run_alone_has_the_same_digits_as_among_others_where_blocks_are_the_same(world, quick, monkeypatch):
    one, two, y = world
    monkeypatch.setattr(resample, "block_length", lambda *_: 10.0)

    alone, among = bootstrap([one], y, settings=quick), bootstrap([two, one], y, settings=quick)

    np.testing.assert_allclose(alone.accounts[0]["sharpe"], among.accounts[1]["sharpe"], rtol=1e-9)


@pytest.mark.parametrize("block", [1, 3, 9, 30, 400])
def test_sums_and_drawdowns_over_long_blocks_are_those_of_their_sessions(quick, block):
    rng = np.random.default_rng(8)
    n = 3 * SEGMENT + 17
    columns, r = rng.standard_normal((n, 4)), 0.02 * rng.standard_normal(n)
    for drawn in resample.histories(n, block=block, settings=quick):
        np.testing.assert_allclose(drawn.sums(Columns(columns)), counts(drawn.rows) @ columns, rtol=0, atol=1e-11)
        value = np.cumprod(1.0 + r[drawn.rows], axis=1)
        fall = (value / np.maximum(np.maximum.accumulate(value, axis=1), 1.0)).min(axis=1) - 1.0
        np.testing.assert_allclose(drawn.worst_drawdown(Columns.of_growth(r)), fall, rtol=0, atol=1e-13)


def test_the_deepest_fall_is_found_wherever_its_ends_lie():
    rng = np.random.default_rng(9)
    path = np.cumsum(rng.standard_normal((200, 5 * SEGMENT)), axis=1)
    path[:50] = np.sort(path[:50], axis=1)[:, ::-1]  # one long fall
    path[50:100] = np.sort(path[50:100], axis=1)  # none after the start
    path[100:120] = np.round(path[100:120])  # ties
    highest = np.maximum(np.maximum.accumulate(path, axis=1), 0.0)
    np.testing.assert_array_equal(deepest(path), np.minimum((path - highest).min(axis=1), 0.0))
