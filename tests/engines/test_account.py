"""The account of both engines against ledgers worked out by plain arithmetic, session by session."""

from typing import ClassVar

import numpy as np
import pytest

from fedcycle.backtests.core.backtest import Backtest, first_start
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.backtests.engines import backtrader, vectorised
from fedcycle.data import Market
from fedcycle.strategies import Strategy, StrategyError

ENGINES = pytest.mark.parametrize("engine", [backtrader.run, vectorised.run], ids=["backtrader", "vectorised"])


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


def ending(six, *, after, **more):
    """Return the six sessions with a last price of a in session ``after``, counted from 1."""
    prices = six.prices.copy()
    prices[after:, 0] = np.nan
    return Market("six", six.sessions, six.assets, prices, **more)


@ENGINES
def test_an_asset_that_ends_is_paid_out_the_session_after_and_later_wishes_for_it_stay_in_cash(engine, scripted, six):
    market = ending(six, after=4)
    days = {str(d): {"a": 0.5, "b": 0.5} for d in six.sessions[:4]} | {str(d): {"b": 0.5} for d in six.sessions[4:]}
    ledger = engine(backtest(market, scripted(days), schedule="daily"))
    # On its last day nobody can know that it ends: half of the value is in a once more, at 11.
    np.testing.assert_allclose(ledger.of("a")[3] * 11 / ledger.value[3], 0.5, rtol=1e-9)
    assert ledger.of("a")[4:].tolist() == [0.0, 0.0]
    # On day 5 it pays 11; b, at 52, is brought to half of the value, and a's half waits in cash.
    value = ledger.of("a")[3] * 11 + ledger.of("b")[3] * 52
    np.testing.assert_allclose([ledger.value[4], ledger.cash[4]], [value, value / 2], rtol=1e-9)
    assert ledger.notes == (
        "a ended on 2001-02-01: its position was paid out at that session's close",
        "a had ended when the decision of 2001-02-01 was due: its weight stayed in cash",
    )


@ENGINES
@pytest.mark.parametrize(
    ("delisting", "pays", "note"),
    [
        ("last", 10.0, "was paid out at that session's close"),
        (-0.3, 7.0, "was paid out at 0.7 of that session's close"),
        (-1.0, 0.0, "was paid out at 0 of that session's close"),
        ("data", 2.5, "was paid out as the data say"),
    ],
)
def test_an_asset_that_ends_between_decisions_is_paid_out_without_one(engine, scripted, six, delisting, pays, note):
    market = ending(six, after=5, delisting_returns={"a": -0.75})
    days = {str(six.sessions[0]): {"a": 0.5, "b": 0.5}, str(six.sessions[2]): {"a": 0.5, "b": 0.5}}
    test = backtest(market, scripted(days), schedule="month_end", delisting=delisting, costs=Costs(slippage_bps=100))
    ledger = engine(test)
    a, b = ledger.of("a")[4], ledger.of("b")[4]
    # Held at 10 on its last day, day 5; on day 6 it pays, less 1% of what it pays, while b stands at 51.
    np.testing.assert_allclose(ledger.value[4:], [a * 10 + b * 52, a * pays * 0.99 + b * 51], rtol=1e-9)
    np.testing.assert_allclose(ledger.cash[5], a * pays * 0.99, rtol=1e-9, atol=1e-8)
    assert (ledger.trades.price[-1], str(ledger.trades.filled_on[-1])) == (pays, "2001-02-05")
    assert ledger.notes == (f"a ended on 2001-02-02: its position {note}",)


@ENGINES
def test_what_an_open_fill_buys_is_not_paid_with_a_close_still_to_come(engine, scripted, six):
    """Delisting proceeds are of the session after the last: they are there at that open, at the close before."""
    market = ending(six, after=3, opens=np.where(np.isnan(ending(six, after=3).prices), np.nan, six.prices - 1.0))
    days = {str(six.sessions[0]): {"a": 1.0}, str(six.sessions[1]): {"a": 1.0}, str(six.sessions[2]): {"b": 1.0}}
    ledger = engine(backtest(market, scripted(days), fill="open", end=six.sessions[3], delisting=-0.5))
    # 100 units of a at the open of 10; its last close is 12, so it pays 6 a unit on day 4, and b opens at 49.
    np.testing.assert_allclose(ledger.of("b")[3], 600 / 49, rtol=1e-9)


