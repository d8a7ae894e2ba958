"""Inference: Statistical significance of the result, words before numbers; intervals, exact tests, placebo dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from fedcycle.backtests import inference
from fedcycle.backtests.core.format import (
    DASH,
    figure,
    p_equals,
    percent,
    plain,
    points,
    pp,
    sentence,
    signed,
    signed_percent,
)
from fedcycle.backtests.inference import BenchmarkSeries, ReturnSeries
from fedcycle.backtests.inference.verdict import Verdict
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts, headings
from fedcycle.backtests.tearsheet.definitions import Term, explained, term
from fedcycle.backtests.tearsheet.markup import Column, chart, fragment, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.backtests.tearsheet.sections.statistics import shown
from fedcycle.data.market import Market

TITLE = "Statistical significance"
PLACE = 180
WINDOW = "12m"
WINDOWS = {
    "first_cut_to_final_cut": "First to final cut",
    "12m": "12 months after the final cut",
    "to_hike": "Final cut to next hike",
}
NAMES = {
    "cagr": "Annualised return",
    "volatility": "Volatility",
    "max_drawdown": "Maximum drawdown",
    "sharpe": "Sharpe ratio",
}
AGAINST = ("cagr", "volatility", "max_drawdown", "sharpe")


def section(run: Run, market: Market) -> Section:
    """Return the intervals and exact tests of a run against its benchmark."""
    account = ReturnSeries.of(run.ledger, market=market, id=run.id, name=run.name, by_cycle=_cycles(run))
    benchmark_series = BenchmarkSeries.of(market, run.ledger, name=run.benchmark, value=run.benchmark_value)
    found = inference.of_run(account, benchmark_series, judged=_verdict(run))
    against = _mapping(found.get("against_benchmark"))
    html = fragment(
        "sentences.html", title="In words", sentences=[sentence(s) for s in found["sentences"]], stamps=run.stamps
    )
    if against:
        html = _chart(run, against) + html
    html += _intervals(run, against, _mapping(found.get("intervals")), method=found["method"])
    html += _tests(run, _mapping(found.get("cycles"))) + _without_one(run)
    return Section(TITLE, _finding(run, against, found), html)


def _verdict(run: Run) -> Verdict | None:
    """Return the verdict on the run, whose interval the active return has here too; None where it has none."""
    judged = _mapping(_mapping(run.summary.get("relative")).get("verdict"))
    found = Verdict.read(dict(judged)) if judged else None
    return None if found is None or found.low is None or found.high is None else found


def _cycles(run: Run) -> list[Mapping[str, Any]]:
    return [cycle for cycle in run.summary.get("by_cycle") or () if isinstance(cycle, Mapping) and "windows" in cycle]


def _finding(run: Run, against: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    test = _mapping(_mapping(found.get("cycles")).get(WINDOW))
    said = "0 complete 12-month windows to test"
    if test.get("n"):
        windows = "window" if test["n"] == 1 else "windows"
        said = f"Ahead of {run.benchmark} in {test['positive']} of {test['n']} complete {windows} of 12 months after a "
        said += f"final cut; sign test {p_equals(test['p'])}"
    lead = _mapping(against.get("cagr"))
    low, high = figure(lead, "low"), figure(lead, "high")
    if low is None or high is None:
        return sentence(f"{said}; {found.get('note') or 'the run is too short for an interval'}")
    verdict = lead.get("word") or ("significant at 5%" if low * high > 0 else "not significant at 5%")
    gap = f"{pp(figure(lead, 'difference'), 2)} a year against {run.benchmark}"
    return sentence(f"Active return {gap}, 95% interval {ends(low, high)}: {verdict}; {_lowered(said)}")


def _lowered(said: str) -> str:
    return said[:1].lower() + said[1:]


def ends(low: float, high: float) -> str:
    """Return the ends of an interval of fractions as points: ``−0.41 to +2.70``."""
    return f"{signed(100 * low, 2)} to {signed(100 * high, 2)}"


def _chart(run: Run, against: Mapping[str, Any]) -> Markup:
    rows: list[tuple[str, float, float, float]] = []
    for name in AGAINST:
        interval = _mapping(against.get(name))
        # A Sharpe ratio is drawn in hundredths, so that it shares the axis of percentage points.
        middle, low, high = (figure(interval, key) for key in ("difference", "low", "high"))
        if middle is not None and low is not None and high is not None:
            label = NAMES[name] + (", hundredths" if name == "sharpe" else ", points")
            rows.append((label, 100 * middle, 100 * low, 100 * high))
    return chart(
        "inference",
        f"{run.name} less {run.benchmark}: estimate and 95% interval, percentage points (Sharpe ratio: hundredths)",
        figure=charts.whiskers(rows, title="difference"),
        stamps=run.stamps,
        height=110 + 44 * len(rows),
        note="An interval that crosses the line at 0 includes no difference at all.",
    )


def _intervals(run: Run, against: Mapping[str, Any], own: Mapping[str, Any], *, method: Mapping[str, Any]) -> Markup:
    if not own:
        return Markup()
    rows = []
    for name in AGAINST:
        interval, gap = _mapping(own.get(name)), _mapping(against.get(name))
        show = plain if name == "sharpe" else percent
        differ = signed if name == "sharpe" else _points
        rows.append(
            [
                explained(NAMES[name]),
                show(figure(interval, "estimate")),
                f"{show(figure(interval, 'low'))} to {show(figure(interval, 'high'))}",
                differ(figure(gap, "difference")),
                f"{differ(figure(gap, 'low'))} to {differ(figure(gap, 'high'))}",
            ]
        )
    columns = [
        Column("", "text"),
        Column(run.name),
        Column("95% interval"),
        Column(Term(f"Less {run.benchmark}", headings.LESS)),
        Column("95% interval of that"),
    ]
    note = (
        f"Stationary bootstrap: {method.get('resamples')} histories, blocks of {method.get('block_sessions')} sessions "
        f"on average, seed {method.get('seed')}; the active return has the interval of the verdict. "
        "One run looked at; a run picked from several looks better than it is."
    )
    return table("Intervals", columns, rows=rows, stamps=run.stamps, note=note) + _others(run, own)


def _others(run: Run, own: Mapping[str, Any]) -> Markup:
    """Return the interval of every other statistic that has one; the active return has the verdict's above."""
    rows = [
        [term(key), *(shown(key, figure(of, end), run.currency) for end in ("estimate", "low", "high"))]
        for key, of in own.items()
        if key not in (*AGAINST, "excess_cagr") and isinstance(of, Mapping)
    ]
    columns = [Column("Statistic", "text"), Column("Estimate"), Column("Low"), Column("High")]
    note = (
        "95% of the resampled histories lie between the two; drawdowns are another history's, no margin of error. The "
        "verdict's interval, above, is symmetric and wider where a sample holds few blocks, so one of these can "
        "exclude what it includes."
    )
    return table("Intervals of the other statistics", columns, rows=rows, stamps=run.stamps, note=note)


