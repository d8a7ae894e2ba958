"""By phase of the rate cycle: each run's active return a year in each phase, told in real time."""

from __future__ import annotations

from collections.abc import Mapping

from fedcycle.backtests.core.format import figure, pp, sentence, signed, spoken
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.definitions import Term
from fedcycle.backtests.tearsheet.headings import LESS
from fedcycle.backtests.tearsheet.markup import Cell, heat
from fedcycle.backtests.tearsheet.section import Section

TITLE = "By phase of the rate cycle"
DEEPEST = 0.05


def section(inputs: ComparisonInputs) -> Section | None:
    """Return the phases of all; None where no run was told any."""
    told = {run.id: _active(run) for run in inputs.runs}
    phases = list(dict.fromkeys(phase for entry in told.values() for phase in entry))
    if not phases:
        return None
    rows = [(inputs.label(run), [_cell(told[run.id].get(phase)) for phase in phases]) for run in inputs.runs]
    html = heat(
        "Active return of each run against its benchmark in each phase, pp a year",
        ["Run", *(Term(spoken(phase), f"{LESS} In the phase {phase}, per year.") for phase in phases)],
        rows=rows,
        stamps=(),
        note="A session belongs to the phase told at the close before it. From each run's own first fill on.",
    )
    found = [(x, phase, run) for run in inputs.runs for phase, x in told[run.id].items() if x is not None]
    if not found:
        return Section(TITLE, "No phase lasted the year of sessions that a yearly return takes: 0 figures.", html)
    best = max(found, key=lambda entry: entry[0])
    said = f"Largest active return of any phase: {inputs.label(best[2])} in {best[1]} phases, {pp(best[0])} a year"
    return Section(TITLE, sentence(said), html)


def _active(run: Run) -> dict[str, float | None]:
    phases = run.summary.get("by_phase")
    found: dict[str, float | None] = {}
    for phase, entry in (phases if isinstance(phases, Mapping) else {}).items():
        own, other = figure(entry, "return_per_year"), figure(entry, "benchmark_return_per_year")
        found[str(phase)] = None if own is None or other is None else own - other
    return found


def _cell(value: float | None) -> Cell:
    return Cell("") if value is None else Cell(signed(100 * value, 1), value / DEEPEST)
