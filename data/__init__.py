"""Facts, and when each was known. Never imports strategies or backtests."""

from fedcycle.data.errors import DamagedData, DataError, NotYetKnown, Stale, UnknownName
from fedcycle.data.market import Market, MarketView
from fedcycle.data.series import Observations, Series, Unit

__all__ = [
    "DamagedData",
    "DataError",
    "Market",
    "MarketView",
    "NotYetKnown",
    "Observations",
    "Series",
    "Stale",
    "Unit",
    "UnknownName",
]
