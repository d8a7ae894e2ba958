"""When, and the rules that everyone puts beside it: small markets whose answers are worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fedcycle.data.market import Market
from fedcycle.strategies.conditions import CONDITIONS, condition
from fedcycle.strategies.library import load
from fedcycle.strategies.strategy import Strategy, StrategyError, check_weights, needed

DAYS = ("2024-03-01", "2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07")
# Returns of a: 10%, -10%, 10%; of b: 20%, -20%, 20%; of bills nothing.
CLOSES = {
    "a": (100.0, 110.0, 99.0, 108.9, 108.9),
    "b": (100.0, 120.0, 96.0, 115.2, 115.2),
    "bills": (100.0, 100.0, 100.0, 100.0, 100.0),
}


@pytest.fixture
def small(tiny: Callable[..., Market]) -> Market:
    yields = {"2024-02-29": 4.0, "2024-03-01": 4.0, "2024-03-04": 4.5, "2024-03-05": 4.8, "2024-03-06": 4.4}
    return tiny(DAYS, CLOSES, dgs10=yields, changes={"2023-09-06": -25.0})


def held(rule: Strategy, market: Market, day: str) -> dict[str, float]:
    import numpy as np

    view = market.as_of(np.datetime64(day))
    weights = check_weights(rule, rule.weights(view), view)
    assert weights == pytest.approx(dict(rule.explain(view).weights))
    return {asset: round(weight, 9) for asset, weight in weights.items()}


def test_trend_holds_the_asset_above_its_average(small: Market) -> None:
    rule = load("Trend")(asset="a", sessions=3)
    # 2024-03-05: mean of 100, 110, 99 is 103, above 99. 2024-03-06: mean of 110, 99, 108.9 is 105.97, below 108.9.
    assert held(rule, small, "2024-03-05") == {"bills": 1.0}
    assert held(rule, small, "2024-03-06") == {"a": 1.0}


def test_momentum_holds_what_rose_most_if_it_beat_bills(small: Market) -> None:
    rule = load("Momentum")(assets=("a", "b"), sessions=3, skip=0)
    # From 2024-03-01 to 03-06 a rose by 8.9% and b by 15.2%; from 03-04 to 03-07 they fell by 1% and 4%.
    assert held(rule, small, "2024-03-06") == {"b": 1.0}
    assert held(rule, small, "2024-03-07") == {"bills": 1.0}
    both = load("Momentum")(assets=("a", "b"), sessions=3, skip=0, top=2, safe=None)
    assert held(both, small, "2024-03-07") == {"a": 0.5, "b": 0.5}
    # The last session left out: a fell from 110 to 108.9, b from 120 to 115.2.
    skipped = load("Momentum")(assets=("a", "b"), sessions=3, skip=1, safe=None)
    assert held(skipped, small, "2024-03-07") == {"a": 1.0}


def test_inverse_volatility_gives_half_to_what_moves_twice_as_much(small: Market) -> None:
    rule = load("InverseVolatility")(assets=("a", "b"), sessions=3)
    # b moves twice as much each session: two parts of a to one of b.
    assert held(rule, small, "2024-03-06") == {"a": 0.666666667, "b": 0.333333333}
    with pytest.raises(StrategyError, match="bills did not move in the 3 sessions to 2024-03-06"):
        held(load("InverseVolatility")(assets=("a", "bills"), sessions=3), small, "2024-03-06")


def test_a_volatility_target_scales_by_the_target_over_the_volatility(small: Market) -> None:
    # Returns 10%, -10%, 10%: mean 1/30, squares of (2, -4, 2)/30, so sd = sqrt(24 / 2) / 30 = 0.11547; a year 1.83303.
    rule = load("VolatilityTarget")(rule="a", target=0.916515, sessions=3)
    assert held(rule, small, "2024-03-06") == {"a": pytest.approx(0.5, abs=1e-6), "bills": pytest.approx(0.5, abs=1e-6)}
    calm = load("VolatilityTarget")(rule="bills", target=0.1, sessions=3, safe=None)
    assert held(calm, small, "2024-03-06") == {"bills": 1.0}


def test_a_spread_buys_one_side_and_sells_the_other_short(small: Market) -> None:
    from fedcycle.strategies.strategy import Limits

    view = small.as_of(small.sessions[3])
    rule = load("LongShort")(long="a", short="b", short_size=0.5)
    assert rule.weights(view) == {"a": 1.0, "b": -0.5}
    assert check_weights(rule, rule.weights(view), view, Limits(short=True, gross=1.5)) == {"a": 1.0, "b": -0.5}
    with pytest.raises(StrategyError, match=r"weight of b is -0\.5; it must be >= 0 .*execution\.account\.short: true"):
        check_weights(rule, rule.weights(view), view)
    with pytest.raises(StrategyError, match=r"weights of a 1, b -0\.5 have a gross exposure of 1\.5, but .* allows 1;"):
        check_weights(rule, rule.weights(view), view, Limits(short=True))
    # A side that is a rule brings its own weights; what is on both sides is its difference.
    mix = load("FixedMix")(weights={"a": 0.5, "b": 0.5})
    assert load("LongShort")(long=mix, short="b").weights(view) == {"a": 0.5, "b": -0.5}


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"long": "a", "short": "a"}, "long and short are both 'a'; name two different assets"),
        ({"long_size": 0.0}, "long_size is 0; it is a multiple of value, write 1.0"),
        ({"short_size": -1.0}, "short_size is -1; it is a multiple of value"),
        ({"short_size": 100.0}, "short_size is 100; it is a multiple of value"),
    ],
)
def test_a_spread_that_makes_no_sense_is_refused(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(StrategyError, match=says):
        load("LongShort")(**parameters)


HOLDS: tuple[tuple[Any, str, bool], ...] = (
    # Known at the close of 03-06: 4.8; two sessions earlier: 4.0. A rise of 80 bp.
    ({"yield_surge": {"sessions": 2, "above_bp": 75.0}}, "2024-03-06", True),
    ({"yield_surge": {"sessions": 2, "above_bp": 80.0}}, "2024-03-06", False),
    # 03-07: 4.4 less 4.5 is -10 bp: off below 50, but on still above -10.
    ({"yield_surge": {"sessions": 2, "above_bp": 75.0, "leave_bp": 50.0}}, "2024-03-07", False),
    ({"yield_surge": {"sessions": 2, "above_bp": 75.0, "leave_bp": -10.0}}, "2024-03-07", True),
    ({"value": {"series": "DGS10", "above": 4.7}}, "2024-03-06", True),
    ({"value": {"series": "DGS10", "below": 4.7}}, "2024-03-06", False),
    # The cut of 2023-09-06: six calendar months are over on 2024-03-06.
    ({"paused": {"months": 6}}, "2024-03-05", False),
    ({"paused": {"months": 6}}, "2024-03-06", True),
    ({"phase": {"one_of": ["easy"]}}, "2024-03-06", True),
    ({"phase": {"one_of": ["cutting"]}}, "2024-03-05", True),
    ({"final_cut": {"recognise": {"pause": {"months": 6}}, "window": {"months": 12}}}, "2024-03-06", True),
    ({"not": {"final_cut": {}}}, "2024-03-05", True),
    ({"above_average": {"asset": "a", "sessions": 3}}, "2024-03-06", True),
    ({"relative_strength": {"asset": "b", "against": "a", "sessions": 3, "above": 0.06}}, "2024-03-06", True),
    ({"relative_strength": {"asset": "b", "against": "a", "sessions": 3, "above": 0.07}}, "2024-03-06", False),
    # 99 against a peak of 110 is exactly a tenth: beyond counts from there on.
    ({"drawdown": {"asset": "a", "sessions": 3, "beyond": 0.1}}, "2024-03-05", True),
    ({"volatility": {"asset": "a", "sessions": 3, "above": 1.8}}, "2024-03-06", True),
    ({"month": {"one_of": [3]}}, "2024-03-06", True),
    ({"month": {"one_of": [2, 4]}}, "2024-03-06", False),
    ({"all": [{"month": {"one_of": [3]}}, {"paused": {}}]}, "2024-03-05", False),
    ({"any": [{"month": {"one_of": [3]}}, {"paused": {}}]}, "2024-03-05", True),
)


@pytest.mark.parametrize(("when", "day", "holds"), HOLDS)
def test_a_condition_holds_when_paper_says_so(small: Market, when: Any, day: str, holds: bool) -> None:
    rule = load("When")(when=when, then="a", otherwise="b")
    assert held(rule, small, day) == {"a" if holds else "b": 1.0}
    assert load("When")(when=condition(rule.when, "When").plain(), then="a", otherwise="b") == rule


def test_when_explains_its_side_what_it_saw_and_the_rule_in_force(small: Market) -> None:
    import numpy as np

    inner = load("Trend")(asset="a", sessions=3)
    rule = load("When")(when={"paused": {}}, then=inner, otherwise="b")
    said = rule.explain(small.as_of(np.datetime64("2024-03-06")))
    assert (said.branch, list(said.parts), said.seen[0].name) == ("then", ["then"], "last change of the target")
    assert rule.requirements() == {"a": 3, "target_change": 1}
    assert rule.named_assets() == ("b", "a", "bills")


WRONG: tuple[tuple[Any, str], ...] = (
    ({"paussed": {}}, "when is 'paussed', which is no condition; did you mean paused?"),
    ({"paused": {"month": 6}}, "paused.month does not exist; did you mean months?"),
    ({"yield_surge": {"above_bp": 0.75}}, "yield_surge.above_bp is 0.75, but it is in basis points; write 75"),
    ({"yield_surge": {"sessions": 5}}, "yield_surge lacks above_bp"),
    ({"drawdown": {"asset": "a", "beyond": 10}}, "drawdown.beyond is 10; it is a fraction"),
    ({"correlation": {"asset": "a", "above": 0.1, "below": 0.2}}, "correlation has an above and below; write one"),
    ({"all": {"paused": {}}}, "when.all is"),
    ({"paused": {}, "recession": {}}, "write one of phase, paused"),
    ({"month": {"one_of": [13]}}, "month.one_of is 13"),
)


@pytest.mark.parametrize(("when", "said"), WRONG)
def test_a_condition_that_makes_no_sense_is_one_sentence(when: Any, said: str) -> None:
    with pytest.raises(StrategyError) as caught:
        load("When")(when=when, then="a", otherwise="b")
    assert said in str(caught.value)


def test_every_condition_has_a_unit_and_a_sentence_for_each_parameter() -> None:
    import dataclasses

    for name, kind in CONDITIONS.items():
        assert (kind.__doc__ or "").strip().endswith("."), name
        for field in dataclasses.fields(kind):
            assert {"unit", "doc"} <= set(field.metadata), f"{name}.{field.name}"


def test_what_a_rule_needs_may_be_written_in_any_clear_shape() -> None:
    import numpy as np

    assert needed("Mine", ("small", "large")) == {"small": 1, "large": 1}
    assert needed("Mine", "small") == {"small": 1}
    assert needed("Mine", {"large", "small"}) == {"large": 1, "small": 1}
    assert needed("Mine", {"small": np.int64(5)}) == {"small": 5}
    with pytest.raises(StrategyError, match=r"Mine: needs is 5; write names of assets and series"):
        needed("Mine", 5)


def test_a_series_of_pandas_is_an_answer_and_an_asset_in_another_case_is_named(small: Market) -> None:
    import numpy as np
    import pandas as pd

    view = small.as_of(np.datetime64("2024-03-06"))
    rule = load("BuyAndHold")(asset="a")
    assert check_weights(rule, pd.Series({"a": 0.5, "b": np.float32(0.25)}), view) == {"a": 0.5, "b": 0.25}
    with pytest.raises(StrategyError, match=r"'Bills' has no price that day; .*; did you mean bills\?"):
        check_weights(rule, {"Bills": 1.0}, view)
    with pytest.raises(StrategyError, match=r"weights is a DataFrame; return a mapping"):
        check_weights(rule, pd.DataFrame({"a": [1.0]}), view)
