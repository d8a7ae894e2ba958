"""What ``import fedcycle as fc`` offers to notebooks and scripts: runs, comparisons, sweeps and facts, as pandas.

It reuses the workflows that the command line uses; nothing is computed here twice. Every error of ours is a
``FedcycleError`` with the sentence that the command line would print. Fractions are fractions (0.05 is 5%), money is
US dollars, and every index of dates holds sessions of the market.
"""

from fedcycle.backtests.api.compared import Comparison, compare
from fedcycle.backtests.api.market_data import MarketData, load_market
from fedcycle.backtests.api.research import Claims, Cycles, claims, cycles
from fedcycle.backtests.api.run_result import RunResult
from fedcycle.backtests.api.running import load_run, run
from fedcycle.backtests.api.swept import Sweep, sweep

__all__ = [
    "Claims",
    "Comparison",
    "Cycles",
    "MarketData",
    "RunResult",
    "Sweep",
    "claims",
    "compare",
    "cycles",
    "load_market",
    "load_run",
    "run",
    "sweep",
]
