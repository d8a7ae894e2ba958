"""Series that do not belong together cannot be put together: frequency, kind, dates, and a rate that is no series."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.statistics import Bills, Frequency, Kind, Returns
from fedcycle.backtests.statistics.active import tracking_error
from fedcycle.backtests.statistics.monthly import best_month, of_months
from fedcycle.backtests.statistics.regression import beta, correlation
from fedcycle.backtests.statistics.risk import sharpe, volatility
from fedcycle.backtests.statistics.tails import worst_day

R = [0.01, -0.02, 0.03]


def test_monthly_returns_are_not_compared_with_daily_ones():
    with pytest.raises(BacktestError, match="months is monthly and returns daily; put series of one frequency"):
        tracking_error(of_months(R), Returns.weekdays(R))


def test_a_price_return_is_not_compared_with_a_total_return():
    price = Returns.weekdays(R, kind=Kind.PRICE, name="index")

    with pytest.raises(BacktestError, match="small is a total return and index a price return"):
        correlation(Returns.weekdays(R, name="small"), price)


def test_returns_of_other_days_are_not_compared():
    days = np.array(["2001-01-02", "2001-01-03", "2001-01-04"], dtype="datetime64[D]")
    later = Returns(np.array(R), days, name="large")

    with pytest.raises(BacktestError, match="and large 3 returns from 2001-01-02 to 2001-01-04; cut both to the dates"):
        beta(Returns.weekdays(R), later, bills=Bills.weekdays(R))


@pytest.mark.parametrize("rate", [0.02, np.float64(0.02)])
def test_a_risk_free_rate_as_a_number_is_refused(rate):
    with pytest.raises(BacktestError, match=r"0.02.* is no series of bill returns; make one of their level with Bills"):
        sharpe(Returns.weekdays(R), rate)


def test_returns_that_are_not_of_bills_are_no_risk_free_series():
    with pytest.raises(BacktestError, match="large is no series of bill returns"):
        sharpe(Returns.weekdays(R), Returns.weekdays(R, name="large"))


def test_months_called_daily_are_refused_before_they_are_annualised():
    # 24 months of 1%: with 252 periods a year their volatility would be four and a half times too large.
    months = of_months(0.01 * np.arange(24))

    with pytest.raises(BacktestError, match=r"fund is said to be daily, but its returns are 30\.4 calendar days apart"):
        Returns(months.values, months.ends, Frequency.DAILY, name="fund")


def test_days_called_monthly_are_refused():
    days = Returns.weekdays(0.01 * np.arange(24))

    with pytest.raises(BacktestError, match=r"is said to be monthly, but its returns are 1\.3 calendar days apart"):
        Returns(days.values, days.ends, Frequency.MONTHLY)


def test_a_return_without_a_date_is_refused():
    with pytest.raises(BacktestError, match="small has 3 returns for 2 dates"):
        Returns(np.array(R), np.array(["2001-01-02", "2001-01-03"], dtype="datetime64[D]"), name="small")


def test_each_frequency_has_its_own_year():
    # One spread, sqrt(0.0002), three years: 252 sessions, 12 months.
    wobble = np.array([0.01, -0.01])

    assert volatility(Returns.weekdays(wobble)) == pytest.approx(np.sqrt(0.0002 * 252))
    assert volatility(of_months(wobble)) == pytest.approx(np.sqrt(0.0002 * 12))


def test_a_number_of_days_is_not_told_of_months_nor_the_other_way_round():
    with pytest.raises(BacktestError, match="months is monthly, but this number is of daily returns"):
        worst_day(of_months(R))
    with pytest.raises(BacktestError, match="returns is daily, but this number is of monthly returns"):
        best_month(Returns.weekdays(R))
