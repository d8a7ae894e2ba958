"""Commands killed at a random moment: nothing broken, nothing lost, and the next call ends as if none had been."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fedcycle.backtests.runs import storage
from fedcycle.data.dataset import load_market

CASES = 3
PROGRAM = "from fedcycle.backtests.cli import main; main()"
STUDY = """extends: {0}.yaml
name: short-{0}
period: {{start: 2005-01-03, end: 2005-12-30}}
execution: {{engine: vectorised}}
benchmark: large
"""
STUDIES = ("rate-cycle-timing", "buy-and-hold-large")
SWEEP = """extends: base.yaml
name: lags
period: {start: 2005-01-03, end: 2005-12-30}
sweep: {execution.lag: {from: 1, to: 40, step: 1}, execution.costs.slippage_bps: {from: 1.0, to: 20.0, step: 1.0}}
"""
COMMANDS = {
    "run": ["run", "short-rate-cycle-timing.yaml", "--out", "runs"],
    "compare": ["compare", *(f"short-{name}.yaml" for name in STUDIES), "--out", "runs"],
    "sweep": ["sweep", "lags.yaml", "--jobs", "2", "--out", "sweeps"],
    "data add": ["data", "add", "prices.csv", "--total-return", "--portfolios", "--out", "market"],
}


def started(words: list[str], cwd: Path) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own, so that a kill takes its workers' parent alone."""
    path = os.pathsep.join([str(Path(__file__).parents[2] / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=cwd, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip


def finished(words: list[str], cwd: Path) -> float:
    """Run a command to its end, and return its seconds."""
    begun = time.monotonic()
    process = started(words, cwd)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said.decode()
    return time.monotonic() - begun


def prepare(folder: Path) -> None:
    """Write the files the commands read."""
    folder.mkdir()
    for name in STUDIES:
        (folder / f"short-{name}.yaml").write_text(STUDY.format(name), encoding="utf-8")
    (folder / "lags.yaml").write_text(SWEEP, encoding="utf-8")
    days = [f"2005-01-{day:02}" for day in (3, 4, 5, 6, 7, 10, 11, 12, 13, 14)]
    rows = "".join(f"{day},{100 + k}\n" for k, day in enumerate(days))
    (folder / "prices.csv").write_text("date,mine\n" + rows, encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file that a command has made, by its path; of a tearsheet and of a log only that it is there."""
    kept = {".parquet", ".json", ".csv", ".yaml"}
    return {
        str(file.relative_to(folder)): file.read_bytes() if file.suffix in kept else b""
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.endswith(".lock")
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_killed_at_a_random_moment_loses_nothing_and_ends_the_same_when_called_again(
    name: str, times: int, tmp_path: Path
) -> None:
    words = COMMANDS[name]
    prepare(whole := tmp_path / "whole")
    prepare(killed := tmp_path / "killed")
    finished(words, whole)
    expected = contents(whole)
    prepare(again := tmp_path / "again")
    seconds = finished(words, again)  # the first one has warmed what the system keeps
    landed = 0
    for seed in range(CASES * times):
        process, begun = started(words, killed), time.monotonic()
        moment = random.Random(seed).uniform(0.2, 0.9) * seconds  # noqa: S311 - a seed is the point
        try:
            process.communicate(timeout=moment)
            # The machine was busier when the command was timed: what it takes now is what the next kill goes by.
            seconds = min(seconds, time.monotonic() - begun)
            for made in ("runs", "sweeps", "market"):  # it was quicker than the kill: the next one starts anew
                shutil.rmtree(killed / made, ignore_errors=True)
        except subprocess.TimeoutExpired:
            landed += 1
            os.kill(process.pid, signal.SIGKILL)
            process.communicate(timeout=60)
        for folder in storage.listing(killed / "runs") if (killed / "runs").is_dir() else ():
            storage.load(folder)  # raises where a run is broken
        if (killed / "market").is_dir():
            load_market(str(killed / "market"))
    assert landed, "every kill came too late"
    finished(words, killed)
    assert contents(killed) == expected
