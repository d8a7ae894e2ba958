"""C3: small caps beat large caps between the final cut and the next hike. Exact tests over the cycles."""

from __future__ import annotations

from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.c02_year_after_final_cut import PAIR, finding
from fedcycle.backtests.claims.claim import Claim, Finding
from fedcycle.backtests.claims.data import Evidence


def judge(evidence: Evidence) -> Finding:
    """Return small's average relative wealth over the complete windows to the next hike."""
    return finding(evidence, "to_hike", "Between a final cut and the next hike")


CLAIM = Claim(
    id="C3",
    text="Small caps beat large caps between the final cut and the next hike.",
    topic="small caps after the final cut",
    data="small, large; easing cycles by announcement; NBER recessions",
    estimand=(
        "geometric mean over easing cycles of small's relative wealth against large: its growth over large's, less 1"
    ),
    window="from the first close that knows the final cut to the last before the hike is known; only complete windows",
    test="exact one-sided sign-flip test over cycles; the interval holds the means that it does not reject",
    rule=verdicts.BY_FEW,
    alternative=(
        "The windows differ in length, so one long recovery weighs as much as a short pause, and a total return over "
        "many "
        "years is large whatever the Fed does."
    ),
    assets=PAIR,
    series=("target_change", "nber_turning_point"),
    judge=judge,
    hindsight=True,
    limits="Both ends of the window are known only afterwards.",
)
