"""Rolling active return: each run's return over a year of sessions less its benchmark's."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.core.format import counted, percent, sentence
from fedcycle.backtests.statistics.frequency import frequency_of
from fedcycle.backtests.tearsheet import charts
from fedcycle.backtests.tearsheet.comparison import lines
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.backtests.tearsheet.sections.rolling import lead_over_window

TITLE = "Rolling active return"


def section(inputs: ComparisonInputs) -> Section:
    """Return the active return of each run over the sessions before each close."""
    n = len(inputs.sessions)
    window = frequency_of(inputs.sessions).per_year
    if n <= window:
        short = f"The runs share {counted(n, 'session')}; a window of {window} returns needs {window + 1}"
        return Section(TITLE, sentence(short), Markup())
    traces, shares = [], {}
    for run in inputs.runs:
        active = lead_over_window(inputs.growth(run), inputs.benchmark_growth(run), window)
        known = active[np.isfinite(active)]
        shares[inputs.label(run)] = float((known > 0).mean()) if known.size else 0.0
        look = dict[str, Any](inputs.look(run))
        drawn = 100 * active[inputs.drawn]
        traces.append(charts.line(inputs.label(run), drawn, width=1.3, hover="{:+.1f} pp", **look))
    html = lines.over_time(
        inputs,
        "rolling",
        f"Return over the {window} sessions before each close less the benchmark's, pp",
        traces=traces,
        axes={"y": charts.axis("active, pp", zero_line=True, ticks=7)},
        height=360,
        benchmark=False,
        note="Neighbouring windows share almost all of their sessions, so a long stretch ahead is one fact, not many.",
    )
    most = max(shares, key=lambda name: shares[name])
    said = f"{most} was ahead over {window} sessions at the largest share of closes, {percent(shares[most], 0)}"
    return Section(TITLE, sentence(said, inputs.labels), html)
