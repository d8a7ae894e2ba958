"""The look-ahead audit: a rule's decisions asked again on markets without a future, with another one, and watched.

Its names are imported when they are first used: the fresh processes of an audit need few of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fedcycle.backtests.audit.checks import QUICK as QUICK
    from fedcycle.backtests.audit.checks import STAMP as STAMP
    from fedcycle.backtests.audit.checks import audit as audit
    from fedcycle.backtests.audit.checks import quick as quick
    from fedcycle.backtests.audit.counterfactual import scrambled as scrambled
    from fedcycle.backtests.audit.fresh import is_ours as is_ours
    from fedcycle.backtests.audit.report import Audit as Audit
    from fedcycle.backtests.audit.report import Check as Check
    from fedcycle.backtests.audit.report import Violation as Violation

_HOMES = {
    **dict.fromkeys(("QUICK", "STAMP", "audit", "quick"), "checks"),
    **dict.fromkeys(("Audit", "Check", "Violation"), "report"),
    "is_ours": "fresh",
    "scrambled": "counterfactual",
}
"""The module that each name is imported from."""

__all__ = ["QUICK", "STAMP", "Audit", "Check", "Violation", "audit", "is_ours", "quick", "scrambled"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
