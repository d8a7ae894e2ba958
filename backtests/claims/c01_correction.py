"""C1: small caps fell into a correction by 2025-01-10, on the index's own closes.

The closes of the Russell 2000 are a shipped table of public facts. The small-cap portfolio of a market only stands for
the index; its fall is supporting evidence, with a band of two tracking errors.
"""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.claims import index_closes
from fedcycle.backtests.claims.claim import (
    CONTRADICTED,
    NOT_TESTABLE,
    SUPPORTED,
    Claim,
    Finding,
    SupportingStatistic,
)
from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.core.format import listing, percent, signed_percent

DAY, PEAK = "2025-01-10", "2024-11-25"
CORRECTION = -0.10
"""A tenth below the peak: what markets call a correction."""
TRACKING = 0.018
"""Tracking error a year of the portfolio against the Russell 2000's fund, monthly returns 2005 to 2025."""
SESSIONS = 252
STATED = ((DAY, PEAK, -0.104), ("2025-01-13", "2024-11-05", -0.029), ("2025-01-13", "2024-12-31", -0.016))
"""(day, base, the change of the Russell 2000 that the note states); a price index, without dividends."""
ROUNDING = 0.0005
"""The note's percentages have one decimal."""


def judge(evidence: Evidence) -> Finding:
    """Return how far the Russell 2000 stood below its closing peak."""
    fall = index_closes.fall(PEAK, DAY, evidence.as_of)
    if fall is None:
        return Finding(verdict=NOT_TESTABLE, summary=f"As of {evidence.as_of} the close of {DAY} was not known.")
    return Finding(
        verdict=SUPPORTED if fall <= CORRECTION else CONTRADICTED,
        summary=(
            f"On {DAY} the Russell 2000 closed {percent(-fall, 2)} below its close of {PEAK}; 10% or more is called a "
            f"correction. {_checked(evidence)}"
        ),
        estimate=fall,
        n=1,
        unit_of_observation="fall of the index itself",
        supporting=(*(_stated(evidence, *row) for row in STATED), *_portfolio(evidence)),
    )


def _checked(evidence: Evidence) -> str:
    """Return which of the note's three changes published closes confirm, and which rest on an implied close."""
    known = [(day, base, stated, index_closes.fall(base, day, evidence.as_of)) for day, base, stated in STATED]
    known = [row for row in known if row[3] is not None]
    published = [row for row in known if not {row[0], row[1]} & set(index_closes.IMPLIED)]
    agree = sum(abs((change or 0.0) - stated) <= ROUNDING for _, _, stated, change in published)
    said = f"Of the note's changes known by then {agree} of {len(published)} on published closes agree to the decimal"
    implied = len(known) - len(published)
    days = listing(list(index_closes.IMPLIED))
    return (
        f"{said}; {implied} rest on a close of {days} implied by them and are not checked." if implied else f"{said}."
    )


def _stated(evidence: Evidence, day: str, base: str, stated: float) -> SupportingStatistic:
    change = index_closes.fall(base, day, evidence.as_of)
    note = f"the note: {signed_percent(stated)}; closes: {index_closes.CLOSES[base][1]}; {index_closes.CLOSES[day][1]}"
    return SupportingStatistic(f"Russell 2000, {base} to {day}", change, "fraction", note)


def _portfolio(evidence: Evidence) -> tuple[SupportingStatistic, ...]:
    """Return the fall of the market's small caps with its tracking band, and how common such falls are."""
    if "small" not in evidence.market.assets:
        return ()
    closes = evidence.prices("small")
    held = closes[~np.isnan(closes)]
    rows, year_long = [], evidence.as_long_as(SESSIONS)
    i = evidence.at(DAY)
    if i is not None and i >= year_long and not np.isnan(closes[i - year_long + 1 : i + 1]).any():
        year = closes[i - year_long + 1 : i + 1]
        fall, sessions = float(year[-1] / year.max() - 1.0), year_long - 1 - int(year.argmax())
        error = 2 * TRACKING * float(np.sqrt(sessions / year_long))
        note = (
            f"below its peak of {evidence.sessions[i - sessions]}, with dividends; the interval is two tracking errors"
        )
        label = f"small of market {evidence.market.name}, fall to {DAY}"
        rows.append(SupportingStatistic(label, fall, "fraction", note, (fall - error, fall + error)))
    if len(held) >= year_long:
        windows = np.lib.stride_tricks.sliding_window_view(held, year_long)
        share = float((windows[:, -1] / windows.max(axis=1) - 1.0 <= CORRECTION).mean())
        label = "share of sessions with small 10% or more below its one-year peak"
        rows.append(SupportingStatistic(label, share, "share", f"n = {len(windows)} sessions"))
    return tuple(rows)


CLAIM = Claim(
    id="C1",
    text=(
        "Small caps fell into a correction: on 2025-01-10 the Russell 2000 closed 10.4% below its peak of "
        "2024-11-25, and "
        "after 2025-01-13 it stood 2.9% below its close of 2024-11-05 and 1.6% down for the year."
    ),
    topic="the market of January 2025",
    data=(
        "closes of the Russell 2000 on the days named, a table of public facts; small of the market as supporting "
        "evidence"
    ),
    estimand="close of 2025-01-10 over the close of 2024-11-25, the peak that the note names, less 1",
    window="2024-11-25 to 2025-01-10",
    test="none: published closes, no sampling error",
    rule="supported where the fall is 10% or more; contradicted where it is less; not testable before the day",
    alternative="Corrections are common, as the share of sessions shows: a fall by itself says little about rates.",
    assets=(),
    judge=judge,
    limits="Only the closes of the days that the note names are in the data, not the index's whole history.",
)
