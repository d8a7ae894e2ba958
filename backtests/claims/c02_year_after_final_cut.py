"""C2: small caps beat large caps in the 12 months after the final cut of a cycle. Exact tests over the cycles."""

from __future__ import annotations

from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.claim import Claim, Finding
from fedcycle.backtests.claims.data import Evidence

PAIR = ("small", "large")


def judge(evidence: Evidence) -> Finding:
    """Return the average lead over the complete 12-month windows."""
    return finding(evidence, "12m", "in the 12 months after a final cut")


def finding(evidence: Evidence, window: str, when: str) -> Finding:
    """Return the average lead of small over large in one kind of window after a final cut."""
    told, shown = verdicts.few(evidence, window, PAIR)
    if not told["n"]:
        return Finding(verdict=verdicts.by_few(told), says=f"No window {when} is complete in these data.", beside=shown)
    lead = f"{100 * told['mean']:+.1f}".replace("-", "−")
    only = "; all of the lead comes from cycles with a recession, as the split shows"
    return Finding(
        verdict=verdicts.by_few(told),
        says=(
            f"Small caps led in {told['positive']} of {told['n']} complete windows {when}, by {lead} points on average"
            f"{only if _only_in_recessions(evidence, window) else ''}."
        ),
        estimate=told["mean"],
        interval=None if told["interval"] is None else (told["interval"][0], told["interval"][1]),
        confidence=told["confidence"],
        n=told["n"],
        of="cycles",
        beside=shown,
    )


def _only_in_recessions(evidence: Evidence, window: str) -> bool:
    found = evidence.events.differences(window, PAIR)
    leads = {cycle.recession for cycle, lead in found if lead > 0}
    return leads == {True} and any(not cycle.recession for cycle, _ in found)


CLAIM = Claim(
    id="C2",
    text="Small caps beat large caps in the 12 months after the Fed's final cut of a cycle.",
    data="small, large; the Fed's target changes by announcement; NBER recessions",
    estimand="average over easing cycles of small's total return less large's",
    window=(
        "from the first close that knows the final cut to the last within 12 calendar months of it; only complete "
        "windows; "
        "a hike does not cut them short"
    ),
    test="exact one-sided sign-flip test over cycles; the interval holds the means that it does not reject",
    rule=verdicts.BY_FEW,
    rival=(
        "Final cuts come near the end of recessions, when small caps rebound with or without a cut: see the split by "
        "recession, and the same windows on shifted dates."
    ),
    assets=PAIR,
    series=("target_change", "nber_turning_point"),
    judge=judge,
    hindsight=True,
    limits="Which cut was final is known only afterwards: nobody could have traded these windows; see recognise.",
)
