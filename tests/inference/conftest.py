"""A seeded rule and its benchmark over seven years, as inference sees them."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.inference import BenchmarkSeries, ReturnSeries, Settings


def weekdays(n):
    return np.busday_offset(np.datetime64("2010-01-01"), np.arange(n), roll="forward")


def level(r):
    return np.concatenate([[100.0], 100.0 * np.cumprod(1.0 + np.asarray(r))])


def month_ends(days):
    return np.append(days[1:].astype("datetime64[M]") != days[:-1].astype("datetime64[M]"), [False])


def benchmark_series_of(value, *, name="large", bills=None):
    days = weekdays(len(value))
    cash = level(np.full(len(value) - 1, 0.00005)) if bills is None else bills
    return BenchmarkSeries(name, np.asarray(value, dtype=float), cash, days, month_ends(days))


@pytest.fixture(scope="session")
def world():
    """Return an account, a worse one, and the benchmark of both."""
    rng = np.random.default_rng(3)
    n = 1750
    b = 0.0004 + 0.01 * rng.standard_t(5, n)
    better = 0.0006 + b + 0.004 * rng.standard_t(5, n)
    worse = -0.0001 + 0.9 * b + 0.003 * rng.standard_normal(n)
    y = benchmark_series_of(level(b))
    return ReturnSeries("one-1", "one", level(better)), ReturnSeries("two-2", "two", level(worse)), y


@pytest.fixture(scope="session")
def quick():
    """Return settings with fewer histories than usual, for speed; the seed as always."""
    return Settings(resamples=120)


@pytest.fixture(scope="session")
def make():
    """Return the makers of levels, sessions and benchmarks."""
    return {"level": level, "weekdays": weekdays, "benchmark_series": benchmark_series_of}
