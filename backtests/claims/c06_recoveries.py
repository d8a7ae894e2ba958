"""C6: small caps do well in economic recoveries with low interest rates: the year after each NBER trough, by yield."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.claim import Claim, Finding, SupportingStatistic
from fedcycle.backtests.claims.data import TEN_YEAR, Evidence
from fedcycle.backtests.inference.small_sample import small_sample_summary
from fedcycle.data.calendar import add_months
from fedcycle.data.typing import Day

LOW = 4.0
"""Percent per year: well under the 4.8% that the note calls high; the middle of all yields since 1990 is 4.2%."""
PAIR = ("small", "large")
MONTHS = 12


def judge(evidence: Evidence) -> Finding:
    """Return the average lead in the 12 months after troughs at which the 10-year yield was low."""
    rows = [_after(evidence, trough) for trough in _troughs(evidence)]
    low = [(name, lead) for name, level, lead, _ in rows if lead is not None and level is not None and level < LOW]
    told = small_sample_summary([lead for _, lead in low], [name for name, _ in low])
    shown = tuple(
        SupportingStatistic(
            f"12 months after {name}", lead, "fraction", note if lead is not None else "not complete in these data"
        )
        for name, _, lead, note in rows
    )
    mean = "" if told["mean"] is None else f", by {100 * told['mean']:+.1f} points on average".replace("-", "−")
    return Finding(
        verdict=verdicts.by_few(told),
        says=(
            f"Small caps led in {told['positive']} of {told['n']} complete recoveries that began with a 10-year yield "
            "under "
            f"{LOW:g}%{mean}. Under five such recoveries no exact test can rule out chance."
            if told["n"]
            else f"No recovery that began with a 10-year yield under {LOW:g}% is complete in these data."
        ),
        estimate=told["mean"],
        interval=None if told["interval"] is None else (told["interval"][0], told["interval"][1]),
        confidence=told["confidence"],
        n=told["n"],
        of="recoveries",
        beside=(*shown, _high(rows), SupportingStatistic("exact test", told["p"], "chance", told["text"])),
    )


def _troughs(evidence: Evidence) -> list[Day]:
    turns = evidence.market.series["nber_turning_point"]
    return [day for day, turn in zip(turns.observed_on, turns.values, strict=True) if turn > 0]


def _after(evidence: Evidence, trough: Day) -> tuple[str, float | None, float | None, str]:
    """Return the trough's month, the 10-year yield and small's lead over the 12 months after it, and a note."""
    last = add_months(trough, 1) - np.timedelta64(1, "D")
    name = str(trough)[:7]
    start, end = evidence.at(str(last)), evidence.at(str(add_months(trough, MONTHS + 1) - np.timedelta64(1, "D")))
    upto = evidence.ten_year.observed_on <= last
    level = float(evidence.ten_year.values[upto][-1]) if upto.any() else None
    if start is None or end is None or level is None:
        return name, level, None, ""
    one, other = (evidence.growth(asset, start, end) for asset in PAIR)
    lead = None if one is None or other is None else one - other
    own = "" if one is None else f", small itself {100 * one:+.1f}%".replace("-", "−")
    return name, level, lead, f"10-year yield {level:.2f}%{own}"


def _high(rows: list[tuple[str, float | None, float | None, str]]) -> SupportingStatistic:
    high = [lead for _, level, lead, _ in rows if lead is not None and level is not None and level >= LOW]
    mean = float(np.mean(high)) if high else None
    return SupportingStatistic(f"average after troughs with {LOW:g}% or more", mean, "fraction", f"n = {len(high)}")


CLAIM = Claim(
    id="C6",
    text="Small caps do well in economic recoveries with low interest rates.",
    data="small, large, DGS10, NBER troughs",
    estimand="average of small's total return less large's after troughs with a 10-year yield under 4%",
    window="12 months from the last session of the trough's month; the yield is the last of that month",
    test="exact one-sided sign-flip test over recoveries",
    rule=verdicts.BY_FEW,
    rival=(
        "Low yields and deep recessions came together: what looks like low rates may be the depth of the fall before."
    ),
    assets=PAIR,
    series=(TEN_YEAR, "nber_turning_point"),
    judge=judge,
    hindsight=True,
    limits="Troughs are announced 4 to 21 months later, so nobody could have traded these windows.",
)
