"""Each easing cycle on a page of its own: small against large, policy rate, yield, weights, and what was known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.cycles import Cycle
from fedcycle.backtests.runs import Run
from fedcycle.backtests.tearsheet import charts, eras
from fedcycle.backtests.tearsheet.account import CASH, values_at, weights_at_close
from fedcycle.backtests.tearsheet.markup import Column, chart, fragment, table
from fedcycle.backtests.tearsheet.milestones import Milestone, first_close, milestones
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.backtests.tearsheet.wording import count, many_of, percent, points, sentence, signed_percent
from fedcycle.data.arrays import Day, Days, Float64
from fedcycle.data.market import Market

TITLE = "Each easing cycle"
BEFORE, AFTER = 250, 500
"""Sessions shown before the first cut and after the final one."""
SMALL, LARGE = "small", "large"
CALENDAR, HELD = "around", "held"


@dataclass(frozen=True, eq=False)
class Span:
    """The sessions shown around one cycle.

    Parameters
    ----------
    cycle : Cycle
    days : (S,) sessions of the market
    base : place in ``days`` of the first close that knows the first cut, from which leads are measured
    final : place of the first close that knows the final cut; None where the sessions end before
    """

    cycle: Cycle
    days: Days
    base: int
    final: int | None


def section(run: Run, market: Market) -> Section:
    """Return a page for each easing cycle that touches the run's period."""
    spans = [span for cycle in eras.cycles(run, market) if (span := _span(run, market, cycle)) is not None]
    if not spans:
        days = run.ledger.sessions
        return Section(TITLE, f"No easing cycle touches {days[0]} to {days[-1]} in this market.", Markup())
    held = weights_at_close(run, market)
    pages = [_page(run, market, span=span, held=held) for span in spans]
    return Section(TITLE, _finding(run, spans), Markup().join(pages))


def _span(run: Run, market: Market, cycle: Cycle) -> Span | None:
    sessions, last = market.sessions, run.ledger.sessions[-1]
    base = int(np.searchsorted(sessions, cycle.first_cut))
    final = int(np.searchsorted(sessions, cycle.final_cut))
    end = min(final + AFTER, int(np.searchsorted(sessions, last)))
    start = max(base - BEFORE, 0)
    if base >= end:
        return None
    return Span(cycle, sessions[start : end + 1], base - start, final - start if final <= end else None)


def _finding(run: Run, spans: list[Span]) -> str:
    leads = [(span, lead) for span in spans if (lead := _lead_over(run, span)) is not None]
    if not leads:
        return sentence(f"The run covers none of {count(len(spans), 'easing cycle')} from its first cut on")
    won = [span for span, lead in leads if lead > 5e-4]
    said = ", ".join(f"{_label(span)} {points(lead)}" for span, lead in leads)
    window = f"from the first cut to {AFTER} sessions after the final one, or as far as the run goes"
    return sentence(
        f"The run led {run.benchmark} in {many_of(len(won))} of {count(len(leads), 'easing cycle')} ({said}), {window}"
    )


def _label(span: Span) -> str:
    first, last = str(span.cycle.first_cut)[:4], str(span.cycle.final_cut)[:4]
    return first if first == last else f"{first}–{last[2:]}"


def _lead_over(run: Run, span: Span) -> float | None:
    """Return the run's return less its benchmark's from the first cut to the span's end; None outside the run."""
    days = run.ledger.sessions
    start, end = int(np.searchsorted(days, span.days[span.base])), int(np.searchsorted(days, span.days[-1]))
    if start >= len(days) or days[start] != span.days[span.base] or end >= len(days) or run.ledger.value[start] <= 0:
        return None
    own, other = (float(level[end] / level[start] - 1.0) for level in (run.ledger.value, run.benchmark_value))
    return own - other


def _page(run: Run, market: Market, *, span: Span, held: tuple[tuple[str, ...], Float64]) -> Markup:
    found = milestones(run, market, cycle=span.cycle, span=(span.days[0], span.days[-1]))
    numbered = _numbered(found)
    label = _label(span)
    drawn = chart(
        f"easing-{span.cycle.first_cut}",
        f"{label}: lead of {SMALL} over {LARGE} and of the account over {run.benchmark} since the first cut, percent; "
        "the Fed's target and the 10-year yield, percent a year; share of value in each asset, percent",
        figure=_figure(run, market, span=span, held=held, numbered=numbered),
        stamps=run.stamps,
        height=620,
        key=[pair for pair in eras.KEY if pair[0] == "recession"],
    )
    heading = f"Cuts of {label}: {span.cycle.first_cut} to " + (
        "not known yet" if span.cycle.open else str(span.cycle.final_cut)
    )
    listed = _known(run, market, span=span, found=found, held=held)
    return fragment(
        "cycle.html", heading=heading, finding=_said(run, market, span), chart=drawn, table=listed, stamps=run.stamps
    )


def _said(run: Run, market: Market, span: Span) -> str:
    spread = _spread(market, span)
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
    parts.append("the run begins later" if lead is None else f"the run against {run.benchmark}: {points(lead)}")
    parts.append("with a recession" if span.cycle.recession else "without a recession")
    return sentence("; ".join(parts))


def _spread(market: Market, span: Span) -> Float64 | None:
    """Return the lead of small over large since the first cut, (S,) fraction; None where the market lacks one."""
    if not {SMALL, LARGE} <= set(market.assets):
        return None
    rows = np.searchsorted(market.sessions, span.days)
    ratio = market.prices[rows, market.column(SMALL)] / market.prices[rows, market.column(LARGE)]
    return np.asarray(ratio / ratio[span.base] - 1.0)


