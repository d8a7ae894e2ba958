"""One block of a sweep, from its package to the columns of its variants' numbers."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedcycle.backtests.core import period
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.backtests.core.stdout import stdout_to_stderr
from fedcycle.backtests.engines import vectorised_batch
from fedcycle.backtests.sweep.design import ACCOUNT_KEYS, Block, is_single
from fedcycle.backtests.sweep.single_runs import single_run
from fedcycle.backtests.sweep.streaming_statistics import NUMBERS, streaming_statistics
from fedcycle.backtests.sweep.task import REFUSALS, OuterSetting, SweepTask
from fedcycle.backtests.workflows import evaluation, study
from fedcycle.data.typing import Days, Float64, Int64
from fedcycle.strategies.strategy import Strategy

Columns = dict[str, NDArray[Any]]
WIDTH = 1024
"""Accounts kept at once: what a sweep needs in memory hangs on this and on the sessions, not on its variants."""
OWN = ("strategy", "schedule", "lag", "capital", "costs")
"""What each account of one pass has for itself; all else of a backtest they share."""


@stdout_to_stderr
def run(package: SweepTask, number: int) -> Columns:
    """Return the numbers of a block's variants, a column each; the same whoever runs it, and wherever."""
    block = package.grid.blocks[number]
    parts = [_Part(package, block, setting) for setting in block.settings]
    for together in _alike([job for part in parts for job in part.jobs()]):
        _judge(together)
    tables = [part.sheet.columns() for part in parts]
    joined = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
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


@dataclass(frozen=True, eq=False)
class _Job:
    """Variants of one setting with one period, their decisions made.

    Parameters
    ----------
    test : Backtest
    sheet : where their numbers belong
    members : (V,) their rows there
    targets : (A, N) distinct target weights, fraction of value
    which : (D, V) the row of them each variant decides on each decision day
    capital, rate : (V,)
    benchmark : session of a first fill, or None -> (T,) US dollars
    against : what the benchmark is, as text
    """

    test: Backtest
    sheet: _Sheet
    members: Int64
    targets: Float64
    which: Int64
    capital: Float64
    rate: Float64
    benchmark: Callable[[int | None], Float64]
    against: str

    @property
    def fills(self) -> Int64:
        """Return the sessions in which the decisions are due, (D,)."""
        return self.test.decisions + self.test.lag

    @property
    def first(self) -> Int64:
        """Return the session in which each variant's first fill is due, (V,); the number of sessions where none is."""
        wanted = (self.targets != 0.0).any(axis=1)[self.which]
        due = np.minimum(self.fills, len(self.test.sessions))
        return np.where(wanted.any(axis=0), due[wanted.argmax(axis=0)], len(self.test.sessions))


