"""Drawdowns: how far each account stood below its highest value so far, and its maximum drawdown with its dates."""

from __future__ import annotations

from typing import Any

import numpy as np

from fedcycle.backtests.analysis.holdings import drawdown, worst_drawdowns
from fedcycle.backtests.core.format import DASH, percent, sentence
from fedcycle.backtests.tearsheet import charts
from fedcycle.backtests.tearsheet.comparison import lines
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.typing import Float64

TITLE = "Drawdowns"


def section(inputs: ComparisonInputs) -> Section:
    """Return the drawdowns of all."""
    rows = inputs.drawn
    accounts = [(inputs.benchmark, inputs.benchmark_growth(), {"colour": "--benchmark", "dash": "dash"})]
    accounts += [(inputs.label(run), inputs.growth(run), inputs.look(run)) for run in inputs.runs]
    traces = [
        charts.line(name, 100 * drawdown(value)[rows], width=1.2, hover="{:.1f}%", **dict[str, Any](look))
        for name, value, look in accounts
    ]
    html = lines.over_time(
        inputs,
        "drawdowns",
        "Distance below the highest close so far, percent",
        traces=traces,
        axes={"y": charts.axis("drawdown", suffix="%", from_zero=True)},
        height=360,
    )
    columns = [Column("Run", "text"), Column("Maximum drawdown"), Column("Peak"), Column("Bottom"), Column("Recovered")]
    cells = [_row(inputs, name, value) for name, value, _ in accounts]
    html += table("Maximum drawdowns from daily closes, the benchmark first", columns, rows=cells, stamps=())
    return Section(TITLE, _finding(accounts), html)


def _row(inputs: ComparisonInputs, name: str, value: Float64) -> list[str]:
    falls, days = worst_drawdowns(value, 1), inputs.sessions
    if not falls:
        return [name, "none", DASH, DASH, DASH]
    fall = falls[0]
    back = "not yet" if fall.recovered is None else str(days[fall.recovered])
    return [name, percent(fall.depth), str(days[fall.peak]), str(days[fall.bottom]), back]


def _finding(accounts: list[tuple[str, Float64, dict[str, str]]]) -> str:
    depths = [(float(np.min(drawdown(value))), name) for name, value, _ in accounts]
    (theirs, benchmark), own = depths[0], depths[1:]
    deepest, mildest = min(own), max(own)
    said = f"Maximum drawdowns go from {percent(mildest[0])} ({mildest[1]}) to {percent(deepest[0])} ({deepest[1]})"
    if len(own) == 1:
        said = f"The maximum drawdown of {deepest[1]} is {percent(deepest[0])}"
    return sentence(f"{said}; that of {benchmark} is {percent(theirs)}")
