"""C11: the 10-year yield closed 2025-01-13 at its highest since 2023-10-31.

That yield was published after the stock close of its day: as of 2025-01-13 itself it is not known, as of 2025-01-14
it is.
"""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.claims.claim import CONTRADICTED, NOT_TESTABLE, SUPPORTED, Claim, Finding, SupportingStatistic
from fedcycle.backtests.claims.data import TEN_YEAR, Evidence

DAY, SINCE = np.datetime64("2025-01-13", "D"), np.datetime64("2023-10-31", "D")


def judge(evidence: Evidence) -> Finding:
    """Return the yield of the day and whether it is above every yield between the two days."""
    s = evidence.ten_year
    value, then = evidence.ten_year_on(str(DAY)), evidence.ten_year_on(str(SINCE))
    if value is None or then is None:
        newest = f"the newest is that of {s.observed_on[-1]}, {s.values[-1]:.2f}%"
        summary = f"The yield of {DAY if value is None else SINCE} is not among the yields known here: {newest}."
        return Finding(verdict=NOT_TESTABLE, summary=f"{summary} A yield is known from the session after its day.")
    between = (s.observed_on > SINCE) & (s.observed_on < DAY)
    values, days = s.values[between], s.observed_on[between]
    highest = float(values.max())
    holds = value > highest and then >= value
    return Finding(
        verdict=SUPPORTED if holds else CONTRADICTED,
        summary=(
            f"On {DAY} the 10-year yield stood at {value:.2f}%; between the two days its highest was {highest:.2f}% "
            f"({days[int(values.argmax())]}), and on {SINCE} it was {then:.2f}%."
        ),
        estimate=value,
        unit="percent per year",
        n=int(between.sum()),
        unit_of_observation="days between",
        supporting=(
            SupportingStatistic(
                "highest between the days", highest, "percent per year", str(days[int(values.argmax())])
            ),
            SupportingStatistic(f"on {SINCE}", then, "percent per year"),
        ),
    )


CLAIM = Claim(
    id="C11",
    text="The 10-year Treasury yield closed on 2025-01-13 at its highest since 2023-10-31.",
    topic="the market of January 2025",
    data="DGS10",
    estimand="the 10-year yield of 2025-01-13",
    window="2023-10-31 to 2025-01-13",
    test="none: published values, no sampling error",
    rule=(
        "supported where it is above every yield of the days between and not above that of 2023-10-31; contradicted "
        "otherwise; "
        "not testable where one of them is not known"
    ),
    alternative=(
        "Yields are rounded to a hundredth of a point, and intraday highs differ: 'highest' can rest on a hundredth."
    ),
    assets=(),
    series=(TEN_YEAR,),
    judge=judge,
    limits="Constant-maturity yields of the Treasury, not the quoted yield of one bond.",
)
