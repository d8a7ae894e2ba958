"""Fed cycles and recessions as charts shade them: dated with hindsight, for the reader's eye only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fedcycle.backtests.core.fed_cycles import Cycle, How, easing_cycles
from fedcycle.backtests.core.format import counted
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet.charts import Figure
from fedcycle.data.market import Market
from fedcycle.data.typing import Day

KEY = (
    ("cuts", "rate cuts, first to final"),
    ("waiting", "final cut to next hike"),
    ("recession", "recession (NBER)"),
)
"""What the shading means, said under every chart that has it."""
CASH_KEY = ("before", "cash before the first fill, in no statistic")
NOTICED = 5
"""Sessions in cash before the first fill from which on charts shade them; fewer are only said."""
NOTE = "Cycles and recessions are dated with hindsight, for reading; a rule sees them only as they become known."


@dataclass(frozen=True)
class ShadedPeriod:
    """One easing cycle as a chart shows it, cut to the run's period.

    Parameters
    ----------
    first_cut, final_cut : days of announcement; the final cut of an open cycle is the last one so far
    over : the day the cycle ends: the next hike's announcement, the period's end while the cycle is open, the final cut
        where another easing cycle follows without a hike
    open : whether no later change has ended the cycle, so that its final cut may not be the final one
    """

    first_cut: Day
    final_cut: Day
    over: Day
    open: bool

    @property
    def label(self) -> str:
        """Return the years of the cuts: ``2001–03``, ``1998``."""
        first, last = str(self.first_cut)[:4], str(self.final_cut)[:4]
        return first if first == last else f"{first}–{last[2:]}"


def cycles(run: Run, market: Market) -> tuple[Cycle, ...]:
    """Return the easing cycles that touch the run's period, oldest first; none where the market cannot date them."""
    if not {"target_change", "nber_turning_point"} <= set(market.series):
        return ()
    how: How = "episodes" if run.config.get("cycles") == "episodes" else "runs"
    first, last = run.ledger.sessions[0], run.ledger.sessions[-1]
    return tuple(c for c in easing_cycles(market, how) if c.first_cut <= last and (c.open or _over(c) >= first))


def shaded_periods(run: Run, market: Market) -> tuple[ShadedPeriod, ...]:
    """Return the cycles as charts show them."""
    last = run.ledger.sessions[-1]
    return tuple(
        ShadedPeriod(c.first_cut, c.final_cut, last if c.open else _over(c), c.open) for c in cycles(run, market)
    )


def recessions(market: Market) -> list[tuple[Day, Day]]:
    """Return the first and last day of each recession: from the month after the peak through the trough's month."""
    points = market.series.get("nber_turning_point")
    if points is None:
        return []
    spans, begun = [], None
    order = np.argsort(points.observed_on, kind="stable")
    for value, month in zip(points.values[order], points.observed_on[order].astype("datetime64[M]"), strict=True):
        after = (month + np.timedelta64(1, "M")).astype("datetime64[D]")
        if value < 0:
            begun = after
        elif begun is not None:
            spans.append((begun, after - np.timedelta64(1, "D")))
            begun = None
    if begun is not None:
        spans.append((begun, market.sessions[-1]))
    return spans


def bands(run: Run, market: Market) -> list[Figure]:
    """Return the shading of cycles and recessions over a run's period, as charts draw it."""
    first, last = run.ledger.sessions[0], run.ledger.sessions[-1]
    shapes = [_cash_band(run)]
    for era in shaded_periods(run, market):
        shapes.append(_band(era.first_cut, era.final_cut, within=(first, last), colour="--band-cuts"))
        shapes.append(_band(era.final_cut, era.over, within=(first, last), colour="--band-waiting"))
        if first <= era.final_cut <= last and not era.open:
            shapes.append(mark(era.final_cut))
    return [shape for shape in shapes if shape is not None] + recession_bands(market, (first, last))


