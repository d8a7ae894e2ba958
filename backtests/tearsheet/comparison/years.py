"""Calendar years: the active return of each run in each whole calendar year, under the benchmark's own return."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis.measured_run import bought_at
from fedcycle.backtests.core.format import count, sentence, signed
from fedcycle.backtests.statistics import calendar
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.definitions import Term
from fedcycle.backtests.tearsheet.markup import Cell, heat
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.typing import Bool, Float64
from fedcycle.strategies.schedule import month_end

TITLE = "Calendar years"
DEEPEST = 0.20
LEVEL = 5e-4
"""An active return under this would read 0.0 pp, and is none."""


def section(inputs: ComparisonInputs) -> Section:
    """Return the years of all."""
    ends = _month_ends(inputs)
    other = _yearly(inputs.benchmark_growth(), inputs, ends)
    years = [year for year, value in other.items() if value is not None]
    if not years:
        said = f"{count(len(inputs.sessions), 'session')} cover no whole calendar year"
        return Section(TITLE, sentence(said), Markup())
    rows = [(f"{inputs.benchmark}, return", [_plain(other[year]) for year in years])]
    ahead: dict[str, int] = {}
    for run in inputs.runs:
        own = _yearly(inputs.growth(run), inputs, ends)
        theirs = _yearly(inputs.benchmark_growth(run), inputs, ends)
        active = [_less(own[year], theirs[year]) for year in years]
        ahead[inputs.label(run)] = sum(x is not None and x >= LEVEL for x in active)
        rows.append((inputs.label(run), [_cell(x) for x in active]))
    html = heat(
        f"Return of {inputs.benchmark}, percent, and active return of each run, pp, in each whole calendar year",
        ["Run", *(Term(year[2:] if len(years) > 12 else year, f"In the calendar year {year}.") for year in years)],
        rows=rows,
        stamps=(),
        note=f"Years {years[0]} to {years[-1]}. Tints are deepest from {DEEPEST:.0%} on.",
    )
    best = max(ahead, key=lambda name: ahead[name])
    said = f"{best} was ahead of its benchmark in most whole calendar years: {ahead[best]} of {len(years)}"
    return Section(TITLE, sentence(said, inputs.labels), html)


def _month_ends(inputs: ComparisonInputs) -> Bool:
    sessions, market = inputs.sessions, inputs.market
    ends = month_end(market.sessions, market.sessions[:0])[np.searchsorted(market.sessions, sessions)].copy()
    if bought_at(sessions):
        ends[0] = False
    return np.asarray(ends)


def _yearly(value: Float64, inputs: ComparisonInputs, ends: Bool) -> dict[str, float | None]:
    found = calendar(value, value, sessions=inputs.sessions, month_ends=ends)
    return {year: entry["year"] for year, entry in found.items()}


def _less(own: float | None, other: float | None) -> float | None:
    return None if own is None or other is None else own - other


def _plain(value: float | None) -> Cell:
    return Cell("" if value is None else signed(100 * value, 1))


def _cell(value: float | None) -> Cell:
    if value is None:
        return Cell("")
    return Cell(signed(100 * value, 1), 0.0 if abs(value) < LEVEL else value / DEEPEST)
