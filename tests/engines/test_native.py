"""A user's own bt.Strategy: the same data, costs and books as a rule of ours."""

import backtrader as bt
import numpy as np
import pytest

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.backtrader_strategy import is_native, wrap
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.backtests.engines import backtrader, vectorised
from fedcycle.data import Market
from fedcycle.strategies import Strategy, StrategyError


class BuyOnce(bt.Strategy):
    """Buys on the first close and sells all on the third."""

    params = (("asset", "a"), ("units", 10.0))

    def next(self):
        data = self.getdatabyname(self.p.asset)
        if len(self) == 1:
            self.buy(data=data, size=self.p.units)
        if len(self) == 3:
            self.close(data=data)


class BuyWhenFlat(bt.Strategy):
    def next(self):
        if not self.position:
            self.buy(size=1.0)


class Averages(bt.Strategy):
    """Only reads an indicator: backtrader's own line machinery on our feeds."""

    def __init__(self):
        self.mean = bt.indicators.SMA(self.data.close, period=3)
        self.seen = {}

    def next(self):
        self.seen[len(self)] = self.mean[0]


class Peeks(bt.Strategy):
    def next(self):
        raise KeyError("nothing here")


class Shorts(bt.Strategy):
    def next(self):
        if len(self) == 1:
            self.sell(size=1.0)


def backtest(market, kind, *, costs=Costs(), **parameters):  # noqa: B008
    lag = parameters.pop("lag", 1)
    rule = wrap(kind)(**parameters)
    return Backtest(
        market=market,
        strategy=rule,
        start=market.sessions[0],
        end=market.sessions[-1],
        capital=1000.0,
        costs=costs,
        lag=lag,
    )


def test_its_orders_fill_at_the_next_close_with_the_configs_costs(six):
    ledger = backtrader.run(backtest(six, BuyOnce, units=2.5, costs=Costs(commission_bps=60, slippage_bps=40)))
    # Bought 2.5 at 11 (cost 1% of 27.5), sold at 11 on the fourth session (another 0.275).
    cash = 1000 - 27.5 - 0.275
    expected = [1000, cash + 27.5, cash + 30, cash + 27.5 - 0.275, cash + 27.5 - 0.275, cash + 27.5 - 0.275]
    np.testing.assert_allclose(ledger.value, expected, rtol=1e-12)
    assert ledger.of("a").tolist() == [0, 2.5, 2.5, 0, 0, 0]
    np.testing.assert_allclose(ledger.trades.cost, [0.275, 0.275])
    assert [str(d) for d in ledger.trades.decided_on] == ["2001-01-29", "2001-01-31"]
    assert [str(d) for d in ledger.trades.filled_on] == ["2001-01-30", "2001-02-01"]
    assert ledger.targets.shape == (0, 2)


def test_indicators_of_backtrader_read_our_prices(six, monkeypatch):
    seen = {}
    monkeypatch.setattr(Averages, "stop", lambda self: seen.update(self.seen), raising=False)
    backtrader.run(backtest(six, Averages))
    assert seen == pytest.approx({3: 11.0, 4: 34 / 3, 5: 11.0, 6: 11.0})


def test_a_feed_that_starts_late_is_there_from_its_first_bar_on(six):
    prices = six.prices.copy()
    prices[:2, 0] = np.nan
    late = Market("late", six.sessions, six.assets, prices)
    ledger = backtrader.run(backtest(late, BuyWhenFlat))
    # It begins on the third session, at whose close it is bought: filled on the fourth, at 11.
    assert [str(day) for day in ledger.trades.filled_on] == ["2001-02-01"]
    assert ledger.trades.price.tolist() == [11.0]


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        (BuyOnce, {"units": 1e6}, "a: order for 1000000 units on 2001-01-30 ended as Margin"),
        (BuyOnce, {"lag": 2}, "write lag: 1"),
        (Peeks, {}, "Peeks on 2001-01-29: .* raised KeyError"),
        (Shorts, {}, "sold short"),
    ],
)
def test_what_cannot_be_kept_in_books_stops_the_run(six, kind, options, says):
    with pytest.raises(BacktestError, match=says):
        backtrader.run(backtest(six, kind, **options))


def test_only_backtrader_can_run_it(six):
    with pytest.raises(StrategyError, match=r"write execution\.engine: backtrader"):
        vectorised.run(backtest(six, BuyOnce))


def test_it_is_told_apart_without_asking_backtrader():
    assert is_native(BuyOnce)
    assert not is_native(Strategy)
    assert wrap(BuyOnce)().parameters() == {"asset": "a", "units": 10.0}


def test_a_parameter_that_clashes_with_a_name_of_ours_is_refused():
    class Clash(bt.Strategy):
        params = (("weights", 1),)

    with pytest.raises(StrategyError, match="'weights' clashes"):
        wrap(Clash)
