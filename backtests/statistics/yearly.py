"""Statistics of complete calendar years: as of months, the run must have the close before a year and its last."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.statistics.monthly import between
from fedcycle.backtests.statistics.registry import Shown, statistic
from fedcycle.backtests.statistics.returns import Frequency, Returns, check_frequency
from fedcycle.data.typing import Bool, Days, Float64, days


def yearly(value: Float64, sessions: Days, *, month_ends: Bool) -> Returns:
    """Return the return of each complete calendar year, dated by its last session; rows as in ``monthly``."""
    december = (sessions.astype("datetime64[M]").astype(np.int64) % 12) == 11
    return between(value, sessions, np.asarray(month_ends & december), Frequency.YEARLY)


def of_years(values: object) -> Returns:
    """Return yearly returns dated by the years from 2000 on, for examples.

    Examples
    --------
    >>> of_years([0.01]).ends.astype(str).tolist()
    ['2000-12-31']
    """
    array = np.asarray(values, dtype=np.float64)
    after = np.datetime64("2001", "Y") + np.arange(len(array))
    ends = days(after.astype("datetime64[D]") - np.timedelta64(1, "D"))
    return Returns(array, ends, Frequency.YEARLY, name="years")


@statistic(
    unit="fraction per year",
    formula="max over complete years",
    source="definition; complete calendar years",
    shown=Shown(terminal="best whole year, %"),
)
def best_year(years: Returns) -> float | None:
    """Return the highest return of a complete calendar year.

    Parameters
    ----------
    years : (years,) fraction per year

    Returns
    -------
    fraction per year
        None without a complete year or where one is NaN.

    Examples
    --------
    >>> best_year(of_years([0.01, -0.02, 0.03, 0.0]))
    0.03
    """
    check_frequency(years, Frequency.YEARLY)
    return float(years.values.max()) if years.complete else None


@statistic(
    unit="fraction per year",
    formula="min over complete years",
    source="definition; complete calendar years",
    shown=Shown(terminal="worst whole year, %"),
)
def worst_year(years: Returns) -> float | None:
    """Return the lowest return of a complete calendar year.

    Parameters
    ----------
    years : (years,) fraction per year

    Returns
    -------
    fraction per year
        None without a complete year or where one is NaN.

    Examples
    --------
    >>> worst_year(of_years([0.01, -0.02, 0.03, 0.0]))
    -0.02
    """
    check_frequency(years, Frequency.YEARLY)
    return float(years.values.min()) if years.complete else None


@statistic(unit="fraction of complete calendar years", formula="share of complete years > 0", source="definition")
def hit_rate_yearly(years: Returns) -> float | None:
    """Return the share of complete calendar years with a gain; a flat year is none.

    Parameters
    ----------
    years : (years,) fraction per year

    Returns
    -------
    fraction, in [0, 1]
        None without a complete year or where one is NaN.

    Examples
    --------
    >>> hit_rate_yearly(of_years([0.01, -0.02, 0.03, 0.0]))
    0.5
    """
    check_frequency(years, Frequency.YEARLY)
    return float((years.values > 0).mean()) if years.complete else None
