"""Factors as series: levels by hand, in the bundle against its raw files, and what a fetch does without their file."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.data import catalog
from fedcycle.data.building import vintages
from fedcycle.data.building.build import build
from fedcycle.data.building.fetch import fetch
from fedcycle.data.dataset import load_market
from fedcycle.data.sources import network


def test_a_level_grows_by_its_daily_returns_and_stands_at_complete_months(tiny_raw: Path, tmp_path: Path) -> None:
    build(tiny_raw, tmp_path / "made")
    momentum = load_market(tmp_path / "made").series["factor_momentum"]
    # 0.2% a session; the raw folder's months by hand: 100 before January 1990.
    sessions = load_market(tmp_path / "made").sessions
    month = sessions.astype("datetime64[M]")
    january = int((month == np.datetime64("1990-01")).sum())
    assert str(momentum.observed_on[0]) == "1989-12-31"
    assert momentum.values[0] == 100.0
    assert momentum.values[1] == pytest.approx(100 * 1.002**january, rel=5e-6)  # six significant digits


def test_a_folder_without_a_factor_file_says_so_and_goes_without(tiny_raw: Path, tmp_path: Path) -> None:
    (tiny_raw / "french" / "published" / "F-F_Momentum_Factor_daily_CSV.zip").unlink()
    said: list[str] = []
    build(tiny_raw, tmp_path / "made", report=said.append)
    assert any("factor_momentum is left out" in text for text in said)
    assert "factor_momentum" not in load_market(tmp_path / "made").series
    assert "factor_investment" in load_market(tmp_path / "made").series


def test_the_bundle_has_five_factors_that_are_those_of_the_raw_files_month_by_month(raw_data: Path) -> None:
    market = load_market("bundle")
    assert [f.name for f in catalog.FACTORS if f.name in market.series] == [f.name for f in catalog.FACTORS[:5]]
    with zipfile.ZipFile(raw_data / catalog.FIVE_FACTORS) as packed:
        text = packed.read(packed.namelist()[0]).decode()
    rows = csv.reader(io.StringIO(text[text.index(",Mkt-RF") :]))
    head = [cell.strip() for cell in next(rows)]
    growth: dict[str, float] = {}
    for row in rows:
        if row and row[0].strip().isdigit():
            month = row[0].strip()[:6]
            growth[month] = growth.get(month, 1.0) * (1 + float(row[head.index("RMW")]) / 100)
    s = market.series["factor_profitability"]
    months = s.observed_on[1:].astype("datetime64[M]").astype(str)
    found = s.values[1:] / s.values[:-1]
    assert months[0] == "1990-01"
    for month, value in zip(months, found, strict=True):
        # Six significant digits at both ends.
        assert value == pytest.approx(growth[month.replace("-", "")], abs=1.1e-5), month


def test_a_fetch_without_the_five_factor_file_keeps_the_bundles_and_says_so(
    tiny_published: Any, tmp_path: Path
) -> None:
    del tiny_published.files["F-F_Research_Data_5_Factors_2x3_daily_CSV.zip"]
    patience = network.Patience(wait=lambda _: None, clock=lambda: 0.0, timeout=5.0, tries=1)
    address = tiny_published.address
    publishers = network.Publishers(network.Line(patience, notify=lambda _: None), address, address)
    outcome = fetch(tmp_path / "store", publishers, retrieved=datetime(2026, 1, 15, 12, tzinfo=UTC))
    assert any("the bundle's stay factor_profitability (to 20" in note for note in outcome.notes)
    market = load_market(vintages.folder(tmp_path / "store"))
    bundled = load_market("bundle").series["factor_investment"]
    np.testing.assert_array_equal(market.series["factor_investment"].values, bundled.values)
    assert len(market.series["factor_momentum"]) < 12  # what was fetched
