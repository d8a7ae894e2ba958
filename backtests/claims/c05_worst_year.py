"""C5: small caps' performance relative to large caps is the worst since 1998, read as the calendar year 2024."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.claims.claim import CONTRADICTED, NOT_TESTABLE, SUPPORTED, Claim, Finding, SupportingStatistic
from fedcycle.backtests.claims.data import Evidence

YEAR, SINCE = 2024, 1998
PAIR = ("small", "large")


def judge(evidence: Evidence) -> Finding:
    """Return small's return less large's in 2024, and its place among the years after 1998."""
    years, returns = evidence.years(*PAIR)
    gap = dict(zip(years.tolist(), (returns[:, 0] - returns[:, 1]).tolist(), strict=True))
    lacking = [y for y in range(SINCE, YEAR + 1) if y not in gap]
    if lacking:
        says = (
            f"These data do not hold the whole year {lacking[0]}, and so cannot rank {YEAR} against the years since "
            f"{SINCE}."
        )
        return Finding(verdict=NOT_TESTABLE, says=says)
    after = {y: x for y, x in gap.items() if SINCE < y <= YEAR}
    rank = sum(x < gap[YEAR] for x in after.values()) + 1
    worst = min(after, key=lambda y: after[y])
    worse = "" if rank == 1 else f" {worst} was worse, with {100 * after[worst]:+.1f} points."
    return Finding(
        verdict=SUPPORTED if rank == 1 else CONTRADICTED,
        says=(
            f"In {YEAR} small caps returned {100 * gap[YEAR]:+.1f} points against large caps, number {rank} of "
            f"{len(after)} "
            f"years after {SINCE} from the worst ({SINCE}: {100 * gap[SINCE]:+.1f}).{worse}"
        ).replace("-", "−"),
        estimate=gap[YEAR],
        n=len(after),
        of="calendar years",
        beside=(
            *(SupportingStatistic(f"year {y}", gap[y], "fraction") for y in sorted(gap, key=lambda y: gap[y])[:5]),
            _december(evidence),
            _from(evidence, "2024-12-18", "2025-01-10"),
            _from(evidence, "2024-12-31", "2025-01-10"),
        ),
    )


def _december(evidence: Evidence) -> SupportingStatistic:
    months = evidence.months(*PAIR)
    gap = months.returns[:, 0] - months.returns[:, 1]
    since = months.ends >= np.datetime64(f"{SINCE + 1}-01-01")
    at = np.flatnonzero(months.ends.astype("datetime64[M]") == np.datetime64(f"{YEAR}-12", "M"))
    rank = int((gap[since] < gap[at[0]]).sum()) + 1
    return SupportingStatistic(
        "December 2024", float(gap[at[0]]), "fraction", f"rank {rank} of {int(since.sum())} months from the worst"
    )


def _from(evidence: Evidence, base: str, day: str) -> SupportingStatistic:
    start, end = evidence.at(base), evidence.at(day)
    label = f"{base} to {day}"
    if start is None or end is None:
        return SupportingStatistic(label, None, "fraction", "not in these data yet")
    one, other = (evidence.growth(asset, start, end) for asset in PAIR)
    return SupportingStatistic(label, None if one is None or other is None else one - other, "fraction")


CLAIM = Claim(
    id="C5",
    text="Small caps' performance relative to large caps is the worst since 1998.",
    data="small, large",
    estimand="small's total return less large's in the calendar year 2024, and its rank among the years from 1999 on",
    window="calendar years 1999 to 2024",
    test="rank; one observed year has no interval",
    rule=(
        "supported where no year from 1999 to 2023 is worse; contradicted where one is; not testable where a year is "
        "missing"
    ),
    rival=(
        "Read as December 2024 alone, or from the meeting of 2024-12-18, the answer differs. And a gap has two ends: "
        "the rise "
        "of a few very large companies makes it as much as any weakness of small ones."
    ),
    assets=PAIR,
    judge=judge,
    limits="The note does not say over which span it compares.",
)
