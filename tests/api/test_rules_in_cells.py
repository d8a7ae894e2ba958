"""A rule that is written in a notebook's cell runs, is stamped as one that nobody can make again, and fails plainly."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fedcycle as fc
from fedcycle.backtests.runs.storage import load

from .conftest import RULE, SHORT

Cell = Callable[[str], dict[str, Any]]


def test_a_class_and_an_instance_of_a_cell_run(cell: Cell) -> None:
    rule = cell(RULE)["HalfAndHalf"]
    by_class = fc.run(rule, overrides=SHORT, store=None)
    by_instance = fc.run(rule(share=0.25), overrides=SHORT, store=None)
    named = fc.run(
        {"strategy": {"class": "FixedMix", "weights": {"small": 0.25, "large": 0.75}}}, overrides=SHORT, store=None
    )
    assert (by_class.name, by_class.question) == ("half-and-half", "Holds a share of small caps and the rest in large.")
    assert by_instance.returns.to_numpy() == pytest.approx(named.returns.to_numpy(), abs=1e-12)
    assert by_instance.statistics["cagr"] != by_class.statistics["cagr"]
    assert by_instance.config["strategy"]["share"] == 0.25


def test_a_cells_run_is_kept_with_its_text_and_never_used_again(cell: Cell, tmp_path: Path) -> None:
    rule = cell(RULE)["HalfAndHalf"]
    first = fc.run(rule, overrides=SHORT, store=tmp_path)
    again = fc.run(rule, overrides=SHORT, store=tmp_path)
    assert (first.reused, again.reused) == (False, False)
    assert any("never used again" in note and "notebook cell" in note for note in first.notes)
    assert "notebook cell" in first._repr_html_()
    assert first.folder is not None
    assert (first.folder / "notebook_cell.py").read_text() == RULE
    assert load(first.folder).provenance["unknown"]
    # The cell imports all that it names, so that the stored config runs by itself too.
    assert fc.run(first.folder / "config.yaml", store=None).statistics == first.statistics


def test_a_cell_on_the_stack_that_calls_run_does_not_count_as_reading_files(cell: Cell) -> None:
    call = "import fedcycle as fc\nfound = fc.run(HalfAndHalf, overrides=SHORT, store=None)\n"
    found = cell(RULE + f"SHORT = {SHORT!r}\n" + call)["found"]
    unsure = [note for note in found.notes if note.startswith("never used again")]
    assert len(unsure) == 1
    assert unsure[0].endswith("was written in a notebook cell or script: what the names in it mean is not known")


def test_assets_limit_what_a_cells_rule_may_hold(cell: Cell) -> None:
    rule = cell(RULE)["HalfAndHalf"]
    assert fc.run(rule, assets=["small", "large"], overrides=SHORT, store=None).statistics["trades"] > 0
    with pytest.raises(fc.StrategyError, match=r"HalfAndHalf on 2003-01-02: 'large' is not among the assets given"):
        fc.run(rule, assets=["small"], overrides=SHORT, store=None)
    with pytest.raises(fc.ConfigError, match="smal is not an asset of market bundle; write small"):
        fc.run(rule, assets=["smal", "large"], overrides=SHORT, store=None)


def test_assets_are_the_parameter_of_a_rule_that_has_one(cell: Cell) -> None:
    text = RULE.replace("share: float =", "assets: tuple[str, ...] = ()\n    share: float =")
    text = text.replace('{"small": self.share, "large": 1.0 - self.share}', "{self.assets[0]: self.share}")
    found = fc.run(cell(text)["HalfAndHalf"], assets=["mid"], overrides=SHORT, store=None)
    assert found.config["strategy"]["assets"] == ["mid"]
    assert list(found.weights.columns) == ["mid", "cash"]


def test_a_rule_of_the_library_runs_as_its_config_does() -> None:
    from fedcycle.strategies import library

    rule = library.load("BuyAndHold")
    found = fc.run(rule(asset="small"), start="2003-01-02", end="2005-12-30", store=None)
    assert found.config["strategy"] == {"class": "BuyAndHold", "asset": "small"}
    assert not [note for note in found.notes if "never used again" in note]
    with pytest.raises(fc.ConfigError, match="BuyAndHold has no parameter assets"):
        fc.run(rule(asset="small"), assets=["small"], store=None)


def test_a_bt_strategy_of_a_cell_runs(cell: Cell) -> None:
    text = (
        "import backtrader as bt\n"
        "class Hold(bt.Strategy):\n"
        "    '''Buys once.'''\n"
        "    def next(self):\n"
        "        if not self.position:\n"
        "            self.order_target_percent(target=0.9)\n"
    )
    overrides = {"period.start": "2005-01-03", "period.end": "2005-06-30"}
    found = fc.run(cell(text)["Hold"], assets=["small"], overrides=overrides, store=None)
    assert found.statistics["trades"] == 1
    assert found.config["strategy"]["feeds"] == ["small"]


def test_a_rule_that_fails_names_the_day_the_line_of_the_cell_and_the_cause(cell: Cell) -> None:
    text = RULE.replace("return {", "raise ValueError('no data')\n        return {")
    with pytest.raises(fc.StrategyError) as caught:
        fc.run(cell(text)["HalfAndHalf"], overrides=SHORT, store=None)
    assert str(caught.value) == "HalfAndHalf on 2003-01-02: line 12 of its cell raised ValueError: no data"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("@dataclass(frozen=True, kw_only=True)\n", ""), "is no frozen keyword-only dataclass"),
        (("def weights", "def wieghts"), "does not define weights"),
        (("(Strategy)", ""), "is no Strategy; subclass"),
    ],
)
def test_what_is_no_rule_is_refused(cell: Cell, change: tuple[str, str], message: str) -> None:
    with pytest.raises(fc.ConfigError, match=message):
        fc.run(cell(RULE.replace(*change))["HalfAndHalf"], store=None)


@pytest.mark.parametrize("seed", ["1", "2", "4"])
def test_a_rule_that_hangs_on_the_hash_seed_fails_its_audit_whatever_seed_python_has(seed: str, tmp_path: Path) -> None:
    """Seeds 1 and 2 put these names in one order, the commands' seed 0 in another."""
    (tmp_path / "ties.py").write_text(
        "from dataclasses import dataclass\nfrom fedcycle import Strategy\n\n\n"
        "@dataclass(frozen=True, kw_only=True)\nclass Ties(Strategy):\n    'Holds whichever comes first.'\n\n"
        "    @property\n    def needs(self):\n        return {'small': 1, 'large': 1, 'mid': 1}\n\n"
        "    def weights(self, view):\n        return {next(iter({'small', 'large', 'mid'})): 1.0}\n"
    )
    (tmp_path / "ties.yaml").write_text(
        "extends: base\nname: ties\nstrategy: {class: 'ties.py:Ties'}\nperiod: {start: 2000-01-03, end: 2001-12-31}\n"
    )
    program = "import fedcycle as fc; print(fc.run('ties.yaml', store=None).stamps)"
    source = str(Path(fc.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.stdout.strip() == "('FAILED AUDIT',)", done.stdout + done.stderr
