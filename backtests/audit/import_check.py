"""Loading a user's rule file once more, under watch: what it reads then it could hand to every decision."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from fedcycle.backtests.audit.side_effects import SideEffectMonitor
from fedcycle.strategies.strategy import Strategy

NAME = "fedcycle_audited_rule"


def files_of(strategy: Strategy) -> Iterator[Path]:
    """Yield the files named by path that a rule and the rules it is made of come from.

    A config runs such a file itself, so its module, unlike an imported one, has no import system's specification.
    """
    module = sys.modules.get(type(strategy).__module__)
    if module is not None and module.__name__ != "__main__" and module.__spec__ is None and module.__file__:
        yield Path(module.__file__)
    for rule in strategy.inner().values():
        yield from files_of(rule)


def effects_of_import(file: Path) -> list[tuple[str, str]]:
    """Return what a rule's file touches while it is run from top to bottom, as (what, which).

    The file is run as a module of its own, so that nothing of the one in use changes; whatever it raises is raised.
    """
    module = ModuleType(NAME)
    module.__file__ = str(file)
    code = compile(file.read_bytes(), str(file), "exec")
    before = sys.modules.get(NAME)
    sys.modules[NAME] = module  # a dataclass looks its own module up there
    try:
        with SideEffectMonitor() as watch:
            exec(code, vars(module))  # noqa: S102 - the config has run the same file already
    finally:
        if before is None:
            del sys.modules[NAME]
        else:
            sys.modules[NAME] = before
    return watch.touched
