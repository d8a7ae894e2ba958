"""Deposits and withdrawals are flows, not profit: in both engines, for rules and for a bt.Strategy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests.config import load
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.flows import account_of, money_weighted, time_weighted
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.backtests.engines import backtrader, vectorised
from fedcycle.backtests.workflows.study import execute, prepare
from fedcycle.data import Market
from fedcycle.strategies.library import load as rule

DAYS = np.array(["2001-01-30", "2001-01-31", "2001-02-01", "2001-02-28", "2001-03-01"], dtype="datetime64[D]")
PRICES = np.array([[10.0], [10.0], [20.0], [10.0], [15.0]])
ENGINES = pytest.mark.parametrize("engine", [backtrader.run, vectorised.run], ids=["backtrader", "vectorised"])


def savings(**options: Any) -> Backtest:
    market = Market("flows", DAYS, ("a",), PRICES)
    hold = rule("BuyAndHold")(asset="a")
    start, end = DAYS[0], DAYS[-1]
    return Backtest(market=market, strategy=hold, start=start, end=end, capital=100.0, **{"flow": 100.0, **options})


@ENGINES
def test_a_deposit_arrives_at_the_close_and_is_invested_with_the_next_fill(engine: Any) -> None:
    ledger = engine(savings())
    # Decided on the 30th, filled on the 31st: 10 units; 100 arrive at that close. On 2001-02-01 the decision of the
    # 31st is filled: 300 in all at 20, so 15 units. On 2001-02-28 they are 150, and 100 arrive. On 2001-03-01 the
    # decision of the 28th: 15 x 15 + 100 = 325 at 15.
    np.testing.assert_allclose(ledger.value, [100, 200, 300, 250, 325], rtol=1e-11)
    np.testing.assert_allclose(ledger.of("a"), [0, 10, 15, 15, 325 / 15], rtol=1e-11)
    assert ledger.flows.tolist() == [0, 100, 0, 100, 0]


@ENGINES
def test_returns_are_time_weighted(engine: Any) -> None:
    found = time_weighted(engine(savings()), currency="USD")
    # Growth by session: 1 (100 paid in), then 300 of 200, 150 of 300 (100 paid in) and 325 of 250.
    np.testing.assert_allclose(found.value, 100 * np.cumprod([1, 1, 1.5, 0.5, 1.3]), rtol=1e-11)
    np.testing.assert_allclose(found.of("a") * PRICES[:, 0] + found.cash, found.value, rtol=1e-11)
    assert account_of(found)["final_value"] == pytest.approx(325, rel=1e-11)
    assert account_of(found)["paid_in"] == 200.0


@ENGINES
def test_more_cannot_be_paid_out_than_there_is_in_cash(engine: Any) -> None:
    with pytest.raises(BacktestError, match=r"50\.00 USD are to be paid out on 2001-01-31, but there is 0\.00 in cash"):
        engine(savings(flow=-50.0))


def test_engines_agree_with_costs_and_flows() -> None:
    test = savings(costs=Costs(commission_bps=10.0), flow=37.0)
    one, other = backtrader.run(test), vectorised.run(test)
    np.testing.assert_allclose(one.value, other.value, rtol=1e-12)


def test_a_money_weighted_return_worked_by_hand() -> None:
    # 100 and a year later 100 more, worth 220 after two: 100 x^2 + 100 x = 220, x = (-1 + sqrt(9.8)) / 2.
    days = np.array(["2001-01-01", "2002-01-01", "2003-01-01"], dtype="datetime64[D]")
    found = money_weighted(days, np.array([100.0, 200.0, 220.0]), np.array([0.0, 100.0, 0.0]))
    # 365 days are a little less than a year of 365.25.
    assert found == pytest.approx((-1 + np.sqrt(9.8)) / 2 - 1, abs=1e-4)


def test_deposits_without_a_trade_earn_nothing(tmp_path: Path) -> None:
    (tmp_path / "saver.py").write_text(
        "import backtrader as bt\n\nclass Saver(bt.Strategy):\n    def __init__(self):\n"
        "        self.add_timer(when=bt.timer.SESSION_START, monthdays=[1], monthcarry=True)\n"
        "    def notify_timer(self, timer, when, *args, **kwargs):\n        self.broker.add_cash(1000.0)\n"
    )
    (tmp_path / "saver.yaml").write_text(
        "name: saver\nperiod: {start: 2015-01-02, end: 2017-12-29}\n"
        "strategy: {class: 'saver.py:Saver', feeds: [large]}\n"
    )
    done = execute(prepare(load(tmp_path / "saver.yaml")))
    assert done.summary["statistics"]["total_return"] == 0.0
    assert done.summary["account"] == {
        "paid_in": 36_000.0,
        "paid_out": 0.0,
        "flows": 36,
        "final_value": 1_036_000.0,
        "money_weighted_return": pytest.approx(0.0, abs=1e-9),
        "money_weighted_return_per_year": pytest.approx(0.0, abs=1e-9),
    }
    assert "figures are time-weighted" in done.ledger.notes[-1]


def test_a_config_pays_in(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(
        "extends: buy-and-hold-large\nname: plan\nperiod: {start: 2015-01-02, end: 2017-12-29}\n"
        "flows: {amount: 1000, every: month_end}\n"
    )
    plain = execute(prepare(load("buy-and-hold-large", ["period.start=2015-01-02", "period.end=2017-12-29"])))
    plan = execute(prepare(load(tmp_path / "plan.yaml", ["execution.capital=1000.0"])))
    assert plan.summary["account"]["paid_in"] == 36_000.0
    # The same asset all the time: what is paid in waits a session in cash, so the returns are near, not equal.
    assert plan.summary["statistics"]["cagr"] == pytest.approx(plain.summary["statistics"]["cagr"], abs=0.02)


def test_the_page_puts_money_weighted_beside_time_weighted_and_gives_the_benchmark_the_same_flows(
    tmp_path: Path,
) -> None:
    from fedcycle.backtests.analysis.measured_run import measured_run
    from fedcycle.backtests.tearsheet import page
    from fedcycle.backtests.tearsheet.sections import flows

    (tmp_path / "plan.yaml").write_text(
        "extends: buy-and-hold-small\nname: plan\nperiod: {start: 2015-01-02, end: 2017-12-29}\n"
        "execution: {capital: 1000.0, costs: {slippage_bps: 0.0}}\n"
        "flows: {amount: 1000, every: month_end}\nbenchmark: small\n"
    )
    study = prepare(load(tmp_path / "plan.yaml"))
    run = execute(study)
    shown = measured_run(run)
    assert len(shown.ledger.flows) == len(shown.ledger.account) == len(shown.ledger.sessions)
    found = flows.section(shown, study.market)
    money, timed = (100 * run.summary[block][key] for block, key in (
        ("account", "money_weighted_return_per_year"), ("statistics", "cagr"),
    ))  # fmt: skip
    assert found.finding.startswith("$36,000 were paid in, 36 flows in all; the account ends at $")
    assert f"{money:.1f}% a year money-weighted, {timed:.1f}% time-weighted" in found.finding
    # The run holds its benchmark without costs; what is paid in waits a session in cash, the benchmark's does not.
    own = flows.with_flows(measured_run(run).benchmark_value, 1000.0, shown.ledger.flows)
    assert own[-1] == pytest.approx(shown.ledger.account[-1], rel=0.01)
    # Deposits are no gain of the benchmark's either.
    small = study.market.prices[:, study.market.column("small")]
    first, last = (int(np.searchsorted(study.market.sessions, day)) for day in run.ledger.sessions[[1, -1]])
    assert run.benchmark_value[-1] / 1000.0 == pytest.approx(small[last] / small[first], rel=1e-9)
    assert abs(run.summary["relative"]["excess_cagr"]) < 0.02
    html = page.render(run, study.market)
    assert "Deposits and withdrawals" in html
    plain = prepare(load("buy-and-hold-large", ["period.start=2020-01-02", "execution.engine=vectorised"]))
    assert flows.section(measured_run(execute(plain)), plain.market) is None


def test_flows_on_a_level_are_worked_by_hand() -> None:
    from fedcycle.backtests.tearsheet.sections.flows import with_flows

    # 100 at 1.0; at 1.1 it is 110, and 50 come: 160; at 1.21 they are 176, and 200 cannot be paid out.
    assert with_flows(np.array([1.0, 1.1, 1.21]), 100.0, np.array([0.0, 50.0, -200.0])).tolist() == pytest.approx(
        [100.0, 160.0, 0.0]
    )
