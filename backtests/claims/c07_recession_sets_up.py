"""C7: past cutting cycles came with a recession, the one of September 2024 did not, and that is what sets up rebounds.

The statement has three parts; it is as true as the weakest of them.
"""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.claim import (
    CANNOT_TELL,
    CONTRADICTED,
    NOT_TESTABLE,
    SUPPORTED,
    Claim,
    Finding,
    SupportingStatistic,
    Verdict,
)
from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.backtests.inference.exact import permutation_test

FROM = np.datetime64("2024-09-01")
PAIR = ("small", "large")


def judge(evidence: Evidence) -> Finding:
    """Return the share of earlier cycles with a recession, and whether the rebound came with it."""
    past = [c for c in evidence.cycles if c.first_cut < FROM]
    now = [c for c in evidence.cycles if c.first_cut >= FROM]
    if not past or not now:
        return Finding(verdict=NOT_TESTABLE, says="These data hold no cutting cycle that began in September 2024.")
    with_one = sum(c.recession for c in past)
    found = [(c, x) for c, x in evidence.events.differences("12m", PAIR) if c in past]
    groups = [[x for c, x in found if c.recession is flag] for flag in (True, False)]
    test = permutation_test(*groups)
    parts = (with_one == len(past), not now[0].recession, _sets_up(test))
    return Finding(
        verdict=_weakest(parts),
        says=(
            f"{with_one} of the {len(past)} cutting cycles since {str(past[0].first_cut)[:4]} came with a recession, "
            "not all; "
            f"the one that began on {now[0].first_cut} had {'one' if now[0].recession else 'none'} so far as is known. "
            f"Whether the recession makes the rebound: {test['text']}."
        ),
        estimate=with_one / len(past),
        unit="share",
        n=len(past),
        of="earlier cycles",
        beside=(
            *(_row(c) for c in (*past, *now)),
            *verdicts.by_recession(found),
            *(
                SupportingStatistic(f"final cut to next hike: {row.label}", row.value, row.unit, row.note)
                for row in verdicts.by_recession(
                    [(c, x) for c, x in evidence.events.differences("to_hike", PAIR) if c in past]
                )
            ),
        ),
    )


def _sets_up(test: dict[str, object]) -> bool | None:
    """Return whether the exact test says that recessions make the rebound; None where it cannot tell."""
    p, gap = test["p"], test["difference"]
    if not isinstance(p, float) or not isinstance(gap, float) or p > 2 * verdicts.LEVEL:
        return None
    return gap > 0


def _weakest(parts: tuple[bool | None, ...]) -> Verdict:
    if False in parts:
        return CONTRADICTED
    return CANNOT_TELL if None in parts else SUPPORTED


def _row(cycle: Cycle) -> SupportingStatistic:
    value = "recession" if cycle.recession else "no recession"
    return SupportingStatistic(
        f"cycle that began on {cycle.first_cut}", value, "", f"{cycle.cuts} cuts, {cycle.cut_bp:.0f} bp"
    )


CLAIM = Claim(
    id="C7",
    text=(
        "Past cutting cycles came with a recession; the one that began in September 2024 did not, and that recession "
        "is "
        "what normally sets up the small-cap rebound."
    ),
    data="the Fed's target changes, NBER recessions, small, large",
    estimand=(
        "share of earlier easing cycles with a recession; small's lead in the 12 months after the final cut, with a "
        "recession less without"
    ),
    window="easing cycles since 1994; a cycle is flagged if a recession month overlaps its first to final cut",
    test="a count, and an exact two-sided permutation test between cycles with and without a recession",
    rule=(
        "contradicted where an earlier cycle had no recession, where the one of 2024 had one, or where the test puts "
        "recessions behind at p <= 0.1; supported where all three parts hold, the third at p <= 0.1; cannot tell "
        "otherwise"
    ),
    rival=(
        "Read as most cycles, or as those since 2000, the first part holds: the three since 2001 all had a recession."
    ),
    assets=PAIR,
    series=("target_change", "nber_turning_point"),
    judge=judge,
    hindsight=True,
    limits="Recessions are announced late: one that began in the cycle's last months may not be known yet.",
)
