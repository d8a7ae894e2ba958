"""Keys: where the configs of the runs differ, and nothing else of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from fedcycle.backtests.config.serialize import leaves
from fedcycle.backtests.core.format import DASH, count, sentence
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.section import Section

TITLE = "Where the configs differ"
UNTOLD = ("name", "question", "sweep", "sweep_design", "sweep_reference", "sweep_variants")
"""Keys that say nothing about what was run."""
WIDE = 6
"""Runs up to which each has a column of its own."""


def section(field: ComparisonInputs) -> Section | None:
    """Return the keys whose values are not the same in all runs; None for a single run."""
    if len(field.runs) < 2:
        return None
    told = [{".".join(path): value for path, value in leaves(run.config)} for run in field.runs]
    names = list(dict.fromkeys(key for values in told for key in values))
    differ = [
        key
        for key in names
        if key.split(".")[0] not in UNTOLD and len({str(values.get(key, DASH)) for values in told}) > 1
    ]
    html = _by_key(field, told, differ) if len(field.runs) <= WIDE else _by_run(field, told, differ)
    said = f"{count(len(differ), 'key')} of {len(names)} differ between the configs"
    return Section(TITLE, sentence(said), html)


def _said(config: Mapping[str, Any], key: str) -> str:
    """Return a value as a config has it, a dash where it has none."""
    value = config.get(key, DASH)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _by_key(field: ComparisonInputs, told: Sequence[Mapping[str, Any]], differ: Sequence[str]) -> Markup:
    """Return a row a key and a column a run."""
    columns = [Column("Key", "text"), *(Column(field.label(run), "text") for run in field.runs)]
    rows = [[key, *(_said(values, key) for values in told)] for key in differ]
    return table("Keys of the resolved configs that differ", columns, rows=rows, stamps=())


def _by_run(field: ComparisonInputs, told: Sequence[Mapping[str, Any]], differ: Sequence[str]) -> Markup:
    """Return a row a run: what it says other than the baseline, or than the first run, says."""
    at = next((k for k, run in enumerate(field.runs) if run.id == field.baseline), 0)
    base, rows = told[at], []
    for run, values in zip(field.runs, told, strict=True):
        # Of a rule of another class the parameters that it lacks say nothing.
        keys = [key for key in differ if key in values and str(values[key]) != str(base.get(key, DASH))]
        said = "; ".join(f"{key}: {_said(values, key)}" for key in keys)
        rows.append([field.label(run), said or "all keys as this run has them"])
    columns = [Column("Run", "text"), Column(f"Keys that differ from {field.label(field.runs[at])}", "text")]
    note = "Parameters that a run's own rule does not have are left out."
    return table("Where each resolved config differs", columns, rows=rows, stamps=(), note=note)
