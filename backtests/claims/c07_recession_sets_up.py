"""C7: past cutting cycles came with a recession, the one of September 2024 did not, and that is what sets up rebounds.

The statement has three parts; its verdict is that of the weakest of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fedcycle.backtests.analysis import cycle_datings
from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.claim import (
    CANNOT_TELL,
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
from fedcycle.backtests.claims.sensitivity import CYCLE, DATING, LEVEL, MEASURE, START, STARTS
from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.backtests.inference.exact import permutation_test
from fedcycle.backtests.inference.measure import DIFFERENCE, RELATIVE_WEALTH, Measure

FROM = np.datetime64("2024-09-01")
PAIR = ("small", "large")
Found = Sequence[tuple[Cycle, float]]


def judge(evidence: Evidence) -> Finding:
    """Return the share of earlier cycles with a recession, and whether the rebound came with it."""
    past, now = _split(evidence.cycles)
    datings = tuple(cycle_datings.document(evidence.events, "12m", PAIR)) if past and now else ()
    if not past or not now:
        summary = "These data hold no cutting cycle that began in September 2024, with others before it."
        return Finding(verdict=NOT_TESTABLE, summary=summary)
    with_one = sum(c.recession for c in past)
    found = _before(evidence.events.compared("12m", PAIR))
    return Finding(
        verdict=_verdict(past, now[0], found),
        summary=(
            f"{with_one} of the {len(past)} cutting cycles since {str(past[0].first_cut)[:4]} came with a recession; "
            "the one "
            f"that began on {now[0].first_cut} "
            f"{'came with one' if now[0].recession else 'had none so far as is known'}. "
            f"Relative wealth of small against large in the 12 months after the final cut, with a recession against "
            "without: "
            f"{_test(found)['text']}."
        ),
        estimate=with_one / len(past),
        unit="share",
        n=len(past),
        unit_of_observation="earlier cycles",
        supporting=(
            *(_row(c) for c in (*past, *now)),
            *verdicts.by_recession(found),
            *(
                SupportingStatistic(f"final cut to next hike: {row.label}", row.value, row.unit, row.note)
                for row in verdicts.by_recession(_before(evidence.events.compared("to_hike", PAIR)))
            ),
        ),
        alternatives=(*_alternatives(evidence, past, now[0], found), *_dated_otherwise(evidence)),
        datings=datings,
    )


def _split(cycles: Sequence[Cycle]) -> tuple[list[Cycle], list[Cycle]]:
    return [c for c in cycles if c.final_cut < FROM], [c for c in cycles if c.final_cut >= FROM]


def _before(found: Found) -> list[tuple[Cycle, float]]:
    return [(c, x) for c, x in found if c.final_cut < FROM]


def _test(found: Found, measure: Measure = RELATIVE_WEALTH) -> dict[str, Any]:
    groups = verdicts.split_by_recession(found)
    return permutation_test(groups[True], groups[False], measure=measure)


def _verdict(past: Sequence[Cycle], now: Cycle, found: Found, measure: Measure = RELATIVE_WEALTH) -> Verdict:
    """Return the verdict of the weakest part: all had a recession, this one has none, recessions make the rebound."""
    parts = (all(c.recession for c in past), not now.recession, _sets_up(_test(found, measure)))
    if False in parts:
        return CONTRADICTED
    return CANNOT_TELL if None in parts else SUPPORTED


def _sets_up(test: dict[str, Any]) -> bool | None:
    """Return whether the exact test says that recessions make the rebound; None where it cannot tell."""
    if test["p"] is None or test["p"] > 2 * LEVEL:
        return None
    return bool(test["difference"] > 0)


def _alternatives(evidence: Evidence, past: Sequence[Cycle], now: Cycle, found: Found) -> Iterator[Alternative]:
    plainly = _before(evidence.events.compared("12m", PAIR, DIFFERENCE))
    yield _one(MEASURE, DIFFERENCE.name, past, now, plainly, measure=DIFFERENCE)
    for start in STARTS:
        kept = [c for c in past if c.first_cut >= np.datetime64(start, "D")]
        if kept and len(kept) < len(past):
            yield _one(START, f"from {start[:7]}", kept, now, [(c, x) for c, x in found if c in kept])
    others, again = _split(evidence.episodes.cycles)
    if len(others) != len(past) and others and again:
        again_found = _before(evidence.episodes.compared("12m", PAIR))
        yield _one(DATING, "2019 and 2020 counted otherwise", others, again[0], again_found)
    for out in past if len(past) > 1 else ():
        kept = [c for c in past if c is not out]
        yield _one(CYCLE, f"without {str(out.first_cut)[:4]}", kept, now, [(c, x) for c, x in found if c is not out])


def _dated_otherwise(evidence: Evidence) -> Iterator[Alternative]:
    """Yield the same statement by the other ways to date easings: shown beside, they do not decide."""
    for each in cycle_datings.dated_studies(evidence.events):
        if each.primary:
            continue
        past, now = ([], []) if each.study is None else _split(each.study.cycles)
        if each.study is None or not past or not now:
            note = each.problem or "no easing of 2024 with others before it"
            yield Alternative(choice=DATING, value=each.dating.name, verdict=None, note=note, decides=False)
            continue
        found = _before(each.study.compared("12m", PAIR))
        told = _one(DATING, each.dating.name, past, now[0], found)
        yield replace(told, note=f"{told.note}; shown beside, does not decide", decides=False)


def _one(
    choice: str,
    value: str,
    past: Sequence[Cycle],
    now: Cycle,
    found: Found,
    *,
    measure: Measure = RELATIVE_WEALTH,
) -> Alternative:
    with_one = sum(c.recession for c in past)
    return Alternative(
        choice=choice,
        value=value,
        verdict=_verdict(past, now, found, measure),
        estimate=with_one / len(past),
        note=f"{with_one} of {len(past)} with a recession; {_test(found, measure)['text']}",
    )


def _row(cycle: Cycle) -> SupportingStatistic:
    value = "recession" if cycle.recession else "no recession"
    return SupportingStatistic(
        f"cycle that began on {cycle.first_cut}", value, "", f"{cycle.cuts} cuts, {cycle.cut_bp:.0f} bp"
    )


CLAIM = Claim(
    id="C7",
    text=(
        "Past cutting cycles came with a recession; the one that began in September 2024 did not, and that recession "
        "is what "
        "normally sets up the small-cap rebound."
    ),
    topic="small caps after the final cut",
    data="easing cycles by announcement, NBER recessions, small, large",
    estimand=(
        "share of earlier easing cycles with a recession; small's relative wealth against large in the 12 months after "
        "the final cut, with a recession against without"
    ),
    window="all easing cycles in the data; a cycle is flagged if a recession month overlaps its first to final cut",
    test="a count, and an exact two-sided permutation test between cycles with and without a recession",
    rule=(
        "contradicted where an earlier cycle had no recession, where the one of 2024 had one, or where recessions "
        "come with the smaller relative wealth at p <= 0.1; supported where all three parts hold, the third at "
        "p <= 0.1; cannot tell otherwise; " + verdicts.SENSITIVITY + "." + verdicts.BY_DATING
    ),
    alternative="Read as most cycles instead of all, the first part rests on the share alone.",
    assets=PAIR,
    series=("target_change", "nber_turning_point"),
    judge=judge,
    hindsight=True,
    limits="Recessions are announced late: one that began in the cycle's last months may not be known yet.",
)
