"""Writes docs/signals.md: every phase, condition and signal with its definition, from the code; a test compares.

Run: python docs/generate_signals.py
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "src"))  # the source beside this file, installed or not

INTRODUCTION = """# Signals and phases

Written by `python docs/generate_signals.py` from the code. All of them use only what was public at the close of the day
([known on](known-on.md)).
"""
PHASES = """## Phases of the rate cycle

Exactly one holds at every close from the first known change of the Fed's target on, counted from announcements;
`months` is 6 unless a config says otherwise.
"""
CONDITIONS = """## Conditions

What a config writes under `when` ([own data and rules without code](own-data.md)); `all`, `any` and `not` combine them.
"""
SIGNALS = """## Signals

What a rule in Python asks of its view; the [API](api.md) has parameters, shapes and examples.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([INTRODUCTION, PHASES, *_phases(), CONDITIONS, *_conditions(), SIGNALS, *_signals()])


def _phases() -> Iterator[str]:
    from fedcycle.strategies.phase import DEFINITIONS

    yield from _table(("phase", "definition"), [(f"`{phase}`", said) for phase, said in DEFINITIONS.items()])


def _conditions() -> Iterator[str]:
    from fedcycle.strategies.conditions import CONDITIONS as ALL

    rows = []
    for name, kind in ALL.items():
        fields = [f"`{f.name}` ({f.metadata['unit']})" for f in dataclasses.fields(kind)]
        rows.append((f"`{name}`", _first(kind), ", ".join(fields)))
    yield from _table(("condition", "holds when", "parameters"), rows)


def _signals() -> Iterator[str]:
    from fedcycle.strategies import (
        phase,
        policy_conditions,
        price_conditions,
        price_signals,
        readings,
        recession,
        signals,
    )

    rows = [
        (f"`{name}`", f"`{module.__name__}`", _first(function))
        for module in (signals, price_signals, phase, recession, readings, policy_conditions, price_conditions)
        for name, function in _functions(module)
    ]
    yield from _table(("function", "module", "what it returns"), rows)


def _functions(module: ModuleType) -> list[tuple[str, object]]:
    """Return the public functions that a module defines, in its order."""
    return [
        (name, value)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]


def _first(thing: object) -> str:
    """Return the first sentence of a docstring, without ``Return``."""
    said = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split()).removeprefix("Return ").rstrip(".")
    return said.replace("``", "`").replace("|", "\\|")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |\n| {' | '.join('---' for _ in heads)} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


if __name__ == "__main__":
    (HERE / "signals.md").write_text(page(), encoding="utf-8", newline="\n")
