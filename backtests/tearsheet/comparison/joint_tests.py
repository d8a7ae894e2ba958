"""Together: how closely the runs' returns over the benchmark move with each other, and so how many bets there are."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.core.format import plain, sentence
from fedcycle.backtests.tearsheet.comparison.growth import relative
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.definitions import Term
from fedcycle.backtests.tearsheet.markup import Cell, heat
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.typing import Float64

TITLE = "Correlation of active returns"
STILL = 1e-9
"""A daily standard deviation under this is float rounding: an account that holds its benchmark."""


def section(field: ComparisonInputs) -> Section | None:
    """Return the correlations of daily returns over the benchmark's; None for a single run."""
    if len(field.runs) < 2:
        return None
    found = correlations(relative(field))
    labels = field.labels
    html = heat(
        "Correlation of daily active returns, each run less its benchmark",
        ["Run", *(Term(str(k), f"With {label}.") for k, label in enumerate(labels, 1))],
        rows=[
            (f"{k}. {label}", [_cell(x) for x in row])
            for k, (label, row) in enumerate(zip(labels, found, strict=True), 1)
        ],
        stamps=(),
        note="Columns are numbered as rows. A run that holds its benchmark has no active return, and no correlation.",
    )
    return Section(TITLE, _finding(labels, found), html)


def correlations(active: Float64) -> Float64:
    """Return the correlation of each pair of rows, (K, K) in [-1, 1]; NaN where a row never moves."""
    away = active - active.mean(axis=1, keepdims=True)
    spread = np.sqrt((away**2).mean(axis=1))
    spread = np.where(spread > STILL, spread, np.nan)
    return np.asarray(np.clip((away @ away.T) / active.shape[1] / np.outer(spread, spread), -1.0, 1.0))


def _finding(labels: list[str], found: Float64) -> str:
    pairs = [(i, j) for i in range(len(labels)) for j in range(i) if np.isfinite(found[i, j])]
    if not pairs:
        return sentence("Fewer than 2 of the runs ever held anything but the benchmark")
    most, least = max(pairs, key=lambda p: found[p]), min(pairs, key=lambda p: found[p])
    said = f"Closest are {labels[most[1]]} and {labels[most[0]]} ({plain(float(found[most]))})"
    if most != least:
        said += f", furthest apart {labels[least[1]]} and {labels[least[0]]} ({plain(float(found[least]))})"
    return sentence(said)


def _cell(value: float) -> Cell:
    return Cell(plain(value), value) if np.isfinite(value) else Cell("")
