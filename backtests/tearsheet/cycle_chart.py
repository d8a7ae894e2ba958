"""The sessions around one easing cycle, and the chart of what happened in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fedcycle.backtests.analysis.holdings import values_at
from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts, cycle_shading
from fedcycle.backtests.tearsheet.held_areas import areas
from fedcycle.data.market import Market
from fedcycle.data.typing import Bool, Day, Days, Float64

BEFORE, AFTER = 250, 500
"""Sessions shown before the first cut and after the final one."""
SMALL, LARGE = "small", "large"
CALENDAR, HELD = "around", "held"


@dataclass(frozen=True, eq=False)
class CycleWindow:
    """The sessions shown around one cycle.

    Parameters
    ----------
    cycle : Cycle
    days : (S,) sessions of the market
    base : place in ``days`` of the first close that knows the first cut, from which relative wealth is measured
    final : place of the first close that knows the final cut; None where the sessions end before
    """

    cycle: Cycle
    days: Days
    base: int
    final: int | None


def cycle_window(run: Run, market: Market, cycle: Cycle) -> CycleWindow | None:
    """Return the sessions around a cycle, none after the run's last; None where the run ends before its first cut."""
    sessions, last = market.sessions, run.ledger.sessions[-1]
    base = int(np.searchsorted(sessions, cycle.first_cut))
    final = int(np.searchsorted(sessions, cycle.final_cut))
    end = min(final + AFTER, int(np.searchsorted(sessions, last)))
    start = max(base - BEFORE, 0)
    if base >= end:
        return None
    return CycleWindow(cycle, sessions[start : end + 1], base - start, final - start if final <= end else None)


def years_of(span: CycleWindow) -> str:
    """Return the years of a cycle's cuts: ``2001–03``, ``1998``."""
    first, last = str(span.cycle.first_cut)[:4], str(span.cycle.final_cut)[:4]
    return first if first == last else f"{first}–{last[2:]}"


def small_over_large(market: Market, span: CycleWindow) -> Float64 | None:
    """Return small's relative wealth against large since the first cut, (S,) fraction; None where one is missing."""
    if not {market.role(SMALL), market.role(LARGE)} <= set(market.assets):
        return None
    rows = np.searchsorted(market.sessions, span.days)
    ratio = (
        market.marks[rows, market.column(market.role(SMALL))] / market.marks[rows, market.column(market.role(LARGE))]
    )
    return np.asarray(ratio / ratio[span.base] - 1.0)


def figure(
    run: Run,
    market: Market,
    *,
    span: CycleWindow,
    held: tuple[tuple[str, ...], Float64],
    numbered: list[tuple[int, Day]],
) -> charts.Figure:
    """Return leads, rates and weights around a cycle, its milestones numbered; it keeps its span when others zoom."""
    inside = np.isin(run.ledger.sessions, span.days)
    days = run.ledger.sessions[inside]
    traces = [*_leads(run, market, span, inside=inside), *_rates(market, span)]
    traces += _held(market, held, inside=inside)
    is_long = run.ledger.financing is None
    axes = {
        "y": charts.axis("relative wealth", domain=[0.6, 1], suffix="%", zero_line=True, ticks=7),
        "y2": charts.axis("percent a year", domain=[0.28, 0.53], suffix="%", from_zero=True, ticks=5),
        "y3": charts.axis(
            "share",
            domain=[0, 0.21],
            suffix="%",
            ticks=3,
            **({"range": [0, 100]} if is_long else {"zeroline": True}),
        ),
    }
    calendars = {CALENDAR: charts.calendar(span.days)}
    if len(days):
        calendars[HELD] = charts.calendar(days)
    bands = [cycle_shading.mark(day) for _, day in numbered] + cycle_shading.recession_bands(
        market, (span.days[0], span.days[-1])
    )
    figure = charts.over_time(traces, axes=axes, bands=bands, labels=_numbers(numbered), calendars=calendars)
    return {**figure, "own_span": True}


def _leads(run: Run, market: Market, span: CycleWindow, *, inside: Bool) -> list[charts.Figure]:
    traces = []
    spread = small_over_large(market, span)
    if spread is not None:
        traces.append(
            charts.line(
                f"{SMALL} over {LARGE}",
                100 * spread,
                colour="--spread",
                x=CALENDAR,
                fill="zero",
                fill_colour="--spread-fill",
                hover="{:+.1f}%",
            )
        )
    own, other = run.ledger.value[inside], run.benchmark_value[inside]
    if len(own) > 1 and own[0] > 0:
        at = int(np.searchsorted(run.ledger.sessions[inside], span.days[span.base]))
        at = at if at < len(own) and own[at] > 0 else 0
        lead = (own / own[at]) / (other / other[at]) - 1.0
        traces.append(
            charts.line(
                f"account over {run.benchmark}",
                100 * lead,
                colour="--own",
                dash="dash",
                x=HELD,
                hover="{:+.1f}%",
            )
        )
    return traces


def _rates(market: Market, span: CycleWindow) -> list[charts.Figure]:
    target = values_at(market, "target_upper", sessions=span.days, known=True)
    ten_year = values_at(market, "DGS10", sessions=span.days, known=False)
    traces = []
    if target is not None:
        traces.append(
            charts.line(
                "Fed target, upper bound",
                target,
                colour="--policy",
                step=True,
                x=CALENDAR,
                panel="y2",
                hover="{:.2f}%",
            )
        )
    if ten_year is not None:
        traces.append(
            charts.line(
                "10-year Treasury yield",
                ten_year,
                colour="--yield",
                dash="dot",
                width=1.5,
                x=CALENDAR,
                panel="y2",
                hover="{:.2f}%",
            )
        )
    return traces


def _held(market: Market, held: tuple[tuple[str, ...], Float64], *, inside: Bool) -> list[charts.Figure]:
    names, weights = held[0], held[1][inside]
    if not len(weights):
        return []
    look: Any = {"width": 0.5, "x": HELD, "panel": "y3", "hover": "{:.0f}%"}
    return areas(names, weights, market, patterns=("", "/", ".", "x", "-", "|"), **look)


def _numbers(numbered: list[tuple[int, Day]]) -> list[charts.Figure]:
    return [{"x": str(day), "text": str(number), "bold": True} for number, day in numbered]
