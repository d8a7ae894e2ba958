"""The gap in parts: worked by hand for two sessions, and what must hold whatever the accounts did."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as drawn

from fedcycle.backtests.analysis.attribution import Holdings, Parts, attribute
from fedcycle.backtests.core.errors import BacktestError

from ..property_tests import examples

FIGURES = st.floats(-0.3, 0.3, allow_subnormal=False)


def account(weights: object, returns: object, *, capital: float = 100.0, cost: object = None) -> Holdings:
    """Return the account that holds weights at each close and pays costs, by plain arithmetic."""
    w, r = np.asarray(weights, dtype=float), np.asarray(returns, dtype=float)
    paid = np.zeros(len(w)) if cost is None else np.asarray(cost, dtype=float)
    value = [capital]
    for t in range(len(r)):
        value.append(value[-1] * (1.0 + float(w[t] @ r[t]) - paid[t + 1]))
    return Holdings(np.array(value), w, paid * np.array([value[0], *value[:-1]]), np.zeros(len(value)))


def total(parts: Parts) -> float:
    return math.fsum([*parts.average.ravel(), *parts.timing.ravel(), *parts.costs, *parts.rounding])


def test_one_session_is_shared_between_what_each_held() -> None:
    # A holds small (+10%), B holds large (+2%): 110 against 102, and each side of the trade is half of the 8.
    returns = np.array([[0.10, 0.02]])
    a, b = account([[1.0, 0.0], [1.0, 0.0]], returns), account([[0.0, 1.0], [0.0, 1.0]], returns)
    parts = attribute(a, b, returns)
    assert parts.gap == pytest.approx(8.0)
    assert parts.average[0] == pytest.approx([4.0, 4.0, 0.0])
    assert parts.timing == pytest.approx(np.zeros((1, 3)))


def test_holding_the_same_on_average_makes_the_whole_gap_timing() -> None:
    # A holds small, then cash; B the other way round. Small gains 10%, then loses 10%: 110 against 90.
    returns = np.array([[0.10], [-0.10]])
    a, b = account([[1.0], [0.0], [0.0]], returns), account([[0.0], [1.0], [1.0]], returns)
    parts = attribute(a, b, returns)
    assert parts.gap == pytest.approx(20.0)
    assert parts.average == pytest.approx(np.zeros((2, 2)))
    assert parts.timing.sum() == pytest.approx(20.0)


def test_costs_of_an_account_that_holds_the_same_are_the_whole_gap() -> None:
    returns = np.array([[0.0], [0.0]])
    a = account([[1.0]] * 3, returns, cost=[0.0, 0.01, 0.0])
    parts = attribute(a, account([[1.0]] * 3, returns), returns)
    assert parts.gap == pytest.approx(-1.0)
    assert parts.costs.tolist() == [pytest.approx(-1.0), 0.0]


def test_a_lead_that_is_only_kept_adds_nothing_later() -> None:
    # A gains 10% on B in the first session; then both double. The gap doubles, but nothing was done for it then.
    returns = np.array([[0.10, 0.0], [1.0, 1.0]])
    a = account([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], returns)
    b = account([[0.0, 1.0], [0.0, 1.0], [0.0, 1.0]], returns)
    parts = attribute(a, b, returns)
    assert parts.gap == pytest.approx(20.0)
    assert parts.by_session == pytest.approx([20.0, 0.0])


def test_a_second_account_of_another_capital_is_scaled_to_the_first() -> None:
    returns = np.array([[0.10, 0.02]])
    a = account([[1.0, 0.0]] * 2, returns)
    b = account([[0.0, 1.0]] * 2, returns, capital=5000.0)
    assert attribute(a, b, returns).gap == pytest.approx(8.0)


@settings(max_examples=examples(150))
@given(st.data())
def test_the_parts_add_up_to_the_gap_and_change_sign_with_the_order(data: st.DataObject) -> None:
    n, k = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 3))
    returns = data.draw(drawn.arrays(float, (n, k), elements=FIGURES))

    def some() -> Holdings:
        raw = data.draw(drawn.arrays(float, (n + 1, k), elements=st.floats(0.0, 1.0, allow_subnormal=False)))
        cost = data.draw(drawn.arrays(float, n + 1, elements=st.floats(0.0, 0.01, allow_subnormal=False)))
        cost[0] = 0.0
        return account(raw / k, returns, cost=cost)

    a, b = some(), some()
    parts, turned = attribute(a, b, returns), attribute(b, a, returns)
    exact = pytest.approx(float(a.value[-1] - b.value[-1]), abs=1e-9)
    assert parts.gap == exact
    assert total(parts) == exact
    assert math.fsum(parts.by_session) == exact
    # Nothing hides in rounding.
    assert np.abs(parts.rounding).max() < 1e-9
    assert parts.average == pytest.approx(-turned.average, abs=1e-9)
    assert parts.timing == pytest.approx(-turned.timing, abs=1e-9)


def test_an_account_against_itself_has_no_part_at_all() -> None:
    returns = np.array([[0.10, -0.02], [0.03, 0.01]])
    a = account([[0.5, 0.5], [1.0, 0.0], [0.2, 0.2]], returns)
    parts = attribute(a, a, returns)
    assert parts.gap == 0.0
    assert not parts.average.any()
    assert not parts.timing.any()


def test_an_asset_without_a_price_yet_takes_no_part() -> None:
    returns = np.array([[0.10, np.nan], [0.10, 0.05]])
    a = account([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], np.nan_to_num(returns))
    b = account([[1.0, 0.0]] * 3, np.nan_to_num(returns))
    parts = attribute(a, b, returns)
    assert parts.by_session == pytest.approx([0.0, parts.gap])
    assert np.isfinite(parts.timing).all()


def test_a_lost_account_is_refused() -> None:
    a = Holdings(np.array([100.0, 0.0]), np.zeros((2, 1)), np.zeros(2), np.zeros(2))
    with pytest.raises(BacktestError, match="the first account was lost"):
        attribute(a, a, np.zeros((1, 1)))


def test_a_fill_away_from_the_close_is_a_part_of_its_own_and_no_rounding() -> None:
    # Both hold nothing at the closes; the first made 10 of its 100 by an open and delisting proceeds above it.
    nothing = np.zeros((2, 1))
    a = Holdings(np.array([100.0, 110.0]), nothing, np.zeros(2), np.array([0.0, 10.0]))
    b = Holdings(np.array([100.0, 100.0]), nothing, np.zeros(2), np.zeros(2))
    parts = attribute(a, b, np.zeros((1, 1)))
    assert parts.fills.sum() == pytest.approx(10.0, abs=1e-9)
    assert parts.rounding.sum() == pytest.approx(0.0, abs=1e-9)
    assert parts.gap == pytest.approx(10.0)
