"""How the code is built, before and after the redesign, as one table: its size, its arrows and its old words.

Run ``python benchmarks/structure.py`` in a checkout with the history; it writes its table into docs/architecture.md.
Before is commit 1c7e473. Measured are ``data``, ``strategies`` and ``backtests``, without tests and documentation; old
words are those of ``tests/architecture/test_words.py`` in pages, help, messages, docstrings, docs and configs.
"""

from __future__ import annotations

import ast
import importlib.util
import io
import re
import statistics
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- written by benchmarks/structure.py -->\n", "<!-- until here -->"
BEFORE = "1c7e473"
FOLDERS = ("data", "strategies", "backtests")


def main() -> None:
    """Measure both trees and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder)
        archive = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S603, S607
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(before, filter="data")
        old, new = measured(before), measured(ROOT)
    rows = "".join(f"| {name} | {value:,} | {new[name]:,} |\n" for name, value in old.items())
    table = f"| | before ({BEFORE}) | now |\n| --- | ---: | ---: |\n{rows}"
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}{table}{END}{tail}", encoding="utf-8")
    print(table)


def measured(root: Path) -> dict[str, int]:
    """Return what a tree measures, by name."""
    files = [file for folder in FOLDERS for file in sorted((root / folder).rglob("*.py"))]
    trees = {file.relative_to(root): ast.parse(file.read_text(encoding="utf-8")) for file in files}
    lines = [len(file.read_text(encoding="utf-8").splitlines()) for file in files]
    return {
        "modules": len(files),
        "lines": sum(lines),
        "median file, lines": round(statistics.median(lines)),
        "largest file, lines": max(lines),
        "longest body, lines": max(size for tree in trees.values() for size in bodies(tree)),
        "packages": len({package(path) for path in trees}),
        "arrows between packages": len(arrows(trees)),
        "old words": old_words(root),
        "names at the top level": top_level(root),
    }


def bodies(tree: ast.AST) -> Iterator[int]:
    """Yield the lines of each function's body, from its first statement after the docstring to its last."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            rest = node.body[1:] if ast.get_docstring(node) is not None else node.body
            yield (rest[-1].end_lineno or 0) - rest[0].lineno + 1 if rest else 0


def package(path: Path) -> str:
    """Return the package of a module: a folder of ``backtests``, a module of its own there, or the folder on top."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:2]) if parts[0] == "backtests" and len(parts) > 1 else parts[0]


def arrows(trees: dict[Path, ast.Module]) -> set[tuple[str, str]]:
    """Return which package imports which."""
    known = {package(path) for path in trees}
    found = set()
    for path, tree in trees.items():
        for node in ast.walk(tree):
            for name in imported(node):
                parts = name.split(".")[1:]
                if parts and parts[0] in FOLDERS:
                    to = ".".join(parts[:2]) if parts[0] == "backtests" else parts[0]
                    found.add((package(path), to))
    return {(one, two) for one, two in found if one != two and two in known}


def imported(node: ast.AST) -> Iterator[str]:
    """Yield the modules of the package that a statement imports, with the names taken from each."""
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names if each.name.startswith("fedcycle."))
    elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "fedcycle":
        yield from (f"{node.module}.{each.name}" for each in node.names)


def old_words(root: Path) -> int:
    """Return how often a reader meets a word that the field does not use."""
    spec = importlib.util.spec_from_file_location("words", ROOT / "tests" / "architecture" / "test_words.py")
    assert spec is not None
    assert spec.loader is not None
    words = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(words)
    texts = [text for _, text in words.found(root)]
    return sum(len(re.findall(old, text, flags=re.IGNORECASE)) for old in words.OLD for text in texts)


def top_level(root: Path) -> int:
    """Return how many names ``import fedcycle`` offers."""
    face = root / "src" / "fedcycle" / "__init__.py"
    if not face.is_file():
        return 0
    for node in ast.parse(face.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            return len(ast.literal_eval(node.value))
    return 0


if __name__ == "__main__":
    main()
