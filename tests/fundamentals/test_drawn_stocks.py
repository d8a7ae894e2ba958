"""The drawn panel: the same for the same seed, stamped everywhere, and screened by both claims and pages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fedcycle.backtests.analysis.attribution import CASH
from fedcycle.backtests.analysis.event_study import event_study
from fedcycle.backtests.analysis.holdings import weights_at_close
from fedcycle.backtests.claims import stock_parts
from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.cli.stocks import print_stock
from fedcycle.backtests.config import load
from fedcycle.backtests.engines import backtrader, vectorised
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import page
from fedcycle.backtests.tearsheet.held_areas import OTHERS, gathered
from fedcycle.backtests.tearsheet.sections import stocks
from fedcycle.backtests.workflows.explain import explain, explain_stock
from fedcycle.backtests.workflows.study import execute, prepare
from fedcycle.data.dataset import load_market
from fedcycle.data.fundamentals.sectors import FF12
from fedcycle.data.market import Market
from fedcycle.data.sources import synthetic_stocks
from fedcycle.strategies import library

Screen = library.load("QualitySmallCaps")


@pytest.fixture(scope="module")
def market() -> Market:
    return synthetic_stocks.market(load_market("bundle"), companies=150, start=np.datetime64("2015-01-02"))


def test_the_same_seed_draws_the_same_market(market: Market) -> None:
    again = synthetic_stocks.market(load_market("bundle"), companies=150, start=np.datetime64("2015-01-02"))
    assert market.digest == again.digest
    assert market.fundamentals is not None
    assert market.fundamentals.stamps == ("SYNTHETIC",)


def test_a_run_on_drawn_stocks_says_so_and_its_page_shows_who_left(market: Market) -> None:
    config = load(
        "stocks/quality-small-caps-stocks",
        ["period.start=2017-01-03", "period.end=2018-12-31", "execution.engine=vectorised", "strategy.hold_rank=null"],
    )
    run = execute(prepare(config, market))
    assert run.stamps == ("SYNTHETIC", "DELISTING: LAST")
    section = stocks.section(run, market)
    assert section is not None
    gone = sum(market.spans[a][1] < len(market.sessions) - 1 for a in market.fundamentals.assets)  # type: ignore[union-attr]
    assert f"Of 150 stocks in the panel {gone} left it" in section.finding
    assert section.html.count("SYNTHETIC") == 4


CONFIGS = sorted(f"stocks/{file.stem}" for file in (Path(__file__).parents[2] / "configs" / "stocks").glob("*.yaml"))


def test_there_is_a_config_for_the_screen_the_note_and_each_part() -> None:
    assert [name.removeprefix("stocks/").removesuffix("-stocks") for name in CONFIGS] == [
        "bofa-composite", "quality-earnings", "quality-refinancing", "quality-revisions", "quality-sectors",
        "quality-small-caps",
    ]  # fmt: skip


@pytest.mark.parametrize("name", CONFIGS)
def test_every_shipped_config_runs_alike_on_both_engines_and_says_that_it_is_drawn(name: str, market: Market) -> None:
    config = load(name, ["period.start=2017-01-03", "period.end=2018-06-29"])
    study = prepare(config, market)
    one, other = vectorised.run(study.backtest), backtrader.run(study.backtest)
    np.testing.assert_allclose(one.value, other.value, rtol=1e-12)  # the promise of the engines
    assert len(one.trades) > 50
    assert study.stamps[:1] == ("SYNTHETIC",)


@pytest.fixture(scope="module")
def run(market: Market) -> Run:
    """A screen of ten years of drawn stocks."""
    more = [
        "period.start=2016-01-04",
        "period.end=2025-05-30",
        "execution.engine=vectorised",
        "strategy.hold_rank=null",
    ]
    return execute(prepare(load("stocks/quality-small-caps-stocks", more), market))


def test_a_page_of_many_holdings_stays_under_2_mb_and_gathers_them_by_sector(run: Run, market: Market) -> None:
    html = page.render(run, market)
    assert len(html.encode()) < 2_000_000
    every = weights_at_close(run, market)
    names, weights = gathered(*every, market)
    assert set(names) <= {*(name.replace("_", " ") for name in FF12), CASH}
    assert len(every[0]) > 50
    np.testing.assert_allclose(weights.sum(axis=1), every[1].sum(axis=1), rtol=1e-12, atol=1e-12)
    fund = market.fundamentals
    assert fund is not None
    sector = fund.steps.value[fund.rows("sector", market.sessions[-1])]
    code = {asset: FF12[int(s)].replace("_", " ") for asset, s in zip(fund.assets, sector, strict=True)}
    mine = [j for j, name in enumerate(every[0][:-1]) if code[name] == "energy"]
    np.testing.assert_allclose(weights[:, names.index("energy")], every[1][:, mine].sum(axis=1), atol=1e-12)


def test_the_smallest_of_many_holdings_are_one_and_shorts_stand_apart(market: Market) -> None:
    names = (*(f"X{k:02d}" for k in range(20)), CASH)
    weights = np.full((3, 21), 0.01)
    weights[:, 0], weights[:, 1] = 0.5, 0.2
    weights[:, 19] = -0.05
    weights[:, 20] = 1.0 - weights[:, :20].sum(axis=1)
    said, some = gathered(names, weights, market, max_=3)
    assert said == ("X00", "X01", OTHERS, OTHERS, CASH)
    np.testing.assert_allclose(some[0], [0.5, 0.2, 0.17, -0.05, 0.18], rtol=1e-12)
    assert gathered(names[-3:], weights[:, -3:], market) == (names[-3:], pytest.approx(weights[:, -3:]))


def test_explaining_a_stock_reads_as_sentences(run: Run, market: Market, capsys: pytest.CaptureFixture[str]) -> None:
    study = prepare(
        load("stocks/quality-small-caps-stocks", ["period.start=2016-01-04", "strategy.hold_rank=null"]), market
    )
    held = [a for a, w in zip(run.ledger.assets, run.ledger.targets[-1], strict=True) if w > 0]
    view = market.as_of(run.ledger.decided_on[-1])
    other = next(a for a in view.fundamentals.assets if a not in held)
    answer = explain(study, run.ledger.decided_on[-1])
    for asset, said in ((held[0], "held, as it passes all 5 parts that are on."), (other, "not held, as it fails")):
        print_stock(explain_stock(answer, asset))
        lines = " ".join(capsys.readouterr().out.split())
        assert f"{asset} [SYNTHETIC]" in lines
        assert said in lines
        fact = view.fundamentals.fact(asset, "net_income")
        assert fact is not None
        assert f"filed {fact.filed}, known {fact.known_on}" in lines
        assert f"net income {fact.value:,.0f}" in lines


def test_parts_of_the_screen_are_told_with_their_companies_and_months_or_not_at_all(market: Market) -> None:
    found = stock_parts.quality(Evidence.of(market))
    assert [b.label.split(",")[0] for b in found] == list(stock_parts.PARTS)
    assert all("months" in b.note for b in found)
    thin = synthetic_stocks.market(load_market("bundle"), companies=20, start=np.datetime64("2015-01-02"))
    assert {b.value for b in stock_parts.quality(Evidence.of(thin))} == {"not testable"}


def test_weights_are_capped_and_what_is_left_over_is_cash(market: Market) -> None:
    view = market.as_of(market.sessions[900])
    weights = Screen(size="large", max_weight=0.02).weights(view)
    assert max(weights.values()) <= 0.02 + 1e-15
    assert sum(weights.values()) == pytest.approx(min(1.0, 0.02 * len(weights)), rel=1e-12)


def test_accounts_that_are_too_old_are_missing(market: Market) -> None:
    view = market.as_of(market.sessions[900])
    fund = view.fundamentals
    age = (view.today - fund.ends("net_income")).astype(int)
    served = fund.value("net_income", oldest_days=90)
    assert np.isnan(served[age > 90]).all()
    assert not np.isnan(served[age <= 90]).any()


def test_a_shield_moves_everything_a_screen_holds(market: Market) -> None:
    screen = Screen(size="small")
    shield = library.load("YieldShield")(
        rule=screen, everything=True, to="mid", enter_bp=2.0, leave_bp=1.0, stay_sessions=1
    )
    views = [market.view(k) for k in range(400, 900, 20)]
    answers = [(dict(shield.weights(v)), dict(screen.weights(v))) for v in views]
    assert {set(answer) == {"mid"} for answer, _ in answers} == {True, False}
    assert all(answer == alone or answer == {"mid": pytest.approx(sum(alone.values()))} for answer, alone in answers)


def test_a_market_without_accounts_says_how_to_make_one() -> None:
    view = load_market("bundle").view(3000)
    with pytest.raises(LookupError, match="fedcycle data add-fundamentals"):
        Screen(size="small").weights(view)


def test_a_sector_the_panel_does_not_have_is_named(market: Market) -> None:
    with pytest.raises(Exception, match="sectors has 'banks'; the panel has non_durables"):
        Screen(size="small", sectors=("banks",)).weights(market.view(900))


def test_everything_made_from_the_market_says_that_it_is_drawn(market: Market) -> None:
    assert market.all_stamps == (*market.stamps, "SYNTHETIC")
    assert "SYNTHETIC" in event_study(market).document["market"]["stamps"]
