"""What a rule may answer and what its parameters may be, with the sentence that refuses the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import pytest

from fedcycle.data.market import Market, MarketView
from fedcycle.data.suggest import did_you_mean
from fedcycle.strategies.strategy import (
    Strategy,
    StrategyError,
    Weights,
    check_asset,
    check_differ,
    check_mix,
    check_number,
    check_weights,
    check_whole,
    parameter,
    sum_weights,
    unique_names,
)


@dataclass(frozen=True, kw_only=True)
class Says(Strategy):
    """The rule that gave the answers below."""

    def weights(self, view: MarketView) -> Weights:
        return {}


@pytest.fixture
def view(tiny: Callable[..., Market]) -> MarketView:
    closes = {"small": [1.0, 2.0], "large": [1.0, 2.0], "late": [float("nan"), 2.0]}
    return tiny(["2024-06-13", "2024-06-14"], closes).as_of(np.datetime64("2024-06-13"))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"small": 1},
        {"small": 0.25, "large": 0.5},
        {"small": np.float64(0.5)},
        {"small": 0.0},
        {"small": 0.7, "large": 0.3 + 1e-10},
    ],
)
def test_fractions_of_listed_assets_that_add_up_to_at_most_one_pass(view: MarketView, answer: Weights) -> None:
    passed = check_weights(Says(), answer, view)
    assert passed == {str(a): float(w) for a, w in answer.items()}
    assert all(type(a) is str and type(w) is float for a, w in passed.items())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"small": float("nan")}, "weight of small is nan; it must be a finite fraction of portfolio value"),
        ({"small": float("inf")}, "weight of small is inf; it must be a finite fraction of portfolio value"),
        ({"small": -0.1}, "weight of small is -0.1; it must be >= 0 (no short positions; a config allows them"),
        ({"small": 0.7, "large": 0.4}, "weights add up to 1.1; at most 1 can be invested"),
        ({"small": 1.000001}, "weights add up to 1.000001; at most 1 can be invested"),
        ({"smal": 0.5}, "'smal' has no price that day; listed are small, large"),
        ({"late": 0.5}, "'late' has no price that day; listed are small, large"),
        ({"small": "0.5"}, "weight of small is '0.5'; it must be a number"),
        ({"small": True}, "weight of small is True; it must be a number"),
        ({"small": None}, "weight of small is None; it must be a number"),
        ({"small": [1.0]}, "weight of small is [1.0]; it must be a number"),
        ({"small": 10**400}, "weight of small is 1000"),
        ([("small", 1.0)], "weights is a list; return a mapping of asset to fraction of value"),
        (None, "weights is a NoneType; return a mapping of asset to fraction of value"),
        ("small", "weights is a str; return a mapping of asset to fraction of value"),
    ],
)
def test_any_other_answer_is_refused_with_rule_day_value_and_remedy(
    view: MarketView, answer: object, said: str
) -> None:
    with pytest.raises(StrategyError) as refused:
        check_weights(Says(), answer, view)
    assert str(refused.value).startswith(f"Says on 2024-06-13: {said}")


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({}, "Rule: weights is {}; name at least one asset"),
        (None, "Rule: weights is None; name at least one asset"),
        ([0.5], "Rule: weights is [0.5]; name at least one asset"),
        ({"small": 60, "large": 40}, "Rule: weights add up to 100; at most 1 can be invested (fractions, not percent)"),
        ({"small": -1}, "Rule: weight of small is -1; it must be >= 0"),
        ({"small": float("nan")}, "Rule: weight of small is nan; it must be a finite fraction"),
        ({"": 1.0}, "Rule: weights is ''; write the name of an asset"),
    ],
)
def test_a_mix_that_makes_no_sense_is_refused(weights: object, said: str) -> None:
    with pytest.raises(StrategyError) as refused:
        check_mix("Rule", weights)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("value", ["", "  ", None, 3])
def test_what_is_not_a_name_is_no_asset(value: object) -> None:
    with pytest.raises(StrategyError, match=r"Rule: risk_on is .*; write the name of an asset, such as small"):
        check_asset("Rule", "risk_on", value)


def test_two_parameters_that_name_one_asset_are_refused_by_name() -> None:
    check_differ("Rule", ("risk_on", "small"), ("risk_off", "large"))
    with pytest.raises(StrategyError, match="Rule: risk_on and risk_off are both 'small'; name two different assets"):
        check_differ("Rule", ("risk_on", "small"), ("risk_off", "small"))


@pytest.mark.parametrize("value", [1, 6, 12])
def test_a_whole_number_in_range_passes(value: int) -> None:
    check_whole("Rule", "months", value, min_=1, max_=12, unit="months")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "Rule: months is 0 months; write 1 to 12 months"),
        (13, "Rule: months is 13 months; write 1 to 12 months"),
        (6.0, "Rule: months is 6.0; write a whole number of months, 1 to 12"),
        (True, "Rule: months is True; write a whole number of months, 1 to 12"),
        ("6", "Rule: months is '6'; write a whole number of months, 1 to 12"),
    ],
)
def test_any_other_number_is_refused_with_its_unit(value: object, said: str) -> None:
    with pytest.raises(StrategyError) as refused:
        check_whole("Rule", "months", value, min_=1, max_=12, unit="months")
    assert str(refused.value) == said


def test_a_number_is_finite_and_no_text() -> None:
    assert check_number("Rule", "x", 3) == 3.0
    for value in (float("nan"), float("-inf"), 10**400, "3", None, True):
        with pytest.raises(StrategyError, match=r"Rule: x is .*; write a finite number"):
            check_number("Rule", "x", value)


def test_the_nearest_name_is_offered_whatever_its_case_and_none_where_none_is_near() -> None:
    assert did_you_mean("ratecycletimming", ["BuyAndHold", "RateCycleTiming"]) == "; did you mean RateCycleTiming?"
    assert did_you_mean("xyz", ["BuyAndHold", "RateCycleTiming"]) == ""


def test_names_are_held_once_in_the_order_given() -> None:
    assert unique_names("small", "large", "small") == ("small", "large")


def test_parts_of_one_asset_add_up_and_zeros_are_left_out() -> None:
    assert sum_weights([("small", 0.25), ("large", 0.0), ("small", 0.5)]) == {"small": 0.75}


def test_a_rule_says_nothing_special_unless_it_overrides_it() -> None:
    rule = Says()
    assert (dict(rule.requirements()), rule.named_assets(), rule.stamps()) == ({}, (), ())
    assert rule.with_hindsight(np.array(["2003-06-25"], dtype="datetime64[D]")) is rule


def test_a_parameter_carries_its_unit_and_what_it_does() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Example:
        lookback: int = parameter(63, unit="sessions", doc="How far back.")

    (lookback,) = fields(Example)
    assert (lookback.default, dict(lookback.metadata)) == (63, {"unit": "sessions", "doc": "How far back."})
