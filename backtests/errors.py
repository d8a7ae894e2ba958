"""What can go wrong while a backtest is set up, run, kept or shown."""

from __future__ import annotations


class BacktestError(Exception):
    """A backtest cannot be set up or run as asked."""


class ConfigError(Exception):
    """A config says something it must not; the sentence names file, line, key, value and remedy."""


class RunError(Exception):
    """A stored run is missing, damaged or not comparable with another."""
