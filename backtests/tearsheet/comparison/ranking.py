"""Ranking: the key figures of each run, with its verdict and the interval of its active return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from fedcycle.backtests.core.format import (
    DASH,
    count,
    figure,
    many_of,
    money,
    percent,
    plain,
    points,
    sentence,
)
from fedcycle.backtests.inference.verdict import AHEAD
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts, headings
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.definitions import Term, explained, name_of
from fedcycle.backtests.tearsheet.markup import Column, chart, fragment, table
from fedcycle.backtests.tearsheet.section import Section

TITLE = "Ranked"
HEADINGS = (
    "Rank",
    "Run",
    "Verdict",
    "Annualised return",
    "its 95% interval",
    "Active return, pp a year",
    "95% interval of it, all judged together",
    "Sharpe ratio",
    "interval of Sharpe ratio",
    "Volatility",
    "Maximum drawdown",
    "Turnover a year",
    "Costs",
)


def section(field: ComparisonInputs) -> Section:
    """Return the runs in order."""
    html = fragment(
        "ranked.html",
        caption=_caption(field),
        headings=[explained(heading) for heading in HEADINGS],
        rows=[
            {
                "name": field.label(run),
                "id": run.id,
                "unranked": run.id in field.unranked,
                "cells": _cells(field, run),
            }
            for run in field.runs
        ],
        note=_note(field),
    )
    return Section(TITLE, _finding(field), html + _chart(field) + _baseline(field))


def _note(field: ComparisonInputs) -> str:
    said = (
        "Intervals by stationary bootstrap, the same histories for all runs. That of the active return belongs to the "
        "verdict: all ranked runs are judged together, so that chance puts none apart from 0 in 95% of histories; "
        "what is not ranked is judged by itself. Those of return and Sharpe ratio are of each run by itself."
    )
    told = [f"{field.label(run)}: {why}" for run in field.runs if (why := _against_benchmark(field, run).get("note"))]
    left = [f"{field.label(run)} is not ranked: {why}" for run in field.runs if (why := field.unranked.get(run.id))]
    return " ".join([said, *(sentence(text, field.labels) for text in (*told, *left))])


def _finding(field: ComparisonInputs) -> str:
    first = field.runs[0]
    judged = field.verdicts.get(first.id)
    best = plain(figure(first.summary, "statistics", "sharpe"))
    if judged is None:
        return sentence(f"no verdict against {field.benchmark}: none was computed for {field.label(first)}")
    highest = "highest Sharpe ratio" if field.ranked_by == "sharpe" else "Sharpe ratio"
    said = f"{field.label(first)} ({highest} {best}): {judged.sentence(first.benchmark)}"
    competing = [entry for run in field.runs if run.id not in field.unranked and (entry := field.verdicts.get(run.id))]
    ahead = sum(entry.word == AHEAD for entry in competing)
    said += f". Of {count(len(competing), 'ranked run')}, {many_of(ahead)} {_is(ahead)} ahead"
    return sentence(said, field.labels)


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _against_benchmark(field: ComparisonInputs, run: Run) -> Mapping[str, Any]:
    """Return a run's active return as the comparison's JSON has it; empty where it has none."""
    found = ((field.inference.get("against_benchmark") or {}).get(run.id) or {}).get("cagr")
    return found if isinstance(found, Mapping) else {}


def joint_interval(field: ComparisonInputs, run: Run) -> dict[str, float | None]:
    """Return a run's active return against its own benchmark and its interval, both from the verdict."""
    judged = field.verdicts.get(run.id)
    if judged is None:
        return {}
    return {"difference": judged.active_return, "low": judged.low, "high": judged.high}


def against_own(field: ComparisonInputs, run: Run) -> str:
    """Return what a run is called, with its benchmark where that is its own."""
    label = field.label(run)
    return label if run.benchmark == field.benchmark else f"{label} (against {run.benchmark})"


def _cells(field: ComparisonInputs, run: Run) -> list[str]:
    own = (field.inference.get("intervals") or {}).get(run.id, {})
    lead = joint_interval(field, run)
    judged = field.verdicts.get(run.id)
    word = DASH if judged is None or judged.word is None else judged.word
    return [
        word if run.benchmark == field.benchmark else f"{word} ({run.benchmark})",
        percent(figure(run.summary, "statistics", "cagr")),
        _ends(percent(figure(own, "cagr", "low")), percent(figure(own, "cagr", "high"))),
        _points(figure(lead, "difference")),
        _ends(_points(figure(lead, "low")), _points(figure(lead, "high"))),
        plain(figure(run.summary, "statistics", "sharpe")),
        _ends(plain(figure(own, "sharpe", "low")), plain(figure(own, "sharpe", "high"))),
        percent(figure(run.summary, "statistics", "volatility")),
        percent(figure(run.summary, "statistics", "max_drawdown")),
        plain(figure(run.summary, "statistics", "turnover_per_year")) + "×",
        money(figure(run.summary, "statistics", "costs_usd"), run.currency),
    ]


def _caption(field: ComparisonInputs) -> str:
    """Return what the table shows, and by what its rows are ordered."""
    by = {"given": "in the order asked for", "name": "by name"}
    order = by.get(field.ranked_by) or f"ranked by {name_of(field.ranked_by)}, best first"
    return f"Key figures against {field.benchmark}, {order}"


def _baseline(field: ComparisonInputs) -> Markup:
    """Return each other run against the baseline; empty where there is none."""
    base = next((run for run in field.runs if run.id == field.baseline), None)
    if base is None or not field.against_baseline:
        return Markup()
    rows = []
    for run in field.runs:
        judged = field.against_baseline.get(run.id)
        if judged is not None:
            ends = _ends(_points(judged.low), _points(judged.high))
            rows.append([field.label(run), _points(judged.active_return), ends, judged.word or DASH])
    name = field.label(base)
    columns = [
        Column("Run", "text"),
        Column(Term(f"Return less that of {name}, pp a year", headings.LESS_BASELINE), "signed"),
    ]
    columns += [Column("95% interval"), Column("Verdict", "text")]
    note = "By the rule of docs/inference.md with the baseline in the benchmark's place; all are judged together."
    return table(f"Against the baseline, {name}", columns, rows=rows, stamps=(), note=note)


def _ends(low: str, high: str) -> str:
    return DASH if DASH in (low, high) else f"{low} to {high}"


def _points(value: float | None) -> str:
    return points(value, 2)


def _chart(field: ComparisonInputs) -> Markup:
    rows = []
    for run in field.runs:
        entry = joint_interval(field, run)
        middle, low, high = (figure(entry, key) for key in ("difference", "low", "high"))
        if middle is not None and low is not None and high is not None:
            rows.append((against_own(field, run), 100 * middle, 100 * low, 100 * high))
    if not rows:
        return Markup()
    return chart(
        "ranked",
        f"Active return against {field.benchmark}, pp a year: estimate and 95% interval, all judged together",
        figure=charts.whiskers(rows, title="pp a year"),
        stamps=(),
        height=110 + 36 * len(rows),
        note="An interval that crosses the line at 0 includes an active return of 0.",
    )
