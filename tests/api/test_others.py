"""Comparisons, sweeps, markets, cycles and claims from Python: the documents of the commands, as pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fedcycle as fc
from fedcycle.backtests.claims import evaluate_claims
from fedcycle.data.dataset import load_market

from .conftest import SHORT


@pytest.fixture(scope="module")
def compared(run: fc.RunResult) -> fc.Comparison:
    small = fc.run("buy-and-hold-small", overrides=SHORT, store=None)
    return fc.compare([small, run, run], store=None)


def test_a_comparison_ranks_finished_runs_that_are_kept_nowhere(compared: fc.Comparison, run: fc.RunResult) -> None:
    table = compared.table
    assert len(table) == len(compared.runs) == 2
    assert list(table["sharpe"]) == sorted(table["sharpe"], reverse=True)
    assert table.loc["rate-cycle-timing", "cagr"] == run.statistics["cagr"]
    assert set(table["verdict"]) <= {"ahead", "behind", "level", "not distinguishable"}
    assert compared.benchmark.name == "large"
    assert list(compared.significance.index) == list(table.index)
    assert any("looks better than it is" in sentence for sentence in compared.sentences)
    assert "not distinguishable" in compared._repr_html_()


def test_a_comparison_is_written_as_a_page_and_as_tables(compared: fc.Comparison, tmp_path: Path) -> None:
    assert "rate-cycle-timing" in compared.page(tmp_path / "page.html").read_text(encoding="utf-8")
    folder = compared.export(tmp_path / "tables", format="csv")
    read = pd.read_csv(folder / "comparison.csv")
    assert list(read["run"]) == ["large", *compared.table.index]


def test_a_sweep_has_a_row_a_variant_and_nothing_stays_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    overrides = {**SHORT, "sweep": {"execution.lag": [1, 2], "execution.costs.slippage_bps": [0.0, 5.0]}}
    found = fc.sweep("rate-cycle-timing", overrides=overrides, store=None)
    assert sorted(found.results["variant"]) == [0, 1, 2, 3]
    assert set(found.table["execution.lag"]) == {1, 2}
    free = found.table[found.table["execution.costs.slippage_bps"] == 0.0]
    assert (free["costs_usd"] == 0.0).all()
    assert found.contrasts.empty
    assert list(tmp_path.iterdir()) == []
    assert "4 variants" in found._repr_html_()


def test_a_sweep_is_stated_by_a_mapping_as_by_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"extends": "rate-cycle-timing.yaml", "name": "mine", "sweep": {"execution.lag": [1, 2]}}
    Path("mine.yaml").write_text("extends: rate-cycle-timing.yaml\nname: mine\nsweep: {execution.lag: [1, 2]}\n")
    found, read = (fc.sweep(what, overrides=SHORT, store=None) for what in (given, "mine.yaml"))
    pd.testing.assert_frame_equal(found.table, read.table)
    with pytest.raises(fc.FedcycleError, match="sweep is empty; state what to try"):
        fc.sweep({"extends": "buy-and-hold-large.yaml"}, store=None)


def test_a_market_is_its_prices_and_its_series_with_the_days_they_were_known() -> None:
    market, held = fc.load_market("bundle"), load_market("bundle")
    assert market.digest == held.digest
    np.testing.assert_array_equal(market.prices["small"], held.prices[:, held.column("small")])
    assert str(market.prices.index[0].date()) == "1989-12-29"
    about, known = market.series["DGS10"], market.known["DGS10"]
    assert about.to_list() == known.to_list()
    assert (known.index > about.index).all()  # a yield is known one session after its day
    assert market.units["DGS10"] == "percent per year"
    assert "Data complete to" in market._repr_html_() or "complete" in market.reach


def test_cycles_are_those_of_the_command() -> None:
    found = fc.cycles()
    assert list(found.table["final_cut"].dt.year) == [1996, 1998, 2003, 2008, 2020, 2025]
    window = found.window("12m")
    # The year from the last cut of 2003, as DOMAIN's event window has it, from the document itself.
    assert window.loc["2001-01-03", "small"] == found.document["cycles"][2]["windows"]["12m"]["small"]
    assert "[HINDSIGHT]" in found._repr_html_()
    with pytest.raises(KeyError, match="'13m' is no window; there are"):
        found.window("13m")


def test_claims_are_those_of_the_command() -> None:
    found = fc.claims(as_of="2005-01-03")
    document = evaluate_claims(load_market("bundle"), np.datetime64("2005-01-03")).document
    assert list(found.table.index) == [claim["id"] for claim in document["claims"]]
    assert list(found.table["verdict"]) == [claim["verdict"] for claim in document["claims"]]
    assert "cannot tell" in found._repr_html_() or "not testable" in found._repr_html_()
