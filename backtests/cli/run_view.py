"""A run as the terminal shows it: the verdict, every number beside the benchmark's, phases and cycles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fedcycle.backtests.cli.console import (
    COUNT,
    DASH,
    PERCENT,
    label,
    note,
    note_place,
    print_growth,
    print_table,
    print_title,
    say,
    shown,
    statistics_shown,
)
from fedcycle.backtests.cli.freshness import say_reach
from fedcycle.backtests.core.format import stamped

NO_DIFFERENCE = frozenset({"total_return", "best_month", "worst_month", "best_year", "worst_year"})
"""Compounded returns, and returns of different months and years: relative wealth and the active return compare them."""
WINDOWS = {"first_cut_to_final_cut": "to final cut", "12m": "12 months after", "to_hike": "to next hike"}
"""The windows of an easing cycle, as headings name them."""


def print_run(document: dict[str, Any], value: Sequence[float]) -> None:
    """Print a run's numbers, each block under its stamps; ``value`` is the account's at each close, US dollars."""
    from fedcycle.backtests.inference.verdict import Verdict

    period = document["period"]
    stamp = stamped("", document["stamps"])
    print_title(f"{document['name']}{stamp}: {period['start']} to {period['end']}, {period['sessions']:,} sessions")
    judged = Verdict.read(document["relative"]["verdict"]).sentence(document["relative"]["benchmark"])
    say(f"{judged[:1].upper()}{judged[1:]}.{stamp}")
    say(_measured(period))
    _print_drawdown(document)
    _print_years(document)
    _print_numbers(document, stamp)
    print_growth(value, first=period["start"], last=period["end"], currency=document["market"].get("currency", "USD"))
    _print_margin(document.get("margin"), stamp, document["market"].get("currency", "USD"))
    _print_relative(document["relative"], stamp)
    _print_others(document.get("relative_to_others", []), stamp)
    _print_phases(document, stamp)
    _print_cycles(document, stamp)
    _print_without_one(document, stamp)
    say_reach(document.get("data", []))
    note_place("stored in", document["directory"])
    if document["tearsheet"]:
        note_place("tearsheet:", document["tearsheet"])
    note(f"audit: {document['audit']['text']}")


def _measured(period: Mapping[str, Any]) -> str:
    """Return from when on a run is measured, in a sentence."""
    before = period["sessions_before_first_fill"]
    if period["first_fill"] is None:
        return "Nothing was ever filled: the account stayed in cash, and there is nothing to measure."
    since = f"Measured from the first fill, {period['first_fill']}"
    if not before:
        return f"{since}."
    said = "1 session in cash before it is" if before == 1 else f"{before:,} sessions in cash before it are"
    return f"{since}; {said} in no statistic."


def _print_drawdown(document: Mapping[str, Any]) -> None:
    """Print when the maximum drawdown was, and the benchmark's; nothing where neither ever fell."""
    named = (("drawdowns", "Maximum drawdown"), ("benchmark_drawdowns", f"of {document['relative']['benchmark']}"))
    said = [f"{name} {_fall(document[key][0])}" for key, name in named if document.get(key)]
    if said:
        say(f"{'; '.join(said)}.")


def _fall(fall: Mapping[str, Any]) -> str:
    back = f"recovered on {fall['end']}" if fall["end"] else "not recovered yet"
    return f"{shown(fall['depth'], PERCENT)}% from {fall['start']} to {fall['trough']}, {back}"


def _print_years(document: Mapping[str, Any]) -> None:
    """Print which whole years were the best and the worst, and what the benchmark did in them."""
    whole = [year for year in document["by_year"] if year["complete"] and year["total_return"] is not None]
    if not whole:
        return
    other = document["relative"]["benchmark"]
    ends = ((word, of(whole, key=lambda year: year["total_return"])) for word, of in (("best", max), ("worst", min)))
    said = [
        f"{word} {year['year']}, {_signed(year['total_return'], PERCENT)}% "
        f"({other} {_signed(year['benchmark_return'], PERCENT)}%)"
        for word, year in ends
    ]
    say(f"Whole years: {'; '.join(said)}.")


def _print_numbers(document: Mapping[str, Any], stamp: str) -> None:
    """Print the numbers of the run and of its benchmark, and the difference where it says something."""
    own, other = document["statistics"], document["benchmark_statistics"]
    rows = []
    for key, (text, kind) in statistics_shown().items():
        if key not in own:
            continue
        name = label(text, document["market"])
        if key == "time_invested" and document.get("margin") is not None:
            name = "net invested, % of value"  # shorts count as negative
        mine, theirs = own[key], other.get(key)
        apart = None if mine is None or theirs is None or key in NO_DIFFERENCE else mine - theirs
        rows.append(
            [
                name,
                shown(mine, kind),
                shown(theirs, kind),
                DASH if kind is COUNT else _signed(apart, kind),
            ]
        )
    print_table([f"number{stamp}", "run", _benchmark(document), "difference"], rows)


