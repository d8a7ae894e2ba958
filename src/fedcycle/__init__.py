"""Backtests of small-cap strategies over the Fed rate cycle, with no look-ahead and honest inference.

The public names below are imported when they are first used, so that ``import fedcycle`` costs nothing.

>>> import fedcycle as fc
>>> fc.run("rate-cycle-timing", store=None).name
'rate-cycle-timing'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fedcycle.backtests.api import Claims as Claims
    from fedcycle.backtests.api import Comparison as Comparison
    from fedcycle.backtests.api import Cycles as Cycles
    from fedcycle.backtests.api import MarketData as MarketData
    from fedcycle.backtests.api import RunResult as RunResult
    from fedcycle.backtests.api import Sweep as Sweep
    from fedcycle.backtests.api import claims as claims
    from fedcycle.backtests.api import compare as compare
    from fedcycle.backtests.api import cycles as cycles
    from fedcycle.backtests.api import load_market as load_market
    from fedcycle.backtests.api import load_run as load_run
    from fedcycle.backtests.api import run as run
    from fedcycle.backtests.api import sweep as sweep
    from fedcycle.backtests.config import RunConfig as RunConfig
    from fedcycle.backtests.core.errors import BacktestError as BacktestError
    from fedcycle.backtests.core.errors import ConfigError as ConfigError
    from fedcycle.backtests.core.errors import RunError as RunError
    from fedcycle.data.errors import DataError as DataError
    from fedcycle.data.errors import FedcycleError as FedcycleError
    from fedcycle.data.market import Market as Market
    from fedcycle.data.market import MarketView as MarketView
    from fedcycle.data.series import Series as Series
    from fedcycle.strategies.strategy import Strategy as Strategy
    from fedcycle.strategies.strategy import StrategyError as StrategyError
    from fedcycle.strategies.strategy import parameter as parameter

__version__ = "0.1.0"

_API = (
    *("Claims", "Comparison", "Cycles", "MarketData", "RunResult", "Sweep"),
    *("claims", "compare", "cycles", "load_market", "load_run", "run", "sweep"),
)
_HOMES = {
    **dict.fromkeys(_API, "fedcycle.backtests.api"),
    **dict.fromkeys(("BacktestError", "ConfigError", "RunError"), "fedcycle.backtests.core.errors"),
    **dict.fromkeys(("DataError", "FedcycleError"), "fedcycle.data.errors"),
    **dict.fromkeys(("Market", "MarketView"), "fedcycle.data.market"),
    **dict.fromkeys(("Strategy", "StrategyError", "parameter"), "fedcycle.strategies.strategy"),
    "RunConfig": "fedcycle.backtests.config",
    "Series": "fedcycle.data.series",
}
"""The module that each public name is imported from."""

__all__ = [
    "BacktestError",
    "Claims",
    "Comparison",
    "ConfigError",
    "Cycles",
    "DataError",
    "FedcycleError",
    "Market",
    "MarketData",
    "MarketView",
    "RunConfig",
    "RunError",
    "RunResult",
    "Series",
    "Strategy",
    "StrategyError",
    "Sweep",
    "__version__",
    "claims",
    "compare",
    "cycles",
    "load_market",
    "load_run",
    "parameter",
    "run",
    "sweep",
]


if not TYPE_CHECKING:  # Of a name that does not exist, a type checker says so; it would believe this function.

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module 'fedcycle' has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
