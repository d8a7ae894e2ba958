"""C6: small caps do well in economic recoveries with low interest rates: the year after each NBER trough, by yield."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.claim import Claim, Finding, SupportingStatistic
from fedcycle.backtests.claims.data import TEN_YEAR, Evidence
from fedcycle.backtests.claims.sensitivity import FewEvents, by_few
from fedcycle.backtests.core.format import signed_percent
from fedcycle.backtests.inference.measure import DIFFERENCE, RELATIVE_WEALTH, Measure
from fedcycle.backtests.inference.small_sample import heading
from fedcycle.data.calendar import add_months
from fedcycle.data.typing import Day

LOW = 4.0
"""Percent per year: well under the 4.8% that the note calls high; the median of all yields since 1990 is 4.2%."""
PAIR = ("small", "large")
MONTHS = 12


@dataclass(frozen=True)
class Recovery:
    """The 12 months after a trough.

    Parameters
    ----------
    trough : day
    level : 10-year yield at the trough, percent per year, or None
    returns : total returns of small and large, fraction; None where the window is not complete
    sessions : length of the window
    note : what else a reader must know
    """

    trough: Day
    level: float | None
    returns: tuple[float, float] | None
    sessions: int
    note: str

    @property
    def name(self) -> str:
        """Return the trough's month."""
        return str(self.trough)[:7]

    @property
    def relative_wealth(self) -> float | None:
        """Return the growth of small over that of large, less 1, fraction; None where the window is not complete."""
        return None if self.returns is None else RELATIVE_WEALTH.between(*self.returns)


def _events(evidence: Evidence, found: list[Recovery], measure: Measure) -> FewEvents:
    """Return small against large in some recoveries with a complete window, in a measure."""
    return FewEvents(
        values=[x for r in found if r.returns is not None and (x := measure.between(*r.returns)) is not None],
        names=[r.name for r in found],
        days=[r.trough for r in found],
        averages=[evidence.events.average_window(PAIR, r.sessions, measure=measure) for r in found],
        measure=measure,
    )


def judge(evidence: Evidence) -> Finding:
    """Return small's average relative wealth in the 12 months after troughs at which the 10-year yield was low."""
    found = [_after(evidence, trough) for trough in _troughs(evidence)]
    low = [r for r in found if r.returns is not None and r.level is not None and r.level < LOW]
    events = _events(evidence, low, RELATIVE_WEALTH)
    told = events.summary()
    shown = tuple(
        SupportingStatistic(f"12 months after {r.name}", r.relative_wealth, verdicts.WEALTH, r.note) for r in found
    )
    where = f"After troughs with a 10-year yield under {LOW:g}%"
    if not told["n"]:
        summary = f"{where} no 12 months are complete in these data."
        return Finding(verdict=by_few(told), summary=summary, supporting=(*shown, _high(found)), tested=True)
    few = told["smallest_p"] > verdicts.LEVEL
    limit = f" With {told['n']} no exact test can reach 5%." if few else ""
    effect = told["detectable"]["effect"]
    return Finding(
        verdict=by_few(told),
        summary=f"{where} {heading(told, 'small led large', 'recovery').replace('recoverys', 'recoveries')}.{limit}",
        estimate=told["mean"],
        interval=None if told["interval"] is None else (told["interval"][0], told["interval"][1]),
        confidence=told["confidence"],
        unit=verdicts.WEALTH,
        n=told["n"],
        unit_of_observation="recovery" if told["n"] == 1 else "recoveries",
        supporting=(
            *shown,
            _high(found),
            *_unknown(found, low),
            SupportingStatistic("minimum attainable p-value", told["smallest_p"], "chance", f"n = {told['n']}"),
            SupportingStatistic("minimum detectable effect at 80% power", effect, verdicts.WEALTH, f"n = {told['n']}"),
        ),
        alternatives=events.alternatives(otherwise=_events(evidence, low, DIFFERENCE)),
        tested=True,
    )


def _troughs(evidence: Evidence) -> list[Day]:
    """Return the months of the troughs that a report may use, announced on a known day or not."""
    turns = evidence.market.turns
    if turns is None:
        return []
    month = evidence.sessions[0].astype("datetime64[M]")
    found = zip(turns.observed_on, turns.values, strict=True)
    return [day for day, turn in found if turn > 0 and day.astype("datetime64[M]") >= month]


def _after(evidence: Evidence, trough: Day) -> Recovery:
    """Return the 12 months after a trough's month, with the yield that was the last of that month."""
    last = add_months(trough, 1) - np.timedelta64(1, "D")
    start, end = evidence.at(str(last)), evidence.at(str(add_months(trough, MONTHS + 1) - np.timedelta64(1, "D")))
    upto = evidence.ten_year.observed_on <= last
    level = float(evidence.ten_year.values[upto][-1]) if upto.any() else None
    if start is None or end is None:
        return Recovery(trough, level, None, 0, "not complete in these data")
    one, other = (evidence.growth(asset, start, end) for asset in PAIR)
    if one is None or other is None:
        return Recovery(trough, level, None, 0, "not complete in these data")
    known = f"no 10-year yield before {evidence.ten_year.observed_on[0]} in these data"
    shown = known if level is None else f"10-year yield {level:.2f}%"
    note = f"{shown}, small itself {signed_percent(one)}"
    return Recovery(trough, level, (one, other), end - start, note)


def _high(found: list[Recovery]) -> SupportingStatistic:
    high = [x for r in found if (x := r.relative_wealth) is not None and r.level is not None and r.level >= LOW]
    mean = RELATIVE_WEALTH.average(high) if high else None
    label = f"average after troughs with {LOW:g}% or more"
    return SupportingStatistic(label, mean, verdicts.WEALTH, f"n = {len(high)}")


def _unknown(found: list[Recovery], low: list[Recovery]) -> tuple[SupportingStatistic, ...]:
    """Return the average were the troughs without a yield in the data troughs of low yields too."""
    unknown = [x for r in found if (x := r.relative_wealth) is not None and r.level is None]
    if not unknown:
        return ()
    every = [x for r in low if (x := r.relative_wealth) is not None] + unknown
    label = f"average were the {len(unknown)} troughs without a yield in these data counted as low"
    mean, note = RELATIVE_WEALTH.average(every), f"n = {len(every)}; not tested"
    return (SupportingStatistic(label, mean, verdicts.WEALTH, note),)


CLAIM = Claim(
    id="C6",
    text="Small caps do well in economic recoveries with low interest rates.",
    topic="small caps after the final cut",
    data="small, large, DGS10, NBER troughs",
    estimand="geometric mean of small's relative wealth against large after troughs with a 10-year yield under 4%",
    window="12 months from the last session of the trough's month; the yield is the last of that month",
    test="exact one-sided sign-flip test over recoveries",
    rule=verdicts.BY_FEW,
    alternative=(
        "Low yields and deep recessions may come together: low rates may stand for the depth of the fall before."
    ),
    assets=PAIR,
    series=(TEN_YEAR, "nber_turning_point"),
    judge=judge,
    hindsight=True,
    limits="Troughs are announced 4 to 21 months later, so nobody could have traded these windows.",
)
