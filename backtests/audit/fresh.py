"""A rule asked in processes that have seen nothing, each with a hash seed and an order of the assets of its own.

A process that has asked the rule before may hold in memory what the rule read then. And Python iterates a set of names
in another order in each process, unless it is given a hash seed.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedcycle.backtests.audit.fresh_process import LENGTH
from fedcycle.backtests.audit.handing_over import CannotHandOver, packed, reversed_assets
from fedcycle.backtests.audit.reevaluate import Answer
from fedcycle.data.market import Market
from fedcycle.data.typing import Days
from fedcycle.strategies.strategy import LONG_ONLY, Limits, Strategy

OURS = "fedcycle"
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); "
    "from fedcycle.backtests.audit.fresh_process import main; main()"
)


@dataclass(frozen=True)
class Conditions:
    """How a fresh process differs: its hash seed, and whether it has the assets in the opposite order."""

    seed: int
    turned: bool = False

    @property
    def text(self) -> str:
        """Return the conditions, completing "... the weight would be another"."""
        order = ", with the assets in the opposite order" if self.turned else ""
        return f"in a fresh process with hash seed {self.seed}{order}"


FEW = (Conditions(1), Conditions(2, turned=True))
"""What a plain run of a user's rule asks under, and an audit of the library's own rules, whose tests ask under all."""
ALL = (*FEW, Conditions(3), Conditions(4, turned=True))
"""What an audit asks under: two names change places in a set under one of four seeds in 7 of 8 cases."""
COMMAND_SEED = 0
"""The hash seed of every command that runs rules; a program or a notebook has mostly another."""


def with_command_seed(conditions: Sequence[Conditions]) -> tuple[Conditions, ...]:
    """Return the conditions, and the commands' own hash seed where this process has another.

    So a rule that hangs on the seed is found wherever it is run from, and no run has the id of a command's with other
    numbers and nothing said.
    """
    own = os.environ.get("PYTHONHASHSEED") == str(COMMAND_SEED)
    return tuple(conditions) if own else (*conditions, Conditions(COMMAND_SEED))


@dataclass(frozen=True)
class Fresh:
    """What one fresh process said.

    Parameters
    ----------
    conditions : what it was asked under
    answers : one a decision day
    touched : (decision day or None for while the rule was loaded, what, which)
    """

    conditions: Conditions
    answers: tuple[Answer, ...]
    touched: tuple[tuple[str | None, str, str], ...]


def is_ours(strategy: Strategy) -> bool:
    """Return whether a rule and all rules it is made of are the library's own."""
    return _packages(strategy) == {OURS}


def _packages(strategy: Strategy) -> set[str]:
    """Return the top-level packages that a rule and the rules it is made of are in."""
    return {type(strategy).__module__.split(".")[0]}.union(*map(_packages, strategy.inner().values()))


def ask_fresh(
    strategy: Strategy, market: Market, days: Days, under: Sequence[Conditions], *, limits: Limits = LONG_ONLY
) -> Iterator[Fresh]:
    """Yield what fresh processes say, which run side by side.

    Raises
    ------
    CannotHandOver
        With the reason, where the rule cannot be loaded in another process.
    """
    rule = packed(strategy)
    markets = {turned: packed(reversed_assets(market) if turned else market) for turned in {c.turned for c in under}}
    packages = _packages(strategy)
    with ExitStack() as stack:
        started = [(conditions, stack.enter_context(_started(conditions.seed))) for conditions in under]
        for _, process in started:
            stack.callback(process.kill)
        for conditions, process in started:
            sent: dict[str, Any] = {"market": markets[conditions.turned], "days": days, "strategy": rule}
            sent |= {"packages": packages, "limits": limits}
            _send(process, pickle.dumps(sent, protocol=5))
        for conditions, process in started:
            yield _read(conditions, process, len(days))


def _started(seed: int) -> subprocess.Popen[bytes]:
    path = json.dumps([str(Path(folder).absolute()) for folder in sys.path])
    return subprocess.Popen(  # noqa: S603 - Python itself, with a program of ours
        [sys.executable, "-B", "-c", _PROGRAM, path],  # -B: no bytecode is left beside the rule
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
    )


def _send(process: subprocess.Popen[bytes], content: bytes) -> None:
    """Send bytes and leave the pipe open: its end tells the process that we are gone."""
    assert process.stdin is not None  # noqa: S101 - it was asked for
    try:
        process.stdin.write(len(content).to_bytes(LENGTH, "little") + content)
        process.stdin.flush()
    except BrokenPipeError:
        pass  # it has ended, and what it printed says why: nothing


def _read(conditions: Conditions, process: subprocess.Popen[bytes], decisions: int) -> Fresh:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    printed = process.stdout.read()
    try:
        said = json.loads(printed)
    except ValueError:
        raise CannotHandOver(f"the fresh process ended without an answer (status {process.wait()})") from None
    failed = Answer({}, said["failed"])
    answers = [Answer(weights, error) for weights, error in said["answers"]]
    answers += [failed] * (decisions - len(answers))
    return Fresh(conditions, tuple(answers), tuple((day, what, which) for day, what, which in said["touched"]))
