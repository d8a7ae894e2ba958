"""Short and leveraged accounts: interest, fees, margin calls and ruin worked by hand, and both engines alike."""

from __future__ import annotations

from typing import Any

import backtrader as bt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedcycle.backtests.core.account import Account
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.backtrader_strategy import wrap
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.rebalance import Costs, rebalance, rebalance_on_margin
from fedcycle.backtests.engines import backtrader, vectorised
from fedcycle.data import Market
from fedcycle.strategies import StrategyError

from ..closeness import assert_close, assert_same_account
from ..property_tests import examples
from .conftest import SIX, Scripted, walk
from .test_parity import stock_run, with_ends, with_gaps

ENGINES = pytest.mark.parametrize("engine", [backtrader.run, vectorised.run], ids=["backtrader", "vectorised"])
FREE = {"borrow_bps": 0.0, "loan_bps": 0.0}


def market_of(a: list[float], b: list[float], bills: list[float]) -> Market:
    """Return a market of two assets and bills from Monday 2001-01-29 to Monday 2001-02-05."""
    return Market("margin", SIX, ("a", "b", "bills"), np.column_stack([a, b, bills]))


def once(market: Market, weights: dict[str, float], account: Account, **options: Any) -> Backtest:
    """Return a backtest that decides on the first session alone, fills on the second, and then only watches."""
    return Backtest(
        **{
            "market": market,
            "strategy": Scripted(script={str(SIX[0]): weights}),
            "start": SIX[0],
            "end": SIX[-1],
            "schedule": "year_end",
            "capital": 1000.0,
            "account": account,
        }
        | options
    )


FLAT = [100.0] * 6


@ENGINES
def test_shorts_pay_a_fee_and_earn_bills_on_their_proceeds_and_what_is_spent_beyond_own_cash_is_a_loan(engine):
    market = market_of([10, 10, 11, 11, 12, 12], [20, 20, 20, 22, 22, 22], [100, 100, 101, 101, 101, 102.01])
    # 365 basis points a year are 0.0001 a day.
    account = Account(short=True, gross=2.0, borrow_bps=365.0, loan_bps=365.0)
    ledger = engine(once(market, {"a": 1.0, "b": -1.0}, account))
    assert (ledger.of("a")[1], ledger.of("b")[1]) == (100.0, -50.0)
    # Tuesday: 1000 of one's own, less 1000 for a, and 1000 of proceeds for b.
    # Wednesday: the 1000 sold short earn bills, 1%, and cost 0.1; nothing is owed. Cash 1009.9.
    # Thursday: 0.1 on the 1000 of Wednesday; bills stand still. Cash 1009.8; b is worth 1100, so that 90.2 are owed.
    # Friday: 0.11 on 1100, and 0.00902 on the loan. Cash 1009.68098; 90.31902 are owed.
    # Monday, three days: 1100 earn 11 and cost 0.33; the loan costs 1% and 0.0003 of 90.31902, 0.930285906.
    cash = [1000, 1000, 1009.9, 1009.8, 1009.68098, 1009.68098 + 11 - 0.33 - 0.930285906]
    np.testing.assert_allclose(ledger.cash, cash, rtol=1e-12)
    np.testing.assert_allclose(ledger.value, np.array([0, 0, 100, 0, 100, 100]) + cash, rtol=1e-12)
    assert ledger.notes == ()


@ENGINES
def test_twice_a_portfolio_costs_bills_and_the_spread_on_what_it_borrows(engine):
    market = market_of([10, 10, 11, 11, 11, 11], FLAT, [100, 100, 101, 101, 101, 101])
    ledger = engine(once(market, {"a": 2.0}, Account(gross=2.0, loan_bps=365.0)))
    # 1000 are owed from Tuesday on. Wednesday: 1% and 0.0001 of them. Then 0.0001 a day of what is owed, Monday three.
    owed = 1000 * 1.0101 * np.array([1, 1.0001, 1.0001**2, 1.0001**2 * 1.0003])
    np.testing.assert_allclose(ledger.cash, [1000, -1000, *-owed], rtol=1e-12)
    np.testing.assert_allclose(ledger.value, [1000, 1000, *(2200 - owed)], rtol=1e-12)


