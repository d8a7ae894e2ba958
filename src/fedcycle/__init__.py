"""Backtests of small-cap strategies over the Fed rate cycle, with no look-ahead and honest inference.

The public names below are imported when they are first used, so that ``import fedcycle`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fedcycle.data.dataset import load_market as load_market
    from fedcycle.data.market import Market as Market
    from fedcycle.data.market import MarketView as MarketView
    from fedcycle.data.series import Series as Series
    from fedcycle.strategies.strategy import Strategy as Strategy

__version__ = "0.1.0"

_HOMES = {
    "Market": "fedcycle.data.market",
    "MarketView": "fedcycle.data.market",
    "Series": "fedcycle.data.series",
    "Strategy": "fedcycle.strategies.strategy",
    "load_market": "fedcycle.data.dataset",
}
"""The module that each public name is imported from."""

__all__ = ["Market", "MarketView", "Series", "Strategy", "__version__", "load_market"]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'fedcycle' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
