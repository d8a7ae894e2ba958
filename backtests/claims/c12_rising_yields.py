"""C12: rising 10-year yields hurt small caps: the slope of their monthly returns on the yield's changes decides."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.claim import CANNOT_TELL, Claim, Finding, SupportingStatistic
from fedcycle.backtests.claims.data import TEN_YEAR, Evidence, Frequency, Returns, slope
from fedcycle.backtests.claims.sensitivity import IntervalTest, by_interval, ends
from fedcycle.backtests.core.format import signed_percent
from fedcycle.data.typing import Float64

SURGE_POINTS, SURGE_SESSIONS = 0.5, 63
"""A surge: the known yield more than half a point above the one known 63 sessions before."""
SINCE = np.datetime64("2022-01-01")
UNIT = "fraction per percentage point"


def judge(evidence: Evidence) -> Finding:
    """Return the slope of small caps' monthly return on the change of the yield."""

    def sample(frequency: Frequency) -> Returns:
        found = evidence.returns(frequency, "small", "large")
        monthly = frequency == "monthly"
        found, changes = evidence.yield_changes(found) if monthly else evidence.yield_changes_over(found)
        return Returns(found.ends, np.column_stack([found.returns, changes]), found.begins)

    months = sample("monthly")
    rows = months.returns
    if len(rows) < 3:
        return Finding(verdict=CANNOT_TELL, summary="These data hold fewer than three complete months with a yield.")
    test = IntervalTest(sample=sample, statistic=lambda r, _: slope(r[..., 2], r[..., 0]), good=-1)
    found = test.run(rows)
    if found["estimate"] is None:
        return Finding(
            verdict=CANNOT_TELL, summary="The 10-year yield never changed from month to month in these data."
        )
    return Finding(
        verdict=by_interval(found, good=-1),
        summary=(
            "In months in which the 10-year yield rose by one percentage point more, small caps' return differed by "
            f"{signed_percent(found['estimate'])} (least-squares slope)."
        ),
        estimate=found["estimate"],
        interval=ends(found),
        confidence=found["confidence"],
        unit=UNIT,
        n=found["n"],
        unit_of_observation="months",
        supporting=(
            verdicts.supporting("small less large", lambda r: slope(r[..., 2], r[..., 0] - r[..., 1]), rows, unit=UNIT),
            verdicts.supporting("large", lambda r: slope(r[..., 2], r[..., 1]), rows, unit=UNIT),
            *_since(months, rows),
            *_after_surges(evidence, months),
            *test.parts(UNIT),
        ),
        alternatives=test.alternatives(evidence),
        tested=True,
    )


def _since(months: Returns, rows: Float64) -> tuple[SupportingStatistic, ...]:
    late = rows[months.ends >= SINCE]
    if len(late) < 3:
        return ()
    note = f"n = {len(late)} months; a start chosen ex post, after inflation had returned"
    return (
        verdicts.supporting("small, since 2022", lambda r: slope(r[..., 2], r[..., 0]), late, unit=UNIT, note=note),
    )


def _after_surges(evidence: Evidence, months: Returns) -> tuple[SupportingStatistic, ...]:
    """Return the average month after a surge was known at the month's first close, and after none."""
    s = evidence.ten_year
    start = np.searchsorted(evidence.sessions, months.ends.astype("datetime64[M]").astype("datetime64[D]")) - 1
    length = evidence.as_long_as(SURGE_SESSIONS)
    there = start >= length
    known = [
        np.searchsorted(s.known_on, evidence.sessions[start[there] - back], side="right") - 1 for back in (0, length)
    ]
    rise = s.values[known[0]] - s.values[known[1]]
    # A month counts only where both yields were known.
    surge, rows = (rise > SURGE_POINTS)[known[1] >= 0], months.returns[there, :2][known[1] >= 0]
    out = []
    for flag, words in ((True, "after a surge of the yield"), (False, "after no surge")):
        chosen = rows[surge == flag]
        for column, what in ((rows[:, :1], "small"), (rows, "small less large")):
            label = f"{what}, mean month {words}"
            values = column[surge == flag]
            mean = None if not len(chosen) else float(verdicts.mean_per_year(values)) / 12
            unit = "fraction per month" if what == "small" else "difference per month"
            out.append(SupportingStatistic(label, mean, unit, f"n = {len(chosen)} months"))
    return tuple(out)


CLAIM = Claim(
    id="C12",
    text="Rising 10-year yields hurt small caps, which have debt to refinance.",
    topic="rates",
    data="small, DGS10; large as supporting evidence",
    estimand="least-squares slope of small's monthly return on the month's change of the 10-year yield",
    window="all complete months in the data with a yield at both ends",
    test="95% interval by stationary bootstrap of months",
    rule=verdicts.BY_INTERVAL.format(good="below", bad="above"),
    alternative=(
        "Yields rise because the economy does, which helps small caps, or because inflation does, which hurts all "
        "stocks: the "
        "sign depends on the period, and large caps may move the same way."
    ),
    assets=("small", "large"),
    series=(TEN_YEAR,),
    judge=judge,
    limits="Returns say nothing of refinancing itself.",
)
