"""One account against another, session by session: the numbers of a run relative to its benchmark."""

from __future__ import annotations

import math

import numpy as np

from fedcycle.backtests.statistics.growth import cagr
from fedcycle.backtests.statistics.registry import statistic
from fedcycle.backtests.statistics.sample import ROUNDING, SESSIONS_PER_YEAR, complete, is_rounding
from fedcycle.data.arrays import Bool, Days, Float64


@statistic(unit="fraction per year", source="definition; difference of the two growth rates")
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


@statistic(unit="fraction per year", source="Jensen (1968), J. Finance 23(2); times 252")
def alpha(returns: Float64, benchmark_returns: Float64, *, bill_returns: Float64) -> float | None:
    """Return the intercept of the return over bills on the benchmark's over bills, by least squares, annualised.

    Parameters
    ----------
    returns, benchmark_returns, bill_returns : (n,) fraction per session

    Returns
    -------
    fraction per year
        None where ``beta`` is.

    Examples
    --------
    Always 0.1% a session more than half the benchmark.

    >>> b = np.array([0.02, -0.02, 0.01])
    >>> round(alpha(0.001 + 0.5 * b, b, bill_returns=np.zeros(3)), 12)
    0.252
    """
    slope = beta(returns, benchmark_returns, bill_returns=bill_returns)
    if slope is None:
        return None
    own, other = returns - bill_returns, benchmark_returns - bill_returns
    return (float(own.mean()) - slope * float(other.mean())) * SESSIONS_PER_YEAR


@statistic(unit="pure number", source="Sharpe (1964), J. Finance 19(3); least squares")
def beta(returns: Float64, benchmark_returns: Float64, *, bill_returns: Float64) -> float | None:
    """Return the slope of the return over bills on the benchmark's over bills, by least squares.

    Parameters
    ----------
    returns, benchmark_returns, bill_returns : (n,) fraction per session

    Returns
    -------
    pure number
        None under two returns, where one is NaN, and where the benchmark over bills does not vary beyond rounding.

    Examples
    --------
    >>> b = np.array([0.02, -0.02, 0.01])
    >>> round(beta(0.001 + 0.5 * b, b, bill_returns=np.zeros(3)), 12)
    0.5
    """
    own, other = returns - bill_returns, benchmark_returns - bill_returns
    if not complete(own, other, least=2):
        return None
    away = other - other.mean()
    if is_rounding(math.sqrt(float((away**2).mean())), other):
        return None
    return float(((own - own.mean()) * away).sum() / (away * away).sum())


@statistic(unit="fraction per year", source="Grinold & Kahn (2000), Active Portfolio Management; ex post")
def tracking_error(returns: Float64, benchmark_returns: Float64) -> float | None:
    """Return the annualised standard deviation of the return over the benchmark's.

    Parameters
    ----------
    returns, benchmark_returns : (n,) fraction per session

    Returns
    -------
    fraction per year, >= 0
        None under two returns or where one is NaN.

    Examples
    --------
    Differences 2%, 0%, 1%: sd 1%.

    >>> error = tracking_error(np.array([0.02, 0.0, 0.01]), np.zeros(3))
    >>> round(error, 12) == round(0.01 * math.sqrt(252), 12)
    True
    """
    active = returns - benchmark_returns
    if not complete(active, least=2):
        return None
    return float(active.std(ddof=1)) * math.sqrt(SESSIONS_PER_YEAR)


@statistic(unit="ratio, per square root of a year", source="Goodwin (1998), Financial Analysts J. 54(4)")
def information_ratio(returns: Float64, benchmark_returns: Float64) -> float | None:
    """Return the annualised mean return over the benchmark's per unit of tracking error.

    Parameters
    ----------
    returns, benchmark_returns : (n,) fraction per session

    Returns
    -------
    ratio
        None where there is no tracking error beyond rounding.

    Examples
    --------
    Differences 2%, 0%, 1%: mean 1%, sd 1%.

    >>> ratio = information_ratio(np.array([0.02, 0.0, 0.01]), np.zeros(3))
    >>> round(ratio, 12) == round(math.sqrt(252), 12)
    True
    """
    active, error = returns - benchmark_returns, tracking_error(returns, benchmark_returns)
    if error is None or is_rounding(error / math.sqrt(SESSIONS_PER_YEAR), active):
        return None
    return float(active.mean()) * SESSIONS_PER_YEAR / error


@statistic(
    unit="ratio of mean returns", source="Morningstar, upside capture, here on arithmetic means of daily returns"
)
def up_capture(returns: Float64, benchmark_returns: Float64) -> float | None:
    """Return the mean return per unit of the benchmark's, over the sessions on which the benchmark rose.

    Parameters
    ----------
    returns, benchmark_returns : (n,) fraction per session

    Returns
    -------
    ratio
        None without such a session, where a return is NaN, and where the benchmark rose by no more than rounding.

    Examples
    --------
    >>> round(up_capture(np.array([0.01, -0.01, 0.02]), np.array([0.02, -0.03, 0.04])), 12)
    0.5
    """
    return _capture(returns, benchmark_returns, benchmark_returns > 0)


@statistic(
    unit="ratio of mean returns", source="Morningstar, downside capture, here on arithmetic means of daily returns"
)
def down_capture(returns: Float64, benchmark_returns: Float64) -> float | None:
    """Return the mean return per unit of the benchmark's, over the sessions on which the benchmark fell.

    Parameters
    ----------
    returns, benchmark_returns : (n,) fraction per session

    Returns
    -------
    ratio
        None without such a session, where a return is NaN, and where the benchmark fell by no more than rounding.

    Examples
    --------
    >>> round(down_capture(np.array([0.01, -0.01, 0.02]), np.array([0.02, -0.04, 0.04])), 12)
    0.25
    """
    return _capture(returns, benchmark_returns, benchmark_returns < 0)


def _capture(returns: Float64, benchmark_returns: Float64, chosen: Bool) -> float | None:
    if not (complete(returns, benchmark_returns) and chosen.any()):
        return None
    other = float(benchmark_returns[chosen].mean())
    return None if abs(other) <= ROUNDING else float(np.mean(returns[chosen])) / other
