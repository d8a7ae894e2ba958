"""Growth: all accounts on one scale, and how far each is ahead of the benchmark."""

from __future__ import annotations

from typing import Any

import numpy as np

from fedcycle.backtests.core.format import money_words, percent, sentence, signed_percent
from fedcycle.backtests.tearsheet import charts, cycle_shading
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.markup import chart
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.manifest import DOLLARS

TITLE = "Growth"


def section(field: ComparisonInputs) -> Section:
    """Return the growth of a dollar in each run."""
    first = field.runs[0]
    one = "$1" if first.currency == DOLLARS else f"1 {first.currency}"
    html = chart(
        "growth",
        f"Growth of {one} in each run and in {field.benchmark}; below, the lead over {field.benchmark}, percent",
        figure=_figure(field),
        stamps=(),
        height=560,
        key=cycle_shading.key(first, field.market),
        zooms=cycle_shading.zooms(first, field.market),
        log=all(bool((run.ledger.value > 0).all()) for run in field.runs),
        note=cycle_shading.NOTE if cycle_shading.key(first, field.market) else "",
    )
    return Section(TITLE, _finding(field), html)


def _finding(field: ComparisonInputs) -> str:
    ends = [(run.ledger.value[-1] / run.ledger.value[0], run) for run in field.runs]
    most, least = max(ends, key=lambda pair: pair[0]), min(ends, key=lambda pair: pair[0])
    other = field.runs[0].benchmark_value
    grew = float(other[-1] / other[0])
    unit = "$" if most[1].currency == DOLLARS else f"{most[1].currency} "
    said = f"{unit}1 became {unit}{most[0]:,.2f} in {field.label(most[1])}, {unit}{grew:,.2f} in {field.benchmark}"
    if most[1] is not least[1]:
        said += f" and {unit}{least[0]:,.2f} in {field.label(least[1])}"
        ratio = float(most[0] / least[0] - 1.0) if least[0] > 0 else None
        said += f", {percent(ratio, 0)} between most and least" if ratio is not None else ""
    return sentence(said)


def _figure(field: ComparisonInputs) -> charts.Figure:
    other = field.runs[0].benchmark_value
    held: dict[str, Any] = {"colour": "--benchmark", "dash": "dash", "width": 1.4, "level": True}
    dollars = field.runs[0].currency == DOLLARS
    hover = f"{'$' if dollars else ''}%{{y:,.2f}}"
    traces = [charts.line(field.benchmark, other / other[0], hovertemplate=hover, **held)]
    for run in field.runs:
        growth = run.ledger.value / run.ledger.value[0]
        lead = growth / (other / other[0]) - 1.0
        name, look = field.label(run), dict[str, Any](field.look(run))
        traces.append(charts.line(name, growth, level=True, hovertemplate=hover, legendgroup=run.id, **look))
        end = f"{name}: lead {signed_percent(float(lead[-1]))}"
        below: dict[str, Any] = {"yaxis": "y2", "legendgroup": run.id, "showlegend": False, "width": 1.2}
        traces.append(charts.line(end, 100 * lead, hovertemplate="%{y:+.1f}%", **look, **below))
    axes = {
        "yaxis": charts.axis(
            money_words(field.runs[0].currency), domain=[0.4, 1], tickformat="$,~r" if dollars else ",~r"
        ),
        "yaxis2": charts.axis(
            f"lead over {field.benchmark}", domain=[0, 0.33], ticksuffix="%", zeroline=True, nticks=6
        ),
    }
    first = field.runs[0]
    bands, labels = cycle_shading.bands(first, field.market), cycle_shading.labels(first, field.market)
    return charts.over_time(traces, axes=axes, bands=bands, labels=labels, bottom="y2")


def relative(field: ComparisonInputs) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return daily returns over the benchmark's, (K, T - 1) fraction; 0 from a lost account."""
    levels = np.array([run.ledger.value for run in field.runs])
    other = field.runs[0].benchmark_value
    before = levels[:, :-1]
    own = np.divide(levels[:, 1:], before, out=np.ones_like(before), where=before > 0)
    return np.asarray(own - other[1:] / other[:-1])
