"""Sectors: Fama and French's 12 industries by SIC code, and who is a bank or an insurer."""

from __future__ import annotations

import numpy as np

from fedcycle.data.typing import Bool, Float64, Int64

FF12 = (
    "non_durables", "durables", "manufacturing", "energy", "chemicals", "business_equipment", "telecom", "utilities",
    "shops", "healthcare", "financials", "other",
)  # fmt: skip
"""Fama and French's 12 industries, in their order."""

_RANGES: tuple[tuple[tuple[int, int], ...], ...] = (
    ((100, 999), (2000, 2399), (2700, 2749), (2770, 2799), (3100, 3199), (3940, 3989)),
    ((2500, 2519), (2590, 2599), (3630, 3659), (3710, 3711), (3714, 3714), (3716, 3716), (3750, 3751), (3792, 3792),
     (3900, 3939), (3990, 3999)),
    ((2520, 2589), (2600, 2699), (2750, 2769), (3000, 3099), (3200, 3569), (3580, 3629), (3700, 3709), (3712, 3713),
     (3715, 3715), (3717, 3749), (3752, 3791), (3793, 3799), (3830, 3839), (3860, 3899)),
    ((1200, 1399), (2900, 2999)),
    ((2800, 2829), (2840, 2899)),
    ((3570, 3579), (3660, 3692), (3694, 3699), (3810, 3829), (7370, 7379)),
    ((4800, 4899),),
    ((4900, 4949),),
    ((5000, 5999), (7200, 7299), (7600, 7699)),
    ((2830, 2839), (3693, 3693), (3840, 3859), (8000, 8099)),
    ((6000, 6999),),
)  # fmt: skip
"""SIC codes of each but the last, from the definitions in Kenneth French's data library (Siccodes12)."""

LENDERS = (6000, 6499)
"""SIC codes of banks, brokers and insurers, whose debt is their trade. Real estate (6500 and up) is screened as others
are: its debt is to be refinanced."""


def industry(sic: Float64) -> Int64:
    """Return the place in ``FF12`` of each SIC code; what is in no range, and NaN, is ``other``.

    Examples
    --------
    >>> [FF12[k] for k in industry(np.array([6021.0, 3711.0, 1311.0, np.nan]))]
    ['financials', 'durables', 'energy', 'other']
    """
    found = np.full(len(sic), len(FF12) - 1, dtype=np.int64)
    for place, ranges in enumerate(_RANGES):
        for first, last in ranges:
            found[(sic >= first) & (sic <= last)] = place
    return found


def lender(sic: Float64) -> Bool:
    """Return who is a bank, a broker or an insurer by SIC code."""
    return np.asarray((sic >= LENDERS[0]) & (sic <= LENDERS[1]), dtype=np.bool_)
