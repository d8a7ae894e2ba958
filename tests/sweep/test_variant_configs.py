"""A variant of a sweep by its number: its run has the numbers of its row, and what is no variant is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fedcycle as fc
from fedcycle.backtests import config as configs
from fedcycle.backtests.core.errors import RunError
from fedcycle.backtests.sweep.variant_configs import variant_configs
from fedcycle.backtests.workflows import study as studies

from .conftest import SHORT

SAME = 1e-9
"""The engines agree to 1e-12 in every value; a ratio of small numbers loses some digits of that."""
RULE = """
from fedcycle.strategies.strategy import Strategy
from dataclasses import dataclass

@dataclass(frozen=True, kw_only=True)
class Share(Strategy):
    share: float = 0.5

    def weights(self, view):
        return {"small": self.share, "large": 1.0 - self.share}
"""


def opened(ref: str, tmp_path: Path) -> tuple[list[str], list[str]]:
    said: list[str] = []
    return variant_configs(ref, sweeps_dir=tmp_path / "sweeps", notify=said.append), said


def ran(file: str, tmp_path: Path) -> Any:
    return studies.run(configs.load(file), runs_dir=tmp_path / "runs", tearsheet=False, notify=lambda _: None)


@pytest.mark.parametrize("design", ["grid", "one_at_a_time"])
def test_the_run_of_a_variant_has_the_numbers_of_its_row(
    study: Callable[..., Path], sweep: Callable[..., Any], tmp_path: Path, design: str
) -> None:
    text = f"period: {{start: 2007-01-03, end: 2010-12-31}}\nsweep_design: {design}\n"
    text += "sweep: {strategy.window: [{months: 6}, until_hike], execution.costs.slippage_bps: [0.0, 25.0]}\n"
    done, _, _ = sweep(study("rate-cycle-timing", text))
    rows = {row["variant"]: row for row in done.document["table"]["rows"]}
    files, said = opened(f"{done.id}#0-{len(rows) - 1}", tmp_path)
    assert len(files) == len(said) == len(rows)
    for number, file in enumerate(files):
        summary = ran(file, tmp_path).run.summary
        for name in ("cagr", "sharpe", "max_drawdown", "costs_usd"):
            assert summary["statistics"][name] == pytest.approx(rows[number][name], rel=SAME, abs=1e-12), (number, name)
        assert summary["relative"]["excess_cagr"] == pytest.approx(rows[number]["excess_cagr"], rel=SAME, abs=1e-12)


def test_a_rule_of_ones_own_goes_with_its_sweep(
    study: Callable[..., Path], sweep: Callable[..., Any], tmp_path: Path
) -> None:
    text = SHORT + "strategy: {class: rules.py:Share}\nsweep: {strategy.share: [0.0, 1.0]}\n"
    file = study("base", text, rule=RULE)
    done, _, _ = sweep(file)
    (file.parent / "rules.py").unlink()
    (one,), said = opened(f"{done.id}#1", tmp_path)
    assert said == [f"{one} is variant 1 of sweep {done.id}: strategy.share=1.0"]
    assert ran(one, tmp_path).run.config["strategy"]["share"] == 1.0
    assert ran(one, tmp_path).reused


@pytest.fixture
def lags(study: Callable[..., Path], sweep: Callable[..., Any]) -> Any:
    text = SHORT + "sweep: {strategy.recognise.pause.months: [3, 13], execution.lag: [1, 2]}\n"
    return sweep(study("rate-cycle-timing", text, name="lags"))[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("lags#", "lags# names no variant; write it as sweeps/ID#6, sweeps/ID#6,12 or sweeps/ID#6-9"),
        ("lags#two", "lags#two: two is no number of a variant"),
        ("lags#0,,1", "nothing is no number of a variant"),
        ("lags#-1", "-1 is no number of a variant"),
        ("lags#1-0", "1-0 ends before it begins; write 0-1"),
        ("lags#0,4,7", "has the variants 0 to 3, but no 4 and 7"),
        ("lags#0-999", "names more than 200 variants"),
        ("legs#0", "there is no sweep legs below .*sweeps; there is lags-"),
        ("nowhere/lags#0", "below nowhere; none is kept there; run fedcycle sweep first"),
        ("#3", "there is no sweep without a name"),
        ("lags#1", "variant 1 cannot be run: .*pause.months is 13 months"),
    ],
)
def test_what_is_no_variant_is_said_in_a_sentence(lags: Any, tmp_path: Path, words: str, sentence: str) -> None:
    assert lags.grid.setting
    with pytest.raises(RunError, match=sentence):
        opened(words, tmp_path)


def test_a_sweep_of_before_configs_were_kept_is_said_to_need_another_run(lags: Any, tmp_path: Path) -> None:
    (tmp_path / "sweeps" / f"{lags.id}.variants" / "config.yaml").unlink()
    with pytest.raises(RunError, match="was made before sweeps kept their config; run fedcycle sweep once more"):
        opened("lags#0", tmp_path)


def test_several_sweeps_of_one_name_are_told_apart_by_more_of_the_id(lags: Any, tmp_path: Path) -> None:
    (tmp_path / "sweeps" / "lags-00000000.parquet").write_bytes(lags.file.read_bytes())
    with pytest.raises(RunError, match=r"lags fits 2 sweeps: lags-00000000, .*; write more of the id"):
        opened("lags#0", tmp_path)
    assert len(opened(f"{lags.id}#0,0", tmp_path)[0]) == 1


def test_python_opens_them_too(lags: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = fc.run("sweeps/lags#2", store=None)
    both = fc.compare(["lags#0,2"], store=None)
    assert run.config["execution"]["lag"] == 2
    assert len(both.runs) == 2
    with pytest.raises(fc.FedcycleError, match="names 2 variants, but run takes one"):
        fc.run("sweeps/lags#0,2", store=None)
