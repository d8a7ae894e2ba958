"""The page of a comparison: several runs on one market and period, one file a section; it is handed all it shows."""

from fedcycle.backtests.tearsheet.comparing.field import Field
from fedcycle.backtests.tearsheet.comparing.page import render

__all__ = ["Field", "render"]
