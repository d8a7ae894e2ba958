"""How a rule is handed to a fresh process: its classes by the files they are in, which that process loads itself."""

from __future__ import annotations

import importlib
import importlib.util
import io
import pickle
import sys
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from fedcycle.data.market import Market
from fedcycle.strategies.strategy import Strategy

OURS = "fedcycle"


class CannotHandOver(Exception):  # noqa: N818 - it is an answer: why a fresh process cannot be asked
    """A rule cannot be rebuilt in another process."""


def packed(value: object) -> bytes:
    """Return a rule or a market as bytes; raises CannotHandOver with the reason."""
    out = io.BytesIO()
    try:
        _Packer(out, protocol=5).dump(value)
    except CannotHandOver:
        raise
    except Exception as error:
        raise CannotHandOver(f"it holds what cannot be sent to another process ({error})") from error
    return out.getvalue()


def reversed_assets(market: Market) -> Market:
    """Return the same market with its assets in the opposite order."""
    opens = None if market.opens is None else market.opens[:, ::-1]
    bars = {part: values[:, ::-1] for part, values in market.bars.items()}
    return replace(market, assets=market.assets[::-1], prices=market.prices[:, ::-1], opens=opens, bars=bars)


class _Packer(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, type):
            return _class(value)
        if isinstance(value, MappingProxyType):
            return _view_of, (dict(value),)
        if isinstance(value, Strategy):
            # Anew from its parameters: what it has kept since it was made stays behind.
            return _rule, (type(value), {f.name: getattr(value, f.name) for f in fields(value) if f.init})
        if type(value) is Market:
            return _market, tuple(getattr(value, field.name) for field in fields(Market))
        return NotImplemented


def _class(kind: type[Any]) -> Any:
    """Return how to load a class; Python's own way for those of a library and ours."""
    module = sys.modules.get(kind.__module__)
    name = kind.__qualname__
    if kind.__module__ == "__main__":  # a script's or a notebook's own, which has a file or has none
        raise CannotHandOver(f"{name} is defined in no file that another process could load")
    file = getattr(module, "__file__", None)
    if module is None or file is None or kind.__module__.split(".")[0] == OURS:
        return NotImplemented
    if "<locals>" in name:
        raise CannotHandOver(f"{name} is defined in no file that another process could load")
    return load_class, (kind.__module__, str(file), name, module.__spec__ is None)


def load_class(module: str, file: str, name: str, run_from_file: bool) -> Any:  # noqa: FBT001 - pickle passes positions
    """Return a class of a module, loading the module unless it is there: from its file where no import finds it."""
    found: Any = sys.modules.get(module)
    if found is None:
        found = _run(module, Path(file)) if run_from_file else _imported(module, Path(file))
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _rule(kind: type[Strategy], parameters: dict[str, Any]) -> Strategy:
    return kind(**parameters)


def _view_of(parts: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(parts)


def _market(*parts: Any) -> Market:
    return Market(*parts)


def _run(name: str, file: Path) -> ModuleType:
    """Return a file as a module of a name, as a config loads a user's rule."""
    module = ModuleType(name)
    module.__file__ = str(file)
    sys.modules[name] = module
    if str(file.parent) not in sys.path:
        sys.path.insert(0, str(file.parent))  # its helper modules lie beside it, as they do for the command
    exec(compile(file.read_bytes(), str(file), "exec"), vars(module))  # noqa: S102 - a rule that was asked already
    return module


def _imported(name: str, file: Path) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
