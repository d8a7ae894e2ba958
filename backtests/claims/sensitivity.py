"""The test of a claim repeated with one choice changed at a time; the rule that uses it is in docs/inference.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fedcycle.backtests.claims.claim import (
    CANNOT_TELL,
    CONTRADICTED,
    SUPPORTED,
    Alternative,
    SupportingStatistic,
    Verdict,
)
from fedcycle.backtests.claims.data import PER_YEAR, Evidence, Frequency, Returns
from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.backtests.core.format import p_equals
from fedcycle.backtests.inference.bootstrap_interval import FEWEST, interval_of
from fedcycle.backtests.inference.measure import DIFFERENCE, RELATIVE_WEALTH, Measure
from fedcycle.backtests.inference.small_sample import small_sample_summary
from fedcycle.data.calendar import add_months
from fedcycle.data.typing import Bool, Day, Float64

LEVEL = 0.05
"""The probability of a false verdict that each test allows on its side."""
LEVEL_WITH_FEWER = 0.10
"""The same where some of a few cycles are left out, singly or by a start: fewer cycles can reach less."""
STARTS = ("1990-01-01", "1998-01-01")
SPLITS = ("1980-01-01", "1994-01-01")
"""Where a long history is divided: the first announcement of a turning point, and the first of a target."""
BLOCKS = (1, 6, 12, 24)
"""Months; beside the automatic block length."""
AFTER_FINAL_CUT = 12
"""Months after a final cut that leave the sample with its cycle."""
UNITS = {RELATIVE_WEALTH.name: "relative wealth", DIFFERENCE.name: "difference"}
"""Measure -> unit of a claim's number."""

BLOCK, START, FREQUENCY = "block length", "sample start", "frequency"
CYCLE, NULL, DATING, TEST, MEASURE = "cycle left out", "null hypothesis", "dating", "test", "measure"


def by_interval(found: Mapping[str, Any], *, good: int = 1) -> Verdict:
    """Return the verdict of an interval: supported where it lies on the good side of zero (1 above, -1 below)."""
    if found["low"] is None:
        return CANNOT_TELL
    low, high = sorted((good * found["low"], good * found["high"]))
    return SUPPORTED if low > 0 else CONTRADICTED if high < 0 else CANNOT_TELL


def by_few(found: Mapping[str, Any], level: float = LEVEL) -> Verdict:
    """Return the verdict of a handful of differences by the exact sign-flip test."""
    if found["p"] is not None and found["p"] <= level:
        return SUPPORTED
    return CONTRADICTED if found["p_below"] is not None and found["p_below"] <= level else CANNOT_TELL