class _Part:
    """One setting of a block."""

    def __init__(self, package: SweepTask, block: Block, number: int) -> None:
        self.package, self.number, self.setting = package, number, package.setting(number)
        self.sheet = _Sheet(math.prod(map(len, block.box)))
        if isinstance(self.setting, str):
            self.sheet.refused = [self.setting] * self.sheet.count
            return
        values = {k: [package.grid.inner[k][n] for n in r] for k, r in zip(package.grid.inner, block.box, strict=True)}
        if is_single(self.setting.study.config):
            self._run_each(values)
            self.setting = "every variant was run by itself"
            return
        self.rules, self.places = package.rules(number, self.setting, block.box)
        self.capital, self.rate = _accounts(package, self.setting, values, self.sheet)

    def _run_each(self, values: Mapping[str, Sequence[Any]]) -> None:
        """Run the variants one by one, and fill in what is known of each."""
        sheet = self.sheet
        for n, each in enumerate(product(*values.values())):
            try:
                found = single_run(self.package, self.number, dict(zip(values, each, strict=True)))
            except REFUSALS as error:
                sheet.refused[n] = str(error)
                continue
            sheet.first[n], sheet.last[n], sheet.sessions[n] = found.start, found.end, found.sessions
            sheet.stamps[n] = ", ".join(found.stamps)
            for name, number in found.numbers.items():
                sheet.numbers[name][n] = number

    def jobs(self) -> Iterator[_Job]:
        """Ask the rules, and yield what there is to run, a period at a time; fill in what is known without it."""
        if isinstance(self.setting, str):
            return
        sheet, base = self.sheet, self.setting.study
        for (start, end), members in self._periods(base).items():
            study_ = replace(base, backtest=replace(base.backtest, start=start, end=end))
            test, some = study_.backtest, np.array(members, dtype=np.int64)
            answers = self.rules.memory.answers(test, self.places[some])
            if answers.refused:
                why = [answers.refused.get(place, "") for place in self.places[some].tolist()]
                for n, sentence in zip(members, why, strict=True):
                    sheet.refused[n] = sentence
                fine = np.array([not sentence for sentence in why])
                some, answers = some[fine], replace(answers, which=answers.which[:, fine])
            stamps = self.package.benchmark_stamps(study_)
            for n, place in zip(some.tolist(), self.places[some].tolist(), strict=True):
                sheet.stamps[n] = ", ".join(dict.fromkeys([*self.rules.stamps[place], *stamps]))
            sheet.first[some], sheet.last[some], sheet.sessions[some] = test.start, test.end, len(test.sessions)
            yield _Job(
                test, sheet, some, answers.targets, answers.which, self.capital[some], self.rate[some],
                partial(self.package.benchmark, study_), repr(study_.config.benchmark),
            )  # fmt: skip

    def _periods(self, base: study.PreparedRun) -> dict[tuple[Any, Any], list[int]]:
        """Return the variants that can be run, by first and last session; the others' refusals go into the sheet."""
        found: dict[tuple[Any, Any], list[int]] = {}
        known: dict[Any, tuple[Any, Any] | str] = {}
        for n, place in enumerate(self.places.tolist()):
            rule, need = self.rules.rules[place], self.rules.needs[place]
            if rule is None:
                self.sheet.refused[n] = self.rules.refused[place]
            elif not self.sheet.refused[n]:
                if need not in known:
                    known[need] = self._period(base, rule)
                span = known[need]
                if isinstance(span, str):
                    self.sheet.refused[n] = span
                else:
                    found.setdefault(span, []).append(n)
        return found

    def _period(self, base: study.PreparedRun, rule: Strategy) -> tuple[Any, Any] | str:
        """Return the first and last session of a rule's run, or the sentence for why it cannot be run."""
        config, market = base.config, base.market
        stated = config.benchmark
        against = () if config.benchmark_config is not None else (stated,) if isinstance(stated, str) else tuple(stated)
        named = dict.fromkeys([*rule.named_assets(), *against, evaluation.BILLS])
        try:
            start, end = period.resolve(market, config.start, end=config.end, assets=named, places=config.lines)
            replace(base.backtest, strategy=rule, start=start, end=end)
        except REFUSALS as error:
            return self.package.without_folder(str(error))
        return start, end


def _alike(jobs: Sequence[_Job]) -> Iterable[list[_Job]]:
    """Return together the jobs whose accounts can be kept in one pass: those that differ in nothing but ``OWN``."""
    found: dict[Any, list[_Job]] = {}
    for job in jobs:
        own = {f.name: getattr(job.test, f.name) for f in fields(job.test) if f.name not in OWN}
        found.setdefault((id(own.pop("market")), *own.items()), []).append(job)
    return found.values()


def _call_each(act: Callable[[Any], None], parts: Sequence[Any]) -> None:
    for part in parts:
        act(part)


def _judge(jobs: Sequence[_Job]) -> None:
    """Keep the accounts of jobs that go together, and fill in their numbers."""
    test = jobs[0].test
    bills = test.marks[:, test.market.column(evaluation.BILLS)]
    targets = np.concatenate([job.targets for job in jobs])
    capital, rate = (np.concatenate([getattr(job, name) for job in jobs]) for name in ("capital", "rate"))
    which = [job for job in jobs for _ in job.members]
    first = np.concatenate([job.first for job in jobs])
    some, same = _distinct(jobs, capital=capital, rate=rate)
    numbers = {name: np.full(len(some), np.nan) for name in NUMBERS}
    refused: dict[int, str] = {}

    def judge(places: Int64) -> None:
        chosen = some[places]
        levels, against = _benchmarks([which[n] for n in chosen.tolist()], first[chosen])
        try:
            found = streaming_statistics(
                test, targets, _orders(jobs, chosen), capital=capital[chosen], rate=rate[chosen],
                bills=bills, benchmark=levels, against=against, cash_like=evaluation.BILLS,
            )  # fmt: skip
        except BacktestError as error:
            # One account that cannot be kept, as its delisting proceeds are unknown, must not take the others along.
            if len(places) == 1:
                refused[int(places[0])] = str(error)
            else:
                _call_each(judge, np.array_split(places, 2))
            return
        for name, column in found.items():
            numbers[name][places] = column
        # A fill that had to wait for a price came later than it was due, and the benchmark comes with it.
        later = len(test.sessions) - found["returns"].astype(np.int64)
        waited = later != first[chosen]
        if waited.any():
            first[chosen] = later
            judge(places[waited])

    for at in range(0, len(some), WIDTH):
        judge(np.arange(at, min(at + WIDTH, len(some))))
    _fill_in(jobs, numbers, same=same, refused=refused)


