"""RunConfig: one config, resolved and checked, with everything it takes to run it, to store it and to explain it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from fedcycle.backtests.config import layering, model, serialize, strategy_params
from fedcycle.backtests.config.code_identity import Source
from fedcycle.backtests.config.data_set import data_set
from fedcycle.backtests.config.dates import listed, schedule_name
from fedcycle.backtests.config.model import StudySchema
from fedcycle.backtests.config.nested_strategies import Rule
from fedcycle.backtests.config.renamed import notes, up_to_date
from fedcycle.backtests.config.strategy_loader import Found
from fedcycle.backtests.config.validate import InvalidConfigError, at, not_finite, validated
from fedcycle.backtests.config.yaml_reader import Node, shown
from fedcycle.backtests.core.account import Account
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.data.frozen_mapping import FrozenMapping
from fedcycle.data.market import Market
from fedcycle.data.typing import Day
from fedcycle.strategies.strategy import Strategy

BENCHMARK_FILE = "benchmark-{name}.yaml"


@dataclass(frozen=True, eq=False)
class RunConfig:
    """One config, resolved and checked.

    Attributes
    ----------
    file : the config that was asked for
    values : every key and value, as plain data with dates; ``data`` is the same with dates as texts
    lines : dotted key -> ``file:line``, the ``--set``, or ``default of Class``
    rule_files : name -> bytes of each user's file that a rule of the config came from: its own, the modules it imports
        and the files they open while they are loaded
    rule_modules : name -> what is known of each installed module and distribution that a rule of the config uses
    sources : the user's own files and modules that the config's rules came from
    benchmark_config : the config that is the benchmark, or None
    notes : what was read otherwise than it was written, such as an old name of a key
    market : ``bundle``, the folder of a built data set or of the store's newest vintage, or ``store`` where nobody
        said where that is
    """

    file: Path
    values: Mapping[str, Any]
    lines: Mapping[str, str]
    market: str | Path
    rule_files: Mapping[str, bytes]
    rule_modules: Mapping[str, bytes]
    benchmark_config: RunConfig | None
    study: StudySchema
    rule: Strategy
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()

    def strategy(self) -> Strategy:
        """Return the rule with its parameters."""
        return self.rule

    @property
    def name(self) -> str:
        """Return the study's name, which becomes part of a folder's name."""
        return self.study.name

    @property
    def question(self) -> str:
        """Return the question the study asks."""
        return self.study.question

    @property
    def start(self) -> Day:
        """Return the first day of the run as written; it need not be a session."""
        return np.datetime64(self.study.period.start, "D")

    @property
    def end(self) -> Day | None:
        """Return the last day of the run as written, or None for as far as the data reach."""
        end = self.study.period.end
        return None if end is None else np.datetime64(end, "D")

    @property
    def schedule(self) -> str:
        """Return the name of the schedule."""
        return schedule_name(self.values["schedule"])

    @property
    def cycles(self) -> Literal["runs", "episodes"]:
        """Return how cycles are dated in reports."""
        return self.study.cycles

    @property
    def execution(self) -> model.Execution:
        """Return engine, capital, lag, fill, band, units, delisting, costs and account as written."""
        return self.study.execution

    @property
    def costs(self) -> Costs:
        """Return the costs of a trade."""
        costs = self.execution.costs
        return Costs(commission_bps=costs.commission_bps, slippage_bps=costs.slippage_bps)

    @property
    def account(self) -> Account:
        """Return what the account may hold, and what shorts and loans cost."""
        return Account(**self.execution.account.model_dump())

    @property
    def benchmark(self) -> str | Mapping[str, float]:
        """Return the benchmark's asset or weights, or the name of the config that is the benchmark."""
        if self.benchmark_config is not None:
            return self.benchmark_config.name
        return _holding(stated_benchmarks(self.study)[0])

    @property
    def other_benchmarks(self) -> tuple[str | Mapping[str, float], ...]:
        """Return the assets or weights that stand beside the benchmark that answers the question."""
        return tuple(_holding(stated) for stated in stated_benchmarks(self.study)[1:])

    @property
    def sweep(self) -> Mapping[str, Any]:
        """Return dotted key -> values to try, a list or a range; only ``fedcycle sweep`` reads it."""
        return FrozenMapping(self.study.sweep)

    @property
    def sweep_variants(self) -> Mapping[str, Mapping[str, Any]]:
        """Return name -> dotted keys and values set together, and ``against`` where the config says so."""
        return FrozenMapping(self.study.sweep_variants)

    @cached_property
    def data(self) -> dict[str, Any]:
        """Return the resolved config as JSON can hold it, dates as ``YYYY-MM-DD``."""
        return {key: serialize.jsonable(value) for key, value in self.values.items()}

    @cached_property
    def companions(self) -> Mapping[str, bytes]:
        """Return the files that ``dump()`` names beside itself, a user's rules or a benchmark config: name -> bytes."""
        files = dict(self.rule_files)
        if self.benchmark_config is not None:
            beside = {
                BENCHMARK_FILE.format(name=self.benchmark_config.name): self.benchmark_config.dump().encode(),
                **self.benchmark_config.companions,
            }
            for name, content in beside.items():
                if files.setdefault(name, content) != content:
                    raise ConfigError(
                        f"{self.lines['benchmark']}: the benchmark has another {name} than the study; rename one"
                    )
        return FrozenMapping(files)

    def dump(self) -> str:
        """Return the resolved config as YAML; beside its ``companions`` it runs again and gives the same data."""
        return serialize.text(self.values)

    def show(self) -> str:
        """Return the resolved config as YAML, each value with the file and line it came from."""
        return serialize.text(self.values, lambda path: self.lines[".".join(path)])

    def origins(self) -> dict[str, dict[str, Any]]:
        """Return dotted key -> ``{"value", "from"}``, for ``config show --json``."""
        return {
            key: {"value": serialize.jsonable(value), "from": self.lines[key]}
            for key, value in ((".".join(path), value) for path, value in serialize.leaves(self.values))
        }

    def backtest(self, market: Market, *, start: Day, end: Day, strategy: Strategy | None = None) -> Backtest:
        """Return the Backtest of this config between two sessions of a market, with its rule or an informed one."""
        return Backtest(
            market=market,
            strategy=strategy or self.rule,
            start=start,
            end=end,
            schedule=self.schedule,
            capital=self.execution.capital,
            costs=self.costs,
            fill=self.execution.fill,
            lag=self.execution.lag,
            band=self.execution.band,
            units=self.execution.units,
            delisting=self.execution.delisting,
            account=self.account,
            flow=0.0 if self.study.flows is None else self.study.flows.amount,
            flow_schedule="month_end" if self.study.flows is None else self.study.flows.every,
        )


