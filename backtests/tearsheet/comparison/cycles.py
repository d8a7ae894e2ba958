"""By cycle: each run's relative wealth in every window of every easing cycle; averages never without n."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from fedcycle.backtests.core.format import DASH, count, figure, many_of, sentence, signed, signed_percent
from fedcycle.backtests.inference.exact import NO_LEAD
from fedcycle.backtests.inference.measure import RELATIVE_WEALTH
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.definitions import Term, explained
from fedcycle.backtests.tearsheet.markup import Cell, heat
from fedcycle.backtests.tearsheet.section import Section

TITLE = "By easing cycle"
WINDOWS = {
    "12m": "12 months after the final cut",
    "first_cut_to_final_cut": "First to final cut",
    "to_hike": "Final cut to next hike",
}
DEEPEST = 0.25
"""A relative wealth, fraction, from which on a tint is the deepest."""


def section(field: ComparisonInputs) -> Section:
    """Return a table of relative wealth for each kind of window."""
    html = Markup().join(_map(field, name, title) for name, title in WINDOWS.items())
    return Section(TITLE, _finding(field), html)


def _finding(field: ComparisonInputs) -> str:
    competing = [run for run in field.runs if run.id not in field.unranked]
    told = [(run, leads) for run in competing if (leads := _complete(run, "12m"))]
    if not told:
        return sentence("0 complete windows of 12 months after a final cut lie in these runs")
    run, leads = max(told, key=lambda pair: _mean(pair[1]))
    won, mean = sum(lead > NO_LEAD for lead in leads), signed_percent(_mean(leads))
    windows = count(len(leads), "complete window")
    if not any(digit in mean for digit in "123456789") or _mean(leads) < 0:
        return sentence(f"In the 12 months after final cuts no run led {field.benchmark} on average ({windows})")
    return sentence(
        f"In the 12 months after final cuts {field.label(run)} led {field.benchmark} by most, relative wealth {mean} "
        f"on average, and in {many_of(won)} of {windows}"
    )


def _mean(leads: list[float]) -> float:
    """Return the geometric mean of relative wealth; all is lost where one window lost all."""
    return RELATIVE_WEALTH.average(leads) if min(leads) > -1.0 else -1.0


def _map(field: ComparisonInputs, name: str, title: str) -> Markup:
    cycles = [cycle for cycle in field.runs[0].summary.get("by_cycle") or () if isinstance(cycle, Mapping)]
    headings = ["Run", *map(_heading, cycles), explained("Average (n)")]
    rows = [
        (field.label(run), [*(_cell(c, name) for c in run.summary["by_cycle"]), _average(run, name)])
        for run in field.runs
    ]
    note = (
        "Relative wealth is the growth of the account over that of the benchmark, less 1; averages are geometric. By "
        "year of the first cut; R: with a recession. Open: the data end before the window does."
    )
    return heat(
        f"{title}: relative wealth against the benchmark, %",
        headings,
        rows=rows if cycles else [],
        stamps=(),
        note=note,
    )


def _heading(cycle: Mapping[str, Any]) -> str:
    first = str(cycle.get("first_cut"))
    return Term(first[:4] + _flag(cycle), f"The window of the cycle whose first cut was on {first}.")


def _flag(cycle: Mapping[str, Any]) -> str:
    return " R" if cycle.get("recession") else ""


def _lead(cycle: Mapping[str, Any], name: str) -> float | None:
    window = (cycle.get("windows") or {}).get(name) or {}
    return figure(window, "relative_wealth") if window.get("complete") else None


def _complete(run: Run, name: str) -> list[float]:
    return [lead for cycle in run.summary.get("by_cycle") or () if (lead := _lead(cycle, name)) is not None]


def _cell(cycle: Mapping[str, Any], name: str) -> Cell:
    lead = _lead(cycle, name)
    if lead is not None:
        return Cell(signed(100 * lead, 1), lead / DEEPEST)
    note = str(((cycle.get("windows") or {}).get(name) or {}).get("note") or "")
    return Cell(DASH if note.startswith("no hike") else "not covered" if "begin" in note else "open")


def _average(run: Run, name: str) -> Cell:
    leads = _complete(run, name)
    return Cell(f"{signed(100 * _mean(leads), 1)} ({len(leads)})" if leads else "(0)")
