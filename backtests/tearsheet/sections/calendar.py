"""Monthly and yearly returns: a heat map of months, and each calendar year against the benchmark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests import statistics
from fedcycle.backtests.analysis.measured_run import month_ends
from fedcycle.backtests.core.format import DASH, count, counted, number, pp, sentence, signed, signed_percent
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts, headings
from fedcycle.backtests.tearsheet.definitions import Term, explained
from fedcycle.backtests.tearsheet.markup import Cell, chart, heat
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.backtests.tearsheet.sections import months
from fedcycle.data.market import Market
from fedcycle.data.typing import Float64

TITLE = "Months and years"
PLACE = 80
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LEVEL = 5e-4
"""An active return under this would read 0.0 pp, and is none."""
MARK = "*"
"""Beside the figures of a year that is not whole."""
DEEPEST_MONTH, DEEPEST_YEAR = 0.10, 0.40
"""Returns, fractions, from which on a tint is the deepest."""


def section(run: Run, market: Market) -> Section:
    """Return the run's months and years."""
    years = _years(run, market)
    whole = {year: entry for year, entry in years.items() if _whole(entry)}
    ends = month_ends(market, run.ledger.sessions)
    given: dict[str, Any] = {"sessions": run.ledger.sessions, "month_ends": ends}
    accounts = run.ledger.value, run.benchmark_value
    html = _map(run, years, statistics.partial_years(*accounts, **given))
    html += (_chart(run, whole) if whole else Markup()) + _relative_map(run, years)
    html += months.histogram(run, statistics.monthly_histogram(*accounts, **given))
    html += months.worst(run, statistics.worst_months(*accounts, **given))
    return Section(TITLE, _finding(run, years, whole), html)


