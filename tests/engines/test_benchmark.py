"""Run and benchmark from the close of the run's first fill: what holds its benchmark has an active return of 0."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.benchmark import Benchmark
from fedcycle.backtests.core.ledger import measured
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.backtests.engines import backtrader, vectorised
from fedcycle.backtests.engines.benchmark_account import benchmark_account, benchmark_value, settled, value_of_asset
from fedcycle.backtests.inference import verdict
from fedcycle.backtests.statistics import relative
from fedcycle.data import Market
from fedcycle.strategies.library.fixed_mix import FixedMix

DAYS = np.busday_offset("2001-01-01", np.arange(140), roll="forward").astype("datetime64[D]")
RNG = np.random.default_rng(3)
CLOSES = 100 * np.cumprod(1 + RNG.normal(3e-4, 0.015, (140, 2)), axis=0)
MARKET = Market("two", DAYS, ("a", "b"), CLOSES, {}, CLOSES * (1 + RNG.normal(0, 0.004, CLOSES.shape)))
HELD = {"all of one": {"a": 1.0}, "half of each": {"a": 0.5, "b": 0.5}, "part in cash": {"a": 0.3, "b": 0.2}}


def study(weights, engine, **options):
    """Return a run's backtest, its ledger, and the account of the benchmark that holds the same."""
    start = int(options.pop("start", 0))
    test = Backtest(market=MARKET, strategy=FixedMix(weights=weights), start=DAYS[start], end=DAYS[-1], **options)
    ledger = engine(test)
    return test, ledger, settled(held(test, weights, ledger), ledger).value


def held(test, weights, ledger):
    """Return the benchmark of a run that holds weights."""
    account = benchmark_account(test, FixedMix(weights=weights), first_fill=ledger.first_fill)
    return Benchmark("held", benchmark_value(test, account), account)


def against(ledger, value):
    own, other = ledger.measured(), measured(value, ledger.first_fill)
    bills = np.ones(len(own.sessions))
    return relative(own.value, other, bills=bills, sessions=own.sessions, name="itself")


@settings(max_examples=25)
@given(
    held=st.sampled_from(sorted(HELD)),
    start=st.integers(0, 100),
    lag=st.integers(1, 6),
    fill=st.sampled_from(["close", "open"]),
    schedule=st.sampled_from(["month_end", "week_end", "daily"]),
    engine=st.sampled_from([backtrader.run, vectorised.run]),
)
def test_a_run_that_holds_its_benchmark_without_costs_has_no_active_return_at_all(
    held, start, lag, fill, schedule, engine
):
    _, ledger, value = study(HELD[held], engine, start=start, lag=lag, fill=fill, schedule=schedule)

    found = against(ledger, value)

    assert (found["excess_cagr"], found["tracking_error"], found["relative_drawdown"]) == (0.0, 0.0, 0.0)
    assert (found["relative_wealth"], found["mean_active_return"]) == (0.0, 0.0)
    first = ledger.first_fill
    assert first == lag
    np.testing.assert_array_equal(value[:first], 1_000_000.0)


@settings(max_examples=25)
@given(
    held=st.sampled_from(sorted(HELD)),
    lag=st.integers(1, 6),
    fill=st.sampled_from(["close", "open"]),
    schedule=st.sampled_from(["month_end", "daily"]),
    bps=st.sampled_from([1.0, 20.0, 300.0]),
    engine=st.sampled_from([backtrader.run, vectorised.run]),
)
def test_with_costs_it_trails_by_exactly_its_costs(held, lag, fill, schedule, bps, engine):
    costs = Costs(slippage_bps=bps)
    test, ledger, value = study(HELD[held], engine, lag=lag, fill=fill, schedule=schedule, costs=costs)

    # Before each fill the account is worth its last close at today's fill prices; what is left of it after costs is
    # what it would have had without them. So relative wealth is the product of what each fill left.
    kept, units, cash = 1.0, np.zeros(2), 1_000_000.0
    trades = ledger.trades
    for at in sorted(set(np.searchsorted(ledger.sessions, trades.filled_on).tolist())):
        worth = cash + float(units @ test.fills_at[at])
        mine = np.searchsorted(ledger.sessions, trades.filled_on) == at
        kept *= 1.0 - trades.cost[mine].sum() / worth
        np.add.at(units, trades.asset[mine], trades.units[mine])
        cash -= float((trades.units[mine] * trades.price[mine]).sum() + trades.cost[mine].sum())

    # A trade under 1e-9 of value is not made, by either: 1e-8 is far above it and far below a basis point.
    assert ledger.value[-1] / value[-1] == pytest.approx(kept, rel=1e-8)
    assert against(ledger, value)["relative_wealth"] < 0


