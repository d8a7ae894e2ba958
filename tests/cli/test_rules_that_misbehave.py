"""A user's rule that prints, leaves or asks for nonsense: one sentence, and stdout has the answer alone."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fedcycle.backtests.workflows.jobs import FEW

RULE = """from dataclasses import dataclass
from typing import ClassVar

from fedcycle.strategies.strategy import Strategy

print("loaded")


@dataclass(frozen=True, kw_only=True)
class Own(Strategy):
    needs: ClassVar = {needs}

    def weights(self, view):
        {body}
"""


@pytest.fixture
def study(tmp_path: Path) -> Callable[..., Path]:
    """A config with a rule whose weights have this body."""

    def written(body: str, needs: str = "{}") -> Path:
        (tmp_path / "own.py").write_text(RULE.format(body=body, needs=needs), encoding="utf-8")
        (tmp_path / "own.yaml").write_text(
            "extends: base.yaml\nname: own\nperiod: {start: 2020-01-02, end: 2020-06-30}\n"
            "strategy: {class: own.py:Own}\nsweep: {execution.lag: [1, 2]}\n",
            encoding="utf-8",
        )
        return tmp_path / "own.yaml"

    return written


PRINTS = "print('asked'); return {'small': 1.0}"


@pytest.mark.parametrize(
    "words",
    [
        ("run", "own.yaml", "--no-tearsheet"),
        ("run", "own.yaml", "--no-tearsheet", "--engine", "vectorised"),
        ("audit", "own.yaml"),
        ("explain", "own.yaml", "2020-02-03"),
        ("sweep", "own.yaml", "--jobs", "2"),
    ],
    ids=lambda words: " ".join(words),
)
def test_what_a_rule_prints_is_not_our_answer(
    words: tuple[str, ...], study: Callable[..., Path], process: Callable[..., Any]
) -> None:
    study(PRINTS)
    done = process(*words, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)
    assert {"loaded", "asked"} <= set(done.stderr.splitlines())


@pytest.mark.parametrize("words", [("run",), ("audit",), ("explain", "2020-02-03"), ("sweep",)])
def test_a_rule_that_leaves_stops_the_command_with_a_sentence(
    words: tuple[str, ...], study: Callable[..., Path], fedcycle: Callable[..., Any]
) -> None:
    said = fedcycle(words[0], study("raise SystemExit(0)"), *words[1:]).last
    assert "Own on 2020-0" in said
    assert "SystemExit: 0" in said


def test_what_a_rule_raises_is_told_on_one_line(study: Callable[..., Path], fedcycle: Callable[..., Any]) -> None:
    said = fedcycle("run", study("raise ValueError('one\\n  two')")).last
    assert re.search(r"Own on 2020-01-02: own\.py:\d+ raised ValueError: one two$", said)


def test_the_line_of_a_mistake_is_the_rules_own_though_it_was_found_deeper(
    study: Callable[..., Path], fedcycle: Callable[..., Any]
) -> None:
    said = fedcycle("run", study("return dict(zip(view.assets, map(int, 'x')))")).last
    assert re.search(r"Own on 2020-01-02: own\.py:\d+ raised ValueError: invalid literal", said)
    said = fedcycle("run", study("return {'small': view.closes('smal', 5)[-1]}")).last
    assert re.search(r"Own on 2020-01-02: .*smal.* \(own\.py:\d+\)$", said)


def test_a_need_that_is_no_number_is_refused(study: Callable[..., Path], fedcycle: Callable[..., Any]) -> None:
    said = fedcycle("run", study("return {}", needs="{'small': 'x'}")).last
    assert said.endswith("needs: small is 'x'; write a whole number of sessions, 1 or more")


def test_opens_that_are_not_there_are_the_fault_of_the_fill(tmp_path: Path, fedcycle: Callable[..., Any]) -> None:
    (tmp_path / "open.yaml").write_text("extends: base.yaml\nname: o\nexecution:\n  fill: open\n", encoding="utf-8")
    assert fedcycle("run", "open.yaml").last.startswith("open.yaml:4: fill is open, but market bundle has no opening")


# Answers the command itself, and keeps every process that works for it busy for good.
ENDLESS = """import multiprocessing, sys, threading
        if multiprocessing.parent_process() is not None:
            print("asked", file=sys.stderr, flush=True)
            threading.Event().wait()
        return {"small": 1.0}"""
# Ctrl-C reaches every process of a terminal's foreground group: this one leads a group of its own.
# Where the suite is started in the background or with nohup, its children ignore SIGINT: this one must not.
STOPPED = """
import os, signal, sys
os.getsid(0) == os.getpid() or os.setsid()  # the command starts itself again with one hash seed
signal.signal(signal.SIGINT, signal.default_int_handler)
from fedcycle.backtests.cli import main
main()
"""


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="this system has no process groups")
@pytest.mark.parametrize(
    ("words", "heard"),
    [
        # What is stored is read by the command itself; the others are too many for it, and two processes are busy.
        (("compare", "base", *(f"same{k}.yaml" for k in range(FEW + 1))), ("used again", "asked", "asked")),
        (("sweep", "many.yaml", "--jobs", "2"), ("asked", "asked")),
    ],
    ids=["compare", "sweep"],
)
def test_ctrl_c_stops_all_processes_with_one_word(
    words: tuple[str, ...],
    heard: tuple[str, ...],
    study: Callable[..., Path],
    process: Callable[..., Any],
    process_open: Callable[..., Any],
    tmp_path: Path,
) -> None:
    study(ENDLESS)
    lags = "sweep: {execution.lag: {from: 1, to: 40, step: 1}}\n"
    (tmp_path / "many.yaml").write_text(f"extends: own.yaml\nname: many\n{lags}", encoding="utf-8")
    period = "period: {start: 1998-01-02, end: 2025-05-30}\n"  # of base, or the two could not be compared
    for k in range(FEW + 1):
        (tmp_path / f"same{k}.yaml").write_text(f"extends: own.yaml\nname: same{k}\n{period}", encoding="utf-8")
    assert process("run", "base").returncode == 0
    with process_open(STOPPED, *words) as child:
        awaited, seen = list(heard), []
        while awaited:
            line = child.stderr.readline()
            assert line, f"it ended before it was stopped: {seen}"
            seen.append(line)
            awaited = [word for k, word in enumerate(awaited) if word not in line or word in awaited[:k]]
        os.killpg(child.pid, signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (1, "")
    assert err.strip() == "fedcycle: stopped"