def _finding(run: Run, years: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    named = [
        (f"{MONTHS[m]} {y}", x) for y, entry in years.items() for m, x in enumerate(entry["months"]) if x is not None
    ]
    if not named:
        return sentence(f"The run of {counted(len(run.ledger.sessions), 'session')} covers no whole calendar month")
    best, worst = max(named, key=lambda pair: pair[1]), min(named, key=lambda pair: pair[1])
    rose = sum(x > 0 for _, x in named)
    said = f"{rose:,} of {counted(len(named), 'month')} gained, {best[0]} most ({signed_percent(best[1])}), "
    said += f"{worst[0]} least ({signed_percent(worst[1])})"
    if not whole:
        return sentence(f"{said}; the run covers no whole calendar year")
    leads = [entry["year"] - entry["benchmark_year"] for entry in whole.values()]
    return sentence(
        f"{said}; ahead of {run.benchmark} in {ahead_of(leads)} {count(len(leads), 'whole year')}{level_in(leads)}"
    )


def ahead_of(leads: Sequence[float]) -> str:
    """Return how many leads there are that would not read 0.0 points, as ``5 of``."""
    return f"{sum(lead >= LEVEL for lead in leads)} of"


def level_in(leads: Sequence[float]) -> str:
    """Return how many are too close to call, as the end of a sentence; nothing where none is."""
    level = sum(abs(lead) < LEVEL for lead in leads)
    return f", level in {level}" if level else ""


def yearly_leads(run: Run, market: Market) -> dict[str, float]:
    """Return, for each calendar year that the run covers whole, its return less the benchmark's: fraction."""
    years = _years(run, market)
    return {year: entry["year"] - entry["benchmark_year"] for year, entry in years.items() if _whole(entry)}


def _years(run: Run, market: Market) -> dict[str, dict[str, Any]]:
    sessions = run.ledger.sessions
    ends = month_ends(market, sessions)
    return statistics.calendar(run.ledger.value, run.benchmark_value, sessions=sessions, month_ends=ends)


def _whole(entry: Mapping[str, Any]) -> bool:
    return entry["year"] is not None and entry["benchmark_year"] is not None


def _map(run: Run, years: Mapping[str, Any], partial: Sequence[Mapping[str, Any]]) -> Markup:
    benchmark = Term(run.benchmark, headings.OF_BENCHMARK)
    marked = {str(entry["year"]): entry for entry in partial}
    said = [
        f"{MARK} {entry['year']}: {'year to date' if entry['to_date'] else 'a part'}, "
        f"{entry['start']} to {entry['end']}."
        for entry in reversed(partial)
    ]
    return heat(
        f"Return of {run.name} by calendar month and year, percent",
        ["Year", *_months(), explained("Whole year"), benchmark, explained("Active, pp")],
        rows=[(year, _row(entry, marked.get(year))) for year, entry in reversed(list(years.items()))],
        stamps=run.stamps,
        note=" ".join([*said, "Newest year first. A month that the run does not cover whole has no figure."])
        + f" Tints are deepest from {DEEPEST_MONTH:.0%} a month and {DEEPEST_YEAR:.0%} a year on.",
    )


def _months() -> list[str]:
    return [Term(month, headings.MONTH.format(month=month)) for month in MONTHS]


def _row(entry: Mapping[str, Any], partial: Mapping[str, Any] | None) -> list[Cell]:
    own, other = number(entry["year"]), number(entry["benchmark_year"])
    mark = ""
    if own is None and partial is not None:
        own, other, mark = number(partial["return"]), number(partial["benchmark_return"]), MARK
    active = None if own is None or other is None else own - other
    cells = [_cell(number(x), DEEPEST_MONTH) for x in entry["months"]]
    wide = [_cell(own, DEEPEST_YEAR, mark), Cell(_digits(other, mark)), _cell(active, DEEPEST_YEAR / 2, mark)]
    return [*cells, *wide]


def _relative_map(run: Run, years: Mapping[str, Any]) -> Markup:
    """Return each month's return less the benchmark's; empty without a whole month."""
    rows = []
    for year, entry in reversed(list(years.items())):
        pairs = zip(entry["months"], entry["benchmark_months"], strict=True)
        active = [None if a is None or b is None else a - b for a, b in pairs]
        rows.append((year, [_cell(number(x), DEEPEST_MONTH / 2) for x in active]))
    if not any(cell.text for _, cells in rows for cell in cells):
        return Markup()
    return heat(
        f"Active return of {run.name} against {run.benchmark} by calendar month, pp",
        ["Year", *_months()],
        rows=rows,
        stamps=run.stamps,
        note=f"A month's return less that of {run.benchmark}. Tints are deepest from {DEEPEST_MONTH / 2:.0%} on.",
    )


def _cell(value: float | None, deepest: float, mark: str = "") -> Cell:
    # What reads 0.0 has no tint.
    return Cell(_digits(value, mark), 0.0 if value is None or abs(value) < LEVEL else value / deepest)


def _digits(value: float | None, mark: str = "") -> str:
    return "" if value is None else signed(100 * value, 1) + mark


def _chart(run: Run, years: Mapping[str, Any]) -> Markup:
    own, other = (np.array([entry[key] for entry in years.values()]) for key in ("year", "benchmark_year"))
    lead = own - other
    best = int(lead.argmax())
    return chart(
        "years",
        f"Return of each whole calendar year, percent; below, the active return against {run.benchmark}, pp",
        figure=_figure(run, list(years), returns=(own, other)),
        stamps=run.stamps,
        height=380,
        note=f"Largest active return: {list(years)[best]}, {pp(float(lead[best]))}." if len(years) > 1 else DASH,
    )


def _figure(run: Run, years: list[str], *, returns: tuple[Float64, Float64]) -> charts.Figure:
    own, other = returns
    look: dict[str, Any] = {"hover": "{:+.1f}%", "width": 0.38}
    data = [
        charts.bars(run.name, years, height=100 * own, colour="--own", offset=-0.4, **look),
        charts.bars(run.benchmark, years, height=100 * other, colour="--benchmark", offset=0.02, hatched=True, **look),
        charts.bars(
            "active return",
            years,
            height=100 * (own - other),
            colour="--lead",
            panel="y2",
            hover="{:+.1f} pp",
            offset=-0.4,
            width=0.8,
        ),
    ]
    axes = {
        "y": charts.axis("return", domain=[0.4, 1], suffix="%", zero_line=True, ticks=7),
        "y2": charts.axis("active, pp", domain=[0, 0.32], zero_line=True, ticks=5),
    }
    return charts.over_categories(data, axes=axes)
