"""The page of a comparison: several runs on one market and period, one file a section; it is handed all it shows."""

from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.comparison.page import render

__all__ = ["ComparisonInputs", "render"]
