"""C8: prefer higher-quality small caps, as far as profitability goes: small_quality against small_ex_micro."""

from __future__ import annotations

from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.claim import Claim, Finding, SupportingStatistic
from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.inference.bootstrap_interval import interval_of

PAIR = ("small_quality", "small_ex_micro")


def judge(evidence: Evidence) -> Finding:
    """Return by how much profitable small caps led small caps that can be traded."""
    months = evidence.months(*PAIR)
    found = interval_of(verdicts.mean_per_year, months.returns)
    said = "" if found["estimate"] is None else f"{100 * found['estimate']:+.1f} points a year".replace("-", "−")
    return Finding(
        verdict=verdicts.by_interval(found),
        says=(
            f"Profitable small caps returned {said or 'nothing that can be told'} against small caps without micro "
            "caps."
        ),
        estimate=found["estimate"],
        interval=verdicts.ends(found),
        confidence=found["confidence"],
        unit="fraction per year",
        n=found["n"],
        of="months",
        beside=tuple(_beside(evidence)),
    )


def _beside(evidence: Evidence) -> list[SupportingStatistic]:
    rows = []
    if {"small_junk"} <= set(evidence.market.assets):
        against = evidence.months("small_quality", "small_junk").returns
        label = "against the least profitable fifth, a year"
        rows.append(verdicts.supporting(label, verdicts.mean_per_year, against, unit="fraction per year"))
    if {"bills"} <= set(evidence.market.assets):
        both = evidence.months(*PAIR, "bills").returns
        rows.append(verdicts.supporting("Sharpe ratio, the difference", verdicts.sharpe_gap, both, unit="ratio"))
    rows.append(
        SupportingStatistic(
            "favourable earnings revisions", "not testable", "", "portfolios know nothing of analysts' estimates"
        )
    )
    rows.append(
        SupportingStatistic(
            "low refinancing risk", "not testable", "", "portfolios know nothing of debt and when it falls due"
        )
    )
    return rows


CLAIM = Claim(
    id="C8",
    text=("Prefer higher-quality small caps: positive earnings, favourable earnings revisions, low refinancing risk."),
    data="small_quality against small_ex_micro; small_junk beside",
    estimand="twelve times the mean monthly return of small_quality less small_ex_micro",
    window="all complete months in the data",
    test="95% interval by stationary bootstrap of months",
    rule=verdicts.BY_INTERVAL.format(good="above", bad="below"),
    rival=(
        "The profitability premium is known since 2013 and was part of how these portfolios came to be sorted; what "
        "was "
        "found in the same data cannot be confirmed by them."
    ),
    assets=PAIR,
    judge=judge,
    limits="Only profitability is tested: earnings revisions and refinancing are not testable on portfolios.",
)
