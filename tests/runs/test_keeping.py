"""runs list, show, rerun, remove: on runs of the bundled data."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fedcycle import data
from fedcycle.backtests.cli import console
from fedcycle.backtests.cli.app import cli
from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.runs import provenance
from fedcycle.backtests.workflows import reproduce
from fedcycle.backtests.workflows.jobs import Job, run_all

RULE = """
from dataclasses import dataclass
from fedcycle.strategies.strategy import Strategy

@dataclass(frozen=True, kw_only=True)
class Large(Strategy):
    '''Hold large caps.'''

    def weights(self, view):
        return {"large": 1.0}
"""


def run(ref: str, out: Path, *sets: str) -> Path:
    short = ("execution.engine=vectorised", "period.start=2005-01-03", "period.end=2006-12-29")
    return next(iter(run_all([Job(ref, (*short, *sets), out, tearsheet=False)], notify=lambda _: None))).folder


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["runs", *arguments])


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def folder(out: Path) -> Path:
    return run("buy-and-hold-large", out)


def test_a_rerun_of_the_same_inputs_proves_the_same_bytes(folder: Path, out: Path) -> None:
    result = invoke("rerun", "buy-and", "--out", str(out))
    assert (result.exit_code, result.stdout) == (0, f"{folder.name}: the same bytes again in all 6 files.\n")


def test_a_rerun_leaves_the_stored_run_as_it_is(folder: Path) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    reproduce.rerun(folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_rerun_names_a_library_whose_version_changed(
    folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = {**provenance.versions(), "numpy": "9.9.9"}
    monkeypatch.setattr(provenance, "versions", lambda: now)
    result = invoke("rerun", folder.name, "--out", str(out), "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert list(document["inputs_changed"]) == ["versions.numpy"]
    assert document["inputs_changed"]["versions.numpy"].endswith("and is 9.9.9")
    assert document["files"]["ledger.parquet"] is True
    assert document["files"]["provenance.json"] is False


def test_a_rerun_names_our_own_source(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "code_digest", lambda: "sha256:" + "0" * 64)
    assert list(reproduce.rerun(folder).inputs) == ["code"]


def test_a_rerun_names_the_rule_file_that_was_edited(tmp_path: Path, out: Path) -> None:
    (tmp_path / "mine.py").write_text(RULE)
    (tmp_path / "mine.yaml").write_text("extends: buy-and-hold-large\nname: mine\nstrategy:\n  class: mine.py:Large\n")
    folder = run(str(tmp_path / "mine.yaml"), out)
    # The run keeps its own copy, so editing the original changes nothing...
    (tmp_path / "mine.py").write_text(RULE.replace("1.0", "0.5"))
    assert reproduce.rerun(folder).same
    # ... and an edited copy is found out when the run is read.
    (folder / "mine.py").write_text(RULE.replace("1.0", "0.5"))
    with pytest.raises(RunError, match=r"mine\.py is not what was written"):
        reproduce.rerun(folder)


def test_a_rerun_on_other_data_reports_both_numbers(folder: Path, out: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(Path(str(data.__file__)).parent / "bundle", other)
    result = invoke("rerun", folder.name, "--out", str(out), "--data", str(other), "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert document["data_asked"] == str(other.resolve())
    assert document["statistics"]["cagr"]["before"] == document["statistics"]["cagr"]["after"]
    assert list(document["inputs_changed"]) == ["config", "place"] or list(document["inputs_changed"]) == ["place"]


def test_a_prefix_that_fits_two_runs_is_refused_with_both(folder: Path, out: Path) -> None:
    other = run("buy-and-hold-small", out)
    result = invoke("show", "buy-and-hold", "--out", str(out))
    assert isinstance(result.exception, RunError)
    assert str(result.exception) == (
        f"buy-and-hold fits 2 stored runs: {folder.name}, {other.name}; write more of the id"
    )


def test_what_is_no_run_is_refused_with_what_there_is(folder: Path, out: Path) -> None:
    with pytest.raises(RunError, match=f"nope is no stored run below {out}; there is {folder.name}"):
        reproduce.find_run("nope", out)
    with pytest.raises(RunError, match="none is stored there"):
        reproduce.find_run("nope", out / "empty")


def test_a_list_shows_runs_and_names_a_damaged_one(folder: Path, out: Path) -> None:
    broken = run("buy-and-hold-small", out)
    with (broken / "ledger.parquet").open("ab") as file:
        file.write(b"x")
    result = invoke("list", "--out", str(out))
    assert folder.name in result.stdout
    assert f"{broken.name}: damaged: " in result.stdout
    assert "ledger.parquet is not what was written" in result.stdout
    rows = json.loads(invoke("list", "--out", str(out), "--json").stdout)["runs"]
    assert [row["damaged"] is None for row in rows] == [True, False]


def test_an_empty_list_says_how_to_store_a_run(out: Path) -> None:
    result = invoke("list", "--out", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "fedcycle run CONFIG stores one" in result.stderr


def test_show_prints_what_run_printed(folder: Path, out: Path) -> None:
    document = json.loads(invoke("show", folder.name[:-4], "--out", str(out), "--json").stdout)
    assert document["id"] == folder.name
    assert document["directory"] == folder.as_posix()
    said = invoke("show", folder.name, "--out", str(out)).stdout
    assert "CAGR, % a year" in said
    assert "growth  1,000,000 USD" in said
    assert "python" in said


def test_remove_removes_one_run_and_no_other(folder: Path, out: Path) -> None:
    other = run("buy-and-hold-small", out)
    assert invoke("remove", folder.name, "--out", str(out)).exit_code == 0
    assert list(out.iterdir()) == [other]


def test_remove_leaves_a_folder_that_holds_something_else(folder: Path, out: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match=r"also holds notes\.txt, which fedcycle did not write"):
        reproduce.remove(folder)
    assert (folder / "ledger.parquet").is_file()


def test_remove_with_one_misspelt_name_removes_nothing(folder: Path, out: Path) -> None:
    result = invoke("remove", folder.name, "nope", "--out", str(out))
    assert isinstance(result.exception, RunError)
    assert folder.is_dir()


def test_a_link_to_a_run_is_unlinked_and_the_run_stays(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    reproduce.remove(link)
    assert not link.exists()
    assert folder.is_dir()


def test_a_sparkline_rises_from_the_lowest_to_the_highest_block_on_a_log_scale() -> None:
    # Equal ratios are equal steps: 1, 2, 4 ... 128 are the eight blocks.
    assert console.sparkline([float(2**k) for k in range(8)]) == "▁▂▃▄▅▆▇█"
    assert console.sparkline([5.0, 5.0, 5.0]) == "▁▁▁"
    assert console.sparkline([1.0, 0.0]) == ""
    assert console.sparkline([1.0]) == ""
    assert len(console.sparkline([1.0 + k for k in range(1000)], width=30)) == 30


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        (-0.00001, "percent", "0.00"),
        (-0.4, "money", "0"),
        (-0.5, "percent", "-50.00"),
        (1234567.0, "money", "1,234,567"),
    ],
)
def test_what_rounds_to_zero_has_no_sign(value: float, kind: str, said: str) -> None:
    assert console.shown(value, kind) == said
