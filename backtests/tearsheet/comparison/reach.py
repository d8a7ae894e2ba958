"""Reach: until when the data go that any of the compared runs used."""

from __future__ import annotations

from markupsafe import Markup

from fedcycle.backtests.core.format import sentence
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.reach import reach_sentence

TITLE = "Until when the data reach"


def section(field: ComparisonInputs) -> Section | None:
    """Return until when each asset and series reaches; None where no run says so."""
    found = {each["name"]: each for run in field.runs for each in run.summary.get("data") or ()}
    if not found:
        return None
    return Section(TITLE, sentence(reach_sentence(list(found.values()))), Markup())
