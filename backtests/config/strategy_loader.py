"""The class that a rule's ``class`` names: in the library, in a user's file, or in an installed module."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import re
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from fedcycle.backtests.config.code_identity import (
    LOCK,
    Source,
    UserCode,
    activate,
    code_of,
    compiled,
    module_file,
    opened_by,
)
from fedcycle.backtests.config.file_inputs import Opened, watched
from fedcycle.backtests.config.layering import absolute, relative
from fedcycle.backtests.config.yaml_reader import Node, printable, shown
from fedcycle.backtests.core import backtrader_strategy
from fedcycle.backtests.core.errors import ConfigError
from fedcycle.backtests.core.stdout import stdout_to_stderr
from fedcycle.data.errors import DataError
from fedcycle.data.storage.bounded_input import read_bounded
from fedcycle.data.suggest import nearest
from fedcycle.strategies import library
from fedcycle.strategies.strategy import Strategy, StrategyError

LARGEST = 2**20
"""Bytes that a rule's file may have."""


@dataclass(frozen=True)
class Found:
    """A class, and where it was.

    Parameters
    ----------
    kind : a frozen keyword-only dataclass
    text : how a stored config names it: ``Class``, ``file.py:Class`` or ``module:Class``
    file : the user's file it came from, or None
    content : the bytes of that file, or of the module's, or None for a rule of the library
    source : the user's own file or module with all it imports, or None for a rule of the library or of an installed
        distribution
    """

    kind: type[Strategy]
    text: str
    file: Path | None = None
    content: bytes | None = None
    source: Source | None = None


@stdout_to_stderr
def find_class(text: str, node: Node, *, key: str = "strategy.class") -> Found:
    """Return the class that a text names, or raise ConfigError with the place of ``node`` and the nearest name.

    ``key`` is the dotted key of ``node`` in a config.
    """
    file, colon, name = text.rpartition(":")
    if not colon:
        return Found(_from_library(text, node, key), text)
    if not name.isidentifier() or not file:
        raise ConfigError(f"{node.place}: {key} is {shown(text)}; write path/to/file.py:Class or module:Class")
    if file.endswith(".py"):
        path = absolute(node.source.directory / file)
        content = _content(path, node, key)
        module, source = _loaded(path, content, node)
        return Found(_checked(module, name, node, key=key), f"{path.name}:{name}", path, content, source)
    if not re.fullmatch(r"\w+(\.\w+)*", file):
        raise ConfigError(f"{node.place}: {key} is {shown(text)}, but {file} is neither a .py file nor a module")
    return _from_module(file, name, node, key=key)


def _from_library(name: str, node: Node, key: str) -> type[Strategy]:
    if name not in library.names():
        near = nearest(name, library.names())
        remedy = f"write {near}" if near else f"there are {', '.join(library.names())}"
        own = " (a rule of your own is named path/to/file.py:Class)" if name.endswith(".py") or "/" in name else ""
        raise ConfigError(f"{node.place}: {key} is {shown(name)}, which is not a strategy; {remedy}{own}")
    try:
        return library.load(name)
    except StrategyError as error:
        raise ConfigError(f"{node.place}: {error}") from error


def _content(path: Path, node: Node, key: str) -> bytes:
    try:
        return read_bounded(path, LARGEST)
    except (OSError, ValueError, DataError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"{node.place}: {key} names {relative(path)}, which cannot be read: {why}; "
            "the path starts from the folder of the config that names it"
        ) from error


_OPENED: dict[str, Opened] = {}
"""Module name of a rule's file -> what it opened while it was loaded."""


def _loaded(path: Path, content: bytes, node: Node) -> tuple[ModuleType, Source]:
    """Return the user's file as a module under a name of its own, run from the very bytes that are hashed.

    An import by path would take a stale ``.pyc`` for a file edited within the second, and leave one beside it.
    """
    with LOCK:
        code = code_of(content, path)
        digest = hashlib.sha256(b"\0".join([str(path).encode(), content, code.digest.encode()])).hexdigest()
        name = f"fedcycle_rule_{digest[:16]}"
        forgotten = activate(code)
        if forgotten or name not in sys.modules or not _OPENED[name].unchanged():
            _OPENED[name] = _executed(name, path, content, node, code)
        return sys.modules[name], Source(path, code, opened_by(code, _OPENED[name]))


