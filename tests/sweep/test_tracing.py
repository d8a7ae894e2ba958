"""A watched rule answers as the rule does and tells all that its answer hangs on."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from fedcycle.backtests.sweep.tracing import Threshold, TraceLog, traced
from fedcycle.strategies import Strategy


@dataclass(frozen=True, kw_only=True)
class Rule(Strategy):
    above: float = 0.5
    days: int = 3
    asset: str = "a"
    other: str = "b"
    twice: ClassVar[int] = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "_half", self.above / 2)

    def weights(self, view):
        return {self.asset if view > self.above else self.other: 1.0}


def log_of(rule, use):
    log = TraceLog({"above"})
    answer = use(traced(rule, log))
    return answer, log


def test_only_what_is_read_is_told():
    answer, log = log_of(Rule(), lambda rule: rule.weights(0.7))
    assert answer == {"a": 1.0}
    assert log.read == {"asset"}
    assert log.outcomes == {"above": [(operator.lt, 0.7, True)]}


@pytest.mark.parametrize(
    "use",
    [
        lambda r: r.above + 1,
        lambda r: 1 - r.above,
        lambda r: 2**r.above,
        lambda r: -r.above,
        lambda r: abs(r.above),
        lambda r: round(r.above, 1),
        lambda r: int(r.above),
        lambda r: float(r.above),
        lambda r: bool(r.above),
        lambda r: r.above == 0.5,
        lambda r: hash(r.above),
        lambda r: f"{r.above:.3f} {r.above} {r.above!r}",
        lambda r: math.sqrt(r.above),
        lambda r: math.floor(r.above),
        lambda r: divmod(3.0, r.above),
        lambda r: r.above.is_integer(),
        lambda r: np.asarray(r.above).tolist(),
        lambda r: np.array([r.above, 1.0]).tolist(),
        lambda r: (np.array([0.2, 0.7]) > r.above).tolist(),
        lambda r: (r.above * np.array([0.2, 0.7])).tolist(),
        lambda r: np.float32(0.7) > r.above,
        lambda r: {r.above: 1}[0.5],
        lambda r: vars(r)["above"],
        lambda r: replace(r, days=4).above,
        lambda r: r == replace(r),
        lambda r: r._half,
        lambda r: hash(r),
    ],
)
def test_any_use_but_a_comparison_with_a_number_counts_as_reading_the_value(use):
    plain = use(Rule())
    answer, log = log_of(Rule(), use)
    assert answer == plain
    assert "above" in log.read


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
@pytest.mark.parametrize("number", [0.5, 0.4, 1, np.float64(0.6)])
def test_comparisons_are_noted_from_either_side_with_their_outcome(compare, number):
    for use in (lambda r: compare(r.above, number), lambda r: compare(number, r.above)):
        answer, log = log_of(Rule(), use)
        assert answer == use(Rule())
        assert not log.read
        ((how, other, outcome),) = log.outcomes["above"]
        assert (how(0.5, other), other) == (outcome, number)


def test_to_whoever_asks_a_threshold_is_a_float():
    _, log = log_of(Rule(), lambda r: isinstance(r.above, float) or pytest.fail("not a float"))
    assert not log.read
    assert isinstance(Threshold(1.0, "x", log), float)


def test_whole_numbers_and_texts_are_read_by_value():
    _, log = log_of(Rule(), lambda r: r.days > 2)
    assert log.read == {"days"}


def test_a_watched_rule_keeps_its_name_and_class():
    double = traced(Rule(), TraceLog())
    assert isinstance(double, Rule)
    assert type(double).__name__ == "Rule"
    assert double.twice == 2
