"""Asking once for many: the answers are those of every variant asked by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.sweep.decisions import CachingView, DecisionCache, ParameterGrid, ask, shared
from fedcycle.data import Market
from fedcycle.data.errors import DataError
from fedcycle.strategies import Strategy, StrategyError

from ..property_tests import examples

SESSIONS = np.busday_offset("2001-01-01", np.arange(90), roll="forward")
PRICES = 50 * np.exp(np.cumsum(np.random.default_rng(7).normal(0, 0.02, (90, 3)), axis=0))
MARKET = Market("walk", SESSIONS, ("a", "b", "c"), PRICES)


@dataclass(frozen=True, kw_only=True)
class Twisty(Strategy):
    """Reads another mix of its parameters on every branch."""

    above: float = 0.0
    below: float = 0.0
    days: int = 3
    asset: str = "a"

    def weights(self, view):
        closes = view.closes("a", 2 if len(view.sessions()) < 9 else self.days)
        move = float(closes[-1] / closes[0] - 1)
        if move > self.above:
            return {self.asset: 1.0}
        if not move >= self.below:
            return {"b": min(0.5, self.above + 0.25), "c": 0.5}
        return {"c": 0.25 if self.below <= self.above else 0.75}


@settings(max_examples=examples(40))
@given(
    above=st.lists(st.floats(-0.05, 0.05), min_size=1, max_size=7, unique=True),
    below=st.lists(st.floats(-0.05, 0.05), min_size=1, max_size=7, unique=True),
    days=st.lists(st.integers(2, 9), min_size=1, max_size=3, unique=True),
    assets=st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True),
)
def test_what_is_shared_is_what_each_would_have_said(above, below, days, assets):
    rules = [Twisty(above=x, below=y, days=n, asset=a) for x in above for y in below for n in days for a in assets]
    box = ParameterGrid(
        rules,
        (len(above), len(below), len(days), len(assets)),
        {"above": (0,), "below": (1,), "days": (2,), "asset": (3,)},
        {"above": np.array(above), "below": np.array(below)},
    )
    test = Backtest(market=MARKET, strategy=rules[0], start=SESSIONS[5], end=SESSIONS[-1], schedule="week_end")
    answers = ask(test, box)
    assert answers.asked <= len(test.decisions) * len(rules)
    for k, at in enumerate(test.decisions):
        view = MARKET.as_of(test.sessions[at])
        for n, rule in enumerate(rules):
            row = answers.targets[answers.which[k, n]]
            said = {asset: weight for asset, weight in rule.weights(view).items() if weight}
            assert {a: w for a, w in zip(MARKET.assets, row.tolist(), strict=True) if w} == said


def test_a_thousand_thresholds_need_no_thousand_questions():
    values = np.linspace(-0.05, 0.05, 1000)
    rules = [Twisty(above=float(x), below=-1.0) for x in values]
    box = ParameterGrid(rules, (1000,), {"above": (0,)}, {"above": values})
    test = Backtest(market=MARKET, strategy=rules[0], start=SESSIONS[10], end=SESSIONS[-1], schedule="week_end")
    answers = ask(test, box)
    # A day has at most two answers: the move is above the threshold or not.
    assert len(test.decisions) < answers.asked <= 2 * len(test.decisions)


def test_a_rule_that_fails_is_refused_alone_with_its_sentence():
    rules = [Twisty(days=days) for days in (2, 400, 3)]
    box = ParameterGrid(rules, (3,), {"days": (0,)}, {})
    test = Backtest(market=MARKET, strategy=rules[0], start=SESSIONS[10], end=SESSIONS[-1])
    answers = ask(test, box)
    assert list(answers.refused) == [1]
    assert "400 asked" in answers.refused[1]


def test_two_rules_that_read_the_same_and_differ_are_found_out():
    @dataclass(frozen=True, kw_only=True)
    class Hidden(Strategy):
        other: float = 0.0

        def weights(self, view):
            return {"a": object.__getattribute__(self, "other")}

    rules = [Hidden(other=0.1), Hidden(other=0.2)]
    box = ParameterGrid(rules, (2,), {"other": (0,)}, {})
    test = Backtest(market=MARKET, strategy=rules[0], start=SESSIONS[0], end=SESSIONS[-1], schedule="daily")
    with pytest.raises(StrategyError, match="must be a pure function"):
        ask(test, box)


def test_they_are_found_out_too_where_the_answer_was_given_for_earlier_variants():
    @dataclass(frozen=True, kw_only=True)
    class Hidden(Strategy):
        other: float = 0.0

        def weights(self, view):
            return {"a": 0.25 if object.__getattribute__(self, "other") < 0.9 else 0.75}

    rules = [Hidden(other=k / 10) for k in range(10)]
    memory = DecisionCache(MARKET, ParameterGrid(rules, (10,), {"other": (0,)}, {}))
    test = Backtest(market=MARKET, strategy=rules[0], start=SESSIONS[0], end=SESSIONS[-1], schedule="daily")
    memory.answers(test, np.arange(5))
    with pytest.raises(StrategyError, match="must be a pure function"):
        memory.answers(test, np.arange(9, 10))


def test_answers_given_to_others_take_no_memory():
    rules = [Twisty(days=n, above=-1.0, asset=asset) for asset in "abc" for n in (2, 3, 4)]
    memory = DecisionCache(MARKET, ParameterGrid(rules, (3, 3), {"asset": (0,), "days": (1,)}, {}))
    test = Backtest(market=MARKET, strategy=rules[0], start=SESSIONS[10], end=SESSIONS[60], schedule="week_end")
    assert memory.answers(test).targets.tolist() == np.eye(3).tolist()
    found = memory.answers(test, np.arange(3, 6))
    assert found.targets.tolist() == [[0.0, 1.0, 0.0]]
    assert (found.which == 0).all()


def test_a_question_about_the_rule_is_shared_too():
    rules = [Twisty(asset=a, days=n) for a in "ab" for n in (2, 3, 4)]
    asked = []
    box = ParameterGrid(rules, (2, 3), {"asset": (0,), "days": (1,)}, {})
    assert shared(box, lambda rule: asked.append(1) or rule.asset) == ["a", "a", "a", "b", "b", "b"]
    assert len(asked) == 2


def test_settings_that_no_rule_can_see_share_the_answers():
    rules = [Twisty(days=n) for n in (2, 3, 4)]
    memory = DecisionCache(MARKET, ParameterGrid(rules, (3,), {"days": (0,)}, {}))
    weekly = Backtest(market=MARKET, strategy=rules[0], start=SESSIONS[10], end=SESSIONS[60], schedule="week_end")
    first = memory.answers(weekly)
    later = Backtest(market=MARKET, strategy=rules[0], start=SESSIONS[10], end=SESSIONS[60], schedule="week_end", lag=3)
    assert memory.answers(later).asked == first.asked
    daily = Backtest(market=MARKET, strategy=rules[0], start=SESSIONS[10], end=SESSIONS[60], schedule="daily")
    both, alone = memory.answers(daily), ask(daily, ParameterGrid(rules, (3,), {"days": (0,)}, {}))
    assert both.asked == alone.asked
    assert np.array_equal(both.targets[both.which], alone.targets[alone.which])


def test_a_refusal_on_one_day_does_not_reach_a_run_without_that_day():
    rules = [Twisty(days=days) for days in (2, 30)]
    memory = DecisionCache(MARKET, ParameterGrid(rules, (2,), {"days": (0,)}, {}))
    early = Backtest(market=MARKET, strategy=rules[0], start=SESSIONS[10], end=SESSIONS[60], schedule="week_end")
    late = Backtest(market=MARKET, strategy=rules[0], start=SESSIONS[40], end=SESSIONS[60], schedule="week_end")
    assert list(memory.answers(early).refused) == [1]
    found = memory.answers(late)
    assert not found.refused
    view = MARKET.as_of(SESSIONS[60])
    assert found.targets[found.which[-1, 1]].tolist() == [rules[1].weights(view).get(a, 0.0) for a in MARKET.assets]


def test_a_view_that_remembers_serves_what_the_view_serves():
    plain, remembering = MARKET.as_of(SESSIONS[40]), CachingView(MARKET, 40)
    for _ in range(2):
        assert np.array_equal(remembering.closes("a", 5), plain.closes("a", 5))
        assert np.array_equal(remembering.sessions(7), plain.sessions(7))
        assert np.array_equal(remembering.earlier(3).closes("b", 2), plain.earlier(3).closes("b", 2))
        with pytest.raises(DataError, match="400 asked"):
            remembering.closes("a", 400)
    assert remembering.closes("a", 5) is remembering.closes("a", 5)
    with pytest.raises(ValueError, match="read-only"):
        remembering.closes("a", 5)[0] = 1.0
