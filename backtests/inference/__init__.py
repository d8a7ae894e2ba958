"""Statistical significance: intervals, selection among several runs, and what a few cycles can prove.

It needs numpy alone; tests hold it to arch and scipy.
"""

from fedcycle.backtests.inference.exact import (
    leave_one_out,
    minimum_detectable_effect,
    over_cycles,
    permutation_test,
    sign_flip_test,
    sign_test,
)
from fedcycle.backtests.inference.inputs import BenchmarkSeries, ReturnSeries, latest_fill
from fedcycle.backtests.inference.multiple_testing import overfitting, superior
from fedcycle.backtests.inference.paired_differences import of_contrasts
from fedcycle.backtests.inference.placebo import placebo_cycles, placebo_timing
from fedcycle.backtests.inference.report import of_comparison, of_run
from fedcycle.backtests.inference.settings import SETTINGS, Settings
from fedcycle.backtests.inference.sharpe import deflated_sharpe, expected_best_sharpe, probabilistic_sharpe

__all__ = [
    "SETTINGS",
    "BenchmarkSeries",
    "ReturnSeries",
    "Settings",
    "deflated_sharpe",
    "expected_best_sharpe",
    "latest_fill",
    "leave_one_out",
    "minimum_detectable_effect",
    "of_comparison",
    "of_contrasts",
    "of_run",
    "over_cycles",
    "overfitting",
    "permutation_test",
    "placebo_cycles",
    "placebo_timing",
    "probabilistic_sharpe",
    "sign_flip_test",
    "sign_test",
    "superior",
]
