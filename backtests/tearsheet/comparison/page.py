"""The page of a comparison: its sections in order, in one HTML file."""

from __future__ import annotations

from typing import Protocol

from fedcycle.backtests.core.format import count, listing
from fedcycle.backtests.tearsheet.comparison import (
    config_diff,
    cycles,
    growth,
    joint_tests,
    ranking,
    reach,
    significance,
)
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.page import document
from fedcycle.backtests.tearsheet.section import RenderedSection, Section, anchor, render_section
from fedcycle.backtests.tearsheet.warnings import warning


class Part(Protocol):
    """A section of a comparison: its title, and the function that writes it."""

    TITLE: str

    def section(self, field: ComparisonInputs) -> Section | None:
        """Return the section, or None where it does not apply."""


ORDER: tuple[Part, ...] = (ranking, growth, cycles, significance, joint_tests, config_diff, reach)
"""The sections of a comparison, in page order."""


def render(field: ComparisonInputs) -> str:
    """Return the page of a comparison: one HTML file, the same bytes for the same runs."""
    places = [place for part in ORDER if (place := _written(part, field)) is not None]
    sessions = field.runs[0].ledger.sessions
    names = listing([field.label(run) for run in field.runs])
    span = f"{sessions[0]} to {sessions[-1]}, against {field.benchmark}"
    told = warning([stamp for run in field.runs for stamp in run.stamps])
    return document(
        title=f"{count(len(field.runs), 'run')} compared · fedcycle",
        description=f"Comparison of {names}, {span}",
        kicker=f"fedcycle comparison · {span}",
        heading=f"{count(len(field.runs), 'run').capitalize()} compared",
        question=names + (f". Of those with a stamp: {told}" if told else ""),
        stamps=(),
        places=places,
        sessions=sessions,
    )


def _written(part: Part, field: ComparisonInputs) -> RenderedSection | None:
    return render_section(anchor(part), part.TITLE, make=lambda: part.section(field), page="the comparison")