def load(
    ref: str | Path, sets: Iterable[str] = (), directory: Path | None = None, *, store: Path | None = None
) -> RunConfig:
    """Return the config that a path or the name of a shipped one means.

    Parameters
    ----------
    ref : a path, or a shipped name
    sets : ``a.b=1``, overrides of the file, in this order
    directory : where relative paths of ``ref`` and ``sets`` start; None for the working directory
    store : the data folder whose newest vintage ``data.market: store`` means; None leaves that unsaid

    Raises
    ------
    ConfigError
        With file, line, key, value and remedy. If several things are wrong it is an InvalidConfigError whose text is
        the first of its ``problems``.
    """
    return _load(str(ref), tuple(sets), directory=directory, store=store, as_benchmark=False)


def check(ref: str | Path, sets: Iterable[str] = (), directory: Path | None = None) -> tuple[str, ...]:
    """Return a sentence for each thing wrong with a config; empty if it is valid."""
    try:
        load(ref, sets, directory)
    except InvalidConfigError as error:
        return error.problems
    except ConfigError as error:
        return (str(error),)
    return ()


def _load(
    ref: str, sets: tuple[str, ...], *, directory: Path | None, store: Path | None, as_benchmark: bool
) -> RunConfig:
    file, tree = layering.resolve(ref, sets, directory)
    return built(file, tree, store=store, as_benchmark=as_benchmark, benchmarks={})


