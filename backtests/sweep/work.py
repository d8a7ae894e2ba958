"""One block of a sweep, from its package to the columns of its variants' numbers."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedcycle.backtests import period, study
from fedcycle.backtests.backtest import Backtest
from fedcycle.backtests.config import assignment
from fedcycle.backtests.cycles import easing_cycles, final_cuts
from fedcycle.backtests.engines import batch
from fedcycle.backtests.errors import BacktestError
from fedcycle.backtests.rebalance import Costs
from fedcycle.backtests.sweep import asking
from fedcycle.backtests.sweep.figures import NUMBERS, figures
from fedcycle.backtests.sweep.grid import ACCOUNT_KEYS, Block
from fedcycle.backtests.sweep.package import REFUSALS, Package, Setting
from fedcycle.data.arrays import Days, Float64, Int64
from fedcycle.strategies.strategy import Strategy

Columns = dict[str, NDArray[Any]]
WIDTH = 256
"""Accounts kept at once: what a sweep needs in memory hangs on this and on the sessions, not on its variants."""
RULE = "strategy."


def run(package: Package, number: int) -> Columns:
    """Return the numbers of a block's variants, a column each; the same whoever runs it, and wherever."""
    block = package.grid.blocks[number]
    parts = [_setting(package, block, setting) for setting in block.settings]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {"variant": np.arange(block.first, block.first + block.count, dtype=np.int64), **joined}


@dataclass(eq=False)
class _Sheet:
    """The columns of one setting's variants while they are filled in."""

    count: int
    numbers: dict[str, Float64] = field(default_factory=dict)
    first: Days = field(default_factory=lambda: np.empty(0, dtype="datetime64[D]"))
    last: Days = field(default_factory=lambda: np.empty(0, dtype="datetime64[D]"))
    stamps: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.numbers = {name: np.full(self.count, np.nan) for name in NUMBERS}
        nothing = np.datetime64("NaT", "D")
        self.first, self.last = np.full(self.count, nothing), np.full(self.count, nothing)
        self.sessions = np.full(self.count, np.nan)
        self.stamps, self.refused = [""] * self.count, [""] * self.count

    def columns(self) -> Columns:
        texts = {"stamps": np.array(self.stamps, dtype=object), "refused": np.array(self.refused, dtype=object)}
        return {"start": self.first, "end": self.last, "sessions": self.sessions, **self.numbers, **texts}


def _setting(package: Package, block: Block, number: int) -> Columns:
    keys, sizes = list(package.grid.inner), [len(r) for r in block.box]
    sheet = _Sheet(math.prod(sizes))
    setting = package.setting(number)
    if isinstance(setting, str):
        sheet.refused = [setting] * sheet.count
        return sheet.columns()
    values = [[package.grid.inner[key][k] for k in places] for key, places in zip(keys, block.box, strict=True)]
    variants = _Variants(setting, keys, values)
    capital, rate = _accounts(package, setting, variants, sheet)
    for (start, end), members in variants.periods(sheet).items():
        test = replace(setting.study.backtest, start=start, end=end)
        _judge(setting, variants, test, members, capital=capital, rate=rate, sheet=sheet)
    return sheet.columns()


