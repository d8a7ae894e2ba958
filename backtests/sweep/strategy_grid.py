"""The rules of one box of batched values, and all that is worked out once for them, whatever they are run with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from fedcycle.backtests.config import Parameters, assignment
from fedcycle.backtests.core.errors import BacktestError, ConfigError
from fedcycle.backtests.core.fed_cycles import easing_cycles, final_cuts
from fedcycle.backtests.sweep import decisions
from fedcycle.backtests.sweep.trace_objects import WATCHED, AxisAnswers
from fedcycle.backtests.workflows.study import PreparedRun
from fedcycle.data.errors import DataError
from fedcycle.data.typing import Days, Float64
from fedcycle.strategies.hindsight import with_final_cuts
from fedcycle.strategies.strategy import Strategy, StrategyError

REFUSALS = (BacktestError, ConfigError, DataError, StrategyError)
"""What says that a variant cannot be run: its sentence is kept beside it, the others are run."""
RULE = "strategy."


class Rules:
    """The rules of one box of batched values.

    Parameters
    ----------
    study : with the rule as the config states it, and the market
    parameters : what the rule's parameters become under further values
    values : batched key -> its values, an axis each

    Attributes
    ----------
    shape : number of values along each axis
    rules : one a variant, the last axis fastest; None for what is refused
    refused : variant -> why it cannot be made
    stamps : one tuple a variant
    memory : what the rules have answered so far
    """

    def __init__(self, study: PreparedRun, parameters: Parameters, values: Mapping[str, Sequence[Any]]) -> None:
        self._study, self._parameters = study, parameters
        self._keys, self._values = list(values), list(values.values())
        self.shape = tuple(map(len, self._values)) or (1,)
        self._axes: dict[str, tuple[int, ...]] = {}
        for axis, key in enumerate(self._keys):
            if key.startswith(RULE):
                name = key.split(".")[1]
                self._axes[name] = (*self._axes.get(name, ()), axis)
        self._compared: dict[str, Float64] = {}
        self.rules: list[Strategy | None] = []
        self.refused: dict[int, str] = {}
        self._construct()
        self.stamps: list[tuple[str, ...]] = decisions.shared(self._box(), lambda rule: rule.stamps())
        self._inform()
        self.memory = decisions.DecisionCache(study.market, self._box())

    @cached_property
    def needs(self) -> list[Any]:
        """Return what a variant's period hangs on: the assets its rule names and the history it must have."""
        return decisions.shared(self.memory.box, lambda rule: (rule.named_assets(), tuple(rule.requirements().items())))

    def _construct(self) -> None:
        """Make the rule of each variant, or keep the sentence that refuses it; each value is checked once."""
        found = {name: self._arguments(axes) for name, axes in self._axes.items()}
        base, make = dict(self._parameters.base), self._parameters.construct
        # Variants that differ in capital or costs alone have one rule.
        known: dict[tuple[int, ...], Strategy | str] = {} if self._axes else {(): self._study.backtest.strategy}
        own = [axis for axes in self._axes.values() for axis in axes]
        for n, place in enumerate(np.ndindex(self.shape)):
            key = tuple(place[axis] for axis in own)
            if key not in known:
                changed = {name: found[name][tuple(place[a] for a in axes)] for name, axes in self._axes.items()}
                wrong = next((value for value in changed.values() if isinstance(value, _Wrong)), None)
                try:
                    known[key] = make({**base, **changed}) if wrong is None else wrong.sentence
                except REFUSALS as error:
                    known[key] = str(error)
            rule = known[key]
            if isinstance(rule, str):
                self.refused[n] = rule
            self.rules.append(None if isinstance(rule, str) else rule)
        self._look([(n, rule) for n, rule in enumerate(self.rules) if rule is not None], sorted(own))

    def _look(self, rules: Sequence[tuple[int, Strategy]], every: Sequence[int]) -> None:
        """See on which axes each field of the rules hangs: a rule may work one out from another, or change it."""
        if not rules:
            return
        places = list(np.ndindex(self.shape))
        for name in (f.name for f in fields(rules[0][1])):
            axes = self._axes.get(name, ())
            values: dict[tuple[int, ...], Any] = {}
            for n, rule in rules:
                value = getattr(rule, name)
                if not _same(values.setdefault(tuple(places[n][axis] for axis in axes), value), value):
                    self._axes[name] = tuple(every)
                    break
            else:
                if len(axes) == 1 and all(type(value) is float for value in values.values()):
                    along = [values.get((k,), np.nan) for k in range(self.shape[axes[0]])]
                    self._compared[name] = np.array(along)

    def _inform(self) -> None:
        """Tell the true final cuts to the rules that ask for hindsight."""
        market, cycles = self._study.market, self._study.config.cycles
        if "target_change" not in market.series:
            return
        cuts = final_cuts(easing_cycles(market, cycles))
        same = decisions.shared(self._box(), lambda rule: _informed(rule, cuts) is rule)
        for n, rule in enumerate(self.rules):
            if rule is not None and not same[n]:
                self.rules[n] = _informed(rule, cuts)

    def _box(self) -> decisions.ParameterGrid:
        asked = {}
        for name, axes in self._axes.items():
            if len(axes) == 1 and (along := self._along(name, axes[0])) is not None:
                asked[name] = AxisAnswers(along)
        return decisions.ParameterGrid(self.rules, self.shape, self._axes, self._compared, asked)

    def _along(self, name: str, axis: int) -> list[Any] | None:
        """Return a structured parameter's value along its axis; None if another parameter has a say in it."""
        found: list[Any] = [None] * self.shape[axis]
        for place, rule in zip(np.ndindex(self.shape), self.rules, strict=True):
            if rule is not None:
                value, before = getattr(rule, name), found[place[axis]]
                if type(value) not in WATCHED or (before is not None and value != before):
                    return None
                found[place[axis]] = value
        return found

    def _arguments(self, axes: tuple[int, ...]) -> dict[tuple[int, ...], Any]:
        """Return one parameter's argument for each combination of the values it hangs on."""
        name = self._keys[axes[0]].split(".")[1]
        found: dict[tuple[int, ...], Any] = {}
        for place in np.ndindex(*(self.shape[axis] for axis in axes)):
            sets = [assignment(self._keys[a], self._values[a][k]) for a, k in zip(axes, place, strict=True)]
            try:
                found[place] = self._parameters.under(sets)[name]
            except REFUSALS as error:
                found[place] = _Wrong(str(error))
        return found


def _informed(rule: Strategy, cuts: Days) -> Strategy:
    return with_final_cuts(rule, cuts, stamps=rule.stamps())


def _same(one: object, other: object) -> bool:
    """Return whether two values of a field are one for sure."""
    if one is other:
        return True
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:  # noqa: BLE001 - a user's value may not want to be compared: then it is another
        return False


@dataclass(frozen=True)
class _Wrong:
    """Stands for an argument that a config would refuse."""

    sentence: str