def _tests(run: Run, tests: Mapping[str, Any]) -> Markup:
    columns = [
        Column("Window", "text"),
        Column("Complete"),
        Column(Term(f"Ahead of {run.benchmark}", headings.AHEAD_OF)),
        Column("p, sign test"),
        Column("Minimum attainable p"),
        Column("Mean relative wealth", "signed"),
        Column("p, sign-flip test"),
        Column("Minimum detectable effect"),
    ]
    rows = [
        [
            WINDOWS.get(name, name),
            plain(figure(test, "n"), 0),
            plain(figure(test, "positive"), 0),
            _chance(figure(test, "p")),
            _chance(figure(test, "smallest_p")),
            signed_percent(figure(test, "permutation", "mean")),
            _chance(figure(test, "permutation", "p")),
            percent(figure(test, "detectable", "effect")),
        ]
        for name, test in tests.items()
    ]
    note = (
        "Exact one-sided tests over complete windows; a tie counts as not ahead. Means of relative wealth are geometric"
        " and the sign-flip test is of its logarithms. Windows of one cycle overlap."
    )
    return table("By cycle: so few windows can prove little", columns, rows=rows, stamps=run.stamps, note=note)


def _without_one(run: Run) -> Markup:
    """Return the active return without each easing cycle in turn; nothing for a run that has none."""
    relative = _mapping(run.summary.get("relative"))
    found = [of for of in relative.get("without_cycle") or () if figure(of, "active_return") is not None]
    if not found:
        return Markup()
    whole = figure(relative, "verdict", "active_return")
    rows = [["none", "0", points(whole, 2)]]
    rows += [[str(of["cycle"]), f"{of['sessions']:,}", points(figure(of, "active_return"), 2)] for of in found]
    columns = [Column("Left out", "text"), Column("Sessions left out")]
    columns.append(Column("Active return, pp a year", "signed"))
    note = (
        "From the first cut to the next hike, dated with hindsight. Over the sessions that are left, annualised; a "
        "result that one cycle makes is gone without it."
    )
    return table("The active return without one easing cycle", columns, rows=rows, stamps=run.stamps, note=note)


def _points(value: float | None) -> str:
    return points(value, 2)


def _chance(p: float | None) -> str:
    return DASH if p is None else plain(p, 3)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
