"""Statistics of complete calendar months.

A month is complete where the run has the close before its first session, that is the previous month's last, and its own
last. So the month in which a run starts never is, even from its first session on (the return of that session began at a
close outside the run), and the month in which it ends is only if the run ends on the month's last session.
"""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.statistics.registry import statistic
from fedcycle.backtests.statistics.sample import complete
from fedcycle.data.arrays import Bool, Float64


def monthly_returns(value: Float64, month_ends: Bool) -> Float64:
    """Return the return of each complete calendar month.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, no NaN
    month_ends : (T,) whether a session is its calendar month's last in the market's calendar

    Returns
    -------
    (months,) fraction per month
        NaN after a value of 0; empty where no month is complete.

    Examples
    --------
    >>> ends = np.array([True, False, True, False, True, False])
    >>> monthly_returns(np.array([100.0, 90.0, 110.0, 120.0, 121.0, 500.0]), ends).round(9)
    array([0.1, 0.1])
    """
    at_end = value[month_ends]
    before = np.where(at_end[:-1] > 0, at_end[:-1], np.nan)
    return np.asarray(at_end[1:] / before - 1.0)


@statistic(unit="fraction per month", source="definition; complete calendar months")
def best_month(months: Float64) -> float | None:
    """Return the highest return of a complete calendar month.

    Parameters
    ----------
    months : (months,) fraction per month

    Returns
    -------
    fraction per month
        None without a complete month or where one is NaN.

    Examples
    --------
    >>> best_month(np.array([0.01, -0.02, 0.03]))
    0.03
    """
    return float(months.max()) if complete(months) else None


@statistic(unit="fraction per month", source="definition; complete calendar months")
def worst_month(months: Float64) -> float | None:
    """Return the lowest return of a complete calendar month.

    Parameters
    ----------
    months : (months,) fraction per month

    Returns
    -------
    fraction per month
        None without a complete month or where one is NaN.

    Examples
    --------
    >>> worst_month(np.array([0.01, -0.02, 0.03]))
    -0.02
    """
    return float(months.min()) if complete(months) else None


@statistic(unit="fraction of complete calendar months", source="definition")
def hit_rate_monthly(months: Float64) -> float | None:
    """Return the share of complete calendar months with a gain; a flat month is none.

    Parameters
    ----------
    months : (months,) fraction per month

    Returns
    -------
    fraction, in [0, 1]
        None without a complete month or where one is NaN.

    Examples
    --------
    >>> hit_rate_monthly(np.array([0.01, -0.02, 0.03, 0.0]))
    0.5
    """
    return float((months > 0).mean()) if complete(months) else None
