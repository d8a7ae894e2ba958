"""The README is believed word by word: its commands, its rule, its numbers."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Python = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = "from fedcycle.backtests.cli import main; main()"


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands() -> list[list[str]]:
    """The words of each command of the README's list, without the comment behind it; each is a test of its own."""
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (shown,) = [b for b in blocks(text, "sh") if b.startswith("fedcycle ")]
    return [line.split("#")[0].split()[1:] for line in shown.splitlines()]


SHOWN = commands()


def rows(text: str, head: str) -> list[list[str]]:
    """The cells of the table whose first column has this heading."""
    table = re.search(rf"^\| {head} \|.*\n\|[ :|-]+\n((?:\|.*\n)+)", text, flags=re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()]


def test_the_data_are_said_to_reach_as_far_as_they_do(readme: str, root: Path) -> None:
    said = readme.split("## The data\n")[1].split("\n## ")[0]
    assets = json.loads((root / "data" / "bundle" / "manifest.json").read_text(encoding="utf-8"))["assets"]
    assert {asset["last"] for asset in assets} <= set(re.findall(r"\d{4}-\d{2}-\d{2}", said))
    assert len([asset for asset in assets if asset["name"] != "bills"]) == 9
    assert "nine portfolios and of one-month bills" in " ".join(said.split())


def test_two_commands_of_one_line_each_do_all(readme: str) -> None:
    first, second = [b.strip() for b in blocks(readme, "sh") if b.startswith("python3 -m venv")]
    assert "\n" not in first + second
    assert first.endswith("fedcycle compare configs/*.yaml --benchmark large")
    assert second.endswith("-m pytest")
    for tool in ("make ", "node", "npm", "uv ", "conda", "docker", "sudo"):
        assert tool not in first + second


def test_the_table_is_what_compare_prints(readme: str, compared: Any) -> None:
    keys = ("cagr", "volatility", "sharpe", "max_drawdown", "excess_cagr")
    told = [
        [
            f"`{row['name']}`" + "".join(f" **{stamp}**" for stamp in row["stamps"]),
            *(f"{row[key] * (1 if key == 'sharpe' else 100):.2f}".replace("-0.00", "0.00") for key in keys),
            row["verdict"]["word"] if row["unranked"] is None else f"not ranked: {row['unranked']}",
        ]
        for row in compared.document["table"]["rows"]
    ]
    assert rows(readme, "study") == told, "the numbers have moved; run: python docs/generate.py"


def test_the_windows_are_what_the_run_of_small_caps_says(readme: str, compared: Any) -> None:
    small = next(run for run in compared.document["runs"] if run["name"] == "buy-and-hold-small")
    told = [
        [cycle["final_cut"], *(f"{100 * cycle['windows'][w]['relative_wealth']:.1f}" for w in ("12m", "to_hike"))]
        for cycle in small["by_cycle"]
        if cycle["windows"]["12m"]["complete"]
    ]
    assert rows(readme, "final cut") == told


def test_the_period_is_the_runs(readme: str, compared: Any) -> None:
    period = compared.document["runs"][0]["period"]
    assert f"{period['start']} to {period['end']}, {period['sessions']:,} sessions" in " ".join(readme.split())


def test_the_rule_shown_runs_as_shown(readme: str, python: Python, tmp_path: Path) -> None:
    (rule, _), (config,) = blocks(readme, "python"), blocks(readme, "yaml")
    (tmp_path / "rules.py").write_text(rule, encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(config, encoding="utf-8")
    done = python(COMMAND, "run", "mine.yaml", "--json", "--no-tearsheet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)
    assert run["name"] == "above-average"
    assert run["statistics"]["trades"] > 20


def test_the_commands_shown_are_the_ones_typed_below() -> None:
    assert len(SHOWN) >= 6
    assert {words[0] for words in SHOWN} >= {"run", "compare", "sweep", "config", "strategies", "data"}


@pytest.mark.slow
@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_every_command_shown_can_be_typed(words: list[str], python: Python, tmp_path: Path) -> None:
    tearsheet = ["--no-tearsheet"] if words[0] == "run" else []
    done = python(COMMAND, *words, *tearsheet, cwd=tmp_path)
    assert (done.returncode, bool(done.stdout)) == (0, True), done.stderr


def test_the_gate_finds_the_commands_it_runs(readme: str, root: Path) -> None:
    gate = (root / ".ci" / "run").read_text(encoding="utf-8")
    for words in re.findall(r"\$\(readme '([^']+)'\)", gate):
        assert re.search(rf"^python3 -m venv .*{re.escape(words)}", readme, flags=re.MULTILINE)
    assert (root / ".ci" / "run").stat().st_mode & 0o111 == 0o111


@pytest.mark.slow
def test_the_python_shown_runs_as_shown(readme: str, python: Python, tmp_path: Path) -> None:
    pytest.importorskip("openpyxl", reason="openpyxl is not installed: pip install 'fedcycle[xlsx]'")
    _, shown = blocks(readme, "python")
    done = python(shown, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "timing.xlsx").is_file()
