"""The few ways a verdict is reached, each decided before any data are asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from fedcycle.backtests.analysis.event_study import named
from fedcycle.backtests.claims.claim import CANNOT_TELL, CONTRADICTED, SUPPORTED, SupportingStatistic, Verdict
from fedcycle.backtests.claims.data import MONTHS_PER_YEAR, Evidence
from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.backtests.inference.bootstrap_interval import interval_of
from fedcycle.backtests.inference.exact import permutation_test
from fedcycle.backtests.inference.placebo import placebo_cycles
from fedcycle.backtests.inference.small_sample import small_sample_summary
from fedcycle.data.typing import Float64

LEVEL = 0.05
"""The chance of a false alarm that each verdict allows itself on its side."""

ROUNDING = 1e-12

BY_INTERVAL = (
    "supported where the whole 95% interval lies {good} zero; contradicted where it lies wholly {bad}; cannot tell "
    "where "
    "it holds zero"
)
BY_FEW = (
    "supported where the exact one-sided sign-flip test of a mean above zero has p <= 0.05; contradicted where the "
    "test "
    "of a mean below zero has; cannot tell otherwise, and always under five complete windows, where no p can be so "
    "small"
)


def by_interval(found: Mapping[str, Any], *, good: int = 1) -> Verdict:
    """Return the verdict of an interval: supported where it lies on the good side of zero (1 above, -1 below)."""
    if found["low"] is None:
        return CANNOT_TELL
    low, high = sorted((good * found["low"], good * found["high"]))
    return SUPPORTED if low > 0 else CONTRADICTED if high < 0 else CANNOT_TELL


def by_few(found: Mapping[str, Any]) -> Verdict:
    """Return the verdict of a handful of differences by the exact sign-flip test."""
    if found["p"] is not None and found["p"] <= LEVEL:
        return SUPPORTED
    return CONTRADICTED if found["p_below"] is not None and found["p_below"] <= LEVEL else CANNOT_TELL


def ends(found: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the ends of an interval, or None where there is none."""
    return None if found["low"] is None else (found["low"], found["high"])


def supporting(
    label: str, statistic: Callable[[Float64], float], rows: Float64, *, unit: str = "fraction", note: str = ""
) -> SupportingStatistic:
    """Return a number with its interval, to be shown beside a verdict."""
    found = interval_of(statistic, rows)
    return SupportingStatistic(label, found["estimate"], unit, note or f"n = {found['n']} months", ends(found))


def mean_per_year(rows: Float64) -> float:
    """Return twelve times the mean of monthly differences: the first column less the second, if there is one."""
    gap = rows[:, 0] - rows[:, 1] if rows.shape[1] > 1 else rows[:, 0]
    return float(MONTHS_PER_YEAR * gap.mean())


def sharpe_gap(rows: Float64) -> float:
    """Return the yearly Sharpe ratio of the first column less that of the second, both less the third, bills."""
    e = rows[:, :2] - rows[:, 2:3]
    sd = e.std(axis=0, ddof=1)
    # Under a rounding error of a spread there is no ratio, not a huge one.
    ratio = np.where(sd > ROUNDING, e.mean(axis=0) / np.maximum(sd, ROUNDING), np.nan) * np.sqrt(MONTHS_PER_YEAR)
    return float(ratio[0] - ratio[1])


def placebo(evidence: Evidence, window: str, pair: tuple[str, str]) -> SupportingStatistic:
    """Return how shifted dates do: the same windows, their lengths and spacing kept, at every other place."""
    prices = [evidence.prices(asset) for asset in pair]
    there = np.flatnonzero(~np.isnan(prices[0] * prices[1]))
    sessions = evidence.sessions[there]
    spans = []
    for measured in evidence.events.measured:
        found = measured[window]
        if found.differences[named(pair)] is not None:
            start, end = np.searchsorted(sessions, np.array([found.window.start, found.window.end], "datetime64[D]"))
            spans.append((int(start), int(end)))
    said = placebo_cycles(prices[0][there], prices[1][there], windows=spans)
    note = f"{said['text']}; {said['separate']} such placements fit without overlapping"
    return SupportingStatistic("placebo cycles: share of shifted dates that do as well", said["p"], "chance", note)


def by_recession(found: Sequence[tuple[Cycle, float]]) -> tuple[SupportingStatistic, ...]:
    """Return the average with and without a recession in the cycle, and the exact test that they are one."""
    groups = {flag: [x for cycle, x in found if cycle.recession is flag] for flag in (True, False)}
    rows = tuple(
        SupportingStatistic(
            f"average of cycles {'with' if flag else 'without'} a recession",
            float(np.mean(group)) if group else None,
            "fraction",
            f"n = {len(group)}",
        )
        for flag, group in groups.items()
    )
    test = permutation_test(groups[True], groups[False])
    return (*rows, SupportingStatistic("with less without, exact permutation test", test["p"], "chance", test["text"]))


def each_cycle(evidence: Evidence, window: str, pair: tuple[str, str]) -> tuple[SupportingStatistic, ...]:
    """Return every cycle's difference, and why a cycle has none."""
    rows = []
    for cycle, measured in zip(evidence.cycles, evidence.events.measured, strict=True):
        found = measured[window]
        note = found.note or f"{found.window.start} to {found.window.end}, {'' if cycle.recession else 'no '}recession"
        label = f"cycle of {cycle.first_cut} to {'(open)' if cycle.open else cycle.final_cut}"
        rows.append(SupportingStatistic(label, found.differences[named(pair)], "fraction", note))
    return tuple(rows)


def few(
    evidence: Evidence, window: str, pair: tuple[str, str]
) -> tuple[dict[str, Any], tuple[SupportingStatistic, ...]]:
    """Return what a window's differences over the cycles tell, and all that is to be shown beside it."""
    found = evidence.events.differences(window, pair)
    told = small_sample_summary([x for _, x in found], [str(c.first_cut)[:4] for c, _ in found])
    other = [x for _, x in evidence.episodes.differences(window, pair)]
    shown = (
        *each_cycle(evidence, window, pair),
        SupportingStatistic("exact sign-flip test, one-sided", told["p"], "chance", told["text"]),
        SupportingStatistic("leaving out one cycle", told["leave_one_out"]["text"]),
        SupportingStatistic("what would be missed", told["detectable"]["text"]),
        *by_recession(found),
        placebo(evidence, window, pair),
        SupportingStatistic(
            "counting 2019 and 2020 as two cycles",
            float(np.mean(other)) if other else None,
            "fraction",
            f"n = {len(other)}; their windows overlap" if len(other) > len(found) else f"n = {len(other)}",
        ),
    )
    return told, shown
