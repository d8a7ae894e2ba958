"""Whether the tests notice a change of the code: mutants of the modules that numbers hang on, against their tests.

Run ``python benchmarks/mutants.py`` (about ten minutes on one core); it works on a copy, prints one line a mutant and
a count. ``--each N`` takes N mutants of every module, ``--only NAME`` one module. Mutants are chosen with a seed,
evenly over a module: a comparison moved to its edge, ``and`` for ``or``, a sum for a difference, a number one off.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = {
    "backtests/core/rebalance.py": [f"tests/engines/test_{name}.py" for name in ("rebalance", "account", "margin")],
    "strategies/final_cut.py": ["tests/strategies/test_final_cut.py", "tests/strategies/test_answers.py"],
    "strategies/phase.py": ["tests/strategies/test_phase.py"],
    "backtests/statistics/kernel.py": ["tests/statistics"],
    "backtests/statistics/sample.py": ["tests/statistics"],
    "backtests/statistics/risk.py": ["tests/statistics"],
    "backtests/statistics/subperiod_kernel.py": ["tests/statistics"],
    "backtests/sweep/streaming_statistics.py": ["tests/sweep/test_figures.py", "tests/statistics/test_kernel.py"],
    "backtests/inference/exact.py": ["tests/inference/test_exact.py"],
    "backtests/inference/verdict.py": ["tests/inference/test_verdict.py"],
    "data/market.py": [
        "tests/data/test_market.py",
        "tests/data/test_staleness.py",
        "tests/strategies/test_signals.py",
        "tests/fundamentals",
    ],
    "backtests/config/layering.py": ["tests/config"],
    "backtests/analysis/attribution.py": ["tests/diff"],
}
"""Module -> the tests nearest to it."""
EDGES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OTHERS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change of a module: its place among the module's changes, its line, and the line before and after."""

    place: int
    line: int
    before: str
    after: str
    source: str


def changes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield each node of a module that can be changed, in order; not those of texts, types and annotations."""
    skipped = {id(inner) for node in ast.walk(tree) for inner in _annotations(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Compare):
            known = type(node.ops[0]) in EDGES
        elif isinstance(node, ast.BinOp):
            known = type(node.op) in OTHERS
        elif isinstance(node, ast.Constant):
            known = type(node.value) in (int, float)
        else:
            known = isinstance(node, ast.BoolOp)
        if known:
            yield node


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    for name in ("annotation", "returns"):
        if (said := getattr(node, name, None)) is not None:
            yield from ast.walk(said)


def change(node: ast.AST) -> None:
    """Change a node in place."""
    if isinstance(node, ast.Compare):
        node.ops[0] = EDGES[type(node.ops[0])]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.BinOp):
        node.op = OTHERS[type(node.op)]()
    elif isinstance(node, ast.Constant):
        node.value = node.value + 1


def mutants(module: Path, count: int) -> list[Mutant]:
    """Return mutants of a module, spread evenly over it."""
    text = module.read_text(encoding="utf-8")
    plain = ast.unparse(ast.parse(text)).splitlines()
    total = sum(1 for _ in changes(ast.parse(text)))
    places = sorted(random.Random(1).sample(range(total), min(count, total)))  # noqa: S311 - a seed is the point
    found = []
    for place in places:
        tree = ast.parse(text)
        node = list(changes(tree))[place]
        line = int(getattr(node, "lineno", 0))
        change(node)
        source = ast.unparse(tree)
        apart = [(a.strip(), b.strip()) for a, b in zip(plain, source.splitlines(), strict=True) if a != b]
        found.append(Mutant(place, line, *(apart[0] if apart else ("", "")), source))
    return found


def killed(copy: Path, tests: list[str]) -> bool:
    """Return whether the tests fail in a copy of the project."""
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--no-header", *tests]
    environment = {**os.environ, "PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(words, cwd=copy, env=environment, capture_output=True, check=False, timeout=300)  # noqa: S603
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def main() -> int:
    """Run the mutants, and print which the tests let live."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=7)
    parser.add_argument("--only")
    given = parser.parse_args()
    alive, ran, begun = [], 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        ignored = shutil.ignore_patterns(".git", ".venv", ".hypothesis", "__pycache__", ".mypy_cache")
        shutil.copytree(ROOT, copy, symlinks=True, ignore=ignored)
        for name, tests in MODULES.items():
            if given.only and given.only not in name:
                continue
            module = copy / name
            text = module.read_text(encoding="utf-8")
            if killed(copy, tests):
                print(f"{name}: its tests fail as it is", flush=True)
                return 1
            for mutant in mutants(module, given.each):
                module.write_text(mutant.source, encoding="utf-8")
                died = killed(copy, tests)
                module.write_text(text, encoding="utf-8")
                ran += 1
                line = f"{name}:{mutant.line}: {mutant.before}  ->  {mutant.after}"
                alive += [] if died else [line]
                print(("killed " if died else "ALIVE  ") + line, flush=True)
    print(f"{ran} mutants, {ran - len(alive)} killed, {len(alive)} alive; {time.monotonic() - begun:.0f} s")
    for line in alive:
        print(f"alive: {line}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
