"""Pure rules. Never imports backtests, backtrader, click, yaml, pydantic, os or random."""

from fedcycle.strategies.explanation import Explanation, SignalReading
from fedcycle.strategies.strategy import Strategy, StrategyError, Weights

__all__ = ["Explanation", "SignalReading", "Strategy", "StrategyError", "Weights"]
