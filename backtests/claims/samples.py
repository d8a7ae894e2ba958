"""The statements judged on two samples side by side, and the rule which of them a verdict rests on."""

from __future__ import annotations

from typing import Any

from fedcycle.backtests.claims.results import VERDICTS, evaluate_claims, in_short
from fedcycle.data.market import Market
from fedcycle.data.typing import Day

ON_BOTH = ("C2", "C3", "C6", "C7", "C8", "C9", "C12")
"""Statements on how things go in general: they rest on the longest sample, which holds the short one's cycles too. The
others are about the market of January 2025, or about what only the short sample holds, and rest on that."""


def both_samples(short: Market, long: Market, as_of: Day | None = None) -> dict[str, Any]:
    """Return the JSON document of every statement, those of ``ON_BOTH`` judged on two markets.

    A claim's figures are those of the sample that its verdict rests on, named in ``sample``; ``samples`` has the
    verdict of each.

    Parameters
    ----------
    short : Market of all the statements
    long : Market with a longer history of the same
    as_of : day, or None for all the data

    Raises
    ------
    DataError
        If the day is before a market's first session.
    """
    one, other = evaluate_claims(short, as_of), evaluate_claims(long, as_of, only=ON_BOTH)
    document = one.document
    longer = {claim["id"]: claim for claim in other.document["claims"]}
    claims = []
    for claim in document["claims"]:
        if claim["id"] not in longer:
            claims.append(claim)
            continue
        found = longer[claim["id"]]
        samples = [in_short(claim, short.name), in_short(found, long.name)]
        claims.append(found | {"sample": long.name, "samples": samples})
    given = [claim["verdict"] for claim in claims]
    return document | {
        "samples": [one.sample, other.sample],
        "counts": {verdict: given.count(verdict) for verdict in VERDICTS},
        "claims": claims,
    }
