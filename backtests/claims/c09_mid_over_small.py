"""C9: prefer mid caps to small caps, for stronger balance sheets and less exposure to rates; by return for risk."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.claim import CANNOT_TELL, Alternative, Claim, Finding, SupportingStatistic
from fedcycle.backtests.claims.data import PER_YEAR, TEN_YEAR, Evidence, slope
from fedcycle.backtests.claims.sensitivity import TEST, IntervalTest, by_interval, ends
from fedcycle.backtests.core.format import pp, signed
from fedcycle.backtests.inference.sharpe_difference import jobson_korkie_memmel
from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.sample import Whole
from fedcycle.data.typing import Float64

PAIR = ("mid", "small")


def judge(evidence: Evidence) -> Finding:
    """Return the Sharpe ratio of mid caps less that of small caps."""
    months = evidence.months(*PAIR, "bills")
    if len(months.returns) < 2:
        return Finding(verdict=CANNOT_TELL, summary="These data hold fewer than two complete months.")
    test = IntervalTest(
        sample=lambda frequency: evidence.returns(frequency, *PAIR, "bills"), statistic=verdicts.sharpe_gap
    )
    found = test.run(months.returns)
    if found["estimate"] is None:
        return Finding(verdict=CANNOT_TELL, summary="Returns that never vary have no Sharpe ratio.")
    both = months.returns[:, :2]
    mean, volatility = float(verdicts.mean_per_year(both)), float(_volatility_gap(both))
    return Finding(
        verdict=by_interval(found),
        summary=(
            f"The Sharpe ratio of mid caps less that of small caps was {signed(found['estimate'])} a year: return "
            f"{pp(mean)} a year, volatility {pp(volatility)} a year."
        ),
        estimate=found["estimate"],
        interval=ends(found),
        confidence=found["confidence"],
        unit="ratio",
        n=found["n"],
        unit_of_observation="months",
        supporting=(
            verdicts.supporting("return, mid less small", verdicts.mean_per_year, both, unit="difference per year"),
            verdicts.supporting("volatility, mid less small", _volatility_gap, both, unit="difference per year"),
            *_to_rates(evidence),
            *test.parts("ratio"),
        ),
        alternatives=(_classical(months.returns), *test.alternatives(evidence)),
        tested=True,
    )


def _classical(rows: Float64) -> Alternative:
    """Return the test of Jobson and Korkie, as Memmel corrected it, in the place of the bootstrap."""
    excess = rows[:, :2] - rows[:, 2:3]
    told = jobson_korkie_memmel(excess[:, 0], excess[:, 1], per_year=PER_YEAR["monthly"])
    return Alternative(
        choice=TEST,
        value="Jobson-Korkie-Memmel",
        verdict=None if told["difference"] is None else by_interval(told),
        estimate=told["difference"],
        interval=ends(told),
        note=told["text"],
    )


def _volatility_gap(rows: Float64) -> Float64:
    """Return the yearly volatility of the first column of rows (..., n, k) less that of the second, (...)."""
    both = Whole({"r": np.stack([rows[..., 0], rows[..., 1]])}, per_year=PER_YEAR["monthly"])
    volatility = kernel.sd(both, kernel.own) * both.root
    return np.asarray(volatility[0] - volatility[1])


def _to_rates(evidence: Evidence) -> tuple[SupportingStatistic, ...]:
    """Return both assets' beta to the 10-year yield, and the difference."""
    if not len(evidence.market.series.get(TEN_YEAR, ())):
        return (SupportingStatistic("beta to the 10-year yield", None, "", "the market has no DGS10"),)
    months, changes = evidence.yield_changes(evidence.months(*PAIR))
    rows = np.column_stack([months.returns, changes])
    unit = "fraction per percentage point"
    return (
        verdicts.supporting("beta to the 10-year yield, mid", lambda r: slope(r[..., 2], r[..., 0]), rows, unit=unit),
        verdicts.supporting("beta to the 10-year yield, small", lambda r: slope(r[..., 2], r[..., 1]), rows, unit=unit),
        verdicts.supporting("mid less small", lambda r: slope(r[..., 2], r[..., 0] - r[..., 1]), rows, unit=unit),
    )


CLAIM = Claim(
    id="C9",
    text="Prefer mid caps to small caps: stronger balance sheets, less interest-rate exposure.",
    topic="what to hold",
    data="mid, small, bills; DGS10 as supporting evidence",
    estimand="difference of yearly Sharpe ratios, mid less small, from monthly returns",
    window="all complete months in the data",
    test="95% interval by stationary bootstrap of months; the test of Jobson, Korkie and Memmel as an alternative",
    rule=verdicts.BY_INTERVAL.format(good="above", bad="below"),
    alternative=(
        "Mid caps lie between small and large: the gain may be size and the rise of the largest, not balance sheets."
    ),
    assets=("mid", "small", "bills"),
    judge=judge,
    limits="Balance sheets are not in portfolios; exposure to rates is estimated from returns.",
)
