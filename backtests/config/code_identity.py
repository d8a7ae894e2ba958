"""What a user's code consists of: every module it imports, found without running it, and loaded from the bytes hashed.

A rule's numbers depend on its file, on the modules that file imports, and on theirs. Modules of the user's own (beside
the file, on ``PYTHONPATH``, or of a distribution installed editable) are followed and their bytes kept; distributions
that are installed are named with their version and a digest of their files. What cannot be known from the source, such
as an environment variable, is named too: a run that depends on it is never reused.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from fedcycle.backtests.config.file_inputs import Opened, site_folders, standard_folders, watched

LOCK = threading.RLock()
"""Held while user code is loaded: ``sys.modules`` is one for all threads."""
MOST_FILES = 200
"""Python files of a distribution up to which their bytes are hashed; of a larger one, the digests in its record."""
OWN = "fedcycle"
COUNTED = frozenset({"arch", "backtrader", "jinja2", "numpy", "pyarrow", "pydantic", "ruamel", "scipy"})
"""Libraries whose version is part of every run's identity."""
_UNSEEN = {
    **dict.fromkeys(("environ", "environb", "getenv"), "reads environment variables"),
    **dict.fromkeys(
        ("socket", "http", "urllib", "urllib3", "requests", "httpx", "aiohttp", "ftplib", "yfinance"),
        "can read from the network",
    ),
    **dict.fromkeys(("subprocess", "multiprocessing", "popen", "Popen"), "starts other programs"),
    **dict.fromkeys(
        ("ctypes", "cffi", "pyarrow", "polars", "duckdb", "h5py", "tables", "netCDF4", "sqlite3", "zarr", "mmap"),
        "can read files unseen",
    ),
    **dict.fromkeys(
        ("import_module", "__import__", "runpy", "spec_from_file_location"), "imports modules by names made as it runs"
    ),
    **dict.fromkeys(("utcnow", "perf_counter", "monotonic", "time_ns"), "asks the clock"),
}
_ATTRIBUTES = {"environ", "environb", "getenv", "import_module", "popen", "spec_from_file_location", "utcnow"}
_TIMES = {"perf_counter", "monotonic", "time_ns"}
_CLOCK = {("datetime", "now"), ("datetime", "today"), ("date", "today"), ("time", "time"), ("Timestamp", "now")}


@dataclass(frozen=True, eq=False)
class UserCode:
    """What a rule's source leads to.

    Parameters
    ----------
    modules : import name -> module of the user's own, without the rule's own file
    installed : name of a distribution -> its version and a digest of its files; ``absent`` for a name that no module
        has
    unknown : reasons why what the rule depends on cannot be known, each a clause with its file and line
    """

    modules: Mapping[str, Module] = field(default_factory=dict)
    installed: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    @property
    def files(self) -> dict[str, bytes]:
        """Return the modules as files beside the rule's own: relative path -> bytes."""
        return {module.kept: module.content for module in self.modules.values()}

    @functools.cached_property
    def digest(self) -> str:
        """Return a digest of the modules' bytes and of where they lie."""
        h = hashlib.sha256()
        for name, module in sorted(self.modules.items()):
            h.update(f"{name}\0{module.file}\0{len(module.content)}\0".encode())
            h.update(module.content)
        return h.hexdigest()


@dataclass(frozen=True, eq=False)
class Module:
    """One module of the user's own: its file, the file a stored run keeps it as, and its bytes."""

    name: str
    file: Path
    kept: str
    content: bytes
    package: tuple[str, ...] | None

    @property
    def root(self) -> Path:
        """Return the folder that the module's dotted name starts from."""
        return self.file.parents[len(self.kept.split("/")) - 1]


def code_of(content: bytes, file: Path, *, package: str = "") -> UserCode:
    """Return what a rule's source leads to; nothing is run.

    Parameters
    ----------
    content : the source
    file : where it lies; modules are looked for beside it first, then where Python looks
    package : the package the file is a module of, where it is one
    """
    return _Search(file.parent).run(content, file, package)


def module_file(name: str, folder: Path) -> Path | None:
    """Return the file of a module of the user's own, looked for in a folder first; None where it is no such module."""
    found = _Search(folder).find(name)
    return found.file if isinstance(found, Module) else None


