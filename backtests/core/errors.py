"""What can go wrong while a backtest is set up, run, kept or shown."""

from __future__ import annotations

import errno

from fedcycle.data.errors import FedcycleError


class BacktestError(FedcycleError):
    """A backtest cannot be set up or run as asked; ``key`` is the one of a config that is to blame, if it has one."""

    def __init__(self, sentence: str, *, key: str = "period.start") -> None:
        super().__init__(sentence)
        self.key = key


class ConfigError(FedcycleError):
    """A config says something it must not; the sentence names file, line, key, value and remedy."""


class RunError(FedcycleError):
    """A stored run is missing, damaged or not comparable with another."""


def system_sentence(error: OSError) -> str:
    """Return what the system refused, in a sentence that names the file; nothing of ours is left half-written."""
    if error.errno == errno.ENOSPC:
        where = error.filename or "what was being written"
        return (
            f"{where}: the disk is full; nothing was changed there, free some space or name another place, "
            "and run again"
        )
    return f"{error.filename or 'a file'}: {error.strerror or error}; nothing was changed there"