def recession_bands(market: Market, within: tuple[Day, Day]) -> list[Figure]:
    """Return recessions as a strip along a chart's foot, cut to a period."""
    shapes = [
        _band(start, stop, within=within, colour="--band-recession", at="foot") for start, stop in recessions(market)
    ]
    return [shape for shape in shapes if shape is not None]


def labels(run: Run, market: Market) -> list[Figure]:
    """Return the cycles' years, to stand above their bands on a wide chart."""
    first, last = run.ledger.sessions[0], run.ledger.sessions[-1]
    written = []
    for era in shaded_periods(run, market):
        start = max(era.first_cut, first)
        # A label that begins in the last tenth of the chart would be cut off at its edge.
        late = (last - start) < 0.1 * (last - first)
        side = {"x": str(last), "side": "right"} if late else {"x": str(start), "side": "left"}
        written.append({**side, "text": era.label, "wide": True})
    return written


def ribbon(run: Run, market: Market) -> list[Figure]:
    """Return the cycles as a ribbon above a chart, for one whose areas would hide shading."""
    return [{**band, "at": "head"} for band in bands(run, market) if band.get("at") != "foot"]


def zooms(run: Run, market: Market) -> list[dict[str, str]]:
    """Return the spans a reader can zoom to: each cycle from a year before its first cut to two after its final one."""
    year, (first, last) = np.timedelta64(365, "D"), (run.ledger.sessions[0], run.ledger.sessions[-1])
    spans = [
        (e.label, max(e.first_cut - year, first), min(e.final_cut + 2 * year, last))
        for e in shaded_periods(run, market)
    ]
    return [{"label": label, "start": str(start), "end": str(end)} for label, start, end in spans if start < end]


def key(run: Run, market: Market) -> Sequence[tuple[str, str]]:
    """Return what the shading means, empty where there is none."""
    dated = KEY if shaded_periods(run, market) or recession_bands(market, _ends(run)) else ()
    return dated if _cash_band(run) is None else (*dated, CASH_KEY)


def cash_before(run: Run) -> str:
    """Return the sessions in cash before the first fill in a sentence, dated; empty where there are none."""
    period = run.summary.get("period")
    told = period if isinstance(period, Mapping) else {}
    n = int(told.get("sessions_before_first_fill") or 0)
    if not n or told.get("first_fill") is None:
        return ""
    said = f"{counted(n, 'session')} in cash, from {told['start']}, came before the first fill on {told['first_fill']}"
    return f"{said}, and {'is' if n == 1 else 'are'} in no number here."


def _cash_band(run: Run) -> Figure | None:
    """Return the shading of the cash sessions before the first fill; None where there are too few to see."""
    period = run.summary.get("period")
    told = period if isinstance(period, Mapping) else {}
    if told.get("first_fill") is None or int(told.get("sessions_before_first_fill") or 0) < NOTICED:
        return None
    within = (np.datetime64(str(told["start"]), "D"), np.datetime64(str(told["first_fill"]), "D"))
    return _band(*within, within=within, colour="--band-before")


def _ends(run: Run) -> tuple[Day, Day]:
    return run.ledger.sessions[0], run.ledger.sessions[-1]


def mark(day: Day) -> Figure:
    """Return a dotted line at a day, over all panels."""
    return {"x0": str(day), "x1": str(day), "colour": "--band-mark", "mark": True}


def _band(start: Day, end: Day, *, within: tuple[Day, Day], **look: Any) -> Figure | None:
    """Return shading from day to day, over all panels or ``at`` their foot, cut to a period; None outside it."""
    start, end = max(start, within[0]), min(end, within[1])
    if start > end:
        return None
    return {"x0": str(start), "x1": str(end), **look}


def _over(cycle: Cycle) -> Day:
    """Return the day on which a cycle that is not open ended: the next hike, or its final cut before a new episode."""
    return cycle.final_cut if cycle.next_hike is None else cycle.next_hike