@dataclass(frozen=True, eq=False)
class Source:
    """The user's file, or module, that a rule came from.

    Parameters
    ----------
    file : where it lies
    code : what it imports
    opened : what it and its modules opened while they were loaded
    """

    file: Path
    code: UserCode
    opened: Opened

    @property
    def folders(self) -> list[Path]:
        """Return the folders that names of modules and of data files beside them start from, the rule's own first."""
        roots = [module.root for module in self.code.modules.values()]
        is_module = any(module.file == self.file for module in self.code.modules.values())
        return list(dict.fromkeys([*([] if is_module else [self.file.parent]), *roots]))

    @property
    def watched(self) -> list[Path]:
        """Return the files whose code is the user's."""
        return [self.file, *(module.file for module in self.code.modules.values())]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return reasons why what the rule depends on cannot be known."""
        return tuple(dict.fromkeys([*self.code.unknown, *self.opened.unknown]))


class _Search:
    """A walk along imports."""

    def __init__(self, folder: Path) -> None:
        importlib.invalidate_caches()
        self.folder = folder
        self.modules: dict[str, Module] = {}
        self.installed: dict[str, str] = {}
        self.unknown: dict[str, None] = {}
        self._found: dict[str, Module | str | None] = {}

    def run(self, content: bytes, file: Path, package: str) -> UserCode:
        """Return all that a source leads to."""
        waiting = [(content, file, package)]
        while waiting:
            source, where, inside = waiting.pop()
            try:
                tree = ast.parse(source)
            except (SyntaxError, ValueError):
                continue  # whoever loads it is told, with the line
            self.unknown.update(dict.fromkeys(_unseen(tree, where)))
            for name in dict.fromkeys(_imported(tree, inside)):
                for part in _prefixes(name):
                    if part not in self.modules and isinstance(found := self.find(part), Module):
                        self.modules[part] = found
                        waiting.append((found.content, found.file, part if found.package else part.rpartition(".")[0]))
        return UserCode(dict(self.modules), dict(self.installed), tuple(self.unknown))

    def find(self, name: str) -> Module | str | None:
        """Return a module of the user's own, or what else the name is: ``installed``, ``namespace`` or None."""
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def _find(self, name: str) -> Module | str | None:
        top, _, rest = name.partition(".")
        if top in sys.stdlib_module_names or top in (OWN, "__main__") or top in COUNTED:
            return None
        above = self.find(name.rpartition(".")[0]) if rest else None
        if rest and (above is None or above == "installed"):
            return above
        spec = self._spec(name)
        if spec is None:
            if not rest:
                self.installed[top] = "absent"
            return None
        if spec.origin is None or not spec.has_location:
            return "namespace" if spec.submodule_search_locations is not None else None
        file = Path(spec.origin)
        if (said := _installed(top, file)) is not None:
            self.installed.update([said])
            return "installed"
        return self._module(name, file, spec)

    def _spec(self, name: str) -> importlib.machinery.ModuleSpec | None:
        """Return where a module is, without importing what it is part of."""
        top, _, rest = name.partition(".")
        if rest:
            parent = self._spec(name.rpartition(".")[0])
            path = None if parent is None else parent.submodule_search_locations
            return None if path is None else importlib.machinery.PathFinder.find_spec(name, list(path))
        beside = importlib.machinery.PathFinder.find_spec(top, [str(self.folder)])
        if beside is not None and beside.origin is not None:
            return beside
        for finder in sys.meta_path:
            if isinstance(finder, HashedImports) or not hasattr(finder, "find_spec"):
                continue
            found = finder.find_spec(top, None)
            if found is not None:
                return found
        return beside

    def _module(self, name: str, file: Path, spec: importlib.machinery.ModuleSpec) -> Module | None:
        package = None if spec.submodule_search_locations is None else tuple(spec.submodule_search_locations)
        kept = name.replace(".", "/") + ("/__init__" if package is not None else "") + file.suffix
        try:
            content = file.read_bytes()
        except OSError:
            return None
        if file.suffix != ".py":
            self.unknown[f"{name} is compiled code ({file.name}), whose reading cannot be seen"] = None
        return Module(name, file, kept, content, package)


def _prefixes(name: str) -> Iterator[str]:
    parts = name.split(".")
    for k in range(1, len(parts) + 1):
        yield ".".join(parts[:k])


def _imported(tree: ast.AST, package: str) -> Iterator[str]:
    """Yield the dotted name of everything a source imports, at any depth; a name that is no module is no harm."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1] if package else []
                base = ".".join([*above, *filter(None, [base])])
            if base:
                yield base
                yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")


def _unseen(tree: ast.AST, file: Path) -> Iterator[str]:
    """Yield, with its line, what a source does whose part in a result cannot be known."""
    for node in ast.walk(tree):
        for name in _names(node):
            if name in _UNSEEN:
                yield f"{file.name}:{getattr(node, 'lineno', 1)} {_UNSEEN[name]} ({name})"
        if isinstance(node, ast.Attribute) and (_last(node.value), node.attr) in _CLOCK:
            yield f"{file.name}:{node.lineno} asks the clock ({_last(node.value)}.{node.attr})"
        if isinstance(node, ast.Call) and _last(node.func) == "default_rng" and not (node.args or node.keywords):
            yield f"{file.name}:{node.lineno} draws random numbers without a seed (default_rng)"


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the names by which a node reaches outside."""
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield (node.module or "").partition(".")[0]
        yield from (alias.name for alias in node.names if alias.name in _UNSEEN)
    elif isinstance(node, ast.Attribute):
        if node.attr in _ATTRIBUTES or (_last(node.value) == "time" and node.attr in _TIMES):
            yield node.attr
    elif isinstance(node, ast.Name) and node.id == "__import__":
        yield node.id


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _installed(top: str, file: Path) -> tuple[str, str] | None:
    """Return the name and identity of the distribution a file was installed by; None where it is the user's own."""
    real = file.resolve()
    if not any(real.is_relative_to(folder) for folder in site_folders()):
        in_library = any(real.is_relative_to(folder) for folder in standard_folders())
        return (top, "part of Python") if in_library else None
    owner = _owner(top)
    return None if owner is None else (str(owner.metadata["Name"]), f"{owner.version} {_digest(owner, top)}")


