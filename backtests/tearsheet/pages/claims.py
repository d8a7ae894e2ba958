"""The page of the note's statements: the verdicts together, then each statement with its test and its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.core.format import DASH
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.page import document as html
from fedcycle.backtests.tearsheet.section import RenderedSection, Section

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
    return html(
        title="The note's statements · fedcycle",
        description=f"{len(document['claims'])} statements tested on market {document['market']['name']}, {upto}",
        kicker=f"fedcycle claims · market {document['market']['name']} · cycles by {document['dating']} · {upto}",
        heading="What the data say of the note's statements",
        question="Which of them are supported, which contradicted, and which depend on how they are tested?",
        stamps=(),
        places=[_verdicts(document, meaning), *(_claim(claim) for claim in document["claims"])],
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
    ]
    rows = [
        [_stamped(c), c["text"], *(c["shown"][key] for key in ("verdict", "estimate", "interval", "n"))]
        for c in document["claims"]
    ]
    shown = table("The statements, in our words", columns, rows=rows, stamps=(), note=" ".join(meaning[1:]))
    return RenderedSection("verdicts", "Verdicts", Section("Verdicts", meaning[0], shown))


def _claim(claim: Mapping[str, Any]) -> RenderedSection:
    title = f"{claim['id']}: {claim['shown']['verdict']}"
    terms = [[name, claim[key]] for key, name in TERMS.items() if claim[key]]
    body = table(claim["text"], [Column("", "text"), Column("", "text")], rows=terms, stamps=claim["stamps"])
    section = Section(title, claim["summary"], body + _sensitivity(claim) + _supporting(claim))
    return RenderedSection(claim["id"].lower(), title, section)


def _stamped(claim: Mapping[str, Any]) -> str:
    return " · ".join([claim["id"], *claim["stamps"]])


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
