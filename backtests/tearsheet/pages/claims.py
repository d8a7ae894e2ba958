"""The page of the note's statements: the verdicts together, then each statement with its test and its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.page import document as html
from fedcycle.backtests.tearsheet.section import RenderedSection, Section

TERMS = {
    "data": "Data",
    "estimand": "Number asked for",
    "window": "Window",
    "test": "Test",
    "rule": "Verdict, by a rule written down beforehand",
    "rival": "Rival reading",
    "limits": "Not tested",
}


def render(document: Mapping[str, Any], meaning: Sequence[str]) -> str:
    """Return the page, from the JSON document of judged statements and what they mean in plain sentences."""
    as_of = document["as_of"]
    upto = f"as of {as_of}, nothing later used" if as_of else f"on all the data, to {document['last_session']}"
    return html(
        title="The note's statements · fedcycle",
        description=f"Twelve statements judged on market {document['market']['name']}, {upto}",
        kicker=f"fedcycle claims · market {document['market']['name']} · {upto}",
        heading="What the data say of the note's statements",
        question="Which of them hold, which do not, and which can nobody tell from these data?",
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
        [_stamped(c), c["text"], c["verdict"], *(c["shown"][key] for key in ("estimate", "interval", "n"))]
        for c in document["claims"]
    ]
    shown = table("The twelve statements, in our words", columns, rows=rows, stamps=(), note=" ".join(meaning[1:]))
    return RenderedSection("verdicts", "Verdicts", Section("Verdicts", meaning[0], shown))


def _claim(claim: Mapping[str, Any]) -> RenderedSection:
    title = f"{claim['id']}: {claim['verdict']}"
    terms = [[name, claim[key]] for key, name in TERMS.items() if claim[key]]
    body = table(claim["text"], [Column("", "text"), Column("", "text")], rows=terms, stamps=claim["stamps"])
    section = Section(title, claim["says"], body + _beside(claim))
    return RenderedSection(claim["id"].lower(), title, section)


def _stamped(claim: Mapping[str, Any]) -> str:
    return " · ".join([claim["id"], *claim["stamps"]])


def _beside(claim: Mapping[str, Any]) -> Markup:
    if not claim["beside"]:
        return Markup()
    columns = [Column("Beside", "text"), Column("Value"), Column("95% interval"), Column("Note", "text")]
    rows = [[b["label"], b["shown"], b["shown_interval"], b["note"]] for b in claim["beside"]]
    return table("Shown beside; the verdict does not rest on it", columns, rows=rows, stamps=claim["stamps"])
