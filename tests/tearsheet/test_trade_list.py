"""The list of fills and its CSV, on the page and saved out of it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fedcycle.backtests.analysis.trade_list import fills
from fedcycle.backtests.core.format import money, percent, plain
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import page
from fedcycle.backtests.tearsheet.packed_fills import packed_fills
from fedcycle.backtests.tearsheet.sections import trades
from fedcycle.data.market import Market


def test_every_fill_is_in_the_list_with_what_it_cost(run: Run) -> None:
    found, trades = fills(run.ledger), run.ledger.trades
    assert len(found) == len(trades)
    first = found[0]
    assert first.worth_usd == pytest.approx(abs(trades.units[0]) * trades.price[0])
    assert first.cost_usd == pytest.approx(0.0005 * first.worth_usd)
    # Bought at the second close: the share is of the account's value there, after costs.
    assert first.share_of_value == pytest.approx(first.worth_usd / run.ledger.value[1])
    assert sum(fill.cost_usd for fill in found) == pytest.approx(float(trades.cost.sum()))


def saved(chromium: Any, run: Run, market: Market, folder: Path) -> tuple[list[dict[str, str]], list[list[str]], str]:
    """Save the fills out of the page: the rows of the CSV, the rows shown, and the file's name."""
    path = folder / "tearsheet.html"
    path.write_bytes(page.render(run, market).encode())
    tab = chromium.new_page()
    wrong: list[str] = []
    tab.on("console", lambda message: wrong.append(message.text))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.goto(path.as_uri())
    with tab.expect_download() as started:
        tab.locator("#trades .download a").click()
    started.value.save_as(folder / "fills.csv")
    tab.locator("#trades .fills").scroll_into_view_if_needed()
    rows = "[...document.querySelectorAll('.fills tbody tr')]"
    tab.wait_for_function(f"{rows}.length === {min(len(run.ledger.trades), 500)}")
    shown = tab.evaluate(f"{rows}.map((row) => [...row.children].map((cell) => cell.textContent))")
    tab.close()
    assert wrong == []
    text = (folder / "fills.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline=""))), shown, started.value.suggested_filename


def test_the_csv_has_every_fill_to_the_last_digit(chromium: Any, run: Run, market: Market, tmp_path: Path) -> None:
    rows, shown, name = saved(chromium, run, market, tmp_path)
    done = run.ledger.trades
    assert name == f"{run.id}-fills.csv"
    assert [row["filled_on"] for row in rows] == done.filled_on.astype(str).tolist()
    assert [row["decided_on"] for row in rows] == done.decided_on.astype(str).tolist()
    assert [row["asset"] for row in rows] == [run.ledger.assets[k] for k in done.asset.tolist()]
    for column, kept in (("units", done.units), ("price_usd", done.price), ("cost_usd", done.cost)):
        assert [float(row[column]) for row in rows] == kept.tolist()
    assert [float(row["worth_usd"]) for row in rows] == [fill.worth_usd for fill in fills(run.ledger)]
    assert [float(row["share_of_value"]) for row in rows] == [fill.share_of_value for fill in fills(run.ledger)]
    # What the script shows is what Python writes, newest first.
    assert shown[: len(written(run))] == written(run)


def written(run: Run) -> list[list[str]]:
    """The rows that the page has where no script runs."""
    return [
        [
            fill.filled_on,
            fill.decided_on,
            fill.asset,
            "bought" if fill.units > 0 else "sold",
            plain(abs(fill.units)),
            plain(fill.price_usd),
            money(fill.worth_usd, run.currency),
            percent(fill.share_of_value),
            money(fill.cost_usd, run.currency),
        ]
        for fill in fills(run.ledger)[::-1][:500]
    ]


def test_a_name_is_text_in_the_table_and_no_formula_in_the_csv(
    chromium: Any, run: Run, market: Market, tmp_path: Path
) -> None:
    names = ('=1+1,"a"', "<img src=x onerror=alert(1)>", "</script><b>", "a\nb")
    called = dict(zip(run.ledger.assets, names, strict=False))
    assets = tuple(called.get(name, name) for name in run.ledger.assets)
    hostile = replace(run, ledger=replace(run.ledger, assets=assets))
    same = replace(market, assets=tuple(called.get(name, name) for name in market.assets))
    rows, shown, _ = saved(chromium, hostile, same, tmp_path)
    held = [assets[k] for k in run.ledger.trades.asset.tolist()]
    assert [row["asset"] for row in rows] == [f"'{name}" if name.startswith("=") else name for name in held]
    assert [row[2] for row in shown] == held[::-1][:500]


def test_where_no_script_runs_the_latest_fills_stand_there_and_the_page_says_so(
    chromium: Any, run: Run, market: Market, tmp_path: Path
) -> None:
    assert len(run.ledger.trades) > trades.FIRST
    path = tmp_path / "tearsheet.html"
    path.write_bytes(page.render(run, market).encode())
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(path.as_uri())
    # What is far off is not laid out, so it has no inner text.
    rows = tab.locator("#trades .fills tbody tr").all()
    shown = [row.locator("th, td").all_text_contents() for row in rows]
    assert [[cell.strip() for cell in row] for row in shown] == written(run)[: trades.FIRST]
    assert "where no script runs, the latest 20 are shown" in (tab.locator("#trades noscript").text_content() or "")
    assert not tab.locator("#trades .download").is_visible()
    context.close()


def test_of_very_many_fills_the_page_has_the_latest_and_says_where_all_are(
    run: Run, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trades, "SAVED", 20)
    monkeypatch.setattr(trades, "FEWER", 15)
    found = trades.section(run, market)
    n = len(run.ledger.trades)
    assert found is not None
    assert f"Save the latest 15 fills as CSV</a>; all {n:,} are in trades.parquet of the run" in found.html
    assert len(packed_fills(run.ledger, latest=15)["asset"]) == 15


def test_packed_fills_take_a_quarter_of_what_rows_took(run: Run) -> None:
    # 165 characters a row and 90 in the CSV before.
    text = json.dumps(packed_fills(run.ledger, latest=10_000), separators=(",", ":"))
    assert len(text) < 64 * len(run.ledger.trades)
