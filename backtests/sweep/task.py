"""All that a worker needs to run any block of a sweep, here or on another machine: config, rules, market, grid."""

from __future__ import annotations

import dataclasses
import math
import os
import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from fedcycle.backtests.config import Parameters, RunConfig, Variants, assignment
from fedcycle.backtests.core.errors import BacktestError, ConfigError
from fedcycle.backtests.core.fed_cycles import easing_cycles, final_cuts
from fedcycle.backtests.sweep import decisions
from fedcycle.backtests.sweep.design import ACCOUNT_KEYS, DATA, Tried, together
from fedcycle.backtests.sweep.tracing import WATCHED, AxisAnswers
from fedcycle.backtests.workflows import study
from fedcycle.backtests.workflows.study import PreparedRun
from fedcycle.data.errors import DataError
from fedcycle.data.frozen_mapping import FrozenMapping
from fedcycle.data.market import Market
from fedcycle.data.typing import Days, Float64, Int64
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
        places = np.array(list(np.ndindex(self.shape)))[[n for n, _ in rules]]
        for name in (f.name for f in fields(rules[0][1])):
            axes = self._axes.get(name, ())
            values: dict[tuple[int, ...], Any] = {}
            for place, (_, rule) in zip(map(tuple, places[:, list(axes)].tolist()), rules, strict=True):
                value = getattr(rule, name)
                known = values.setdefault(place, value)
                if known is not value and not _same(known, value):
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


CONFIG, MARKET = "config.yaml", "market"
SEEN_BY_RULES = ("strategy", "data", "cycles")
"""Keys outside the batch that a rule's answer can hang on: its own, the facts, and the cuts that hindsight is told."""
MOST_CELLS = 4_000_000
"""Answers of rules that a worker keeps for later settings, four bytes each."""


@dataclass(frozen=True, eq=False)
class OuterSetting:
    """One combination of keys outside the rule, ready to be run with any of the batched keys' values.

    Parameters
    ----------
    study : with the rule as the config states it
    sets : ``key=value`` of each of its keys
    """

    study: study.PreparedRun
    sets: tuple[str, ...]


