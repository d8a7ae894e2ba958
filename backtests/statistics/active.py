"""One account less another, session by session: the numbers of the difference."""

from __future__ import annotations

from typing import Any

import numpy as np

from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.drawdown import max_drawdown
from fedcycle.backtests.statistics.growth import cagr, total_return
from fedcycle.backtests.statistics.kernel import Sample, active, ahead, apart, squared_below_zero, term_of
from fedcycle.backtests.statistics.numerics import ALIKE
from fedcycle.backtests.statistics.registry import Shown, sample_statistic, statistic
from fedcycle.backtests.statistics.returns import Frequency, Returns, check_frequency
from fedcycle.data.typing import Days, Float64


@statistic(
    unit="fraction per year",
    formula="cagr − cagr of the benchmark",
    source="definition; difference of the two growth rates",
    shown=Shown(terminal="active return, pp a year", interval=True, sweep=True, title="Active return a year"),
)
def excess_cagr(value: Float64, benchmark_value: Float64, *, sessions: Days) -> float | None:
    """Return by how much the compound annual growth rate exceeds the benchmark's.

    Parameters
    ----------
    value, benchmark_value : (T,) US dollars, >= 0, the first > 0, no NaN
    sessions : (T,) days

    Returns
    -------
    fraction per year
        None where one of the two has no growth rate, as for a single session.

    Examples
    --------
    >>> four_years = np.array(["2001-01-01", "2005-01-01"], dtype="datetime64[D]")
    >>> round(excess_cagr(np.array([1.0, 1.4641]), np.array([1.0, 1.0]), sessions=four_years), 12)
    0.1
    """
    own, other = cagr(value, sessions), cagr(benchmark_value, sessions)
    return None if own is None or other is None else own - other


@statistic(
    unit="fraction",
    formula="(V_T / V_0) / (B_T / B_0) − 1",
    source="definition; the account in units of the benchmark's account, at the end",
    shown=Shown(terminal="relative wealth, %", interval=True),
)
def relative_wealth(value: Float64, benchmark_value: Float64) -> float | None:
    """Return how much more the account is worth at the end than the benchmark's, both from the same capital.

    Parameters
    ----------
    value, benchmark_value : (T,) US dollars, >= 0, the first > 0, no NaN

    Returns
    -------
    fraction, >= -1
        None where the benchmark is worth 0 at the end.

    Examples
    --------
    >>> relative_wealth(np.array([1.0, 1.5]), np.array([1.0, 1.2]))
    0.25
    """
    return relative_to(total_return(value), total_return(benchmark_value))


def relative_to(own: float | None, other: float | None) -> float | None:
    """Return the relative wealth of two total returns over one window.

    Parameters
    ----------
    own, other : fraction, >= -1; None where there is none

    Returns
    -------
    fraction, >= -1
        None where a return is missing or the other lost all.

    Examples
    --------
    >>> relative_to(0.5, 0.2), relative_to(0.5, None), relative_to(0.5, -1.0)
    (0.25, None, None)
    """
    return None if own is None or other is None or other <= -1.0 else (1.0 + own) / (1.0 + other) - 1.0


@statistic(
    unit="fraction",
    formula="max_drawdown of V_t / B_t",
    source="definition; the worst stretch of falling behind the benchmark",
    shown=Shown(interval=True),
)
def relative_drawdown(value: Float64, benchmark_value: Float64) -> float | None:
    """Return how far the account's worth in units of the benchmark fell at worst below its highest so far.

    Parameters
    ----------
    value, benchmark_value : (T,) US dollars, >= 0, the first > 0, no NaN

    Returns
    -------
    fraction, in [-1, 0]
        None for a single session and where the benchmark was worth 0.

    Examples
    --------
    >>> relative_drawdown(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 2.0]))
    -0.5
    """
    if len(value) < 2 or not bool((benchmark_value > 0).all()):
        return None
    return max_drawdown(value / benchmark_value)


@sample_statistic(
    unit="fraction per year",
    formula="mean(d) · P",
    source="definition; arithmetic, not compounded",
    shown=Shown(interval=True),
)
def mean_active_return(sample: Sample) -> Any:
    """Return the mean return over the benchmark's, times the periods of a year; the active return is compounded.

    The two differ by about half the difference of the variances: a more volatile account with the same mean compounds
    to less.

    Parameters
    ----------
    returns, benchmark : (n,) fraction per period

    Returns
    -------
    fraction per year
        None without returns or where one is NaN.

    Examples
    --------
    >>> round(mean_active_return(Returns.weekdays([0.02, 0.01]), Returns.weekdays([0.01, 0.01])), 12)
    1.26
    """
    return sample.mean(active) * sample.per_year


@sample_statistic(
    unit="fraction per year",
    formula="sd(d) · √P",
    source="Grinold & Kahn (2000), Active Portfolio Management; ex post",
    shown=Shown(terminal="tracking error, % a year", interval=True, sweep=True),
)
def tracking_error(sample: Sample) -> Any:
    """Return the annualised standard deviation of the return over the benchmark's.

    Parameters
    ----------
    returns, benchmark : (n,) fraction per period

    Returns
    -------
    fraction per year, >= 0
        None under two returns or where one is NaN.

    Examples
    --------
    Differences 2%, 0%, 1%: sd 1%.

    >>> error = tracking_error(Returns.weekdays([0.02, 0.0, 0.01]), Returns.weekdays(np.zeros(3)))
    >>> round(error, 12) == round(0.01 * math.sqrt(252), 12)
    True
    """
    return kernel.sd(sample, active) * sample.root


