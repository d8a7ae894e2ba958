"""All statements tested on one market, as of one day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fedcycle.backtests.analysis.event_study import TARGET, Dating
from fedcycle.backtests.claims.claim import CANNOT_TELL, CONTRADICTED, NOT_TESTABLE, SUPPORTED, Claim, Finding, document
from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.claims.registry import CLAIMS
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
        return {
            "market": {"name": market.name, "digest": market.digest},
            "as_of": None if as_of is None else str(as_of),
            "dating": self.evidence.dating.name,
            "last_session": str(market.sessions[-1]),
            "data": reach(market, (*market.assets, TEN_YEAR, POLICY, TURNS)),
            "counts": self.counts,
            "settings": SETTINGS.plain(),
            "claims": [document(claim, finding, self.evidence) for claim, finding in self.findings],
        }


def evaluate_claims(market: Market, as_of: Day | None = None, *, dating: Dating = TARGET) -> ClaimResults:
    """Return every statement tested on a market; as of a day, nothing later is used.

    Parameters
    ----------
    market : Market
        Assets by their roles: ``small``, ``large`` and so on. What it lacks makes a statement not testable.
    as_of : day, or None for all the data
    dating : how easing cycles are dated

    Raises
    ------
    DataError
        If the day is before the market's first session.
    """
    evidence = Evidence.of(market, as_of, dating=dating)
    return ClaimResults(evidence, tuple((claim, claim.judged(evidence)) for claim in CLAIMS))