def ends(found: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the ends of an interval, or None where there is none."""
    return None if found["low"] is None else (found["low"], found["high"])


@dataclass(frozen=True, kw_only=True)
class IntervalTest:
    """A claim on a statistic of returns, judged by whether its 95% interval lies on one side of zero.

    Parameters
    ----------
    sample : frequency -> the returns of complete periods
    statistic : (rows (..., n, k), periods a year) -> (...), the estimate
    good : 1 where above zero supports the claim, -1 where below does
    starts : further sample starts, with what they are
    """

    sample: Callable[[Frequency], Returns]
    statistic: Callable[[Float64, int], Float64]
    good: int = 1
    starts: Mapping[str, str] | None = None

    def run(self, rows: Float64, frequency: Frequency = "monthly", block: float | None = None) -> dict[str, Any]:
        """Return the estimate with its interval, as ``interval_of`` gives it."""
        return interval_of(lambda r: self.statistic(r, PER_YEAR[frequency]), rows, block=block)

    def alternatives(self, evidence: Evidence) -> tuple[Alternative, ...]:
        """Return the same test by other blocks, starts and frequencies, and without each cycle."""
        months = self.sample("monthly")
        rows, days = months.returns, months.ends
        out = [self._one(BLOCK, f"{b} month{'s' if b > 1 else ''}", rows, block=b) for b in BLOCKS]
        starts = {start: f"from {start[:7]}" for start in STARTS} | dict(self.starts or {})
        for start, name in starts.items():
            kept = days >= np.datetime64(start, "D")
            if kept.any() and not kept.all():
                out.append(self._one(START, name, rows[kept]))
        other: tuple[Frequency, ...] = ("weekly", "quarterly")
        out += [self._one(FREQUENCY, f, self.sample(f).returns, frequency=f) for f in other]
        for cycle in evidence.cycles:
            kept = ~_around(cycle, months)
            if not kept.all():
                out.append(self._one(CYCLE, f"without {str(cycle.first_cut)[:4]}", rows[kept]))
        return tuple(out)

    def parts(self, unit: str) -> tuple[SupportingStatistic, ...]:
        """Return the estimate in parts of the history: before and from 1980 and 1994 on."""
        months, found = self.sample("monthly"), []
        for split in SPLITS:
            late = months.ends >= np.datetime64(split, "D")
            for words, kept in ((f"before {split[:4]}", ~late), (f"from {split[:4]} on", late)):
                if kept.all() or not kept.any():
                    continue
                told = self.run(months.returns[kept])
                note = f"n = {told['n']} months"
                found.append(SupportingStatistic(f"months {words}", told["estimate"], unit, note, ends(told)))
        return tuple(found)

    def _one(
        self, choice: str, value: str, rows: Float64, *, frequency: Frequency = "monthly", block: float | None = None
    ) -> Alternative:
        found = self.run(rows, frequency, block)
        if found["low"] is None:
            note = (
                f"cannot be computed: n = {found['n']}, fewer than {FEWEST}" if found["n"] < FEWEST else "no interval"
            )
            return Alternative(choice=choice, value=value, verdict=None, estimate=found["estimate"], note=note)
        return Alternative(
            choice=choice,
            value=value,
            verdict=by_interval(found, good=self.good),
            estimate=found["estimate"],
            interval=ends(found),
            note=f"n = {found['n']}",
        )


def _around(cycle: Cycle, months: Returns) -> Bool:
    """Return which months lie between a cycle's first cut and 12 months after its final (or so far last) cut."""
    last = add_months(cycle.final_cut, AFTER_FINAL_CUT)
    return np.asarray((months.ends >= cycle.first_cut) & (months.ends <= last))


@dataclass(frozen=True, kw_only=True)
class FewEvents:
    """A handful of events, each with how one asset did against another in its window.

    Parameters
    ----------
    values : (n,) fraction
    names : (n,) what each event is called
    days : (n,) when each began
    averages : (n,) fraction, the average of the same over all windows as long as each event's
    measure : what the values are
    """

    values: Sequence[float]
    names: Sequence[str]
    days: Sequence[Day]
    averages: Sequence[float]
    measure: Measure = RELATIVE_WEALTH

    def summary(self) -> dict[str, Any]:
        """Return the exact tests of the values."""
        return small_sample_summary(self.values, self.names, averages=self.averages, measure=self.measure)

    def alternatives(self, *, otherwise: FewEvents, recounted: FewEvents | None = None) -> tuple[Alternative, ...]:
        """Return the same test with one choice changed at a time.

        Against the average window, in another measure (``otherwise``), by another count of cycles (``recounted``), by
        later starts and without each event.
        """
        return tuple(self._alternatives(otherwise, recounted)) if len(self.values) else ()

    def _alternatives(self, otherwise: FewEvents, recounted: FewEvents | None) -> Iterator[Alternative]:
        against = self.summary()["against_average"]
        yield _few(NULL, "average of all windows", against, estimate=against["mean"])
        told = _few(MEASURE, otherwise.measure.name, otherwise.summary())
        yield replace(told, unit=UNITS[otherwise.measure.name])
        if recounted is not None and list(recounted.values) != list(self.values):
            yield _few(DATING, "2019 and 2020 counted otherwise", recounted.summary())
        for start in STARTS:
            kept = [k for k, day in enumerate(self.days) if day >= np.datetime64(start, "D")]
            if len(kept) < len(self.values):
                yield _few(START, f"from {start[:7]}", self._only(kept).summary(), level=LEVEL_WITH_FEWER)
        for k, name in enumerate(self.names):
            others = [j for j in range(len(self.names)) if j != k]
            yield _few(CYCLE, f"without {name}", self._only(others).summary(), level=LEVEL_WITH_FEWER)

    def _only(self, kept: Sequence[int]) -> FewEvents:
        return FewEvents(
            values=[self.values[k] for k in kept],
            names=[self.names[k] for k in kept],
            days=[self.days[k] for k in kept],
            averages=[self.averages[k] for k in kept],
            measure=self.measure,
        )


def _few(
    choice: str, value: str, told: Mapping[str, Any], *, level: float = LEVEL, estimate: float | None = None
) -> Alternative:
    if told["p"] is None:
        return Alternative(choice=choice, value=value, verdict=None, note="cannot be computed: no window left")
    mean = told["mean"] if estimate is None else estimate
    note = f"exact sign-flip {p_equals(told['p'])}" + (f", n = {told['n']}" if "n" in told else "")
    return Alternative(choice=choice, value=value, verdict=by_few(told, level), estimate=mean, note=note)
