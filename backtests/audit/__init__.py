"""The look-ahead audit: a rule's decisions asked again on markets without a future, with another one, and watched."""

from fedcycle.backtests.audit.checks import QUICK, STAMP, audit, quick
from fedcycle.backtests.audit.counterfactual import scrambled
from fedcycle.backtests.audit.report import Audit, Check, Violation

__all__ = ["QUICK", "STAMP", "Audit", "Check", "Violation", "audit", "quick", "scrambled"]
