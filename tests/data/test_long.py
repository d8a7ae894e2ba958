"""The long history: what it holds, from when on, what a rule may see of it, and the raw files it comes from."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.engines import backtrader, vectorised
from fedcycle.data.building import long_history
from fedcycle.data.dataset import folder_of, load_market
from fedcycle.data.errors import DataError, NotYetKnown
from fedcycle.data.market import Market
from fedcycle.data.sources.raw import RawFile
from fedcycle.strategies import library

FOLDER = folder_of("long")


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


@pytest.fixture(scope="module")
def market() -> Market:
    return load_market("long")


def test_it_is_what_a_build_from_the_raw_files_makes_byte_by_byte(raw_data: Path, tmp_path: Path) -> None:
    long_history.build(raw_data, tmp_path / "long")
    made = {p.name: p.read_bytes() for p in (tmp_path / "long").iterdir()}
    assert made == {p.name: p.read_bytes() for p in FOLDER.iterdir() if p.is_file()}


def test_it_is_under_two_and_a_half_megabytes() -> None:
    assert sum(p.stat().st_size for p in FOLDER.iterdir() if p.is_file()) < 2_500_000


def test_each_asset_begins_where_its_source_does(market: Market) -> None:
    first = {a: str(market.sessions[i]) for a, (i, _) in market.spans.items()}
    assert first == {
        **dict.fromkeys(("small", "mid", "large", "micro", "small_ex_micro", "bills"), "1953-12-31"),
        **dict.fromkeys(("small_quality", "small_junk", "mid_quality"), "1963-06-28"),
        "financials": "1990-12-31",
    }


def test_it_has_the_bundles_returns_where_both_have_any(market: Market) -> None:
    bundle = load_market("bundle")
    at = np.searchsorted(market.sessions, bundle.sessions)
    assert (market.sessions[at] == bundle.sessions).all()
    for name in ("small", "large", "small_quality", "bills"):
        one = market.prices[at, market.column(name)]
        other = bundle.prices[:, bundle.column(name)]
        # Seven and eight significant digits: a level is right to half a unit of its seventh, twice in a return.
        np.testing.assert_allclose(one[1:] / one[:-1], other[1:] / other[:-1], rtol=0, atol=1.2e-6)


def test_the_discount_rates_monthly_averages_are_those_of_an_outside_series(raw_data: Path) -> None:
    """IMF's monthly averages (FRED: INTDSRUSM193N), 491 months from the first change to 1993-11, at most 0.02 apart."""
    changes = long_history.discount_changes(RawFile("table", (FOLDER / "fed_discount_rate_changes.csv").read_bytes()))
    days = np.arange("1953-01-16", "1994-01-01", dtype="datetime64[D]")
    effective = np.array([c.effective for c in changes], dtype="datetime64[D]")
    rate = np.array([c.rate for c in changes])[np.searchsorted(effective, days, side="right") - 1]
    with (raw_data / "fred" / "INTDSRUSM193N.csv").open(newline="") as file:
        published = {row["Date"][:7]: float(row["INTDSRUSM193N"]) for row in csv.DictReader(file)}
    months = days.astype("datetime64[M]")
    gaps = [
        abs(round(float(rate[months == m].mean()), 2) - published[str(m)])
        for m in np.unique(months)
        if str(m) > "1953-01"
    ]
    assert len(gaps) == 491
    assert max(gaps) <= 0.02 + 1e-9  # the table's own claim; 1e-9 for the subtraction of two printed numbers


def test_a_change_of_the_discount_rate_is_known_at_the_close_of_the_day_it_takes_effect(market: Market) -> None:
    # Cut from 3.00 to 2.75 percent with effect from Friday 1958-01-24.
    assert market.as_of(day("1958-01-23")).latest("target_change") == -50.0  # of 1957-11-15
    assert market.as_of(day("1958-01-24")).latest("target_change") == -25.0


def test_the_first_announced_target_follows_the_last_discount_rate(market: Market) -> None:
    known = market.as_of(day("1994-02-04")).history("target_change", 2)
    assert known.known_on.astype(str).tolist() == ["1992-07-02", "1994-02-04"]
    assert known.values.tolist() == [-50.0, 25.0]


