"""The note's statements C1 to C12, each judged on history by a rule written down beforehand."""

from fedcycle.backtests.claims.claim import Claim, Finding
from fedcycle.backtests.claims.evidence import Evidence
from fedcycle.backtests.claims.judged import Judged, judge_all
from fedcycle.backtests.claims.registry import CLAIMS

__all__ = ["CLAIMS", "Claim", "Evidence", "Finding", "Judged", "judge_all"]