@ENGINES
def test_what_ends_with_the_run_says_that_its_pay_out_is_not_in_the_numbers(engine, scripted, six):
    hold = {str(day): {"a": 1.0} for day in six.sessions}
    test = backtest(ending(six, after=4), scripted(hold), end=six.sessions[3], delisting=-1.0)
    said = "a ends with the run, on 2001-02-01: what its holders got after that is not in the numbers"
    assert engine(test).notes == (said,)


def test_a_pay_out_that_the_data_do_not_know_is_refused_with_asset_day_and_remedy(scripted, six):
    hold = {str(day): {"a": 1.0} for day in six.sessions}
    test = backtest(ending(six, after=4), scripted(hold), schedule="month_end", delisting="data")
    for engine in (backtrader.run, vectorised.run):
        with pytest.raises(BacktestError, match=r"a ended on 2001-02-01 while held, .* execution.delisting: last"):
            engine(test)


def with_gap(six, *sessions, **more):
    """Return the six sessions without a price of a in some of them, counted from 1."""
    prices = six.prices.copy()
    prices[[k - 1 for k in sessions], 0] = np.nan
    return Market("six", six.sessions, six.assets, prices, **more)


@ENGINES
def test_a_purchase_waits_for_the_first_session_with_a_price(engine, scripted, six):
    hold = {str(day): {"a": 0.5, "b": 0.5} for day in six.sessions}
    ledger = engine(backtest(with_gap(six, 2, 3), scripted(hold), schedule="month_end", end=six.sessions[4]))
    # Day 2: half into b at 49, a has no price. Day 3, the month's end, decides the same; day 4 fills both.
    b = 500 / 49
    before = 500 + b * 50
    np.testing.assert_allclose(ledger.value[:4], [1000, 1000, 500 + b * 48, before], rtol=1e-9)
    np.testing.assert_allclose(ledger.of("a")[3], before / 2 / 11, rtol=1e-9)
    np.testing.assert_allclose(ledger.of("b")[3], before / 2 / 50, rtol=1e-9)
    assert ledger.notes == (
        "a had no price on 2001-01-30, when the decision of 2001-01-29 was due; it next has one on 2001-02-01",
    )


@ENGINES
def test_a_decision_that_lacked_a_price_is_filled_again_when_there_is_one(engine, scripted, six):
    hold = {str(day): {"a": 0.5, "b": 0.5} for day in six.sessions}
    ledger = engine(backtest(with_gap(six, 2), scripted(hold), schedule="after_fomc"))
    # One decision, on day 1. Day 2 buys b at 49; day 3 has prices of both, 12 and 48, and brings both to half.
    before = 500 + 500 / 49 * 48
    np.testing.assert_allclose(ledger.of("a")[2:], before / 2 / 12, rtol=1e-9)
    np.testing.assert_allclose(ledger.of("b")[2:], before / 2 / 48, rtol=1e-9)
    assert [str(d) for d in ledger.trades.decided_on] == ["2001-01-29"] * 3
    assert [str(d) for d in ledger.trades.filled_on] == ["2001-01-30", "2001-01-31", "2001-01-31"]


@ENGINES
def test_a_holding_without_a_price_is_worth_its_last_close_and_what_it_holds_up_buys_nothing(engine, scripted, six):
    script = {str(six.sessions[0]): {"a": 0.5, "b": 0.5}} | {str(d): {"b": 1.0} for d in six.sessions[1:]}
    ledger = engine(backtest(with_gap(six, 3), scripted(script), end=six.sessions[3]))
    a, b = 500 / 11, 500 / 49
    # Day 3: a, decided to be sold, has no price and stays, worth 11; b is all else already, at 48.
    np.testing.assert_allclose(ledger.value[2], a * 11 + b * 48, rtol=1e-9)
    np.testing.assert_allclose([ledger.of("a")[2], ledger.of("b")[2]], [a, b], rtol=1e-9)
    # Day 4 sells it at 11 and puts all into b at 50.
    np.testing.assert_allclose([ledger.of("a")[3], ledger.of("b")[3]], [0, (a * 11 + b * 50) / 50], rtol=1e-9)
    assert ledger.notes[-1] == "a had no price in one session while held: it was valued at its last close before"


