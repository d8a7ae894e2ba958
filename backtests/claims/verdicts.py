"""Rules of verdicts in words, and the supporting evidence that several claims share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fedcycle.backtests.analysis.cycle_datings import whole
from fedcycle.backtests.analysis.event_study import EventStudy
from fedcycle.backtests.claims.claim import Alternative, SupportingStatistic
from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.claims.sensitivity import DATING, LEVEL, FewEvents
from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.backtests.core.format import p_equals, p_value, signed_percent
from fedcycle.backtests.inference.bootstrap_interval import Statistic, interval_of
from fedcycle.backtests.inference.exact import permutation_test
from fedcycle.backtests.inference.measure import RELATIVE_WEALTH, Measure
from fedcycle.backtests.inference.placebo import placebo_cycles
from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.sample import Whole
from fedcycle.data.typing import Float64

__all__ = ["BY_FEW", "BY_INTERVAL", "LEVEL", "SENSITIVITY"]

MONTHS_PER_YEAR = 12
WEALTH = "relative wealth"
"""The unit of what is said of a window: the growth of one asset over that of another, less 1."""

SENSITIVITY = "cannot tell where a reasonable alternative does not confirm that (docs/inference.md)"
BY_INTERVAL = (
    "supported where the whole 95% interval lies {good} zero; contradicted where it lies wholly {bad}; cannot tell "
    "where it "
    "holds zero, and " + SENSITIVITY
)
BY_DATING = (
    " Where the data can be dated in several ways, the announced instrument decides; the verdict says what the others "
    "give."
)
BY_FEW = (
    "supported where the exact one-sided sign-flip test of a mean above zero has p <= 0.05; contradicted where the "
    "test of a "
    "mean below zero has; cannot tell otherwise, always under five complete windows, where no p can be so small, and "
    + SENSITIVITY
    + "."
    + BY_DATING
)


def supporting(
    label: str, statistic: Statistic, rows: Float64, *, unit: str = "fraction", note: str = ""
) -> SupportingStatistic:
    """Return a number with its interval as supporting evidence."""
    found = interval_of(statistic, rows)
    ends = None if found["low"] is None else (found["low"], found["high"])
    return SupportingStatistic(label, found["estimate"], unit, note or f"n = {found['n']} months", ends)


def mean_per_year(rows: Float64, per_year: int = MONTHS_PER_YEAR) -> Float64:
    """Return the mean a year of rows (..., n, k), (...): of the first column, less the second if there is one."""
    gap = rows[..., 0] - rows[..., 1] if rows.shape[-1] > 1 else rows[..., 0]
    return np.asarray(per_year * gap.mean(axis=-1))


def sharpe_gap(rows: Float64, per_year: int = MONTHS_PER_YEAR) -> Float64:
    """Return the yearly Sharpe ratio of the first column of rows (..., n, 3) less that of the second, (...).

    Both are in excess of the third, bills.
    """
    both = Whole({"r": np.stack([rows[..., 0], rows[..., 1]]), "f": rows[..., 2]}, per_year=per_year)
    with np.errstate(divide="ignore", invalid="ignore"):  # under a rounding error of a spread there is no ratio
        ratio = kernel.reward(both, kernel.excess)
    return np.asarray(ratio[0] - ratio[1])


def placebo(evidence: Evidence, window: str, pair: tuple[str, str]) -> tuple[SupportingStatistic, ...]:
    """Return the value added by the dates of a window over shifted dates, with all cycles and without each."""
    prices = [evidence.prices(asset) for asset in pair]
    there = np.flatnonzero(~np.isnan(prices[0] * prices[1]))
    sessions = evidence.sessions[there]
    spans, names = [], []
    for cycle, measured in zip(evidence.cycles, evidence.events.measured, strict=True):
        found = measured[window]
        if found.compared(pair) is not None:
            start, end = np.searchsorted(sessions, np.array([found.window.start, found.window.end], "datetime64[D]"))
            spans.append((int(start), int(end)))
            names.append(str(cycle.first_cut)[:4])
    levels = prices[0][there], prices[1][there]
    told = placebo_cycles(*levels, windows=spans)
    note = f"{told['text']}; placements that fit without overlapping: {told['separate']}"
    rows = [
        SupportingStatistic("value added over shifted dates", told["value_added"], WEALTH, note),
        SupportingStatistic("placebo p-value", told["p"], "chance"),
    ]
    if len(spans) > 1:
        without = [placebo_cycles(*levels, windows=[*spans[:k], *spans[k + 1 :]])["p"] for k in range(len(spans))]
        k = int(np.argmax(without))
        note = f"without {names[k]}; the smallest is {p_value(min(without))}"
        rows.append(SupportingStatistic("largest placebo p-value with one cycle left out", without[k], "chance", note))
    return tuple(rows)


def by_recession(found: Sequence[tuple[Cycle, float]]) -> tuple[SupportingStatistic, ...]:
    """Return the average with and without a recession in the cycle, and the exact test that they are one."""
    groups = split_by_recession(found)
    rows = tuple(
        SupportingStatistic(
            f"average of cycles {'with' if flag else 'without'} a recession",
            RELATIVE_WEALTH.average(group) if group else None,
            WEALTH,
            f"n = {len(group)}",
        )
        for flag, group in groups.items()
    )
    test = permutation_test(groups[True], groups[False], measure=RELATIVE_WEALTH)
    label = "with against without a recession, exact permutation p-value"
    return (*rows, SupportingStatistic(label, test["p"], "chance", test["text"]))


def split_by_recession(found: Sequence[tuple[Cycle, float]]) -> dict[bool, list[float]]:
    """Return the values of cycles with (True) and without (False) a recession."""
    return {flag: [x for cycle, x in found if cycle.recession is flag] for flag in (True, False)}


def each_cycle(evidence: Evidence, window: str, pair: tuple[str, str]) -> tuple[SupportingStatistic, ...]:
    """Return every cycle's relative wealth, and why a cycle has none."""
    rows = []
    for cycle, measured in zip(evidence.cycles, evidence.events.measured, strict=True):
        found = measured[window]
        note = found.note or f"{found.window.start} to {found.window.end}, {'' if cycle.recession else 'no '}recession"
        label = f"cycle of {cycle.first_cut} to {'(open)' if cycle.open else cycle.final_cut}"
        rows.append(SupportingStatistic(label, found.compared(pair), WEALTH, note))
    return tuple(rows)


