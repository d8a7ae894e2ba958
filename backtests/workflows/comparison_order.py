"""What the rows of a comparison show and can be ordered by. Imports nothing, so that a command can name it at once."""

from __future__ import annotations

RANKED_BY = "sharpe"
"""The statistic that orders the rows unless told otherwise."""
COLUMNS = ("cagr", "volatility", "sharpe", "max_drawdown", "turnover_per_year", "costs_usd", "time_invested")
AGAINST = ("excess_cagr", "tracking_error", "information_ratio", "beta")
GIVEN, NAME = "given", "name"
ORDERS = (GIVEN, NAME, *COLUMNS, *AGAINST)
"""What rows can be ordered by."""
LESS_IS_FIRST = ("volatility", "turnover_per_year", "costs_usd", "tracking_error")
"""Statistics of which the smallest stands first; of all others the largest does."""
