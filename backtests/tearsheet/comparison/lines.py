"""Charts of a comparison over time: one line a run, a key of their own where a legend would not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from fedcycle.backtests.tearsheet import charts, cycle_shading, stills
from fedcycle.backtests.tearsheet.comparison.inputs import FEW, ComparisonInputs
from fedcycle.backtests.tearsheet.markup import DASHES, chart, fragment


def over_time(
    inputs: ComparisonInputs,
    name: str,
    caption: str,
    *,
    traces: Sequence[charts.Figure],
    axes: Mapping[str, charts.Figure],
    height: int,
    log: bool | None = None,
    note: str = "",
    benchmark: bool = True,
) -> Markup:
    """Return a chart over the drawn sessions, with cycles shaded, as a picture too, and with a key of many runs."""
    first, market = inputs.runs[0], inputs.market
    bands, labels = cycle_shading.bands(first, market), cycle_shading.labels(first, market)
    figure = charts.over_time(traces, axes=axes, bands=bands, labels=labels)
    many = len(inputs.runs) > FEW
    html = chart(
        name,
        caption,
        figure=figure,
        stamps=(),
        height=height,
        key=cycle_shading.key(first, market),
        zooms=cycle_shading.zooms(first, market),
        log=log,
        note=" ".join(filter(None, (note, inputs.drawn_note))),
        still=stills.still(figure, sessions=inputs.sessions[inputs.drawn], log=bool(log)),
        named=not many,
    )
    return (_key(inputs, benchmark=benchmark) if many else Markup()) + html


def _key(inputs: ComparisonInputs, *, benchmark: bool) -> Markup:
    """Return the name and the line of each run, and of the benchmark where it is drawn."""
    names = [{"text": inputs.benchmark, "colour": "--benchmark", "dash": "dash"}] if benchmark else []
    names += [{"text": inputs.label(run), **inputs.look(run)} for run in inputs.runs]
    return fragment("names.html", names=names, dashes=DASHES)
