"""One account against another by regression: how it moved with its benchmark, and what was left over."""

from __future__ import annotations

from typing import Any

import numpy as np

from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.kernel import (
    Sample,
    benchmark,
    benchmark_fell,
    benchmark_rose,
    bills,
    excess,
    market,
    own,
)
from fedcycle.backtests.statistics.numerics import ALIKE, ROUNDING
from fedcycle.backtests.statistics.registry import Shown, sample_statistic
from fedcycle.backtests.statistics.risk import RATIO


@sample_statistic(
    unit="fraction per year",
    formula="(mean(e) − beta · mean(b − f)) · P",
    source="Jensen (1968), J. Finance 23(2); times 252",
    shown=Shown(terminal="alpha, % a year", interval=True),
)
def alpha(sample: Sample) -> Any:
    """Return the intercept of the return over bills on the benchmark's over bills, by least squares, annualised.

    Parameters
    ----------
    returns, benchmark, bills : (n,) fraction per period

    Returns
    -------
    fraction per year
        None where ``beta`` is.

    Examples
    --------
    Always 0.1% a session more than half the benchmark.

    >>> b = np.array([0.02, -0.02, 0.01])
    >>> r, b, f = Returns.weekdays(0.001 + 0.5 * b), Returns.weekdays(b), Bills.weekdays(np.zeros(3))
    >>> round(alpha(r, b, bills=f), 12)
    0.252
    """
    return kernel.intercept(sample, excess, market) * sample.per_year


@sample_statistic(
    unit="pure number",
    formula="cov(e, b − f) / var(b − f)",
    source="Sharpe (1964), J. Finance 19(3); least squares",
    shown=Shown(terminal="beta", interval=True),
)
def beta(sample: Sample) -> Any:
    """Return the slope of the return over bills on the benchmark's over bills, by least squares.

    Parameters
    ----------
    returns, benchmark, bills : (n,) fraction per period

    Returns
    -------
    pure number
        None under two returns, where one is NaN, and where the benchmark over bills does not vary beyond rounding.

    Examples
    --------
    >>> b = np.array([0.02, -0.02, 0.01])
    >>> r, b, f = Returns.weekdays(0.001 + 0.5 * b), Returns.weekdays(b), Bills.weekdays(np.zeros(3))
    >>> round(beta(r, b, bills=f), 12)
    0.5
    """
    return kernel.slope(sample, excess, market)


@sample_statistic(
    unit="pure number",
    formula="beta over the periods with b > 0",
    source="Ang, Chen & Xing (2006), RFS 19(4), upside",
    shown=Shown(interval=True),
)
def up_beta(sample: Sample) -> Any:
    """Return beta over the periods in which the benchmark rose.

    Parameters
    ----------
    returns, benchmark, bills : (n,) fraction per period

    Returns
    -------
    pure number
        None under two such periods, and where ``beta`` would be.

    Examples
    --------
    >>> r, b = Returns.weekdays([0.01, 0.02, -0.5]), Returns.weekdays([0.02, 0.04, -0.1])
    >>> round(up_beta(r, b, bills=Bills.weekdays(np.zeros(3))), 12)
    0.5
    """
    return kernel.slope(sample.where(benchmark_rose), excess, market)


@sample_statistic(
    unit="pure number",
    formula="beta over the periods with b < 0",
    source="Ang, Chen & Xing (2006), RFS 19(4), downside",
    shown=Shown(interval=True),
)
def down_beta(sample: Sample) -> Any:
    """Return beta over the periods in which the benchmark fell.

    Parameters
    ----------
    returns, benchmark, bills : (n,) fraction per period

    Returns
    -------
    pure number
        None under two such periods, and where ``beta`` would be.

    Examples
    --------
    >>> r, b = Returns.weekdays([0.5, -0.01, -0.02]), Returns.weekdays([0.1, -0.02, -0.04])
    >>> round(down_beta(r, b, bills=Bills.weekdays(np.zeros(3))), 12)
    0.5
    """
    return kernel.slope(sample.where(benchmark_fell), excess, market)


@sample_statistic(
    unit="pure number",
    formula="cov(r, b) / (sd(r) · sd(b))",
    source="Pearson; returns, not returns over bills",
    shown=Shown(interval=True),
)
def correlation(sample: Sample) -> Any:
    """Return the correlation of the returns with the benchmark's.

    Parameters
    ----------
    returns, benchmark : (n,) fraction per period

    Returns
    -------
    pure number, in [-1, 1]
        None under two returns, where one is NaN, and where either does not vary beyond rounding.

    Examples
    --------
    >>> round(correlation(Returns.weekdays([0.01, -0.01, 0.0]), Returns.weekdays([0.02, -0.02, 0.0])), 12)
    1.0
    """
    return kernel.linked(sample, own, benchmark)


