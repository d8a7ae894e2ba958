"""The deflated Sharpe ratio: how likely a Sharpe ratio is better than the best of as many trials without skill."""

from __future__ import annotations

import math

from fedcycle.backtests.statistics.kernel import expected_best, probability_above
from fedcycle.backtests.statistics.numerics import SESSIONS_PER_YEAR


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
    return probability_above(
        sharpe, expected_best(trials) * math.sqrt(variance), n=returns, skew=skew, kurtosis=kurtosis, per_year=per_year
    )
