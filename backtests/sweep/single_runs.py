"""Variants that are run one by one, as runs of their own: native ones, short accounts, and those that get a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fedcycle.backtests.config import RunConfig, assignment
from fedcycle.backtests.core.backtrader_strategy import BacktraderStrategy
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.fed_cycles import easing_cycles
from fedcycle.backtests.core.flows import time_weighted
from fedcycle.backtests.core.ledger import Ledger, measured
from fedcycle.backtests.inference import verdict
from fedcycle.backtests.inference.inputs import latest_fill
from fedcycle.backtests.sweep.streaming_statistics import statistics_of
from fedcycle.backtests.sweep.task import REFUSALS, SweepTask
from fedcycle.backtests.workflows import evaluation, study
from fedcycle.data.typing import Day, Float64


@dataclass(frozen=True)
class SingleRun:
    """What became of one variant: its period, its numbers by name (NaN where there is none) and its stamps."""

    start: Day
    end: Day
    sessions: int
    numbers: Mapping[str, float]
    stamps: tuple[str, ...]


def ledger_of(prepared: study.PreparedRun) -> Ledger:
    """Return the account of a study: on backtrader where only that can run it, else on the vectorised engine."""
    native = isinstance(prepared.backtest.strategy, BacktraderStrategy)
    return time_weighted(
        study.engine("backtrader" if native else "vectorised")(prepared.backtest), currency=prepared.market.currency
    )


def single_run(package: SweepTask, number: int, values: Mapping[str, Any]) -> SingleRun:
    """Run one variant of a sweep.

    Parameters
    ----------
    package : of the sweep
    number : of the setting of keys outside the batch
    values : batched key -> the variant's value

    Raises
    ------
    BacktestError, ConfigError, DataError, StrategyError
        If it cannot be run.
    """
    prepared = package.prepared(number, values)
    test = prepared.backtest
    ledger = ledger_of(prepared)
    bills = test.marks[:, test.market.column(evaluation.BILLS)]
    numbers = statistics_of(
        ledger,
        bills=bills,
        bills_value=ledger.of(evaluation.BILLS) * bills,
        benchmark=package.benchmark(prepared, ledger.first_fill),
    )
    stamps = tuple(dict.fromkeys([*prepared.stamps, *package.benchmark_stamps(prepared)]))
    return SingleRun(test.start, test.end, len(test.sessions), numbers, stamps)


MOST_VERDICTS = 24
"""Variants that are run again, each by itself, to be judged together; a larger grid is judged by its deflated ratio."""


def verdicts_of(
    variants: Sequence[Mapping[str, Any]], base: study.PreparedRun, load: Callable[[Sequence[str]], RunConfig]
) -> tuple[dict[int, dict[str, Any]], str | None]:
    """Return the verdict on each variant as the JSON has it, by its number; and why there are none, where so.

    All are measured from the latest first fill, against one benchmark over the same sessions, and judged together.

    Parameters
    ----------
    variants : dotted key -> value of each
    base : the study of no variant; those on its market have it without loading it again
    load : returns the config with some ``--set`` over it
    """
    if len(variants) > MOST_VERDICTS:
        judge = "the deflated Sharpe ratio judges the best of them"
        return {}, f"more than {MOST_VERDICTS} variants have no verdict each; {judge}"
    ran: dict[int, tuple[study.PreparedRun, Ledger]] = {}
    for n, values in enumerate(variants):
        try:
            config = load([assignment(key, value) for key, value in values.items()])
            same_data = (config.market, config.study.data) == (base.config.market, base.config.study.data)
            prepared = study.prepare(config, base.market if same_data else None)
            ran[n] = prepared, ledger_of(prepared)
        except REFUSALS:
            continue  # the table says what cannot be run, and why
    same = {(study.benchmark_name(each.config), ledger.sessions.tobytes()) for each, ledger in ran.values()}
    if len(same) != 1:
        return {}, "variants with other benchmarks or periods have no verdict beside each other" if ran else None
    return _together(ran), None


def _together(ran: dict[int, tuple[study.PreparedRun, Ledger]]) -> dict[int, dict[str, Any]]:
    since = latest_fill(ledger for _, ledger in ran.values())
    first, last = next((each, ledger) for each, ledger in ran.values() if ledger.first_fill == since or since is None)
    benchmark, _ = study.benchmark_of(first, last.first_fill)
    values: list[Float64] = [
        measured(ledger.value, since, at_fill=since != ledger.first_fill) for _, ledger in ran.values()
    ]
    judged = verdict.of_accounts(
        values,
        measured(benchmark.value, since),
        sessions=measured(last.sessions, since, at_fill=True),
        cycles=easing_cycles(first.market, first.config.cycles),
    )
    if len(judged) != len(ran):
        raise BacktestError(f"{len(ran)} variants were judged, {len(judged)} verdicts came back")
    return {n: entry.plain() for n, entry in zip(ran, judged, strict=True)}
