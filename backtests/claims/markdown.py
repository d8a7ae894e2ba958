"""The statements as a Markdown page: the table, what it means in plain words, and each statement with its test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

TERMS = ("data", "estimand", "window", "test", "rule", "rival", "limits")
NAMES = {"rule": "verdict", "rival": "rival reading", "limits": "not tested"}


def page(document: Mapping[str, Any]) -> str:
    """Return the page of judged statements, from their JSON document."""
    return "\n".join(_lines(document)) + "\n"


def meaning(document: Mapping[str, Any]) -> list[str]:
    """Return what the verdicts mean together, in plain sentences."""
    by_verdict = {v: [c["id"] for c in document["claims"] if c["verdict"] == v] for v in document["counts"]}
    facts = [c for c in ("C4", "C5", "C11") if c in by_verdict["supported"]]
    said = [
        f"Of the note's twelve statements the data support {len(by_verdict['supported'])}, contradict "
        f"{len(by_verdict['contradicted'])}, cannot tell about {len(by_verdict['cannot tell'])} and cannot test "
        f"{len(by_verdict['not testable'])}."
    ]
    if facts:
        said.append(
            f"{_listed(facts)} are about what had happened by January 2025, and hold as described; that says nothing "
            "yet "
            "about what to buy."
        )
    if {"C2", "C3"} <= set(by_verdict["cannot tell"]):
        said.append(
            "The heart of the note, that small caps lead after the final cut (C2, C3), cannot be told from chance: "
            "there are "
            "only so many cycles, and the average is made by those that came with a recession."
        )
    if {"C8", "C9"} <= set(by_verdict["supported"]):
        said.append(
            "What it says to prefer holds over the whole history as far as it can be tested: profitable small caps "
            "to others "
            "(C8), and mid caps to small ones for their risk, not for their return (C9)."
        )
    if "C4" in by_verdict["supported"] and "C12" not in by_verdict["supported"]:
        said.append(
            "That small caps fall when yields rise was so in the three years before the note (C4); the whole history "
            "does not "
            "show it (C12)."
        )
    said.append(
        "Each statement is judged at a chance of error of one in twenty on its side; among twelve, a wrong verdict "
        "somewhere "
        "would be no surprise."
    )
    return said


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    as_of = document["as_of"]
    upto = f"as of {as_of}, nothing later used" if as_of else f"on all the data, to {document['last_session']}"
    yield "# What the data say of the note's statements\n"
    yield (
        f"Written by `fedcycle claims --markdown FILE`; market `{document['market']['name']}`, {upto}. No verdict is "
        "typed in: "
        "each follows from the statement's own rule, which stands below beside it.\n"
    )
    yield from _table(
        ["", "statement", "verdict", "estimate", "interval", "n"],
        [
            [c["id"], c["text"], f"**{c['verdict']}**", *(c["shown"][k] for k in ("estimate", "interval", "n"))]
            for c in document["claims"]
        ],
    )
    yield "\n## What it means\n"
    yield from (f"{sentence}\n" for sentence in meaning(document))
    for claim in document["claims"]:
        yield from _claim(claim)


def _claim(claim: Mapping[str, Any]) -> Iterator[str]:
    stamps = "".join(f" · {stamp}" for stamp in claim["stamps"])
    yield f"## {claim['id']}: {claim['verdict']}{stamps}\n"
    yield f"> {claim['text']}\n"
    yield f"{claim['says']}\n"
    yield from (f"- *{NAMES.get(term, term)}*: {claim[term]}" for term in TERMS if claim[term])
    yield ""
    if claim["beside"]:
        rows = [[b["label"], b["shown"], b["shown_interval"], b["note"]] for b in claim["beside"]]
        yield from _table([f"beside{stamps}", "value", "95% interval", "note"], rows)
        yield ""


def _table(heads: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    yield from (f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows)


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
