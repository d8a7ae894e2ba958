"""The statements as a Markdown page: the table, a summary, and each statement with its test and its sensitivity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fedcycle.backtests.analysis import side_by_side
from fedcycle.backtests.core.format import counted, listing, percent, sentence, stamped
from fedcycle.data.reach import reach_sentence

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
    on = f", on {claim['sample']}" if len(claim["samples"]) > 1 else ""
    shown = claim["shown"]
    figures = ", ".join(text for text in (shown["estimate"], shown["n"] and f"n = {shown['n']}") if text[-1] != "–")
    return f"{claim['id']} {shown['verdict']}" + (f" ({figures}{on})" if figures else "")


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
    upto = f"as of {as_of}, nothing later used" if as_of else "on all the data"
    samples = "; ".join(f"{side_by_side.span(s)}, cycles by {s['dating']}" for s in document["samples"])
    yield "# What the data say of the note's statements\n"
    yield (
        f"Written by `fedcycle claims --markdown FILE`, {upto}. Samples: {samples}. Each verdict follows from the rule "
        "of its statement and from the sensitivity rule of [inference.md](inference.md), both written down before.\n"
    )
    yield from _table(
        ["", "statement", "verdict", "estimate", "interval", "n", "sample"],
        [
            [
                c["id"],
                c["text"],
                f"**{c['shown']['verdict']}**",
                *(c["shown"][k] for k in ("estimate", "interval", "n")),
                c["sample"],
            ]
            for c in document["claims"]
        ],
    )
    yield "\n## Summary\n"
    yield from (f"{text}\n" for text in meaning(document))
    yield from _two_samples(document)
    for claim in document["claims"]:
        yield from _claim(claim)
    yield "## Until when the data reach\n"
    yield from (f"`{s['name']}`: {reach_sentence(s['data'])}.\n" for s in document["samples"])


def _two_samples(document: Mapping[str, Any]) -> Iterator[str]:
    if not side_by_side.on_both(document):
        return
    short, long = (side_by_side.years(s) for s in document["samples"])
    yield "## Both samples side by side\n"
    yield (
        "A statement on how things go in general rests on the longest sample, which holds the shorter one's cycles "
        "too; one about the market of January 2025 rests on the shorter.\n"
    )
    yield from _table(list(side_by_side.SAMPLES), side_by_side.sample_rows(document))
    yield f"\n### What {short} years could not tell and {long} can\n"
    yield from (f"- {text}" for text in side_by_side.what_long_adds(document) or ["Nothing."])
    yield f"\n### What not even {long} years can tell\n"
    yield from (f"- {text}" for text in side_by_side.what_stays_open(document) or ["Nothing."])
    yield ""


def _claim(claim: Mapping[str, Any]) -> Iterator[str]:
    stamps = claim["stamps"]
    yield f"## {stamped(claim['id'] + ': ' + claim['shown']['verdict'], stamps)}\n"
    yield f"> {claim['text']}\n"
    if len(claim["samples"]) > 1:
        other = next(s for s in claim["samples"] if s["sample"] != claim["sample"])
        yield (
            f"The verdict rests on `{claim['sample']}`, and so do the figures below. On `{other['sample']}` it is "
            f"{other['shown']['verdict']} ({other['shown']['estimate']}, n = {other['shown']['n']}): "
            f"{other['summary']}\n"
        )
    yield f"{claim['summary']}\n"
    if claim["by_dating"]:
        yield f"{claim['by_dating']}\n"
    yield from (f"- *{name}*: {claim[term]}" for term, name in TERMS.items() if claim[term])
    yield ""
    if claim["alternatives"]:
        rows = [
            [a["choice"], a["value"], a["verdict"] or "–", a["shown"], a["shown_interval"], a["note"]]
            for a in claim["alternatives"]
        ]
        main = claim["main_verdict"]
        yield f"Sensitivity (main analysis: {main}):\n"
        yield from _table(
            ["choice", "changed to", "verdict", stamped("estimate", stamps), "95% interval", "note"], rows
        )
        yield ""
    if claim["datings"]:
        yield f"{stamped('By each way of dating', stamps)}. {side_by_side.HOW_TO_READ}\n"
        yield from _table(list(side_by_side.DATED), side_by_side.dated_rows(claim["datings"]))
        yield ""
        yield from _table(
            [*side_by_side.CYCLES[:-2], stamped("relative wealth", stamps), "note"],
            side_by_side.cycle_rows(claim["datings"]),
        )
        yield ""
    if claim["supporting"]:
        rows = [[s["label"], s["shown"], s["shown_interval"], s["note"]] for s in claim["supporting"]]
        yield from _table([stamped("supporting evidence", stamps), "value", "95% interval", "note"], rows)
        yield ""


def _table(heads: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    yield from (f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
