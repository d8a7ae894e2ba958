"""Ruin: an account that is lost is worth exactly 0, holds nothing and trades nothing, on every engine."""

import doctest

import numpy as np
import pytest

from fedcycle.backtests.core import ruin
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.backtests.core.ruin import RUIN
from fedcycle.backtests.engines import backtrader, vectorised
from fedcycle.data import Market

from ..closeness import assert_same_account
from .conftest import SIX, Scripted, kept, orders_of

ENGINES = pytest.mark.parametrize("engine", [backtrader, vectorised], ids=["backtrader", "vectorised"])
EVERY_DAY_IN_A_THEN_B = {
    "2001-01-29": {"a": 1.0},
    "2001-01-30": {"a": 1.0},
    "2001-01-31": {"b": 1.0},
    "2001-02-01": {"b": 1.0},
    "2001-02-02": {"b": 1.0},
}


def backtest(prices, script=EVERY_DAY_IN_A_THEN_B, **options):
    market = Market("made", SIX, ("a", "b"), np.array(prices))
    options = {"schedule": "daily", "capital": 1000.0, **options}
    return Backtest(market=market, strategy=Scripted(script=script), start=SIX[0], end=SIX[-1], **options)


def ends_in_nothing(**options):
    """Asset a has its last close on the third session and is paid out at 0 in the fourth."""
    prices = [[10.0, 50.0], [10.0, 50.0], [12.0, 50.0], [np.nan, 50.0], [np.nan, 50.0], [np.nan, 50.0]]
    return backtest(prices, delisting=-1.0, **options)


@ENGINES
@pytest.mark.parametrize("units", ["fractional", "whole"])
def test_an_account_whose_only_holding_ends_in_nothing_is_worth_exactly_nothing(engine, units):
    ledger = engine.run(ends_in_nothing(units=units))
    # 100 units at 10 (99 where they are whole, as a reserve stays in cash), 12 a unit on the third session.
    if units == "fractional":
        np.testing.assert_allclose(ledger.value[:3], [1000.0, 1000.0, 1200.0], rtol=1e-9)
        assert ledger.value[3:].tolist() == [0.0, 0.0, 0.0]
        assert ledger.cash[3:].tolist() == [0.0, 0.0, 0.0]
        assert not ledger.units[3:].any()
        # The purchase and the delisting proceeds; what is decided afterwards is not traded.
        assert ledger.trades.filled_on.tolist() == [SIX[1], SIX[3]]
        (lost,) = [note for note in ledger.notes if "lost" in note]
        assert lost.startswith("the account was lost on 2001-02-01: ")
    else:
        np.testing.assert_allclose(ledger.value[2], 99 * 12 + 10)
        assert ledger.value[3] == 10.0  # a cent in a hundred is no ruin, and buys no unit at 50
        assert not [note for note in ledger.notes if "lost" in note]


@ENGINES
def test_an_account_at_a_billionth_of_its_highest_value_is_lost_and_stays_so_when_prices_rise_again(engine):
    # All in a: 1000, doubled to 2000, then 0.9e-9 of that; the price then rises to what it was.
    low = 20.0 * 0.9 * RUIN
    script = {day: {"a": 1.0} for day in EVERY_DAY_IN_A_THEN_B}
    ledger = engine.run(backtest([[10, 1], [10, 1], [20, 1], [low, 1], [20, 1], [20, 1]], script))
    np.testing.assert_allclose(ledger.value[:3], [1000.0, 1000.0, 2000.0], rtol=1e-9)
    assert ledger.value[3:].tolist() == [0.0, 0.0, 0.0]
    assert not ledger.units[3:].any()
    # What was bought at the low itself stands: the account is lost at that close, not before it.
    assert (ledger.trades.filled_on <= SIX[3]).all()


@ENGINES
def test_an_account_a_little_above_that_goes_on(engine):
    low = 20.0 * 1.1 * RUIN
    script = {day: {"a": 1.0} for day in EVERY_DAY_IN_A_THEN_B}
    ledger = engine.run(backtest([[10, 1], [10, 1], [20, 1], [low, 1], [20, 1], [20, 1]], script))
    # The price is what it was, but for the reserve in cash, which buys at the low: a billionth of 1e-12 each.
    np.testing.assert_allclose(ledger.value[4:], [2000.0, 2000.0], rtol=1e-2)