def test_no_rule_sees_a_turning_point_before_1980_06_03(market: Market) -> None:
    with pytest.raises(NotYetKnown):
        market.as_of(day("1980-06-02")).latest("nber_turning_point")
    assert market.as_of(day("1980-06-03")).latest("nber_turning_point") == -1.0


def test_reports_see_the_whole_chronology(market: Market) -> None:
    assert market.chronology is not None
    assert str(market.chronology.observed_on[0]) == "1926-10-01"
    assert len(market.chronology) == 32
    with pytest.raises(DataError):
        market.as_of(day("2000-01-03")).latest("nber_chronology")


def test_the_chronology_is_in_two_files_that_share_no_turning_point() -> None:
    def raw(text: str) -> RawFile:
        return RawFile("made.csv", text.encode())

    told = raw("event,month,announced\npeak,1980-01,1980-06-03\n")
    made = long_history.chronology_series(raw("event,month\npeak,1973-11\ntrough,1975-03\n"), told)
    assert made.values.tolist() == [-1.0, 1.0, -1.0]
    assert made.known_on.astype(str).tolist() == ["1975-11-01", "1977-02-28", "1980-06-03"]
    for twice in ("event,month\npeak,1973-11\n", "event,month\ntrough,1980-02\n"):
        with pytest.raises(DataError, match="does not go on from it"):
            long_history.chronology_series(raw(twice), told)


def test_before_1962_the_ten_year_yield_is_last_months_mean(market: Market) -> None:
    # GS10: 4.02 in January 1959, known on 1959-02-28, a Saturday; the next session is 1959-03-02.
    with pytest.raises(NotYetKnown):
        market.as_of(day("1959-02-27")).latest("DGS10")
    assert market.as_of(day("1959-03-02")).latest("DGS10") == 4.02
    # DGS10 of 1962-01-02 is known at the close of the third.
    assert market.as_of(day("1962-01-03")).history("DGS10", 1).observed_on.astype(str).tolist() == ["1962-01-02"]


@pytest.mark.parametrize("asset", ["small", "large"])
def test_the_engines_agree_on_it(market: Market, asset: str) -> None:
    other = {"small": "large", "large": "small"}[asset]
    rule = library.load("RateCycleTiming")(risk_on=asset, risk_off=other)
    test = Backtest(market=market, strategy=rule, start=day("1954-01-04"), end=day("2025-05-30"))
    one, two = backtrader.run(test), vectorised.run(test)
    # 1e-9 of value: the engines add the same numbers up in another order, over 18,000 sessions.
    np.testing.assert_allclose(one.value, two.value, rtol=1e-9)
    assert len(one.trades) == len(two.trades) > 20


def test_a_rule_that_needs_quality_is_told_the_first_possible_day(market: Market) -> None:
    rule = library.load("QualitySmallCaps")()
    with pytest.raises(BacktestError, match="start on 1963-06-28 or later"):
        Backtest(market=market, strategy=rule, start=day("1954-01-04"), end=day("2025-05-30"))


def test_factors_reach_as_far_as_the_files_and_grow_by_their_daily_returns(market: Market, raw_data: Path) -> None:
    size = market.series["factor_size"]
    assert (str(size.observed_on[0]), str(size.observed_on[-1])) == ("1953-12-31", "2025-04-30")
    assert str(market.series["factor_profitability"].observed_on[0]) == "1963-06-30"
    with (raw_data / "french" / "F-F_Research_Data_Factors_daily.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Date"].strip().startswith("200001")]
    growth = 1.0
    for row in rows:
        growth *= 1 + float(row["SMB"]) / 100
    at = int(np.flatnonzero(size.observed_on == day("2000-01-31"))[0])
    # Levels have six significant digits.
    assert size.values[at] / size.values[at - 1] == pytest.approx(growth, abs=1e-5)


def test_a_table_whose_sizes_do_not_add_up_is_refused() -> None:
    text = b"effective,rate,change_bp\n1953-01-16,2.0,25\n1954-02-05,1.75,-50\n"
    with pytest.raises(DataError, match=r"change_bp is -50, but rate goes from 2 to 1\.75 percent"):
        long_history.discount_changes(RawFile("t.csv", text))
