"""A run, or a comparison, as plain tables, and the files that other programs read: CSV, Excel, Parquet, JSON."""

from fedcycle.backtests.export.comparison_tables import tables_of_comparison
from fedcycle.backtests.export.files import FORMATS, check_place, default_path, write_tables
from fedcycle.backtests.export.run_tables import tables_of_run
from fedcycle.backtests.export.table import Column, Table

__all__ = [
    "FORMATS",
    "Column",
    "Table",
    "check_place",
    "default_path",
    "tables_of_comparison",
    "tables_of_run",
    "write_tables",
]
