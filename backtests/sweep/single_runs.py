"""Variants that are run one by one, as a run of their own: of a ``bt.Strategy``, and of short or leveraged accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fedcycle.backtests.core.backtrader_strategy import BacktraderStrategy
from fedcycle.backtests.core.flows import time_weighted
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.sweep.streaming_statistics import statistics_of
from fedcycle.backtests.sweep.task import SweepTask
from fedcycle.backtests.workflows import evaluation, study
from fedcycle.data.typing import Day


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
