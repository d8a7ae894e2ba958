"""A fetch after somebody damaged the store: what is whole is used, what is not is fetched anew."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fedcycle.data.building import vintages
from fedcycle.data.building.fetch import Outcome, fetch
from fedcycle.data.dataset import load_market
from fedcycle.data.errors import DamagedData
from fedcycle.data.sources.network import Line, Patience, Publishers


def fetched(server: Any, store: Path, *names: str) -> Outcome:
    patience = Patience(wait=lambda seconds: None, clock=lambda: 0.0, tries=1)
    line = Line(patience, notify=lambda sentence: None)
    now = datetime(2026, 1, 15, tzinfo=UTC)
    return fetch(store, Publishers(line, server.address, server.address), retrieved=now, names=names)


def test_a_damaged_raw_file_is_fetched_and_kept_anew(tiny_published: Any, tmp_path: Path) -> None:
    good = fetched(tiny_published, tmp_path).vintage
    raw = vintages.folder(tmp_path) / "raw" / "fred" / "DGS10.csv"
    raw.write_bytes(raw.read_bytes().replace(b"7.94", b"9.94"))
    again = fetched(tiny_published, tmp_path)
    assert again.vintage.raw["fred/DGS10.csv"].held_by == again.vintage.id
    assert again.vintage.digest == good.digest


def test_a_damaged_raw_file_is_not_fallen_back_on(tiny_published: Any, tmp_path: Path) -> None:
    fetched(tiny_published, tmp_path)
    raw = vintages.folder(tmp_path) / "raw" / "fred" / "DGS10.csv"
    raw.write_bytes(b"observation_date,DGS10\n")
    del tiny_published.files["DGS10"]
    again = fetched(tiny_published, tmp_path)
    assert "fred/DGS10.csv" not in again.vintage.raw  # the bundle's stands in its place, and the outcome says so
    assert [f.name for f in again.failed] == ["fred/DGS10.csv"]


def test_a_damaged_record_is_passed_over_and_a_fetch_mends_the_store(tiny_published: Any, tmp_path: Path) -> None:
    good = fetched(tiny_published, tmp_path).vintage
    fetched(tiny_published, tmp_path)
    (vintages.folder(tmp_path) / "vintage.json").write_bytes(b"{")
    third = fetched(tiny_published, tmp_path).vintage
    assert third.number == 3
    assert third.raw["fred/DGS2.csv"].held_by == good.id
    assert load_market(vintages.folder(tmp_path)).digest == good.digest


def test_a_damaged_newest_market_is_named_and_the_next_fetch_brings_a_whole_one(
    tiny_published: Any, tmp_path: Path
) -> None:
    good = fetched(tiny_published, tmp_path).vintage
    (vintages.folder(tmp_path) / "yields.csv").write_bytes(b"date\n")
    with pytest.raises(DamagedData, match=r"yields\.csv has 5 bytes"):
        load_market(vintages.folder(tmp_path))
    fetched(tiny_published, tmp_path)
    assert load_market(vintages.folder(tmp_path)).digest == good.digest
