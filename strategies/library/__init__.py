"""The rules: one strategy, one file. The class is called like its file in CamelCase; no rule imports another."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from fedcycle.data.suggest import did_you_mean
from fedcycle.strategies.strategy import Strategy, StrategyError

__all__ = ["load", "names"]

_SPELLED = {"bofa": "BofA"}
"""Words of file names that class names do not merely capitalise."""


def names() -> tuple[str, ...]:
    """Return the class names of all rules, sorted, from the folder's files and without importing them."""
    return tuple(sorted(_modules()))


def load(name: str) -> type[Strategy]:
    """Return the class of a rule; raises StrategyError with the nearest name where there is none."""
    modules = _modules()
    if name not in modules:
        raise StrategyError(f"{name!r} is not a strategy; there are {', '.join(names())}{did_you_mean(name, modules)}")
    module = importlib.import_module(f"{__name__}.{modules[name]}")
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, Strategy)):
        raise StrategyError(f"strategies/library/{modules[name]}.py has no Strategy named {name}; name the class so")
    return found


@cache
def _modules() -> dict[str, str]:
    """Return class name -> module name; a file that begins with an underscore is none."""
    files = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    return {"".join(_SPELLED.get(word, word.capitalize()) for word in file.split("_")): file for file in files}
