"""Growth: all accounts on one scale, and how far each is ahead of the benchmark."""

from __future__ import annotations

from typing import Any

import numpy as np

from fedcycle.backtests.core.format import money_sign, money_words, percent, sentence, signed_percent
from fedcycle.backtests.tearsheet import charts
from fedcycle.backtests.tearsheet.comparison import lines
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.typing import Float64

TITLE = "Growth"


def section(inputs: ComparisonInputs) -> Section:
    """Return the growth of a dollar in each run."""
    first, sign = inputs.sessions[0], money_sign(inputs.runs[0].currency)
    html = lines.over_time(
        inputs,
        "growth",
        f"Growth of {sign}1 from {first} in each run and in {inputs.benchmark}; below, relative wealth less 1, percent",
        traces=_traces(inputs),
        axes={
            "y": charts.axis(money_words(inputs.runs[0].currency), domain=[0.4, 1], prefix="$" if sign == "$" else ""),
            "y2": charts.axis("relative", domain=[0, 0.33], suffix="%", zero_line=True, ticks=6),
        },
        height=560,
        log=all(bool((inputs.growth(run) > 0).all()) for run in inputs.runs),
        note=f"All are measured from {first}, the latest first fill of any.",
    )
    return Section(TITLE, _finding(inputs), html)


def _finding(inputs: ComparisonInputs) -> str:
    ends = [(float(inputs.growth(run)[-1]), run) for run in inputs.runs]
    most, least = max(ends, key=lambda pair: pair[0]), min(ends, key=lambda pair: pair[0])
    grew = float(inputs.benchmark_growth()[-1])
    sign = money_sign(inputs.runs[0].currency)
    said = f"{sign}1 became {sign}{most[0]:,.2f} in {inputs.label(most[1])}, {sign}{grew:,.2f} in {inputs.benchmark}"
    if most[1] is not least[1]:
        said += f" and {sign}{least[0]:,.2f} in {inputs.label(least[1])}"
        ratio = float(most[0] / least[0] - 1.0) if least[0] > 0 else None
        said += f", {percent(ratio, 0)} between most and least" if ratio is not None else ""
    return sentence(said)


def _traces(inputs: ComparisonInputs) -> list[charts.Figure]:
    rows, other = inputs.drawn, inputs.benchmark_growth()
    hover = f"{money_sign(inputs.runs[0].currency)}{{:,.2f}}"
    held: dict[str, Any] = {"colour": "--benchmark", "dash": "dash", "width": 1.4, "level": True}
    traces = [charts.line(inputs.benchmark, other[rows], hover=hover, **held)]
    for run in inputs.runs:
        growth = inputs.growth(run)
        relative = growth / other - 1.0
        name, look = inputs.label(run), dict[str, Any](inputs.look(run))
        traces.append(charts.line(name, growth[rows], level=True, hover=hover, group=run.id, **look))
        end = f"{name}: {signed_percent(float(relative[-1]))}"
        below: dict[str, Any] = {"panel": "y2", "group": run.id, "listed": False, "width": 1.2}
        traces.append(charts.line(end, 100 * relative[rows], hover="{:+.1f}%", **look, **below))
    return traces


def relative(inputs: ComparisonInputs) -> Float64:
    """Return daily active returns, each run's less its own benchmark's, (K, T - 1) fraction; 0 from a lost account."""
    levels = np.array([inputs.growth(run) for run in inputs.runs])
    others = np.array([inputs.benchmark_growth(run) for run in inputs.runs])
    before = levels[:, :-1]
    own = np.divide(levels[:, 1:], before, out=np.ones_like(before), where=before > 0)
    return np.asarray(own - others[:, 1:] / others[:, :-1])
