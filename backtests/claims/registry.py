"""The list of statements, in the note's order."""

from __future__ import annotations

from fedcycle.backtests.claims import (
    c01_correction,
    c02_year_after_final_cut,
    c03_until_next_hike,
    c04_rate_correlation,
    c05_worst_year,
    c06_recoveries,
    c07_recession_sets_up,
    c08_quality,
    c09_mid_over_small,
    c10_sectors,
    c11_yield_high,
    c12_rising_yields,
)
from fedcycle.backtests.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = (
    c01_correction.CLAIM,
    c02_year_after_final_cut.CLAIM,
    c03_until_next_hike.CLAIM,
    c04_rate_correlation.CLAIM,
    c05_worst_year.CLAIM,
    c06_recoveries.CLAIM,
    c07_recession_sets_up.CLAIM,
    c08_quality.CLAIM,
    c09_mid_over_small.CLAIM,
    c10_sectors.CLAIM,
    c11_yield_high.CLAIM,
    c12_rising_yields.CLAIM,
)
