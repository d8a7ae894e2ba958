"""The page of the note's statements: the verdicts together, then each statement with its test and its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis import side_by_side
from fedcycle.backtests.core.format import DASH, listing, stamped
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.page import document as html
from fedcycle.backtests.tearsheet.section import RenderedSection, Section
from fedcycle.data.reach import reach_sentence

TERMS = {
    "data": "Data",
    "estimand": "Estimand",
    "window": "Window",
    "test": "Test",
    "rule": "Rule of the verdict, written down beforehand",
    "alternative_explanation": "Alternative explanation",
    "limits": "Not tested",
}


def render(document: Mapping[str, Any], meaning: Sequence[str]) -> str:
    """Return the page, from the JSON document of tested statements and the summary's sentences."""
    as_of = document["as_of"]
    upto = f"as of {as_of}, nothing later used" if as_of else f"on all the data, to {document['last_session']}"
    samples = listing([sample["name"] for sample in document["samples"]])
    dated = "; ".join(f"{s['name']}: cycles by {s['dating']}" for s in document["samples"])
    return html(
        title="The note's statements · fedcycle",
        description=f"{len(document['claims'])} statements tested on {samples}, {upto}",
        kicker=f"fedcycle claims · {samples} · {dated} · {upto}",
        heading="What the data say of the note's statements",
        question="Which of them are supported, which contradicted, and which depend on how they are tested?",
        stamps=list(dict.fromkeys(stamp for sample in document["samples"] for stamp in sample.get("stamps", []))),
        places=[
            _verdicts(document, meaning),
            *_samples(document),
            *(_claim(claim) for claim in document["claims"]),
            _reach(document),
        ],
        sessions=np.array([document["last_session"]], dtype="datetime64[D]"),
    )


def _verdicts(document: Mapping[str, Any], meaning: Sequence[str]) -> RenderedSection:
    columns = [
        Column("", "text"),
        Column("Statement", "text"),
        Column("Verdict", "text"),
        Column("Estimate"),
        Column("Interval"),
        Column("n"),
        Column("Sample", "text"),
    ]
    rows = [
        [_stamped(c), c["text"], *(c["shown"][key] for key in ("verdict", "estimate", "interval", "n")), c["sample"]]
        for c in document["claims"]
    ]
    shown = table("The statements, in our words", columns, rows=rows, stamps=(), note=" ".join(meaning[1:]))
    return RenderedSection("verdicts", "Verdicts", Section("Verdicts", meaning[0], shown))


def _claim(claim: Mapping[str, Any]) -> RenderedSection:
    title = f"{claim['id']}: {claim['shown']['verdict']}"
    terms = [[name, claim[key]] for key, name in TERMS.items() if claim[key]]
    body = table(claim["text"], [Column("", "text"), Column("", "text")], rows=terms, stamps=claim["stamps"])
    beside = [text for text in (claim["by_dating"], *_other_sample(claim)) if text]
    if beside:
        body = table("Beside", [Column("", "text")], rows=[[text] for text in beside], stamps=claim["stamps"]) + body
    section = Section(title, claim["summary"], body + _sensitivity(claim) + _datings(claim) + _supporting(claim))
    return RenderedSection(claim["id"].lower(), title, section)


def _samples(document: Mapping[str, Any]) -> list[RenderedSection]:
    """Return the statements that were judged on two samples, side by side; nothing where there is one sample."""
    if not side_by_side.on_both(document):
        return []
    short, long = document["samples"]
    columns = [Column(head.capitalize(), "text") for head in side_by_side.SAMPLES]
    body = table(
        "The same statements on both samples",
        columns,
        rows=side_by_side.sample_rows(document),
        stamps=("HINDSIGHT",),
        note=f"Samples: {side_by_side.span(short)}; {side_by_side.span(long)}, which holds the shorter one's cycles "
        "too. Statements on how things go in general rest on the longer, those about January 2025 on the shorter.",
    )
    years = side_by_side.years(short), side_by_side.years(long)
    for title, said in (
        (f"What {years[0]} years could not tell and {years[1]} can", side_by_side.what_long_adds(document)),
        (f"What not even {years[1]} years can tell", side_by_side.what_stays_open(document)),
    ):
        body += table(
            title, [Column("", "text")], rows=[[text] for text in said or ["Nothing."]], stamps=("HINDSIGHT",)
        )
    found = f"{len(side_by_side.on_both(document))} of {len(document['claims'])} statements are judged on both samples."
    return [RenderedSection("samples", "Both samples", Section("Both samples", found, body))]


def _other_sample(claim: Mapping[str, Any]) -> list[str]:
    """Return what the sample says that the verdict does not rest on; nothing where there is one sample."""
    return [
        f"The verdict and the figures below rest on {claim['sample']}; on {each['sample']} it is "
        f"{each['shown']['verdict']}: {each['summary']}"
        for each in claim["samples"]
        if each["sample"] != claim["sample"]
    ]


def _datings(claim: Mapping[str, Any]) -> Markup:
    if not claim["datings"]:
        return Markup()
    text = {0, 1, len(side_by_side.DATED) - 1}
    columns = [Column(h.capitalize(), "text" if k in text else "number") for k, h in enumerate(side_by_side.DATED)]
    rows = side_by_side.dated_rows(claim["datings"])
    body = table("By each way of dating", columns, rows=rows, stamps=claim["stamps"], note=side_by_side.HOW_TO_READ)
    kinds = ("text", "text", "text", "text", "text", "number", "note")
    columns = [Column(h.capitalize(), kind) for h, kind in zip(side_by_side.CYCLES, kinds, strict=True)]
    rows = side_by_side.cycle_rows(claim["datings"])
    return body + table("Every cycle by each way of dating", columns, rows=rows, stamps=claim["stamps"])


def _reach(document: Mapping[str, Any]) -> RenderedSection:
    title = "Until when the data reach"
    said = " ".join(f"{s['name']}: {reach_sentence(s['data'])}." for s in document["samples"])
    return RenderedSection("reach", title, Section(title, said, Markup()))


def _stamped(claim: Mapping[str, Any]) -> str:
    return stamped(claim["id"], claim["stamps"])


def _sensitivity(claim: Mapping[str, Any]) -> Markup:
    if not claim["alternatives"]:
        return Markup()
    columns = [Column("Choice", "text"), Column("Changed to", "text"), Column("Verdict", "text"), Column("Estimate")]
    columns += [Column("95% interval"), Column("Note", "text")]
    rows = [
        [a["choice"], a["value"], a["verdict"] or DASH, a["shown"], a["shown_interval"], a["note"]]
        for a in claim["alternatives"]
    ]
    note = f"Main analysis: {claim['main_verdict']}. One choice changed at a time; those that agree are shown too."
    return table("Sensitivity of the verdict", columns, rows=rows, stamps=claim["stamps"], note=note)


def _supporting(claim: Mapping[str, Any]) -> Markup:
    if not claim["supporting"]:
        return Markup()
    columns = [Column("Statistic", "text"), Column("Value"), Column("95% interval"), Column("Note", "text")]
    rows = [[s["label"], s["shown"], s["shown_interval"], s["note"]] for s in claim["supporting"]]
    title = "Supporting evidence; the verdict does not rest on it"
    return table(title, columns, rows=rows, stamps=claim["stamps"])
