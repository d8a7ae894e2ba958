"""Keys that were called otherwise: read under their new names wherever they stand, and said in a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from fedcycle.backtests.config import load
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.backtests.sweep import sweep
from fedcycle.backtests.workflows import study

OLD = "extends: mid-over-small-when-rates-press.yaml\nname: old\nperiod: {start: 2020-01-02, end: 2020-06-30}\n"


def test_an_old_key_of_a_file_over_a_new_one_is_read_as_it_and_said(tmp_path: Path) -> None:
    file = tmp_path / "old.yaml"
    file.write_text(OLD + "execution: {engine: vectorised}\nstrategy:\n  surge_days: 21\n", encoding="utf-8")
    config = load(str(file))
    assert config.data["strategy"]["surge_sessions"] == 21
    assert "surge_days" not in config.data["strategy"]
    assert config.lines["strategy.surge_sessions"].endswith("old.yaml:6")
    (said,) = config.notes
    assert said.endswith("old.yaml:6: strategy.surge_days is now called surge_sessions; it is read as that")
    told: list[str] = []
    study.run(config, runs_dir=tmp_path / "runs", tearsheet=False, notify=told.append)
    assert told[0] == said


def test_an_old_key_is_set_and_stands_within_another_rule(tmp_path: Path) -> None:
    config = load("mid-over-small-when-rates-press", ["strategy.correlation_days=63"])
    assert config.data["strategy"]["correlation_sessions"] == 63
    assert config.notes[0].startswith("--set strategy.correlation_days=63: strategy.correlation_days is now called")
    file = tmp_path / "inner.yaml"
    inner = "{class: YieldShield, rule: {class: BuyAndHold, asset: small}, stay_days: 5}"
    rule = f"{{class: Blend, rules: {{one: {inner}}}, shares: {{one: 1.0}}}}"
    file.write_text(f"extends: base.yaml\nname: inner\nstrategy: {rule}\n", encoding="utf-8")
    found = load(str(file))
    assert found.data["strategy"]["rules"]["one"]["stay_sessions"] == 5
    assert found.notes[0].endswith("strategy.rules.one.stay_days is now called stay_sessions; it is read as that")


WHEN = (
    "extends: base.yaml\nname: old\nperiod: {start: 2020-01-02, end: 2020-06-30}\nexecution: {engine: vectorised}\n"
    "strategy:\n  class: CLASS\n  when:\n    all:\n      - correlation: {asset: small, minus: large, above: 0.1}\n"
    "  then: small\n  otherwise: large\n"
)


def test_an_old_key_of_a_condition_is_read_under_its_new_name(tmp_path: Path) -> None:
    file = tmp_path / "old.yaml"
    file.write_text(WHEN.replace("CLASS", "When"), encoding="utf-8")
    config = load(str(file))
    ((written,),) = (each["when"].values() for each in [config.data["strategy"]])
    assert written[0]["correlation"] == {"asset": "small", "relative_to": "large", "above": 0.1}
    (said,) = config.notes
    assert said.endswith("minus is now called relative_to; it is read as that")
    set_ = load(str(file), ["strategy.when={correlation: {asset: small, minus: mid, above: 0.1}}"])
    assert set_.data["strategy"]["when"]["correlation"]["relative_to"] == "mid"


def test_a_sweep_over_an_old_key_of_a_condition_runs(tmp_path: Path) -> None:
    file = tmp_path / "swept.yaml"
    when = "{correlation: {asset: small, relative_to: large, above: 0.1}}"
    rule = f"{{class: When, when: {when}, then: small, otherwise: large}}"
    key = "strategy.when.correlation.minus"
    file.write_text(f"extends: base.yaml\nname: swept\nstrategy: {rule}\nsweep: {{{key}: [large, mid]}}\n", "utf-8")
    config = load(str(file))
    assert dict(config.study.sweep or {}).keys() == {"strategy.when.correlation.relative_to"}
    assert "strategy.when.correlation.minus is now called" in config.notes[0]


def test_an_old_and_a_new_name_at_once_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "both.yaml"
    file.write_text(OLD + "strategy: {class: MidOverSmall, when: rates_press, surge_days: 21, surge_sessions: 63}\n")
    with pytest.raises(ConfigError, match="surge_days is not a parameter of MidOverSmall"):
        load(str(file))


def test_a_rule_of_the_users_keeps_its_own_names(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from dataclasses import dataclass\nfrom fedcycle.strategies.strategy import Strategy\n\n"
        "@dataclass(frozen=True, kw_only=True)\nclass Mine(Strategy):\n    surge_days: int = 5\n\n"
        "    def weights(self, view):\n        return {'large': 1.0}\n"
    )
    file = tmp_path / "mine.yaml"
    file.write_text("extends: base.yaml\nname: mine\nstrategy: {class: 'mine.py:Mine', surge_days: 9}\n")
    config = load(str(file))
    assert config.data["strategy"]["surge_days"] == 9
    assert config.notes == ()


def test_a_sweep_over_an_old_key_runs(tmp_path: Path) -> None:
    file = tmp_path / "swept.yaml"
    file.write_text(OLD.replace("name: old", "name: swept") + "sweep: {strategy.surge_days: [21, 63]}\n", "utf-8")
    done = sweep(file, (), sweeps_dir=tmp_path / "sweeps", jobs=1, notify=lambda _: None, on_progress=lambda *_: None)
    assert len(done.grid) == 2
    (said,) = load(str(file)).notes
    assert said.endswith("sweep.strategy.surge_days is now called strategy.surge_sessions; it is read as that")
