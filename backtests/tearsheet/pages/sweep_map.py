"""A grid's active return over the values of its keys: a curve over one key, a heat map over two, one map per third."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.config.serialize import as_shown
from fedcycle.backtests.core.format import DASH, count, figure, plain, pp, signed, stamped
from fedcycle.backtests.tearsheet import charts
from fedcycle.backtests.tearsheet.definitions import Term
from fedcycle.backtests.tearsheet.markup import Cell, chart, heat

MARK = "□ "
"""Stands before the config's own value."""
MOST_MAPS = 6
MOST_ACROSS = 40
"""Columns of a heat map; a key with more values has the best variants in the table only."""

Row: TypeAlias = Mapping[str, Any]


def over_values(document: Mapping[str, Any]) -> Markup:
    """Return the curve or the maps of a grid's document; empty where there is one value or one row.

    Only rows of the document are drawn, which are the best thousand; where there are more trials, a note says so.
    """
    rows: Sequence[Row] = document["table"]["rows"]
    values = {key: _sorted({as_shown(row["values"][key]): row["values"][key] for row in rows}) for key in _keys(rows)}
    varied = sorted((key for key in values if len(values[key]) > 1), key=lambda key: -len(values[key]))
    if not varied:
        return Markup()
    if len(varied) == 1:
        return _curve(document, varied[0], values=values[varied[0]])
    down, across = sorted(varied[:2], key=lambda key: len(values[key]), reverse=True)
    if len(values[across]) > MOST_ACROSS:
        return Markup()
    return _maps(document, down, across, values=values, others=varied[2:])


def _keys(rows: Sequence[Row]) -> list[str]:
    return list(rows[0]["values"])


OWN = "each variant's own benchmark"


def against(document: Mapping[str, Any]) -> str:
    """Return what active returns are over: the benchmark, or each variant's own where they differ."""
    table = document["table"]
    return OWN if table.get("own_benchmarks") else str(table["benchmark"])


def _sorted(found: Mapping[str, Any]) -> list[str]:
    """Return values as words, numbers by size and before words."""

    def rank(word: str) -> tuple[bool, float, str]:
        value = found[word]
        numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
        return not numeric, float(value) if numeric else 0.0, word

    return sorted(found, key=rank)


def _left_out(document: Mapping[str, Any]) -> str:
    """Return what is not drawn, as a sentence; empty where all of it is."""
    drawn, trials = len(document["table"]["rows"]), document["inference"]["trials"]
    return f" Only the best {drawn:,} of {trials:,} trials are drawn." if drawn < trials else ""


def _own(document: Mapping[str, Any], key: str) -> str:
    return as_shown(document.get("own_values", {}).get(key))


def _curve(document: Mapping[str, Any], key: str, *, values: Sequence[str]) -> Markup:
    """Return the active return at each value of one key, with its interval where all have one."""
    rows = {as_shown(row["values"][key]): row for row in document["table"]["rows"]}
    judged = {value: _judged(row) for value, row in rows.items()}
    exact = {value: found for value, row in rows.items() if (found := figure(row, "excess_cagr")) is not None}
    with_ends = all(judged[value] is not None for value in exact)
    estimates = {v: (judged[v] if with_ends else None) or (exact[v], np.nan, np.nan) for v in values if v in exact}
    if len(estimates) < 2:
        return Markup()
    benchmark, own = against(document), _own(document, key)
    note = f"The line at 0 is {benchmark}. {_mark(document, key)}{_plateau(estimates, key)}{_left_out(document)}"
    # The whole interval and the benchmark's line are in sight.
    reach = 100 * np.nan_to_num(np.array([*estimates.values(), (0.0, 0.0, 0.0)]))
    margin = 0.06 * (reach.max() - reach.min() or 1.0)
    span = [round(float(reach.min() - margin), 6), round(float(reach.max() + margin), 6)]
    axes = {"y": charts.axis("pp a year", zero_line=True, range=span, ticks=6)}
    interval = ": estimate and 95% interval, all judged together" if with_ends else ""
    return chart(
        "curve",
        f"Active return over {benchmark} at each value of {key}, percentage points a year{interval}",
        figure=charts.over_categories([_line(estimates, own, with_ends=with_ends)], axes=axes),
        stamps=(),
        height=320,
        note=note,
    )


