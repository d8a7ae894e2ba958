"""Each statistic against a value that can be worked out on paper.

The account of the ``by_hand`` fixture is worth 100, 110, 99, 108.9, 98.01: returns +10%, -10%, +10%, -10%. Bills earn
1% a session, so the excess is 9%, -11%, 9%, -11%.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from fedcycle.backtests.statistics import relative, table

CLOSE = 1e-12
"""A handful of float operations on numbers near 1."""

SD = 0.1 * math.sqrt(4 / 3)
"""Four deviations of 10%, three degrees of freedom."""

DAYS = 730
"""1999-12-31 to 2001-12-30: 366 days of 2000, 364 of 2001."""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("final_value", 98.01),
        ("total_return", -0.0199),
        ("cagr", 0.9801 ** (365.25 / DAYS) - 1),
        ("volatility", SD * math.sqrt(252)),
        ("sharpe", -0.01 / SD * math.sqrt(252)),
        # Shortfalls 0, 11%, 0, 11%: their mean square is 0.0242 / 4.
        ("sortino", -0.01 * math.sqrt(252) / math.sqrt(0.00605)),
        # From 110 to 98.01.
        ("max_drawdown", -0.109),
        ("calmar", (0.9801 ** (365.25 / DAYS) - 1) / 0.109),
        ("var_95", -0.1),
        ("cvar_95", -0.1),
        ("skew", 0.0),
        # Deviations of one size: fourth moment over the squared second is 1.
        ("kurtosis", -2.0),
        # January from 100 to 99, February from 99 to 108.9; December has no close before it, no later month its last.
        ("best_month", 0.1),
        ("worst_month", -0.01),
        ("hit_rate_monthly", 0.5),
        # Bought for 99 of 110.5 before costs, sold 19.8 of 99.25: half of each.
        ("turnover_per_year", (49.5 / 110.5 + 9.9 / 99.25) / (DAYS / 365.25)),
        ("costs_usd", 0.75),
        ("trades", 2),
        # Not invested from the first fill on: 10%, 20%, 100%, 0%.
        ("time_invested", 1 - 1.3 / 4),
        # Cash: 11 of 110, 9.9 of 99; bills: 9.9 of 99, 108.9 of 108.9.
        ("average_cash", 0.2 / 4),
        ("average_bills", 1.1 / 4),
        ("cost_per_year", (0.5 / 110.5 + 0.25 / 99.25) / (DAYS / 365.25)),
        ("average_cost_bps", 0.75 / 118.8 * 1e4),
        # Gains and losses of one size, in turn.
        ("mean_return", 0.0),
        ("best_day", 0.1),
        ("worst_day", -0.1),
        ("hit_rate_daily", 0.5),
        ("average_gain", 0.1),
        ("average_loss", -0.1),
        ("payoff_ratio", 1.0),
        ("profit_factor", 1.0),
        ("tail_ratio", 1.0),
        ("longest_gains", 1),
        ("longest_losses", 1),
        # Three products of +10% and -10% over four squares.
        ("autocorrelation", -0.75),
        # Shortfalls as for Sortino; gains over bills 9% twice, losses under them 11% twice.
        ("downside_deviation", math.sqrt(0.00605 * 252)),
        ("omega", 18 / 22),
        # Mean -1%, variance 0.04 / 3.
        ("kelly", -0.01 * 3 / 0.04),
        # One drawdown, from the peak of 110 on 2000-01-03 on; below it 10%, 1% and 10.9% at the last three closes.
        ("average_drawdown", -0.109),
        ("longest_drawdown_days", 727),
        ("average_drawdown_days", 727),
        ("time_under_water", 3 / 5),
        ("ulcer_index", math.sqrt((0.1**2 + 0.01**2 + 0.109**2) / 4)),
        ("recovery_factor", -0.0199 / 0.109),
        (
            "martin_ratio",
            (0.9801 ** (365.25 / DAYS) - 1.01 ** (4 * 365.25 / DAYS)) / math.sqrt((0.1**2 + 0.01**2 + 0.109**2) / 4),
        ),
        # January -1%, February +10%: mean 4.5%, deviations of 5.5%. Bills made 2.01% and 1% in them.
        ("average_up_month", 0.1),
        ("average_down_month", -0.01),
        ("gain_to_pain", 9.0),
        ("volatility_monthly", 0.055 * math.sqrt(2 * 12)),
        ("sharpe_monthly", (0.09 - 0.0301) / 2 / (0.1201 / 2 * math.sqrt(2)) * math.sqrt(12)),
        ("skew_monthly", 0.0),
        ("kurtosis_monthly", -2.0),
    ],
)
def test_a_number_of_the_account_is_what_paper_says(by_hand, name, expected):
    account, facts = by_hand

    assert table(account, **facts)[name] == pytest.approx(expected, rel=CLOSE, abs=CLOSE)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # The benchmark moves half as much: 100, 105, 99.75, 104.7375, 99.500625.
        ("excess_cagr", 0.9801 ** (365.25 / DAYS) - 0.99500625 ** (365.25 / DAYS)),
        # The benchmark's excess is 4%, -6%, 4%, -6%, mean -1%: the account moves twice as far; -1% - 2 * -1% is left.
        ("beta", 2.0),
        ("alpha", 0.01 * 252),
        # Differences of 5% either side.
        ("tracking_error", SD / 2 * math.sqrt(252)),
        ("information_ratio", 0.0),
        ("up_capture", 2.0),
        ("down_capture", 2.0),
        ("capture_ratio", 1.0),
        ("relative_wealth", 0.9801 / 0.99500625 - 1),
        ("mean_active_return", 0.0),
        # Worth of the account in units of the benchmark: up by 1.1 / 1.05, down by 0.9 / 0.95, twice.
        ("relative_drawdown", (0.9 / 0.95) ** 2 * (1.1 / 1.05) - 1),
        ("correlation", 1.0),
        ("r_squared", 1.0),
        ("treynor", -0.01 * 252 / 2),
        # The account's mean of -1% at half its risk is -0.5%; bills make 1%.
        ("m_squared", 0.005 * 252),
        ("hit_rate_over_benchmark", 0.5),
    ],
)
def test_a_number_against_the_benchmark_is_what_paper_says(by_hand, name, expected):
    account, facts = by_hand
    benchmark = np.array([100.0, 105.0, 99.75, 104.7375, 99.500625])

    answer = relative(account.value, benchmark, bills=facts["bills"], sessions=account.sessions, name="large")

    assert answer[name] == pytest.approx(expected, rel=CLOSE, abs=CLOSE)


def test_the_information_ratio_is_the_mean_difference_per_unit_of_its_spread():
    # Returns over the benchmark's +2%, 0%, +1%: mean 1%, sd 1%.
    value = np.cumprod([1.0, 1.02, 1.0, 1.01])
    days = np.arange("2020-01-01", "2020-01-05", dtype="datetime64[D]")

    answer = relative(value, np.ones(4), bills=np.ones(4), sessions=days, name="cash")

    assert answer["information_ratio"] == pytest.approx(math.sqrt(252), rel=CLOSE)
    assert answer["tracking_error"] == pytest.approx(0.01 * math.sqrt(252), rel=CLOSE)


def test_captures_look_at_the_benchmarks_rises_and_falls_apart():
    # The benchmark's rises +2%, +4% (account +1%, +2%), its fall -5% (account -1%); its flat session (+50%) is neither.
    value = np.cumprod([1.0, 1.01, 0.99, 1.02, 1.5])
    benchmark = np.cumprod([1.0, 1.02, 0.95, 1.04, 1.0])
    days = np.arange("2020-01-01", "2020-01-06", dtype="datetime64[D]")

    answer = relative(value, benchmark, bills=np.ones(5), sessions=days, name="large")

    assert answer["up_capture"] == pytest.approx(0.5, rel=CLOSE)
    assert answer["down_capture"] == pytest.approx(0.2, rel=CLOSE)


def test_the_tail_is_cut_between_order_statistics_and_averaged_below(ledger):
    # Eleven returns -5%, -4%, ..., +5%: the quantile lies at 0.05 * 10 = 0.5 places, halfway from -5% to -4%.
    value = np.concatenate([[1.0], np.cumprod(1.0 + np.arange(-5, 6) / 100)])
    account = ledger(value, np.arange("2020-01-01", "2020-01-13", dtype="datetime64[D]"))

    answer = table(account, bills=np.ones(12), bills_value=np.zeros(12), month_ends=np.zeros(12, dtype=bool))

    assert answer["var_95"] == pytest.approx(-0.045, rel=CLOSE)
    assert answer["cvar_95"] == pytest.approx(-0.05, rel=CLOSE)


def test_the_keys_come_in_the_order_scripts_were_promised(by_hand):
    account, facts = by_hand
    days, value = account.sessions, account.value

    assert " ".join(table(account, **facts)).startswith(
        "final_value total_return cagr volatility sharpe sortino max_drawdown calmar var_95 cvar_95 skew kurtosis"
        " best_month worst_month hit_rate_monthly turnover_per_year costs_usd trades time_invested"
    )
    assert " ".join(relative(value, value, bills=facts["bills"], sessions=days, name="large")).startswith(
        "benchmark excess_cagr alpha beta tracking_error information_ratio up_capture down_capture"
    )


def test_numbers_are_plain_so_that_json_writes_them(by_hand):
    account, facts = by_hand

    answer = table(account, **facts)

    whole = {"trades", "longest_drawdown_days", "longest_gains", "longest_losses"}
    assert {type(x) for name, x in answer.items() if name not in whole and x is not None} == {float}
    assert {type(answer[name]) for name in whole} == {int}
