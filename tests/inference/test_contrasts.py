"""Differences between pairs of accounts: the sign, the interval, and what is said of all of them together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fedcycle.backtests.inference import BenchmarkSeries, ReturnSeries, Settings, of_contrasts
from fedcycle.backtests.inference.paired_differences import together

N = 800
FEW = Settings(resamples=200)


def level(returns: np.ndarray) -> np.ndarray:
    return 100.0 * np.cumprod(np.concatenate([[1.0], 1.0 + returns]))


@pytest.fixture(scope="module")
def returns() -> np.ndarray:
    return np.random.default_rng(1).normal(0.0004, 0.01, N)


@pytest.fixture(scope="module")
def benchmark_series(returns: np.ndarray) -> BenchmarkSeries:
    sessions = np.busday_offset("2000-01-03", np.arange(N + 1)).astype("datetime64[D]")
    ends = np.append(np.diff(sessions.astype("datetime64[M]").astype(int)) > 0, [True])
    return BenchmarkSeries("large", level(returns), np.full(N + 1, 100.0), sessions, ends)


def contrast(
    accounts: dict[str, np.ndarray], pairs: list[tuple[str, str]], benchmark_series: BenchmarkSeries
) -> dict[str, Any]:
    return of_contrasts(
        [ReturnSeries(k, k, level(r)) for k, r in accounts.items()], pairs, benchmark_series, settings=FEW
    )


def test_a_daily_drag_of_one_basis_point_is_252_a_year_in_every_history(
    returns: np.ndarray, benchmark_series: BenchmarkSeries
) -> None:
    found = contrast(
        {"own": returns, "expensive": returns - 0.0001}, [("expensive", "own"), ("own", "expensive")], benchmark_series
    )
    expensive, cheaper = (of["mean_return"] for of in found["contrasts"])
    for end in ("difference", "low", "high"):
        assert expensive[end] == pytest.approx(-0.0252)
        assert cheaper[end] == pytest.approx(0.0252)
    assert expensive["apart"] is True
    assert cheaper["apart"] is True


def test_an_account_is_not_apart_from_itself(returns: np.ndarray, benchmark_series: BenchmarkSeries) -> None:
    found = contrast({"own": returns, "twin": returns + 1e-13}, [("own", "twin")], benchmark_series)
    (of,) = found["contrasts"]
    assert found["same"] == [True]
    assert [of[name]["apart"] for name in ("mean_return", "sharpe", "cagr")] == [False] * 3
    assert of["mean_return"]["apart_together"] is False


def test_what_two_accounts_share_cancels(returns: np.ndarray, benchmark_series: BenchmarkSeries) -> None:
    """Both rise and fall by 1% a day; their difference only by a tenth of it: its interval is as narrow."""
    own = np.random.default_rng(2).normal(0.0, 0.001, N)
    found = contrast({"own": returns, "near": returns + own}, [("near", "own")], benchmark_series)
    of = found["contrasts"][0]["mean_return"]
    # 1.96 standard errors of 252 means of 800 draws either side, within a third: 200 histories are few.
    assert of["high"] - of["low"] == pytest.approx(2 * 1.96 * 252 * own.std() / np.sqrt(N), rel=0.33)


def test_an_account_too_short_is_noted_and_its_pair_is_missing(benchmark_series: BenchmarkSeries) -> None:
    short = BenchmarkSeries(
        "large",
        benchmark_series.value[:40],
        benchmark_series.bills[:40],
        benchmark_series.sessions[:40],
        benchmark_series.month_ends[:40],
    )
    found = of_contrasts(
        [ReturnSeries("a", "a", short.value), ReturnSeries("b", "b", short.value)], [("a", "b")], short
    )
    assert found["contrasts"] == [None]
    assert "40 sessions" in found["notes"]["a"]


def test_together_asks_more_than_each_alone() -> None:
    """Of 19 differences of chance the largest deviation is wide; 2.2 spreads are apart alone and not among 19."""
    rng = np.random.default_rng(3)
    draws = [2.2 + rng.normal(0.0, 1.0, 2000) for _ in range(19)]
    low = np.quantile(draws[0], 0.025)
    assert low > 0
    assert together([2.2] * 19, draws, level=0.95) == [False] * 19
    # Bonferroni asks 3.0 spreads of 19; the maximum of independent ones asks the same within a tenth or two.
    assert together([3.3, *[2.2] * 18], [draws[0] + 1.1, *draws[1:]], level=0.95)[0] is True


def test_what_does_not_exist_or_vary_is_not_apart() -> None:
    still, moving = np.zeros(100), np.random.default_rng(4).normal(0.0, 1.0, 100)
    assert together([0.0, None, 9.0], [still, still, 9.0 + moving], level=0.95) == [False, None, True]
