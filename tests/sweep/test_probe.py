"""Structured parameters watched question by question: the answers are those of every variant asked by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.sweep.decisions import ParameterGrid, ask
from fedcycle.backtests.sweep.tracing import AxisAnswers, Probe, TraceLog, traced
from fedcycle.data import Market
from fedcycle.data.series import Series, Unit
from fedcycle.strategies import Strategy
from fedcycle.strategies.final_cut import AsOf, Hindsight, Months, Pause, UntilHike
from fedcycle.strategies.library.rate_cycle_timing import RateCycleTiming

SESSIONS = np.busday_offset("2001-01-01", np.arange(900), roll="forward")
PRICES = 50 * np.exp(np.cumsum(np.random.default_rng(7).normal(0, 0.02, (900, 2)), axis=0))
CHANGED = np.array(["2001-01-03", "2001-06-20", "2002-05-15", "2003-01-15"], dtype="datetime64[D]")
CHANGES = Series("target_change", Unit.BASIS_POINTS, np.array([-50.0, -25.0, 25.0, -25.0]), CHANGED, CHANGED)
MARKET = Market("walk", SESSIONS, ("small", "large"), PRICES, {"target_change": CHANGES})
CUTS = Hindsight.told(CHANGED[[1, 3]])
RECOGNISERS = [Pause(1), Pause(3), AsOf(date(2001, 7, 2)), CUTS, Pause(6)]
WINDOWS = [Months(6), UntilHike(), Months(9), Months(12)]


def box_of(rules, shape):
    values = {"recognise": AxisAnswers(RECOGNISERS), "window": AxisAnswers(WINDOWS)}
    return ParameterGrid(rules, shape, {"recognise": (0,), "window": (1,)}, {}, values)


def test_what_is_shared_is_what_each_would_have_said():
    rules = [RateCycleTiming(recognise=r, window=w) for r in RECOGNISERS for w in WINDOWS]
    test = Backtest(market=MARKET, strategy=rules[0], start=SESSIONS[5], end=SESSIONS[-1], schedule="week_end")
    answers = ask(test, box_of(rules, (5, 4)))
    assert answers.asked < len(test.decisions) * 8
    for k, at in enumerate(test.decisions):
        view = MARKET.as_of(test.sessions[at])
        for n, rule in enumerate(rules):
            row = answers.targets[answers.which[k, n]]
            assert {a: w for a, w in zip(MARKET.assets, row.tolist(), strict=True) if w} == rule.weights(view)


def test_a_rule_that_looks_into_the_value_is_asked_for_each_of_them():
    @dataclass(frozen=True, kw_only=True)
    class Looking(Strategy):
        window: object = Months(6)

        def weights(self, view):
            months = self.window.months if isinstance(self.window, Months) else 0
            return {"small": months / 100}

    rules = [Looking(window=w) for w in WINDOWS]
    box = ParameterGrid(rules, (4,), {"window": (0,)}, {}, {"window": AxisAnswers(WINDOWS)})
    test = Backtest(market=MARKET, strategy=rules[0], start=SESSIONS[5], end=SESSIONS[80])
    answers = ask(test, box)
    assert answers.targets[answers.which[-1], 0].tolist() == [0.06, 0.0, 0.09, 0.12]


@pytest.mark.parametrize("use", [hash, repr, lambda value: value == Pause(3), lambda value: value.plain()])
def test_any_other_use_is_a_reading_of_the_value(use):
    log = TraceLog((), {"recognise": None})
    probe = Probe(Pause(3), "recognise", log)
    assert use(probe) == use(Pause(3))
    assert log.read == {"recognise"} or log.answers["recognise"][("months", None)] == 3


def test_only_values_of_the_library_are_watched():
    @dataclass(frozen=True)
    class Own:
        months: int

    @dataclass(frozen=True, kw_only=True)
    class Rule(Strategy):
        window: object

        def weights(self, view):
            return {}

    log = TraceLog((), {"window": None})
    assert type(traced(Rule(window=Own(3)), log).window) is Own
    assert log.read == {"window"}
