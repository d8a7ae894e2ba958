"""Each easing cycle on a page of its own: small against large, policy rate, yield, weights, and what was known."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis.cycle_timeline import Milestone, first_close, milestones
from fedcycle.backtests.analysis.holding_periods import mix
from fedcycle.backtests.analysis.holdings import weights_at_close
from fedcycle.backtests.core.format import count, many_of, percent, sentence, signed_percent
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.statistics.active import relative_to
from fedcycle.backtests.tearsheet import cycle_chart, cycle_shading
from fedcycle.backtests.tearsheet.cycle_chart import LARGE, SMALL
from fedcycle.backtests.tearsheet.held_areas import gathered
from fedcycle.backtests.tearsheet.markup import Column, chart, fragment, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market
from fedcycle.data.typing import Day, Float64

TITLE = "Each easing cycle"
PLACE = 110
NAMED = 5
"""Holdings with an area of their own in a cycle's chart."""
Held = tuple[tuple[str, ...], Float64]
"""Names, and (T, N) their weights at each close."""


def section(run: Run, market: Market) -> Section:
    """Return a page for each easing cycle that touches the run's period."""
    spans = [
        span
        for cycle in cycle_shading.cycles(run, market)
        if (span := cycle_chart.cycle_window(run, market, cycle)) is not None
    ]
    if not spans:
        days = run.ledger.sessions
        return Section(TITLE, f"No easing cycle touches {days[0]} to {days[-1]} in this market.", Markup())
    held = weights_at_close(run, market)
    drawn = gathered(*held, market, max_=NAMED)
    pages = [_page(run, market, span=span, held=held, drawn=drawn) for span in spans]
    return Section(TITLE, _finding(run, spans), Markup().join(pages))


def _finding(run: Run, spans: list[cycle_chart.CycleWindow]) -> str:
    leads = [(span, lead) for span in spans if (lead := _lead_over(run, span)) is not None]
    if not leads:
        return sentence(f"The run covers none of {count(len(spans), 'easing cycle')} from its first cut on")
    won = [span for span, lead in leads if lead > 5e-4]
    said = ", ".join(f"{cycle_chart.years_of(span)} {signed_percent(lead)}" for span, lead in leads)
    window = f"from the first cut to {cycle_chart.AFTER} sessions after the final one, or as far as the run goes"
    led = f"The run led {run.benchmark} in {many_of(len(won))} of {count(len(leads), 'easing cycle')}"
    return sentence(f"{led} (relative wealth {said}), {window}")


def _lead_over(run: Run, span: cycle_chart.CycleWindow) -> float | None:
    """Return the run's relative wealth from the first cut to the span's end, fraction; None outside the run."""
    days = run.ledger.sessions
    start, end = int(np.searchsorted(days, span.days[span.base])), int(np.searchsorted(days, span.days[-1]))
    if start >= len(days) or days[start] != span.days[span.base] or end >= len(days) or run.ledger.value[start] <= 0:
        return None
    return relative_to(*(float(level[end] / level[start] - 1.0) for level in (run.ledger.value, run.benchmark_value)))


def _page(run: Run, market: Market, *, span: cycle_chart.CycleWindow, held: Held, drawn: Held) -> Markup:
    found = milestones(run, market, cycle=span.cycle, span=(span.days[0], span.days[-1]))
    numbered = _numbered(found)
    label = cycle_chart.years_of(span)
    picture = chart(
        f"easing-{span.cycle.first_cut}",
        f"{label}: relative wealth of {SMALL} against {LARGE} and of the account against {run.benchmark} since the "
        "first cut, percent; the Fed's target and the 10-year yield, percent a year; share of value in each asset, "
        "percent",
        figure=cycle_chart.figure(run, market, span=span, held=drawn, numbered=numbered),
        stamps=run.stamps,
        height=620,
        key=[pair for pair in cycle_shading.KEY if pair[0] == "recession"],
    )
    heading = f"Cuts of {label}: {span.cycle.first_cut} to " + (
        "not known yet" if span.cycle.open else str(span.cycle.final_cut)
    )
    listed = _known(run, market, span=span, found=found, held=held)
    return fragment(
        "cycle.html", heading=heading, finding=_said(run, market, span), chart=picture, table=listed, stamps=run.stamps
    )


def _said(run: Run, market: Market, span: cycle_chart.CycleWindow) -> str:
    spread = cycle_chart.small_over_large(market, span)
    parts = []
    if spread is not None and np.isfinite(spread[-1]):
        until = span.final if span.final is not None else len(spread) - 1
        parts.append(
            f"{SMALL} against {LARGE}: {signed_percent(float(spread[until]))} by the final cut, "
            f"{signed_percent(float(spread[-1]))} by {span.days[-1]}"
        )
        if span.final is None:
            parts[-1] = f"{SMALL} against {LARGE}: {signed_percent(float(spread[-1]))} by {span.days[-1]}"
    lead = _lead_over(run, span)
    parts.append("the run begins later" if lead is None else f"the run against {run.benchmark}: {signed_percent(lead)}")
    parts.append("with a recession" if span.cycle.recession else "without a recession")
    return sentence("; ".join(parts))


def _numbered(found: list[Milestone]) -> list[tuple[int, Day]]:
    """Return the number and session of each milestone that a chart marks, by its place in the table."""
    return [(place, m.known) for place, m in enumerate(found, start=1) if m.marked]


def _known(
    run: Run,
    market: Market,
    *,
    span: cycle_chart.CycleWindow,
    found: list[Milestone],
    held: tuple[tuple[str, ...], Float64],
) -> Markup:
    columns = [
        Column("No.", "text"),
        Column("Known at the close of", "text day"),
        Column("About", "text day"),
        Column("What was known", "text"),
        Column("Account then held", "text"),
        Column(f"{SMALL} against {LARGE} to the end", "signed"),
    ]
    rows = [
        [
            str(place),
            str(m.known),
            m.happened,
            m.what,
            _holding(run, m.known, held=held),
            _still_to_come(market, m.known, until=span.days[-1]),
        ]
        for place, m in enumerate(found, start=1)
    ]
    note = (
        f"The last column is small's relative wealth against large from that close to {span.days[-1]}: what was "
        "still to be had."
    )
    return table("What was known when", columns, rows=rows, stamps=run.stamps, note=note)


def _holding(run: Run, day: Day, *, held: tuple[tuple[str, ...], Float64]) -> str:
    at = int(np.searchsorted(run.ledger.sessions, day))
    if at >= len(run.ledger.sessions) or run.ledger.sessions[at] != day:
        return "not begun" if at == 0 else ""
    weights = held[1][at]
    if run.ledger.financing is not None:
        return mix(held[0], weights)
    largest = int(weights.argmax())
    return f"{percent(float(weights[largest]), 0)} {held[0][largest]}"


def _still_to_come(market: Market, day: Day, *, until: Day) -> str:
    if not {market.role(SMALL), market.role(LARGE)} <= set(market.assets):
        return ""
    a, b = np.searchsorted(market.sessions, np.array([first_close(market.sessions, day), until]))
    if b <= a:
        return ""
    growth = market.prices[b] / market.prices[a]
    lead = float(growth[market.column(market.role(SMALL))] / growth[market.column(market.role(LARGE))] - 1.0)
    return signed_percent(lead) if np.isfinite(lead) else ""
