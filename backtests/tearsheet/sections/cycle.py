"""Small against large over the Fed's cycle: their relative growth, the policy rate and the 10-year yield."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis.holdings import values_at
from fedcycle.backtests.core.fed_cycles import Cycle, event_windows
from fedcycle.backtests.core.format import (
    DASH,
    count,
    day,
    listing,
    many_of,
    plain,
    sentence,
    signed_percent,
)
from fedcycle.backtests.inference.measure import RELATIVE_WEALTH
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.statistics.active import relative_to
from fedcycle.backtests.tearsheet import charts, cycle_shading, stills
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.errors import UnknownName, join_names
from fedcycle.data.market import Market
from fedcycle.data.typing import Float64

TITLE = "Small minus large over the rate cycle"
PLACE = 100
SMALL, LARGE = "small", "large"
WINDOWS = {"12m": "12 months after final cut", "to_hike": "final cut to next hike"}
SINCE = "since the run's first fill"


def section(run: Run, market: Market) -> Section:
    """Return how small stocks did against large ones while the Fed cut, waited and raised."""
    spread = _spread(run, market)
    leads = [(cycle, _leads(market, cycle)) for cycle in cycle_shading.cycles(run, market)]
    figure = _figure(run, market, spread)
    html = chart(
        "cycle",
        _caption(market),
        figure=figure,
        stamps=run.stamps,
        height=480,
        key=cycle_shading.key(run, market),
        zooms=cycle_shading.zooms(run, market),
        note=cycle_shading.NOTE if leads else "",
        still=stills.still(figure, sessions=run.ledger.sessions, log=False),
    )
    return Section(TITLE, _finding(spread, leads), html + _table(run, leads))


def _caption(market: Market) -> str:
    rates = [("target_upper", "the Fed's target (upper bound)"), ("DGS10", "the 10-year yield")]
    below = listing([label for name, label in rates if name in market.series])
    lead = f"Relative wealth of {SMALL} against {LARGE} {SINCE}, less 1, percent"
    return lead if below == listing([]) else f"{lead}; below, {below}, percent per year"


def _spread(run: Run, market: Market) -> Float64:
    """Return the lead of small over large since the run's first fill, (T,) fraction; NaN where one has no price."""
    missing = [asset for asset in (SMALL, LARGE) if market.role(asset) not in market.assets]
    if missing:
        raise UnknownName(f"market {market.name} has no asset {missing[0]!r}; it has {join_names(market.assets)}")
    rows = np.searchsorted(market.sessions, run.ledger.sessions)
    ratio = (
        market.marks[rows, market.column(market.role(SMALL))] / market.marks[rows, market.column(market.role(LARGE))]
    )
    there = np.flatnonzero(np.isfinite(ratio))
    return np.asarray(ratio / (ratio[there[0]] if there.size else np.nan) - 1.0)


def _leads(market: Market, cycle: Cycle) -> dict[str, float | None]:
    """Return small's relative wealth against large in each window of a cycle; None where the window is not complete."""
    one, other = market.role(SMALL), market.role(LARGE)
    found = event_windows(market, cycle, (one, other))
    leads: dict[str, float | None] = {}
    for name in WINDOWS:
        returns = found[name] or {}
        small, large = returns.get(one), returns.get(other)
        leads[name] = relative_to(small, large)
    return leads


def _finding(spread: Float64, leads: list[tuple[Cycle, dict[str, float | None]]]) -> str:
    known = spread[np.isfinite(spread)]
    if len(known) < 2:
        return sentence(f"{SMALL} and {LARGE} have fewer than two closes together in this run, so neither leads")
    end = float(known[-1])
    led = f"{SMALL} ended {signed_percent(end)} against {LARGE} {SINCE}"
    done = [lead for _, windows in leads if (lead := windows["12m"]) is not None]
    if not leads:
        return sentence(f"{led}; the period touches no easing cycle")
    if not done:
        return sentence(f"{led}; of {count(len(leads), 'easing cycle')} none has a complete 12-month window yet")
    won = sum(lead > 0 for lead in done)
    after = f"in the 12 months after a final cut it led in {many_of(won)} of {count(len(done), 'complete window')}"
    return sentence(f"{led}; {after} (relative wealth {signed_percent(RELATIVE_WEALTH.average(done))} on average)")


