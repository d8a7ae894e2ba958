"""Statistics of complete calendar months.

A month is complete where the run has the close before its first session, that is the previous month's last, and its own
last. So the month in which a run starts never is, even from its first session on (the return of that session began at a
close outside the run), and the month in which it ends is only if the run ends on the month's last session.
"""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.statistics.numerics import is_rounding
from fedcycle.backtests.statistics.registry import Shown, statistic
from fedcycle.backtests.statistics.returns import Frequency, Returns, check_frequency
from fedcycle.data.typing import Bool, Days, Float64, days


def monthly(value: Float64, sessions: Days, *, month_ends: Bool) -> Returns:
    """Return the return of each complete calendar month.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, no NaN
    sessions : (T,) days
    month_ends : (T,) whether a session is its calendar month's last in the market's calendar

    Returns
    -------
    (months,) fraction per month, dated by the month's last session
        NaN after a value of 0; empty where no month is complete.

    Examples
    --------
    >>> days = np.array(["2001-01-31", "2001-02-01", "2001-02-28", "2001-03-01"], dtype="datetime64[D]")
    >>> ends = np.array([True, False, True, False])
    >>> monthly(np.array([100.0, 90.0, 110.0, 120.0]), days, month_ends=ends).values.round(9)
    array([0.1])
    """
    return between(value, sessions, month_ends, Frequency.MONTHLY)


def between(value: Float64, sessions: Days, ends: Bool, frequency: Frequency) -> Returns:
    """Return the returns between the closes at which ``ends``, (T,), is true."""
    at_end = value[ends]
    before = np.where(at_end[:-1] > 0, at_end[:-1], np.nan)
    return Returns(np.asarray(at_end[1:] / before - 1.0), sessions[ends][1:], frequency, name=frequency.name.lower())


def of_months(values: object) -> Returns:
    """Return monthly returns dated by the months from 2000-01 on, for examples.

    Examples
    --------
    >>> of_months([0.01, 0.02]).ends.astype(str).tolist()
    ['2000-01-31', '2000-02-29']
    """
    array = np.asarray(values, dtype=np.float64)
    after = np.datetime64("2000-02", "M") + np.arange(len(array))
    ends = days(after.astype("datetime64[D]") - np.timedelta64(1, "D"))
    return Returns(array, ends, Frequency.MONTHLY, name="months")


@statistic(
    unit="fraction per month",
    formula="max over complete months",
    source="definition; complete calendar months",
    shown=Shown(terminal="best month, %"),
)
def best_month(months: Returns) -> float | None:
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
    >>> best_month(of_months([0.01, -0.02, 0.03, 0.0]))
    0.03
    """
    check_frequency(months, Frequency.MONTHLY)
    return float(months.values.max()) if months.complete else None


@statistic(
    unit="fraction per month",
    formula="min over complete months",
    source="definition; complete calendar months",
    shown=Shown(terminal="worst month, %"),
)
def worst_month(months: Returns) -> float | None:
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
    >>> worst_month(of_months([0.01, -0.02, 0.03, 0.0]))
    -0.02
    """
    check_frequency(months, Frequency.MONTHLY)
    return float(months.values.min()) if months.complete else None


@statistic(
    unit="fraction of complete calendar months",
    formula="share of complete months > 0",
    source="definition",
    shown=Shown(terminal="months with a gain, %", title="Months with a gain"),
)
def hit_rate_monthly(months: Returns) -> float | None:
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
    >>> hit_rate_monthly(of_months([0.01, -0.02, 0.03, 0.0]))
    0.5
    """
    check_frequency(months, Frequency.MONTHLY)
    return float((months.values > 0).mean()) if months.complete else None


@statistic(unit="fraction per month", formula="mean of the complete months > 0", source="definition")
def average_up_month(months: Returns) -> float | None:
    """Return the mean return of the complete calendar months with a gain.

    Parameters
    ----------
    months : (months,) fraction per month

    Returns
    -------
    fraction per month, > 0
        None without such a month or where a month is NaN.

    Examples
    --------
    >>> average_up_month(of_months([0.01, -0.02, 0.03, 0.0]))
    0.02
    """
    check_frequency(months, Frequency.MONTHLY)
    up = months.values > 0
    return float(months.values[up].mean()) if months.complete and bool(up.any()) else None


@statistic(unit="fraction per month", formula="mean of the complete months < 0", source="definition")
def average_down_month(months: Returns) -> float | None:
    """Return the mean return of the complete calendar months with a loss.

    Parameters
    ----------
    months : (months,) fraction per month

    Returns
    -------
    fraction per month, < 0
        None without such a month or where a month is NaN.

    Examples
    --------
    >>> average_down_month(of_months([0.01, -0.02, 0.03, 0.0]))
    -0.02
    """
    check_frequency(months, Frequency.MONTHLY)
    down = months.values < 0
    return float(months.values[down].mean()) if months.complete and bool(down.any()) else None


@statistic(
    unit="ratio of sums of returns",
    formula="Σ months / Σ max(−months, 0)",
    source="Schwager (2012), Market Wizards; monthly",
)
def gain_to_pain(months: Returns) -> float | None:
    """Return the sum of the complete months' returns per unit of the sum of their losses.

    Parameters
    ----------
    months : (months,) fraction per month

    Returns
    -------
    ratio
        None without a complete month, without a loss beyond rounding, or where a month is NaN.

    Examples
    --------
    >>> round(gain_to_pain(of_months([0.01, -0.02, 0.03, 0.0])), 12)
    1.0
    """
    check_frequency(months, Frequency.MONTHLY)
    if not months.complete:
        return None
    lost = -float(np.minimum(months.values, 0.0).sum())
    return None if is_rounding(lost / len(months), months.values) else float(months.values.sum()) / lost


@statistic(
    unit="fraction of runs of 12 complete months",
    formula="share of 12 consecutive complete months compounding to > 0",
    source="definition; the runs overlap and are not independent",
)
def hit_rate_12m(months: Returns) -> float | None:
    """Return the share of all runs of twelve complete calendar months that made a gain.

    Parameters
    ----------
    months : (months,) fraction per month

    Returns
    -------
    fraction, in [0, 1]
        None under twelve complete months or where one is NaN.

    Examples
    --------
    >>> hit_rate_12m(of_months([0.01] * 12 + [-0.5]))
    0.5
    """
    check_frequency(months, Frequency.MONTHLY)
    if not months.complete or len(months) < 12:
        return None
    growth = np.concatenate([[1.0], np.cumprod(1.0 + months.values)])
    # After a value of 0 a month is NaN, so every start is above 0.
    return float((growth[12:] > growth[:-12]).mean())
