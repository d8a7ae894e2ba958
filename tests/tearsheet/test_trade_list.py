"""The list of fills and its CSV, on the page and saved out of it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from fedcycle.backtests.analysis.trade_list import fills
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import page
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


def test_the_link_on_the_page_saves_all_fills(chromium: Any, run: Run, market: Market, tmp_path: Path) -> None:
    path = tmp_path / "tearsheet.html"
    path.write_bytes(page.render(run, market).encode())
    tab = chromium.new_page()
    wrong: list[str] = []
    tab.on("console", lambda message: wrong.append(message.text))
    tab.goto(path.as_uri())
    with tab.expect_download() as started:
        tab.locator("#trades .download a").click()
    assert started.value.suggested_filename == f"{run.id}-fills.csv"
    started.value.save_as(tmp_path / "fills.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "fills.csv").read_text(encoding="utf-8"))))
    assert len(rows) == len(run.ledger.trades)
    assert [row["filled_on"] for row in rows] == run.ledger.trades.filled_on.astype(str).tolist()
    assert [float(row["units"]) for row in rows] == pytest.approx(run.ledger.trades.units.tolist(), rel=1e-9)
    assert tab.locator("#trades .fills tbody tr").count() == min(len(rows), 500)
    tab.close()
    assert wrong == []
