"""The page of a comparison: its sections in order, in one HTML file."""

from __future__ import annotations

from typing import Protocol

from fedcycle.backtests.core.format import count, listing
from fedcycle.backtests.tearsheet.comparison import (
    config_diff,
    cycles,
    drawdowns,
    growth,
    joint_tests,
    phases,
    questions,
    ranking,
    reach,
    rolling,
    significance,
    weights,
    years,
)
from fedcycle.backtests.tearsheet.comparison.inputs import FEW, ComparisonInputs
from fedcycle.backtests.tearsheet.page import document
from fedcycle.backtests.tearsheet.section import RenderedSection, Section, anchor, render_section
from fedcycle.backtests.tearsheet.warnings import warning


class Part(Protocol):
    """A section of a comparison: its title, and the function that writes it."""

    TITLE: str

    def section(self, field: ComparisonInputs) -> Section | None:
        """Return the section, or None where it does not apply."""


ORDER: tuple[Part, ...] = (
    ranking,
    growth,
    drawdowns,
    years,
    rolling,
    phases,
    cycles,
    weights,
    joint_tests,
    significance,
    config_diff,
    questions,
    reach,
)
"""The sections of a comparison, in page order."""


def render(field: ComparisonInputs) -> str:
    """Return the page of a comparison: one HTML file, the same bytes for the same runs."""
    places = [place for part in ORDER if (place := _written(part, field)) is not None]
    days, many = field.runs[0].ledger.sessions, count(len(field.runs), "run")
    names = listing(field.labels)
    span = f"{days[0]} to {days[-1]}, against {field.benchmark}{_other_benchmarks(field)}"
    told = warning([stamp for run in field.runs for stamp in run.stamps])
    asked = names if len(field.runs) <= FEW else f"{many.capitalize()}, each with its question at the end"
    return document(
        title=f"{field.title or f'{many} compared'} · fedcycle",
        description=f"Comparison of {names}, {span}",
        kicker=f"fedcycle comparison · {span}",
        heading=field.title or f"{many.capitalize()} compared",
        question=asked + (f". Of those with a stamp: {told}" if told else ""),
        stamps=(),
        places=places,
        sessions=field.sessions[field.drawn],
        begin=days[0],
    )


def _other_benchmarks(field: ComparisonInputs) -> str:
    """Return which runs have a benchmark of their own, in brackets; nothing where all share one."""
    own = [f"{field.label(run)} against {run.benchmark}" for run in field.runs if run.benchmark != field.benchmark]
    return f" ({'; '.join(own)})" if own else ""


def _written(part: Part, field: ComparisonInputs) -> RenderedSection | None:
    return render_section(anchor(part), part.TITLE, make=lambda: part.section(field), page="the comparison")
