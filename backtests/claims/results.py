"""All statements tested on one market, as of one day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from fedcycle.backtests.analysis.event_study import TARGET, Dating
from fedcycle.backtests.claims.claim import CANNOT_TELL, CONTRADICTED, NOT_TESTABLE, SUPPORTED, Claim, Finding, document
from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.claims.registry import CLAIMS
from fedcycle.backtests.core.cycle_dating import FUNDS_RATE
from fedcycle.backtests.inference.settings import SETTINGS
from fedcycle.data.market import Market
from fedcycle.data.reach import POLICY, TEN_YEAR, TURNS, reach
from fedcycle.data.typing import Day

VERDICTS = (SUPPORTED, CONTRADICTED, CANNOT_TELL, NOT_TESTABLE)


@dataclass(frozen=True, eq=False)
class ClaimResults:
    """The statements with their findings, in the note's order."""

    evidence: Evidence
    findings: tuple[tuple[Claim, Finding], ...]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many statements have each verdict."""
        given = [finding.verdict for _, finding in self.findings]
        return {verdict: given.count(verdict) for verdict in VERDICTS}

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document."""
        market, as_of = self.evidence.market, self.evidence.as_of
        sample = self.sample
        claims = [document(claim, finding, self.evidence) for claim, finding in self.findings]
        return {
            "market": {"name": market.name, "digest": market.digest},
            "as_of": None if as_of is None else str(as_of),
            **{key: sample[key] for key in ("dating", "last_session", "data")},
            "samples": [sample],
            "counts": self.counts,
            "settings": SETTINGS.plain(),
            "claims": [c | {"sample": market.name, "samples": [in_short(c, market.name)]} for c in claims],
        }

    @property
    def sample(self) -> dict[str, Any]:
        """Return what a document says of the market: its span, how cycles are dated, until when its data reach."""
        market = self.evidence.market
        return {
            "name": market.name,
            "digest": market.digest,
            "stamps": list(market.all_stamps),
            "first_session": str(market.sessions[0]),
            "last_session": str(market.sessions[-1]),
            "dating": self.evidence.dating.called(market),
            "data": reach(market, (*market.assets, TEN_YEAR, POLICY, TURNS, FUNDS_RATE)),
        }


def in_short(claim: Mapping[str, Any], sample: str) -> dict[str, Any]:
    """Return what one sample says of a statement, from its document: the verdict and what it rests on."""
    keys = ("verdict", "main_verdict", "depends_on", "estimate", "interval", "confidence", "n", "summary", "shown")
    return {"sample": sample, **{key: claim[key] for key in keys}}


def evaluate_claims(
    market: Market, as_of: Day | None = None, *, dating: Dating = TARGET, only: Collection[str] | None = None
) -> ClaimResults:
    """Return every statement tested on a market; as of a day, nothing later is used.

    Parameters
    ----------
    market : Market
        Assets by their roles: ``small``, ``large`` and so on. What it lacks makes a statement not testable.
    as_of : day, or None for all the data
    dating : how easing cycles are dated
    only : ids of the statements to test; None for all

    Raises
    ------
    DataError
        If the day is before the market's first session.
    """
    evidence = Evidence.of(market, as_of, dating=dating)
    chosen = [claim for claim in CLAIMS if only is None or claim.id in only]
    return ClaimResults(evidence, tuple((claim, claim.judged(evidence)) for claim in chosen))
