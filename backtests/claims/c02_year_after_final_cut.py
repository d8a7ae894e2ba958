"""C2: small caps beat large caps in the 12 months after the final cut of a cycle. Exact tests over the cycles."""

from __future__ import annotations

from fedcycle.backtests.analysis import cycle_datings, side_by_side
from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.claim import Claim, Finding
from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.claims.sensitivity import by_few
from fedcycle.backtests.core.format import signed_percent
from fedcycle.backtests.inference.measure import DIFFERENCE, RELATIVE_WEALTH
from fedcycle.backtests.inference.small_sample import heading

PAIR = ("small", "large")


def judge(evidence: Evidence) -> Finding:
    """Return small's average relative wealth over the complete 12-month windows."""
    return finding(evidence, "12m", "In the 12 months after a final cut")


def finding(evidence: Evidence, window: str, when: str) -> Finding:
    """Return the average relative wealth of small against large in one kind of window after a final cut."""
    cycles = verdicts.few_cycles(evidence.events, window, PAIR)
    told = cycles.summary()
    rows = verdicts.few_rows(evidence, window, PAIR, told)
    if not told["n"]:
        return Finding(
            verdict=by_few(told), summary=f"{when}: no window is complete in these data.", supporting=rows, tested=True
        )
    recounted = verdicts.few_cycles(evidence.episodes, window, PAIR)
    otherwise = verdicts.few_cycles(evidence.events, window, PAIR, DIFFERENCE)
    datings = tuple(cycle_datings.document(evidence.events, window, PAIR))
    return Finding(
        verdict=by_few(told),
        summary=f"{when} {heading(told, 'small led large')}. {_recessions(evidence, window)}".strip(),
        by_dating=side_by_side.in_a_sentence(datings),
        estimate=told["mean"],
        interval=None if told["interval"] is None else (told["interval"][0], told["interval"][1]),
        confidence=told["confidence"],
        unit=verdicts.WEALTH,
        n=told["n"],
        unit_of_observation="cycle" if told["n"] == 1 else "cycles",
        supporting=rows,
        alternatives=(
            *cycles.alternatives(otherwise=otherwise, recounted=recounted),
            *verdicts.other_datings(datings),
        ),
        datings=datings,
        tested=True,
    )


def _recessions(evidence: Evidence, window: str) -> str:
    """Return the averages with and without a recession, where both kinds of cycle exist."""
    groups = verdicts.split_by_recession(evidence.events.compared(window, PAIR))
    if not all(groups.values()):
        return ""
    means = {flag: RELATIVE_WEALTH.average(group) for flag, group in groups.items()}
    return (
        f"Cycles with a recession average {signed_percent(means[True])} (n = {len(groups[True])}), those without "
        f"{signed_percent(means[False])} (n = {len(groups[False])})."
    )


CLAIM = Claim(
    id="C2",
    text="Small caps beat large caps in the 12 months after the Fed's final cut of a cycle.",
    topic="small caps after the final cut",
    data="small, large; easing cycles by announcement; NBER recessions",
    estimand=(
        "geometric mean over easing cycles of small's relative wealth against large: its growth over large's, less 1"
    ),
    window=(
        "from the first close that knows the final cut to the last within 12 calendar months of it; only complete "
        "windows; "
        "a hike does not cut them short"
    ),
    test="exact one-sided sign-flip test over cycles; the interval holds the means that it does not reject",
    rule=verdicts.BY_FEW,
    alternative=(
        "Final cuts come near the end of recessions, when small caps rebound with or without a cut: see the split by "
        "recession and the value added over shifted dates. The placebo takes all dates as one placement, so one "
        "large window "
        "can make its p-value small where the cycles do not agree."
    ),
    assets=PAIR,
    series=("target_change", "nber_turning_point"),
    judge=judge,
    hindsight=True,
    limits="Which cut was final is known only afterwards: nobody could have traded these windows; see recognise.",
)