def _executed(name: str, path: Path, content: bytes, node: Node, code: UserCode) -> Opened:
    """Run the user's file as a module, and return what it opened meanwhile."""
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # dataclasses and type hints look their module up here
    opened = Opened()
    try:
        with watched(Source(path, code, opened).watched, opened):
            exec(compiled(content, path), module.__dict__)  # noqa: S102 - the user's rule, asked for by path
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        line = line_in(error, path) or f"{relative(path)}: "
        raise ConfigError(
            f"{node.place}: the rule's file cannot be loaded: {line}{told(error)}; correct it there"
        ) from error
    return opened


def _from_module(module: str, name: str, node: Node, *, key: str) -> Found:
    """Return a class of a module: looked for beside the config first, then where Python looks."""
    with LOCK:
        file = module_file(module, node.source.directory)
        code = None if file is None else code_of(f"import {module}".encode(), node.source.directory / "config.yaml")
        if code is not None:
            activate(code)
        try:
            loaded = importlib.import_module(module)
        except (Exception, SystemExit) as error:
            raise ConfigError(
                f"{node.place}: {key} names module {module}, which cannot be imported: {told(error)}; "
                "install it, or write path/to/file.py:Class"
            ) from error
        source = None if code is None or file is None else Source(file, code, opened_by(code, Opened()))
    where = getattr(loaded, "__file__", None)
    content = Path(where).read_bytes() if where else None
    return Found(_checked(loaded, name, node, key=key), f"{module}:{name}", None, content, source)


def _checked(module: ModuleType, name: str, node: Node, *, key: str) -> type[Strategy]:
    """Return the class of a module, or raise ConfigError if it is no Strategy or no frozen keyword-only dataclass."""
    kind = getattr(module, name, None)
    file = relative(Path(module.__file__)) if module.__file__ else module.__name__
    where = f"{node.place}: {key} is {shown(node.value)}"
    if kind is None:
        rules = [
            key
            for key, value in vars(module).items()
            if isinstance(value, type) and value.__module__ == module.__name__
        ]
        near = nearest(name, rules)
        remedy = f"write {near}" if near else f"it has {', '.join(rules)}" if rules else "it has no class at all"
        raise ConfigError(f"{where}, but {file} has no {name}; {remedy}")
    return checked_kind(kind, where, name)


def checked_kind(kind: Any, where: str, name: str) -> type[Strategy]:
    """Return a class that can be run as a rule, a ``bt.Strategy`` wrapped; ``where`` begins the sentence of a refusal.

    Raises
    ------
    ConfigError
        If it is no Strategy, lacks ``weights``, or is no frozen keyword-only dataclass.
    """
    if isinstance(kind, type) and backtrader_strategy.is_native(kind):
        try:
            return backtrader_strategy.wrap(kind)
        except StrategyError as error:
            raise ConfigError(f"{where}: {error}") from error
    if not (isinstance(kind, type) and issubclass(kind, Strategy)):
        raise ConfigError(
            f"{where}, but {name} is no Strategy; subclass fedcycle.strategies.strategy.Strategy or bt.Strategy"
        )
    if abstract := sorted(getattr(kind, "__abstractmethods__", ())):
        raise ConfigError(f"{where}, but {name} does not define {', '.join(abstract)}; write def weights(self, view)")
    own = "__dataclass_params__" in vars(kind)
    if not own or not all(field.kw_only for field in dataclasses.fields(kind) if field.init):
        raise ConfigError(
            f"{where}, but {name} is no frozen keyword-only dataclass; "
            "write @dataclass(frozen=True, kw_only=True) above the class"
        )
    return kind


def line_in(error: BaseException, file: Path | None) -> str:
    """Return ``file:line: `` of where an error left the user's own file, or nothing."""
    if file is None:
        return ""
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return f"{relative(file)}:{error.lineno}: "
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    return f"{relative(file)}:{lines[-1]}: " if lines else ""


def told(error: BaseException) -> str:
    """Return the kind of an error and what it says, on one line."""
    said = printable(" ".join(str(error.msg if isinstance(error, SyntaxError) else error).split()))
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
