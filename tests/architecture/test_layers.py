"""Each library has one place, and no package imports from its own layer or one above it."""

from __future__ import annotations

import ast
import graphlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LIBRARIES = {
    "numpy": ("data/", "strategies/", "backtests/"),
    "pandas": ("data/sources/", "backtests/api/"),
    "pandas_datareader": ("data/sources/",),
    "requests": ("data/sources/",),
    "urllib3": ("data/sources/",),
    "yfinance": ("data/sources/",),
    "filelock": ("data/storage/lock.py",),
    "platformdirs": ("backtests/cli/", "backtests/api/places.py"),
    "exchange_calendars": ("data/sources/exchange.py",),
    "openpyxl": ("data/sources/", "backtests/export/workbook.py"),
    "pyarrow": ("data/storage/parquet.py",),
    "backtrader": ("backtests/engines/backtrader",),
    "pydantic": ("backtests/config/",),
    "ruamel": ("backtests/config/",),
    "arch": ("backtests/inference/",),
    "scipy": ("backtests/inference/",),
    "jinja2": ("backtests/tearsheet/",),
    "markupsafe": ("backtests/tearsheet/",),
    "plotly": ("backtests/api/",),
    "dask": ("backtests/sweep",),
    "distributed": ("backtests/sweep",),
    "click": ("backtests/cli/",),
    "rich": ("backtests/cli/",),
}
NETWORK = {"ftplib", "http", "httpx", "requests", "socket", "ssl", "urllib.error", "urllib.request", "urllib3"}
LAYERS = (
    ("data", "configs"),
    ("strategies",),
    ("backtests.core",),
    ("backtests.config", "backtests.engines", "backtests.runs", "backtests.statistics"),
    ("backtests.audit", "backtests.inference"),
    ("backtests.analysis",),
    ("backtests.claims", "backtests.export", "backtests.tearsheet"),
    ("backtests.workflows",),
    ("backtests.sweep",),
    ("backtests.api", "backtests.cli"),
)
"""Bottom up: a package imports only from layers below its own."""
DATA_LAYERS = (
    ("errors", "frozen_mapping", "labels", "suggest", "typing"),
    ("storage",),
    (
        "bills",
        "calendar",
        "catalog",
        "catalog_tables",
        "manifest",
        "price_checks",
        "series",
        "series_catalog",
        "staleness",
    ),
    ("fundamentals",),
    ("market", "reach"),
    ("fundamentals.stored",),
    ("sources",),
    ("building", "user.own_series"),
    ("building.fetch", "dataset", "verify"),
    ("fundamentals.build", "fundamentals.ingest", "user"),
)
"""The same inside ``data``, bottom up; a name stands for a module or for all that a folder holds and is not named."""
PURE = {
    *("__future__", "abc", "bisect", "collections", "dataclasses", "datetime", "difflib", "enum", "functools"),
    *("itertools", "math", "numpy", "operator", "types", "typing", "fedcycle"),
}
"""All that a rule may import: nothing with a file, a clock, an environment or chance in it."""


def layer(package: str) -> int:
    return next((k for k, packages in enumerate(LAYERS) if package in packages), -1)


def package_of(module: str) -> str:
    """The package of a module: ``data``, ``strategies``, or the part of ``backtests`` that it belongs to."""
    parts = module.removeprefix("fedcycle.").split(".")
    return ".".join(parts[:2]) if parts[0] == "backtests" else parts[0]


def test_every_library_is_imported_in_its_package_only(sources: Sequence[Any]) -> None:
    elsewhere = [
        str(found)
        for source in sources
        for found in source.imports()
        if (library := found.module.split(".")[0]) not in sys.stdlib_module_names | {"fedcycle"}
        and not found.file.startswith(LIBRARIES.get(library, ()))
    ]
    assert not elsewhere


def test_only_sources_reach_the_network(sources: Sequence[Any]) -> None:
    elsewhere = [
        str(found)
        for source in sources
        for found in source.imports()
        if NETWORK.intersection((found.module.split(".")[0], ".".join(found.module.split(".")[:2])))
        and not found.file.startswith("data/sources/")
    ]
    assert not elsewhere


def test_every_package_has_a_layer(sources: Sequence[Any]) -> None:
    assert not {package_of(s.module) for s in sources if s.module != "fedcycle.backtests"} - {
        package for packages in LAYERS for package in packages
    }


def test_a_package_imports_only_from_lower_layers(sources: Sequence[Any]) -> None:
    wrong = [
        f"{found} (layer {layer(there) + 1}), which is not below {here} (layer {layer(here) + 1})"
        for source in sources
        for found in source.imports()
        if found.module.startswith("fedcycle.")
        and found.module != "fedcycle.backtests"
        and (there := package_of(found.module)) != (here := package_of(source.module))
        and not 0 <= layer(there) < layer(here)
    ]
    assert not wrong


def data_layer(module: str) -> int:
    """The layer inside ``data`` of a module, by the longest name that fits; -1 where none does."""
    inner = module.removeprefix("fedcycle.data.")
    found = [
        (len(name), k) for k, names in enumerate(DATA_LAYERS) for name in names if f"{inner}.".startswith(f"{name}.")
    ]
    return max(found, default=(0, -1))[1]


def test_a_module_of_data_imports_only_from_its_layer_or_lower_ones(sources: Sequence[Any]) -> None:
    inside = [s for s in sources if s.module.startswith("fedcycle.data.")]
    assert not [s.module for s in inside if data_layer(s.module) < 0], "every module of data has a layer"
    wrong = [
        f"{found} (layer {data_layer(found.module) + 1} of data), which is above {data_layer(source.module) + 1}"
        for source in inside
        for found in source.imports()
        if found.module.startswith("fedcycle.data.") and data_layer(found.module) > data_layer(source.module)
    ]
    assert not wrong


def test_no_modules_import_each_other_in_a_circle(sources: Sequence[Any]) -> None:
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


def test_the_architecture_page_names_every_package(sources: Sequence[Any], root: Path) -> None:
    page = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    packages = {package_of(source.module).removeprefix("backtests.") for source in sources}
    assert not {name for name in packages if f"`{name}" not in page}


def test_every_module_opens_with_a_sentence(sources: Sequence[Any], root: Path) -> None:
    tests = [p for p in (root / "tests").rglob("*.py") if p.name != "__init__.py"]
    trees = {s.path: s.tree for s in sources}
    trees |= {p.relative_to(root).as_posix(): ast.parse(p.read_text(encoding="utf-8")) for p in tests}
    assert not [path for path, tree in trees.items() if not (ast.get_docstring(tree) or "").strip()]
