"""The command line as a user meets it: words in; an exit status, stdout and stderr out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from fedcycle.backtests.cli import main

ROOT = Path(__file__).parents[2]
PATIENCE = 300
"""Seconds after which a process that does not end is killed: ten times what the slowest takes on a busy machine."""


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))

    @property
    def sentence(self) -> str:
        """The one sentence of a failure, which is all there is."""
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        return self.last

    @property
    def last(self) -> str:
        """The sentence that a failure ends with, after notes on what went well before."""
        line = self.err.splitlines()[-1]
        assert self.code == 1, (self.code, self.out, self.err)
        assert line.startswith("fedcycle: "), self.err
        assert "Traceback" not in self.err
        assert "an error of ours" not in self.err
        return line.removeprefix("fedcycle: ")


def ask(cwd: Path, *words: str | Path) -> Answer:
    """Run a command in this process, the way the installed script does."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(sys, "argv", ["fedcycle", *map(str, words)]),
    ):
        try:
            main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
    return Answer(code, out.getvalue(), err.getvalue())


def program(*args: str, cwd: Path, code: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command, or a program that uses it, in a process of its own."""
    path = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    words = [sys.executable, "-c", code or "from fedcycle.backtests.cli import main; main()", *args]
    env = {**os.environ, "PYTHONPATH": path, "COLUMNS": "100"}
    return subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE)


@pytest.fixture
def fedcycle(tmp_path: Path) -> Callable[..., Answer]:
    """Ask a command in an empty folder of its own."""
    return lambda *words, cwd=tmp_path: ask(cwd, *words)


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    return lambda *words, cwd=tmp_path, code=None: program(*words, cwd=cwd, code=code)


@dataclass(frozen=True)
class Kept:
    """One run made by a command, the folder it was made in, and what the command said."""

    cwd: Path
    answer: Answer

    @property
    def document(self) -> Any:
        return self.answer.json

    @property
    def folder(self) -> Path:
        return self.cwd / self.document["directory"]


@pytest.fixture(scope="session")
def keep(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Kept]:
    """Ask a command once for many tests, in an empty folder of its own."""

    def asked(*words: str) -> Kept:
        folder = tmp_path_factory.mktemp("kept")
        return Kept(folder, ask(folder, *words))

    return asked


@pytest.fixture(scope="session")
def timing(keep: Callable[..., Kept]) -> Kept:
    """``fedcycle run rate-cycle-timing --json``, as the manual has it."""
    return keep("run", "rate-cycle-timing", "--json")


@pytest.fixture(scope="session")
def hindsight(keep: Callable[..., Kept]) -> Kept:
    return keep("run", "rate-cycle-timing-hindsight", "--json")


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    """A user's own rule and its config, in a folder that is not the working one."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "rules.py").write_text(
        """from dataclasses import dataclass
from typing import ClassVar

from fedcycle.strategies.strategy import Strategy


@dataclass(frozen=True, kw_only=True)
class Half(Strategy):
    asset: str = "mid"
    needs: ClassVar = {"mid": 5}

    def weights(self, view):
        return {self.asset: 0.5}
""",
        encoding="utf-8",
    )
    (folder / "half.yaml").write_text(
        "extends: base.yaml\nname: half\nperiod: {start: 2020-01-02, end: 2020-12-31}\n"
        "strategy: {class: rules.py:Half}\n",
        encoding="utf-8",
    )
    return folder / "half.yaml"


@pytest.fixture
def process_open(tmp_path: Path) -> Callable[..., contextlib.AbstractContextManager[subprocess.Popen[str]]]:
    """Start a program that the test talks with; a test that fails or runs out of time kills it and its own group."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    pipe = subprocess.PIPE

    @contextlib.contextmanager
    def start(code: str, *args: str) -> Iterator[subprocess.Popen[str]]:
        words = [sys.executable, "-c", code, *args]
        with subprocess.Popen(words, cwd=tmp_path, env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as child:
            try:
                yield child
            except BaseException:
                if os.getpgid(child.pid) == child.pid:
                    os.killpg(child.pid, signal.SIGKILL)
                child.kill()
                raise

    return start
