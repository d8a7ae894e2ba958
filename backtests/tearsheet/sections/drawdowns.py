"""Drawdowns: how far the account stood below its highest value so far, and the five worst falls."""

from __future__ import annotations

from markupsafe import Markup

from fedcycle.backtests.analysis.holdings import Drawdown, drawdown, worst_drawdowns
from fedcycle.backtests.core.format import count, percent, sentence
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts, cycle_shading, stills
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market

TITLE = "Drawdowns"
PLACE = 60
SHOWN = 5


def section(run: Run, market: Market) -> Section:
    """Return the drawdowns of the run against those of its benchmark."""
    falls = worst_drawdowns(run.ledger.value, SHOWN)
    below, other = 100 * drawdown(run.ledger.value), 100 * drawdown(run.benchmark_value)
    traces = [
        charts.line(run.benchmark, other, colour="--benchmark", dash="dash", width=1.2, hover="{:.1f}%"),
        charts.line(run.name, below, colour="--own", width=1.4, hover="{:.1f}%"),
    ]
    traces[1] |= {"fill": "zero", "fill_colour": "--own-fill"}
    axes = {"y": charts.axis("in drawdown", suffix="%", from_zero=True)}
    figure = charts.over_time(
        traces, axes=axes, bands=cycle_shading.bands(run, market), labels=cycle_shading.labels(run, market)
    )
    html = chart(
        "drawdowns",
        f"Distance of the account and of {run.benchmark} below their highest close so far, percent",
        figure=figure,
        stamps=run.stamps,
        height=320,
        key=cycle_shading.key(run, market),
        zooms=cycle_shading.zooms(run, market),
        still=stills.still(figure, sessions=run.ledger.sessions, log=False),
    )
    return Section(TITLE, _finding(run, falls), html + _table(run, falls))


def _finding(run: Run, falls: list[Drawdown]) -> str:
    other = worst_drawdowns(run.benchmark_value, 1)
    theirs = f"{run.benchmark} lost {percent(-other[0].depth)} at worst" if other else f"{run.benchmark} never fell"
    if not falls:
        return sentence(f"The account never closed below an earlier close; {theirs}")
    fall, days = falls[0], run.ledger.sessions
    back = f"recovered on {days[fall.recovered]}" if fall.recovered is not None else "not recovered by the end"
    lost = f"The worst loss was {percent(-fall.depth)}, from {days[fall.peak]} to {days[fall.bottom]}, {back}"
    return sentence(f"{lost}; {theirs}")


def _table(run: Run, falls: list[Drawdown]) -> Markup:
    columns = [
        Column("Rank", "text"),
        Column("Loss, %"),
        Column(f"{run.benchmark}, peak to bottom, %"),
        Column("Peak"),
        Column("Bottom"),
        Column("Recovered"),
        Column("Days to bottom"),
        Column("Days in drawdown"),
    ]
    largest = "maximum drawdown" if len(falls) == 1 else count(len(falls), "largest drawdown")
    caption = f"The {largest}; days are calendar days"
    rows = [_row(run, rank, fall) for rank, fall in enumerate(falls, start=1)]
    return table(caption, columns, rows=rows, stamps=run.stamps) if falls else Markup()


def _row(run: Run, rank: int, fall: Drawdown) -> list[str]:
    days, other = run.ledger.sessions, run.benchmark_value
    until = days[-1] if fall.recovered is None else days[fall.recovered]
    length = int((until - days[fall.peak]).astype(int))
    return [
        str(rank),
        percent(fall.depth),
        percent(float(other[fall.bottom] / other[fall.peak] - 1.0)),
        str(days[fall.peak]),
        str(days[fall.bottom]),
        "not yet" if fall.recovered is None else str(until),
        f"{int((days[fall.bottom] - days[fall.peak]).astype(int)):,}",
        f"{length:,}" + ("+" if fall.recovered is None else ""),
    ]
