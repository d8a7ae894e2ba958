"""Every number of a run's JSON: statistics, verdicts, parts of the active return, exposures; from its first fill on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fedcycle.backtests import statistics
from fedcycle.backtests.analysis.active_return import active_return_parts
from fedcycle.backtests.analysis.benchmark_statistics import benchmark_table
from fedcycle.backtests.analysis.factor_exposure import factor_block
from fedcycle.backtests.analysis.group_exposure import by_sector, by_size
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.benchmark import Benchmark
from fedcycle.backtests.core.fed_cycles import How, easing_cycles
from fedcycle.backtests.core.ledger import Ledger, measured
from fedcycle.backtests.inference import verdict
from fedcycle.backtests.statistics.numerics import under_a_year
from fedcycle.data.typing import Days
from fedcycle.strategies.phase import phases
from fedcycle.strategies.schedule import month_end

BILLS = "bills"
"""The asset whose returns every risk-adjusted number is in excess of."""


def evaluate(
    test: Backtest, ledger: Ledger, benchmark: Benchmark, *, others: Sequence[Benchmark], cycles: How
) -> dict[str, Any]:
    """Return every number of a run, block by block, as its JSON has them.

    Parameters
    ----------
    test : Backtest
    ledger : its account
    benchmark : the one that answers the question
    others : those that stand beside it
    cycles : how easing cycles are dated
    """
    own, other = ledger.measured(), measured(benchmark.value, ledger.first_fill)
    factors = factor_block(test.market, own.sessions, value=own.value, benchmark=other)
    judged = _judged(test, ledger, benchmark, others=others, cycles=cycles)
    by = {"size": by_size(own, test.market), "sector": by_sector(own, test.market)}
    groups = {f"exposure_by_{key}": None if found is None else found.document for key, found in by.items()}
    return {"factors": factors} | _without_yearly(judged, ledger.sessions) | groups


def _judged(
    test: Backtest, ledger: Ledger, benchmark: Benchmark, *, others: Sequence[Benchmark], cycles: How
) -> dict[str, Any]:
    """Return the statistics of a run, the verdict on it and the parts of its active return."""
    setting = _setting(test, ledger, benchmark, cycles)
    found = statistics.summarise(ledger, setting)
    own, other = ledger.measured(), measured(setting.benchmark_value, ledger.first_fill)
    judged = verdict.of_account(own.value, other, sessions=own.sessions, cycles=setting.cycles)
    rest = verdict.without_each_cycle(own.value, other, own.sessions, setting.cycles)
    parts = active_return_parts(ledger, benchmark.account, test.market, cycles=setting.cycles, phases=setting.phases)
    found["benchmark_statistics"] = dict(benchmark_table(ledger, benchmark.value, market=test.market))
    found["relative"] |= {"verdict": judged.plain(), "without_cycle": rest, "attribution": parts}
    found["relative_to_others"] = [_beside(ledger, setting, each) for each in others]
    return found


def _beside(ledger: Ledger, setting: statistics.EvaluationInputs, benchmark: Benchmark) -> dict[str, Any]:
    """Return the figures of a run against another benchmark than the one that answers its question."""
    since = setting.since(ledger.first_fill)
    own, other = ledger.measured(), measured(benchmark.value, ledger.first_fill)
    found = statistics.relative(
        own.value, other, bills=since.bills, sessions=own.sessions, name=benchmark.name, month_ends=since.month_ends
    )
    judged = verdict.of_account(own.value, other, sessions=own.sessions, cycles=setting.cycles)
    return {**found, "verdict": judged.plain()}


def _without_yearly(judged: dict[str, Any], sessions: Days) -> dict[str, Any]:
    """Return figures without returns a year where the run is no year long."""
    if not under_a_year(sessions):
        return judged
    own, other = (judged[key] | dict.fromkeys(("cagr", "calmar")) for key in ("statistics", "benchmark_statistics"))
    return judged | {
        "statistics": own,
        "benchmark_statistics": other,
        "relative": judged["relative"] | {"excess_cagr": None},
        "relative_to_others": [entry | {"excess_cagr": None} for entry in judged["relative_to_others"]],
    }


def _setting(test: Backtest, ledger: Ledger, benchmark: Benchmark, cycles: How) -> statistics.EvaluationInputs:
    """Return what a run is judged by."""
    market = test.market
    first, stop = test.bounds
    sessions, bills = ledger.sessions, test.marks[:, market.column(BILLS)]
    changes = market.series["target_change"]
    turns = market.chronology if market.chronology is not None else market.series["nber_turning_point"]
    return statistics.EvaluationInputs(
        benchmark=benchmark.name,
        benchmark_value=benchmark.value,
        bills=bills,
        bills_value=ledger.of(BILLS) * bills,
        prices=test.marks[:, [market.column(asset) for asset in ledger.assets]],
        calendar=market.sessions,
        month_ends=month_end(market.sessions, market.sessions[:0])[first:stop],
        phases=phases(sessions, changes.known_on, change_bp=changes.values),
        recession=statistics.in_recession(sessions, turns.observed_on, turns=turns.values),
        cycles=easing_cycles(market, cycles),
    )