def _line(estimates: Mapping[str, tuple[float, float, float]], own: str, *, with_ends: bool) -> charts.Figure:
    middle, low, high = (100 * np.array([interval[k] for interval in estimates.values()]) for k in (0, 1, 2))
    ends: dict[str, Any] = {}
    if with_ends:
        ends = {"low": charts.rounded(low), "high": charts.rounded(high), "along": "y"}
    return charts.dots(
        "active return",
        [(MARK if value == own else "") + value for value in estimates],
        middle,
        said=[f"{value}: {_told(interval)}" for value, interval in estimates.items()],
        signs=["square" if value == own else "circle" for value in estimates],
        joined=True,
        listed=False,
        **ends,
    )


def _told(interval: tuple[float, float, float]) -> str:
    middle, low, high = interval
    return f"{pp(middle, 2)} a year" + ("" if np.isnan(low) else f" ({pp(low, 2)} to {pp(high, 2)})")


def _judged(row: Row) -> tuple[float, float, float] | None:
    """Return active return, low and high of a row's verdict, where it has an interval."""
    middle, low, high = (figure(row, "verdict", name) for name in ("active_return", "low", "high"))
    return None if middle is None or low is None or high is None else (middle, low, high)


def _plateau(estimates: Mapping[str, tuple[float, float, float]], key: str) -> str:
    """Return which values beside the best are inside the best one's interval, as a sentence."""
    names, found = list(estimates), list(estimates.values())
    best = max(range(len(found)), key=lambda k: found[k][0])
    low = found[best][1]
    if np.isnan(low):
        return " There are no intervals, so nothing says which values can be told apart."
    first, last = best, best
    while first > 0 and found[first - 1][0] >= low:
        first -= 1
    while last + 1 < len(found) and found[last + 1][0] >= low:
        last += 1
    if first == last:
        return f" The best, {names[best]}, stands alone: the values beside it lie below its interval."
    return (
        f" Plateau: {names[first]} to {names[last]} ({count(last - first + 1, 'value')} of {key}) lie within the "
        f"interval of the best, {names[best]}."
    )


def _mark(document: Mapping[str, Any], *keys: str) -> str:
    rows = document["table"]["rows"]
    own = [
        f"{key}: {_own(document, key)}"
        for key in keys
        if any(as_shown(row["values"][key]) == _own(document, key) for row in rows)
    ]
    return (
        f"{MARK}is the config's own value ({', '.join(own)})." if own else "The config's own value is not among them."
    )


def _maps(
    document: Mapping[str, Any], down: str, across: str, *, values: Mapping[str, Sequence[str]], others: Sequence[str]
) -> Markup:
    """Return a heat map for each combination of the other keys' values."""
    rows = document["table"]["rows"]
    most = max((abs(figure(row, "excess_cagr") or 0.0) for row in rows), default=0.0) or 1.0
    benchmark = against(document)
    combined = list(itertools.product(*(values[key] for key in others)))
    body = Markup()
    for k, fixed in enumerate(combined[:MOST_MAPS], start=1):
        where = dict(zip(others, fixed, strict=True))
        found = {
            (as_shown(row["values"][down]), as_shown(row["values"][across])): row
            for row in rows
            if all(as_shown(row["values"][key]) == value for key, value in where.items())
        }
        lines = [
            (_named(document, down, x), [_cell(found.get((x, y)), most) for y in values[across]]) for x in values[down]
        ]
        said = "".join(f", {key} {_named(document, key, value)}" for key, value in where.items())
        last = k == min(len(combined), MOST_MAPS)
        body += heat(
            f"Active return over {benchmark}, pp a year: {down} down, {across} across{said}",
            [down, *(Term(_named(document, across, y), f"{across} is {y}.") for y in values[across])],
            rows=lines,
            stamps=(),
            note=_note(document, (down, across, *others), len(combined)) if last else "",
        )
    return body


def _named(document: Mapping[str, Any], key: str, value: str) -> str:
    return (MARK if value == _own(document, key) else "") + value


def _cell(row: Row | None, most: float) -> Cell:
    active = None if row is None else figure(row, "excess_cagr")
    if active is None or row is None:
        return Cell(DASH)
    stamps = stamped("", row["stamps"])
    return Cell(signed(100 * active, 2) + stamps, active / most)


def _note(document: Mapping[str, Any], keys: Sequence[str], maps: int) -> str:
    row = {} if document["table"].get("own_benchmarks") else document["table"].get("benchmark_row") or {}
    earned = figure(row, "cagr")
    level = f", which earned {plain(100 * earned)}% a year" if earned is not None else ""
    more = f" {maps - MOST_MAPS:,} further maps are left out; the results file has all." if maps > MOST_MAPS else ""
    return (
        f"0.00 is {against(document)}{level}. {_mark(document, *keys)} {DASH} stands where nothing could "
        f"be run. An optimum beside weak neighbours is what chance alone makes.{more}{_left_out(document)}"
    )
