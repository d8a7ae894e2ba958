"""C4: small caps' correlation with the 10-year yield was the most negative in the data history on 2025-01-12.

The answer depends on the reading, so one was chosen beforehand, the 36-month correlation of monthly returns with
monthly changes of the yield, and the others stand beside it.
"""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.claims.claim import CONTRADICTED, NOT_TESTABLE, SUPPORTED, Claim, Finding, SupportingStatistic
from fedcycle.backtests.claims.data import TEN_YEAR, Evidence, rolling_correlation
from fedcycle.backtests.inference.bootstrap_interval import interval_of
from fedcycle.data.typing import Days, Float64

DAY = "2025-01-12"
MONTH = np.datetime64("2024-12", "M")
"""The last complete month on that day."""
RULING, OTHERS = 36, (24, 60)
DAILY = (63, 126, 252)


def judge(evidence: Evidence) -> Finding:
    """Return the rank of the correlation of December 2024 among all windows up to it."""
    months = evidence.months("small", "large")
    months, changes = evidence.yield_changes(months)
    upto = months.ends.astype("datetime64[M]") <= MONTH
    if not upto.any() or months.ends[upto][-1].astype("datetime64[M]") != MONTH or upto.sum() < RULING:
        says = f"These data do not hold the months up to {MONTH}, the last complete one on {DAY}, with their yields."
        return Finding(verdict=NOT_TESTABLE, says=says)
    small, change = months.returns[upto, 0], changes[upto]
    history = rolling_correlation(small, change, RULING)
    if np.isnan(history).any():
        return Finding(
            verdict=NOT_TESTABLE, says="Returns or yields stood still for three years, which has no correlation."
        )
    now, rank = float(history[-1]), int((history < history[-1]).sum()) + 1
    rows = np.column_stack([small, change])[-RULING:]
    found = interval_of(lambda r: float(np.corrcoef(r[:, 0], r[:, 1])[0, 1]), rows)
    lowest = months.ends[upto][RULING - 1 :][int(history.argmin())].astype("datetime64[M]")
    deepest = "" if rank == 1 else f" The most negative was that of {lowest}, {history.min():.2f}."
    return Finding(
        verdict=SUPPORTED if rank == 1 else CONTRADICTED,
        says=(
            f"The correlation over the {RULING} months to {MONTH} was {now:.2f}, number {rank} of {len(history)} from "
            "the "
            f"most negative.{deepest}"
        ).replace("-0.", "−0."),
        estimate=now,
        interval=None if found["low"] is None else (found["low"], found["high"]),
        confidence=found["confidence"],
        unit="correlation",
        n=len(history),
        of="windows, which overlap",
        beside=(*_monthly(months.ends, months.returns, changes), *_daily(evidence)),
    )


def _monthly(ends: Days, returns: Float64, changes: Float64) -> tuple[SupportingStatistic, ...]:
    asked = [(n, what) for what in ("small", "small less large") for n in (RULING, *OTHERS)][1:]
    values = {"small": returns[:, 0], "small less large": returns[:, 0] - returns[:, 1]}
    upto = ends.astype("datetime64[M]") <= MONTH
    rows = [_ranked(f"{n} months, {what}", values[what][upto], changes[upto], n) for n, what in asked]
    later = rolling_correlation(returns[:, 0], changes, RULING)
    at = int(upto.sum()) - RULING
    rank = int((later < later[at]).sum()) + 1
    label = f"{RULING} months, small, against all windows in the data"
    return (
        *rows,
        SupportingStatistic(
            label, float(later[at]), "correlation", f"rank {rank} of {len(later)}, later ones included"
        ),
    )


def _daily(evidence: Evidence) -> tuple[SupportingStatistic, ...]:
    days, returns, changes = evidence.daily_pairs("small", "large")
    upto = days <= np.datetime64(DAY, "D")
    values = {"small": returns[upto, 0], "small less large": returns[upto, 0] - returns[upto, 1]}
    return tuple(_ranked(f"{n} sessions, {what}", x, changes[upto], n) for what, x in values.items() for n in DAILY)


def _ranked(label: str, x: Float64, y: Float64, n: int) -> SupportingStatistic:
    history = rolling_correlation(x, y, n)
    if not len(history) or np.isnan(history[-1]):
        return SupportingStatistic(label, None, "correlation", "too few pairs, or nothing moved")
    rank = int((history < history[-1]).sum()) + 1
    return SupportingStatistic(
        label, float(history[-1]), "correlation", f"rank {rank} of {len(history)} from the most negative"
    )


CLAIM = Claim(
    id="C4",
    text=(
        "As of 2025-01-12, small caps' correlation with the 10-year Treasury yield is the most negative in the data "
        "history."
    ),
    data="small (and large), DGS10",
    estimand=(
        "correlation of small's monthly return with the month's change of the 10-year yield over 36 months; its rank"
    ),
    window="36 months to December 2024, the last complete month on 2025-01-12, against every 36 months before",
    test="rank among all windows up to then; the interval is a stationary bootstrap within the 36 months",
    rule=(
        "supported where no window up to then is more negative; contradicted where one is: longer data can only add "
        "more"
    ),
    rival=(
        "The sign of stocks' correlation with yields turns with inflation; large caps moved the same way at that time."
    ),
    assets=("small", "large"),
    series=(TEN_YEAR,),
    judge=judge,
    limits="The note's data history may begin before 1990. Daily windows do not agree with monthly ones.",
)
