"""The drawn panel: the same for the same seed, stamped everywhere, and screened by both claims and pages."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.claims import stock_parts
from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.config import load
from fedcycle.backtests.tearsheet.sections import stocks
from fedcycle.backtests.workflows.study import execute, prepare
from fedcycle.data.dataset import load_market
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
    assert run.stamps == ("SYNTHETIC", "DELISTED AT THE LAST CLOSE")
    section = stocks.section(run, market)
    assert section is not None
    gone = sum(market.spans[a][1] < len(market.sessions) - 1 for a in market.fundamentals.assets)  # type: ignore[union-attr]
    assert f"Of 150 stocks in the panel {gone} left it" in section.finding
    assert section.html.count("SYNTHETIC") == 4


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
