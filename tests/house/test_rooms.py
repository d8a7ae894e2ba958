"""Each library has one room, and no room imports from its own floor or one above it."""

from __future__ import annotations

import ast
import graphlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOMS = {
    "numpy": ("data/", "strategies/", "backtests/"),
    "pandas": ("data/sources/",),
    "pandas_datareader": ("data/sources/",),
    "requests": ("data/sources/",),
    "urllib3": ("data/sources/",),
    "yfinance": ("data/sources/",),
    "pyarrow": ("data/columns.py",),
    "backtrader": ("backtests/engines/event",),
    "pydantic": ("backtests/config/",),
    "ruamel": ("backtests/config/",),
    "arch": ("backtests/inference/",),
    "scipy": ("backtests/inference/",),
    "jinja2": ("backtests/tearsheet/",),
    "markupsafe": ("backtests/tearsheet/",),
    "plotly": ("backtests/tearsheet/",),
    "dask": ("backtests/sweep",),
    "distributed": ("backtests/sweep",),
    "click": ("backtests/cli/",),
    "rich": ("backtests/cli/",),
}
NETWORK = {"ftplib", "http", "httpx", "requests", "socket", "ssl", "urllib.error", "urllib.request", "urllib3"}
FLOORS = (
    ("data", "configs", "backtests.aside", "backtests.errors", "backtests.halt"),
    ("strategies", "backtests.attribution", "backtests.cycles", "backtests.period", "backtests.rebalance"),
    ("backtests.backtest", "backtests.ledger", "backtests.native", "backtests.provenance"),
    ("backtests.benchmark", "backtests.config"),
    ("backtests.engines", "backtests.statistics"),
    ("backtests.inference", "backtests.runs"),
    ("backtests.audit", "backtests.events", "backtests.tearsheet"),
    ("backtests.claims", "backtests.study"),
    ("backtests.compare", "backtests.explain", "backtests.keeping", "backtests.recognise", "backtests.sweep"),
    ("backtests.diff",),
    ("backtests.cli",),
)
PURE = {
    *("__future__", "abc", "bisect", "collections", "dataclasses", "datetime", "difflib", "enum", "functools"),
    *("itertools", "math", "numpy", "operator", "types", "typing", "fedcycle"),
}
"""All that a rule may import: nothing with a file, a clock, an environment or chance in it."""


def floor(room: str) -> int:
    return next((k for k, rooms in enumerate(FLOORS) if room in rooms), -1)


def room(module: str) -> str:
    """The room of a module: a wing's name, or within ``backtests`` the file or package."""
    parts = module.removeprefix("fedcycle.").split(".")
    return ".".join(parts[:2]) if parts[0] == "backtests" else parts[0]


def test_every_library_stays_in_its_room(sources: Sequence[Any]) -> None:
    astray = [
        str(found)
        for source in sources
        for found in source.imports()
        if (library := found.module.split(".")[0]) not in sys.stdlib_module_names | {"fedcycle"}
        and not found.file.startswith(ROOMS.get(library, ()))
    ]
    assert not astray


def test_only_sources_reach_the_network(sources: Sequence[Any]) -> None:
    astray = [
        str(found)
        for source in sources
        for found in source.imports()
        if NETWORK.intersection((found.module.split(".")[0], ".".join(found.module.split(".")[:2])))
        and not found.file.startswith("data/sources/")
    ]
    assert not astray


def test_every_room_is_on_a_floor(sources: Sequence[Any]) -> None:
    homeless = {room(s.module) for s in sources if s.module != "fedcycle.backtests" and floor(room(s.module)) < 0}
    assert not homeless


def test_a_room_imports_only_from_lower_floors(sources: Sequence[Any]) -> None:
    climbing = [
        f"{found} (floor {floor(there) + 1}), which is not below {here} (floor {floor(here) + 1})"
        for source in sources
        for found in source.imports()
        if found.module.startswith("fedcycle.")
        and found.module != "fedcycle.backtests"
        and (there := room(found.module)) != (here := room(source.module))
        and not 0 <= floor(there) < floor(here)
    ]
    assert not climbing


def test_no_module_imports_itself_round_a_circle(sources: Sequence[Any]) -> None:
    modules = {source.module for source in sources}
    graph: dict[str, set[str]] = {}
    for source in sources:
        # ``from package import name`` is an import of the module ``package.name`` where there is one.
        for found in source.imports():
            wanted = found.module if found.module in modules else found.module.rpartition(".")[0]
            if wanted in modules - {source.module}:
                graph.setdefault(source.module, set()).add(wanted)
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError and names the circle


def test_a_rule_imports_nothing_with_a_file_a_clock_or_chance_in_it(sources: Sequence[Any]) -> None:
    loader = "strategies/library/__init__.py"  # it finds the rules' files, and is no rule
    impure = [
        str(found)
        for source in sources
        if source.path.startswith("strategies/") and source.path != loader
        for found in source.imports()
        if found.module.split(".")[0] not in PURE or found.module.startswith("numpy.random")
    ]
    assert not impure


def test_a_rule_neither_opens_a_file_nor_asks_for_the_time_nor_throws_dice(sources: Sequence[Any]) -> None:
    calls = [
        f"{source.path}:{node.lineno} calls {name}"
        for source in sources
        if source.path.startswith("strategies/")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and (
            (name := ast.unparse(node.func)) in {"open", "input", "exec", "eval", "print"}
            or name.endswith((".today", ".now", ".utcnow"))
            or ".random." in name
        )
    ]
    assert not calls


def test_nobody_imports_a_rule_of_the_library(sources: Sequence[Any]) -> None:
    rules = {s.module for s in sources if s.path.startswith("strategies/library/") and "__init__" not in s.path}
    assert len(rules) >= 4
    importing = [
        str(found)
        for source in sources
        for found in source.imports()
        if found.module in rules or found.module.rpartition(".")[0] in rules
    ]
    assert not importing


def test_the_vectorised_engine_can_run_where_backtrader_is_not_installed(sources: Sequence[Any]) -> None:
    """Whatever it imports, and whatever that imports, up to the whole of it."""
    by_name = {source.module: source for source in sources}
    seen, waiting = set(), ["fedcycle.backtests.engines.vectorised"]
    while waiting:
        module = waiting.pop()
        if module in by_name and module not in seen:
            seen.add(module)
            names = [found.module for found in by_name[module].imports()]
            waiting += [*names, *(name.rpartition(".")[0] for name in names)]
    assert len(seen) > 5
    assert not [m for m in seen if any(i.module.split(".")[0] == "backtrader" for i in by_name[m].imports())]


def test_the_architecture_page_names_every_room(sources: Sequence[Any], root: Path) -> None:
    page = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {room(source.module).removeprefix("backtests.") for source in sources}
    assert not {name for name in rooms if f"`{name}" not in page}


def test_every_module_opens_with_a_sentence(sources: Sequence[Any], root: Path) -> None:
    tests = [p for p in (root / "tests").rglob("*.py") if p.name != "__init__.py"]
    trees = {s.path: s.tree for s in sources}
    trees |= {p.relative_to(root).as_posix(): ast.parse(p.read_text(encoding="utf-8")) for p in tests}
    assert not [path for path, tree in trees.items() if not (ast.get_docstring(tree) or "").strip()]
