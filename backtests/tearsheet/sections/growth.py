"""Growth: the account and its benchmark, and how far one is ahead of the other."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.core.format import money, money_words, percent, sentence, signed_percent
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts, cycle_shading, stills
from fedcycle.backtests.tearsheet.markup import chart
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.manifest import DOLLARS
from fedcycle.data.market import Market

TITLE = "Growth"
PLACE = 20


def section(run: Run, market: Market) -> Section:
    """Return the growth of the run against its benchmark."""
    caption = f"Value of the account and of {run.benchmark}, {money_words(run.currency)}; below, relative wealth less "
    caption += "1, percent"
    log = bool((run.ledger.value > 0).all())
    figure = _figure(run, market)
    dated = cycle_shading.NOTE if cycle_shading.shaded_periods(run, market) else ""
    html = chart(
        "growth",
        caption,
        figure=figure,
        stamps=run.stamps,
        height=470,
        key=cycle_shading.key(run, market),
        zooms=cycle_shading.zooms(run, market),
        log=log,
        note=" ".join(filter(None, (cycle_shading.cash_before(run), dated))),
        still=stills.still(figure, sessions=run.ledger.sessions, log=log),
    )
    return Section(TITLE, _finding(run), html)


def _finding(run: Run) -> str:
    value, other = run.ledger.value, run.benchmark_value
    if len(value) < 2:
        worth = money(value[0], run.currency)
        return f"The run has one session, {run.ledger.sessions[0]}, so nothing has grown yet: {worth}."
    lead = value[-1] / other[-1] - 1.0
    ahead = float((value[1:] > other[1:]).mean())
    what = "level with" if abs(lead) < 5e-4 else f"{percent(abs(lead))} {'more' if lead > 0 else 'less'} than"
    start, end, theirs = (money(each, run.currency) for each in (value[0], value[-1], other[-1]))
    grew = f"{start} became {end}, {what} the {theirs} of {run.benchmark}"
    return sentence(f"{grew}; the account was worth more at {percent(ahead, 0)} of the closes")


def _figure(run: Run, market: Market) -> charts.Figure:
    value, other = run.ledger.value, run.benchmark_value
    lead = value / other - 1.0
    dollars = run.currency == DOLLARS
    furthest = int(np.abs(lead).argmax())
    traces = [
        charts.line(run.benchmark, other, level=True, colour="--benchmark", dash="dash", width=1.6),
        charts.line(run.name, value, level=True, colour="--own", width=2),
        charts.line(
            f"relative wealth against {run.benchmark}, less 1 (furthest: {signed_percent(lead[furthest])})",
            100 * lead,
            colour="--lead",
            width=1.2,
            panel="y2",
            fill="zero",
            fill_colour="--lead-fill",
            hover="{:+.1f}%",
        ),
    ]
    traces[0]["hover"] = traces[1]["hover"] = ("$" if dollars else "") + "{:,.0f}"
    axes = {
        "y": charts.axis(money_words(run.currency), domain=[0.34, 1], prefix="$" if dollars else "", short=True),
        "y2": charts.axis("relative", domain=[0, 0.26], suffix="%", zero_line=True, ticks=5),
    }
    bands, labels = cycle_shading.bands(run, market), cycle_shading.labels(run, market)
    return charts.over_time(traces, axes=axes, bands=bands, labels=labels)