def test_engines_agree_on_ruin_by_pay_out_by_price_and_by_costs():
    low = 20.0 * 0.9 * RUIN
    by_price = backtest([[10, 50], [10, 50], [20, 50], [20, 50 * RUIN / 2], [20, 50], [low, 50]])
    rotation = {str(day): {"ab"[t % 2]: 1.0} for t, day in enumerate(SIX)}
    by_costs = backtest([[10.0, 50.0]] * 6, rotation, costs=Costs(slippage_bps=2000.0))
    for test in (ends_in_nothing(), by_price, by_costs):
        one, other = backtrader.run(test), vectorised.run(test)
        assert_same_account(one, other, test=test)
        which = np.arange(len(other.targets))[:, None]
        rates, capital = np.array([test.costs.rate]), np.array([test.capital])
        many = kept(test, other.targets, orders_of(test, which), capital=capital, rate=rates)
        assert ((many.value[:, 0] == 0) == (other.value == 0)).all()
        assert many.accounts.trades[0] == len(other.trades)
    assert one.value[-1] > 0  # five rotations at 20% a side are far from a billionth


def test_a_lost_account_changes_no_bit_of_its_neighbours():
    test = ends_in_nothing()
    targets = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    options = {"capital": np.full(3, 1000.0), "rate": np.full(3, 1e-3)}
    every = np.tile(np.arange(3), (len(test.decisions), 1))
    together = kept(test, targets, orders_of(test, every), **options)
    assert (together.value[3:, 0] == 0).all()
    assert (together.value[:, 1:] > 0).all()
    for k in (1, 2):
        alone = kept(test, targets, orders_of(test, every[:, [k]]), capital=np.array([1000.0]), rate=np.array([1e-3]))
        assert alone.value[:, 0].tolist() == together.value[:, k].tolist()


DAYS = np.busday_offset("2001-01-01", np.arange(420), roll="forward")


def long_backtest(prices, script, **options):
    market = Market("long", DAYS, ("a", "b"), prices, **{k: options.pop(k) for k in ("opens",) if k in options})
    options = {"schedule": "daily", "capital": 1000.0, **options}
    return Backtest(market=market, strategy=Scripted(script=script), start=DAYS[0], end=DAYS[-1], **options)


def slow_ruins():
    """Backtests whose account is lost after hundreds of sessions, of which none is bad enough to be seen coming."""
    level, falling = np.full(420, 50.0), 10.0 * 0.94 ** np.arange(420)
    always = {str(day): {"a": 1.0} for day in DAYS}
    turns = {str(day): {"ab"[t % 2]: 1.0} for t, day in enumerate(DAYS)}
    yield "by price", long_backtest(np.column_stack([falling, level]), always)
    flat = np.column_stack([level, level])
    yield "by costs", long_backtest(flat, turns, costs=Costs(slippage_bps=300.0))
    # At each open one asset is up 3% and the other down; at each close both are back, and the account in the wrong one.
    gap = np.where(np.arange(420) % 2 == 0, 1.03, 1 / 1.03)
    opens = np.column_stack([50.0 / gap, 50.0 * gap])
    yield "between close and open", long_backtest(flat, turns, opens=opens, fill="open")
    ends, rest = np.where(np.arange(420) < 10, 50.0, np.nan), 10.0 * 0.96 ** np.arange(420)
    mostly = {str(day): {"a": 1.0 - 1e-5, "b": 1e-5} if t < 9 else {"b": 1.0} for t, day in enumerate(DAYS) if t != 9}
    yield "by an end and the rest", long_backtest(np.column_stack([ends, rest]), mostly, delisting=-1.0)


SLOW = dict(slow_ruins())


@pytest.mark.parametrize(("how", "test"), SLOW.items(), ids=list(SLOW))
def test_a_slow_ruin_is_seen_in_the_same_session_as_in_the_accounts_own_run(how, test):
    one = vectorised.run(test)
    lost = int((one.value == 0).argmax())
    assert lost > 100, how
    which = np.arange(len(one.targets))[:, None]
    rates, capital = np.array([test.costs.rate]), np.array([test.capital])
    many = kept(test, one.targets, orders_of(test, which), capital=capital, rate=rates)
    assert ((many.value[:, 0] == 0) == (one.value == 0)).all(), how


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(ruin, extraglobs={"np": np}).failed == 0
