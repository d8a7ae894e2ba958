"""The statements as a Markdown page: the table, a summary, and each statement with its test and its sensitivity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fedcycle.backtests.core.format import counted, listing, percent, sentence

TERMS = {
    "data": "data",
    "estimand": "estimand",
    "window": "window",
    "test": "test",
    "rule": "verdict",
    "alternative_explanation": "alternative explanation",
    "limits": "not tested",
}


def page(document: Mapping[str, Any]) -> str:
    """Return the page of tested statements, from their JSON document."""
    return "\n".join(_lines(document)) + "\n"


def meaning(document: Mapping[str, Any]) -> list[str]:
    """Return the summary of the verdicts, each sentence from the document's own figures."""
    claims = document["claims"]
    counts = document["counts"]
    said = [
        f"Of the note's {len(claims)} statements the data support {counts['supported']}, contradict "
        f"{counts['contradicted']}, cannot tell about {counts['cannot tell']} and cannot test {counts['not testable']}."
    ]
    for topic in dict.fromkeys(c["topic"] for c in claims):
        said.append(sentence(f"on {topic}: {'; '.join(_result(c) for c in claims if c['topic'] == topic)}"))
    turned = [c for c in claims if c["depends_on"]]
    if turned:
        each = listing([f"{c['id']} ({c['main_verdict']} by its main analysis)" for c in turned])
        said.append(f"Without the sensitivity rule {each} would have a verdict; a reasonable alternative disagrees.")
    return [*said, *_multiplicity(claims)]


def _result(claim: Mapping[str, Any]) -> str:
    shown = claim["shown"]
    figures = ", ".join(text for text in (shown["estimate"], shown["n"] and f"n = {shown['n']}") if text[-1] != "–")
    return f"{claim['id']} {shown['verdict']}" + (f" ({figures})" if figures else "")


def _multiplicity(claims: list[Mapping[str, Any]]) -> list[str]:
    """Return how likely one false verdict among all tests is, if no statement were true."""
    tested = sum(c["tested"] for c in claims)
    if tested < 2:
        return []
    chance = percent(1.0 - 0.95**tested, 0)
    return [
        f"{counted(tested, 'statement')} rest on a test at 5% on the side of the statement; were all of them wrong and "
        f"independent, the probability that at least one test supports its statement would be up to {chance}."
    ]


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    as_of = document["as_of"]
    upto = f"as of {as_of}, nothing later used" if as_of else f"on all the data, to {document['last_session']}"
    yield "# What the data say of the note's statements\n"
    yield (
        f"Written by `fedcycle claims --markdown FILE`; market `{document['market']['name']}`, {upto}; cycles by "
        f"{document['dating']}. Each verdict follows from the rule of its statement and from the sensitivity rule of "
        "[inference.md](inference.md), both written down before.\n"
    )
    yield from _table(
        ["", "statement", "verdict", "estimate", "interval", "n"],
        [
            [
                c["id"],
                c["text"],
                f"**{c['shown']['verdict']}**",
                *(c["shown"][k] for k in ("estimate", "interval", "n")),
            ]
            for c in document["claims"]
        ],
    )
    yield "\n## Summary\n"
    yield from (f"{text}\n" for text in meaning(document))
    for claim in document["claims"]:
        yield from _claim(claim)


def _claim(claim: Mapping[str, Any]) -> Iterator[str]:
    stamps = "".join(f" · {stamp}" for stamp in claim["stamps"])
    yield f"## {claim['id']}: {claim['shown']['verdict']}{stamps}\n"
    yield f"> {claim['text']}\n"
    yield f"{claim['summary']}\n"
    yield from (f"- *{name}*: {claim[term]}" for term, name in TERMS.items() if claim[term])
    yield ""
    if claim["alternatives"]:
        rows = [
            [a["choice"], a["value"], a["verdict"] or "–", a["shown"], a["shown_interval"], a["note"]]
            for a in claim["alternatives"]
        ]
        main = claim["main_verdict"]
        yield f"Sensitivity (main analysis: {main}):\n"
        yield from _table(["choice", "changed to", "verdict", f"estimate{stamps}", "95% interval", "note"], rows)
        yield ""
    if claim["supporting"]:
        rows = [[s["label"], s["shown"], s["shown_interval"], s["note"]] for s in claim["supporting"]]
        yield from _table([f"supporting evidence{stamps}", "value", "95% interval", "note"], rows)
        yield ""


def _table(heads: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    yield from (f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
