"""Ranking: the key figures of each run, with its verdict and the interval of its active return."""

from __future__ import annotations

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
    signed,
)
from fedcycle.backtests.inference.verdict import AHEAD
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.definitions import NAMES
from fedcycle.backtests.tearsheet.markup import chart, fragment
from fedcycle.backtests.tearsheet.section import Section

TITLE = "Ranked"
HEADINGS = (
    "Rank",
    "Run",
    "Annualised return",
    "95% interval",
    "Active return, pp a year",
    "95% interval",
    "Sharpe ratio",
    "95% interval",
    "Volatility",
    "Maximum drawdown",
    "Turnover a year",
    "Costs",
)


def section(field: ComparisonInputs) -> Section:
    """Return the runs in order."""
    html = fragment(
        "ranked.html",
        caption=f"Ranked by {NAMES.get(field.ranked_by, field.ranked_by)}, best first, against {field.benchmark}",
        headings=HEADINGS,
        rows=[
            {
                "link": field.links.get(run.id),
                "name": field.label(run),
                "id": run.id,
                "unranked": run.id in field.unranked,
                "cells": _cells(field, run),
            }
            for run in field.runs
        ],
        note=_note(field),
    )
    return Section(TITLE, _finding(field), html + _chart(field))


def _note(field: ComparisonInputs) -> str:
    said = "Intervals by stationary bootstrap, the same histories for all runs. A name leads to its tearsheet."
    left = [f"{field.label(run)} is not ranked: {why}" for run in field.runs if (why := field.unranked.get(run.id))]
    return " ".join([said, *map(sentence, left)])


def _finding(field: ComparisonInputs) -> str:
    first = field.runs[0]
    judged = field.verdicts.get(first.id)
    best = plain(figure(first.summary, "statistics", "sharpe"))
    if judged is None:
        return sentence(f"no verdict against {field.benchmark}: none was computed for {field.label(first)}")
    said = f"{field.label(first)} (highest Sharpe ratio, {best}): {judged.sentence(field.benchmark)}"
    competing = [of for run in field.runs if run.id not in field.unranked and (of := field.verdicts.get(run.id))]
    ahead = sum(of.word == AHEAD for of in competing)
    return sentence(f"{said}. Of {count(len(competing), 'ranked run')}, {many_of(ahead)} {_is(ahead)} ahead")


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _against(field: ComparisonInputs, run: Run) -> object:
    return (field.inference.get("against_benchmark") or {}).get(run.id, {}).get("cagr")


def _cells(field: ComparisonInputs, run: Run) -> list[str]:
    own = (field.inference.get("intervals") or {}).get(run.id, {})
    lead = _against(field, run)
    return [
        percent(figure(run.summary, "statistics", "cagr")),
        _ends(percent(figure(own, "cagr", "low")), percent(figure(own, "cagr", "high"))),
        points(figure(run.summary, "relative", "excess_cagr")).removesuffix(" points"),
        _ends(_points(figure(lead, "low")), _points(figure(lead, "high"))),
        plain(figure(run.summary, "statistics", "sharpe")),
        _ends(plain(figure(own, "sharpe", "low")), plain(figure(own, "sharpe", "high"))),
        percent(figure(run.summary, "statistics", "volatility")),
        percent(figure(run.summary, "statistics", "max_drawdown")),
        plain(figure(run.summary, "statistics", "turnover_per_year")) + "×",
        money(figure(run.summary, "statistics", "costs_usd"), run.currency),
    ]


def _ends(low: str, high: str) -> str:
    return DASH if DASH in (low, high) else f"{low} to {high}"


def _points(value: float | None) -> str:
    return DASH if value is None else signed(100 * value, 1)


def _chart(field: ComparisonInputs) -> Markup:
    rows = []
    for run in field.runs:
        of = _against(field, run)
        middle, low, high = (figure(of, key) for key in ("difference", "low", "high"))
        if middle is not None and low is not None and high is not None:
            rows.append((field.label(run), 100 * middle, 100 * low, 100 * high))
    if not rows:
        return Markup()
    return chart(
        "ranked",
        f"Active return against {field.benchmark}, percentage points a year: estimate and 95% interval",
        figure=charts.whiskers(rows, title="points a year"),
        stamps=(),
        height=110 + 36 * len(rows),
        note="An interval that crosses the line at 0 includes an active return of 0.",
    )
