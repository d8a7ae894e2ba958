"""The page of the Fed's easing cycles: aligned at the final cut, then each window with every cycle and its tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis import side_by_side
from fedcycle.backtests.core.format import (
    DASH,
    count,
    day,
    many_of,
    p_value,
    plain,
    sentence,
    signed_percent,
)
from fedcycle.backtests.inference.small_sample import heading
from fedcycle.backtests.tearsheet import charts
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.page import document as html
from fedcycle.backtests.tearsheet.section import RenderedSection, Section
from fedcycle.backtests.tearsheet.warnings import warning
from fedcycle.data.closeness import ROUNDING
from fedcycle.data.typing import Float64, Int64

STAMPS = ("HINDSIGHT",)
TOLD = (
    "Cycles are dated ex post: on the day of a cut nobody knew whether it was the final one. What follows is "
    "what happened around those dates, not what a rule could have earned."
)
"""What the stamp means on a page that is about no rule."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
COLOURS = tuple(f"--asset-{k}" for k in (2, 0, 1, 8, 5, 7, 3))
MAIN = "12m"
SMALL_LARGE = "small / large"
OVER = " / "
"""What stands between the two of a pair in the JSON."""


def render(document: Mapping[str, Any], aligned: Sequence[tuple[str, Int64, Float64]]) -> str:
    """Return the page.

    Parameters
    ----------
    document : the JSON document of an event study
    aligned : (name of the cycle, (k,) sessions from the final cut, (k,) small's relative wealth against large since
        then less 1, fraction)
    """
    as_of = document["as_of"]
    upto = f"as of {as_of}, nothing later used" if as_of else f"to {document['sessions']['last']}"
    windows = document["window_names"]
    return html(
        title="Fed easing cycles · fedcycle",
        description=f"The event study over the Fed's easing cycles, market {document['market']['name']}, {upto}",
        kicker=f"fedcycle cycles · market {document['market']['name']} · cycles by {document['how']} · {upto}",
        heading="Small, mid and large caps around the Fed's easing cycles",
        question="Do small caps lead after the final cut by more than at other times, and does one cycle decide it?",
        stamps=(*STAMPS, *document["market"].get("stamps", [])),
        told=" ".join([TOLD, warning(document["market"].get("stamps", []))]).strip(),
        places=[
            _aligned(document, aligned),
            _cycles(document),
            *(_window(document, name, words) for name, words in windows.items()),
            _datings(document),
            _notes(document),
        ],
        sessions=np.array([document["sessions"]["last"]], dtype="datetime64[D]"),
    )


def _aligned(document: Mapping[str, Any], aligned: Sequence[tuple[str, Int64, Float64]]) -> RenderedSection:
    title = "Aligned at the final cut"
    told = document["summary"][MAIN].get(SMALL_LARGE, {})
    if not aligned:
        return RenderedSection(
            "aligned", title, Section(title, "No cycle can be aligned: no final cut lies in the data.", Markup())
        )
    lines = [
        charts.line(
            name,
            100 * relative,
            colour=COLOURS[k % len(COLOURS)],
            dash=DASHES[k % len(DASHES)],
            hover="{:+.1f}%",
            x=offsets.tolist(),
        )
        for k, (name, offsets, relative) in enumerate(aligned)
    ]
    figure = charts.over_numbers(
        lines,
        axes={"y": charts.axis("relative wealth, %", zero_line=True)},
        title="sessions from the final cut",
        zero_line=True,
    )
    drawn = chart(
        "aligned",
        "Growth of small over growth of large since the first close that knows the final cut, one line a cycle, "
        "percent",
        figure=figure,
        stamps=STAMPS,
        height=420,
        note=(
            "A line ends where the data do. 252 daily sessions are about 12 months. A value before the cut is what "
            "relative wealth stood at, against the day of the cut."
        ),
    )
    won = heading(told, "small led large", "complete 12-month window") if told else "these data lack small or large"
    return RenderedSection("aligned", title, Section(title, sentence(f"After a final cut {won}"), drawn))


def _cycles(document: Mapping[str, Any]) -> RenderedSection:
    columns = [Column(h, "text" if k == 0 else "number") for k, h in enumerate(("First cut", "Final cut", "Next hike"))]
    columns += [Column("Recession"), Column("Cuts"), Column("Cut, bp"), Column("First to final cut, days")]
    rows = [
        [
            _marked(c, "first_cut"),
            "not known yet" if c["open"] else _marked(c, "final_cut"),
            "not yet" if c["open"] else _marked(c, "next_hike"),
            "yes" if c["recession"] else "no",
            DASH if c["cuts"] is None else str(c["cuts"]),
            plain(c["cut_bp"], 0),
            f"{c['length_days']:,}",
        ]
        for c in document["cycles"]
    ]
    flagged = sum(c["recession"] for c in document["cycles"])
    since = f" since {document['cycles'][0]['first_cut'][:4]}" if rows else ""
    said = f"{count(len(rows), 'easing cycle')}{since}, {many_of(flagged)} of them with a recession"
    body = table(f"Easing cycles by {document['dating']}", columns, rows=rows, stamps=STAMPS)
    return RenderedSection("cycles", "Cycles", Section("Cycles", sentence(said), body))


def _marked(cycle: Mapping[str, Any], key: str) -> str:
    return f"{day(cycle[key])}{' (derived)' if key in cycle['derived'] else ''}"


