"""C8: prefer higher-quality small caps, as far as profitability goes: small_quality like for like."""

from __future__ import annotations

from fedcycle.backtests.claims import size_matched, stock_parts, verdicts
from fedcycle.backtests.claims.claim import Claim, Finding, SupportingStatistic
from fedcycle.backtests.claims.data import Evidence, Frequency, Returns
from fedcycle.backtests.claims.sensitivity import IntervalTest, by_interval, ends
from fedcycle.backtests.core.format import pp

PAIR = ("small_quality", "small_ex_micro")
PUBLICATION = {"2013-07-01": "from 2013-07, after publication"}
"""Novy-Marx (2013), The other side of value, Journal of Financial Economics 108(1): the profitability premium."""
YEARLY = "difference per year"


def judge(evidence: Evidence) -> Finding:
    """Return the difference of profitable small caps from all small caps of the same size rows."""
    matched = size_matched.returns(evidence, "monthly")
    against = "the mean of all portfolios of the same size rows" if matched is not None else PAIR[1].replace("_", " ")

    def sample(frequency: Frequency) -> Returns:
        found = size_matched.returns(evidence, frequency)
        return evidence.returns(frequency, *PAIR) if found is None else found

    test = IntervalTest(sample=sample, statistic=verdicts.mean_per_year, starts=PUBLICATION)
    found = test.run(sample("monthly").returns)
    said = "cannot be measured" if found["estimate"] is None else f"{pp(found['estimate'])} a year"
    like = (
        ""
        if matched is not None
        else " These data have no benchmark of the same size rows, so this is not like for like."
    )
    return Finding(
        verdict=by_interval(found),
        summary=f"Profitable small caps against {against}: {said}.{like}",
        estimate=found["estimate"],
        interval=ends(found),
        confidence=found["confidence"],
        unit=YEARLY,
        n=found["n"],
        unit_of_observation="months",
        supporting=(*_supporting(evidence), *test.parts(YEARLY)),
        alternatives=test.alternatives(evidence),
        tested=True,
    )


def _supporting(evidence: Evidence) -> list[SupportingStatistic]:
    rows = []
    for other, label in (
        ("small_ex_micro", "against small_ex_micro, value weighted: not like for like, a year"),
        ("small_junk", "against the least profitable fifth, a year"),
    ):
        if other in evidence.market.assets:
            both = evidence.months("small_quality", other).returns
            rows.append(verdicts.supporting(label, verdicts.mean_per_year, both, unit=YEARLY))
    if "bills" in evidence.market.assets:
        both = evidence.months(*PAIR, "bills").returns
        label = "difference of Sharpe ratios, small_quality less small_ex_micro"
        rows.append(verdicts.supporting(label, verdicts.sharpe_gap, both, unit="ratio"))
    if evidence.market.fundamentals is not None:
        return [*rows, *stock_parts.quality(evidence)]
    for what, why in (
        ("favourable earnings revisions", "portfolios hold no analysts' estimates"),
        ("low refinancing risk", "portfolios hold no debt or maturities"),
    ):
        rows.append(SupportingStatistic(what, "not testable", "", why))
    return rows


CLAIM = Claim(
    id="C8",
    text="Prefer higher-quality small caps: positive earnings, favourable earnings revisions, low refinancing risk.",
    topic="what to hold",
    data="small_quality against the equally weighted mean of the size rows it is taken from (else small_ex_micro)",
    estimand="twelve times the mean monthly difference of returns",
    window="all complete months in the data; also from 2013-07, after the premium was published",
    test="95% interval by stationary bootstrap of months",
    rule=verdicts.BY_INTERVAL.format(good="above", bad="below"),
    alternative=(
        "The profitability premium was found in these same portfolios; what was found in data cannot be confirmed by "
        "them, "
        "so only the months after publication are independent evidence."
    ),
    assets=PAIR,
    judge=judge,
    limits="Only profitability is tested: earnings revisions and refinancing are not testable on portfolios.",
)
