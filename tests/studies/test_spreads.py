"""The spreads of the note, and a leveraged account: kept here by hand from the CSV files, and what is said of them."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fedcycle.backtests import config
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.runs import storage
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import page
from fedcycle.backtests.workflows import study
from fedcycle.data.market import Market

BUNDLE = Path(config.find("base")).parent.parent / "data" / "bundle"
START, END = "1998-01-02", "2025-05-30"


@pytest.fixture(scope="module")
def levels() -> pd.DataFrame:
    frame = pd.read_csv(BUNDLE / "levels.csv", index_col="date", parse_dates=True)
    return frame.loc[START:END, ["small", "mid", "large", "bills"]]


@pytest.fixture(scope="module")
def market() -> Market:
    return study.prepare(config.load("base")).market


def done(market: Market, name: str, *sets: str) -> Run:
    return study.execute(study.prepare(config.load(name, sets), market))


@pytest.fixture(scope="module")
def spread(market: Market) -> Run:
    return done(market, "spreads/small-minus-large")


def kept_by_hand(levels: pd.DataFrame, weights: dict[str, float], *, borrow_bps: float) -> dict[str, Any]:
    """Keep an account session by session: month ends decide, the next session fills, 5 basis points a side."""
    days, names, w = list(levels.index), list(weights), np.array(list(weights.values()))
    cash, units = 1e6, np.zeros(len(names))
    short = owed = earned = fees = interest = 0.0
    values, due = [], False
    ends = {d for d, after in itertools.pairwise(days) if d.month != after.month} | {days[0], days[-1]}
    before = levels.iloc[0]
    for day, price in levels.iterrows():
        p = price[names].to_numpy()
        passed = (day - days[max(len(values) - 1, 0)]).days
        if due:
            value, held = cash + units @ p, units * p
            # The weights are of what is left after costs: halve the interval until it fits.
            low, high = 0.0, value
            for _ in range(200):
                middle = (low + high) / 2
                fits = middle + 5e-4 * np.abs(w * middle - held).sum() <= value
                low, high = (middle, high) if fits else (low, middle)
            change = w * low / p - units
            cash -= change @ p + 5e-4 * np.abs(change * p).sum()
            units = units + change
        bills = price["bills"] / before["bills"] - 1
        got, fee = short * bills, short * borrow_bps / 1e4 * passed / 365
        paid = owed * (bills + 0.01 * passed / 365)
        cash, earned, fees, interest = cash + got - fee - paid, earned + got, fees + fee, interest + paid
        values.append(cash + units @ p)
        short = -np.minimum(units * p, 0).sum()
        owed = max(0.0, short - cash)
        due, before = day in ends, price
    return {"value": np.array(values), "earned": earned, "fees": fees, "interest": interest}


@pytest.mark.parametrize(
    ("name", "weights", "borrow_bps"),
    [
        ("small-minus-large", {"small": 1.0, "large": -1.0}, 50.0),
        ("mid-minus-small", {"mid": 1.0, "small": -1.0}, 100.0),
    ],
)
def test_a_spread_matches_an_account_kept_by_hand(
    market: Market, levels: pd.DataFrame, name: str, weights: dict[str, float], borrow_bps: float
) -> None:
    run = done(market, f"spreads/{name}")
    by_hand = kept_by_hand(levels, weights, borrow_bps=borrow_bps)
    # 1e-8: the hand's halving and the engine's smallest trade, 1e-9 of value, some hundred times.
    np.testing.assert_allclose(run.ledger.value, by_hand["value"], rtol=1e-8)
    margin = run.summary["margin"]
    assert margin["proceeds_interest_usd"] == pytest.approx(by_hand["earned"], rel=1e-6)
    assert margin["borrow_fees_usd"] == pytest.approx(by_hand["fees"], rel=1e-6)
    assert margin["loan_interest_usd"] == pytest.approx(by_hand["interest"], rel=1e-6)
    assert margin["margin_calls"] == []


def test_a_spread_gains_the_difference_of_its_sides_and_bills_less_the_fee(spread: Run, levels: pd.DataFrame) -> None:
    found = spread.summary["margin"]
    returns = levels.pct_change(fill_method=None).iloc[2:]
    rough = (returns["small"] - returns["large"] + returns["bills"]).mean() * 252 - 0.005
    own = np.diff(spread.ledger.value[1:]) / spread.ledger.value[1:-1]
    # Restored monthly and not daily, 5 basis points a side and loans of a few percent: within half a point a year.
    assert own.mean() * 252 == pytest.approx(rough, abs=0.005)
    assert found["net"]["average"] == pytest.approx(0.0, abs=0.01)
    assert spread.summary["statistics"]["average_cash"] == pytest.approx(0.0, abs=0.01)
    assert 1.9 < found["gross"]["average"] < 2.1
    assert spread.summary["exposure"]["large"]["lowest"] < -1


def test_the_parts_of_its_active_return_add_up_with_interest_and_fees_among_them(spread: Run) -> None:
    found = spread.summary["relative"]["attribution"]
    assert found["parts"]["financing"] == pytest.approx(spread.summary["margin"]["financing_per_year"], rel=0.05)
    assert abs(found["parts"]["rounding"]) < 1e-12
    total = sum(each["active_return"] for each in found["by_cycle"])
    assert total == pytest.approx(spread.summary["relative"]["excess_cagr"], rel=1e-9)


def test_a_stored_spread_is_read_back_with_its_interest_and_fees(spread: Run, tmp_path: Path) -> None:
    folder = storage.save(spread, tmp_path, tearsheet=None)
    again = storage.load(folder)
    assert again.ledger.financing is not None
    np.testing.assert_array_equal(again.ledger.financing.net, spread.ledger.financing.net)
    assert not again.ledger.financing.called.any()
    assert again.summary["margin"] == spread.summary["margin"]


def test_its_page_says_gross_and_net_exposure_and_no_uninvested_cash(spread: Run, market: Market) -> None:
    html = page.render(spread, market)
    assert "Gross and net exposure at each close" in html
    assert "100% small and −100% large" in html
    assert "The run decides for 100% small and −100% large" in html
    assert "Weights may add up to 2.00 times value without their signs." in html
    assert "interest and fees of shorts and loans" in html
    assert "% uninvested cash" not in html
    assert "earns nothing; less loans, without short proceeds" in html
    assert "could not be written" not in html


def test_a_long_account_says_nothing_of_margin(market: Market) -> None:
    run = done(market, "base", "period.start=2020-01-02")
    assert run.summary["margin"] is None
    assert run.ledger.financing is None
    html = page.render(run, market)
    assert "Gross exposure" not in html
    assert "Shorts and loans" not in html


def test_three_times_small_caps_are_called_in_2008_and_say_so(market: Market) -> None:
    account = "execution.account={short: false, gross: 3.0, borrow_bps: 50.0, loan_bps: 100.0, maintenance: 4.0}"
    run = done(
        market, "base", account, "strategy={class: FixedMix, weights: {small: 1.0}}", "period.start=2007-01-03",
        "period.end=2009-12-31",
    )  # fmt: skip
    assert run.summary["margin"]["margin_calls"] == []  # the account may borrow, the rule does not
    levered = done(
        market, "base", account,
        "strategy={class: LongShort, long: small, short: bills, long_size: 3.0, short_size: 0.01}",
        "period.start=2007-01-03", "period.end=2009-12-31", "execution.account.short=true",
        "execution.account.gross=3.01",
    )  # fmt: skip
    calls = levered.summary["margin"]["margin_calls"]
    assert any(day.startswith("2008-1") for day in calls)
    assert any("margin calls, at the close of" in note for note in levered.ledger.notes)
    assert levered.summary["margin"]["gross"]["highest"] > 4.0
    assert levered.summary["statistics"]["max_drawdown"] < -0.9


@pytest.mark.parametrize(
    ("sets", "says"),
    [
        (["execution.account.short=false"], "weight of large is -1; it must be >= 0 .no short positions; a config"),
        (["execution.account.gross=1.5"], "weights of large -1, small 1 have a gross exposure of 2, but"),
    ],
)
def test_a_spread_on_an_account_that_cannot_hold_it_is_refused(market: Market, sets: list[str], says: str) -> None:
    with pytest.raises(Exception, match=f"LongShort on 1998-01-02: {says}"):
        done(market, "spreads/small-minus-large", *sets)


def test_a_benchmark_that_is_a_spread_is_kept_on_its_own_account(market: Market, tmp_path: Path, spread: Run) -> None:
    file = tmp_path / "against.yaml"
    file.write_text(
        "extends: base.yaml\nname: against\nperiod: {end: 2025-05-30}\nbenchmark: spreads/small-minus-large\n"
    )
    run = study.execute(study.prepare(config.load(file), market))
    assert run.benchmark == "small-minus-large"
    # Without the costs of trading, which took about 0.05% a year of the spread itself.
    assert run.benchmark_value[-1] / spread.ledger.value[-1] == pytest.approx(1.0, abs=0.03)
    assert isinstance(study.prepare(config.load(file), market).backtest, Backtest)