def test_the_first_return_is_what_the_first_fill_cost():
    _, ledger, value = study({"a": 1.0}, vectorised.run, lag=3, costs=Costs(slippage_bps=100.0))

    own = ledger.measured()

    # 1% each side on what is bought: S + 1% S = 1,000,000.
    assert own.value[:2].tolist() == [1_000_000.0, pytest.approx(1_000_000 / 1.01)]
    assert [str(day) for day in own.sessions[:3]] == ["2001-01-04", "2001-01-04", "2001-01-05"]
    assert measured(value, 3)[:2].tolist() == [1_000_000.0, pytest.approx(1_000_000.0)]
    assert len(own.sessions) == 140 - 3 + 1


@pytest.mark.parametrize("engine", [backtrader.run, vectorised.run], ids=["backtrader", "vectorised"])
def test_a_first_fill_that_never_comes_leaves_cash_beside_cash_and_nothing_to_measure(engine, scripted):
    days = {str(day): {} for day in DAYS}
    test = Backtest(market=MARKET, strategy=scripted(days), start=DAYS[0], end=DAYS[-1])
    ledger = engine(test)

    value = held(test, {"a": 1.0}, ledger).value
    found = against(ledger, value)
    judged = verdict.of_account(ledger.measured().value, measured(value, None), sessions=ledger.measured().sessions)

    assert ledger.first_fill is None
    np.testing.assert_array_equal(value, 1_000_000.0)
    assert (found["excess_cagr"], found["tracking_error"], found["beta"]) == (None, None, None)
    assert (judged.word, judged.active_return, judged.low) == (None, None, None)
    assert judged.sentence("a") == (
        "no verdict against a: the account never made a trade, so there is nothing to measure"
    )


def test_a_fill_on_the_last_session_is_one_return_and_no_annualised_one():
    _, ledger, value = study({"a": 1.0}, vectorised.run, start=138, costs=Costs(slippage_bps=100.0))

    found = against(ledger, value)

    assert ledger.first_fill == 1
    assert found["excess_cagr"] is None
    assert found["relative_wealth"] == pytest.approx(1 / 1.01 - 1, rel=1e-9)


def test_a_rule_that_waits_in_cash_is_measured_from_its_own_first_fill_and_so_is_its_benchmark(scripted):
    late = {str(day): {"a": 1.0} if day >= DAYS[60] else {} for day in DAYS}
    test = Backtest(market=MARKET, strategy=scripted(late), start=DAYS[0], end=DAYS[-1], schedule="daily")
    ledger = vectorised.run(test)

    value = held(test, {"a": 1.0}, ledger).value

    assert ledger.first_fill == 61
    np.testing.assert_array_equal(value, ledger.value)


@settings(max_examples=50)
@given(
    asset=st.sampled_from(["a", "b"]),
    lag=st.integers(1, 6),
    later=st.integers(0, 100),
    fill=st.sampled_from(["close", "open"]),
    schedule=st.sampled_from(["month_end", "week_end", "daily", "every 7"]),
    capital=st.floats(1.0, 1e9),
)
def test_one_asset_is_worth_the_same_to_the_bit_without_its_rule_being_asked(
    asset, lag, later, fill, schedule, capital
):
    rule = FixedMix(weights={asset: 1.0})
    test = Backtest(
        market=MARKET,
        strategy=rule,
        start=DAYS[0],
        end=DAYS[-1],
        lag=lag,
        fill=fill,
        schedule=schedule,
        capital=capital,
    )
    asked = benchmark_value(test, benchmark_account(test, rule, first_fill=lag + later))
    assert (value_of_asset(test, asset, lag + later) == asked).all()


def test_an_asset_without_a_price_or_that_all_but_vanishes_is_left_to_its_rule():
    closes = CLOSES.copy()
    closes[60:, 0] = 1e-4
    closes[70, 1] = np.nan
    market = Market("two", DAYS, ("a", "b"), closes, {})
    test = Backtest(market=market, strategy=FixedMix(weights={"a": 1.0}), start=DAYS[0], end=DAYS[-1])
    assert value_of_asset(test, "a", 1) is None
    assert value_of_asset(test, "b", 1) is None
    assert value_of_asset(test, "b", 80) is not None