@sample_statistic(
    unit="fraction of variance",
    formula="correlation²",
    source="definition; returns, not returns over bills",
    shown=Shown(interval=True),
)
def r_squared(sample: Sample) -> Any:
    """Return the share of the variance of the returns that the benchmark's explain.

    Parameters
    ----------
    returns, benchmark : (n,) fraction per period

    Returns
    -------
    fraction, in [0, 1]
        None where ``correlation`` is.

    Examples
    --------
    >>> round(r_squared(Returns.weekdays([0.01, -0.01, 0.0]), Returns.weekdays([0.02, -0.02, 0.0])), 12)
    1.0
    """
    return kernel.linked(sample, own, benchmark) ** 2


@sample_statistic(
    unit="fraction per year and unit of beta",
    formula="mean(e) · P / beta",
    source="Treynor (1965), Harvard Bus. Rev. 43(1)",
    shown=Shown(interval=True),
)
def treynor(sample: Sample) -> Any:
    """Return the mean return over bills, annualised, per unit of beta.

    Parameters
    ----------
    returns, benchmark, bills : (n,) fraction per period

    Returns
    -------
    fraction per year
        None where ``beta`` is, and where beta is 0 up to rounding.

    Examples
    --------
    >>> r, b = Returns.weekdays([0.011, -0.009]), Returns.weekdays([0.02, -0.02])
    >>> round(treynor(r, b, bills=Bills.weekdays(np.zeros(2))), 12)
    0.504
    """
    slope = kernel.slope(sample, excess, market)
    return sample.mean(excess) * sample.per_year / np.where(np.abs(slope) <= ROUNDING, np.nan, slope)


@sample_statistic(
    unit="fraction per year",
    formula="sharpe · volatility of b − f + mean(f) · P",
    source="Modigliani & Modigliani (1997), J. Portfolio Management 23(2)",
    shown=Shown(interval=True),
)
def m_squared(sample: Sample) -> Any:
    """Return what the account would have returned a year had it been mixed with bills to the benchmark's risk.

    Parameters
    ----------
    returns, benchmark, bills : (n,) fraction per period

    Returns
    -------
    fraction per year
        None where ``sharpe`` is, or the benchmark has no volatility.

    Examples
    --------
    Twice the benchmark's risk and twice its mean of 0.5%: at the benchmark's risk as good as it.

    >>> r, b = Returns.weekdays([0.03, -0.01]), Returns.weekdays([0.015, -0.005])
    >>> round(m_squared(r, b, bills=Bills.weekdays(np.zeros(2))), 12)
    1.26
    """
    risk = kernel.sd(sample, market) * sample.root
    return kernel.reward(sample, excess) * risk + sample.mean(bills) * sample.per_year


@sample_statistic(
    unit=RATIO,
    formula="mean(u) / sd(u) · √P with u = e − beta · (b − f)",
    source="Treynor & Black (1973), J. Business 46(1)",
    shown=Shown(interval=True),
)
def appraisal_ratio(sample: Sample) -> Any:
    """Return alpha per unit of the risk that the benchmark does not explain.

    Parameters
    ----------
    returns, benchmark, bills : (n,) fraction per period

    Returns
    -------
    ratio
        None where ``beta`` is, and where nothing is left unexplained beyond 1e-11.

    Examples
    --------
    Half the benchmark plus 2%, 0%, 0%, 2%, which the benchmark (1%, 1%, -1%, -1%) does not explain.

    >>> b = np.array([0.01, 0.01, -0.01, -0.01])
    >>> r = Returns.weekdays(0.5 * b + np.array([0.02, 0.0, 0.0, 0.02]))
    >>> ratio = appraisal_ratio(r, Returns.weekdays(b), bills=Bills.weekdays(np.zeros(4)))
    >>> round(ratio**2, 6) == round(0.01**2 / (4 * 0.01**2 / 3) * 252, 6)
    True
    """
    slope = kernel.slope(sample, excess, market)
    spread = np.sqrt(sample.residual(excess, market, slope) / (sample.n - 1.0))
    # The residual is a difference of products of size |beta|; rounding grows with it.
    spread = kernel.above(spread, sample.limit(excess, ALIKE) * (1.0 + np.abs(slope)))
    return kernel.intercept(sample, excess, market) / spread * sample.root
