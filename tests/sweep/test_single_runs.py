"""Variants that are run one by one, of a bt.Strategy and of short accounts: each gives what its run gives alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests import config
from fedcycle.backtests.engines import vectorised
from fedcycle.backtests.sweep.results import digest
from fedcycle.backtests.sweep.streaming_statistics import statistics_of
from fedcycle.backtests.workflows import study as workflow

from .conftest import columns_of

NATIVE = '''
import backtrader as bt


class Cross(bt.Strategy):
    """Holds the first feed while its short average is above its long one."""

    params = (("fast", 5), ("slow", 20), ("share", 0.9))

    def __init__(self):
        close = self.data.close
        self.up = bt.ind.SMA(close, period=self.p.fast) > bt.ind.SMA(close, period=self.p.slow)

    def next(self):
        self.order_target_percent(target=self.p.share if self.up[0] else 0.0)
'''
PERIOD = "period: {start: 2019-01-02, end: 2020-12-31}\n"
CROSS = PERIOD + "strategy: {class: 'rules.py:Cross', feeds: [small]}\n"
SHARED = ("final_value", "cagr", "volatility", "sharpe", "max_drawdown", "costs_usd", "trades", "turnover_per_year")


def alone(file: Path | str, done: Any, number: int, *sets: str) -> Any:
    """Return the run that a variant is by itself."""
    own = [config.assignment(key, value) for key, value in done.grid.variant(number).items()]
    return workflow.execute(workflow.prepare(config.load(file, [*sets, *own])))


def assert_same_numbers(columns: Any, n: int, run: Any) -> None:
    own = run.summary["statistics"]
    for name in (*SHARED, "time_invested"):
        assert columns[name][n] == pytest.approx(own[name], rel=1e-9, abs=1e-12), name
    assert columns["excess_cagr"][n] == pytest.approx(run.summary["relative"]["excess_cagr"], rel=1e-9)


def test_a_sweep_of_a_bt_strategy_gives_what_each_run_gives_alone(study: Any, sweep: Any) -> None:
    grid = "sweep: {strategy.fast: [5, 10], strategy.slow: [20, 40], execution.costs.slippage_bps: [0.0, 20.0]}\n"
    file = study("base", CROSS + grid, rule=NATIVE)
    done, _, seen = sweep(file)
    columns = columns_of(done)
    assert len(done.grid) == 8
    assert seen[-1] == (8, 8)
    assert (columns["refused"] == "").all()
    for n in (0, 3, 6):
        assert_same_numbers(columns, n, alone(file, done, n))


@pytest.mark.slow
def test_it_gives_the_same_bytes_in_processes_beside_this_one(study: Any, sweep: Any) -> None:
    file = study("base", CROSS + "sweep: {strategy.fast: [5, 10, 15], strategy.slow: [20, 40]}\n", rule=NATIVE)
    here, _, _ = sweep(file, out="here")
    beside, _, _ = sweep(file, out="beside", jobs=2)
    assert len(here.grid.blocks) == 2
    assert digest(here.file) == digest(beside.file)


def test_a_variant_that_backtrader_refuses_leaves_the_others_alone(study: Any, sweep: Any) -> None:
    file = study("base", CROSS + "sweep: {strategy.share: [0.5, 1.5]}\n", rule=NATIVE)
    done, said, _ = sweep(file)
    columns = columns_of(done)
    assert columns["refused"][0] == ""
    assert "ended as Margin in backtrader's broker" in columns["refused"][1]
    assert any("1 of 2 variants cannot be run" in sentence for sentence in said)


def test_results_are_not_used_again_when_a_file_that_a_bt_strategy_reads_has_changed(study: Any, sweep: Any) -> None:
    rule = NATIVE.replace(
        "    def next(self):\n",
        "    def start(self):\n        import pathlib\n        file = pathlib.Path(__file__).with_name('share.txt')\n"
        "        self.share = float(file.read_text())\n\n    def next(self):\n",
    ).replace("self.p.share if", "self.share if")
    file = study("base", CROSS + "sweep: {strategy.fast: [5, 10]}\n", rule=rule)
    told = file.with_name("share.txt")
    told.write_text("0.9")
    first, _, _ = sweep(file)
    told.write_text("0.3")
    second, _, _ = sweep(file)
    assert first.id != second.id


def test_a_sweep_of_a_short_account_gives_what_each_run_gives_alone(sweep: Any) -> None:
    sets = (
        "period.start=2019-01-02",
        "sweep={execution.account.borrow_bps: [0.0, 300.0], strategy.short_size: [0.5, 1.0], execution.lag: [1, 5]}",
    )
    done, _, _ = sweep("spreads/small-minus-large", sets=sets)
    columns = columns_of(done)
    assert (columns["refused"] == "").all()
    for n in range(0, 8, 3):
        assert_same_numbers(columns, n, alone("spreads/small-minus-large", done, n, "period.start=2019-01-02"))
    # What the lender gets lowers the return by about that much of what is sold short.
    assert columns["cagr"][0] - columns["cagr"][4] == pytest.approx(0.015, abs=0.002)


def test_a_bound_that_a_decision_breaks_refuses_that_variant_alone(sweep: Any) -> None:
    sets = ("period.start=2020-01-02", "sweep_design=grid", "sweep={execution.account.gross: [1.5, 2.0]}")
    done, _, _ = sweep("spreads/small-minus-large", sets=sets)
    refused = columns_of(done)["refused"].tolist()
    assert "gross exposure of 2, but execution.account.gross allows 1.5" in refused[0]
    assert refused[1] == ""


def test_one_choice_at_a_time_of_a_short_account_is_put_beside_its_own(sweep: Any) -> None:
    sets = (
        "period.start=2015-01-02",
        "sweep_design=one_at_a_time",
        "sweep={execution.account.borrow_bps: [0.0, 300.0]}",
    )
    done, _, _ = sweep("spreads/small-minus-large", sets=sets)
    rows = done.document["contrasts"]["rows"]
    assert len(rows) == 2
    # 2.5% a year more of what is sold short than the config's own 0.5%.
    assert rows[1]["mean_return"]["difference"] == pytest.approx(-0.025, abs=0.002)


def test_numbers_of_an_account_kept_by_itself_are_those_of_the_engine_of_many(study: Any, sweep: Any) -> None:
    grid = "sweep: {strategy.recognise.pause.months: [3, 9]}\n"
    file = study("rate-cycle-timing", "period: {start: 2005-01-03, end: 2012-12-31}\n" + grid)
    done, _, _ = sweep(file)
    columns = columns_of(done)
    own = [config.assignment(key, value) for key, value in done.grid.variant(1).items()]
    prepared = workflow.prepare(config.load(file, own))
    ledger = vectorised.run(prepared.backtest)
    bills = prepared.backtest.marks[:, prepared.market.column("bills")]
    benchmark = workflow.benchmark_of(prepared, ledger.first_fill)[0].value
    found = statistics_of(ledger, bills=bills, bills_value=ledger.of("bills") * bills, benchmark=benchmark)
    for name, number in found.items():
        np.testing.assert_allclose(columns[name][1], number, rtol=1e-9, atol=1e-12, err_msg=name)
