"""C9: prefer mid caps to small caps, for stronger balance sheets and less exposure to rates; return for risk rules."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.claim import CANNOT_TELL, Claim, Finding, SupportingStatistic
from fedcycle.backtests.claims.data import TEN_YEAR, Evidence, slope
from fedcycle.backtests.inference.bootstrap_interval import interval_of
from fedcycle.data.typing import Float64

PAIR = ("mid", "small")


def judge(evidence: Evidence) -> Finding:
    """Return the Sharpe ratio of mid caps less that of small caps."""
    months = evidence.months(*PAIR, "bills")
    if len(months.returns) < 2:
        return Finding(verdict=CANNOT_TELL, says="These data hold fewer than two complete months.")
    found = interval_of(verdicts.sharpe_gap, months.returns)
    if found["estimate"] is None:
        return Finding(verdict=CANNOT_TELL, says="Returns that never vary have no Sharpe ratio.")
    gap = f"{found['estimate']:+.2f}".replace("-", "−")
    return Finding(
        verdict=verdicts.by_interval(found),
        says=(
            f"The Sharpe ratio of mid caps less that of small caps was {gap} a year; return, risk and rates stand "
            "beside."
        ),
        estimate=found["estimate"],
        interval=verdicts.ends(found),
        confidence=found["confidence"],
        unit="ratio",
        n=found["n"],
        of="months",
        beside=(
            verdicts.supporting(
                "return a year, mid less small", verdicts.mean_per_year, months.returns[:, :2], unit="fraction per year"
            ),
            verdicts.supporting(
                "volatility a year, mid less small", _volatility_gap, months.returns[:, :2], unit="fraction per year"
            ),
            *_to_rates(evidence),
        ),
    )


def _volatility_gap(rows: Float64) -> float:
    sd = rows[:, :2].std(axis=0, ddof=1) * np.sqrt(12)
    return float(sd[0] - sd[1])


def _to_rates(evidence: Evidence) -> tuple[SupportingStatistic, ...]:
    """Return both assets' beta to the 10-year yield, and the difference."""
    if not len(evidence.market.series.get(TEN_YEAR, ())):
        return (SupportingStatistic("beta to the 10-year yield", None, "", "the market has no DGS10"),)
    months, changes = evidence.yield_changes(evidence.months(*PAIR))
    rows = np.column_stack([months.returns, changes])
    unit = "fraction per percentage point"
    return (
        verdicts.supporting(
            "mid's return per point of rise in the 10-year yield", lambda r: slope(r[:, 2], r[:, 0]), rows, unit=unit
        ),
        verdicts.supporting("small's", lambda r: slope(r[:, 2], r[:, 1]), rows, unit=unit),
        verdicts.supporting("mid's less small's", lambda r: slope(r[:, 2], r[:, 0] - r[:, 1]), rows, unit=unit),
    )


CLAIM = Claim(
    id="C9",
    text="Prefer mid caps to small caps: stronger balance sheets, less interest-rate exposure.",
    data="mid, small, bills; DGS10 beside",
    estimand="yearly Sharpe ratio of mid less that of small, from monthly returns",
    window="all complete months in the data",
    test="95% interval by stationary bootstrap of months",
    rule=verdicts.BY_INTERVAL.format(good="above", bad="below"),
    rival="Mid caps lie between small and large: the gain may be size and the rise of the largest, not balance sheets.",
    assets=("mid", "small", "bills"),
    judge=judge,
    limits="Balance sheets are not in portfolios; exposure to rates is read off returns.",
)
