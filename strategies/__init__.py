"""Pure rules. Never imports backtests, backtrader, click, yaml, pydantic, os or random."""

from fedcycle.strategies.explanation import Explanation, Seen
from fedcycle.strategies.strategy import Strategy, StrategyError, Weights

__all__ = ["Explanation", "Seen", "Strategy", "StrategyError", "Weights"]