def _figure(run: Run, market: Market, spread: Float64) -> charts.Figure:
    above = charts.line(
        f"{SMALL} over {LARGE}",
        100 * spread,
        colour="--spread",
        fill="zero",
        fill_colour="--spread-fill",
        hover="{:+.1f}%",
    )
    below = _rates(run, market)
    axes = {"y": charts.axis(f"{SMALL} over {LARGE}", domain=[0.44 if below else 0, 1], suffix="%", zero_line=True)}
    if below:
        axes["y2"] = charts.axis("percent a year", domain=[0, 0.36], suffix="%", from_zero=True, ticks=6)
    bands, labels = cycle_shading.bands(run, market), cycle_shading.labels(run, market)
    return charts.over_time([above, *below], axes=axes, bands=bands, labels=labels)


def _rates(run: Run, market: Market) -> list[charts.Figure]:
    """Return the policy rate and the 10-year yield as lines of the lower panel, as far as the market has them."""
    sessions, traces = run.ledger.sessions, []
    target = values_at(market, "target_upper", sessions=sessions, known=True)
    ten_year = values_at(market, "DGS10", sessions=sessions, known=False)
    look: dict[str, Any] = {"panel": "y2", "hover": "{:.2f}%"}
    if target is not None:
        traces.append(charts.line("Fed target, upper bound", target, colour="--policy", step=True, **look))
    if ten_year is not None:
        traces.append(charts.line("10-year Treasury yield", ten_year, colour="--yield", dash="dot", width=1.4, **look))
    return traces


def _table(run: Run, leads: list[tuple[Cycle, dict[str, float | None]]]) -> Markup:
    if not leads:
        return Markup()
    columns = [
        Column("First cut", "text"),
        Column("Final cut"),
        Column("Next hike"),
        Column("Cuts, bp"),
        Column("Recession"),
        *(Column(f"{label}, %", "signed") for label in WINDOWS.values()),
    ]
    rows = [_row(cycle, windows) for cycle, windows in leads]
    rows.append(["average", "", "", "", "", *_averages(leads)])
    return table(
        f"Relative wealth of {SMALL} against {LARGE} around each final cut, from all of the market's data",
        columns,
        rows=rows,
        stamps=run.stamps,
        note="Relative wealth is the growth of one over that of the other, less 1; averages are geometric. An open "
        "window has no figure. So few windows show what happened, not what is likely.",
    )


def _row(cycle: Cycle, windows: dict[str, float | None]) -> list[str]:
    return [
        day(cycle.first_cut),
        "not known yet" if cycle.open else day(cycle.final_cut),
        "not yet" if cycle.open else day(cycle.next_hike),
        f"−{plain(cycle.cut_bp, 0)}",
        "yes" if cycle.recession else "no",
        *(_cell(cycle, name, windows[name]) for name in WINDOWS),
    ]


def _cell(cycle: Cycle, name: str, lead: float | None) -> str:
    if lead is None:
        return DASH if name == "to_hike" and cycle.next_hike is None and not cycle.open else "open"
    return signed_percent(lead)


def _averages(leads: list[tuple[Cycle, dict[str, float | None]]]) -> list[str]:
    cells = []
    for name in WINDOWS:
        done = [lead for _, windows in leads if (lead := windows[name]) is not None]
        average = signed_percent(RELATIVE_WEALTH.average(done)) if done else ""
        cells.append(f"{average} (n = {len(done)})" if done else "n = 0")
    return cells
