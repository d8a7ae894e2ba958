"""Symmetries and conservation laws that hold for any account."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcycle.backtests.statistics import Returns, by_phase, relative, table
from fedcycle.backtests.statistics.tails import var_95

returns = st.lists(st.floats(-0.5, 0.5).map(lambda x: round(x, 6)), min_size=1, max_size=40)
MONEY = {"final_value", "costs_usd"}

"""The same examples every time, however slow the machine."""


def grown(r):
    return np.concatenate([[1000.0], 1000.0 * np.cumprod(1.0 + np.array(r))])


def days(n):
    return np.datetime64("2024-01-02", "D") + np.arange(n)


def judged(make, value, *, bills=None):
    n = len(value)
    fills = [("2024-01-03", value[0] / 20.0, 10.0, value[0] / 1000.0)]
    account = make(value, days(n), cash=0.3 * value, fills=fills)
    level = np.ones(n) if bills is None else bills
    return table(account, bills=level, bills_value=0.1 * value, month_ends=np.arange(n) % 7 == 0)


def same(a, b, tolerance=1e-9):
    return (a is None and b is None) or a == pytest.approx(b, rel=tolerance, abs=tolerance)


@given(r=returns)
def test_double_capital_doubles_the_money_and_leaves_every_other_number_alone(ledger, r):
    once, twice = judged(ledger, grown(r)), judged(ledger, 2.0 * grown(r))

    for name in once:
        expected = 2.0 * once[name] if name in MONEY else once[name]
        assert twice[name] == expected, name  # doubling a float is exact


@given(r=returns)
def test_a_benchmark_against_itself_is_no_better_and_no_worse(r):
    value = grown(r)

    answer = relative(value, value, bills=np.ones(len(value)), sessions=days(len(value)), name="itself")

    assert answer["excess_cagr"] in (0.0, None)
    assert answer["tracking_error"] in (0.0, None)
    assert answer["information_ratio"] is None
    for name, expected in {"alpha": 0.0, "beta": 1.0, "up_capture": 1.0, "down_capture": 1.0}.items():
        assert answer[name] is None or answer[name] == pytest.approx(expected, abs=1e-12)
    # None only where there is nothing to measure against.
    assert (answer["up_capture"] is None) == (not any(x > 0 for x in r))
    assert (answer["down_capture"] is None) == (not any(x < 0 for x in r))


@given(r=returns, seed=st.integers(0, 1000))
def test_the_order_of_the_days_does_not_matter_to_what_looks_at_one_day_at_a_time(ledger, r, seed):
    shuffled = np.random.default_rng(seed).permutation(r)

    a, b = judged(ledger, grown(r)), judged(ledger, grown(shuffled))

    for name in ("total_return", "volatility", "sharpe", "sortino", "var_95", "skew", "kurtosis"):
        # A third or fourth power magnifies the last digit; equal to six digits is equal in print.
        assert same(a[name], b[name], 1e-6), name


@given(r=returns)
def test_the_tail_begins_at_numpys_linear_quantile(r):
    assert var_95(Returns.weekdays(r)) == pytest.approx(np.quantile(r, 0.05, method="linear"), rel=1e-12, abs=1e-15)


@given(r=returns)
def test_the_tail_is_ordered_and_the_drawdown_bounded(ledger, r):
    answer = judged(ledger, grown(r))

    assert min(r) - 1e-12 <= answer["cvar_95"] <= answer["var_95"] + 1e-12
    assert -1.0 <= answer["max_drawdown"] <= min(0.0, answer["total_return"]) + 1e-12


@given(
    value=st.lists(st.just(0.0) | st.floats(1e-3, 1e9), min_size=1, max_size=30),
    benchmark=st.lists(st.just(0.0) | st.floats(1e-3, 1e9), min_size=30, max_size=30),
    ends=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_no_account_however_wild_yields_anything_but_numbers_and_none(ledger, value, benchmark, ends):
    n = len(value)
    own, other = np.array([1.0, *value[1:]]), np.array([1.0, *benchmark[1:n]])

    everything = {
        "table": table(
            ledger(own, days(n), cash=own),
            bills=np.ones(n),
            bills_value=np.zeros(n),
            month_ends=np.array(ends[:n]),
        ),
        "relative": relative(own, other, bills=np.ones(n), sessions=days(n), name="other"),
        "by_phase": by_phase(
            own, other, bills=np.ones(n), phases=["easy", "hiking", ""] * 10 if n == 30 else ["easy"] * n
        ),
    }

    json.dumps(everything, allow_nan=False)


@given(r=returns, told=st.lists(st.sampled_from(["hiking", "plateau", "cutting", "easy"]), min_size=41, max_size=41))
def test_the_phases_together_make_up_the_run(r, told):
    value = grown(r)

    answer = by_phase(value, value, bills=np.ones(len(value)), phases=told[: len(value)])

    assert sum(x["sessions"] for x in answer.values()) == len(r)
    whole = math.prod(1.0 + (x["total_return"] or 0.0) for x in answer.values())
    assert whole == pytest.approx(value[-1] / value[0], rel=1e-9)