@ENGINES
def test_a_margin_call_brings_the_account_back_to_its_bound_in_the_next_session_and_pays_for_it(engine):
    market = market_of([10, 10, 8, 7, 7, 7], FLAT, FLAT)
    account = Account(gross=2.0, maintenance=3.0, **FREE)
    ledger = engine(once(market, {"a": 2.0}, account, costs=Costs(slippage_bps=100.0)))
    # Tuesday: S + 1% of 2 S = 1000, so S = 980.392 and 2 S / 10 = 196.078 units; 1000 - 1.01 x 1960.784 in cash.
    units, cash = 2000 / 1.02 / 10, 1000 - 1.01 * 2000 / 1.02
    # Wednesday at 8: 1568.6 over 588.2 is 2.67. Thursday at 7: 1372.5 over 392.2 is 3.5: called.
    # Friday at 7: S + 1% of (1372.5 - 2 S) = 392.2, so S = (392.2 - 13.7) / 0.98, and 2 S / 7 units stay.
    value = units * 7 + cash
    kept = 2 * (value - 0.01 * units * 7) / 0.98 / 7
    np.testing.assert_allclose(ledger.of("a"), [0, units, units, units, kept, kept], rtol=1e-12)
    np.testing.assert_allclose(ledger.value[4:], kept * 7 / 2, rtol=1e-12)
    assert str(ledger.trades.decided_on[-1]) == "2001-02-01"
    assert str(ledger.trades.filled_on[-1]) == "2001-02-02"
    assert ledger.notes == (
        "1 margin call, at the close of 2001-02-01: gross exposure was above 3 of value, and what is held was brought "
        "back to 2 in the next session, where no decision did so",
    )


@ENGINES
def test_a_margin_call_buys_back_shorts_and_sells_longs_by_one_factor(engine):
    market = market_of([10, 10, 10, 10, 10, 10], [20, 20, 20, 26, 26, 26], FLAT)
    account = Account(short=True, gross=2.0, maintenance=2.5, **FREE)
    ledger = engine(once(market, {"a": 1.0, "b": -1.0}, account))
    # b at 26: 1000 long and 1300 short over 700 is 3.29. On Friday both shrink by 1400 / 2300.
    np.testing.assert_allclose(ledger.of("a")[4:], 100 * 1400 / 2300, rtol=1e-12)
    np.testing.assert_allclose(ledger.of("b")[4:], -50 * 1400 / 2300, rtol=1e-12)
    np.testing.assert_allclose(ledger.value[3:], 700, rtol=1e-12)


@ENGINES
def test_a_call_that_prices_have_met_by_the_next_session_trades_nothing(engine):
    market = market_of([10, 10, 8, 7, 12, 12], FLAT, FLAT)
    ledger = engine(once(market, {"a": 2.0}, Account(gross=2.0, **FREE)))
    assert len(ledger.trades) == 1
    np.testing.assert_allclose(ledger.value, [1000, 1000, 600, 400, 1400, 1400], rtol=1e-12)


@ENGINES
def test_an_account_that_owes_more_than_it_has_is_lost_and_says_what_it_owes(engine):
    market = market_of([10, 10, 4, 20, 20, 20], FLAT, FLAT)
    ledger = engine(once(market, {"a": 2.0}, Account(gross=2.0, **FREE)))
    # 200 units at 4 are 800, and 1000 are owed. What a rises to afterwards comes too late.
    assert ledger.value.tolist() == pytest.approx([1000, 1000, 0, 0, 0, 0])
    assert ledger.of("a").tolist() == [0, 200, 0, 0, 0, 0]
    assert "the account owed 200.00 USD more than it had on 2001-01-31" in ledger.notes[-1]
    assert "the account was lost on 2001-01-31" in ledger.notes[-2]


