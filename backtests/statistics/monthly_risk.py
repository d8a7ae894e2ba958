"""Risk read off complete calendar months, as a reader of monthly reports knows it."""

from __future__ import annotations

from fedcycle.backtests.statistics import risk, tails
from fedcycle.backtests.statistics.registry import statistic
from fedcycle.backtests.statistics.returns import Bills, Frequency, Returns, check_frequency


@statistic(unit="fraction per year", formula="sd(complete months) · √12", source="definition")
def volatility_monthly(months: Returns) -> float | None:
    """Return the annualised standard deviation of complete calendar months.

    Parameters
    ----------
    months : (months,) fraction per month

    Returns
    -------
    fraction per year, >= 0
        None under two complete months or where one is NaN.

    Examples
    --------
    >>> months = Returns(np.array([0.01, -0.01]), np.array(["2000-01-31", "2000-02-29"], "M8[D]"), Frequency.MONTHLY)
    >>> round(volatility_monthly(months) ** 2, 12) == round(2 * 0.0001 * 12, 12)
    True
    """
    check_frequency(months, Frequency.MONTHLY)
    return risk.volatility(months)


@statistic(
    unit=risk.RATIO,
    formula="mean(months − bills) / sd(months − bills) · √12",
    source="Sharpe (1994), J. Portfolio Management 21(1)",
)
def sharpe_monthly(months: Returns, months_of_bills: Bills) -> float | None:
    """Return the Sharpe ratio of complete calendar months, annualised.

    Parameters
    ----------
    months, months_of_bills : (months,) fraction per month

    Returns
    -------
    ratio
        None under two complete months, where one is NaN, and where the excess does not vary beyond rounding.

    Examples
    --------
    >>> ends = np.array(["2000-01-31", "2000-02-29"], "M8[D]")
    >>> months = Returns(np.array([0.03, 0.01]), ends, Frequency.MONTHLY)
    >>> round(sharpe_monthly(months, Bills(np.zeros(2), ends, Frequency.MONTHLY)) ** 2, 9)
    24.0
    """
    check_frequency(months, Frequency.MONTHLY)
    return risk.sharpe(months, months_of_bills)


@statistic(unit="pure number", formula="m₃ / m₂^1.5 of complete months", source="population moments")
def skew_monthly(months: Returns) -> float | None:
    """Return the skewness of complete calendar months, from population moments.

    Parameters
    ----------
    months : (months,) fraction per month

    Returns
    -------
    pure number
        None where ``skew`` is.

    Examples
    --------
    >>> ends = np.array(["2000-01-31", "2000-02-29"], "M8[D]")
    >>> round(skew_monthly(Returns(np.array([0.01, -0.01]), ends, Frequency.MONTHLY)), 12)
    0.0
    """
    check_frequency(months, Frequency.MONTHLY)
    return tails.skew(months)


@statistic(unit="pure number", formula="m₄ / m₂² − 3 of complete months", source="population moments")
def kurtosis_monthly(months: Returns) -> float | None:
    """Return the excess kurtosis of complete calendar months, from population moments.

    Parameters
    ----------
    months : (months,) fraction per month

    Returns
    -------
    pure number, >= -2
        None where ``kurtosis`` is.

    Examples
    --------
    >>> ends = np.array(["2000-01-31", "2000-02-29"], "M8[D]")
    >>> round(kurtosis_monthly(Returns(np.array([0.01, -0.01]), ends, Frequency.MONTHLY)), 12)
    -2.0
    """
    check_frequency(months, Frequency.MONTHLY)
    return tails.kurtosis(months)
