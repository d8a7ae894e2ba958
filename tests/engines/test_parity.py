"""Two engines and backtrader as it comes: the same account from all three, whatever the schedule."""

import backtrader as bt
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.backtests.engines import backtrader, vectorised
from fedcycle.data import Market

from ..closeness import assert_same_account
from ..property_tests import examples
from .conftest import Scripted, walk

KINDS = ("mixed", "all cash", "one asset", "rotation", "sums to one")
DELISTINGS = st.sampled_from(["last", "data", -0.3, -1.0, 0.25])


def script(market, seed, kind):
    """Return weights for every session: from random mixes to complete rotation."""
    rng = np.random.default_rng(seed)
    out = {}
    for t, day in enumerate(market.sessions):
        alive = [a for a in market.assets if np.isfinite(market.marks[t, market.column(a)])]
        w = rng.dirichlet(np.ones(len(alive))) if alive else []
        if kind == "mixed":
            w = w * rng.uniform(0, 1) * (rng.random(len(alive)) < 0.7)
        elif kind == "all cash":
            w = w * 0.0
        elif kind in ("one asset", "rotation") and alive:
            w = np.eye(len(alive))[(t if kind == "rotation" else 0) % len(alive)]
        out[str(day)] = {a: float(x) for a, x in zip(alive, w, strict=True) if x}
    return out


