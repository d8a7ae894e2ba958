"""The screen on 600 real stocks: against a plain pandas script, by both engines, and by the audit. The data are a test
bed for the machinery, and no evidence about small caps.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fedcycle.backtests.audit import audit
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.backtests.engines import backtrader, vectorised
from fedcycle.data.dataset import load_market
from fedcycle.data.fundamentals import build, ingest
from fedcycle.data.fundamentals.items import read_items
from fedcycle.data.market import Market
from fedcycle.data.sources import company_tables, stock_prices
from fedcycle.strategies import library

DATES = ("2021-12-31", "2022-09-30", "2023-12-29", "2024-12-31")
START, END = np.datetime64("2020-12-31"), np.datetime64("2024-12-31")
Screen = library.load("QualitySmallCaps")


@pytest.fixture(scope="module")
def folder(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data set of the real panel."""
    out, stocks, items = tmp_path_factory.mktemp("stocks"), raw / "stocks", read_items()
    parts = ingest.ingest(sorted(stocks.glob("us-*-quarterly.csv")), out / "facts", items)
    prices = stock_prices.read(
        stocks / "prices.parquet", load_market("bundle").sessions, start=np.datetime64("2020-07-27")
    )
    companies = company_tables.read(stocks / "us-companies.csv", stocks / "industries.csv")
    build.build(parts, items, prices=prices, companies=companies, base="bundle", out=out / "market", inputs={})
    return out / "market"


@pytest.fixture(scope="module")
def market(folder: Path) -> Market:
    return load_market(folder)


@pytest.fixture(scope="module")
def statements(raw: Path) -> dict[str, pd.DataFrame]:
    """SimFin's three tables, as plain frames without the rows the importer refuses."""
    frames = {}
    for name in ("income", "balance", "cashflow"):
        frame = pd.read_csv(
            raw / f"stocks/us-{name}-quarterly.csv", sep=";", parse_dates=["Report Date", "Publish Date"]
        )
        frames[name] = frame[frame["Publish Date"] >= frame["Report Date"]]
    return frames


def latest(frame: pd.DataFrame, column: str, day: pd.Timestamp) -> pd.DataFrame:
    """Of each ticker the row with the latest period published before a day, a blank left out."""
    known = frame[(frame["Publish Date"] < day)].dropna(subset=[column])
    return known.sort_values(["Ticker", "Report Date"]).groupby("Ticker").tail(1).set_index("Ticker")


def stock(frame: pd.DataFrame, column: str, day: pd.Timestamp, *, negative: bool = True) -> pd.Series:
    frame = frame if negative else frame[~(frame[column] < 0)]
    row = latest(frame, column, day)
    return row[column][row["Report Date"] >= day - pd.Timedelta(days=270)]


def flow(frame: pd.DataFrame, column: str, day: pd.Timestamp, *, back: int = 0, negative: bool = True) -> pd.Series:
    """The sum of four quarters to the latest published, or of the four before; NaN where one of them is missing."""
    frame = frame if negative else frame[~(frame[column] < 0)]
    known = frame[frame["Publish Date"] < day].dropna(subset=[column])
    middle = known["Report Date"] + pd.Timedelta(days=15)
    quarter = middle.dt.year * 12 + middle.dt.month
    wide = pd.pivot_table(
        known.assign(quarter=quarter), index="Ticker", columns="quarter", values=column, aggfunc="last"
    )
    wide = wide.reindex(columns=range(int(wide.columns.min()) - 24, int(wide.columns.max()) + 1))
    last = wide.apply(pd.Series.last_valid_index, axis=1)
    total = pd.concat([wide.shift(back + 3 * k, axis=1) for k in range(4)]).groupby(level=0).sum(min_count=4)
    newest = known.groupby("Ticker")["Report Date"].max() >= day - pd.Timedelta(days=270)
    return pd.Series({t: total.loc[t, last[t]] for t in wide.index if newest[t]}, dtype=float)


