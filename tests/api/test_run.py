"""A run from Python: the same numbers as the command's, as pandas, over the measured account."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fedcycle as fc
from fedcycle.backtests.config import load

from .conftest import SHORT


def test_a_run_has_the_numbers_of_the_stored_json(run: fc.RunResult) -> None:
    assert run.folder is not None
    stored = json.loads((run.folder / "statistics.json").read_text())
    assert dict(run.statistics) == stored["statistics"]
    assert dict(run.relative) == stored["relative"]
    assert dict(run.by_phase) == stored["by_phase"]
    assert run.by_cycle == stored["by_cycle"]


def test_returns_begin_with_the_first_fill_whose_return_is_its_cost(run: fc.RunResult) -> None:
    period = run.document["period"]
    assert str(run.returns.index[0].date()) == period["first_fill"]
    assert str(run.returns.index[-1].date()) == period["end"]
    # 5 basis points of what is bought, and the capital less that is bought with it.
    assert run.returns.iloc[0] == pytest.approx(-0.0005 / 1.0005, abs=1e-9)
    assert run.equity.iloc[0] == 1_000_000.0
    assert str(run.equity.index[0].date()) == period["start"]


def test_every_series_is_of_the_same_sessions_and_adds_up(run: fc.RunResult) -> None:
    returns, equity = run.returns, run.equity
    for column in (returns, equity, run.benchmark_returns, run.phase):
        assert isinstance(column.index, pd.DatetimeIndex)
        assert column.index.is_unique
    assert returns.index.equals(equity.index[1:])
    np.testing.assert_allclose(equity.pct_change().iloc[1:], returns, atol=1e-15)
    np.testing.assert_allclose(run.active_returns, returns - run.benchmark_returns, atol=1e-15)
    np.testing.assert_allclose(run.weights.sum(axis=1), 1.0, atol=1e-12)
    np.testing.assert_allclose(run.positions.sum(axis=1), equity, rtol=1e-12)
    assert set(run.phase) <= {"hiking", "plateau", "cutting", "easy"}
    assert run.statistics["final_value"] == equity.iloc[-1]
    assert run.statistics["total_return"] == pytest.approx(np.prod(1.0 + returns) - 1.0, rel=1e-12)


def test_exposure_by_size_is_a_column_a_size_and_what_the_json_averages(run: fc.RunResult) -> None:
    found, said = run.exposure_by_size, run.document["exposure_by_size"]
    assert found is not None
    assert list(found.columns) == list(said)
    assert found.index.equals(run.returns.index)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-9)
    assert {name: column.mean() for name, column in found.items()} == pytest.approx(
        {name: of["average"] for name, of in said.items()}
    )
    assert run.exposure_by_sector is None
    assert run.document["exposure_by_sector"] is None


def test_trades_and_transactions_are_the_fills(run: fc.RunResult) -> None:
    assert run.statistics["trades"] == len(run.trades) == len(run.transactions)
    assert run.trades["cost"].sum() == pytest.approx(run.statistics["costs_usd"])
    assert list(run.transactions.columns) == ["amount", "price", "symbol", "commission"]
    assert isinstance(run.transactions.index, pd.DatetimeIndex)
    assert "cash" in run.positions.columns
    assert list(run.drawdowns["depth"]) == [d["depth"] for d in run.document["drawdowns"]]


def test_a_run_is_stored_used_again_and_loaded_by_its_name(run: fc.RunResult, store: Path) -> None:
    again = fc.run("rate-cycle-timing", overrides=SHORT, store=store)
    assert (again.reused, again.id) == (True, run.id)
    loaded = fc.load_run("rate-cycle-timing", store=store)
    assert loaded.id == run.id
    pd.testing.assert_series_equal(loaded.returns, run.returns)
    pd.testing.assert_frame_equal(loaded.weights, run.weights)


def test_nothing_is_kept_where_there_is_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = fc.run("buy-and-hold-small", overrides=SHORT, store=None)
    assert found.folder is None
    assert found.document["directory"] is None
    assert list(tmp_path.iterdir()) == []
    assert len(found.weights) == len(found.equity)


def test_a_mapping_a_config_and_a_name_are_one_run(run: fc.RunResult, store: Path) -> None:
    mapping = {
        "extends": "rate-cycle-timing",
        "execution": {"engine": "vectorised"},
        "period": {"start": pd.Timestamp("2003-01-02"), "end": "2005-12-30"},
    }
    sets = [f"{key}={value}" for key, value in SHORT.items()]
    assert fc.run(mapping, store=store).id == run.id
    assert fc.run(load("rate-cycle-timing", sets), store=store).id == run.id
    dated = {"start": "2003-01-02", "end": pd.Timestamp("2005-12-30").date()}
    assert fc.run("rate-cycle-timing", overrides={"execution.engine": "vectorised"}, store=store, **dated).id == run.id


def test_two_runs_in_two_threads_are_the_runs_of_one(run: fc.RunResult, tmp_path: Path) -> None:
    found: dict[str, fc.RunResult] = {}

    def work(name: str, store: Path | None) -> None:
        found[f"{name} {store}"] = fc.run(name, overrides=SHORT, store=store)

    jobs = [("rate-cycle-timing", tmp_path), ("rate-cycle-timing", tmp_path), ("buy-and-hold-mid", None)]
    threads = [threading.Thread(target=work, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert len(found) == 2
    same = found[f"rate-cycle-timing {tmp_path}"]
    assert dict(same.statistics) == dict(run.statistics)
    assert same.id == run.id
    alone = fc.run("buy-and-hold-mid", overrides=SHORT, store=None)
    pd.testing.assert_series_equal(found["buy-and-hold-mid None"].returns, alone.returns)


def test_a_page_and_a_figure_are_made(run: fc.RunResult, tmp_path: Path) -> None:
    page = run.tearsheet(tmp_path / "page.html")
    assert "<!doctype html>" in page.read_text(encoding="utf-8")[:100].lower()
    pytest.importorskip("plotly")
    figure = run.plot()
    assert [trace.name for trace in figure.data] == ["rate-cycle-timing", "large (benchmark)", "drawdown"]
    assert list(figure.data[0].y) == run.equity.tolist()


def test_a_notebook_shows_the_verdict_the_numbers_and_the_sample(run: fc.RunResult) -> None:
    shown = run._repr_html_()
    assert run.verdict[1:40] in shown
    assert f"{100 * run.statistics['cagr']:.2f}%" in shown
    assert f"{len(run.returns):,} daily returns" in shown
    assert "measured from the first fill" in shown
    stamped = fc.run("rate-cycle-timing-hindsight", overrides=SHORT, store=None)
    assert "[HINDSIGHT]" in stamped._repr_html_()
    assert "[HINDSIGHT]" in repr(stamped)


def test_what_a_run_says_goes_to_the_log_and_into_its_notes(
    run: fc.RunResult, store: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO, logger="fedcycle"):
        again = fc.run("rate-cycle-timing", overrides=SHORT, store=store)
    assert "used again" in caplog.text
    assert any("used again" in note for note in again.notes)
    assert capsys.readouterr() == ("", "")


def test_quantstats_takes_the_returns_and_finds_our_statistics(run: fc.RunResult) -> None:
    import warnings

    qs = pytest.importorskip("quantstats")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, on pandas
        assert qs.stats.volatility(run.returns) == pytest.approx(run.statistics["volatility"], rel=1e-9)
        assert qs.stats.max_drawdown(run.returns) == pytest.approx(run.statistics["max_drawdown"], rel=1e-9)
        assert qs.stats.comp(run.returns) == pytest.approx(run.statistics["total_return"], rel=1e-9)
        assert qs.stats.best(run.returns) == pytest.approx(run.statistics["best_day"], rel=1e-9)


def test_empyrical_takes_the_returns_and_finds_our_statistics(run: fc.RunResult) -> None:
    ep = pytest.importorskip("empyrical")
    assert ep.annual_volatility(run.returns) == pytest.approx(run.statistics["volatility"], rel=1e-9)
    assert ep.max_drawdown(run.returns) == pytest.approx(run.statistics["max_drawdown"], rel=1e-9)
    assert ep.cum_returns_final(run.returns) == pytest.approx(run.statistics["total_return"], rel=1e-9)