@dataclass(eq=False)
class SweepTask:
    """A sweep as it is handed to a worker.

    Parameters
    ----------
    id : of the sweep
    config : the resolved config as YAML, with its market in the folder ``MARKET`` beside it
    companions : files the config names beside itself, name -> bytes
    grid : what is tried
    markets : the market of each of the grid's ``markets``
    """

    id: str
    config: str
    companions: Mapping[str, bytes]
    grid: Tried
    markets: tuple[Market, ...]
    _lock: Any = field(default_factory=threading.RLock)
    _kept: dict[int, OuterSetting | str] = field(default_factory=dict)
    _read: tuple[Path, Variants] | None = None
    _accounts: dict[tuple[str, str], float | str] = field(default_factory=dict)
    _rules: dict[Any, Rules] = field(default_factory=dict)
    _benchmarks: dict[Any, Float64] = field(default_factory=dict)
    _stamps: dict[Any, tuple[str, ...]] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        state = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if not f.name.startswith("_")}
        state["companions"] = dict(self.companions)
        state["markets"] = [
            {f.name: _plain(getattr(market, f.name)) for f in dataclasses.fields(market)} for market in self.markets
        ]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        markets = tuple(Market(**fields) for fields in state.pop("markets"))
        self.__init__(**state, markets=markets)  # type: ignore[misc]  # a worker's copy keeps nothing of another's

    def setting(self, number: int) -> OuterSetting | str:
        """Return a combination of keys outside the rule, or the sentence for why it cannot be run."""
        with self._lock:
            if number not in self._kept:
                # One is enough: a block takes its settings in turn.
                self._kept.clear()
                try:
                    self._kept[number] = self._prepared(number)
                except REFUSALS as error:
                    self._kept[number] = str(error)
            return self._kept[number]

    def prepared(self, number: int, values: Mapping[str, Any]) -> study.PreparedRun:
        """Return one variant as a study of its own: a setting, overridden by values of batched keys.

        Raises what the config raises where it cannot be run.
        """
        whole = {**self.grid.setting(number), **values}
        sets = [assignment(key, value) for key, value in whole.items() if not key.startswith(DATA)]
        with self._opened() as config:
            return study.prepare(config.load([*sets, "execution.engine=vectorised"]), self._market(whole))

    def _prepared(self, number: int) -> OuterSetting:
        values = self.grid.setting(number)
        sets = [assignment(key, value) for key, value in values.items() if not key.startswith(DATA)]
        # The one engine that a sweep runs, whatever the config says; what only backtrader can run is in single_runs.
        sets.append("execution.engine=vectorised")
        with self._opened() as config:
            return OuterSetting(study.prepare(config.load(sets), self._market(values)), tuple(sets))

    def rules(self, number: int, setting: OuterSetting, box: tuple[range, ...]) -> tuple[Rules, Int64]:
        """Return the rules that a setting and a box of batched values are asked with, and which each variant has, (V,).

        Settings whose rules are the same share them, so that a rule is asked once for all settings that differ in what
        no rule can see, such as the lag or the start; and so do blocks.
        """
        seen = {k: repr(v) for k, v in self.grid.setting(number).items() if k.partition(".")[0] in SEEN_BY_RULES}
        tried = self.grid.inner
        own = {k: r for k, r in zip(tried, box, strict=True) if k not in ACCOUNT_KEYS}
        asked = together(own, tried)
        key = *seen.items(), *asked.items()
        with self._lock:
            found = self._rules.pop(key, None)
            if found is None:
                with self._opened() as config:
                    parameters = config.parameters(setting.sets)
                found = Rules(setting.study, parameters, {k: [tried[k][n] for n in r] for k, r in asked.items()})
            self._rules[key] = found
            while len(self._rules) > 1 and sum(r.memory.cells for r in self._rules.values()) > MOST_CELLS:
                del self._rules[next(iter(self._rules))]
        places = np.zeros(math.prod(map(len, box)), dtype=np.int64)
        along = dict(zip(tried, np.indices(tuple(map(len, box))).reshape(len(box), len(places)), strict=True))
        for k, r in asked.items():
            places = places * len(r) + along[k] + own[k].start - r.start
        return found, places

    def benchmark(self, test: study.PreparedRun, first_fill: int | None) -> Float64:
        """Return what a study's benchmark is worth at each close, (T,), for variants whose first fill is then.

        It is kept once for all variants that decide and fill on the same days.
        """
        backtest, config = test.backtest, test.config
        what = config.benchmark_config or repr(config.benchmark)
        key = (
            what, id(backtest.market), backtest.start, backtest.end, backtest.schedule, backtest.lag, backtest.fill,
            backtest.delisting, first_fill,
        )  # fmt: skip
        with self._lock:
            if key not in self._benchmarks:
                self._benchmarks[key] = study.benchmark_values(test, first_fill)[0]
            return self._benchmarks[key]

    def benchmark_stamps(self, test: study.PreparedRun) -> tuple[str, ...]:
        """Return the stamps that a study's benchmark brings with it."""
        config = test.config.benchmark_config
        if config is None:
            return ()
        with self._lock:
            if config not in self._stamps:
                self._stamps[config] = study.prepare(config, test.market).stamps
            return self._stamps[config]

    @contextmanager
    def _opened(self) -> Iterator[Variants]:
        """Yield the config, read once from a folder of its own; errors leave the folder out: it is nobody's.

        The folder lives as long as the package, as a rule's file and a benchmark's config are looked for in it.
        """
        with self._lock:
            if self._read is None:
                folder = self._unpacked()
                self._read = folder, Variants(folder / CONFIG)
            folder, config = self._read
            try:
                yield config
            except REFUSALS as error:
                raise BacktestError(self.without_folder(str(error))) from error

    def without_folder(self, text: str) -> str:
        """Return a sentence without the place that the config was read from, which is nobody's and gone afterwards."""
        if self._read is None:
            return text
        inside = re.escape(f"{self._read[0]}{os.sep}")
        return re.sub(rf"{inside}(?:{re.escape(CONFIG)}(?::\d+)?: )?", "", text)

    def _unpacked(self) -> Path:
        """Return a new folder with the config and all that it names."""
        folder = Path(tempfile.mkdtemp(prefix="fedcycle-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        (folder / MARKET).mkdir()
        for file, content in {CONFIG: self.config.encode(), **self.companions}.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content)
        return folder

    def _market(self, values: Mapping[str, Any]) -> Market:
        chosen = {key: value for key, value in values.items() if key.startswith(DATA)}
        return self.markets[self.grid.markets.index(chosen)]

    def account(self, key: str, value: Any) -> float | str:
        """Return a capital or a cost as a number, or the sentence for why a config refuses it."""
        asked = key, repr(value)
        if asked not in self._accounts:
            self._accounts[asked] = self._account(key, value)
        return self._accounts[asked]

    def _account(self, key: str, value: Any) -> float | str:
        try:
            with self._opened() as config:
                execution = config.load([assignment(key, value)]).execution
        except REFUSALS as error:
            return str(error)
        costs = execution.costs
        found = dict(zip(ACCOUNT_KEYS, (execution.capital, costs.commission_bps, costs.slippage_bps), strict=True))
        return float(found[key])


def portable(config: RunConfig) -> RunConfig:
    """Return a config whose market lies in the folder ``MARKET`` beside it, its benchmark's too."""
    values = {**config.values, "data": {**config.values["data"], "market": MARKET}}
    benchmark = None if config.benchmark_config is None else portable(config.benchmark_config)
    return dataclasses.replace(config, values=FrozenMapping(values), benchmark_config=benchmark)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
