"""The question of each run, and what it is measured against."""

from __future__ import annotations

from fedcycle.backtests.core.format import DASH, count, sentence
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.section import Section

TITLE = "The question of each"


def section(inputs: ComparisonInputs) -> Section:
    """Return the question, the benchmark and the id of each run."""
    rows = [[inputs.label(run), str(run.config.get("question") or DASH), run.benchmark, run.id] for run in inputs.runs]
    columns = [
        Column("Run", "text"),
        Column("Question", "text"),
        Column("Benchmark", "text"),
        Column("Stored as", "text"),
    ]
    asked = len({row[1] for row in rows} - {DASH})
    said = f"{count(len(rows), 'run')} answer {count(asked, 'question')}, against {len({r[2] for r in rows})} benchmark"
    said += "" if len({r[2] for r in rows}) == 1 else "s"
    html = table(
        "Questions as the configs ask them; fedcycle tearsheet ID writes a run's page", columns, rows=rows, stamps=()
    )
    return Section(TITLE, sentence(said), html)
