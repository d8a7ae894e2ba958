"""Bad input: one sentence that names file, line and remedy; exit 1 or 2; nothing half-written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

VALID = "extends: base.yaml\nname: mine\nperiod: {start: 2020-01-02, end: 2020-12-31}\n"
RUN = ("run", "mine.yaml", "--no-tearsheet", "--engine", "vectorised")


def written(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.mark.parametrize(
    ("text", "where", "remedy"),
    [
        ("schedul: daily\n", "mine.yaml:4: ", "schedule"),
        ("strategy: {class: RateCycelTiming}\n", "mine.yaml:4: ", "RateCycleTiming"),
        ("strategy: {class: RateCycleTiming, risk_onn: small}\n", "mine.yaml:4: ", "risk_on"),
        ("execution: {lag: 0}\n", "mine.yaml:4: ", "1 to 252"),
        ("execution: {lag: yes}\n", "mine.yaml:4: ", "whole number"),
        ("execution: {costs: {slippage_bps: 5%}}\n", "mine.yaml:4: ", "5.0 for 0.05%"),
        ("schedule: fortnightly\n", "mine.yaml:4: ", "month_end"),
        ("strategy: {class: BuyAndHold, asset: smal}\n", "mine.yaml", "small"),
        ("strategy: {class: FixedMix, weights: {small: 0.7, large: 0.7}}\n", "mine.yaml:4: ", "at most 1"),
        ("strategy: {class: FixedMix, weights: {small: .nan}}\n", "mine.yaml:4: ", "finite"),
        ("strategy: {class: FixedMix, weights: {small: -0.5}}\n", "mine.yaml:4: ", ">= 0"),
        ("benchmark: {small: 60, large: 40}\n", "mine.yaml:4: ", "0.5 for half"),
        ("strategy: !!python/object/apply:os.system [echo]\n", "mine.yaml:4", "tag"),
        ("name: again\n", "mine.yaml:4", "twice"),
        ("question: [unclosed\n", "mine.yaml:", "]"),
        ("extends: other.yaml\n", "mine.yaml:4", "twice"),
    ],
)
def test_a_config_that_says_something_wrong(
    text: str, where: str, remedy: str, fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(VALID + text, encoding="utf-8")
    said = fedcycle(*RUN).sentence
    assert said.startswith(where)
    assert remedy in said
    assert written(tmp_path) == {"mine.yaml"}


@pytest.mark.parametrize(
    ("sets", "told"),
    [
        (["period.start=1985-01-02"], "1989-12-29"),
        (["period.end=2031-01-02"], "ends on"),
        (["period.start=2021-06-01"], "before period.end"),
        (["period.start=soon"], "YYYY-MM-DD"),
        (["period.start=1990-01-02", "strategy.class=RateCycleTiming"], "1994-02-04"),
        (["strategy.asset=financials", "period.end=2025-05-30"], "2024-12-31"),
        (["strategy.asset=gold"], "small"),
        (["benchmark=gold"], "small"),
        (["execution.fill=open"], "opening prices"),
        (["data.market=bundel"], "write bundle"),
        (["execution.capital=-1"], "above 0"),
        (["no.such.key=1"], "not a key"),
        (["nonsense"], "KEY=VALUE"),
    ],
)
def test_a_value_on_the_command_line_that_cannot_be(
    sets: list[str], told: str, fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(VALID, encoding="utf-8")
    said = fedcycle(*RUN, *(word for each in sets for word in ("--set", each))).sentence
    assert told in said
    assert written(tmp_path) == {"mine.yaml"}


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "a/b", "..", ".hidden", "''", "x" * 81, "a b", "-x", "a\\b"])
def test_a_name_that_would_leave_the_folder_of_runs(name: str, fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    home = tmp_path / "a" / "b" / "c"
    home.mkdir(parents=True)
    said = fedcycle("run", "base", "--set", f"name={name}", "--no-tearsheet", cwd=home).sentence
    assert "name is" in said
    assert written(tmp_path) == {"a", "a/b", "a/b/c"}


def test_a_yaml_bomb_is_refused_before_it_goes_off(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    levels = [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 12)]
    (tmp_path / "mine.yaml").write_text("\n".join(["a0: &a0 [x]", *levels]), encoding="utf-8")
    assert "mine.yaml:1" in fedcycle(*RUN).sentence
    assert written(tmp_path) == {"mine.yaml"}


@pytest.mark.parametrize(
    ("ref", "told"),
    [
        ("rate-cycle-timimg", "rate-cycle-timing"),
        ("no/such/file.yaml", "there is no such config"),
        (".", "folder"),
        ("binary.yaml", "binary.yaml"),
        ("x" * 5000, "name a file or a shipped config"),
        ("", "folder"),
    ],
)
def test_a_config_that_is_not_there_or_not_text(
    ref: str, told: str, fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    assert told in fedcycle("run", ref).sentence


def test_one_bad_config_among_good_ones_fails_the_command(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    answer = fedcycle("run", "base", "no-such-study", "--no-tearsheet", "--json")
    assert answer.code == 1
    assert answer.out == ""
    assert "no-such-study" in answer.err.splitlines()[-1]


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        ("rum", "base"),
        ("run", "base", "--engine", "zipline"),
        ("run", "base", "--jsn"),
        ("config",),
        ("config", "chek", "base"),
        ("data", "build"),
        ("strategies", "BuyAndHold", "FixedMix"),
    ],
    ids=" ".join,
)
def test_a_misspelt_command_is_usage_and_exits_2(
    words: tuple[str, ...], fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    answer = fedcycle(*words)
    assert answer.code == 2
    assert answer.out == ""
    assert "Usage: " in answer.err
    assert "Traceback" not in answer.err
    assert written(tmp_path) == set()


def test_a_misspelt_command_gets_the_nearest_one(fedcycle: Callable[..., Any]) -> None:
    assert "did you mean 'compare'?" in fedcycle("comprae", "base").err


def test_no_command_at_all_shows_help(fedcycle: Callable[..., Any]) -> None:
    answer = fedcycle()
    assert "Usage: " in answer.out + answer.err


def test_a_folder_of_runs_that_cannot_be_made(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    said = fedcycle("run", "base", "--no-tearsheet", "--out", "file/runs").sentence
    assert "file" in said
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
    assert written(tmp_path) == {"file"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the super-user may write anywhere")
def test_a_folder_of_runs_that_may_not_be_written(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir(mode=0o500)
    said = fedcycle("run", "base", "--no-tearsheet").sentence
    assert "runs" in said
    assert written(tmp_path) == {"runs"}


def test_a_rule_that_raises_is_named_with_its_line(rule: Path, fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    source = rule.parent / "rules.py"
    source.write_text(source.read_text(encoding="utf-8").replace("0.5", "1 / 0"), encoding="utf-8")
    said = fedcycle("run", rule).sentence
    assert "Half" in said
    assert "ZeroDivisionError" in said
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ('{"mid": 1.5}', "at most 1"),
        ('{"mid": float("nan")}', "finite"),
        ('{"mid": -0.1}', ">= 0"),
        ('{"gold": 1.0}', "'gold'"),
        ("None", "return a mapping"),
        ('{"mid": "0.5"}', "must be a number"),
    ],
)
def test_a_rule_that_answers_nonsense_is_told_on_which_day(
    answer: str, told: str, rule: Path, fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    source = rule.parent / "rules.py"
    source.write_text(source.read_text(encoding="utf-8").replace("{self.asset: 0.5}", answer), encoding="utf-8")
    said = fedcycle("run", rule, "--no-tearsheet").sentence
    assert "Half on 2020-01-02" in said
    assert told in said
    assert not (tmp_path / "runs").exists()


def test_an_asset_whose_prices_are_damaged_is_refused_with_the_file(
    fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    import shutil

    from fedcycle.data import dataset

    bundle = Path(dataset.__file__).parent / "bundle"
    shutil.copytree(bundle, tmp_path / "market")
    levels = tmp_path / "market" / "levels.csv"
    levels.write_bytes(levels.read_bytes().replace(b"100,", b"-100,", 1))
    said = fedcycle("run", "base", "--set", "data.market=market", "--no-tearsheet").sentence
    assert "levels.csv" in said
    assert not (tmp_path / "runs").exists()


def test_a_traceback_is_shown_with_debug_and_only_then(process: Callable[..., Any]) -> None:
    plain = process("run", "no-such-study")
    debug = process("run", "no-such-study", "--debug")
    assert (plain.returncode, debug.returncode) == (1, 1)
    assert plain.stderr.count("\n") == 1
    assert "Traceback" not in plain.stderr
    assert "Traceback (most recent call last)" in debug.stderr
    assert "no-such-study" in debug.stderr
    assert plain.stdout == debug.stdout == ""


def test_a_reader_who_has_had_enough_hears_no_complaint_and_it_is_no_failure(process: Callable[..., Any]) -> None:
    head = """
import subprocess, sys
program, pipe = "from fedcycle.backtests.cli import main; main()", subprocess.PIPE
asked = subprocess.Popen([sys.executable, "-c", program, "config", "schema"], stdout=pipe, stderr=pipe)
asked.stdout.close()
sys.stdout.write(asked.stderr.read().decode() + str(asked.wait()))
"""
    done = process(code=head)
    assert (done.stdout, done.stderr) == ("0", "")
