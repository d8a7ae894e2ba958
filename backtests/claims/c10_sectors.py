"""C10: financials rank best among sectors within small and mid caps. One sector of all sizes cannot be ranked."""

from __future__ import annotations

from fedcycle.backtests.claims import stock_parts, verdicts
from fedcycle.backtests.claims.claim import NOT_TESTABLE, Claim, Finding, SupportingStatistic
from fedcycle.backtests.claims.data import Evidence


def judge(evidence: Evidence) -> Finding:
    """Return that the ranking cannot be made, with what the data have on financials."""
    rows: list[SupportingStatistic] = []
    reach = "not at all"
    if "financials" in evidence.market.assets:
        for other in (a for a in ("small", "mid", "large") if a in evidence.market.assets):
            months = evidence.months("financials", other)
            if len(months.ends):
                label = f"financials less {other}, a year"
                note = f"n = {len(months.ends)} months to {months.ends[-1]}"
                rows.append(
                    verdicts.supporting(
                        label, verdicts.mean_per_year, months.returns, unit="difference per year", note=note
                    )
                )
                reach = f"to {months.ends[-1]}"
    if evidence.market.fundamentals is not None:
        return Finding(
            verdict=NOT_TESTABLE,
            summary="A panel ranks sectors within small and mid companies; one rank is shown and proves nothing.",
            supporting=(*rows, *stock_parts.sectors(evidence)),
        )
    held = f"one sector, financials of all sizes ({reach})" if rows else "no sector that can be compared"
    return Finding(
        verdict=NOT_TESTABLE,
        summary=f"These data hold {held}; a ranking needs the sectors within small and mid caps.",
        supporting=tuple(rows),
    )


CLAIM = Claim(
    id="C10",
    text="Among sectors, financials rank best within small and mid caps; prefer economically sensitive sectors.",
    topic="what to hold",
    data="financials (banks, insurers and other financials of all sizes, to 2024-12-31)",
    estimand="rank of small and mid-cap financials among the sectors of small and mid caps",
    window="none: the sectors are not in the data",
    test="none; financials less small, mid and large are shown with 95% intervals by stationary bootstrap of months",
    rule="not testable, whatever the supporting evidence: one sector cannot be ranked",
    alternative=(
        "Financials of all sizes are mostly the largest banks, whose business differs from that of small lenders."
    ),
    assets=(),
    judge=judge,
    limits="Sectors within small and mid caps need a stock panel or portfolios sorted by size and industry.",
)
