"""Weights: what the account held over time, and its latest decisions."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis.attribution import CASH
from fedcycle.backtests.analysis.holdings import weights_at_close
from fedcycle.backtests.analysis.measured_run import bought_at
from fedcycle.backtests.core.format import counted, figure, listing, percent, plain, sentence
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts, cycle_shading
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market
from fedcycle.data.typing import Float64, Int64

TITLE = "Weights and decisions"
SHOWN = 10
DUST = 1e-4
"""A weight that never reaches a basis point is rounding or loose change and gets no area of its own."""
SAID = 5e-4
"""An average weight that would read 0.0% is not worth a sentence."""
PATTERNS = ("", "/", ".", "\\", "-", "x", "|", "+")
"""So that neighbouring areas differ by more than colour."""
CALENDAR = "weights"


def section(run: Run, market: Market) -> Section:
    """Return what the account held at each close, as a share of its value."""
    names, weights = weights_at_close(run, market)
    rows = _telling(run)
    html = chart(
        "weights",
        "Share of the account's value in each asset, percent",
        figure=_figure(run, market, names=names, weights=weights[rows], rows=rows),
        stamps=run.stamps,
        height=340,
        key=cycle_shading.key(run, market)[:2],
        zooms=cycle_shading.zooms(run, market),
        note="Drawn at each fill, at the close before it and at each month's end.",
    )
    return Section(TITLE, _finding(run, names, weights), html + _decisions(run))


def _telling(run: Run) -> Int64:
    """Return the sessions that show all there is to see: first, last, each fill and the close before it, month ends."""
    sessions = run.ledger.sessions
    month_ends = np.flatnonzero(np.diff(sessions.astype("datetime64[M]").astype(np.int64)))
    fills = run.ledger.held_from
    first = bought_at(sessions)
    ends = np.array([first, len(sessions) - 1])
    return np.unique(np.concatenate([ends, fills - 1, fills, month_ends]).clip(first)).astype(np.int64)


def _figure(run: Run, market: Market, *, names: tuple[str, ...], weights: Float64, rows: Int64) -> charts.Figure:
    traces = []
    shown = [j for j, name in enumerate(names) if weights[:, j].max() > DUST]
    for place, j in enumerate(shown):
        name = names[j]
        colour = "--cash" if name == CASH else f"--asset-{market.column(name) % 10}"
        area = charts.line(name, 100 * weights[:, j], colour=colour, width=0.6, x=CALENDAR, hovertemplate="%{y:.1f}%")
        pattern = {"shape": PATTERNS[place % len(PATTERNS)], "size": 7, "solidity": 0.12, "fgcolor": "--pattern"}
        traces.append(area | {"stackgroup": "held", "fillcolor": colour, "fillpattern": pattern | {"bgcolor": colour}})
    axes = {"yaxis": charts.axis("share of value", ticksuffix="%", range=[0, 100], fixedrange=True)}
    bands, labels = (
        cycle_shading.ribbon(run, market),
        [{**label, "y": 1.045} for label in cycle_shading.labels(run, market)],
    )
    calendars = {CALENDAR: charts.calendar(run.ledger.sessions[rows])}
    return charts.over_time(traces, axes=axes, bands=bands, labels=labels, calendars=calendars)


def _finding(run: Run, names: tuple[str, ...], weights: Float64) -> str:
    average = weights[bought_at(run.ledger.sessions) :].mean(axis=0)
    held = [j for j in np.argsort(-average, kind="stable").tolist() if average[j] >= SAID]
    shares = listing([f"{percent(float(average[j]))} {names[j]}" for j in held])
    turnover = figure(run.summary, "statistics", "turnover_per_year")
    traded = "" if turnover is None else f" and turned over {plain(turnover)} times its value a year"
    changed, decisions = int(_changes(run).sum()), len(run.ledger.decided_on)
    decided = f"{changed:,} of {counted(decisions, 'decision')} set new targets"
    return sentence(f"On average the account held {shares}{traded}; {decided}")


def _changes(run: Run) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which decisions asked for other weights than the one before; the first one always does."""
    targets = run.ledger.targets
    before = np.vstack([np.full((1, targets.shape[1]), np.nan), targets[:-1]])
    changed = (np.abs(targets - before) > DUST).any(axis=1)
    changed[:1] = True
    return np.asarray(changed)


def _decisions(run: Run) -> Markup:
    ledger = run.ledger
    changed = np.flatnonzero(_changes(run))
    latest = changed[-SHOWN:][::-1]
    if not latest.size:
        return Markup()
    columns = [Column("Decided at the close of", "text"), Column("From", "text"), Column("To", "text")]
    rows = [
        [str(ledger.decided_on[i]), _mix(run, ledger.targets[i - 1]) if i else "", _mix(run, ledger.targets[i])]
        for i in latest.tolist()
    ]
    caption = f"Target weights: the latest {len(latest)} of {len(changed):,} changes, newest first"
    return table(caption, columns, rows=rows, stamps=run.stamps)


def _mix(run: Run, targets: Float64) -> str:
    """Return target weights in words, largest first: ``80% large and 20% mid``."""
    rest = max(0.0, 1.0 - float(targets.sum()))
    parts = [*zip(run.ledger.assets, targets.tolist(), strict=True), (CASH, rest)]
    weights = sorted(parts, key=lambda part: -part[1])
    return listing([f"{percent(w, 1 if round(1000 * w) % 10 else 0)} {name}" for name, w in weights if w > DUST])
