"""C5: small caps' performance relative to large caps is the worst since 1998, read as the calendar year 2024."""

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
from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.claims.sensitivity import FREQUENCY, MEASURE
from fedcycle.backtests.core.format import signed_percent
from fedcycle.backtests.inference.measure import DIFFERENCE, RELATIVE_WEALTH
from fedcycle.data.typing import Float64, Int64

YEAR, SINCE = 2024, 1998
PAIR = ("small", "large")
MONTHS = 12


def judge(evidence: Evidence) -> Finding:
    """Return small's relative wealth against large in 2024, and its rank among the years after 1998."""
    years, returns = evidence.years(*PAIR)
    gap = dict(zip(years.tolist(), _relative(1.0 + returns).tolist(), strict=True))
    lacking = [y for y in range(SINCE, YEAR + 1) if y not in gap]
    if lacking:
        summary = (
            f"These data do not hold the whole year {lacking[0]}, and so cannot rank {YEAR} against the years since "
            f"{SINCE}."
        )
        return Finding(verdict=NOT_TESTABLE, summary=summary)
    after = {y: x for y, x in gap.items() if SINCE < y <= YEAR}
    rank = sum(x < gap[YEAR] for x in after.values()) + 1
    worst = min(after, key=lambda y: after[y])
    worse = "" if rank == 1 else f" {worst} was worse, with {signed_percent(after[worst])}."
    return Finding(
        verdict=_by_rank(rank),
        summary=(
            f"In {YEAR} small caps' relative wealth against large caps changed by {signed_percent(gap[YEAR])}, number "
            f"{rank} of {len(after)} years after {SINCE} from the worst ({SINCE}: {signed_percent(gap[SINCE])}).{worse}"
        ),
        estimate=gap[YEAR],
        unit=verdicts.WEALTH,
        n=len(after),
        unit_of_observation="calendar years",
        supporting=(
            *(SupportingStatistic(f"year {y}", gap[y], verdicts.WEALTH) for y in sorted(gap, key=lambda y: gap[y])[:5]),
            _december(evidence),
            _from(evidence, "2024-12-18", "2025-01-10"),
            _from(evidence, "2024-12-31", "2025-01-10"),
        ),
        alternatives=(_by_difference(years, returns), _by_month(evidence)),
    )


def _by_rank(rank: int) -> Verdict:
    return SUPPORTED if rank == 1 else CONTRADICTED


def _relative(growth: Float64) -> Float64:
    """Return the relative wealth, fraction, of the first column of growths, (n, 2), against the second."""
    return np.asarray(growth[:, 0] / growth[:, 1] - 1.0)


def _by_difference(years: Int64, returns: Float64) -> Alternative:
    """Return the rank of 2024 by small's total return less large's."""
    kept = (years > SINCE) & (years <= YEAR)
    gap = returns[kept, 0] - returns[kept, 1]
    rank = int((gap < gap[-1]).sum()) + 1
    return Alternative(
        choice=MEASURE,
        value=DIFFERENCE.name,
        verdict=_by_rank(rank),
        estimate=float(gap[-1]),
        note=f"rank {rank} of {len(gap)}",
        unit="difference",
    )


def _by_month(evidence: Evidence) -> Alternative:
    """Return the rank of 2024 among the 12 months to every month's end, the first of them the year 1999."""
    months = evidence.months(*PAIR)
    growth = np.lib.stride_tricks.sliding_window_view(1.0 + months.returns, MONTHS, axis=0).prod(axis=2)
    ends, gap = months.ends[MONTHS - 1 :], _relative(growth)
    kept = (ends >= np.datetime64(f"{SINCE + 1}-12-01")) & (ends <= np.datetime64(f"{YEAR}-12-31"))
    ends, gap = ends[kept], gap[kept]
    rank = int((gap < gap[-1]).sum()) + 1
    note = (
        f"rank {rank} of {len(gap)}, which overlap; the worst ended on {ends[int(gap.argmin())]}, "
        f"{signed_percent(float(gap.min()))}"
    )
    value = "12 months to every month's end"
    return Alternative(choice=FREQUENCY, value=value, verdict=_by_rank(rank), estimate=float(gap[-1]), note=note)


def _december(evidence: Evidence) -> SupportingStatistic:
    months = evidence.months(*PAIR)
    gap = _relative(1.0 + months.returns)
    since = months.ends >= np.datetime64(f"{SINCE + 1}-01-01")
    at = np.flatnonzero(months.ends.astype("datetime64[M]") == np.datetime64(f"{YEAR}-12", "M"))
    rank = int((gap[since] < gap[at[0]]).sum()) + 1
    note = f"rank {rank} of {int(since.sum())} months from the worst"
    return SupportingStatistic("December 2024", float(gap[at[0]]), verdicts.WEALTH, note)


def _from(evidence: Evidence, base: str, day: str) -> SupportingStatistic:
    start, end = evidence.at(base), evidence.at(day)
    label = f"{base} to {day}"
    if start is None or end is None:
        return SupportingStatistic(label, None, verdicts.WEALTH, "not in these data yet")
    one, other = (evidence.growth(asset, start, end) for asset in PAIR)
    found = None if one is None or other is None else RELATIVE_WEALTH.between(one, other)
    return SupportingStatistic(label, found, verdicts.WEALTH)


CLAIM = Claim(
    id="C5",
    text="Small caps' performance relative to large caps is the worst since 1998.",
    topic="the market of January 2025",
    data="small, large",
    estimand="small's relative wealth against large in the calendar year 2024, and its rank among the years from 1999",
    window="calendar years 1999 to 2024",
    test="rank; one observed year has no interval",
    rule=(
        "supported where no year from 1999 to 2023 is worse; contradicted where one is; not testable where a year is "
        "missing; " + verdicts.SENSITIVITY
    ),
    alternative=("A ratio has two sides: the rise of a few very large companies makes it as much as weak small caps."),
    assets=PAIR,
    judge=judge,
    limits="The note says neither over which span it compares nor whether by a difference of returns or a ratio.",
)
