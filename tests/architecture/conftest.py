"""The repository: its root, its source files, and the wheel that is built from it."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("data", "strategies", "backtests")


@dataclass(frozen=True)
class Import:
    """One import: what, by which file, on which line."""

    file: str
    line: int
    module: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


@dataclass(frozen=True)
class Source:
    """One source file: its path from the root, its module's name, its syntax tree."""

    path: str
    module: str
    tree: ast.Module

    def imports(self) -> Iterator[Import]:
        """Every import at any depth, and every literal one by name; ``from a import b`` counts as a.b."""
        for node in ast.walk(self.tree):
            for name in _imported(node):
                yield Import(self.path, node.lineno, name)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = ast.unparse(node.func).split(".")[-1]
        if called in {"import_module", "find_spec", "__import__"} and isinstance(node.args[0].value, str):
            return [node.args[0].value]
    return []


def _sources() -> Iterator[Source]:
    for folder in CODE:
        for file in sorted((ROOT / folder).rglob("*.py")):
            path = file.relative_to(ROOT)
            parts = path.with_suffix("").parts
            module = ".".join(("fedcycle", *(parts[:-1] if parts[-1] == "__init__" else parts)))
            yield Source(path.as_posix(), module, ast.parse(file.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def sources() -> tuple[Source, ...]:
    return tuple(_sources())


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel, built from a copy so that nothing is left in the tree and nothing left there gets in."""
    copy, out = tmp_path_factory.mktemp("copy") / "fedcycle", tmp_path_factory.mktemp("wheel")
    left_by_tools = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info")
    at_the_top = {"build", "dist", "runs", "tearsheets"}

    def ignored(folder: str, names: list[str]) -> set[str]:
        return left_by_tools(folder, names) | (at_the_top & set(names) if Path(folder) == ROOT else set())

    shutil.copytree(ROOT, copy, ignore=ignored, symlinks=True)
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", build, str(out)], cwd=copy, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(out.glob("*.whl"))) as opened:
        yield opened


@pytest.fixture(scope="session")
def python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a program in a fresh interpreter that finds fedcycle where the tests do."""
    path = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])

    def run(program: str, *args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": path}
        command = [sys.executable, "-c", program, *args]
        return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=300)

    return run
