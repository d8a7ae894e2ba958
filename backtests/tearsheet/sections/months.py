"""Monthly returns as the calendar section shows them: how often each size came, and the ten worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.core.format import count, counted, number, points, signed, signed_percent
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts
from fedcycle.backtests.tearsheet.markup import Column, chart, table


def histogram(run: Run, found: Sequence[Mapping[str, Any]]) -> Markup:
    """Return the histogram of monthly returns; empty under two ranges, which say nothing."""
    if len(found) < 2:
        return Markup()
    names = [f"{signed(100 * entry['low'], 0)} to {signed(100 * entry['high'], 0)}" for entry in found]
    own, other = (np.array([entry[key] for entry in found], dtype=float) for key in ("months", "benchmark_months"))
    look: dict[str, Any] = {"hover": "{:.0f} months"}
    data = [
        charts.bars(run.name, names, height=own, colour="--own", **look),
        charts.bars(run.benchmark, names, height=other, colour="--benchmark", hatched=True, **look),
    ]
    axes = {"y": charts.axis("months", ticks=6, from_zero=True)}
    figure = charts.over_categories(data, axes=axes, title="return of a month, percent", gap=0.15)
    return chart(
        "months",
        f"How many of {counted(int(own.sum()), 'whole calendar month')} had which return, percent",
        figure=figure,
        stamps=run.stamps,
        height=300,
        note="A range holds its lower end and not its upper one.",
    )


def worst(run: Run, found: Sequence[Mapping[str, Any]]) -> Markup:
    """Return the worst months beside the benchmark's return in them; empty without a whole month."""
    if not found:
        return Markup()
    columns = [
        Column("Month", "text"),
        Column(run.name),
        Column(run.benchmark),
        Column("Active return, pp", "signed"),
    ]
    rows = []
    for entry in found:
        own, other = float(entry["return"]), number(entry["benchmark_return"])
        active = points(None if other is None else own - other)
        rows.append([str(entry["month"]), signed_percent(own), signed_percent(other), active])
    which = "The worst month" if len(found) == 1 else f"The {count(len(found), 'worst month')}"
    return table(f"{which}, lowest return first", columns, rows=rows, stamps=run.stamps)
