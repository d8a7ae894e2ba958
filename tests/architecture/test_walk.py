"""The architecture page's walk from a command to its page: the files and functions it names are there, in few steps."""

from __future__ import annotations

import ast
import re
from pathlib import Path

STEP = re.compile(r"^\d\. `([\w/]+\.py)`(?:, `(\w+)`)?", flags=re.MULTILINE)


def test_a_run_is_followed_through_eight_files_that_call_each_other(root: Path) -> None:
    page = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    walk = page.partition("## One run")[2].partition("## One sweep")[0]
    steps = STEP.findall(walk)
    assert len(steps) == 8
    for file, function in steps:
        tree = ast.parse((root / "backtests" / file).read_text(encoding="utf-8"))
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, (file, function)


def test_the_files_that_the_page_names_are_there(root: Path) -> None:
    page = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)+\w+\.py)`", page))
    lacking = [
        n for n in named if not any((root / top / n).is_file() for top in ("backtests", "", "strategies", "data"))
    ]
    assert len(named) > 20
    assert not lacking