def _owner(top: str) -> metadata.Distribution | None:
    """Return the distribution that a top-level module was installed by."""
    try:
        named = metadata.distribution(top)
        if any(file.parts and file.parts[0] in (top, f"{top}.py") for file in named.files or ()):
            return named
    except metadata.PackageNotFoundError:
        pass
    names = _packages().get(top)
    return metadata.distribution(names[0]) if names else None


@functools.cache
def _packages() -> Mapping[str, Sequence[str]]:
    return metadata.packages_distributions()


def _digest(owner: metadata.Distribution, top: str) -> str:
    """Return a digest of a distribution's Python files: their bytes, or for a large one those it was installed by."""
    ours = [f for f in owner.files or () if f.suffix == ".py" and f.parts[0] in (top, f"{top}.py")]
    h = hashlib.sha256()
    for file in sorted(ours):
        h.update(f"{file.as_posix()}\0".encode())
        if len(ours) > MOST_FILES:
            h.update((file.hash.value if file.hash else "").encode())
        else:
            try:
                h.update(Path(str(file.locate())).read_bytes())
            except OSError:
                h.update(b"missing")
    return h.hexdigest()[:16]


class HashedImports(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads the user's modules from the very bytes that were hashed, never from a ``.pyc`` that may be older."""

    def __init__(self) -> None:
        self.known: dict[str, Module] = {}
        self.opened: dict[str, Opened] = {}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002
        """Return the specification of a module that user code is known to import."""
        module = self.known.get(fullname)
        if module is None or module.file.suffix != ".py":
            return None
        places = None if module.package is None else list(module.package)
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=str(module.file), is_package=places is not None)
        spec.submodule_search_locations = places
        spec.has_location = True
        spec.loader_state = module
        return spec

    def create_module(self, spec: Any) -> None:
        """Leave making the module to Python."""

    def exec_module(self, module: ModuleType) -> None:
        """Run a module from its bytes, and note what it opens meanwhile."""
        found: Module = module.__spec__.loader_state  # type: ignore[union-attr]
        files = [each.file for each in self.known.values()]
        with watched(files, Opened()) as opened:
            exec(compiled(found.content, found.file), vars(module))  # noqa: S102 - the user's code, imported by their rule
        self.opened[found.name] = opened

    def is_current(self, module: Module) -> bool:
        """Return whether a module is not loaded, or was loaded from these bytes and files that are unchanged."""
        loaded = sys.modules.get(module.name)
        if loaded is None:
            return True
        state = getattr(getattr(loaded, "__spec__", None), "loader_state", None)
        same = isinstance(state, Module) and state.content == module.content and state.file == module.file
        return same and (module.name not in self.opened or self.opened[module.name].unchanged())


def compiled(content: bytes, file: Path) -> CodeType:
    """Return the code of a file's bytes."""
    return compile(content, str(file), "exec", dont_inherit=True)


_IMPORTS = HashedImports()


def activate(code: UserCode) -> bool:
    """See to it that the modules of some user code are imported from its bytes from now on.

    Where one was loaded from other bytes, from another file or by somebody else, or opened a file that has changed
    since, all of them are forgotten, so that the next import takes the ones that were hashed. Call it with ``LOCK``
    held.

    Returns
    -------
    Whether modules were forgotten.
    """
    if _IMPORTS not in sys.meta_path:
        sys.meta_path.insert(0, _IMPORTS)
    stale = not all(map(_IMPORTS.is_current, code.modules.values()))
    if stale:
        for name in code.modules:
            sys.modules.pop(name, None)
    _IMPORTS.known.update(code.modules)
    return stale


def opened_by(code: UserCode, own: Opened) -> Opened:
    """Return what a rule's file and the modules it imports opened while they were loaded."""
    parts = [own, *(_IMPORTS.opened[name] for name in code.modules if name in _IMPORTS.opened)]
    read = {path: content for part in parts for path, content in part.read.items()}
    return Opened(read, {reason: None for part in parts for reason in part.unknown})