@sample_statistic(
    unit="ratio, per square root of a year",
    formula="mean(d) · P / tracking_error",
    source="Goodwin (1998), Financial Analysts J. 54(4)",
    shown=Shown(terminal="information ratio", interval=True, sweep=True),
)
def information_ratio(sample: Sample) -> Any:
    """Return the annualised mean return over the benchmark's per unit of tracking error.

    Parameters
    ----------
    returns, benchmark : (n,) fraction per period

    Returns
    -------
    ratio
        None where there is no tracking error beyond what two accounts that hold the same can have (1e-11).

    Examples
    --------
    Differences 2%, 0%, 1%: mean 1%, sd 1%.

    >>> ratio = information_ratio(Returns.weekdays([0.02, 0.0, 0.01]), Returns.weekdays(np.zeros(3)))
    >>> round(ratio, 12) == round(math.sqrt(252), 12)
    True
    """
    return kernel.reward(sample, active, ALIKE)


_SQUARED_TRAIL = term_of(active, squared_below_zero)
"""The square of how far the account trails its benchmark."""


@sample_statistic(
    unit="ratio, per square root of a year",
    formula="mean(d) · √P / √(mean(min(d, 0)²))",
    source="Sortino & Price (1994), J. Investing 3(3); target: the benchmark",
    shown=Shown(
        terminal="Sortino ratio of active returns",
        interval=True,
        sweep=True,
        title="Sortino ratio of active returns",
    ),
)
def sortino_over_benchmark(sample: Sample) -> Any:
    """Return the mean return over the benchmark's per unit of downside deviation below the benchmark, annualised.

    Parameters
    ----------
    returns, benchmark : (n,) fraction per period

    Returns
    -------
    ratio
        None where the account never trails by more than what two accounts that hold the same can (1e-11).

    Examples
    --------
    Differences 3%, -1%: mean 1%; downside sqrt((0 + 0.01**2) / 2).

    >>> ratio = sortino_over_benchmark(Returns.weekdays([0.03, -0.01]), Returns.weekdays(np.zeros(2)))
    >>> round(ratio, 12) == round(math.sqrt(2 * 252), 12)
    True
    """
    trail = kernel.above(kernel.downside(sample, _SQUARED_TRAIL), sample.limit(active, ALIKE))
    return sample.mean(active) * sample.root / trail


@sample_statistic(
    unit="fraction of sessions that differ",
    formula="count(d > 0) / count(d ≠ 0)",
    source="the batting average, without ties: sessions on which both hold the same are no trial",
    shown=Shown(interval=True),
    daily=True,
)
def hit_rate_over_benchmark(sample: Sample) -> Any:
    """Return the share ahead of the benchmark, of the sessions on which the two differ by more than 1e-11.

    Parameters
    ----------
    returns, benchmark : (n,) fraction per session

    Returns
    -------
    fraction, in [0, 1]
        None where no session differs, or one is NaN.

    Examples
    --------
    >>> hit_rate_over_benchmark(Returns.weekdays([0.02, 0.01, 0.0]), Returns.weekdays([0.01, 0.01, 0.02]))
    0.5
    """
    return sample.where(apart).mean(ahead)


@statistic(
    unit="fraction of complete calendar months that differ",
    formula="count(complete months > the benchmark's) / count(≠)",
    source="definition; months in which both hold the same are no trial",
    shown=Shown(interval=True),
)
def hit_rate_over_benchmark_monthly(months: Returns, benchmark_months: Returns) -> float | None:
    """Return the share ahead of the benchmark, of the complete calendar months in which the two differ.

    Parameters
    ----------
    months, benchmark_months : (months,) fraction per month

    Returns
    -------
    fraction, in [0, 1]
        None where no complete month differs, or one is NaN.

    Examples
    --------
    >>> ends = np.array(["2000-01-31", "2000-02-29"], "M8[D]")
    >>> own, other = (Returns(np.array(x), ends, Frequency.MONTHLY) for x in ([0.03, 0.01], [0.01, 0.02]))
    >>> hit_rate_over_benchmark_monthly(own, other)
    0.5
    """
    check_frequency(months, Frequency.MONTHLY)
    return _ahead(_active(months, benchmark_months, least=1))


def _ahead(active: Float64 | None) -> float | None:
    """Return the share above 0 of the differences that are none of rounding; None where there are none."""
    if active is None or not bool((apart := np.abs(active) > ALIKE).any()):
        return None
    return float((active[apart] > 0).mean())


def _active(returns: Returns, benchmark: Returns, *, least: int) -> Float64 | None:
    """Return the difference, None under so many returns or where one is NaN."""
    active = returns.over(benchmark)
    return active if returns.complete and benchmark.complete and len(active) >= least else None