def with_ends(market, seed):
    """Return the market with some assets listed late and some ended early."""
    rng = np.random.default_rng(seed)
    prices = market.prices.copy()
    for j in range(1, len(market.assets)):
        if rng.random() < 0.5:
            prices[: rng.integers(0, len(prices) // 2), j] = np.nan
        if rng.random() < 0.5:
            prices[rng.integers(len(prices) // 2 + 1, len(prices)) :, j] = np.nan
    returns = {asset: float(rng.choice([-1.0, -0.3, 0.1])) for asset in market.assets}
    return Market("ends", market.sessions, market.assets, prices, delisting_returns=returns)


def with_gaps(market, seed, share):
    """Return the market with opens of its own, and with a share of the bars inside each asset's span missing."""
    rng = np.random.default_rng(seed + 1)
    prices = market.prices.copy()
    opens = prices * rng.uniform(0.99, 1.01, prices.shape)
    if share:
        for j, (first, last) in enumerate(market.spans.values()):
            prices[first + 1 : last, j][rng.random(last - first - 1) < share] = np.nan
        # An asset may also trade during the day and have no price at its open.
        opens[np.isnan(prices) | (rng.random(prices.shape) < share / 4)] = np.nan
    returns = market.delisting_returns
    return Market("gaps", market.sessions, market.assets, prices, {}, opens, delisting_returns=returns)


@settings(max_examples=examples(120))
@given(
    seed=st.integers(0, 10**6),
    kind=st.sampled_from(KINDS),
    schedule=st.sampled_from(["daily", "week_end", "month_end"]),
    lag=st.integers(1, 4),
    bps=st.sampled_from([0.0, 5.0, 150.0]),
    ends=st.booleans(),
    band=st.sampled_from([0.0, 0.0, 0.02, 0.2]),
    gaps=st.sampled_from([0.0, 0.0, 0.1, 0.5]),
    fill=st.sampled_from(["close", "open"]),
    units=st.sampled_from(["fractional", "whole"]),
    delisting=DELISTINGS,
)
@example(
    seed=0,
    kind="sums to one",
    schedule="daily",
    lag=1,
    bps=5.0,
    ends=True,
    band=0.0,
    gaps=0.5,
    fill="close",
    units="fractional",
    delisting=0.25,
)  # a sale of 1e-16 of value, which one engine made and the other did not
def test_both_engines_keep_the_same_account(seed, kind, schedule, lag, bps, ends, band, gaps, fill, units, delisting):
    market = walk(seed % 97, 60, 4)
    market = with_ends(market, seed) if ends else market
    market = with_gaps(market, seed, gaps)
    costs = Costs(commission_bps=bps / 3, slippage_bps=bps)
    test = Backtest(
        market=market,
        strategy=Scripted(script=script(market, seed, kind)),
        start=market.sessions[2],
        end=market.sessions[-1],
        schedule=schedule,
        lag=lag,
        band=band,
        costs=costs,
        fill=fill,
        units=units,
        delisting=delisting,
    )
    one, other = backtrader.run(test), vectorised.run(test)
    assert_same_account(one, other, test=test)
    if units == "whole":
        assert (one.trades.units % 1 == 0).all()
    assert (one.cash >= 0).all()


def stock_run(test):
    """Run the same strategy class in a Cerebro as backtrader ships it: its own broker, orders and one feed an asset.

    A feed has no bar where its asset did not trade, and one more after its last, in which it is paid out.
    """

    class Prices(bt.feed.DataBase):
        params = (("bars", None),)

        def start(self):
            self.left = iter(self.p.bars)

        def _load(self):
            day, price = next(self.left, (None, None))
            if day is None:
                return False
            self.lines.datetime[0] = float(day.astype(np.int64) + 719163)
            for line in (self.lines.open, self.lines.high, self.lines.low, self.lines.close):
                line[0] = price
            return True

    class Fractional(bt.CommInfoBase):
        params = (("stocklike", True), ("commtype", bt.CommInfoBase.COMM_PERC), ("percabs", True))

    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=True)
    cerebro.adddata(Prices(bars=[(day, 1.0) for day in test.sessions]), name="clock")
    for j, asset in enumerate(test.market.assets):
        bars = [(day, p) for day, p in zip(test.sessions, test.closes[:, j].tolist(), strict=True) if p == p]
        over = test.market.spans[asset][1] + 1
        if over < test.bounds[1]:
            bars.append((test.market.sessions[over], test.delisting_proceeds(j)))
        cerebro.adddata(Prices(bars=bars), name=asset)
    cerebro.broker.setcash(test.capital)
    cerebro.broker.addcommissioninfo(Fractional(commission=test.costs.rate))
    cerebro.addstrategy(backtrader.as_backtrader(test))
    (runner,) = cerebro.run()
    return runner.ledger()


@pytest.mark.parametrize("kind", KINDS)
def test_backtrader_as_it_comes_keeps_the_same_account(kind):
    market = walk(5, 120, 3)
    test = Backtest(
        market=market,
        strategy=Scripted(script=script(market, 11, kind)),
        start=market.sessions[0],
        end=market.sessions[-1],
        schedule="week_end",
        costs=Costs(commission_bps=3, slippage_bps=5),
    )
    ours, stock = backtrader.run(test), stock_run(test)
    assert_same_account(ours, stock, test=test)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("units", ["fractional", "whole"])
def test_backtrader_as_it_comes_keeps_the_same_account_over_gaps_and_ends(kind, units):
    market = with_gaps(with_ends(walk(8, 120, 4), 8), 8, 0.3)
    assert len(market.gaps) == 4
    assert [last for _, last in market.spans.values()].count(119) < 4
    test = Backtest(
        market=market,
        strategy=Scripted(script=script(market, 12, kind)),
        start=market.sessions[0],
        end=market.sessions[-1],
        schedule="week_end",
        costs=Costs(commission_bps=3, slippage_bps=5),
        units=units,
        delisting=-0.3,
    )
    ours, stock = backtrader.run(test), stock_run(test)
    assert_same_account(ours, stock, test=test)


def test_the_strategy_backtrader_runs_is_a_bt_strategy_named_after_ours():
    market = walk(1, 5, 2)
    test = Backtest(market=market, strategy=Scripted(script={}), start=market.sessions[0], end=market.sessions[-1])
    cls = backtrader.as_backtrader(test)
    assert issubclass(cls, bt.Strategy)
    assert cls.__name__ == "Scripted"
    assert cls.__doc__ == Scripted.__doc__


def test_backtraders_own_matching_decides_each_fill(monkeypatch):
    """Take backtrader's acceptance of orders away and the run must stop, not carry on with fills of its own."""
    market = walk(1, 30, 2)
    test = Backtest(
        market=market,
        strategy=Scripted(script=script(market, 1, "mixed")),
        start=market.sessions[0],
        end=market.sessions[-1],
        schedule="daily",
    )
    monkeypatch.setattr(bt.brokers.BackBroker, "_execute", lambda *_, cash=None, **__: cash)
    with pytest.raises(BacktestError, match="every order must fill"):
        backtrader.run(test)


def test_an_order_the_broker_refuses_stops_the_run_with_asset_and_day(monkeypatch):
    market = walk(1, 30, 2)
    test = Backtest(
        market=market,
        strategy=Scripted(script=script(market, 1, "sums to one")),
        start=market.sessions[0],
        end=market.sessions[-1],
        schedule="daily",
    )
    from fedcycle.backtests.engines import order_planner

    def too_much(w, u, *, prices, cash, **_):
        return 2 * w * (cash + u @ prices) / prices

    monkeypatch.setattr(order_planner, "rebalance", too_much)
    with pytest.raises(BacktestError, match=r"order for .* on 1998-01-02 ended as Margin"):
        backtrader.run(test)
