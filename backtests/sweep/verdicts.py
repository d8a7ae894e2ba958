"""The verdict on every variant of a small sweep, all judged together: what a choice among them may be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fedcycle.backtests.config import RunConfig, assignment
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.fed_cycles import easing_cycles
from fedcycle.backtests.core.ledger import Ledger, measured
from fedcycle.backtests.inference import verdict
from fedcycle.backtests.inference.inputs import latest_fill
from fedcycle.backtests.sweep.single_runs import ledger_of
from fedcycle.backtests.sweep.strategy_grid import REFUSALS
from fedcycle.backtests.workflows import study
from fedcycle.data.typing import Float64

MOST = 24
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
    if len(variants) > MOST:
        return {}, f"more than {MOST} variants have no verdict each; the deflated Sharpe ratio judges the best of them"
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