def _benchmark(document: Mapping[str, Any]) -> str:
    """Return the benchmark's name as a heading, told from our own headings where it is called as one of them."""
    name = str(document["relative"]["benchmark"])
    return f"benchmark {name}" if name in {"number", "run", "difference"} else name


def _print_margin(margin: Mapping[str, Any] | None, stamp: str, currency: str) -> None:
    """Print how much a short or leveraged account held, and what shorts and loans brought and cost."""
    if margin is None:
        return
    names = ("average", "lowest", "highest", "last")
    labels = {"gross": "gross exposure", "net": "net exposure", "short": "sold short"}
    rows = [[text, *(shown(margin[key][name], PERCENT) for name in names)] for key, text in labels.items()]
    print_table([f"% of value{stamp}", *names], rows)
    earned, fees, loans = (
        f"{margin[key]:,.0f} {currency}" for key in ("proceeds_interest_usd", "borrow_fees_usd", "loan_interest_usd")
    )
    calls = margin["margin_calls"]
    said = ", ".join(calls[:3]) + (f" and {len(calls) - 3} more" if len(calls) > 3 else "")
    say(
        f"Proceeds of short sales earned {earned}, lenders got {fees}, loans cost {loans}. "
        f"Margin calls: {said or 'none'}.{stamp}"
    )


def _print_others(others: Sequence[Mapping[str, Any]], stamp: str) -> None:
    """Print a row for each benchmark that stands beside the one that answers the question."""
    if not others:
        return
    rows = [
        [
            entry["benchmark"],
            _signed(entry["excess_cagr"], PERCENT),
            _interval(entry["verdict"]),
            entry["verdict"]["word"] or DASH,
        ]
        for entry in others
    ]
    print_table([f"beside it, against{stamp}", "active return, pp a year", "95% interval", "verdict"], rows)


def _interval(judged: Mapping[str, Any]) -> str:
    if judged["low"] is None or judged["high"] is None:
        return DASH
    return f"{_signed(judged['low'], PERCENT)} to {_signed(judged['high'], PERCENT)}"


def _signed(value: float | None, kind: str) -> str:
    """Return a difference with its sign; a difference of percentages is in percentage points."""
    text = shown(value, kind)
    return text if text == DASH or text.startswith("-") or not any(x in text for x in "123456789") else f"+{text}"


def _print_relative(relative: Mapping[str, Any], stamp: str) -> None:
    ends = _interval(relative["verdict"])
    rows = [
        [statistics_shown()[k][0], shown(v, statistics_shown()[k][1]), ends if k == "excess_cagr" else ""]
        for k, v in relative.items()
        if k in statistics_shown()
    ]
    print_table([f"against {relative['benchmark']}{stamp}", "run", "95% interval"], rows)


def _print_phases(document: Mapping[str, Any], stamp: str) -> None:
    name = _benchmark(document)
    heads = [f"by phase{stamp}", "sessions", "run, % a year", f"{name}, % a year", "active return, pp a year"]
    rows = []
    for phase, entry in document["by_phase"].items():
        own, other = entry["return_per_year"], entry["benchmark_return_per_year"]
        active = None if own is None or other is None else own - other
        rows.append(
            [phase, f"{entry['sessions']:,}", shown(own, PERCENT), shown(other, PERCENT), _signed(active, PERCENT)]
        )
    print_table(heads, rows)


def _print_without_one(document: Mapping[str, Any], stamp: str) -> None:
    """Print the least and the most that is left of the active return without one easing cycle."""
    found = [of for of in document["relative"].get("without_cycle") or () if of["active_return"] is not None]
    if len(found) < 2:
        return
    ends = [of(found, key=lambda one: one["active_return"]) for of in (min, max)]
    said = [f"{_signed(one['active_return'], PERCENT)} (without {one['cycle']})" for one in ends]
    say(f"Active return with one easing cycle left out: from {' to '.join(said)} pp a year.{stamp}")


def _print_cycles(document: Mapping[str, Any], stamp: str) -> None:
    """Print the run's return and its relative wealth against the benchmark in each window of each easing cycle."""
    if not document["by_cycle"]:
        return
    heads = ["by easing cycle, dated ex post" + stamp]
    for window in WINDOWS.values():
        heads += [f"run {window}, %", f"relative wealth {window}, %"]
    rows = []
    for cycle in document["by_cycle"]:
        cells = [f"{cycle['first_cut'][:7]} to {'now' if cycle['open'] else cycle['final_cut'][:7]}"]
        for key in WINDOWS:
            window = cycle["windows"][key]
            whole = window["complete"]
            cells.append(shown(window["return"], PERCENT) if whole else DASH)
            cells.append(_signed(window["relative_wealth"], PERCENT) if whole else DASH)
        rows.append(cells)
    print_table(heads, rows)
    lost = any(w["complete"] and w["return"] is None for c in document["by_cycle"] for w in c["windows"].values())
    say(
        "Relative wealth is the growth of the account over that of the benchmark, less 1. A dash is a window that the "
        f"run does not cover whole{', or that begins after the account was lost' if lost else ''}."
    )
