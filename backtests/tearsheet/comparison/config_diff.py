"""Keys: where the configs of the runs differ, and nothing else of them."""

from __future__ import annotations

from fedcycle.backtests.config.serialize import leaves
from fedcycle.backtests.core.format import DASH, count, sentence
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.section import Section

TITLE = "Where the configs differ"
UNTOLD = ("name", "question", "sweep", "sweep_design", "sweep_reference", "sweep_variants")
"""Keys that say nothing about what was run."""


def section(field: ComparisonInputs) -> Section | None:
    """Return the keys whose values are not the same in all runs; None for a single run."""
    if len(field.runs) < 2:
        return None
    told = [{".".join(path): value for path, value in leaves(run.config)} for run in field.runs]
    names = list(dict.fromkeys(key for of in told for key in of))
    differ = [
        key for key in names if key.split(".")[0] not in UNTOLD and len({str(of.get(key, DASH)) for of in told}) > 1
    ]
    columns = [Column("Key", "text"), *(Column(field.label(run), "text") for run in field.runs)]
    rows = [[key, *(str(of.get(key, DASH)) for of in told)] for key in differ]
    html = table("Keys of the resolved configs that differ", columns, rows=rows, stamps=())
    said = f"{count(len(differ), 'key')} of {len(names)} differ between the configs"
    return Section(TITLE, sentence(said[:1].upper() + said[1:]), html)
