"""One account against another by regression: how it moved with its benchmark, and what was left over."""

from __future__ import annotations

import math

import numpy as np

from fedcycle.backtests.statistics.numerics import ALIKE, is_rounding
from fedcycle.backtests.statistics.registry import statistic
from fedcycle.backtests.statistics.returns import Bills, Returns, check_alike, check_bills
from fedcycle.backtests.statistics.risk import RATIO, sharpe, volatility
from fedcycle.data.typing import Bool, Float64


@statistic(
    unit="fraction per year",
    formula="(mean(e) − beta · mean(b − f)) · P",
    source="Jensen (1968), J. Finance 23(2); times 252",
)
def alpha(returns: Returns, benchmark: Returns, *, bills: Bills) -> float | None:
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
    slope = beta(returns, benchmark, bills=bills)
    if slope is None:
        return None
    own, other = returns.over(bills), benchmark.over(bills)
    return (float(own.mean()) - slope * float(other.mean())) * returns.per_year


@statistic(
    unit="pure number", formula="cov(e, b − f) / var(b − f)", source="Sharpe (1964), J. Finance 19(3); least squares"
)
def beta(returns: Returns, benchmark: Returns, *, bills: Bills) -> float | None:
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
    pair = _pair(returns, benchmark, bills)
    return None if pair is None else _slope(*pair)


@statistic(
    unit="pure number", formula="beta over the periods with b > 0", source="Ang, Chen & Xing (2006), RFS 19(4), upside"
)
def up_beta(returns: Returns, benchmark: Returns, *, bills: Bills) -> float | None:
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
    return _partial(returns, benchmark, bills, benchmark.values > 0)


@statistic(
    unit="pure number",
    formula="beta over the periods with b < 0",
    source="Ang, Chen & Xing (2006), RFS 19(4), downside",
)
def down_beta(returns: Returns, benchmark: Returns, *, bills: Bills) -> float | None:
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
    return _partial(returns, benchmark, bills, benchmark.values < 0)


@statistic(unit="pure number", formula="cov(r, b) / (sd(r) · sd(b))", source="Pearson; returns, not returns over bills")
def correlation(returns: Returns, benchmark: Returns) -> float | None:
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
    check_alike(returns, benchmark)
    if len(returns) < 2 or not (returns.complete and benchmark.complete):
        return None
    spread = []
    for series in (returns.values, benchmark.values):
        away = series - series.mean()
        size = math.sqrt(float((away * away).mean()))
        if is_rounding(size, series):
            return None
        spread.append(away / size)
    return max(-1.0, min(1.0, float((spread[0] * spread[1]).mean())))


@statistic(unit="fraction of variance", formula="correlation²", source="definition; returns, not returns over bills")
def r_squared(returns: Returns, benchmark: Returns) -> float | None:
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
    found = correlation(returns, benchmark)
    return None if found is None else found**2


@statistic(
    unit="fraction per year and unit of beta",
    formula="mean(e) · P / beta",
    source="Treynor (1965), Harvard Bus. Rev. 43(1)",
)
def treynor(returns: Returns, benchmark: Returns, *, bills: Bills) -> float | None:
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
    slope = beta(returns, benchmark, bills=bills)
    if slope is None or is_rounding(abs(slope), np.zeros(1)):
        return None
    return float(returns.over(bills).mean()) * returns.per_year / slope


@statistic(
    unit="fraction per year",
    formula="sharpe · volatility of b − f + mean(f) · P",
    source="Modigliani & Modigliani (1997), J. Portfolio Management 23(2)",
)
def m_squared(returns: Returns, benchmark: Returns, *, bills: Bills) -> float | None:
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
    reward = sharpe(returns, bills)
    excess = Returns(
        benchmark.over(bills), returns.ends, returns.frequency, returns.kind, benchmark.name, returns.periods
    )
    check_alike(returns, benchmark)
    risk = volatility(excess)
    if reward is None or risk is None:
        return None
    return reward * risk + float(bills.values.mean()) * returns.per_year


@statistic(
    unit=RATIO,
    formula="mean(u) / sd(u) · √P with u = e − beta · (b − f)",
    source="Treynor & Black (1973), J. Business 46(1)",
)
def appraisal_ratio(returns: Returns, benchmark: Returns, *, bills: Bills) -> float | None:
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
    pair = _pair(returns, benchmark, bills)
    slope = None if pair is None else _slope(*pair)
    if pair is None or slope is None:
        return None
    left = pair[0] - slope * pair[1]
    spread = float(left.std(ddof=1))
    # The residual is a difference of products of size |beta|; rounding grows with it.
    if is_rounding(spread / (1.0 + abs(slope)), pair[0], size=ALIKE):
        return None
    return float(left.mean()) / spread * math.sqrt(returns.per_year)


def _pair(returns: Returns, benchmark: Returns, bills: Bills) -> tuple[Float64, Float64] | None:
    """Return both over bills, None where there are fewer than two or one is NaN."""
    check_bills(bills)
    check_alike(returns, benchmark)
    own, other = returns.over(bills), benchmark.over(bills)
    whole = returns.complete and benchmark.complete and bills.complete
    return (own, other) if whole and len(own) > 1 else None


def _slope(own: Float64, other: Float64) -> float | None:
    away = other - other.mean()
    square = away @ away
    if is_rounding(math.sqrt(float(square) / len(other)), other):
        return None
    return float((own - own.mean()) @ away) / float(square)


def _partial(returns: Returns, benchmark: Returns, bills: Bills, which: Bool) -> float | None:
    pair = _pair(returns, benchmark, bills)
    return _slope(pair[0][which], pair[1][which]) if pair is not None and int(which.sum()) > 1 else None
