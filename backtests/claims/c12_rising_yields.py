"""C12: rising 10-year yields hurt small caps: the slope of their monthly returns on the yield's changes decides."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.claim import CANNOT_TELL, Claim, Finding, SupportingStatistic
from fedcycle.backtests.claims.data import TEN_YEAR, Evidence, Months, slope
from fedcycle.backtests.inference.bootstrap_interval import interval_of
from fedcycle.data.typing import Float64

SURGE_POINTS, SURGE_SESSIONS = 0.5, 63
"""A surge: the known yield more than half a point above the one known 63 sessions before."""
SINCE = np.datetime64("2022-01-01")
UNIT = "fraction per percentage point"


def judge(evidence: Evidence) -> Finding:
    """Return what small caps' monthly return lost per percentage point of rise in the yield."""
    months, changes = evidence.yield_changes(evidence.months("small", "large"))
    if len(changes) < 3:
        return Finding(verdict=CANNOT_TELL, says="These data hold fewer than three complete months with a yield.")
    rows = np.column_stack([months.returns, changes])
    found = interval_of(lambda r: slope(r[:, 2], r[:, 0]), rows)
    if found["estimate"] is None:
        return Finding(verdict=CANNOT_TELL, says="The 10-year yield never changed from month to month in these data.")
    per, way = abs(100 * found["estimate"]), "higher" if found["estimate"] > 0 else "lower"
    return Finding(
        verdict=verdicts.by_interval(found, good=-1),
        says=(
            f"For each percentage point by which the 10-year yield rose in a month, small caps' return of that month "
            "was "
            f"{per:.1f} points {way}."
        ),
        estimate=found["estimate"],
        interval=verdicts.ends(found),
        confidence=found["confidence"],
        unit=UNIT,
        n=found["n"],
        of="months",
        beside=(
            verdicts.supporting("small less large", lambda r: slope(r[:, 2], r[:, 0] - r[:, 1]), rows, unit=UNIT),
            verdicts.supporting("large", lambda r: slope(r[:, 2], r[:, 1]), rows, unit=UNIT),
            *_since(months, rows),
            *_after_surges(evidence, months),
        ),
    )


def _since(months: Months, rows: Float64) -> tuple[SupportingStatistic, ...]:
    late = rows[months.ends >= SINCE]
    if len(late) < 3:
        return ()
    note = f"n = {len(late)} months; chosen with hindsight, because inflation had come back"
    return (verdicts.supporting("small, since 2022", lambda r: slope(r[:, 2], r[:, 0]), late, unit=UNIT, note=note),)


def _after_surges(evidence: Evidence, months: Months) -> tuple[SupportingStatistic, ...]:
    """Return the average month after a surge was known at the month's first close, and after none."""
    s = evidence.ten_year
    start = np.searchsorted(evidence.sessions, months.ends.astype("datetime64[M]").astype("datetime64[D]")) - 1
    there = start >= SURGE_SESSIONS
    known = [
        np.searchsorted(s.known_on, evidence.sessions[start[there] - back], side="right") - 1
        for back in (0, SURGE_SESSIONS)
    ]
    rise = s.values[known[0]] - s.values[known[1]]
    # A month counts only where both yields were known.
    surge, rows = (rise > SURGE_POINTS)[known[1] >= 0], months.returns[there][known[1] >= 0]
    out = []
    for flag, words in ((True, "after a surge of the yield"), (False, "after none")):
        chosen = rows[surge == flag]
        for column, what in ((rows[:, :1], "small"), (rows, "small less large")):
            label = f"{what}, mean month {words}"
            values = column[surge == flag]
            mean = None if not len(chosen) else verdicts.mean_per_year(values) / 12
            out.append(SupportingStatistic(label, mean, "fraction per month", f"n = {len(chosen)} months"))
    return tuple(out)


CLAIM = Claim(
    id="C12",
    text="Rising 10-year yields hurt small caps, which have debt to refinance.",
    data="small, DGS10; large beside",
    estimand="least-squares slope of small's monthly return on the month's change of the 10-year yield",
    window="all complete months in the data with a yield at both ends",
    test="95% interval by stationary bootstrap of months",
    rule=verdicts.BY_INTERVAL.format(good="below", bad="above"),
    rival=(
        "Yields rise because the economy does, which helps small caps, or because inflation does, which hurts all "
        "stocks: "
        "the sign has turned with the times, and large caps move the same way."
    ),
    assets=("small", "large"),
    series=(TEN_YEAR,),
    judge=judge,
    limits="Returns say nothing of refinancing itself.",
)
