"""One asset against another after each easing, as relative wealth: by each way to date easings, in parts of history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fedcycle.backtests.analysis.event_study import OTHER_DATINGS, Dating, EventStudy, Measured, named
from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.backtests.inference.small_sample import small_sample_summary
from fedcycle.data.typing import Day

ALL = "all cycles"
YEAR_2020 = (np.datetime64("2020-01-01"), np.datetime64("2020-12-31"))
FIRST, LAST = np.datetime64("1800-01-01"), np.datetime64("2200-01-01")
LEVEL = 0.05
PAIR = ("small", "large")


@dataclass(frozen=True)
class Part:
    """Some of a history's cycles.

    Parameters
    ----------
    name : what a page calls it
    holds : whether a cycle belongs to it
    begin, end : days between which the windows begin whose average is the null hypothesis; ``end`` is not among them
    """

    name: str
    holds: Callable[[Cycle], bool]
    begin: Day = FIRST
    end: Day = LAST


def _split(day: str) -> Iterator[Part]:
    at = np.datetime64(day)
    yield Part(f"final cut before {day[:4]}", lambda c: bool(c.final_cut < at), end=at)
    yield Part(f"final cut from {day[:4]} on", lambda c: bool(c.final_cut >= at), begin=at)


PARTS: tuple[Part, ...] = (
    Part(ALL, lambda _: True),
    *_split("1980-01-01"),
    *_split("1994-01-01"),
    Part("with a recession", lambda c: c.recession),
    Part("without a recession", lambda c: not c.recession),
    Part("without the 2020 cycle", lambda c: not (c.first_cut <= YEAR_2020[1] and c.final_cut >= YEAR_2020[0])),
)
"""Parts shown beside the whole; the average of all windows is that of the same years, of the others of all years."""


@dataclass(frozen=True, kw_only=True)
class Tested:
    """The relative wealth in the windows of one part of the cycles.

    Parameters
    ----------
    part : name
    n, ahead : complete windows, and those in which the one led
    mean : fraction, or None without a window
    average : fraction, the average relative wealth over all windows as long
    above : fraction, the mean over that average, as ratios of wealth, less 1
    p, p_above : one-sided exact sign-flip p of a mean above zero, and above the average
    p_below, p_below_average : of a mean below
    """

    part: str
    n: int
    ahead: int
    mean: float | None
    average: float | None
    above: float | None
    p: float | None
    p_above: float | None
    p_below: float | None
    p_below_average: float | None

    @property
    def verdict(self) -> str:
        """Return ``supported`` or ``contradicted`` where both null hypotheses are rejected at 5% on that side."""
        if self.p is None or self.p_above is None:
            return "cannot tell"
        if max(self.p, self.p_above) <= LEVEL:
            return "supported"
        below = [p for p in (self.p_below, self.p_below_average) if p is not None]
        return "contradicted" if below and max(below) <= LEVEL else "cannot tell"


@dataclass(frozen=True, eq=False)
class DatedStudy:
    """The event study of one way of dating, or why there is none.

    Parameters
    ----------
    dating : Dating
    study : EventStudy, or None
    primary : whether it was named beforehand as the one that decides
    problem : why there is none, in a sentence; empty where there is one
    """

    dating: Dating
    study: EventStudy | None
    primary: bool
    problem: str = ""

    def tested(self, window: str, pair: tuple[str, str]) -> tuple[Tested, ...]:
        """Return the relative wealth in one kind of window, in every part; nothing where there is no study."""
        return (
            () if self.study is None else tuple(_tested(self.study, part, window=window, pair=pair) for part in PARTS)
        )


def dated_studies(study: EventStudy) -> tuple[DatedStudy, ...]:
    """Return a study, and the same by every other way of dating."""
    found = [DatedStudy(study.dating, study, primary=True)]
    for dating in OTHER_DATINGS:
        problem = dating.why_not(study.market)
        other = None if problem else EventStudy(study.market, "runs", study.as_of, dating)
        found.append(DatedStudy(dating, other, primary=False, problem=problem or ""))
    return tuple(found)


def _tested(study: EventStudy, part: Part, *, window: str, pair: tuple[str, str]) -> Tested:
    rows = [
        (cycle, measured[window], value)
        for cycle, measured in zip(study.cycles, study.measured, strict=True)
        if (value := measured[window].compared(pair)) is not None and part.holds(cycle)
    ]
    averages = [_average(study, measured, part, pair=pair) for _, measured, _ in rows]
    told = small_sample_summary([x for *_, x in rows], [str(c.first_cut)[:4] for c, *_ in rows], averages=averages)
    against = told["against_average"] or {"average": None, "mean": None, "p": None, "p_below": None}
    return Tested(
        part=part.name,
        n=told["n"],
        ahead=told["positive"],
        mean=told["mean"],
        average=against["average"],
        above=against["mean"],
        p=told["p"],
        p_above=against["p"],
        p_below=told["p_below"],
        p_below_average=against["p_below"],
    )


def _average(study: EventStudy, measured: Measured, part: Part, *, pair: tuple[str, str]) -> float:
    span = np.array([measured.window.start, measured.window.end], dtype="datetime64[D]")
    start, end = np.searchsorted(study.market.sessions, span)
    return study.average_window(pair, int(end - start), begin=part.begin, end=part.end)


def study_document(study: EventStudy) -> dict[str, Any]:
    """Return the JSON document of an event study, with small caps' 12 months by every way of dating in ``datings``."""
    return study.document | {"datings": document(study, "12m", PAIR)}


def document(study: EventStudy, window: str, pair: tuple[str, str]) -> list[dict[str, Any]]:
    """Return every way of dating as JSON can hold it: its cycles with their windows, and the tests of every part."""
    return [_dated(each, window, pair) for each in dated_studies(study)]


def _dated(each: DatedStudy, window: str, pair: tuple[str, str]) -> dict[str, Any]:
    study = each.study
    name = each.dating.name if study is None else each.dating.called(study.market)
    parts = [vars(t) | {"verdict": t.verdict} for t in each.tested(window, pair)]
    return {
        "dating": name,
        "short": each.dating.short,
        "primary": each.primary,
        "problem": each.problem or None,
        "window": window,
        "pair": list(pair),
        "cycles": [] if study is None else _cycles(study, window, named(pair)),
        "parts": parts,
    }


def _cycles(study: EventStudy, window: str, name: str) -> list[dict[str, Any]]:
    found = []
    for cycle, measured in zip(study.cycles, study.measured, strict=True):
        span = measured[window]
        found.append(
            {
                "first_cut": str(cycle.first_cut),
                "final_cut": str(cycle.final_cut),
                "next_hike": None if cycle.next_hike is None else str(cycle.next_hike),
                "open": cycle.open,
                "recession": cycle.recession,
                "cut_bp": cycle.cut_bp,
                "relative_wealth": span.relative_wealth[name],
                "note": span.note,
            }
        )
    return found


def whole(dated: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the tests over all cycles of one way of dating, from its JSON; None where there is none."""
    return next((part for part in dated["parts"] if part["part"] == ALL), None)
