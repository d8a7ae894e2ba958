"""Libraries whose numbers are held against ours: imported in one way, and skipped with a reason where they are not."""

from __future__ import annotations

import importlib
import warnings
from types import ModuleType

import pytest


def oracle(name: str) -> ModuleType:
    """Return a library to compare with; skips the test where it is not installed.

    What an import says about the library's own code or dependencies is not ours to fix, and differs between versions:
    warnings are ignored while importing, and only then.
    """
    with warnings.catch_warnings():
        for category in (DeprecationWarning, PendingDeprecationWarning, FutureWarning, SyntaxWarning, ImportWarning):
            warnings.simplefilter("ignore", category)
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name.split(".")[0]:
                raise
            pytest.skip(f"{error.name} is not installed: pip install 'fedcycle[oracles]'")
