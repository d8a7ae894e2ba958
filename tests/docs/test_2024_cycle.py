"""The page of the cycle of 2024: written again from the raw files at hand, and its stretches by plain arithmetic."""

from __future__ import annotations

import csv
import importlib.util
import os
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "2024-cycle.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def raw() -> Path:
    folder = os.environ.get("FEDCYCLE_RAW_DATA")
    if not folder:
        pytest.skip("FEDCYCLE_RAW_DATA is not set: it names the folder with the funds' prices")
    return Path(folder).resolve()


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_2024_cycle", ROOT / "docs" / "generate_2024_cycle.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_commands_say_today(generator: ModuleType, raw: Path) -> None:
    assert generator.page(raw) == PAGE, "run: python docs/generate_2024_cycle.py FOLDER"


def test_the_stretches_between_closes_are_those_of_the_adjusted_closes(raw: Path) -> None:
    closes = {}
    for fund in ("IWM", "IWB"):
        with (raw / "funds" / f"{fund}.csv").open(encoding="utf-8") as file:
            closes[fund] = {row["Date"][:10]: float(row["Adj Close"]) for row in csv.DictReader(file)}
    rows = re.findall(r"^\| (\d{4}-\d\d-\d\d) to (\S+) \|[^|]*\| (\S+) \| (\S+) \| (\S+) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 3
    for begin, end, *shown in rows:
        small, large = (closes[fund][end] / closes[fund][begin] - 1 for fund in ("IWM", "IWB"))
        numbers = [float(text.replace("−", "-")) for text in shown]
        # Shown with one decimal of a percent.
        assert numbers == pytest.approx([100 * small, 100 * large, 100 * ((1 + small) / (1 + large) - 1)], abs=0.051)


def test_only_the_beliefs_that_waited_less_than_nine_months_took_the_third_cut_for_the_final_one() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| 2025-09-16 |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")][2:]
    assert cells == ["2024-12-18: IWM"] * 3 + ["none: IWB"] * 3
