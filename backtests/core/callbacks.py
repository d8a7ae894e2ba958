"""What a caller hands a long job to hear of it: a function for sentences, and one for how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Notify: TypeAlias = Callable[[str], None]
"""Is called with each sentence worth knowing."""
Progress: TypeAlias = Callable[[int, int], None]
"""Is called with how many are done, and of how many."""


def no_notice(sentence: str) -> None:
    """Do nothing."""


def no_progress(done: int, total: int) -> None:
    """Do nothing."""
