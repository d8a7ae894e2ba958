"""Other benchmarks: the run against each that its config lists beside the one that answers its question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fedcycle.backtests.core.format import DASH, figure, percent, plain, points, pp, sentence
from fedcycle.backtests.inference.verdict import Verdict
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market

TITLE = "Other benchmarks"
PLACE = 50


def section(run: Run, market: Market) -> Section | None:  # noqa: ARG001 - every section is handed the market
    """Return a row a benchmark, the first one's on top; None where the config names one alone."""
    others = run.summary.get("relative_to_others")
    if not isinstance(others, list) or not others:
        return None
    columns = [
        Column("Benchmark", "text"),
        Column("Active return, pp a year", "signed"),
        Column("95% interval"),
        Column("Verdict", "text"),
        *(Column(name) for name in ("Tracking error a year", "Information ratio", "Beta")),
    ]
    of_all = [run.summary["relative"], *others]
    words = [
        f"{entry['benchmark']}: {Verdict.read(dict(entry['verdict'])).sentence(str(entry['benchmark']))}"
        for entry in others
    ]
    note = f"The question is answered against {run.benchmark}; the others stand beside it and decide nothing."
    body = table(
        "The run against each benchmark, from its first fill on", columns,
        rows=[_row(entry) for entry in of_all], stamps=run.stamps, note=note,
    )  # fmt: skip
    return Section(TITLE, sentence("; ".join(words), [str(entry["benchmark"]) for entry in others]), body)


def _row(entry: Mapping[str, Any]) -> list[str]:
    judged = entry["verdict"]
    low, high = figure(judged, "low"), figure(judged, "high")
    ends = DASH if low is None or high is None else f"{points(low, 2)} to {pp(high, 2)}"
    return [
        str(entry["benchmark"]),
        points(figure(entry, "excess_cagr"), 2),
        ends,
        str(judged["word"] or DASH),
        percent(figure(entry, "tracking_error")),
        plain(figure(entry, "information_ratio")),
        plain(figure(entry, "beta")),
    ]
