"""Studies on the long history: mixed with the bundle they are refused, and a rule that asks too early is told when."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from fedcycle.backtests.cli.app import cli


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "long.yaml").write_text("extends: rate-cycle-timing.yaml\nname: on-long\ndata: {market: long}\n")
    return CliRunner()


def sentence(runner: CliRunner, *args: str) -> str:
    result = runner.invoke(cli, list(args))
    assert result.exit_code == 1, result.output
    return " ".join(f"{result.stderr} {result.exception}".split())  # the program prints the exception's words


def test_two_runs_on_the_long_history_and_the_bundle_are_not_compared(told: CliRunner) -> None:
    said = sentence(told, "compare", "rate-cycle-timing", "long.yaml")
    assert "the runs mix bundle and long, which tell rules of other policy changes" in said


def test_a_benchmark_on_the_other_data_set_is_refused(told: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "mix.yaml").write_text("extends: rate-cycle-timing.yaml\nname: mix\nbenchmark: long.yaml\n")
    said = sentence(told, "run", "mix.yaml", "--no-tearsheet")
    assert "benchmark on-long runs on other market data (long, the run on bundle)" in said


def test_a_sweep_over_both_is_refused(told: CliRunner, tmp_path: Path) -> None:
    text = "extends: rate-cycle-timing.yaml\nname: both\nsweep: {data.market: [bundle, long]}\n"
    (tmp_path / "both.yaml").write_text(text)
    assert "sweep mixes bundle and long: their years differ" in sentence(told, "sweep", "both.yaml")


@pytest.mark.parametrize(
    ("name", "start", "day"),
    [
        # NBER announced its first turning point on 1980-06-03.
        ("bofa-composite", "1954-01-04", "start on 1980-06-03 or later"),
        # GS10 begins with January 1959, known from 1959-02-28 on: 63 sessions after the first that knows it.
        ("yield-shield", "1958-01-06", "start on 1959-05-29 or later"),
        # Daily yields begin on 1962-01-02: 126 sessions with a change of the yield, at a month end, later in the year.
        ("mid-over-small-when-rates-press", "1962-01-04", "can be asked is that of 1962-"),
    ],
)
def test_a_rule_that_asks_for_a_series_before_it_exists_is_told_the_first_day(
    told: CliRunner, name: str, start: str, day: str
) -> None:
    args = ("run", name, "--set", "data.market=long", "--set", f"period.start={start}", "--no-tearsheet")
    assert day in sentence(told, *args)
