"""Inference: Statistical significance of the result, words before numbers; intervals, exact tests, placebo dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from fedcycle.backtests import inference
from fedcycle.backtests.core.format import DASH, figure, percent, plain, points, pp, sentence, signed
from fedcycle.backtests.inference import BenchmarkSeries, ReturnSeries
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts
from fedcycle.backtests.tearsheet.definitions import term
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
    found = inference.of_run(account, benchmark_series)
    against = _with_verdict(run, _mapping(found.get("against_benchmark")))
    html = fragment(
        "sentences.html", title="In words", sentences=[sentence(s) for s in found["sentences"]], stamps=run.stamps
    )
    if against:
        html = _chart(run, against) + html
    html += _intervals(run, against, _mapping(found.get("intervals")), method=found["method"])
    html += _tests(run, _mapping(found.get("cycles")))
    return Section(TITLE, _finding(run, against, found), html)


def _with_verdict(run: Run, against: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the differences, the active return's with the interval of the verdict: a page has one interval for it."""
    judged = _mapping(_mapping(run.summary.get("relative")).get("verdict"))
    ends = {key: judged.get(key) for key in ("low", "high")}
    if not against or figure(judged, "active_return") is None or None in ends.values():
        return against
    return {**against, "cagr": {"difference": judged["active_return"], **ends}}


def _cycles(run: Run) -> list[Mapping[str, Any]]:
    return [cycle for cycle in run.summary.get("by_cycle") or () if isinstance(cycle, Mapping) and "windows" in cycle]


def _finding(run: Run, against: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    test = _mapping(_mapping(found.get("cycles")).get(WINDOW))
    said = f"Ahead of {run.benchmark} in {test['text']}" if test.get("n") else "0 complete 12-month windows to test"
    lead = _mapping(against.get("cagr"))
    low, high = figure(lead, "low"), figure(lead, "high")
    if low is None or high is None:
        return sentence(f"{said}; {found.get('note') or 'the run is too short for an interval'}")
    verdict = "significant at 5%" if low * high > 0 else "not significant at 5%"
    gap = f"{pp(figure(lead, 'difference'))} a year against {run.benchmark}"
    return sentence(f"Active return {gap}, 95% interval {ends(low, high)}: {verdict}; {_lowered(said)}")


def _lowered(said: str) -> str:
    return said[:1].lower() + said[1:]


def ends(low: float, high: float) -> str:
    """Return the ends of an interval of fractions as points: ``−0.4 to +2.7``."""
    return f"{signed(100 * low, 1)} to {signed(100 * high, 1)}"


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
        differ = signed if name == "sharpe" else points
        rows.append(
            [
                NAMES[name],
                show(figure(interval, "estimate")),
                f"{show(figure(interval, 'low'))} to {show(figure(interval, 'high'))}",
                differ(figure(gap, "difference")),
                f"{differ(figure(gap, 'low')).removesuffix(' points')} to {differ(figure(gap, 'high'))}",
            ]
        )
    columns = [
        Column("", "text"),
        Column(run.name),
        Column("95% interval"),
        Column(f"Less {run.benchmark}"),
        Column("95% interval"),
    ]
    note = (
        f"Stationary bootstrap: {method.get('resamples')} histories, blocks of {method.get('block_sessions')} sessions "
        f"on average, seed {method.get('seed')}; the active return has the interval of the verdict. "
        "One run looked at; a run picked from several looks better than it is."
    )
    return table("Intervals", columns, rows=rows, stamps=run.stamps, note=note) + _others(run, own)


def _others(run: Run, own: Mapping[str, Any]) -> Markup:
    """Return the interval of every other statistic that has one."""
    rows = [
        [term(key), *(shown(key, figure(of, end), run.currency) for end in ("estimate", "low", "high"))]
        for key, of in own.items()
        if key not in AGAINST and isinstance(of, Mapping)
    ]
    columns = [Column("Statistic", "text"), Column("Estimate"), Column("Low"), Column("High")]
    note = "95% of the resampled histories lie between the two; drawdowns are another history's, no margin of error."
    return table("Intervals of the other statistics", columns, rows=rows, stamps=run.stamps, note=note)


def _tests(run: Run, tests: Mapping[str, Any]) -> Markup:
    columns = [
        Column("Window", "text"),
        Column("Complete"),
        Column(f"Ahead of {run.benchmark}"),
        Column("p, sign test"),
        Column("Minimum attainable p"),
        Column("Mean difference, pp", "signed"),
        Column("p, sign-flip test"),
        Column("Minimum detectable effect, pp"),
    ]
    rows = [
        [
            WINDOWS.get(name, name),
            plain(figure(test, "n"), 0),
            plain(figure(test, "positive"), 0),
            _chance(figure(test, "p")),
            _chance(figure(test, "smallest_p")),
            points(figure(test, "permutation", "mean")).removesuffix(" points"),
            _chance(figure(test, "permutation", "p")),
            points(figure(test, "detectable", "effect")).removesuffix(" points").lstrip("+"),
        ]
        for name, test in tests.items()
    ]
    note = "Exact one-sided tests over complete windows; a tie counts as not ahead. Windows of one cycle overlap."
    return table("By cycle: so few windows can prove little", columns, rows=rows, stamps=run.stamps, note=note)


def _chance(p: float | None) -> str:
    return DASH if p is None else plain(p, 3)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
