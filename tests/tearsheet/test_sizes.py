"""Exposure by size: weights summed by the deciles that the catalog states, by hand and on the shipped data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fedcycle.backtests.analysis import group_exposure
from fedcycle.backtests.analysis.measured_run import measured_run
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet.sections import sizes
from fedcycle.data import catalog
from fedcycle.data.market import Market


def test_weights_are_summed_by_size() -> None:
    weights = np.array([[0.2, 0.3, 0.5], [0.0, 1.0, 0.0]])
    found = group_exposure.summed(weights, ["small", "large", "small"], ["small", "large"])
    assert found == pytest.approx(np.array([[0.7, 0.3], [0.0, 1.0]]))


def test_deciles_are_those_of_the_columns_that_a_portfolio_is_made_of() -> None:
    """Columns are deciles (``3-Dec``), Lo 10, Lo 20 and Hi 30, or quintiles: quintile k is deciles 2k - 1 and 2k."""
    named = {"Lo 10": {1}, "Lo 20": {1, 2}, "Hi 30": {8, 9, 10}, "RF": set()}
    for asset in catalog.ASSETS:
        made = set[int]()
        for column in asset.columns:
            if column.startswith("ME"):
                made |= {2 * int(column[2]) - 1, 2 * int(column[2])}
            elif column.endswith("-Dec"):
                made.add(int(column.split("-")[0]))
            else:
                made |= named.get(column, set())
        stated = set() if asset.deciles is None else set(range(asset.deciles[0], asset.deciles[1] + 1))
        assert stated == made, asset.name


def test_the_section_says_how_much_was_in_each_size_and_that_inside_is_not_known(run: Run, market: Market) -> None:
    found = sizes.section(run, replace(market, name="bundle"))
    assert found is not None
    assert "(deciles 8 to 10)" in found.finding
    assert "What a portfolio holds inside its deciles is not known." in found.html
    assert "small with micro, deciles 1 to 6" in found.html
    assert "by sector" not in found.html


def test_other_data_sets_have_no_section(run: Run, market: Market) -> None:
    assert sizes.section(run, market) is None


def test_shares_of_a_year_add_up_to_one(six: Run, six_market: Market) -> None:
    found = sizes.section(six, replace(six_market, name="bundle"))
    assert found is not None
    cells = [row.split("</td>")[0].split(">")[-1] for row in found.html.split('<td class="number">')[1:]]
    shares = [float(cell.rstrip("%").replace("−", "-")) for cell in cells if cell.endswith("%")]
    groups = found.html.count('<th scope="row" class="text') - 1
    assert sum(shares[-groups:]) == pytest.approx(100.0, abs=0.2)


def test_a_portfolio_of_one_sector_has_all_sizes() -> None:
    sector = {asset.name: asset.sector for asset in catalog.ASSETS if asset.sector}
    assert sector == {"financials": "financials"}


def test_the_json_has_the_weights_of_each_size_over_all_closes_and_by_year(run: Run, market: Market) -> None:
    named = replace(market, name="bundle")
    found = group_exposure.by_size(run.ledger.measured(), named)
    assert found is not None
    account = run.ledger.measured()
    worth = account.of("large") * market.prices[np.searchsorted(market.sessions, account.sessions), 2]
    share = (worth / account.value)[1:]  # from the close of the first fill on
    said = found.document["large"]
    assert said["deciles"] == [8, 10]
    assert said["assets"] == ["large"]
    assert said["average"] == pytest.approx(float(share.mean()))
    assert said["last"] == pytest.approx(float(share[-1]))
    years = account.sessions[1:].astype("datetime64[Y]")
    assert list(said["by_year"]) == np.unique(years).astype(str).tolist()
    assert said["by_year"]["2003"] == pytest.approx(float(share[years == np.datetime64("2003")].mean()))
    np.testing.assert_allclose(found.weights.sum(axis=1), 1.0, atol=1e-9)


def test_a_portfolio_of_one_sector_is_in_it_and_the_rest_is_not_known(run: Run, market: Market) -> None:
    # The same account, its small caps called financials: 1 of the assets has a sector.
    called = tuple("financials" if name == "small" else name for name in market.assets)
    ledger = replace(
        run.ledger, assets=tuple("financials" if name == "small" else name for name in run.ledger.assets)
    ).measured()
    named = replace(market, name="bundle", assets=called)
    found = group_exposure.by_sector(ledger, named)
    assert found is not None
    assert found.groups[:2] == ("financials", group_exposure.UNKNOWN)
    small = group_exposure.by_size(run.ledger.measured(), replace(market, name="bundle"))
    assert small is not None
    assert found.document["financials"]["average"] == pytest.approx(small.document["small with micro"]["average"])
    assert group_exposure.by_sector(run.ledger.measured(), replace(market, name="bundle")) is None


def test_the_section_draws_the_shares_at_month_ends_and_around_changes(run: Run, market: Market) -> None:
    found = sizes.section(measured_run(run), replace(market, name="bundle"))
    assert found is not None
    assert '"name":"exposure-by-size"' in found.html
    assert len(found.html) < 20_000
