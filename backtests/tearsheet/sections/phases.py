"""By phase of the rate cycle, told in real time, and in and out of recessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.core.format import counted, figure, percent, plain, points, sentence, signed_percent, spoken
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market

TITLE = "By phase of the rate cycle"
PLACE = 90
MEANING = {
    "hiking": "raised less than six months ago",
    "plateau": "raised, then held for six months or more",
    "cutting": "cut less than six months ago",
    "easy": "cut, then held for six months or more",
}


def section(run: Run, market: Market) -> Section:  # noqa: ARG001 - every section is handed the market
    """Return how the run did in each phase."""
    phases = {
        str(name): entry for name, entry in _mapping(run.summary.get("by_phase")).items() if isinstance(entry, Mapping)
    }
    drawn = {name: entry for name, entry in phases.items() if figure(entry, "return_per_year") is not None}
    note = (
        "A session belongs to the phase told at the close before it; returns are compounded over a phase's sessions. "
        "Less than a year of sessions is not stretched to a year."
    )
    told = [
        (f"{spoken(name)}: {MEANING[name]}" if name in MEANING else spoken(name), entry)
        for name, entry in phases.items()
    ]
    html = _chart(run, drawn) if drawn else Markup()
    html += _table(run, told, caption="By phase of the rate cycle, told in real time", note=note)
    recessions = _mapping(run.summary.get("by_recession"))
    if recessions:
        rows = [(spoken(str(name)), entry) for name, entry in recessions.items()]
        dated = "Recession months are NBER's, dated with hindsight: from the month after the peak through the trough."
        html += _table(run, rows, caption="In and out of recessions", note=dated)
    return Section(TITLE, _finding(run, phases), html)


def _finding(run: Run, phases: Mapping[str, Mapping[str, Any]]) -> str:
    leads = {}
    for name, entry in phases.items():
        own, theirs = figure(entry, "return_per_year"), figure(entry, "benchmark_return_per_year")
        if own is not None and theirs is not None:
            leads[name] = own - theirs
    if not leads:
        n = len(run.ledger.sessions)
        return sentence(
            f"No phase lasted the year of sessions that a yearly return takes: the run has {counted(n, 'session')}"
        )
    said = []
    for name in sorted(leads, key=lambda one: -leads[one]):
        sessions = figure(phases[name], "sessions") or 0.0
        said.append(f"{name} {points(leads[name])} ({sessions:,.0f} sessions)")
    return sentence(f"Points a year against {run.benchmark}, by phase: {', '.join(said)}")


def _chart(run: Run, phases: Mapping[str, Mapping[str, Any]]) -> Markup:
    names = [spoken(name) for name in phases]
    own, other = (
        100 * np.array([figure(entry, key) or 0.0 for entry in phases.values()])
        for key in ("return_per_year", "benchmark_return_per_year")
    )
    look: dict[str, Any] = {"written": "{:.1f}%", "hover": "{:.1f}% a year"}
    data = [
        charts.bars(run.name, names, height=own, colour="--own", **look),
        charts.bars(run.benchmark, names, height=other, colour="--benchmark", hatched=True, **look),
    ]
    axes = {"y": charts.axis("return a year", suffix="%", zero_line=True, ticks=6)}
    return chart(
        "phases",
        f"Annualised return of {run.name} and of {run.benchmark} in each phase, percent",
        figure=charts.over_categories(data, axes=axes, gap=0.45),
        stamps=run.stamps,
        height=300,
    )


def _table(run: Run, rows: list[tuple[str, Any]], *, caption: str, note: str) -> Markup:
    columns = [
        Column("", "text"),
        Column("Sessions"),
        Column("Return"),
        Column(run.benchmark),
        Column("Relative wealth", "signed"),
        Column("Annualised return"),
        Column(f"{run.benchmark} a year"),
        Column("Volatility a year"),
        Column("Sharpe ratio"),
        Column("Maximum drawdown"),
    ]
    cells = [
        [
            name,
            plain(figure(entry, "sessions"), 0),
            percent(figure(entry, "total_return")),
            percent(figure(entry, "benchmark_return")),
            signed_percent(figure(entry, "relative_wealth")),
            percent(figure(entry, "return_per_year")),
            percent(figure(entry, "benchmark_return_per_year")),
            percent(figure(entry, "volatility")),
            plain(figure(entry, "sharpe")),
            percent(figure(entry, "max_drawdown")),
        ]
        for name, entry in rows
    ]
    return table(caption, columns, rows=cells, stamps=run.stamps, note=note)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
