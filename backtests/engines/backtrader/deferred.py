"""What of backtrader is imported when it is first asked for: its indicators and sample strategies, half of its import.

backtrader imports all of itself at once, and no rule of ours uses these. Whoever asks for one, such as a user's own
``bt.Strategy`` for ``bt.indicators.SMA``, gets backtrader's own module then. Where backtrader is imported already, all
of it is there, and nothing is done.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

INDICATORS, STRATEGIES = "backtrader.indicators", "backtrader.strategies"
NAMES = (INDICATORS, STRATEGIES, f"{INDICATORS}.contrib", "backtrader.studies.contrib")
"""In the order in which backtrader itself imports them."""
SHORT = {"ind": INDICATORS, "strats": STRATEGIES}
"""Other names that backtrader has for them."""

_lock = threading.RLock()


class _Deferred(ModuleType):
    """Stands for a module until something in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name == "__file__":  # tools that look at all loaded modules, such as ``inspect``, ask for it
            raise AttributeError(name)
        module = loaded(self.__name__)
        if name == "__path__":  # Python imports a part of the package, which has just been imported with it
            sys.meta_path.insert(0, _ImportedWithIt())
        return getattr(module, name)

    def __dir__(self) -> list[str]:
        return dir(loaded(self.__name__))


class _ImportedWithIt:
    """Finds, once, a module that is there already, so that it is not made a second time."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Return how to import a module that is there, None for any other."""
        if threading.get_ident() != self._thread:
            return None
        sys.meta_path.remove(self)
        return importlib.util.spec_from_loader(name, self) if name in sys.modules else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module."""
        return sys.modules[spec.name]

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: it was made with the package."""


def defer() -> None:
    """Leave the modules for later, unless backtrader is imported already."""
    with _lock:
        if "backtrader" not in sys.modules:
            sys.modules.update({name: _Deferred(name) for name in NAMES})


def loaded(name: str) -> ModuleType:
    """Return one of the modules, imported now if it was left for later, and the others with it."""
    with _lock:
        if isinstance(sys.modules[name], _Deferred):
            left = [sys.modules.pop(each) for each in NAMES]
            for each, stood_for in zip(NAMES, left, strict=True):
                # Whoever has the one that stood for it sees all that is in it.
                vars(stood_for).update(vars(importlib.import_module(each)))
            for short, full in SHORT.items():
                setattr(sys.modules["backtrader"], short, sys.modules[full])
        return sys.modules[name]


defer()
