"""The field's words: what a reader would have to learn here is not on pages, in help, docs, docstrings or configs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

OLD = {
    r"what chance leaves": "statistical significance",
    r"least p possible|smallest possible p\b": "minimum attainable p",
    r"ways to flip": "exact sign-flip p",
    r"\bluck\b": "chance, or under the null",
    r"points in all": "active return, pp a year",
    r"worst drawdown|below peak|made good on": "maximum drawdown, drawdown, recovered on",
    r"\bdear(?:er)?\b|twofold": "break-even transaction cost, more expensive, double",
    r"\bspells?\b": "holding period, period",
    r"decides? otherwise": "signals differ",
    r"(?<!independent )\bfew bets": "few independent bets",
    r"would lie apart": "significant at 5%",
    r"rival reading|number asked for": "alternative explanation, estimand",
    r"\b(?:laid|lays?|laying)\b[^.]{0,40}\bover\b|\bparted\b": "override; divided, split",
    r"no decision changed with the future": "look-ahead test passed",
    r"share the gap out|where two runs part": "attribution, divergence",
    r"how straight": "R² of log equity on time",
    r"dated afterwards|told on the day": "ex post, real time",
    r"numbers that matter|in short;": "key figures, summary",
    r"press of yields|rates press\b|rates do not press": "yield pressure",
    r"is not to be believed|for the asking": "implausible, optional",
    r"price of not knowing": "cost of real-time detection",
    r"\bpay-outs?\b|what a holder gets": "delisting proceeds",
    r"\bwitness\b|\bhired\b|\byardstick\b": "cross-check, workers, benchmark",
    r"\brivals?\b": "alternative",
    r"the house\b|\bwing of\b|\brooms?\b|\bdoors?\b": "package, layer, way in; space, margin",
}
"""Pattern of an old word -> what is said instead."""


@pytest.fixture(scope="module")
def texts(root: Path) -> list[tuple[str, str]]:
    """Every text that a reader may meet: where it stands, and it."""
    return list(found(root))


def found(root: Path) -> Iterator[tuple[str, str]]:
    pages = [*root.glob("docs/**/*.md"), root / "README.md", *root.glob("backtests/tearsheet/**/*.html")]
    for file in (*pages, *root.glob("configs/**/*.yaml")):
        yield file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")
    for folder in ("data", "strategies", "backtests"):
        for file in (root / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield f"{file.relative_to(root).as_posix()}:{node.lineno}", node.value


@pytest.mark.parametrize("old", OLD)
def test_no_reader_meets_an_old_word(old: str, texts: list[tuple[str, str]]) -> None:
    met = [
        f"{where}: ...{text[max(match.start() - 30, 0) : match.end() + 30]!r}"
        for where, text in texts
        for match in re.finditer(old, text, flags=re.IGNORECASE)
    ]
    assert not met, f"say {OLD[old]}: {met[:5]}"


def test_an_old_word_would_be_seen(texts: list[tuple[str, str]]) -> None:
    assert any(re.search(old, "The worst drawdown, in 4 spells", flags=re.IGNORECASE) for old in OLD)
    assert len(texts) > 1000


NAMES = re.compile(
    r"(?:^|_)(?:rooms?|doors?|dear(?:er)?|spells?|luck|payouts?|witness(?:es)?|hired?|yardsticks?)(?:_|$)", re.I
)
"""Old words that no class, function, parameter or variable is named with."""


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id


def test_no_name_is_an_old_word(root: Path) -> None:
    files = [f for folder in ("data", "strategies", "backtests", "tests") for f in (root / folder).rglob("*.py")]
    met = [
        f"{file.relative_to(root)}:{line} {name}"
        for file in files
        for line, name in names(ast.parse(file.read_text(encoding="utf-8")))
        if NAMES.search(name)
    ]
    assert len(files) > 500
    assert not met, met
    assert NAMES.search("by_luck")  # a name would be seen
