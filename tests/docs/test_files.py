"""docs/files.md says what the code writes, and a stored run holds what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from generate_files import OTHERS, page

import fedcycle as fc
from fedcycle.backtests.runs import stored_columns

ROOT = Path(__file__).parents[2]
SHORT = {"execution.engine": "vectorised", "period.start": "2003-01-02", "period.end": "2004-12-30"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    overrides = {**SHORT, "flows": {"amount": 500, "every": "month_end"}, "execution.account.gross": 2.0}
    run = fc.run("small-and-large", overrides=overrides, store=tmp_path_factory.mktemp("runs"), tearsheet=True)
    assert run.folder is not None
    return run.folder


def test_the_page_is_what_the_generator_writes() -> None:
    assert (ROOT / "docs" / "files.md").read_text(encoding="utf-8") == page(), "run: python docs/generate_files.py"


def test_a_stored_run_holds_the_columns_that_the_page_names(folder: Path) -> None:
    tables = {"ledger": stored_columns.LEDGER, "trades": stored_columns.TRADES, "targets": stored_columns.TARGETS}
    for name, columns in tables.items():
        named = []
        for column in columns:
            plain = "ASSET" not in column.name
            named += [column.name] if plain else [column.name.replace("ASSET", a) for a in ("small", "large")]
        assert sorted(pd.read_parquet(folder / f"{name}.parquet").columns) == sorted(named), name


def test_a_stored_run_holds_the_keys_that_the_page_names(folder: Path) -> None:
    assert set(json.loads((folder / "statistics.json").read_text())) == set(stored_columns.STATISTICS)
    assert set(json.loads((folder / "provenance.json").read_text())) <= set(stored_columns.PROVENANCE)


def test_a_stored_run_holds_the_files_that_the_page_names(folder: Path) -> None:
    text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    assert {f.name for f in folder.iterdir()} == {name for name in (*OTHERS, *_files()) if name != "notebook_cell.py"}
    assert all(f"`{name}`" in text or f"## {name}" in text for name in (*OTHERS, *_files()))


def test_pandas_reads_the_dates_of_a_stored_run_as_dates_and_quantstats_its_returns(folder: Path) -> None:
    qs = pytest.importorskip("quantstats")
    ledger = pd.read_parquet(folder / "ledger.parquet").set_index("session")
    assert isinstance(ledger.index, pd.DatetimeIndex)
    assert qs.stats.volatility(ledger["value"].pct_change().dropna()) > 0.0


def _files() -> tuple[str, ...]:
    return ("ledger.parquet", "trades.parquet", "targets.parquet", "statistics.json", "provenance.json")
