"""Pure rules. Never imports backtests, backtrader, click, yaml, pydantic, os or random."""

from fedcycle.strategies.explanation import Explanation, SignalReading
from fedcycle.strategies.strategy import Strategy, StrategyError, Weights

Seen = SignalReading
"""The former name of ``SignalReading``, which rules of users may import."""

__all__ = ["Explanation", "Seen", "SignalReading", "Strategy", "StrategyError", "Weights"]