def _datings(document: Mapping[str, Any]) -> RenderedSection:
    """Return small's 12 months against large's by every way to date easings, and every cycle of each."""
    title, found = "By each way of dating", document["datings"]
    text = {0, 1, len(side_by_side.DATED) - 1}
    columns = [Column(h.capitalize(), "text" if k in text else "number") for k, h in enumerate(side_by_side.DATED)]
    caption = "Relative wealth of small against large in the 12 months after the final cut"
    body = table(caption, columns, rows=side_by_side.dated_rows(found), stamps=STAMPS, note=side_by_side.HOW_TO_READ)
    kinds = ("text", "text", "text", "text", "text", "signed", "note")
    columns = [Column(h.capitalize(), kind) for h, kind in zip(side_by_side.CYCLES, kinds, strict=True)]
    body += table("Every cycle by each way of dating", columns, rows=side_by_side.cycle_rows(found), stamps=STAMPS)
    said = side_by_side.in_a_sentence(found) or "These data can be dated in one way only."
    return RenderedSection("datings", title, Section(title, said, body))


def _window(document: Mapping[str, Any], name: str, words: str) -> RenderedSection:
    summary = document["summary"][name]
    shown = list(summary)
    columns = [Column("Cycle", "text"), *(Column(_heading(key), _kind(key)) for key in shown)]
    rows = [_row(cycle, name, shown) for cycle in document["cycles"]]
    average = [
        f"{signed_percent(entry['mean'])} (n\u00a0=\u00a0{entry['n']})" if entry["n"] else "n = 0"
        for entry in summary.values()
    ]
    rows.append(["average", *average])
    why = [f"{_years(cycle)}: {said}." for cycle in document["cycles"] if (said := cycle["spans"][name]["note"])]
    note = (
        "One against another is relative wealth: the growth of one over that of the other, less 1; its average is "
        "geometric. An incomplete window has no figures; it is never shortened. "
    ) + " ".join(why)
    body = table(f"Total returns and relative wealth, {words}, %", columns, rows=rows, stamps=STAMPS, note=note)
    told = summary[SMALL_LARGE]
    return RenderedSection(
        name.replace("_", "-"),
        words,
        Section(words, sentence(heading(told, "small led large")), body + _tests(summary)),
    )


def _row(cycle: Mapping[str, Any], name: str, shown: Sequence[str]) -> list[str]:
    returns, gaps = cycle["windows"][name] or {}, cycle["relative_wealth"][name] or {}
    cells = [signed_percent(returns.get(key, gaps.get(key))) for key in shown]
    return [_years(cycle), *cells]


def _years(cycle: Mapping[str, Any]) -> str:
    return f"{cycle['first_cut'][:4]} to {cycle['final_cut'][:4]}"


def _tests(summary: Mapping[str, Any]) -> Markup:
    columns = [Column("Relative wealth", "text"), Column("n"), Column("Ahead in"), Column("Mean", "signed")]
    columns += [Column("Interval"), Column("p, sign-flip"), Column("All windows", "signed")]
    columns += [Column("Mean over that", "signed"), Column("p of that"), Column("Leaving one out", "note")]
    rows, limits = [], []
    for key, entry in summary.items():
        if OVER not in key:
            continue
        against = entry["against_average"] or {"average": None, "mean": None, "p": None}
        cells = [
            str(entry["n"]),
            str(entry["positive"]),
            signed_percent(entry["mean"]),
            _span(entry),
            p_value(entry["p"]),
        ]
        cells += [*(signed_percent(against[k]) for k in ("average", "mean")), p_value(against["p"])]
        rows.append([_heading(key), *cells, entry["leave_one_out"]["text"]])
        if entry["n"]:
            limits.append(f"{_heading(key)}: {entry['detectable']['text']}.")
    note = (
        "Exact one-sided sign-flip tests of two null hypotheses: a mean of zero, and the average of all windows of the "
        "same lengths in the sample. With n cycles the minimum attainable p is 1 / 2^n. " + " ".join(limits)
    )
    return table("Statistical significance", columns, rows=rows, stamps=STAMPS, note=note)


def _span(entry: Mapping[str, Any]) -> str:
    if entry["interval"] is None:
        return DASH
    low, high = (signed_percent(x) for x in entry["interval"])
    return f"{low} to {high} ({entry['confidence']:.0%})"


def _notes(document: Mapping[str, Any]) -> RenderedSection:
    other = document["other_dating"]
    columns = [
        Column("Window", "text"),
        Column(f"By {document['how']}", "signed"),
        Column(f"By {other['how']}", "signed"),
    ]
    rows = []
    for name, words in document["window_names"].items():
        pair = [s[name][SMALL_LARGE] for s in (document["summary"], other["summary"])]
        rows.append([words, *(f"{signed_percent(x['mean'])} (n = {x['n']})" if x["n"] else "n = 0" for x in pair)])
    caption, limits = (
        "Mean relative wealth of small against large, by how cycles are counted",
        " ".join(document["notes"]),
    )
    body = table(caption, columns, rows=rows, stamps=STAMPS, note=limits)
    return RenderedSection("dating", "Dating and limits", Section("Dating and limits", _counted(document, other), body))


def _counted(document: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Return what the other way to count cycles gives for the first window."""
    one, two = (s[MAIN][SMALL_LARGE] for s in (document["summary"], other["summary"]))
    if not one["n"] or not two["n"]:
        return "No complete 12-month window can be counted in two ways."
    if one["n"] == two["n"] and abs(one["mean"] - two["mean"]) < ROUNDING:
        return f"Counting by {other['how']} gives the same {one['n']} complete 12-month windows."
    return (
        f"Counting matters: by {document['how']} small's mean relative wealth against large is "
        f"{signed_percent(one['mean'])} (n = {one['n']}), by {other['how']} {signed_percent(two['mean'])} "
        f"(n = {two['n']})."
    )


def _heading(key: str) -> str:
    return key.replace("_", " ").replace(OVER, " against ")


def _kind(key: str) -> str:
    return "signed" if OVER in key else "number"
