"""Judge an account: one pure function a number, each with unit, formula and source, and the tables made of them."""

from fedcycle.backtests.statistics.calendar_tables import calendar, drawdowns
from fedcycle.backtests.statistics.cycle_windows import by_cycle
from fedcycle.backtests.statistics.exposure import exposure, leverage
from fedcycle.backtests.statistics.monthly_tables import monthly_histogram, partial_years, worst_months
from fedcycle.backtests.statistics.registry import STATISTICS, Statistic, statistic
from fedcycle.backtests.statistics.returns import Bills, Frequency, Kind, Returns
from fedcycle.backtests.statistics.rolling import (
    rolling_beta,
    rolling_correlation,
    rolling_information_ratio,
    rolling_sharpe,
    rolling_volatility,
)
from fedcycle.backtests.statistics.subperiod_kernel import Trading
from fedcycle.backtests.statistics.subperiods import by_phase, by_recession, by_year, in_recession
from fedcycle.backtests.statistics.summary import EvaluationInputs, summarise
from fedcycle.backtests.statistics.tables import ACCOUNT, NEEDS_BILLS, OWN, RELATIVE, level_table, relative, table

__all__ = [
    "ACCOUNT",
    "NEEDS_BILLS",
    "OWN",
    "RELATIVE",
    "STATISTICS",
    "Bills",
    "EvaluationInputs",
    "Frequency",
    "Kind",
    "Returns",
    "Statistic",
    "Trading",
    "by_cycle",
    "by_phase",
    "by_recession",
    "by_year",
    "calendar",
    "drawdowns",
    "exposure",
    "in_recession",
    "level_table",
    "leverage",
    "monthly_histogram",
    "partial_years",
    "relative",
    "rolling_beta",
    "rolling_correlation",
    "rolling_information_ratio",
    "rolling_sharpe",
    "rolling_volatility",
    "statistic",
    "summarise",
    "table",
    "worst_months",
]
