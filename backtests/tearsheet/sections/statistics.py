"""Statistics: every number of the run with its unit and definition, beside the benchmark's; and by cycle."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from fedcycle.backtests.analysis.attribution import log_mean
from fedcycle.backtests.analysis.benchmark_statistics import benchmark_statistics
from fedcycle.backtests.core.format import (
    DASH,
    count,
    counted,
    day,
    figure,
    many_of,
    money,
    money_words,
    percent,
    plain,
    pp,
    sentence,
    signed_percent,
)
from fedcycle.backtests.inference.exact import NO_LEAD
from fedcycle.backtests.inference.measure import RELATIVE_WEALTH
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.statistics import STATISTICS
from fedcycle.backtests.statistics.numerics import years
from fedcycle.backtests.tearsheet.definitions import term
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.manifest import DOLLARS
from fedcycle.data.market import Market

TITLE = "Statistics"
PLACE = 190
YEARLY = "12m"
WINDOWS = {"first_cut_to_final_cut": "First to final cut", "12m": "12 months after", "to_hike": "Final cut to hike"}
LAST = ("omega", "kelly", "skew_monthly", "kurtosis_monthly", "autocorrelation", "tail_ratio", "stability")
"""Statistics that few ask for: they stand at the end of their table."""


def section(run: Run, market: Market) -> Section:
    """Return all the run's numbers."""
    html = _own(run, market) + _relative(run) + _by_cycle(run)
    return Section(TITLE, _finding(run), html)


def shown(name: str, value: Any, currency: str = DOLLARS) -> str:
    """Return a statistic with its unit, by what the statistic says its unit is."""
    unit = STATISTICS[name].unit if name in STATISTICS else ""
    if unit.startswith("fraction"):
        return percent(value, 2)
    if unit.startswith("US dollars"):
        return money(value, currency)
    return plain(value, 0 if unit == "fills" else 2)


def _unit(name: str, currency: str) -> str:
    unit = STATISTICS[name].unit if name in STATISTICS else ""
    # "ratio of fractions ..." is no percentage.
    unit = unit.replace("US dollars", money_words(currency))
    return unit.replace("fraction", "%", 1) if unit.startswith("fraction") else unit


def _defined(name: str) -> str:
    """Return what a statistic is: the first sentence of its function's documentation."""
    said = STATISTICS[name].summary if name in STATISTICS else ""
    return sentence(said.removeprefix("Return ")) if said else ""


def _own(run: Run, market: Market) -> Markup:
    other = benchmark_statistics(run, market)
    columns = [
        Column("Statistic", "text"),
        Column(run.name),
        Column(run.benchmark),
        Column("Unit", "unit"),
        Column("What it is", "note"),
    ]
    rows = [
        [
            term(key),
            shown(key, value, run.currency),
            shown(key, other.get(key), run.currency),
            _unit(key, run.currency),
            _defined(key),
        ]
        for key, value in sorted(_mapping(run.summary.get("statistics")).items(), key=lambda pair: pair[0] in LAST)
    ]
    return table(f"{run.name} and {run.benchmark}, each by itself", columns, rows=rows, stamps=run.stamps)


def _relative(run: Run) -> Markup:
    columns = [Column("Statistic", "text"), Column("Value"), Column("Unit", "unit"), Column("What it is", "note")]
    rows = [
        [term(key), shown(key, value), _unit(key, run.currency), _defined(key)]
        for key, value in _mapping(run.summary.get("relative")).items()
        if key in STATISTICS
    ]
    note = _counted_over(run) + _reconciled(run)
    return table(f"{run.name} against {run.benchmark}", columns, rows=rows, stamps=run.stamps, note=note)


def _counted_over(run: Run) -> str:
    """Return over how many sessions the run is compared, and how many the benchmark lacks."""
    sessions, dropped = (figure(run.summary, "relative", key) for key in ("sessions", "sessions_dropped"))
    if sessions is None:
        return ""
    left = f"; {counted(dropped, 'session')} before the benchmark begins left out" if dropped else ""
    return f"Over {counted(sessions, 'session')}{left}. "


