"""The account of both engines against ledgers worked out by plain arithmetic, session by session."""

import numpy as np
import pytest

from fedcycle.backtests.backtest import Backtest
from fedcycle.backtests.engines import event, vectorised
from fedcycle.backtests.errors import BacktestError
from fedcycle.backtests.rebalance import Costs
from fedcycle.data import Market
from fedcycle.strategies import StrategyError

ENGINES = pytest.mark.parametrize("engine", [event.run, vectorised.run], ids=["backtrader", "vectorised"])


def backtest(market, strategy, **options):
    options = {
        "schedule": "daily",
        "capital": 1000.0,
        "start": market.sessions[0],
        "end": market.sessions[-1],
    } | options
    return Backtest(market=market, strategy=strategy, **options)


@ENGINES
def test_a_decision_fills_at_the_next_close_and_the_first_session_is_worth_the_capital(engine, six, scripted):
    hold = {str(day): {"a": 1.0} for day in six.sessions}
    ledger = engine(backtest(six, scripted(hold), schedule="month_end"))
    # Bought on day 2 at 11 with 1000: 90.909... units, which then follow the price.
    np.testing.assert_allclose(
        ledger.value, [1000, 1000, 1000 * 12 / 11, 1000, 1000 * 10 / 11, 1000 * 12 / 11], rtol=1e-9
    )
    assert [str(d) for d in ledger.trades.filled_on] == ["2001-01-30"]
    assert [str(d) for d in ledger.decided_on] == ["2001-01-29", "2001-01-31"]


@ENGINES
def test_costs_are_charged_on_traded_value_and_weights_are_met_after_them(engine, six, scripted):
    script = {str(six.sessions[0]): {"a": 0.5, "b": 0.5}, str(six.sessions[2]): {"b": 1.0}}
    costs = Costs(commission_bps=20, slippage_bps=80)  # 1% of traded value, each side
    days = {str(day): script.get(str(day), script[str(six.sessions[0])]) for day in six.sessions[:2]} | script
    ledger = engine(backtest(six, scripted(days), schedule="month_end", costs=costs))

    # Day 2: V = 1000, S + 1% S = 1000, S = 990.0990099; half each at 11 and 49.
    spend = 1000 / 1.01
    a, b = spend / 2 / 11, spend / 2 / 49
    first_cost = 0.01 * spend
    # Day 4 (decided on day 3, the month's end): sell all a at 11, buy b at 50.
    before = a * 11 + b * 50
    # S = w (V - cost) with cost = 1% (sold a + bought b): S = V - 0.01 (a*11) - 0.01 (S - b*50)
    after = (before - 0.01 * a * 11 + 0.01 * b * 50) / 1.01
    second_cost = before - after
    value = [1000, spend, a * 12 + b * 48, after, after * 52 / 50, after * 51 / 50]
    np.testing.assert_allclose(ledger.value, value, rtol=1e-9)
    np.testing.assert_allclose(ledger.trades.cost.sum(), first_cost + second_cost, rtol=1e-9)
    np.testing.assert_allclose(ledger.cash, [1000, 0, 0, 0, 0, 0], atol=1e-8)
    np.testing.assert_allclose(ledger.trades.price, [11, 49, 11, 50])
    assert ledger.trades.units[2] < 0 < ledger.trades.units[3]


@ENGINES
def test_a_lag_of_three_fills_three_sessions_later_and_decisions_in_between_wait_their_turn(engine, six, scripted):
    script = {str(six.sessions[0]): {"a": 1.0}, str(six.sessions[1]): {"b": 0.5}, str(six.sessions[2]): {}}
    days = {str(day): {} for day in six.sessions} | script
    ledger = engine(backtest(six, scripted(days), lag=3))
    # Fills: all of a on day 4 at 11; on day 5 half of what a at 10 is worth, in b at 52; on day 6 all sold at 51.
    v5 = 1000 / 11 * 10
    v6 = v5 / 2 + v5 / 2 / 52 * 51
    np.testing.assert_allclose(ledger.value, [1000, 1000, 1000, 1000, v5, v6], rtol=1e-9)
    np.testing.assert_allclose(ledger.cash, [1000, 1000, 1000, 0, v5 / 2, v6], rtol=1e-9, atol=1e-8)


@ENGINES
def test_fills_at_the_open_use_the_open_and_value_the_close(engine, scripted, six):
    opens = six.prices - 1.0
    market = Market("six", six.sessions, six.assets, six.prices, {}, opens)
    ledger = engine(
        backtest(
            market, scripted({str(six.sessions[0]): {"a": 1.0}}), schedule="month_end", fill="open", end=six.sessions[1]
        )
    )
    # 1000 buys 100 units at an open of 10; the close is 11.
    np.testing.assert_allclose(ledger.value, [1000, 1100], rtol=1e-9)


@ENGINES
def test_what_a_rule_leaves_unassigned_stays_in_cash_and_earns_nothing(engine, six, scripted):
    ledger = engine(
        backtest(six, scripted({str(d): {"a": 0.25} for d in six.sessions}), schedule="month_end", end=six.sessions[2])
    )
    np.testing.assert_allclose(ledger.cash, [1000, 750, 750], rtol=1e-9)
    np.testing.assert_allclose(ledger.value, [1000, 1000, 750 + 250 * 12 / 11], rtol=1e-9)