def share_counts(frame: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """The latest count of shares that is not a thousand times, or a thousandth of, the one before; none where it is
    1.9 times or more, or that much less, and the next one has not agreed yet.
    """
    out = {}
    known = frame[frame["Publish Date"] < day].dropna(subset=["Shares (Basic)"])
    known = known[known["Shares (Basic)"] > 0]
    for ticker, rows in known.sort_values(["Publish Date", "Report Date"]).groupby("Ticker"):
        trusted, doubted, best = 0.0, 0.0, pd.Timestamp.min
        steps = []
        for end, value in zip(rows["Report Date"], rows["Shares (Basic)"], strict=True):
            off = trusted and any(0.5 < value / trusted / p < 1.5 for p in (1e3, 1e-3, 1e6, 1e-6))
            if off and not (doubted and 0.5 < value / doubted < 2):
                doubted = value
                continue
            trusted, doubted = value, 0.0
            if end >= best:
                best = end
                steps.append(value)
        believed, jumped, served = steps[0], None, steps[0]
        for value in steps[1:]:
            agrees = [each for each in (jumped, believed) if each and 1 / 1.9 < value / each < 1.9]
            believed, jumped, served = (value, None, value) if agrees else (believed, value, np.nan)
        if best >= day - pd.Timedelta(days=270):
            out[ticker] = served
    return pd.Series(out, dtype=float)


def by_pandas(raw: Path, tables: dict[str, pd.DataFrame], market: Market, day: str) -> set[str]:
    """The stocks that pass on a day, by a script that knows nothing of fedcycle but which stocks have bars."""
    date = pd.Timestamp(day)
    income, balance, cashflow = tables["income"], tables["balance"], tables["cashflow"]
    at = int(np.searchsorted(market.sessions, np.datetime64(day)))
    fund = market.fundamentals
    assert fund is not None
    closes = pd.DataFrame(market.stock_prices[at - 4 : at + 1], columns=list(fund.assets)).ffill().iloc[-1].dropna()
    table = pd.DataFrame({"price": closes})
    table["shares"] = share_counts(balance, date)
    value = table["price"] * table["shares"]
    rank = value.rank(ascending=False, method="first") * 3000 / value.notna().sum()
    pool = (rank > 1000) & (rank <= 3000) & (table["price"] >= 1)
    earned, before = flow(income, "Net Income (Common)", date), flow(income, "Net Income (Common)", date, back=12)
    companies = pd.read_csv(raw / "stocks/us-companies.csv", sep=";")
    industries = pd.read_csv(raw / "stocks/industries.csv", sep=";")
    named = companies.merge(industries, on="IndustryId", how="left").set_index("Ticker")
    sector = named["Sector"].reindex(table.index)
    lender = named["Industry"].str.lower().str.startswith(company_tables.LENDERS).reindex(table.index) == True  # noqa: E712
    short = stock(balance, "Short Term Debt", date, negative=False).reindex(table.index)
    long = stock(balance, "Long Term Debt", date, negative=False).reindex(table.index)
    cash = stock(balance, "Cash, Cash Equivalents & Short Term Investments", date, negative=False).reindex(table.index)
    assets = stock(balance, "Total Assets", date).reindex(table.index)
    equity = stock(balance, "Total Equity", date).reindex(table.index)
    operating = flow(income, "Operating Income (Loss)", date).reindex(table.index)
    depreciation = flow(cashflow, "Depreciation & Amortization", date, negative=False).reindex(table.index)
    interest = -flow(income, "Interest Expense, Net", date).reindex(table.index)
    debt = (short + long).fillna(short).fillna(long)
    due = (short / debt).where(short.notna() & long.notna()).mask((short + long) == 0, 0.0)
    ebitda, net = operating + depreciation, debt - cash
    burden = (net / ebitda).where(ebitda > 0, np.where(net > 0, np.inf, -np.inf)).where(net.notna() & ebitda.notna())
    cover = (operating / interest).where(interest > 0, np.inf).where(operating.notna() & interest.notna())
    ranks = []
    for measure, low, who in (
        (due, True, ~lender),
        (burden, True, ~lender),
        (cover, False, ~lender),
        (equity / assets, False, lender),
        (earned.reindex(table.index) / assets, False, lender),
    ):
        held = measure.where(pool & who)
        groups = held.groupby(sector)
        ranks.append((groups.rank(ascending=low, method="average") - 0.5) / groups.transform("count"))
    ranked = pd.concat(ranks, axis=1)
    risk = ranked.mean(axis=1).where(ranked.notna().sum(axis=1) >= 2)
    better = (risk.rank(method="average") - 0.5) / risk.notna().sum() <= 0.5
    earning = earned.reindex(table.index) > 0
    revised = (earned - before).reindex(table.index) > 0
    return set(table.index[pool & earning & revised & better])


@pytest.mark.parametrize("day", DATES)
def test_the_screen_is_that_of_a_plain_script(
    raw: Path, statements: dict[str, pd.DataFrame], market: Market, day: str
) -> None:
    weights = Screen(size="small").weights(market.as_of(np.datetime64(day)))
    expected = by_pandas(raw, statements, market, day)
    assert set(weights) == expected
    assert len(expected) > 30
    # Equal weights of more than 20 stocks: under the cap of 5%, rounding aside.
    assert set(np.round(list(weights.values()), 12)) == {round(1 / len(expected), 12)}


def backtest(market: Market, rule: object) -> Backtest:
    return Backtest(
        market=market, strategy=rule, start=START, end=END, schedule="month_end", capital=1e6, lag=1,
        costs=Costs(slippage_bps=5.0),
    )  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize(
    "more", [{}, {"hold_rank": 0.65}, {"weighting": "value", "max_weight": 0.04, "sectors": ("industrials", "energy")}]
)
def test_both_engines_agree_on_a_thin_and_gappy_panel(market: Market, more: dict[str, object]) -> None:
    test = backtest(market, Screen(size="small", **more))
    one, other = vectorised.run(test), backtrader.run(test)
    # 1e-12 of value, the promise of the engines.
    np.testing.assert_allclose(one.value, other.value, rtol=1e-12)
    assert len(one.trades) > 200


def test_the_audit_passes_on_the_real_panel(market: Market) -> None:
    found = audit(backtest(market, Screen(size="small", hold_rank=0.65)), sample=4)
    assert found.verdict == "pass", found.first_violation
    assert "fundamentals" in found.read


def test_the_audit_catches_a_panel_keyed_on_the_ends_of_periods(market: Market) -> None:
    from dataclasses import replace

    fund = market.fundamentals
    assert fund is not None
    keyed = replace(fund, steps=replace(fund.steps, known_on=fund.steps.end), _answers={})
    found = audit(backtest(replace(market, fundamentals=keyed), Screen(size="small")), sample=3)
    assert found.verdict == "fail"
    assert found.first_violation is not None
    assert "never on the last day of their period" in found.first_violation.sentence


def test_a_restated_panel_says_so(market: Market) -> None:
    fund = market.fundamentals
    assert fund is not None
    assert fund.stamps == ("RESTATED FUNDAMENTALS",)
    assert any("98% of rows were restated" in note for note in fund.notes)


def test_one_bar_without_the_split_is_no_split_that_is_not_adjusted(market: Market) -> None:
    """SolarWinds made one share of two on 2021-07-30: that day's bar alone is at half, 9.567 after 19.47."""
    assert "SWI" in market.assets


def test_every_part_of_a_stock_is_explained_with_its_filing(market: Market) -> None:
    view = market.as_of(np.datetime64("2023-12-29"))
    rule = Screen(size="small")
    held = set(rule.weights(view))
    for asset in [*sorted(held)[:5], *sorted(set(view.fundamentals.assets) - held)[:5]]:
        said = rule.explain_stock(view, asset)
        assert said.held == (asset in held)
        assert said.held == all(part.passed in (True, None) for part in said.parts)
        assert all(fact.known_on <= view.today for part in said.parts for fact in part.facts)


def test_a_nested_screen_holds_what_the_screen_holds(market: Market) -> None:
    view = market.as_of(np.datetime64("2023-12-29"))
    screen = Screen(size="small")
    timing = library.load("RateCycleTiming")(risk_on="small", risk_off=screen)
    mid = library.load("MidOverSmall")(mid=screen, small="small")
    tilt = library.load("SectorTilt")(
        core=screen, sectors=("large", Screen(size="small", sectors=("energy",))), tilt=0.3
    )
    alone = dict(screen.weights(view))
    assert timing.weights(view) == alone
    assert mid.weights(view) == alone
    tilted = tilt.weights(view)
    # 0.7 of the screen and two thirds of the tilt in large, as the first of two sectors.
    assert tilted["large"] == pytest.approx(0.2, rel=1e-12)
    assert sum(tilted.values()) == pytest.approx(1.0, abs=0.1)
    assert set(alone) < set(tilted)
