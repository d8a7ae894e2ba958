"""The page of the Fed's easing cycles: aligned at the final cut, then each window with every cycle and its tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.core.format import DASH, count, day, many_of, plain, points, sentence, signed_percent
from fedcycle.backtests.tearsheet import charts
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.page import document as html
from fedcycle.backtests.tearsheet.section import RenderedSection, Section
from fedcycle.data.typing import Float64, Int64

STAMPS = ("HINDSIGHT",)
TOLD = (
    "Cycles are dated with hindsight: on the day of a cut nobody knew whether it was the final one. What follows is "
    "what happened around those dates, not what a rule could have earned."
)
"""What the stamp means on a page that is about no rule."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
COLOURS = tuple(f"--asset-{k}" for k in (2, 0, 1, 8, 5, 7, 3))
MAIN = "12m"


def render(document: Mapping[str, Any], aligned: Sequence[tuple[str, Int64, Float64]]) -> str:
    """Return the page.

    Parameters
    ----------
    document : the JSON document of an event study
    aligned : (name of the cycle, (k,) sessions from the final cut, (k,) lead of small over large since then, fraction)
    """
    as_of = document["as_of"]
    upto = f"as of {as_of}, nothing later used" if as_of else f"to {document['sessions']['last']}"
    windows = document["window_names"]
    return html(
        title="Fed easing cycles · fedcycle",
        description=f"The event study over the Fed's easing cycles, market {document['market']['name']}, {upto}",
        kicker=f"fedcycle cycles · market {document['market']['name']} · cycles by {document['how']} · {upto}",
        heading="Small, mid and large caps around the Fed's easing cycles",
        question="Do small caps lead after the final cut, and would one cycle more or less change the answer?",
        stamps=STAMPS,
        told=TOLD,
        places=[
            _aligned(document, aligned),
            _cycles(document),
            *(_window(document, name, words) for name, words in windows.items()),
            _notes(document),
        ],
        sessions=np.array([document["sessions"]["last"]], dtype="datetime64[D]"),
    )


def _aligned(document: Mapping[str, Any], aligned: Sequence[tuple[str, Int64, Float64]]) -> RenderedSection:
    title = "Aligned at the final cut"
    told = document["summary"][MAIN].get("small - large", {})
    if not aligned:
        return RenderedSection(
            "aligned", title, Section(title, "No cycle can be aligned: no final cut lies in the data.", Markup())
        )
    lines = [
        charts.line(
            name, 100 * lead, colour=COLOURS[k % len(COLOURS)], dash=DASHES[k % len(DASHES)], hovertemplate="%{y:+.1f}%"
        )
        | {"x": offsets.tolist()}
        for k, (name, offsets, lead) in enumerate(aligned)
    ]
    layout = {
        "xaxis": {"title": {"text": "sessions from the final cut"}, "zeroline": True, "zerolinecolor": "--rule-strong"},
        "yaxis": charts.axis("small over large, %", zeroline=True),
        "shapes": [],
        "annotations": [],
    }
    drawn = chart(
        "aligned",
        "Growth of small over growth of large since the first close that knows the final cut, one line a cycle, "
        "percent",
        figure={"data": lines, "layout": layout, "calendars": {}},
        stamps=STAMPS,
        height=420,
        note=(
            "A line ends where the data do. 252 sessions are about 12 months. Before the cut the lead is read "
            "backwards."
        ),
    )
    n = told.get("n", 0)
    lead = f", by {points(told['mean'])} on average" if n else ""
    windows = count(n, "complete 12-month window")
    won = f"Small led large in {many_of(told.get('positive', 0))} of {windows} after a final cut{lead}"
    return RenderedSection("aligned", title, Section(title, sentence(won), drawn))