def built(
    file: Path,
    tree: Node,
    *,
    benchmarks: dict[Path, RunConfig],
    store: Path | None = None,
    as_benchmark: bool = False,
    found: Found | None = None,
) -> RunConfig:
    """Return the config of a tree that was read from a file; ``benchmarks`` keeps the benchmark configs read so far.

    ``found`` is the rule's class where it was handed over and no file says where it is.
    """
    tree = up_to_date(tree)
    study, rule = _checked(tree, found)
    market = data_set(study.data.market, at(tree, "data", "market"), store)
    benchmark = _benchmark(study, tree, file=file, store=store, known=None if as_benchmark else benchmarks)
    values = study.model_dump()
    # Of the store its vintage, so that a run's config runs again on the same data.
    values["data"]["market"] = str(market)
    values["strategy"] = dict(rule.document)
    values["schedule"] = listed(values["schedule"], at(tree, "schedule"))
    if benchmark is not None:
        named = BENCHMARK_FILE.format(name=benchmark.name)
        stated = values["benchmark"]
        values["benchmark"] = [named, *stated[1:]] if isinstance(stated, list) else named
    config = RunConfig(
        file=file,
        values=FrozenMapping(values),
        lines=FrozenMapping(serialize.origins(values, tree)),
        market=market,
        rule_files=rule.files,
        rule_modules=rule.modules,
        benchmark_config=benchmark,
        study=study,
        rule=rule.strategy,
        sources=(*rule.sources, *(() if benchmark is None else benchmark.sources)),
        notes=notes(tree),
    )
    _ = config.companions  # two files of one name are refused here, before anything runs
    return config


def _checked(tree: Node, found: Found | None) -> tuple[StudySchema, Rule]:
    """Return the config and its rule, or raise with the problems of both together."""
    problems: list[str] = []
    study = rule = None
    try:
        study = validated(tree)
    except InvalidConfigError as error:
        problems.extend(error.problems)
        cause: ConfigError = error
    if isinstance(at(tree, "strategy").value, Mapping):
        try:
            rule = strategy_params.rule(at(tree, "strategy"), found=found)
            if infinite := list(not_finite(at(tree, "strategy"), ("strategy",))):
                raise InvalidConfigError(infinite)
        except ConfigError as error:
            problems.extend(error.problems if isinstance(error, InvalidConfigError) else [str(error)])
            cause = error
    if study is None or rule is None:
        raise InvalidConfigError(problems) from cause
    return study, rule


def _benchmark(
    study: StudySchema, tree: Node, *, file: Path, store: Path | None, known: dict[Path, RunConfig] | None
) -> RunConfig | None:
    """Return the config that is the benchmark, if one is; its own must not be a config: there is no circle.

    ``known`` keeps what was read so far; it is None for a benchmark's own.
    """
    (stated, *others), node = stated_benchmarks(study), at(tree, "benchmark")
    if more := next((other for other in others if isinstance(other, str) and _names_config(other)), None):
        raise ConfigError(
            f"{node.place}: benchmark lists {shown(more)}, a config, after the first; write it first, or what it holds"
        )
    if not isinstance(stated, str) or not _names_config(stated):
        return None
    try:
        found = layering.find(stated, node.source.directory)
        if found.resolve() == file.resolve():
            raise ConfigError("that is the config itself; write an asset, weights or another config")
        if known is None:
            raise ConfigError(f"{file.name} is itself a benchmark; give it an asset or weights as its benchmark")
        if found not in known:
            known[found] = _load(str(found), (), directory=None, store=store, as_benchmark=True)
        return known[found]
    except ConfigError as error:
        raise ConfigError(f"{node.place}: benchmark is {shown(stated)}, but {error}") from error


def stated_benchmarks(study: StudySchema) -> list[str | dict[str, float]]:
    """Return the benchmarks that a config states, the one that answers its question first."""
    return study.benchmark if isinstance(study.benchmark, list) else [study.benchmark]


def _holding(stated: str | dict[str, float]) -> str | Mapping[str, float]:
    return stated if isinstance(stated, str) else FrozenMapping(stated)


def _names_config(text: str) -> bool:
    return text.endswith(layering.SUFFIXES) or "/" in text or text in layering.shipped()
