"""C1: small caps fell into a correction by 2025-01-10.

The estimate is a measured fall of the small-cap portfolio, which has no sampling error of its own; the interval says
how far the Russell 2000, which the note means, may lie from it.
"""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.claims.claim import (
    CANNOT_TELL,
    CONTRADICTED,
    NOT_TESTABLE,
    SUPPORTED,
    Claim,
    Finding,
    SupportingStatistic,
)
from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.claims.wording import worded

DAY = "2025-01-10"
CORRECTION = -0.10
"""A tenth below the peak: what markets call a correction."""
TRACKING = 0.018
"""Tracking error a year of the portfolio against the Russell 2000's fund, monthly returns 2005 to 2025."""
SESSIONS = 252
SAID = ((DAY, "2024-11-25", -0.104), ("2025-01-13", "2024-11-05", -0.029), ("2025-01-13", "2024-12-31", -0.016))
"""(day, base, what the note says the Russell 2000 had lost in between); a price index, without dividends."""


def judge(evidence: Evidence) -> Finding:
    """Return how far small caps stood below their highest close of the year before."""
    i = evidence.at(DAY)
    if i is None or i < SESSIONS or np.isnan(evidence.prices("small")[i - SESSIONS + 1 : i + 1]).any():
        says = f"These data hold no year of closes up to {DAY}, the day the statement is about."
        return Finding(verdict=NOT_TESTABLE, says=says)
    closes = evidence.prices("small")[i - SESSIONS + 1 : i + 1]
    fall, fallen = float(closes[-1] / closes.max() - 1.0), SESSIONS - 1 - int(closes.argmax())
    error = 2 * TRACKING * float(np.sqrt(fallen / SESSIONS))
    low, high = fall - error, fall + error
    verdict = SUPPORTED if high <= CORRECTION else CONTRADICTED if low > CORRECTION else CANNOT_TELL
    peak = evidence.sessions[i - fallen]
    return Finding(
        verdict=verdict,
        says=(
            f"On {DAY} the small-cap portfolio closed {-100 * fall:.1f}% below its peak of {peak}; a fall of 10% or "
            "more "
            "is called a correction."
        ),
        estimate=fall,
        interval=(low, high),
        confidence=0.95,
        n=1,
        of="fall",
        beside=(*(_said(evidence, day, base, said) for day, base, said in SAID), _common(evidence)),
    )


def _common(evidence: Evidence) -> SupportingStatistic:
    closes = evidence.prices("small")
    windows = np.lib.stride_tricks.sliding_window_view(closes[~np.isnan(closes)], SESSIONS)
    share = float((windows[:, -1] / windows.max(axis=1) - 1.0 <= CORRECTION).mean())
    return SupportingStatistic(
        "share of all days 10% or more below a one-year peak", share, "share", f"n = {len(windows)} sessions"
    )


def _said(evidence: Evidence, day: str, base: str, said: float) -> SupportingStatistic:
    end, start = evidence.at(day), evidence.at(base)
    measured = None if end is None or start is None else evidence.growth("small", start, end)
    return SupportingStatistic(
        f"{base} to {day}", measured, "fraction", f"the note: {worded(said, 'fraction')} for the index itself"
    )


CLAIM = Claim(
    id="C1",
    text=(
        "Small caps fell into a correction: on 2025-01-10 the Russell 2000 closed 10.4% below its peak of "
        "2024-11-25, and "
        "after 2025-01-13 it stood 2.9% below its close of 2024-11-05 and 1.6% down for the year."
    ),
    data="small (stands for the Russell 2000), closes with dividends",
    estimand="close of 2025-01-10 over the highest close of the 252 sessions up to it, less 1",
    window="252 sessions to 2025-01-10",
    test="none: one measured fall; the interval is two tracking errors of the portfolio (1.8% a year) either way",
    rule=(
        "supported where the whole interval lies at −10% or below; contradicted where it lies wholly above; cannot "
        "tell "
        "where it holds −10%: then only the index itself could"
    ),
    rival=("Corrections are common, as the share of days beside shows: the fall by itself says little about rates."),
    assets=("small",),
    judge=judge,
    limits="The note's figures are of a price index; these closes include dividends, about a tenth of a point a month.",
)