def _reconciled(run: Run) -> str:
    """Return how the arithmetic mean active return and the active return, which is compounded, go together."""
    mean, active = (figure(run.summary, "relative", key) for key in ("mean_active_return", "excess_cagr"))
    wealth, own = figure(run.summary, "relative", "relative_wealth"), figure(run.summary, "statistics", "cagr")
    if mean is None or active is None or wealth is None or own is None or wealth <= -1.0:
        return ""
    logs = math.log1p(wealth) / years(run.ledger.sessions)
    growth = log_mean(1.0 + own, 1.0 + own - active)
    return (
        f"The mean active return is arithmetic ({pp(mean, 2)}); volatility takes {pp(mean - logs, 2)} of it, half "
        f"the difference of the two variances or so, and leaves {pp(logs, 2)} of logarithms; times the mean growth a "
        f"year, {plain(growth)}, that is the active return, which is compounded ({pp(active, 2)})."
    )


def _by_cycle(run: Run) -> Markup:
    cycles = _cycles(run)
    columns = [
        Column("First cut", "text day"),
        Column("Final cut", "day"),
        Column("Next hike", "day"),
        Column("Recession"),
    ]
    for label in WINDOWS.values():
        columns += [Column(label), Column(f"{label}, relative wealth", "signed")]
    rows = [_cycle_row(cycle) for cycle in cycles]
    rows.append(["average", "", "", "", *(cell for name in WINDOWS for cell in _average(cycles, name))])
    return table(
        f"By cycle, return of {run.name}: {_counted(run)}",
        columns,
        rows=rows if cycles else [],
        stamps=run.stamps,
        note="Cycles are dated with hindsight. Relative wealth is the growth of the account over that of the "
        "benchmark, less 1; its average is geometric. An average over so few windows shows what happened, not what is "
        "likely.",
    )


def _cycle_row(cycle: Mapping[str, Any]) -> list[str]:
    is_open = bool(cycle.get("open"))
    recession = cycle.get("recession")
    row = [
        day(cycle.get("first_cut")),
        "not known yet" if is_open else day(cycle.get("final_cut")),
        "not yet" if is_open else day(cycle.get("next_hike")),
        DASH if recession is None else "yes" if recession else "no",
    ]
    for name in WINDOWS:
        window = _window(cycle, name)
        if not window.get("complete"):
            row += [_why_not(window), ""]
        else:
            row += [signed_percent(figure(window, key)) for key in ("return", "relative_wealth")]
    return row


def _why_not(window: Mapping[str, Any]) -> str:
    """Return in a word why a window has no figures: it never exists, begins before the run, or is still open."""
    note = str(window.get("note") or "")
    return DASH if note.startswith("no hike") else "not covered" if "begin" in note else "open"


def _average(cycles: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    windows = [window for cycle in cycles if (window := _window(cycle, name)).get("complete")]
    own = [x for window in windows if (x := figure(window, "return")) is not None]
    lead = [x for window in windows if (x := figure(window, "relative_wealth")) is not None]
    if not own or not lead:
        return ["n = 0", ""]
    return [
        f"{signed_percent(sum(own) / len(own))} (n = {len(own)})",
        signed_percent(RELATIVE_WEALTH.average(lead)) if min(lead) > -1.0 else DASH,
    ]


def _finding(run: Run) -> str:
    sharpe, volatility = figure(run.summary, "statistics", "sharpe"), figure(run.summary, "statistics", "volatility")
    lost = not bool((run.ledger.value > 0).all())
    risk = "the account was lost, and has no Sharpe ratio" if lost else "the run has no Sharpe ratio"
    if sharpe is not None and volatility is not None:
        risk = f"A Sharpe ratio of {plain(sharpe)} at a volatility of {percent(volatility)} a year"
    done = [w for cycle in _cycles(run) if (w := _window(cycle, YEARLY)).get("complete")]
    if not done:
        return sentence(f"{risk}; {_counted(run)}")
    won = sum((figure(window, "relative_wealth") or 0.0) > NO_LEAD for window in done)
    return sentence(f"{risk}; {_counted(run)}, and the run beat {run.benchmark} in {many_of(won)} of them")


def _counted(run: Run) -> str:
    """Return how many easing cycles the run saw, and how many of their 12-month windows it covers whole."""
    year, cycles = str(run.ledger.sessions[0])[:4], _cycles(run)
    done = sum(bool(_window(cycle, YEARLY).get("complete")) for cycle in cycles)
    are = "is" if len(cycles) == 1 else "are"
    counted = f"since {year} there {are} {count(len(cycles), 'easing cycle')}"
    return counted + (f", {many_of(done)} with a complete 12-month window" if cycles else "")


def _cycles(run: Run) -> list[Mapping[str, Any]]:
    return [_mapping(cycle) for cycle in run.summary.get("by_cycle") or ()]


def _window(cycle: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _mapping(_mapping(cycle.get("windows")).get(name))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