@ENGINES
def test_an_asset_that_ends_is_sold_on_its_last_session_and_later_wishes_for_it_stay_in_cash(engine, scripted, six):
    prices = six.prices.copy()
    prices[4:, 0] = np.nan
    market = Market("six", six.sessions, six.assets, prices)
    days = {str(d): {"a": 0.5, "b": 0.5} for d in six.sessions[:4]} | {str(d): {"b": 0.5} for d in six.sessions[4:]}
    ledger = engine(backtest(market, scripted(days), schedule="daily"))
    assert ledger.of("a")[3:].tolist() == [0.0, 0.0, 0.0]
    assert ledger.of("a")[2] > 0
    # Day 4 sells a at 11 and rebalances b to half of the value; a's half waits in cash.
    np.testing.assert_allclose(ledger.cash[3] / ledger.value[3], 0.5, rtol=1e-9)
    assert any("a had ended" in note for note in ledger.notes)


@ENGINES
def test_an_asset_that_ends_between_decisions_is_sold_without_one(engine, scripted, six):
    prices = six.prices.copy()
    prices[5:, 0] = np.nan
    market = Market("six", six.sessions, six.assets, prices)
    days = {str(six.sessions[0]): {"a": 1.0}, str(six.sessions[2]): {"a": 1.0}}
    ledger = engine(backtest(market, scripted(days), schedule="month_end"))
    # 1000 at 11 is 90.9 units, sold at 10 on day 5.
    np.testing.assert_allclose(ledger.cash[4:], 1000 / 11 * 10, rtol=1e-9)
    assert ledger.notes == ("a ended on 2001-02-02: its position was sold at that session's price",)


@ENGINES
def test_the_same_targets_twice_make_no_trade(engine, six, scripted):
    flat = Market("flat", six.sessions, six.assets, np.full((6, 2), 7.0))
    days = {str(d): {"a": 0.3, "b": 0.7} for d in six.sessions}
    ledger = engine(backtest(flat, scripted(days), costs=Costs(slippage_bps=5)))
    assert len(ledger.trades) == 2


@ENGINES
def test_double_capital_gives_double_value_to_the_last_digit(engine, six, scripted):
    days = {str(d): {"a": 0.3, "b": 0.5} for d in six.sessions}
    once = engine(backtest(six, scripted(days), costs=Costs(slippage_bps=5)))
    twice = engine(backtest(six, scripted(days), costs=Costs(slippage_bps=5), capital=2000.0))
    assert (twice.value == 2 * once.value).all()


@ENGINES
def test_the_order_of_the_assets_changes_no_bit(engine, six, scripted):
    days = {str(d): {"a": 0.3, "b": 0.5} for d in six.sessions}
    turned = Market("six", six.sessions, ("b", "a"), six.prices[:, ::-1])
    one = engine(backtest(six, scripted(days), costs=Costs(slippage_bps=7)))
    other = engine(backtest(turned, scripted(days), costs=Costs(slippage_bps=7)))
    assert (one.value == other.value).all()
    assert (one.trades.units == other.trades.units).all()


@ENGINES
@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ({"a": 0.7, "b": 0.4}, "add up to 1.1"),
        ({"a": float("nan")}, "nan"),
        ({"a": -0.1}, ">= 0"),
        ({"c": 1.0}, "'c' has no price"),
        ([1.0], "is a list"),
        ({"a": "half"}, "'half'"),
    ],
)
def test_weights_that_make_no_sense_stop_the_run_with_the_day(engine, six, scripted, weights, says):
    with pytest.raises(StrategyError, match=says) as caught:
        engine(backtest(six, scripted({str(six.sessions[0]): weights})))
    assert "2001-01-29" in str(caught.value)


@ENGINES
def test_an_exception_in_a_rule_is_one_sentence_with_the_rule_the_day_and_the_cause(engine, six, scripted):
    class Broken(dict):
        def get(self, *_):
            return 1 / 0

    with pytest.raises(StrategyError, match="Scripted on 2001-01-29: raised ZeroDivisionError: division by zero"):
        engine(backtest(six, scripted(Broken())))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"capital": 0.0}, "capital is 0.0"),
        ({"capital": float("nan")}, "capital is nan"),
        ({"lag": 0}, "lag is 0"),
        ({"schedule": "monthly"}, "month_end"),
        ({"fill": "open"}, "no opening prices"),
        ({"start": np.datetime64("2001-01-28")}, "2001-01-28 is not a session"),
        ({"start": np.datetime64("2001-02-05"), "end": np.datetime64("2001-01-29")}, "after its end"),
    ],
)
def test_a_backtest_that_cannot_be_run_is_refused_with_the_value(six, scripted, options, says):
    with pytest.raises(BacktestError, match=says):
        backtest(six, scripted({}), **options)


@pytest.mark.parametrize("bps", [-1.0, 2001.0, float("nan")])
def test_costs_outside_any_sense_are_refused_with_their_unit(bps):
    with pytest.raises(BacktestError, match="basis points"):
        Costs(slippage_bps=bps)