def _numbered(found: list[Milestone]) -> list[tuple[int, Day]]:
    """Return the number and session of each milestone that a chart marks, by its place in the table."""
    return [(place, m.known) for place, m in enumerate(found, start=1) if m.marked]


def _figure(
    run: Run, market: Market, *, span: Span, held: tuple[tuple[str, ...], Float64], numbered: list[tuple[int, Day]]
) -> charts.Figure:
    inside = np.isin(run.ledger.sessions, span.days)
    days = run.ledger.sessions[inside]
    traces = [*_leads(run, market, span, inside=inside), *_rates(market, span)]
    traces += _held(market, held, inside=inside)
    axes = {
        "yaxis": charts.axis("lead", domain=[0.6, 1], ticksuffix="%", zeroline=True, nticks=7),
        "yaxis2": charts.axis("percent a year", domain=[0.28, 0.53], ticksuffix="%", rangemode="tozero", nticks=5),
        "yaxis3": charts.axis("share", domain=[0, 0.21], ticksuffix="%", range=[0, 100], nticks=3),
    }
    calendars = {CALENDAR: charts.calendar(span.days)}
    if len(days):
        calendars[HELD] = charts.calendar(days)
    bands = [_line(day) for _, day in numbered] + eras.recession_bands(market, (span.days[0], span.days[-1]))
    figure = charts.over_time(
        traces, axes=axes, bands=bands, labels=_numbers(numbered), calendars=calendars, bottom="y3"
    )
    return {**figure, "own_span": True}


def _leads(
    run: Run, market: Market, span: Span, *, inside: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> list[charts.Figure]:
    traces = []
    spread = _spread(market, span)
    if spread is not None:
        traces.append(
            charts.line(
                f"{SMALL} over {LARGE}",
                100 * spread,
                colour="--spread",
                x=CALENDAR,
                fill="tozeroy",
                fillcolor="--spread-fill",
                hovertemplate="%{y:+.1f}%",
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
                hovertemplate="%{y:+.1f}%",
            )
        )
    return traces


def _rates(market: Market, span: Span) -> list[charts.Figure]:
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
                yaxis="y2",
                hovertemplate="%{y:.2f}%",
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
                yaxis="y2",
                hovertemplate="%{y:.2f}%",
            )
        )
    return traces


def _held(
    market: Market, held: tuple[tuple[str, ...], Float64], *, inside: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> list[charts.Figure]:
    names, weights = held[0], held[1][inside]
    if not len(weights):
        return []
    traces = []
    for place, j in enumerate(j for j in range(len(names)) if weights[:, j].max() > 1e-4):
        name = names[j]
        colour = "--cash" if name == CASH else f"--asset-{market.column(name) % 10}"
        area = charts.line(
            name, 100 * weights[:, j], colour=colour, width=0.5, x=HELD, yaxis="y3", hovertemplate="%{y:.0f}%"
        )
        pattern = {
            "shape": ("", "/", ".", "x", "-", "|")[place % 6],
            "size": 6,
            "solidity": 0.12,
            "fgcolor": "--pattern",
        }
        traces.append(area | {"stackgroup": "held", "fillcolor": colour, "fillpattern": {**pattern, "bgcolor": colour}})
    return traces


def _line(day: Day) -> charts.Figure:
    stroke = {"color": "--band-mark", "width": 1, "dash": "dot"}
    return {
        "type": "line",
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "x0": str(day),
        "x1": str(day),
        "line": stroke,
        "layer": "above",
    }


def _numbers(numbered: list[tuple[int, Day]]) -> list[charts.Figure]:
    look = {"yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False, "font": {"size": 10, "color": "--muted"}}
    return [{**look, "x": str(day), "text": f"<b>{number}</b>"} for number, day in numbered]


def _known(
    run: Run, market: Market, *, span: Span, found: list[Milestone], held: tuple[tuple[str, ...], Float64]
) -> Markup:
    columns = [
        Column("No.", "text"),
        Column("Known at the close of", "text day"),
        Column("About", "text day"),
        Column("What was known", "text"),
        Column("Account then held", "text"),
        Column(f"{SMALL} − {LARGE} to the end, points", "signed"),
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
        f"The last column is small's return less large's from that close to {span.days[-1]}: what was still to be had."
    )
    return table("What was known when", columns, rows=rows, stamps=run.stamps, note=note)


def _holding(run: Run, day: Day, *, held: tuple[tuple[str, ...], Float64]) -> str:
    at = int(np.searchsorted(run.ledger.sessions, day))
    if at >= len(run.ledger.sessions) or run.ledger.sessions[at] != day:
        return "not begun" if at == 0 else ""
    weights = held[1][at]
    largest = int(weights.argmax())
    return f"{percent(float(weights[largest]), 0)} {held[0][largest]}"


def _still_to_come(market: Market, day: Day, *, until: Day) -> str:
    if not {SMALL, LARGE} <= set(market.assets):
        return ""
    a, b = np.searchsorted(market.sessions, np.array([first_close(market.sessions, day), until]))
    if b <= a:
        return ""
    growth = market.prices[b] / market.prices[a]
    lead = float(growth[market.column(SMALL)] - growth[market.column(LARGE)])
    return points(lead).removesuffix(" points") if np.isfinite(lead) else ""
