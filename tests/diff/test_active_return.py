"""Contributions to the active return: worked by hand over three sessions, and adding up whatever the accounts did."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedcycle.backtests.analysis.active_return import active_return_parts
from fedcycle.backtests.analysis.attribution import holdings_of
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.backtests.engines import vectorised
from fedcycle.backtests.engines.benchmark_account import benchmark_account, benchmark_value
from fedcycle.backtests.statistics.numerics import years
from fedcycle.data import Market
from fedcycle.strategies import Strategy
from fedcycle.strategies.library.fixed_mix import FixedMix

from ..property_tests import examples

N = 300
DAYS = np.busday_offset("2001-01-01", np.arange(N), roll="forward").astype("datetime64[D]")


class Scripted(Strategy):
    """Holds what a script says at each close."""

    script: Any = None

    def weights(self, view: Any) -> Any:
        return self.script(int(np.searchsorted(DAYS, view.today)))


def parts_of(market: Market, script: Any, benchmark: dict[str, float], **options: Any) -> tuple[Any, float]:
    """Return the parts of a run against a benchmark, and its active return by plain arithmetic."""
    rule = type("Rule", (Scripted,), {"script": staticmethod(script)})()
    days = market.sessions
    test = Backtest(market=market, strategy=rule, start=days[0], end=days[-1], schedule="daily", **options)
    ledger = vectorised.run(test)
    account = benchmark_account(test, FixedMix(weights=benchmark), first_fill=ledger.first_fill)
    first = ledger.first_fill
    other = benchmark_value(test, account)
    phases = np.array(["easy"] * (len(days) // 2) + ["hiking"] * (len(days) - len(days) // 2))
    found = active_return_parts(ledger, account, market, cycles=(), phases=phases)
    if first is None:
        return found, 0.0
    a, b, span = ledger.value[-1] / test.capital, other[-1] / test.capital, years(days[first:])
    return found, a ** (1 / span) - b ** (1 / span)


def test_three_sessions_by_hand() -> None:
    # Bought at the second close: small +10%, then -10%, while large stands still. Held: small, then half of each.
    prices = np.array([[100.0, 100.0], [100.0, 100.0], [110.0, 100.0], [99.0, 100.0]])
    market = Market("made", DAYS[:4], ("small", "large"), prices)
    script = [{"small": 1.0}, {"small": 0.5, "large": 0.5}, {"small": 0.5, "large": 0.5}]
    found, _ = parts_of(market, lambda t: script[min(t, 2)], {"large": 1.0})
    # 1.1 x 0.95 = 1.045 against 1: relative wealth +4.5%, as it is no year long.
    assert found["unit"] == "relative wealth"
    assert found["active_return"] == pytest.approx(0.045)
    # Carino: k = log(growth) of a session over its return; relative wealth is L(1.045, 1) times the logarithms' sum.
    link = 0.045 / math.log(1.045)
    small = link * (math.log(1.10) + math.log(0.95))
    by_asset = {row["asset"]: row for row in found["by_asset"]}
    assert by_asset["small"]["active_return"] == pytest.approx(small)
    # The mean weight of small at the three closes is (0 + 1 + 0.5) / 3 = 0.5, of which the sessions' returns have 0.5.
    on_average = link * 0.5 * (math.log(1.10) + math.log(0.95) / 0.5)
    assert by_asset["small"]["average"] == pytest.approx(on_average)
    # What the benchmark holds alone earns nothing beyond the benchmark.
    assert by_asset["large"]["active_return"] == pytest.approx(0.0, abs=1e-15)
    assert by_asset["uninvested cash"]["active_return"] == pytest.approx(0.0, abs=1e-12)
    assert found["parts"]["costs"] == 0.0
    assert found["by_phase"]["easy"]["active_return"] == pytest.approx(link * math.log(1.10))
    assert found["by_phase"]["hiking"]["active_return"] == pytest.approx(link * math.log(0.95))


def test_cash_beside_a_rising_benchmark_is_what_it_cost() -> None:
    prices = 100 * 1.001 ** np.arange(N)[:, None] * np.ones((1, 2))
    market = Market("made", DAYS, ("small", "large"), prices)
    found, expected = parts_of(market, lambda t: {"large": 0.5}, {"large": 1.0})
    assert found["unit"] == "fraction per year"
    assert found["active_return"] == pytest.approx(expected)
    cash = {row["asset"]: row["active_return"] for row in found["by_asset"]}["uninvested cash"]
    assert cash == pytest.approx(expected, rel=1e-9)


@settings(max_examples=examples(25))
@given(
    seed=st.integers(0, 10**6),
    bps=st.sampled_from([0.0, 30.0]),
    lag=st.integers(1, 3),
    fill=st.sampled_from(["close", "open"]),
    benchmark=st.sampled_from([{"large": 1.0}, {"small": 0.5, "large": 0.3}]),
)
def test_parts_add_up_by_asset_by_cycle_and_by_phase(
    seed: int, bps: float, lag: int, fill: str, benchmark: dict[str, float]
) -> None:
    random = np.random.default_rng(seed)
    closes = 100 * np.cumprod(1 + random.normal(3e-4, 0.012, (N, 2)), axis=0)
    market = Market("made", DAYS, ("small", "large"), closes, {}, closes * (1 + random.normal(0, 0.003, (N, 2))))
    held = random.dirichlet([1.0, 1.0, 0.5], N)
    found, expected = parts_of(
        market, lambda t: {"small": held[t // 20, 0], "large": held[t // 20, 1]}, benchmark,
        lag=lag, fill=fill, costs=Costs(slippage_bps=bps),
    )  # fmt: skip
    parts = found["parts"]
    assert found["active_return"] == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert sum(parts.values()) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert abs(parts["rounding"]) < 1e-9
    assert (parts["costs"] < 0) == (bps > 0)
    assert (parts["fills"] != 0.0) == (fill == "open")
    assets = sum(row["average"] + row["timing"] for row in found["by_asset"])
    assert assets == pytest.approx(parts["average"] + parts["timing"], abs=1e-12)
    for groups in (found["by_cycle"], list(found["by_phase"].values())):
        assert sum(group["active_return"] for group in groups) == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert sum(group["sessions"] for group in groups) == N - lag


def test_no_trade_has_no_parts_and_says_why() -> None:
    market = Market("made", DAYS[:5], ("small", "large"), np.full((5, 2), 100.0))
    found, _ = parts_of(market, lambda t: {}, {"large": 1.0})
    assert found == {"note": "the account never made a trade, so there is nothing to share out"}


def test_trades_outside_the_sessions_asked_for_are_left_out() -> None:
    prices = np.array([[100.0, 100.0]] * 10)
    market = Market("made", DAYS[:10], ("small", "large"), prices)
    rule = type("Flips", (Scripted,), {"script": staticmethod(lambda t: {("small", "large")[t % 2]: 1.0})})()
    costs = Costs(slippage_bps=100.0)
    test = Backtest(market=market, strategy=rule, start=DAYS[0], end=DAYS[9], schedule="daily", costs=costs)
    ledger = vectorised.run(test)
    found = holdings_of(ledger, market, sessions=DAYS[2:6], assets=("small", "large"))
    inside = (ledger.trades.filled_on >= DAYS[2]) & (ledger.trades.filled_on <= DAYS[5])
    assert 0 < inside.sum() < len(ledger.trades)
    assert found.cost.sum() == pytest.approx(ledger.trades.cost[inside].sum())
    assert found.value.tolist() == ledger.value[2:6].tolist()