def _fill_in(jobs: Sequence[_Job], numbers: Mapping[str, Float64], *, same: Int64, refused: Mapping[int, str]) -> None:
    """Write the numbers of distinct accounts, and why some have none, into the sheets of all that are the same."""
    done = 0
    for job in jobs:
        mine = same[done : done + len(job.members)]
        for name, column in numbers.items():
            job.sheet.numbers[name][job.members] = column[mine]
        for n, place in zip(job.members.tolist(), mine.tolist(), strict=True):
            job.sheet.refused[n] = refused.get(place, job.sheet.refused[n])
        done += len(job.members)


def _benchmarks(jobs: Sequence[_Job], first: Int64) -> tuple[Float64, Int64]:
    """Return the accounts of the benchmarks of some variants, (T, G), and which is each one's, (V,)."""
    columns: dict[tuple[int, int], int] = {}
    levels, against = [], []
    for job, at in zip(jobs, first.tolist(), strict=True):
        key = id(job), at
        if key not in columns:
            columns[key] = len(columns)
            levels.append(job.benchmark(at if at < len(job.test.sessions) else None))
        against.append(columns[key])
    return np.column_stack(levels), np.array(against, dtype=np.int64)


def _orders(jobs: Sequence[_Job], chosen: Int64) -> vectorised_batch.Orders:
    """Return what some of all jobs' variants decide, by the session it is due in, as rows of all jobs' targets."""
    found: dict[int, list[tuple[Int64, Int64]]] = {}
    first = shift = 0
    for job in jobs:
        places = np.flatnonzero((chosen >= first) & (chosen < first + len(job.members)))
        if len(places):
            which = job.which[:, chosen[places] - first]
            which += shift
            for at, rows in zip(job.fills.tolist(), which, strict=True):
                found.setdefault(at, []).append((places, rows))
        first, shift = first + len(job.members), shift + len(job.targets)
    return {at: parts[0] if len(parts) == 1 else _joined(parts) for at, parts in found.items()}


def _joined(parts: Sequence[tuple[Int64, Int64]]) -> tuple[Int64, Int64]:
    return np.concatenate([places for places, _ in parts]), np.concatenate([rows for _, rows in parts])


def _distinct(jobs: Sequence[_Job], *, capital: Float64, rate: Float64) -> tuple[Int64, Int64]:
    """Return the variants whose numbers differ, (U,), and for each variant the place of its like, (V,)."""
    other = np.ascontiguousarray(np.vstack([capital, rate]).T)
    places: dict[bytes, int] = {}
    same: list[int] = []
    shift = 0
    for job in jobs:
        due = hashlib.blake2b(job.fills.tobytes() + job.against.encode())
        for rows in np.ascontiguousarray(job.which.T):
            # What is decided on thousands of days is long, and there are thousands of variants: a digest stands for it.
            key = due.copy()
            key.update(rows + shift)
            key.update(other[len(same)])
            same.append(places.setdefault(key.digest(), len(places)))
        shift += len(job.targets)
    first = {place: n for n, place in reversed(list(enumerate(same)))}
    return np.array([first[place] for place in range(len(places))], dtype=np.int64), np.array(same, dtype=np.int64)


def _accounts(
    package: SweepTask, setting: OuterSetting, values: Mapping[str, Sequence[Any]], sheet: _Sheet
) -> tuple[Float64, Float64]:
    """Return each variant's capital and its cost of one unit of traded value, (V,)."""
    test = setting.study.backtest
    config = setting.study.config.execution
    shape = tuple(map(len, values.values())) or (1,)
    numbers: Mapping[str, float] = dict(
        zip(ACCOUNT_KEYS, (test.capital, config.costs.commission_bps, config.costs.slippage_bps), strict=True)
    )
    columns = {key: np.full(shape, number) for key, number in numbers.items()}
    for axis, key in enumerate(values):
        if key in ACCOUNT_KEYS:
            along = [1] * len(shape)
            along[axis] = -1
            told = [package.account(key, value) for value in values[key]]
            for k, wrong in enumerate(told):
                if isinstance(wrong, str):
                    for n in np.flatnonzero(np.indices(shape)[axis].reshape(-1) == k).tolist():
                        sheet.refused[n] = wrong
            fine = [numbers[key] if isinstance(number, str) else number for number in told]
            columns[key] = np.broadcast_to(np.array(fine).reshape(along), shape)
    capital, commission, slippage = (columns[key].reshape(-1) for key in ACCOUNT_KEYS)
    rate = [
        Costs(commission_bps=float(c), slippage_bps=float(s)).rate for c, s in zip(commission, slippage, strict=True)
    ]
    return np.ascontiguousarray(capital), np.array(rate)