def _judge(
    setting: Setting,
    variants: _Variants,
    test: Backtest,
    members: list[int],
    *,
    capital: Float64,
    rate: Float64,
    sheet: _Sheet,
) -> None:
    """Run the variants of one period and fill in their numbers."""
    answers = asking.ask(test, variants.box(set(members)))
    for n, why in answers.refused.items():
        sheet.refused[n] = why
    alive = np.array([n for n in members if n not in answers.refused], dtype=np.int64)
    bills = test.marks[:, test.market.column(study.BILLS)]
    benchmark, stamps = study.benchmark_of(replace(setting.study, backtest=test))
    for n in alive.tolist():
        sheet.stamps[n] = ", ".join(dict.fromkeys([*variants.stamps[n], *stamps]))
    sheet.first[alive], sheet.last[alive], sheet.sessions[alive] = test.start, test.end, len(test.sessions)
    for some, same in _distinct(answers.which, alive, capital=capital, rate=rate):
        for at in range(0, len(some), WIDTH):
            chosen = some[at : at + WIDTH]
            accounts = batch.run(
                test, answers.targets, answers.which[:, chosen],
                capital=capital[chosen], rate=rate[chosen], cash_like=study.BILLS,
            )  # fmt: skip
            found = figures(accounts, test.sessions, bills=bills, benchmark=benchmark.value)
            mine = (same >= at) & (same < at + len(chosen))
            for name, column in found.items():
                sheet.numbers[name][alive[mine]] = column[same[mine] - at]


def _distinct(which: Int64, alive: Int64, *, capital: Float64, rate: Float64) -> Iterator[tuple[Int64, Int64]]:
    """Yield the variants whose accounts differ, (U,), and for each variant alive the place of its like, (V,)."""
    if not len(alive):
        return
    rows = np.concatenate([which[:, alive].astype(np.float64), capital[None, alive], rate[None, alive]])
    keys = [row.tobytes() for row in np.ascontiguousarray(rows.T)]
    places: dict[bytes, int] = {}
    same = np.array([places.setdefault(key, len(places)) for key in keys], dtype=np.int64)
    _, first = np.unique(same, return_index=True)
    yield alive[first], same


class _Variants:
    """The rules of one block under one setting, as the box of values they come from."""

    def __init__(self, setting: Setting, keys: Sequence[str], values: Sequence[Sequence[Any]]) -> None:
        self.setting, self.keys, self.values = setting, keys, values
        self.shape = tuple(map(len, values)) or (1,)
        self.axes: dict[str, tuple[int, ...]] = {}
        for axis, key in enumerate(keys):
            if key.startswith(RULE):
                name = key.split(".")[1]
                self.axes[name] = (*self.axes.get(name, ()), axis)
        self.compared: dict[str, Float64] = {}
        self.rules: list[Strategy | None] = []
        self.stamps: list[tuple[str, ...]] = []
        self.refused: dict[int, str] = {}
        self._construct()

    def _construct(self) -> None:
        """Make the rule of each variant, or keep the sentence that refuses it; each value is checked once."""
        found = {name: self._arguments(axes) for name, axes in self.axes.items()}
        for name, axes in self.axes.items():
            tried = list(found[name].values())
            if len(axes) == 1 and all(type(value) is float for value in tried):
                self.compared[name] = np.array(tried)
        base, make = dict(self.setting.parameters.base), self.setting.parameters.construct
        alone = self.setting.study.backtest.strategy
        for n, place in enumerate(np.ndindex(self.shape)):
            changed = {name: found[name][tuple(place[a] for a in axes)] for name, axes in self.axes.items()}
            wrong = next((value for value in changed.values() if isinstance(value, _Wrong)), None)
            rule: Strategy | None = alone
            try:
                if wrong is not None:
                    raise BacktestError(wrong.sentence)
                if changed:
                    rule = make({**base, **changed})
            except REFUSALS as error:
                self.refused[n], rule = str(error), None
            self.rules.append(rule)
        self.stamps = asking.shared(self.box(), lambda rule: rule.stamps())
        self._inform()

    def _inform(self) -> None:
        """Tell the true final cuts to the rules that ask for hindsight."""
        market, cycles = self.setting.study.market, self.setting.study.config.cycles
        if "target_change" not in market.series:
            return
        cuts = final_cuts(easing_cycles(market, cycles))
        same = asking.shared(self.box(), lambda rule: rule.informed(cuts) is rule)
        for n, rule in enumerate(self.rules):
            if rule is not None and not same[n]:
                self.rules[n] = rule.informed(cuts)

    def box(self, members: Collection[int] | None = None) -> asking.Box:
        """Return the rules as a box, those that are not among ``members`` left out."""
        chosen = [rule if members is None or n in members else None for n, rule in enumerate(self.rules)]
        return asking.Box(chosen, self.shape, self.axes, self.compared)

    def _arguments(self, axes: tuple[int, ...]) -> dict[tuple[int, ...], Any]:
        """Return one parameter's argument for each combination of the values it hangs on."""
        name = self.keys[axes[0]].split(".")[1]
        found: dict[tuple[int, ...], Any] = {}
        for place in np.ndindex(*(self.shape[axis] for axis in axes)):
            sets = [assignment(self.keys[a], self.values[a][k]) for a, k in zip(axes, place, strict=True)]
            try:
                found[place] = self.setting.parameters.under(sets)[name]
            except REFUSALS as error:
                found[place] = _Wrong(str(error))
        return found

    def periods(self, sheet: _Sheet) -> dict[tuple[Any, Any], list[int]]:
        """Return the variants that can be run, by first and last session; the others' refusals go into the sheet."""
        found: dict[tuple[Any, Any], list[int]] = {}
        known: dict[Any, tuple[Any, Any] | str] = {}
        needs = asking.shared(self.box(), lambda rule: (rule.named_assets(), tuple(rule.requirements().items())))
        for n, rule in enumerate(self.rules):
            if rule is None:
                sheet.refused[n] = self.refused[n]
                continue
            if sheet.refused[n]:
                continue
            if needs[n] not in known:
                known[needs[n]] = self._period(rule)
            span = known[needs[n]]
            if isinstance(span, str):
                sheet.refused[n] = span
            else:
                found.setdefault(span, []).append(n)
        return found

    def _period(self, rule: Strategy) -> tuple[Any, Any] | str:
        """Return the first and last session of a rule's run, or the sentence for why it cannot be run."""
        config, market = self.setting.study.config, self.setting.study.market
        stated = config.benchmark
        against = () if config.benchmark_config is not None else (stated,) if isinstance(stated, str) else tuple(stated)
        named = dict.fromkeys([*rule.named_assets(), *against, study.BILLS])
        try:
            start, end = period.resolve(market, config.start, end=config.end, assets=named, places=config.lines)
            replace(self.setting.study.backtest, strategy=rule, start=start, end=end)
        except REFUSALS as error:
            return str(error)
        return start, end