def _cycles(document: Mapping[str, Any]) -> RenderedSection:
    columns = [Column(h, "text" if k == 0 else "number") for k, h in enumerate(("First cut", "Final cut", "Next hike"))]
    columns += [Column("Recession"), Column("Cuts"), Column("Cut, bp"), Column("First to final cut, days")]
    rows = [
        [
            day(c["first_cut"]),
            "not known yet" if c["open"] else day(c["final_cut"]),
            "not yet" if c["open"] else day(c["next_hike"]),
            "yes" if c["recession"] else "no",
            str(c["cuts"]),
            plain(c["cut_bp"], 0),
            f"{c['length_days']:,}",
        ]
        for c in document["cycles"]
    ]
    flagged = sum(c["recession"] for c in document["cycles"])
    said = f"{count(len(rows), 'easing cycle')} since 1994, {many_of(flagged)} of them with a recession"
    body = table("Easing cycles by announcement", columns, rows=rows, stamps=STAMPS)
    return RenderedSection("cycles", "Cycles", Section("Cycles", sentence(said), body))


def _window(document: Mapping[str, Any], name: str, words: str) -> RenderedSection:
    summary = document["summary"][name]
    shown = list(summary)
    columns = [Column("Cycle", "text"), *(Column(_heading(key), _kind(key)) for key in shown), Column("", "note")]
    rows = [_row(cycle, name, shown) for cycle in document["cycles"]]
    average = [f"{_figure(key, of['mean'])} (n = {of['n']})" if of["n"] else "n = 0" for key, of in summary.items()]
    rows.append(["average", *average, ""])
    note = "An incomplete window has no figures and is marked; it is never shortened."
    body = table(f"Total returns, {words}; differences in points", columns, rows=rows, stamps=STAMPS, note=note)
    told = summary["small - large"]
    return RenderedSection(
        name.replace("_", "-"), words, Section(words, sentence(told["text"]), body + _tests(summary))
    )


def _row(cycle: Mapping[str, Any], name: str, shown: Sequence[str]) -> list[str]:
    returns, gaps = cycle["windows"][name] or {}, cycle["differences"][name] or {}
    cells = [_figure(key, returns.get(key, gaps.get(key))) for key in shown]
    return [f"{cycle['first_cut'][:4]} to {cycle['final_cut'][:4]}", *cells, cycle["spans"][name]["note"] or ""]


def _tests(summary: Mapping[str, Any]) -> Markup:
    columns = [Column("Difference", "text"), Column("n"), Column("Ahead in"), Column("Mean, points", "signed")]
    columns += [
        Column("Interval, points"),
        Column("p, sign flips"),
        Column("p, signs"),
        Column("Leaving one out", "note"),
    ]
    rows = []
    for key, of in summary.items():
        if " - " in key:
            span = of["interval"]
            ends = (
                DASH if span is None else f"{_figure(key, span[0])} to {_figure(key, span[1])} ({of['confidence']:.0%})"
            )
            p = [DASH if x is None else f"{x:.3f}" for x in (of["p"], of["sign_p"])]
            one_out = of["leave_one_out"]["text"]
            rows.append([_heading(key), str(of["n"]), str(of["positive"]), _figure(key, of["mean"]), ends, *p, one_out])
    note = "Exact one-sided tests: every pattern of signs is counted. With n cycles no p can be smaller than 1 / 2^n."
    return table("What so few cycles can tell", columns, rows=rows, stamps=STAMPS, note=note)


def _notes(document: Mapping[str, Any]) -> RenderedSection:
    other = document["other_dating"]
    columns = [
        Column("Window", "text"),
        Column(f"By {document['how']}", "signed"),
        Column(f"By {other['how']}", "signed"),
    ]
    rows = []
    for name, words in document["window_names"].items():
        pair = [s[name]["small - large"] for s in (document["summary"], other["summary"])]
        rows.append([words, *(f"{_figure('-', x['mean'])} (n = {x['n']})" if x["n"] else "n = 0" for x in pair)])
    body = table("Small less large, points, by how cycles are dated", columns, rows=rows, stamps=STAMPS)
    said = "How cycles are dated matters: 2019 and 2020 may count as one or as two. " + " ".join(document["notes"])
    return RenderedSection("dating", "Dating and limits", Section("Dating and limits", said, body))


def _heading(key: str) -> str:
    return key.replace("_", " ").replace(" - ", " less ")


def _kind(key: str) -> str:
    return "signed" if "-" in key else "number"


def _figure(key: str, value: float | None) -> str:
    return points(value).removesuffix(" points") if "-" in key else signed_percent(value)