@ENGINES
def test_many_assets_without_a_price_make_one_note(engine, scripted):
    days = np.array(["2001-01-29", "2001-01-30", "2001-01-31", "2001-02-01", "2001-02-02"], dtype="datetime64[D]")
    names, prices = ("a", "b", "c", "d", "e"), np.full((5, 5), 10.0)
    prices[1, 1:] = np.nan  # the decision of day 1 finds only a
    prices[3, 1:4] = np.nan
    hold = {str(day): dict.fromkeys(names, 0.2) for day in days}
    ledger = engine(backtest(Market("m", days, names, prices), scripted(hold), schedule="after_fomc"))
    assert ledger.notes == (
        "b, c, d and 1 more had no price on 2001-01-30, when the decision of 2001-01-29 was due; "
        "the first of them next has one on 2001-01-31",
        "3 assets had no price at times while held and were valued at the last close before: "
        "b (one session), c (one session), d (one session)",
    )


@ENGINES
def test_a_rule_may_want_what_did_not_trade_today(engine, scripted, six):
    hold = {str(six.sessions[0]): {}, str(six.sessions[2]): {"a": 1.0}}
    ledger = engine(backtest(with_gap(six, 3), scripted(hold), schedule="month_end"))
    np.testing.assert_allclose(ledger.of("a")[3:], 1000 / 11, rtol=1e-9)


@ENGINES
def test_whole_units_are_the_most_that_fit_and_the_rest_stays_in_cash(engine, scripted, six):
    hold = {str(day): {"a": 0.5, "b": 0.5} for day in six.sessions}
    ledger = engine(backtest(six, scripted(hold), schedule="month_end", units="whole", end=six.sessions[2]))
    # 500 buys 45.45 units at 11 and 10.2 at 49: 45 and 10, which leaves 1000 - 495 - 490.
    assert (ledger.of("a")[1], ledger.of("b")[1], ledger.cash[1]) == (45.0, 10.0, 15.0)


@ENGINES
def test_whole_units_that_would_take_the_last_cent_leave_one_behind(engine, scripted, six):
    flat = Market("flat", six.sessions, six.assets, np.full((6, 2), 10.0))
    half = engine(backtest(flat, scripted({str(d): {"a": 0.5} for d in six.sessions}), units="whole"))
    assert set(half.of("a")[1:]) == {50.0}  # exactly half, and stays so
    full = engine(backtest(flat, scripted({str(d): {"a": 1.0} for d in six.sessions}), units="whole"))
    assert set(full.of("a")[1:]) == {99.0}  # 100 would leave no reserve against rounding


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

    with pytest.raises(
        StrategyError, match=r"^Scripted on 2001-01-29: conftest.py:\d+ raised ZeroDivisionError: division by zero$"
    ):
        engine(backtest(six, scripted(Broken())))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"capital": 0.0}, "capital is 0.0"),
        ({"capital": float("nan")}, "capital is nan"),
        ({"lag": 0}, "lag is 0"),
        ({"schedule": "monthly"}, "month_end"),
        ({"fill": "open"}, "no opening prices"),
        ({"delisting": -1.5}, "delisting is -1.5; write last, data, or a fraction"),
        ({"delisting": "none"}, "delisting is 'none'"),
        ({"delisting": float("nan")}, "delisting is nan"),
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


@pytest.mark.parametrize(("sessions", "first"), [(1, 0), (2, 1), (5, 4)])
def test_the_first_day_of_a_rule_is_the_one_at_whose_close_it_has_all_its_history(sessions, first):
    days = np.busday_offset("2001-01-01", np.arange(8), roll="forward").astype("datetime64[D]")
    made = Market("made", days, ("small", "large"), np.ones((8, 2)))

    class Needs(Strategy):
        needs: ClassVar = {"small": sessions}

        def weights(self, view):
            return {"small": float(len(view.closes("small", sessions)) == sessions)}

    start, why = first_start(made, Needs())
    assert start == days[first]
    assert ("it needs small for" in why) == (first > 0)
    assert Backtest(market=made, strategy=Needs(), start=start, end=days[-1]).decisions[0] == 0
