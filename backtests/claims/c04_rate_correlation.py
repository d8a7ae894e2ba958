"""C4: small caps' correlation with the 10-year yield was the most negative in the data history on 2025-01-12.

The main analysis is the 36-month correlation of monthly returns with monthly changes of the yield. Other frequencies
and window lengths are alternatives that must confirm it.
"""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.claim import (
    CONTRADICTED,
    NOT_TESTABLE,
    SUPPORTED,
    Alternative,
    Claim,
    Finding,
    SupportingStatistic,
    Verdict,
)
from fedcycle.backtests.claims.data import TEN_YEAR, Evidence, Frequency, correlation, rolling_correlation
from fedcycle.backtests.claims.sensitivity import FREQUENCY, START, STARTS
from fedcycle.backtests.core.format import signed
from fedcycle.backtests.inference.bootstrap_interval import interval_of
from fedcycle.data.typing import Days, Float64

DAY = "2025-01-12"
MONTH = np.datetime64("2024-12", "M")
"""The last complete month on that day."""
MAIN, OTHERS = 36, (24, 60)
PERIODS: dict[Frequency, int] = {"weekly": 156, "daily": 756}
"""As many periods as three years have."""
LENGTH = "window length"
KINDS = {"small": 0, "large": 1, "small less large": 2}


def judge(evidence: Evidence) -> Finding:
    """Return the rank of the correlation of December 2024 among all windows up to it."""
    days, values, changes = _upto(evidence, "monthly")
    if len(days) < MAIN or days[-1].astype("datetime64[M]") != MONTH:
        summary = f"These data do not hold the months up to {MONTH}, the last complete one on {DAY}, with their yields."
        return Finding(verdict=NOT_TESTABLE, summary=summary)
    history = rolling_correlation(values[:, 0], changes, MAIN)
    if np.isnan(history).any():
        summary = "Returns or yields stood still for three years, which has no correlation."
        return Finding(verdict=NOT_TESTABLE, summary=summary)
    rank = int((history < history[-1]).sum()) + 1
    rows = np.column_stack([values[:, 0], changes])[-MAIN:]
    found = interval_of(lambda r: correlation(r[..., 0], r[..., 1]), rows)
    lowest = days[MAIN - 1 :][int(history.argmin())].astype("datetime64[M]")
    deepest = "" if rank == 1 else f" The most negative was that of {lowest}, {signed(float(history.min()))}."
    return Finding(
        verdict=_by_rank(rank),
        summary=(
            f"The correlation over the {MAIN} months to {MONTH} was {signed(float(history[-1]))}, number {rank} of "
            f"{len(history)} from the most negative.{deepest} {_large(values, changes)}"
        ),
        estimate=float(history[-1]),
        interval=None if found["low"] is None else (found["low"], found["high"]),
        confidence=found["confidence"],
        unit="correlation",
        n=len(history),
        unit_of_observation="windows, which overlap",
        supporting=_supporting(values, changes),
        alternatives=tuple(_alternatives(evidence, days, values, changes)),
    )


def _by_rank(rank: int) -> Verdict:
    return SUPPORTED if rank == 1 else CONTRADICTED


def _upto(evidence: Evidence, frequency: Frequency) -> tuple[Days, Float64, Float64]:
    """Return the periods up to the end of December 2024: ends, returns of small, large and the difference, changes."""
    if frequency == "daily":
        days, returns, changes = evidence.daily_pairs("small", "large")
    elif frequency == "monthly":
        found, changes = evidence.yield_changes(evidence.months("small", "large"))
        days, returns = found.ends, found.returns
    else:
        found, changes = evidence.yield_changes_over(evidence.returns(frequency, "small", "large"))
        days, returns = found.ends, found.returns
    kept = days.astype("datetime64[M]") <= MONTH
    values = np.column_stack([returns, returns[:, 0] - returns[:, 1]])
    return days[kept], values[kept], changes[kept]


def _large(values: Float64, changes: Float64) -> str:
    """Return how large caps' correlation over the same months compares."""
    now = [float(np.corrcoef(values[-MAIN:, k], changes[-MAIN:])[0, 1]) for k in (0, 1)]
    lower = "more negative still" if now[1] < now[0] else "less negative"
    return f"Large caps' was {lower}, {signed(now[1])}."


def _alternatives(evidence: Evidence, days: Days, values: Float64, changes: Float64) -> list[Alternative]:
    rows = [_ranked(LENGTH, f"{n} months", values[:, 0], changes, n) for n in OTHERS]
    for frequency, n in PERIODS.items():
        _, others, moved = _upto(evidence, frequency)
        rows.append(_ranked(FREQUENCY, f"{frequency}, {n} periods", others[:, 0], moved, n))
    for start in STARTS:
        kept = days >= np.datetime64(start, "D")
        if not kept.all():
            rows.append(_ranked(START, f"from {start[:7]}", values[kept, 0], changes[kept], MAIN))
    return rows


def _ranked(choice: str, value: str, x: Float64, y: Float64, n: int) -> Alternative:
    history = rolling_correlation(x, y, n)
    if not len(history) or np.isnan(history[-1]):
        return Alternative(choice=choice, value=value, verdict=None, note="cannot be computed: too few pairs")
    rank = int((history < history[-1]).sum()) + 1
    note = f"rank {rank} of {len(history)} from the most negative"
    return Alternative(choice=choice, value=value, verdict=_by_rank(rank), estimate=float(history[-1]), note=note)


def _supporting(values: Float64, changes: Float64) -> tuple[SupportingStatistic, ...]:
    rows = []
    for what, k in KINDS.items():
        for n in (MAIN, *OTHERS):
            found = _ranked("", "", values[:, k], changes, n)
            if what != "small":
                rows.append(SupportingStatistic(f"{n} months, {what}", found.estimate, "correlation", found.note))
    return tuple(rows)


CLAIM = Claim(
    id="C4",
    text=(
        "As of 2025-01-12, small caps' correlation with the 10-year Treasury yield is the most negative in the data "
        "history."
    ),
    topic="the market of January 2025",
    data="small (and large), DGS10",
    estimand=(
        "correlation of small's monthly return with the month's change of the 10-year yield over 36 months; its rank"
    ),
    window="36 months to December 2024, the last complete month on 2025-01-12, against every 36 months before",
    test="rank among all windows up to then; the interval is a stationary bootstrap within the 36 months",
    rule=(
        "supported where no window up to then is more negative; contradicted where one is: longer data can only add "
        "more; " + verdicts.SENSITIVITY
    ),
    alternative=(
        "The sign of all stocks' correlation with yields turns with inflation; large caps may move the same way."
    ),
    assets=("small", "large"),
    series=(TEN_YEAR,),
    judge=judge,
    limits="The note's data history may begin earlier than these data.",
)
