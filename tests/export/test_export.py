"""The tables of a run as files that other programs read: real dates, numbers, units, whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fedcycle as fc
from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.export import Column, Table, write_tables
from fedcycle.backtests.export.run_tables import NAMES
from fedcycle.backtests.export.table import dates
from fedcycle.backtests.statistics import STATISTICS

SHORT = {"execution.engine": "vectorised", "period.start": "2003-01-02", "period.end": "2005-12-30"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> fc.RunResult:
    return fc.run("rate-cycle-timing", overrides=SHORT, store=tmp_path_factory.mktemp("runs"))


def test_csv_reads_back_as_the_runs_own_numbers(run: fc.RunResult, tmp_path: Path) -> None:
    folder = run.export(tmp_path / "out", format="csv")
    assert {f.stem for f in folder.iterdir()} == {*NAMES, "columns"}
    account = pd.read_csv(folder / "account.csv", parse_dates=["session"], index_col="session")
    assert account["value"].to_list() == run.equity.to_list()
    assert account["return"].iloc[1:].to_list() == run.returns.to_list()
    said = pd.read_csv(folder / "columns.csv").set_index(["table", "column"])
    assert said.loc[("account", "return"), "unit"] == "fraction"


def test_parquet_has_dates_that_pandas_reads_as_dates(run: fc.RunResult, tmp_path: Path) -> None:
    folder = run.export(tmp_path / "out", format="parquet")
    account = pd.read_parquet(folder / "account.parquet").set_index("session")
    assert isinstance(account.index, pd.DatetimeIndex)
    assert account["value"].to_list() == run.equity.to_list()
    drawdowns = pd.read_parquet(folder / "drawdowns.parquet")
    assert drawdowns["start"].dtype.kind == "M"


def test_json_has_every_table_with_its_units(run: fc.RunResult, tmp_path: Path) -> None:
    document = json.loads(run.export(tmp_path / "run.json", format="json").read_text(encoding="utf-8"))
    assert list(document) == list(NAMES)
    assert document["account"]["rows"][0]["session"] == str(run.equity.index[0].date())
    assert document["account"]["rows"][0]["return"] is None
    assert document["weights"]["columns"]["small"]["unit"] == "fraction"


def test_a_workbook_has_real_dates_formats_and_frozen_headers(run: fc.RunResult, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(run.export(tmp_path / "run.xlsx"))
    assert book.sheetnames == [*NAMES, "columns"]
    assert {sheet.freeze_panes for sheet in book} == {"A2"}
    account = book["account"]
    first, second = account[2], account[3]
    assert first[0].value == run.equity.index[0].to_pydatetime()
    assert isinstance(first[0].value, dt.datetime)
    assert (first[0].number_format, first[1].number_format, second[2].number_format) == (
        "yyyy-mm-dd",
        "#,##0.00",
        "0.00%",
    )
    assert second[2].value == pytest.approx(run.returns.iloc[0], rel=1e-12)
    assert account[1][0].font.bold


def test_statistics_have_their_unit_and_definition(run: fc.RunResult, tmp_path: Path) -> None:
    folder = run.export(tmp_path / "out", format="csv")
    table = pd.read_csv(folder / "statistics.csv").set_index("statistic")
    assert set(run.statistics) <= set(table.index)
    assert table.loc["sharpe", "value"] == run.statistics["sharpe"]
    assert table.loc["sharpe", "formula"] == STATISTICS["sharpe"].formula
    assert table.loc["tracking_error", "of"] == "against large"


def test_stamps_and_the_verdict_stand_in_the_file(tmp_path: Path) -> None:
    stamped = fc.run("rate-cycle-timing-hindsight", overrides=SHORT, store=None)
    about = pd.read_csv(stamped.export(tmp_path / "out", format="csv") / "about.csv")
    assert ("stamp", "HINDSIGHT") in set(about.itertuples(index=False, name=None))
    assert ("verdict", stamped.verdict) in set(about.itertuples(index=False, name=None))


def test_a_text_that_looks_like_a_formula_is_a_text(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    table = Table("about", "x", (Column("said", np.array(["=1+1"]), "text", "", "x"),))
    write_tables([table], tmp_path / "x.xlsx", "xlsx")
    cell = openpyxl.load_workbook(tmp_path / "x.xlsx")["about"]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_an_export_takes_the_place_of_its_own_and_of_nothing_else(run: fc.RunResult, tmp_path: Path) -> None:
    folder = run.export(tmp_path / "out", format="csv")
    before = (folder / "account.csv").read_bytes()
    assert (run.export(folder, format="csv") / "account.csv").read_bytes() == before
    (folder / "mine.txt").write_text("keep")
    with pytest.raises(RunError, match=r"holds mine.txt, which is no part of an export"):
        run.export(folder, format="csv")
    assert (folder / "mine.txt").read_text() == "keep"


@pytest.mark.parametrize(
    ("form", "place", "message"),
    [
        ("xls", "x.xls", "format 'xls' does not exist; there are csv, xlsx, parquet, json"),
        ("xlsx", ".", "is a folder; name a file for xlsx"),
        ("csv", "file", "is a file, but csv is several files; name a folder"),
    ],
)
def test_a_wrong_place_or_format_is_refused(
    run: fc.RunResult, tmp_path: Path, form: str, place: str, message: str
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RunError, match=message):
        run.export(tmp_path / place, format=form)
    assert [f.name for f in tmp_path.iterdir()] == ["file"]


def test_a_workbook_that_is_open_elsewhere_is_an_error_of_ours_and_stays(
    run: fc.RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "open.xlsx"
    path.write_bytes(b"as it was")

    def refuse(self: Path, target: Path) -> Any:
        raise PermissionError(13, "Permission denied", str(target))  # as Windows does where Excel has the file open

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(RunError, match=r"open.xlsx: Permission denied; nothing was changed there"):
        run.export(path)
    assert path.read_bytes() == b"as it was"
    assert [f.name for f in tmp_path.iterdir()] == ["open.xlsx"]


def test_a_run_in_which_nothing_was_filled_is_exported_too(run: fc.RunResult, tmp_path: Path) -> None:
    cash = {"class": "FixedMix", "weights": {"small": 0.0}}
    found = fc.run({"strategy": cash}, overrides=SHORT, store=None)
    assert len(found.returns) == 0
    assert len(found.equity) == 1
    account = pd.read_csv(found.export(tmp_path / "out", format="csv") / "account.csv")
    assert account["value"].to_list() == [1_000_000.0]


def test_the_command_writes_a_stored_run_as_it_is_stored(
    run: fc.RunResult, tmp_path: Path, typed: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert run.folder is not None
    done = typed("export", str(run.folder), "--format", "json", "-o", "run.json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "run.json\n"), done.stderr
    assert [f.name for f in tmp_path.iterdir()] == ["run.json"]
    wrong = typed("export", "nothing", "--format", "json", cwd=tmp_path)
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("fedcycle: nothing: there is no such config")


def test_compare_writes_its_tables(tmp_path: Path, typed: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    base = (
        "extends: buy-and-hold-small\nperiod: {start: 2003-01-02, end: 2005-12-30}\nexecution: {engine: vectorised}\n"
    )
    (tmp_path / "a.yaml").write_text(base)
    done = typed("compare", "a.yaml", "--csv", "tables", "--xlsx", "tables.xlsx", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(tmp_path / "tables" / "comparison.csv")
    assert list(table["run"]) == ["large", "buy-and-hold-small"]
    assert (tmp_path / "tables.xlsx").is_file()
    refused = typed("compare", "a.yaml", "--csv", ".", cwd=tmp_path)
    assert refused.returncode == 1
    assert "which is no part of an export" in refused.stderr


def test_a_run_whose_market_has_no_policy_series_has_no_phase(run: fc.RunResult) -> None:
    from fedcycle.backtests.export.run_tables import phase
    from fedcycle.data.dataset import load_market

    market = load_market("bundle")
    bare = replace(market, series={n: s for n, s in market.series.items() if n != "target_change"})
    assert set(phase(run.stored.run, bare).tolist()) == {""}


def test_a_day_that_does_not_exist_is_missing_and_warns_of_nothing() -> None:
    found = dates([None, "2001-01-02"])
    assert found.dtype == np.dtype("datetime64[D]")
    assert found.astype(str).tolist() == ["NaT", "2001-01-02"]
