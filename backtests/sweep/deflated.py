"""The deflated Sharpe ratio: how likely a Sharpe ratio is better than the best of as many trials without skill."""

from __future__ import annotations

import math
from statistics import NormalDist

from fedcycle.backtests.statistics.numerics import SESSIONS_PER_YEAR

_EULER = 0.5772156649015329
"""The Euler-Mascheroni constant."""


def deflated_sharpe(
    sharpe: float | None,
    *,
    returns: int,
    skew: float | None,
    kurtosis: float | None,
    trials: int,
    variance: float,
    per_year: float = float(SESSIONS_PER_YEAR),
) -> float | None:
    """Return the deflated Sharpe ratio of Bailey & López de Prado (2014), J. Portfolio Management 40(5).

    Parameters
    ----------
    sharpe : ratio, per square root of a year
    returns : number of returns, one a session, that it is from
    skew, kurtosis : pure numbers, of those returns over what the ratio is over; kurtosis in excess of the normal's 3
    trials : how many variants were looked at
    variance : of their Sharpe ratios, per year
    per_year : sessions that count as a year

    Returns
    -------
    probability
        None where the ratio does not exist.

    Examples
    --------
    One trial deflates nothing: a ratio of 0 is as likely above as below.

    >>> deflated_sharpe(0.0, returns=2520, skew=0.0, kurtosis=0.0, trials=1, variance=0.0)
    0.5
    """
    if sharpe is None or skew is None or kurtosis is None or returns < 2:
        return None
    one = sharpe / math.sqrt(per_year)
    hurdle = expected_best(trials, variance / per_year)
    spread = 1.0 - skew * one + (kurtosis + 2.0) / 4.0 * one**2
    return NormalDist().cdf((one - hurdle) * math.sqrt(returns - 1) / math.sqrt(max(spread, 1e-12)))


def expected_best(trials: int, variance: float) -> float:
    """Return the expected largest of so many Sharpe ratios that are all 0 in truth and vary by chance.

    Examples
    --------
    >>> round(expected_best(100, 1.0), 4)
    2.5306
    """
    if trials < 2 or variance <= 0:
        return 0.0
    normal = NormalDist()
    usual, rare = normal.inv_cdf(1.0 - 1.0 / trials), normal.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return math.sqrt(variance) * ((1.0 - _EULER) * usual + _EULER * rare)
