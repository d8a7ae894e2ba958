"""Twelve strategies give the same account here and in plain backtrader, on the same CSV files."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import backtrader as bt
import numpy as np
import pytest

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.backtrader_strategy import wrap
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.backtests.engines import backtrader
from fedcycle.data import Market
from fedcycle.data.dataset import load_market
from fedcycle.data.sources import files
from fedcycle.data.user import user_data
from tests.engines.twelve import TWELVE, SavingsPlan

CAPITAL, RATE = 100_000.0, 0.0005


def written(folder: Path, name: str, seed: int, days: np.ndarray) -> Path:
    """A seeded walk as a CSV file, prices to the cent."""
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(rng.normal(4e-4, 0.014, len(days))))
    opens = np.append(close[0], close[:-1]) * np.exp(rng.normal(0, 0.004, len(days)))
    high = np.maximum(opens, close) * np.exp(np.abs(rng.normal(0, 0.005, len(days))))
    low = np.minimum(opens, close) * np.exp(-np.abs(rng.normal(0, 0.005, len(days))))
    volume = rng.integers(1_000, 9_000, len(days))
    lines = ["Date,Open,High,Low,Close,Volume"]
    for row in zip(days, opens, high, low, close, volume, strict=True):
        o, h, lo, c = (f"{x:.2f}" for x in row[1:5])
        lines.append(f"{row[0]},{o},{max(o, h, c, key=float)},{min(o, lo, c, key=float)},{c},{row[5]}")
    path = folder / f"{name}.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Market]:
    folder = tmp_path_factory.mktemp("csv")
    sessions = load_market("bundle").sessions
    days = sessions[(sessions >= np.datetime64("2015-01-02")) & (sessions <= np.datetime64("2016-12-30"))]
    read = [files.read(written(folder, name, seed, days)) for seed, name in enumerate(("one", "two"))]
    user_data.add(read, base="bundle", out=folder / "set", declared=True)
    return folder, load_market(folder / "set")


class Kept(bt.Analyzer):
    """What plain backtrader did."""

    def start(self) -> None:
        self.value: dict[str, float] = {}
        self.fills: list[tuple[str, str, float, float]] = []

    def notify_order(self, order: Any) -> None:
        if order.status in (order.Completed, order.Partial):
            for bit in order.executed.iterpending():
                day = str(bt.num2date(bit.dt).date())
                self.fills.append((day, order.data._name, bit.size, bit.price))
        assert order.status not in (order.Margin, order.Rejected)

    def prenext(self) -> None:
        self.next()

    def next(self) -> None:
        # By session: at the end of resampled data backtrader steps once more within the last one.
        self.value[str(self.datas[0].datetime.date())] = self.strategy.broker.getvalue()


def plain(folder: Path, kind: type[Any], feeds: tuple[str, ...]) -> Kept:
    cerebro = bt.Cerebro(stdstats=False)
    for name in feeds:
        if "/" in name:
            cerebro.resampledata(cerebro.datas[0], timeframe=bt.TimeFrame.Weeks, name=name)
            continue
        columns = {"datetime": 0, "open": 1, "high": 2, "low": 3, "close": 4, "volume": 5, "openinterest": -1}
        feed = bt.feeds.GenericCSVData(dataname=str(folder / f"{name}.csv"), dtformat="%Y-%m-%d", **columns)
        cerebro.adddata(feed, name=name)
    cerebro.broker.setcash(CAPITAL)
    cerebro.broker.setcommission(commission=RATE)
    cerebro.addstrategy(kind)
    cerebro.addanalyzer(Kept, _name="kept")
    (done,) = cerebro.run()
    kept: Kept = done.analyzers.kept
    return kept


def ours(market: Market, kind: type[Any], feeds: tuple[str, ...], **more: Any) -> Any:
    start, end = np.datetime64("2015-01-02"), np.datetime64("2016-12-30")
    options = {
        "start": start,
        "end": end,
        "capital": CAPITAL,
        "costs": Costs(commission_bps=1e4 * RATE),
        "fill": "open",
        "units": "whole",
    }
    rule = wrap(kind)(feeds=feeds)
    return backtrader.run(Backtest(market=market, strategy=rule, **{**options, **more}))


@pytest.mark.parametrize("kind", TWELVE, ids=lambda kind: kind.__name__)
def test_the_account_is_that_of_plain_backtrader(csv: tuple[Path, Market], kind: type[Any]) -> None:
    folder, market = csv
    there, here = plain(folder, kind, TWELVE[kind]), ours(market, kind, TWELVE[kind])
    np.testing.assert_allclose(here.value, list(there.value.values()), rtol=1e-9)
    t = here.trades
    fills = [
        (str(day), here.assets[column], units, price)
        for day, column, units, price in zip(t.filled_on, t.asset, t.units, t.price, strict=True)
    ]
    assert len(fills) >= 4  # it trades, so that equal means something
    assert [f[:2] for f in fills] == [f[:2] for f in there.fills]
    np.testing.assert_allclose([f[2:] for f in fills], [f[2:] for f in there.fills], rtol=1e-12)


def test_history_before_the_start_warms_indicators_up(csv: tuple[Path, Market]) -> None:
    class Average(bt.Strategy):
        def __init__(self) -> None:
            self.mean = bt.ind.SMA(self.data.close, period=200)

        def next(self) -> None:
            if not self.position:
                self.buy(size=10)

    start = np.datetime64("2016-01-04")
    ledger = ours(csv[1], Average, ("one",), start=start)
    # 252 sessions of 2015 are enough for 200: bought at the open after the first close of the run.
    assert [str(day) for day in ledger.trades.filled_on] == ["2016-01-05"]
    assert ledger.value[0] == CAPITAL


def test_feeds_have_the_files_bars_and_bills_come_last(csv: tuple[Path, Market]) -> None:
    seen: dict[str, Any] = {}

    class Looks(bt.Strategy):
        def next(self) -> None:
            if len(self.data0) == 3:
                seen["names"] = [data._name for data in self.datas]
                d = self.data0
                seen["bar"] = [d.open[0], d.high[0], d.low[0], d.close[0], d.volume[0]]
                seen["stamp"] = d.datetime.datetime(0)

    # Without bills, whose history from 1989 on would come first and let the other two start late.
    ours(csv[1], Looks, ("one", "two"))
    row = (csv[0] / "one.csv").read_text().splitlines()[3].split(",")
    assert seen["names"] == ["one", "two"]
    assert seen["bar"] == pytest.approx([float(cell) for cell in row[1:]], rel=1e-12)
    # Daily bars of backtrader's CSV feeds end at the session's end; its stamps keep about 10 microseconds.
    stamp = datetime.datetime.combine(datetime.date.fromisoformat(row[0]), datetime.time(23, 59, 59, 999990))
    assert abs(seen["stamp"] - stamp) < datetime.timedelta(microseconds=20)

    class Names(bt.Strategy):
        def start(self) -> None:
            seen["all"] = [data._name for data in self.datas]

        def next(self) -> None: ...

    ours(csv[1], Names, ())
    assert seen["all"] == ["one", "two", "bills"]


def test_deposits_are_kept_as_flows(csv: tuple[Path, Market]) -> None:
    ledger = ours(csv[1], SavingsPlan, ("two",))
    assert ledger.flows is not None
    assert ledger.flows.sum() == 24_000.0
    assert set(np.unique(ledger.flows)) == {0.0, 1000.0}


REFUSED = {
    "setcash": (lambda self: self.broker.setcash(5.0), r"broker\.set_cash.*write execution\.capital"),
    "setcommission": (
        lambda self: self.broker.setcommission(commission=0.0),
        r"write execution\.costs\.commission_bps",
    ),
    "slippage": (lambda self: self.broker.set_slippage_perc(0.01), r"write execution\.costs\.slippage_bps"),
    "coc": (lambda self: self.broker.set_coc(True), "fill at the very close it was decided at"),
    "coo": (lambda self: self.broker.set_coo(True), "fill at an open that was known"),
    "behind": (lambda self: setattr(self.broker.p, "coc", True), "changes the broker's settings"),
    "cheating": (lambda self: setattr(self.env.p, "cheat_on_open", True), "changes the broker's settings"),
    "leverage": (lambda self: self.broker.setcommission(leverage=3.0), "the account is what the config says"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("where", ["__init__", "start", "next"])
def test_what_the_strategy_sets_itself_is_refused(csv: tuple[Path, Market], what: str, where: str) -> None:
    act, says = REFUSED[what]

    class Sets(bt.Strategy):
        def next(self) -> None: ...

    def method(self: Any) -> None:
        act(self)

    setattr(Sets, where, method)
    with pytest.raises(Exception, match=says):
        ours(csv[1], Sets, ("one",))


def once(act: Any) -> type[Any]:
    """A strategy that does one thing at its fifth close."""

    class Once(bt.Strategy):
        def next(self) -> None:
            if len(self) == 5:
                act(self)

    return Once


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda s: s.buy(size=1.5), "one: order for 1.5 units on 2015-01-08, but execution.units is whole"),
        (lambda s: s.sell(size=1), "one was sold short on 2015-01-09"),
        (lambda s: s.env.runstop(), "Once stopped the run on 2015-01-08, before its end 2016-12-30"),
        (lambda s: s.buy(size=1e6), "one: order for 1000000 units on 2015-01-0[89] ended as Margin"),
        (lambda s: s.broker.add_cash(-2e5), "the account is worth -100000 on 2015-01-09"),
        (lambda s: s.nothing, "Once on 2015-01-08: test_backtrader_parity.py:.* raised AttributeError"),
    ],
)
def test_what_cannot_be_judged_stops_the_run_with_session_and_asset(
    csv: tuple[Path, Market], act: Any, says: str
) -> None:
    with pytest.raises(Exception, match=says):
        ours(csv[1], once(act), ("one",))


def test_a_purchase_and_a_sale_in_one_session_are_two_trades(csv: tuple[Path, Market]) -> None:
    def both(s: Any) -> None:
        s.buy(size=3)
        s.sell(size=3)

    ledger = ours(csv[1], once(both), ("one",))
    assert ledger.trades.units.tolist() == [3.0, -3.0]
    assert (ledger.of("one") == 0).all()


def test_an_indicator_longer_than_the_data_is_one_sentence(csv: tuple[Path, Market]) -> None:
    class Long(bt.Strategy):
        def __init__(self) -> None:
            self.mean = bt.ind.SMA(self.data.close, period=5000)

        def next(self) -> None: ...

    with pytest.raises(Exception, match=r"needs more bars than a feed has \(one has 504\)"):
        ours(csv[1], Long, ("one",))


def test_a_feed_is_nan_before_its_first_bar_and_paid_out_after_its_last() -> None:
    days = np.array(["2001-01-29", "2001-01-30", "2001-01-31", "2001-02-01", "2001-02-02"], dtype="datetime64[D]")
    nan = np.nan
    prices = np.array([[10.0, nan], [11.0, nan], [12.0, 5.0], [13.0, 6.0], [14.0, 7.0]])
    prices[3:, 0] = nan
    market = Market("lives", days, ("early", "late"), prices)
    seen: list[Any] = []

    class Holds(bt.Strategy):
        def prenext(self) -> None:
            seen.append((len(self), self.data1.close[0]))
            if len(self) == 1:
                self.buy(size=10)

        def next(self) -> None:
            seen.append((len(self), self.data1.close[0]))

    rule = wrap(Holds)()
    ledger = backtrader.run(Backtest(market=market, strategy=rule, start=days[0], end=days[-1], capital=1000.0))
    assert np.isnan([close for _, close in seen[:2]]).all()
    assert [close for _, close in seen[2:]] == [5.0, 6.0, 7.0]
    # Bought 10 at 11 and paid out at 12 in the session after the last: a profit of 10.
    assert ledger.value.tolist() == [1000.0, 1000.0, 1010.0, 1010.0, 1010.0]
    assert ledger.trades.units.tolist() == [10.0, -10.0]
    assert ledger.notes == ("early ended on 2001-01-31: its position was paid out",)


def test_a_volume_filler_fills_part_by_part_as_in_plain_backtrader(csv: tuple[Path, Market]) -> None:
    class Slowly(bt.Strategy):
        def start(self) -> None:
            self.broker.set_filler(bt.fillers.FixedBarPerc(perc=10.0))

        def next(self) -> None:
            if len(self) == 5:
                self.buy(size=1_500)  # a bar has 1,000 to 9,000 of volume, of which a tenth is to be had

    folder, market = csv
    there, here = plain(folder, Slowly, ("one",)), ours(market, Slowly, ("one",))
    t = here.trades
    assert [(str(d), u) for d, u in zip(t.filled_on, t.units, strict=True)] == [(f[0], f[2]) for f in there.fills]
    assert len(t.units) > 2  # in parts, over sessions
    assert t.units.sum() == 1_500.0
    np.testing.assert_allclose(here.value, list(there.value.values()), rtol=1e-9)


def test_a_volume_filler_without_volume_is_refused(csv: tuple[Path, Market]) -> None:
    class Fills(bt.Strategy):
        def start(self) -> None:
            self.broker.set_filler(bt.fillers.FixedBarPerc(perc=10.0))

        def next(self) -> None: ...

    with pytest.raises(BacktestError, match=r"sets a volume filler, but bills has no volume"):
        ours(csv[1], Fills, ("one", "bills"))


def test_the_average_true_range_of_a_real_fund_is_that_of_its_file(raw_data: Path, tmp_path: Path) -> None:
    """Highs and lows reach an indicator as the file has them: bars of fill and close alone give a smaller range."""
    quoted = np.genfromtxt(raw_data / "funds" / "IWM.csv", delimiter=",", skip_header=1, usecols=(2, 3, 4))
    days = np.genfromtxt(raw_data / "funds" / "IWM.csv", delimiter=",", skip_header=1, usecols=0, dtype="U10")
    high, low, close = quoted.T
    before = np.append(close[0], close[:-1])
    true_range = np.max([high - low, abs(high - before), abs(low - before)], axis=0)
    last = int(np.flatnonzero(days == "2019-05-24")[0])
    seen: dict[str, float] = {}

    class Looks(bt.Strategy):
        def __init__(self) -> None:
            self.range = bt.ind.AverageTrueRange(self.data, period=14, movav=bt.ind.SMA)

        def next(self) -> None:
            if self.data.datetime.date(0) == datetime.date(2019, 5, 24):
                seen["range"], seen["close"] = self.range[0], self.data.close[0]

    user_data.add([files.read(raw_data / "funds" / "IWM.csv")], base="bundle", out=tmp_path / "set")
    span = {"start": np.datetime64("2019-01-02"), "end": np.datetime64("2019-06-28")}
    ours(load_market(tmp_path / "set"), Looks, ("IWM",), **span)
    as_quoted = float(true_range[last - 13 : last + 1].mean())
    assert as_quoted == pytest.approx(2.737857, abs=1e-6)  # dollars
    # Levels have dividends reinvested, so a day's range stands to its close as in the file.
    assert seen["range"] / seen["close"] == pytest.approx(as_quoted / close[last], rel=2e-3)