def few_cycles(events: EventStudy, window: str, pair: tuple[str, str], measure: Measure = RELATIVE_WEALTH) -> FewEvents:
    """Return one asset against another in an event study's complete windows."""
    found = events.compared(window, pair, measure)
    return FewEvents(
        values=[x for _, x in found],
        names=[str(c.first_cut)[:4] for c, _ in found],
        days=[c.first_cut for c, _ in found],
        averages=events.averages(window, pair, measure),
        measure=measure,
    )


def few_rows(
    evidence: Evidence, window: str, pair: tuple[str, str], told: dict[str, Any]
) -> tuple[SupportingStatistic, ...]:
    """Return the supporting evidence of a claim on windows after events."""
    against = told["against_average"] or {"average": None, "mean": None, "p": None}
    effect = told["detectable"]["effect"]
    return (
        *each_cycle(evidence, window, pair),
        SupportingStatistic("average of all windows as long", against["average"], WEALTH, _above(against)),
        SupportingStatistic("minimum detectable effect at 80% power", effect, WEALTH, f"n = {told['n']}"),
        SupportingStatistic("minimum attainable p-value", told["smallest_p"], "chance", f"n = {told['n']}"),
        SupportingStatistic("exact sign test p-value", told["sign_p"], "chance"),
        *by_recession(evidence.events.compared(window, pair)),
        *placebo(evidence, window, pair),
    )


def other_datings(datings: Sequence[Mapping[str, Any]]) -> tuple[Alternative, ...]:
    """Return what the other ways to date easings give, as alternatives that are shown and do not decide."""
    rows = []
    for each in datings:
        told = whole(each)
        if each["primary"]:
            continue
        if told is None or not told["n"]:
            note = each["problem"] or "no window is complete"
            rows.append(Alternative(choice=DATING, value=each["dating"], verdict=None, note=note, decides=False))
            continue
        rows.append(
            Alternative(
                choice=DATING,
                value=each["dating"],
                verdict=told["verdict"],
                estimate=told["mean"],
                note=f"{_tests(told)}; shown beside, does not decide",
                decides=False,
            )
        )
    return tuple(rows)


def _tests(told: Mapping[str, Any]) -> str:
    return (
        f"exact sign-flip {p_equals(told['p'])} against zero; {signed_percent(told['above'])} over the average of all "
        f"windows, {p_equals(told['p_above'])}; n = {told['n']}"
    )


def _above(against: dict[str, Any]) -> str:
    if against["mean"] is None:
        return ""
    return f"mean over it {signed_percent(against['mean'])}, exact sign-flip p {p_value(against['p'])}"
