"""Statistical significance of the best of several runs, one row a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fedcycle.backtests.core.format import DASH, figure, plain, points, sentence, signed
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet.comparison.inputs import ComparisonInputs
from fedcycle.backtests.tearsheet.comparison.ranking import against_own, joint_interval
from fedcycle.backtests.tearsheet.markup import Column, fragment, table
from fedcycle.backtests.tearsheet.section import Section

TITLE = "Statistical significance"


def section(field: ComparisonInputs) -> Section:
    """Return Hansen's SPA, the deflated Sharpe ratio, and each run's own tests."""
    found = field.inference
    told = [str(_mapping(found.get(test)).get("text") or "") for test in ("superior", "deflated", "overfitting")]
    notes = [sentence(str(note), field.labels) for note in (found.get("notes") or {}).values()]
    said = [*(sentence(text) for text in told if text), *notes]
    words = fragment(
        "sentences.html", title="Hansen's SPA, deflated Sharpe ratio, overfitting", sentences=said, stamps=()
    )
    return Section(TITLE, _finding(field), words + _table(field))


def _finding(field: ComparisonInputs) -> str:
    p = figure(field.inference, "superior", "p")
    deflated = figure(field.inference, "deflated", "probability")
    if p is None or deflated is None:
        return sentence(f"{len(field.runs)} runs were looked at, and none could be resampled")
    verdict = "rejected" if p < 0.05 else "not rejected"
    n = sum(run.id not in field.unranked for run in field.runs)
    runs = f"{n} ranked run{'' if n == 1 else 's'}"
    return sentence(
        f"That none of {runs} has an active return against {field.benchmark} above zero is {verdict} at 5% "
        f"(SPA p = {plain(p)}); deflated Sharpe ratio of the best {plain(deflated)}"
    )


def _table(field: ComparisonInputs) -> Any:
    columns = [
        Column("Run", "text"),
        Column("Active return, pp a year", "signed"),
        Column("Its 95% interval, all judged together"),
        Column("Best run's Sharpe less this one's", "signed"),
        Column("95% interval of that"),
        Column("12-month windows won"),
        Column("p, sign test"),
        Column("Minimum attainable p"),
        Column("Probabilistic Sharpe ratio"),
    ]
    note = (
        "The interval of the active return is the verdict's; that of the difference of Sharpe ratios is of each pair "
        "by itself. The probabilistic Sharpe ratio is of returns over bills and says nothing of the benchmark. Exact "
        "one-sided sign tests over the complete windows of 12 months after a final cut."
    )
    rows = [_row(field, run) for run in field.runs]
    return table("One row a run", columns, rows=rows, stamps=(), note=note)


def _row(field: ComparisonInputs, run: Run) -> list[str]:
    found = field.inference
    lead = joint_interval(field, run)
    others = _mapping(_mapping(found.get("against_others")).get("differences"))
    apart = _mapping(others.get(run.id)).get("sharpe")
    test = _mapping(_mapping(_mapping(found.get("cycles")).get(run.id)).get("12m"))
    n, won = figure(test, "n"), figure(test, "positive")
    return [
        against_own(field, run),
        points(figure(lead, "difference"), 2),
        _ends(figure(lead, "low"), figure(lead, "high"), scale=100, digits=2),
        signed(figure(apart, "difference")),
        _ends(figure(apart, "low"), figure(apart, "high"), scale=1, digits=2),
        DASH if n is None or won is None else f"{won:.0f} of {n:.0f}",
        plain(figure(test, "p"), 3),
        plain(figure(test, "smallest_p"), 3),
        plain(figure(_mapping(found.get("sharpe")).get(run.id), "probability")),
    ]


def _ends(low: float | None, high: float | None, *, scale: float, digits: int) -> str:
    return DASH if low is None or high is None else f"{signed(scale * low, digits)} to {signed(scale * high, digits)}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