@ENGINES
def test_a_short_position_is_bought_back_where_its_asset_ends(engine):
    prices = np.column_stack([[10, 10, 8, np.nan, np.nan, np.nan], FLAT, FLAT])
    market = Market("ends", SIX, ("a", "b", "bills"), prices)
    test = once(market, {"a": -0.5}, Account(short=True, **FREE), delisting=-0.25, costs=Costs(slippage_bps=100.0))
    ledger = engine(test)
    # S + 1% of half of S = 1000; 5% of S units short at 10, bought back at 8 x 0.75 = 6, 1% on top.
    units = 0.05 * 1000 / 1.005
    np.testing.assert_allclose(ledger.value[-1], 1000 + units * 10 * 0.99 - units * 6 * 1.01, rtol=1e-12)
    assert ledger.of("a")[-1] == 0.0


@ENGINES
def test_from_long_to_short_is_one_fill(engine):
    market = market_of([10, 10, 8, 7, 7, 7], FLAT, FLAT)
    script = {str(SIX[0]): {"a": 0.7}, str(SIX[1]): {"a": -0.3}}
    hold = {str(day): {"a": -0.3} for day in SIX[2:]}
    test = once(market, {}, Account(short=True, **FREE), strategy=Scripted(script=script | hold), schedule="daily")
    ledger = engine(test)
    # 70 units at 10; at 8 the account is 860 and -0.3 of it are -32.25 units: 102.25 are sold at once.
    assert ledger.trades.units[:2].tolist() == pytest.approx([70, -102.25])
    assert len(ledger.trades) == 3  # at 7 it is 892.25, and -38.24 are its part; from then on nothing moves


@ENGINES
def test_a_withdrawal_cannot_take_the_proceeds_of_a_short_sale(engine):
    market = market_of([10] * 6, FLAT, FLAT)
    account = Account(short=True, gross=2.0, **FREE)
    test = once(market, {"a": -1.0, "b": 0.9}, account, flow=-150.0, flow_schedule="daily")
    with pytest.raises(
        BacktestError, match=r"150\.00 USD are to be paid out on 2001-01-30, but there is 100\.00 in cash"
    ):
        engine(test)


@ENGINES
@pytest.mark.parametrize(
    ("weights", "account", "says"),
    [
        (
            {"a": 1.5, "b": -1.0},
            Account(short=True, gross=2.0),
            "Scripted on 2001-01-29: weights of a 1.5, b -1 have a gross exposure of 2.5, but "
            "execution.account.gross allows 2",
        ),
        ({"a": 0.6, "b": -0.6}, Account(short=True), "gross exposure of 1.2, but execution.account.gross allows 1;"),
        (
            {"a": -0.1},
            Account(gross=2.0),
            r"weight of a is -0.1; it must be >= 0 \(no short positions; a config allows",
        ),
        ({"a": 1.5}, Account(), "weights add up to 1.5; at most 1 can be invested"),
    ],
)
def test_a_decision_beyond_what_the_account_may_hold_is_refused(engine, weights, account, says):
    with pytest.raises(StrategyError, match=says):
        engine(once(market_of([10] * 6, FLAT, FLAT), weights, account))


def test_a_market_without_bills_has_no_interest_to_charge():
    market = Market("bare", SIX, ("a",), np.full((6, 1), 10.0))
    with pytest.raises(BacktestError, match="interest is that of bills, which market bare has not at all"):
        once(market, {"a": 1.0}, Account(gross=2.0))


