"""What an attack found of errors that were ours: each is a sentence now, and comes before any work is done."""

from __future__ import annotations

import importlib
import inspect
import os
import pickle
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fedcycle.backtests
import fedcycle.data
import fedcycle.strategies
from fedcycle.backtests.config.validate import InvalidConfigError
from fedcycle.backtests.core.errors import BacktestError

MAIN = "from fedcycle.backtests.cli import main; main()"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
SLOW = """
import os, time
from dataclasses import dataclass
from fedcycle.strategies.strategy import Strategy


@dataclass(frozen=True, kw_only=True)
class Slow(Strategy):
    asset: str = "small"

    def weights(self, view):
        os.write(2, b"working\\n")
        time.sleep(600)
        return {self.asset: 1.0}
"""


def handed_over(error: Exception) -> Any:
    return pickle.loads(pickle.dumps(error))  # noqa: S301 - made a moment ago


def test_an_error_of_a_worker_comes_back_whole() -> None:
    invalid = handed_over(InvalidConfigError(["b.yaml:2: schedul", "another"]))
    assert (str(invalid), invalid.problems) == ("b.yaml:2: schedul", ("b.yaml:2: schedul", "another"))
    early = handed_over(BacktestError("too early", key="period.end"))
    assert (str(early), early.key) == ("too early", "period.end")


def errors() -> list[type[Exception]]:
    found: set[type[Exception]] = set()
    for package in (fedcycle.data, fedcycle.strategies, fedcycle.backtests):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "engines.event" in module.name or module.name.endswith((".crew", ".yahoo")):
                continue  # they need backtrader, dask, yfinance, and define no error
            for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
                if issubclass(kind, Exception) and kind.__module__ == module.name:
                    found.add(kind)
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", errors(), ids=lambda kind: kind.__name__)
def test_every_error_survives_the_way_between_processes(kind: type[Exception]) -> None:
    error = kind(["one thing"]) if kind is InvalidConfigError else kind("one thing")
    again = handed_over(error)
    assert (type(again), str(again)) == (kind, "one thing")
    assert vars(again) == vars(error)


@pytest.mark.parametrize("command", ["compare", "diff"])
def test_two_configs_of_which_one_is_invalid(command: str, process: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("name: b\nschedul: daily\n", encoding="utf-8")
    done = process(command, "b.yaml", "base")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "fedcycle: b.yaml:2: schedul is not a key; write schedule\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sweep_design: one_at_a_time\nsweep_variants: {x: {against: {a: 1}}}\n", "x is against {'a': 1}, but it must"),
        (
            "sweep: {execution.capital: [.nan, 5]}\n",
            "mine.yaml:2: sweep.execution.capital has nan, but",
        ),
    ],
)
def test_a_config_that_check_called_valid_and_no_command_could_use(
    text: str, said: str, fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(f"name: mine\n{text}", encoding="utf-8")
    answer = fedcycle("config", "check", "mine.yaml")
    assert answer.code == 1
    assert said in answer.err


def test_an_empty_line_is_no_table(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("\n", encoding="utf-8")
    assert fedcycle("data", "add", "empty.csv").sentence.startswith("empty.csv:1: the file is empty")


def test_runs_that_cannot_be_compared_are_refused_before_any_is_run(
    fedcycle: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "late.yaml").write_text("name: late\nperiod: {end: 2020-12-31}\n", encoding="utf-8")
    said = fedcycle("compare", "base", "buy-and-hold-small", "late.yaml").sentence
    assert said.startswith("base and late are not comparable: their periods differ")
    assert not (tmp_path / "runs").exists()


def test_a_name_that_is_no_text_is_refused_before_the_run(tmp_path: Path) -> None:
    words = [sys.executable, "-c", MAIN, "run", "base", "--no-tearsheet", "--out", b"r\xff"]
    done = subprocess.run(words, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert (
        done.stderr == "fedcycle: 'r\\udcff' has a byte that is no UTF-8, which no page or JSON can hold; rename it\n"
    )
    assert not list(tmp_path.iterdir())


def test_a_link_that_leads_nowhere_is_refused_before_the_run(fedcycle: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "runs").symlink_to("nowhere")
    said = fedcycle("run", "base", "--no-tearsheet").sentence
    assert said == "runs is a link that leads nowhere; make its target, or name another place"


@pytest.mark.skipif(os.name != "posix", reason="a closed stream is handed on by a shell")
def test_a_closed_stdout_is_said(tmp_path: Path) -> None:
    words = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-c", MAIN, "strategies"]
    done = subprocess.run(words, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.startswith("fedcycle: stdout is closed")) == (1, True)


@pytest.mark.skipif(os.name != "posix", reason="workers are killed by a signal")
@pytest.mark.parametrize("command", ["compare", "sweep"])
def test_workers_end_with_a_parent_that_is_killed(command: str, tmp_path: Path) -> None:
    """Workers hold the pipe of stderr: its end comes when the last of them is gone, and not before."""
    (tmp_path / "slow.py").write_text(SLOW, encoding="utf-8")
    for name in ("one", "two"):
        # More variants than one block holds, so that there is work for two.
        grid = "sweep: {strategy.asset: [small, large], execution.capital: {from: 1000, to: 2000, step: 1}}\n"
        sweep = grid if command == "sweep" else ""
        text = f"name: {name}\nexecution: {{engine: vectorised}}\nstrategy: {{class: 'slow.py:Slow'}}\n{sweep}"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    more = ["two.yaml"] if command == "compare" else ["--jobs", "2"]
    words = [sys.executable, "-c", MAIN, command, "one.yaml", *more]
    quiet = {"stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL}
    with subprocess.Popen(words, cwd=tmp_path, env=ENVIRONMENT, text=True, **quiet) as parent:
        assert parent.stderr is not None
        seen = ""
        while "working" not in seen:
            seen = parent.stderr.readline()
            assert seen, "the command ended before a worker had begun"
        parent.send_signal(signal.SIGKILL)
        parent.stderr.read()
    assert parent.returncode == -signal.SIGKILL