@dataclass(frozen=True)
class _Wrong:
    """Stands for an argument that a config would refuse."""

    sentence: str


def _accounts(package: Package, setting: Setting, variants: _Variants, sheet: _Sheet) -> tuple[Float64, Float64]:
    """Return each variant's capital and its cost of one unit of traded value, (V,)."""
    test = setting.study.backtest
    config = setting.study.config.execution
    numbers: Mapping[str, float] = dict(
        zip(ACCOUNT_KEYS, (test.capital, config.costs.commission_bps, config.costs.slippage_bps), strict=True)
    )
    columns = {key: np.full(variants.shape, number) for key, number in numbers.items()}
    for axis, key in enumerate(variants.keys):
        if key in ACCOUNT_KEYS:
            shape = [1] * len(variants.shape)
            shape[axis] = -1
            told = [package.account(key, value) for value in variants.values[axis]]
            for k, wrong in enumerate(told):
                if isinstance(wrong, str):
                    for n in np.flatnonzero(np.indices(variants.shape)[axis].reshape(-1) == k).tolist():
                        sheet.refused[n] = wrong
            fine = [numbers[key] if isinstance(number, str) else number for number in told]
            columns[key] = np.broadcast_to(np.array(fine).reshape(shape), variants.shape)
    capital, commission, slippage = (columns[key].reshape(-1) for key in ACCOUNT_KEYS)
    rate = [
        Costs(commission_bps=float(c), slippage_bps=float(s)).rate for c, s in zip(commission, slippage, strict=True)
    ]
    return np.ascontiguousarray(capital), np.array(rate)