def test_costs_that_take_half_of_the_account_at_once_are_refused():
    with pytest.raises(BacktestError, match="take half of the account at once"):
        once(market_of([10] * 6, FLAT, FLAT), {}, Account(gross=10.0), costs=Costs(slippage_bps=500.0))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"gross": 0.5}, "account.gross is 0.5; it is a multiple of value, write 1 to 10"),
        ({"borrow_bps": -1.0}, "account.borrow_bps is -1; it is in basis points a year"),
        ({"loan_bps": float("nan")}, "account.loan_bps is nan"),
        ({"gross": 2.0, "maintenance": 1.5}, "account.maintenance is 1.5, below account.gross, 2"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(options, says):
    with pytest.raises(BacktestError, match=says):
        Account(**options)


class Idle(bt.Strategy):
    def next(self):
        pass


def test_a_bt_strategy_on_such_an_account_is_refused():
    test = once(market_of([10] * 6, FLAT, FLAT), {}, Account(short=True), strategy=wrap(Idle)())
    with pytest.raises(BacktestError, match=r"Idle is a bt\.Strategy, which runs on a long, unlevered account only"):
        backtrader.run(test)


# --- whatever the schedule ---


def drawn(seed: int, *, wild: bool, ends: bool, gaps: float, gross: float) -> tuple[Market, Scripted]:
    """Return a market with bills and random weights, short and long, for every session."""
    rng = np.random.default_rng(seed)
    market = walk(seed % 97, 70, 4)
    market = with_ends(market, seed) if ends else market
    market = with_gaps(market, seed, gaps)
    power = 12.0 if wild else 1.0  # moves of a tenth a session: margin calls, and accounts that are lost
    bills = 100 * 1.0002 ** np.arange(len(market.sessions))
    prices, opens = (np.column_stack([part**power, bills]) for part in (market.prices, market.opens))
    returns = dict(market.delisting_returns)
    market = Market("m", market.sessions, (*market.assets, "bills"), prices, {}, opens, delisting_returns=returns)
    script = {}
    for t, day in enumerate(market.sessions):
        alive = [a for a in market.assets if np.isfinite(market.marks[t, market.column(a)])]
        w = rng.normal(size=len(alive)) * (rng.random(len(alive)) < 0.7)
        size = np.abs(w).sum()
        w = w * (gross * rng.choice([1.0, rng.random()]) / size) if size else w
        script[str(day)] = {a: float(x) for a, x in zip(alive, w, strict=True) if x}
    return market, Scripted(script=script)


@settings(max_examples=examples(120))
@given(
    seed=st.integers(0, 10**6),
    wild=st.booleans(),
    ends=st.booleans(),
    gaps=st.sampled_from([0.0, 0.0, 0.1, 0.5]),
    gross=st.sampled_from([1.0, 2.0, 5.0]),
    slack=st.sampled_from([1.0, 1.05, 1.5]),
    schedule=st.sampled_from(["daily", "week_end", "month_end"]),
    lag=st.integers(1, 3),
    band=st.sampled_from([0.0, 0.0, 0.05]),
    bps=st.sampled_from([0.0, 5.0, 150.0]),
    fill=st.sampled_from(["close", "open"]),
    units=st.sampled_from(["fractional", "whole"]),
    flow=st.sampled_from([0.0, 0.0, 1e4]),
)
def test_both_engines_keep_the_same_account(
    seed, wild, ends, gaps, gross, slack, schedule, lag, band, bps, fill, units, flow
):
    market, strategy = drawn(seed, wild=wild, ends=ends, gaps=gaps, gross=gross)
    test = Backtest(
        market=market,
        strategy=strategy,
        start=market.sessions[2],
        end=market.sessions[-1],
        schedule=schedule,
        lag=lag,
        band=band,
        costs=Costs(slippage_bps=bps),
        fill=fill,
        units=units,
        delisting=-0.3,
        flow=flow,
        flow_schedule="week_end",
        account=Account(short=True, gross=gross, borrow_bps=300.0, loan_bps=200.0, maintenance=gross * slack),
    )
    one, other = backtrader.run(test), vectorised.run(test)
    assert_same_account(one, other, test=test)
    if units == "whole":
        assert (one.trades.units % 1 == 0).all()


def test_the_drawn_accounts_are_called_and_lost_often_enough_to_test_either():
    called = lost = 0
    for seed in range(40):
        market, strategy = drawn(seed, wild=True, ends=False, gaps=0.0, gross=5.0)
        options = {"start": market.sessions[0], "end": market.sessions[-1], "account": Account(short=True, gross=5.0)}
        ledger = vectorised.run(Backtest(market=market, strategy=strategy, schedule="week_end", **options))
        called += any("margin call" in note for note in ledger.notes)
        lost += ledger.value[-1] == 0
    assert called >= 10
    assert 5 <= lost < 40


def test_backtrader_as_it_comes_keeps_the_same_account_of_shorts():
    market = walk(5, 120, 3)
    prices = np.column_stack([market.prices, 100 * 1.0002 ** np.arange(120)])
    market = Market("shorts", market.sessions, (*market.assets, "bills"), prices)
    # A broker that refuses what cash does not pay for keeps an account that borrows nothing: half long, half short.
    long_short = {
        str(day): {"a0": 0.4, "a1": -0.3, "a2": -0.1 - 0.1 * (t % 2)} for t, day in enumerate(market.sessions)
    }
    test = Backtest(
        market=market,
        strategy=Scripted(script=long_short),
        start=market.sessions[0],
        end=market.sessions[-1],
        schedule="week_end",
        costs=Costs(commission_bps=3, slippage_bps=5),
        account=Account(short=True),
    )
    assert_same_account(backtrader.run(test), stock_run(test), test=test)


@ENGINES
@pytest.mark.parametrize("seed", range(5))
def test_without_interest_an_account_and_its_mirror_gain_nothing_together(engine, seed):
    market = walk(seed, 60, 3)
    market = Market(
        "m", market.sessions, (*market.assets, "bills"), np.column_stack([market.prices, np.full(60, 100.0)])
    )
    weights = {"a0": 0.9, "a1": -0.7, "a2": 0.2}
    values = []
    for sign in (1, -1):
        script = {str(market.sessions[0]): {asset: sign * weight for asset, weight in weights.items()}}
        account = Account(short=True, gross=2.0, maintenance=100.0, **FREE)
        start, end = market.sessions[0], market.sessions[-1]
        test = Backtest(
            market=market, strategy=Scripted(script=script), start=start, end=end, schedule="year_end", account=account
        )
        values.append(engine(test).value)
    assert_close(values[0] + values[1], np.full(60, 2e6), of=1e6)


@ENGINES
def test_double_capital_gives_double_value_to_the_last_digit(engine):
    market, strategy = drawn(3, wild=False, ends=False, gaps=0.0, gross=2.0)
    start, end = market.sessions[0], market.sessions[-1]
    account = Account(short=True, gross=2.0)
    once_, twice = (
        engine(Backtest(market=market, strategy=strategy, start=start, end=end, capital=usd, account=account))
        for usd in (1e6, 2e6)
    )
    assert (twice.value == 2 * once_.value).all()


@settings(max_examples=examples(200))
@given(seed=st.integers(0, 10**6), rate=st.sampled_from([0.0, 0.0005, 0.02]), band=st.sampled_from([0.0, 0.05]))
def test_where_no_cash_is_lent_both_ways_of_rebalancing_agree(seed, rate, band):
    rng = np.random.default_rng(seed)
    weights, units = 0.9 * rng.dirichlet(np.ones(4)), rng.uniform(0, 10, 4)
    prices = rng.uniform(1, 100, 4)
    options = {"prices": prices, "cash": float(rng.uniform(100, 1000)), "rate": rate, "band": band}
    one, other = rebalance(weights, units, **options), rebalance_on_margin(weights, units, **options)
    np.testing.assert_allclose(one, other, rtol=1e-9)


@settings(max_examples=examples(200))
@given(seed=st.integers(0, 10**6), rate=st.sampled_from([0.0, 0.0005, 0.02]))
def test_signed_weights_are_met_after_paying_for_the_trades(seed, rate):
    rng = np.random.default_rng(seed)
    weights, units, prices = rng.normal(0, 0.5, 4), rng.normal(0, 5, 4), rng.uniform(1, 100, 4)
    value = 1000.0
    after = rebalance_on_margin(weights, units, prices=prices, cash=value - float(units @ prices), rate=rate)
    left = value - rate * np.abs((after - units) * prices).sum()
    np.testing.assert_allclose(after * prices, weights * left, rtol=1e-9, atol=1e-9)
