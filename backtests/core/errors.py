"""What can go wrong while a backtest is set up, run, kept or shown."""

from __future__ import annotations


class BacktestError(Exception):
    """A backtest cannot be set up or run as asked; ``key`` is the one of a config that is to blame, if it has one."""

    def __init__(self, sentence: str, *, key: str = "period.start") -> None:
        super().__init__(sentence)
        self.key = key


class ConfigError(Exception):
    """A config says something it must not; the sentence names file, line, key, value and remedy."""


class RunError(Exception):
    """A stored run is missing, damaged or not comparable with another."""
