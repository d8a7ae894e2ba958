"""The note's statements C1 to C12, each tested on history by a rule written down beforehand."""

from fedcycle.backtests.claims.claim import Claim, Finding
from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.claims.registry import CLAIMS
from fedcycle.backtests.claims.results import ClaimResults, evaluate_claims

__all__ = ["CLAIMS", "Claim", "ClaimResults", "Evidence", "Finding", "evaluate_claims"]
