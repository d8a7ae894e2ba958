"""Judge an account: one pure function a number, each with its unit and source, and the tables made of them."""

from fedcycle.backtests.statistics.registry import STATISTICS, Statistic, statistic
from fedcycle.backtests.statistics.slices import by_cycle, by_phase
from fedcycle.backtests.statistics.tables import relative, table

__all__ = ["STATISTICS", "Statistic", "by_cycle", "by_phase", "relative", "statistic", "table"]
