"""A user's rule that prints, leaves or asks for nonsense: one sentence, and stdout has the answer alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
