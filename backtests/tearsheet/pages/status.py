"""The page of where the rate cycle stands: what could be told at the newest close, and what each rule holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.core.format import DASH, count, day, percent, plain, sentence, signed, stamped
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.page import document as html
from fedcycle.backtests.tearsheet.section import RenderedSection, Section
from fedcycle.data.reach import reach_sentence

DERIVED = " (derived from the Fed's daily target, not from a statement)"


def render(document: Mapping[str, Any]) -> str:
    """Return the page, from the JSON document of a status."""
    return html(
        title="Where the rate cycle stands · fedcycle",
        description=f"The Fed's rate cycle at the close of {document['session']}, and what rules hold",
        kicker=f"fedcycle status · market {document['market']['name']} · at the close of {document['session']}",
        heading="Where the rate cycle stands, and what each rule holds",
        question="What could be told of the cycle at this close, and what would change what a rule holds?",
        stamps=document["market"].get("stamps", []),  # a rule's own stamp stands beside the rule that it belongs to
        places=[_cycle(document), _rules(document), _reach(document)],
        sessions=np.array([document["session"]], dtype="datetime64[D]"),
    )


def _cycle(document: Mapping[str, Any]) -> RenderedSection:
    change = document["last_change"]
    told = DASH
    if change is not None:
        derived = DERIVED if change.get("derived") else ""
        told = f"{signed(change['change_bp'], 0)} bp, known on {day(change['known_on'])}{derived}"
    surge, correlation = document["yield_surge_bp"], document["correlation"]
    rows = [
        ["Last change of the target", told],
        ["Phase of the rate cycle", document["phase"] or DASH],
        *([f"Final cut by a {name}", cut or DASH] for name, cut in document["recognisers"].items()),
        ["Recession known to run", document["recession_known_to_run"] or DASH],
        [
            f"Rise of the 10-year yield over {document['surge_sessions']} sessions, bp",
            DASH if surge is None else signed(surge, 0),
        ],
        [
            f"Correlation of small less large with the yield, {document['correlation_sessions']} sessions",
            DASH if correlation is None else plain(correlation),
        ],
    ]
    told_too = [*document["problems"].values(), *document["notes"]]
    note = " ".join(sentence(text) for text in dict.fromkeys(told_too))
    body = table("Signals at the close", [Column("", "text"), Column("", "text")], rows=rows, stamps=(), note=note)
    finding = (
        f"At the close of {document['session']} the last change was {told}; the phase is {document['phase'] or DASH}"
    )
    return RenderedSection("cycle", "The rate cycle", Section("The rate cycle", sentence(finding), body))


def _rules(document: Mapping[str, Any]) -> RenderedSection:
    columns = [Column("Rule", "text"), Column("Holds", "text"), Column("Since the decision of", "text")]
    columns += [Column("What would change it", "text")]
    rows = []
    for rule in document["rules"]:
        name = stamped(rule["name"], rule["stamps"])
        if "problem" in rule:
            rows.append([name, DASH, DASH, rule["problem"]])
            continue
        changes = [f"{each['event']}: {_mix(each['weights'])}" for each in rule["would_change"]]
        rows.append([name, _mix(rule["weights"]), day(rule["since"]), "; ".join(changes) or DASH])
    body = table("What each rule holds by its last decision", columns, rows=rows, stamps=())
    if document["refused"]:
        refused = [[name, why] for name, why in document["refused"].items()]
        body += table("Not asked", [Column("Config", "text"), Column("Why", "text")], rows=refused, stamps=())
    failed = sum("problem" in r for r in document["rules"])
    said = f"{count(len(document['rules']), 'rule')} asked{f'; {failed} could not say' if failed else ''}"
    return RenderedSection("rules", "Rules", Section("Rules", sentence(said), body))


def _mix(weights: Mapping[str, float]) -> str:
    cash = 1.0 - sum(weights.values())
    held = {**weights, **({"cash": cash} if cash > 1e-9 else {})}
    return ", ".join(f"{asset} {percent(weight, 0)}" for asset, weight in held.items())


def _reach(document: Mapping[str, Any]) -> RenderedSection:
    title = "Until when the data reach"
    return RenderedSection("reach", title, Section(title, sentence(reach_sentence(document["data"])), Markup()))
