"""Where a number does not exist the answer is None: never NaN, infinite or a warning (warnings are errors here)."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.statistics import by_phase, relative, risk, table
from fedcycle.backtests.statistics.numerics import ROUNDING
from fedcycle.backtests.statistics.returns import Bills, Returns


def days(n, first="2024-01-02"):
    return np.datetime64(first, "D") + np.arange(n)


def judged(account, *, bills=None, bills_value=None, month_ends=None):
    n = len(account.value)
    return table(
        account,
        bills=np.ones(n) if bills is None else bills,
        bills_value=np.zeros(n) if bills_value is None else bills_value,
        month_ends=np.zeros(n, dtype=bool) if month_ends is None else month_ends,
    )


OF_MONTHS_AND_YEARS = (
    *("best_month", "worst_month", "hit_rate_monthly", "average_up_month", "average_down_month", "gain_to_pain"),
    *("hit_rate_12m", "volatility_monthly", "sharpe_monthly", "skew_monthly", "kurtosis_monthly"),
    *("best_year", "worst_year", "hit_rate_yearly"),
)


def missing(answer):
    return {name for name, x in answer.items() if x is None}


def test_a_run_of_one_session_has_a_value_and_no_returns(ledger):
    answer = judged(ledger([1000.0], days(1), cash=[1000.0]))

    assert set(answer) - missing(answer) == {
        *("final_value", "total_return", "max_drawdown", "costs_usd", "trades", "time_invested"),
        *("average_cash", "average_bills", "longest_drawdown_days", "time_under_water"),
    }
    assert (answer["final_value"], answer["total_return"], answer["max_drawdown"]) == (1000.0, 0.0, 0.0)
    assert (answer["time_invested"], answer["trades"], answer["costs_usd"]) == (0.0, 0, 0.0)


def test_a_run_of_two_sessions_has_one_return_and_no_spread(ledger):
    answer = judged(ledger([100.0, 90.0], days(2)))

    assert (answer["volatility"], answer["sharpe"], answer["skew"]) == (None, None, None)
    assert (answer["var_95"], answer["cvar_95"]) == (pytest.approx(-0.1), pytest.approx(-0.1))
    # Downside sqrt(0.1**2): the mean over it is -1.
    assert answer["sortino"] == pytest.approx(-math.sqrt(252))


def test_all_cash_is_flat_and_falls_short_of_bills(ledger):
    account = ledger([1000.0] * 4, days(4), cash=[1000.0] * 4)

    answer = judged(account, bills=np.array([100.0, 100.1, 100.3, 100.4]))

    assert missing(answer) == {
        *("calmar", "recovery_factor", "martin_ratio", "average_drawdown", "average_drawdown_days", "stability"),
        *("skew", "kurtosis", "autocorrelation", "tail_ratio", "average_cost_bps"),
        *("average_gain", "average_loss", "payoff_ratio", "profit_factor"),
        *OF_MONTHS_AND_YEARS,
    }
    assert answer["volatility"] == answer["max_drawdown"] == answer["var_95"] == answer["time_invested"] == 0.0
    assert answer["turnover_per_year"] == 0.0
    assert answer["sharpe"] < 0


def test_all_cash_where_bills_earn_nothing_has_no_ratio_to_show(ledger):
    answer = judged(ledger([1000.0] * 4, days(4), cash=[1000.0] * 4))

    assert (answer["sharpe"], answer["sortino"]) == (None, None)


@pytest.mark.parametrize("rate", [1e-4, 0.01, 1 / 3, -0.003])
def test_a_constant_return_has_no_sharpe_although_floats_make_it_wobble(ledger, rate):
    value = 1e6 * np.cumprod(np.full(500, 1.0 + rate))
    assert np.ptp(value[1:] / value[:-1]) > 0

    answer = judged(ledger(value, days(500)))

    assert (answer["sharpe"], answer["skew"], answer["kurtosis"]) == (None, None, None)
    assert answer["volatility"] == pytest.approx(0.0, abs=1e-13)


def test_a_spread_a_hundred_times_above_rounding_counts(ledger):
    r = 0.001 + 100 * ROUNDING * np.where(np.arange(400) % 2, 1.0, -1.0)

    answer = judged(ledger(np.concatenate([[1.0], np.cumprod(1.0 + r)]), days(401)))

    # Two-point returns: excess kurtosis -2, up to the wobble of one part in a few thousand.
    assert answer["kurtosis"] == pytest.approx(-2.0, abs=0.01)
    # Every calendar day is a session here, 365.25 a year.
    assert answer["sharpe"] == pytest.approx(0.001 / (100 * ROUNDING) * math.sqrt(365.25), rel=0.01)


def test_an_account_that_never_falls_short_of_bills_has_no_sortino_and_no_calmar(ledger):
    answer = judged(ledger([100.0, 101.0, 103.0], days(3)))

    assert missing(answer) >= {"sortino", "calmar"}
    assert answer["sharpe"] > 0


def test_ruin_on_the_last_session_is_a_return_of_minus_one(ledger):
    answer = judged(ledger([100.0, 110.0, 0.0], days(3)))

    assert (answer["final_value"], answer["total_return"], answer["cagr"], answer["max_drawdown"]) == (
        0.0,
        -1.0,
        -1.0,
        -1.0,
    )
    assert (answer["calmar"], answer["cvar_95"]) == (-1.0, -1.0)
    assert answer["time_invested"] is None
    assert answer["sharpe"] < 0


def test_after_ruin_there_are_no_returns_to_average(ledger):
    ends = np.array([True, False, True, True])

    answer = judged(ledger([100.0, 0.0, 0.0, 0.0], days(4)), month_ends=ends)

    assert set(answer) - missing(answer) == {
        *("final_value", "total_return", "cagr", "max_drawdown", "calmar", "recovery_factor", "ulcer_index"),
        *("martin_ratio", "average_drawdown", "average_drawdown_days", "longest_drawdown_days", "time_under_water"),
        *("turnover_per_year", "costs_usd", "trades", "cost_per_year"),
    }
    assert (answer["total_return"], answer["cagr"], answer["max_drawdown"], answer["calmar"]) == (
        -1.0,
        -1.0,
        -1.0,
        -1.0,
    )


def test_a_ruined_run_against_its_benchmark_keeps_only_the_growth_rates():
    value, benchmark = np.array([100.0, 0.0, 0.0]), np.array([100.0, 101.0, 100.0])

    answer = relative(value, benchmark, bills=np.ones(3), sessions=days(3), name="large")

    counts = {"benchmark", "sessions", "sessions_dropped"}
    assert missing(answer) == set(answer) - counts - {"excess_cagr", "relative_wealth", "relative_drawdown"}
    assert answer["relative_drawdown"] == -1.0
    assert answer["excess_cagr"] == -1.0


def test_a_gain_too_fast_to_annualise_has_no_growth_rate(ledger):
    # Tenfold overnight is 10 ** 365.25 in a year: more than the largest float.
    answer = judged(ledger([1.0, 10.0], days(2)))

    assert (answer["cagr"], answer["calmar"]) == (None, None)


@pytest.mark.parametrize("drift", [0.0, 1e-4])
def test_a_constant_benchmark_has_no_beta(drift):
    benchmark = 100.0 * np.cumprod(np.full(50, 1.0 + drift))
    value = 100.0 * np.cumprod(1.0 + np.where(np.arange(50) % 2, 0.01, -0.01))

    answer = relative(value, benchmark, bills=np.ones(50), sessions=days(50), name="cash")

    assert (answer["alpha"], answer["beta"], answer["down_capture"]) == (None, None, None)
    assert (answer["up_capture"] is None) == (drift == 0.0)
    assert answer["information_ratio"] is not None


def test_a_wobble_of_the_last_digit_is_no_rise_to_capture():
    benchmark = np.array([1.0, 1.0 + 2.0**-52, 1.0, 1.0 + 2.0**-52])

    answer = relative(np.array([1.0, 1.1, 1.0, 1.2]), benchmark, bills=np.ones(4), sessions=days(4), name="cash")

    assert (answer["up_capture"], answer["down_capture"], answer["beta"]) == (None, None, None)


def test_one_session_against_a_benchmark_says_nothing():
    answer = relative(np.ones(1), np.ones(1), bills=np.ones(1), sessions=days(1), name="large")

    assert missing(answer) == set(answer) - {
        "benchmark",
        "sessions",
        "sessions_dropped",
        "relative_wealth",
        "excess_per_year",
    }
    assert answer["relative_wealth"] == 0.0


def test_a_benchmark_that_starts_later_is_compared_over_the_sessions_both_have_and_the_others_are_counted():
    value, benchmark = np.array([100.0, 50.0, 60.0, 66.0]), np.array([math.nan, 10.0, 11.0, 12.1])

    answer = relative(value, benchmark, bills=np.ones(4), sessions=days(4), name="financials")
    alone = relative(value[1:], benchmark[1:], bills=np.ones(3), sessions=days(4)[1:], name="financials")

    assert (answer.pop("sessions"), answer.pop("sessions_dropped")) == (3, 1)
    assert (alone.pop("sessions"), alone.pop("sessions_dropped")) == (3, 0)
    assert answer == alone
    assert answer["relative_wealth"] == pytest.approx(1.32 / 1.21 - 1)


def test_a_benchmark_without_a_value_in_the_run_is_refused():
    with pytest.raises(BacktestError, match="benchmark financials has no value on any session of the run"):
        relative(np.ones(2), np.full(2, math.nan), bills=np.ones(2), sessions=days(2), name="financials")


def test_a_gap_in_a_benchmark_is_refused_and_not_bridged():
    with pytest.raises(BacktestError, match="benchmark large is nan at session 2 of 3"):
        relative(np.ones(3), np.array([1.0, math.nan, 1.0]), bills=np.ones(3), sessions=days(3), name="large")


def test_an_account_that_holds_its_benchmark_but_for_the_cash_an_engine_keeps_is_as_good_as_it():
    # 1e-12 of value stays in cash; what that costs a session is no difference worth a ratio or a hit.
    benchmark = np.cumprod([1.0, 1.02, 0.97, 1.03, 0.99])
    value = 1e-12 + (1 - 1e-12) * benchmark

    answer = relative(value, benchmark, bills=np.ones(5), sessions=days(5), name="large")

    assert (answer["information_ratio"], answer["appraisal_ratio"]) == (None, None)
    assert answer["hit_rate_over_benchmark"] is None


def test_a_single_phase_session_has_a_return_and_no_spread():
    answer = by_phase(np.array([1.0, 1.1]), np.array([1.0, 1.05]), bills=np.ones(2), phases=["hiking", "easy"])

    assert answer["hiking"]["total_return"] == pytest.approx(0.1)
    assert (answer["hiking"]["volatility"], answer["hiking"]["return_per_year"]) == (None, None)


def test_every_answer_is_json_without_nan(ledger):
    for value in ([100.0], [100.0, 0.0], [100.0, 0.0, 0.0], [100.0] * 3, [100.0, 101.0, 99.0]):
        n = len(value)
        v = np.array(value)
        everything = [
            judged(ledger(value, days(n))),
            relative(v, np.ones(n), bills=np.ones(n), sessions=days(n), name="cash"),
            by_phase(v, np.ones(n), bills=np.ones(n), phases=["easy"] * n),
        ]
        json.dumps(everything, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([100.0, -1.0], r"value is -1 at session 2 of 2; it must be a number >= 0"),
        ([100.0, math.nan], r"value is nan at session 2 of 2"),
        ([100.0, math.inf], r"value is inf at session 2 of 2"),
        ([0.0, 0.0], r"value starts at 0"),
    ],
)
def test_a_value_that_cannot_be_is_refused(ledger, value, sentence):
    with pytest.raises(BacktestError, match=sentence):
        judged(ledger(value, days(2)))


def test_bills_that_do_not_reach_so_far_are_refused(ledger):
    with pytest.raises(BacktestError, match="bills is nan at session 1 of 2"):
        judged(ledger([1.0, 1.0], days(2)), bills=np.array([math.nan, 1.0]))


def test_columns_of_another_length_are_refused(ledger):
    with pytest.raises(BacktestError, match="bills has 3 rows for 2 sessions"):
        judged(ledger([1.0, 1.0], days(2)), bills=np.ones(3))


def test_two_returns_are_enough_for_a_growth_optimal_leverage():
    # Excess 3% and 1%: mean 0.02, variance 0.0002.
    two = Returns.weekdays([0.03, 0.01])
    assert risk.kelly(two, Bills.weekdays([0.0, 0.0])) == pytest.approx(0.02 / 0.0002)
    assert risk.kelly(Returns.weekdays([0.03]), Bills.weekdays([0.0])) is None


def test_three_returns_have_an_autocorrelation_and_two_have_none():
    # Away from the mean by 2, -4 and 2 parts of 3: two products of -8 over squares of 4, 16 and 4.
    assert risk.autocorrelation(Returns.weekdays([0.01, -0.01, 0.01])) == pytest.approx(-16 / 24)
    assert risk.autocorrelation(Returns.weekdays([0.01, -0.01])) is None
