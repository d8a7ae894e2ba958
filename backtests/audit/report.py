"""What an audit says: its verdict, the checks it rests on, and the first decision that does not hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from fedcycle.backtests.core.format import count

Verdict: TypeAlias = Literal["pass", "fail", "hindsight"]


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One decision that does not follow from what was known alone.

    Parameters
    ----------
    check : name of the check that found it
    day : the decision day, or None where no day is to blame
    asset : the asset whose weight changed, or None where no weight did
    weight, other_weight : fraction of portfolio value, as decided and as decided under the check; None where there is
        none
    input : what changed, or what was read that must not be
    sentence : the same for a reader
    """

    check: str
    day: str | None
    asset: str | None
    weight: float | None
    other_weight: float | None
    input: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check: what it asked, on how many decisions, and the first decision that failed it.

    ``verdict`` is ``pass``, ``fail``, ``allowed`` (stale data were served, as the config allows) or ``not judged``;
    ``reason`` says why a check was not judged.
    """

    name: str
    asked: str
    checked: int
    verdict: Literal["pass", "fail", "allowed", "not judged"]
    violation: Violation | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The answer of an audit.

    Parameters
    ----------
    verdict : ``pass``, ``fail``, or ``hindsight`` for a rule that is openly told what nobody knew
    decisions : decision days of the backtest
    decisions_checked : those that were asked again, on a market cut there and on one with another future
    checks : in the order made
    first_violation : the earliest decision that does not hold, or None
    fresh_processes : how many fresh processes, each with a hash seed of its own, made the decisions too; None where it
        is not said, as in a run, whose bytes are the same wherever it is made
    read : series the rule read
    parameter_files : names of the small files beside the rule that it read while it was loaded
    """

    verdict: Verdict
    decisions: int
    decisions_checked: int
    checks: tuple[Check, ...]
    first_violation: Violation | None
    fresh_processes: int | None = None
    read: tuple[str, ...] = ()
    parameter_files: tuple[str, ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document of the audit."""
        return {
            "verdict": self.verdict,
            "decisions_checked": self.decisions_checked,
            "decisions": self.decisions,
            "sampled": self.decisions_checked < self.decisions,
            "first_violation": None if self.first_violation is None else asdict(self.first_violation),
            **({} if self.fresh_processes is None else {"fresh_processes": self.fresh_processes}),
            "checks": [asdict(check) for check in self.checks],
            "series_read": list(self.read),
            "parameter_files": list(self.parameter_files),
            "text": self.text,
        }

    @property
    def text(self) -> str:
        """Return the verdict in one sentence."""
        counted = f"{self.decisions_checked:,} of {self.decisions:,} decisions asked again"
        if self.fresh_processes:
            counted += f", also in fresh processes under {count(self.fresh_processes, 'hash seed')}"
        elif self.fresh_processes == 0:
            counted += ", in no fresh process"
        if self.first_violation is not None and self.verdict == "fail":
            return f"fail: {self.first_violation.sentence} ({counted})"
        if self.verdict == "hindsight":
            return (
                f"hindsight: the rule is told what nobody knew on the day; nothing else of the future moved {counted}"
            )
        own = f"; the rule read its parameter file {', '.join(self.parameter_files)}" if self.parameter_files else ""
        allowed = next((c.violation for c in self.checks if c.verdict == "allowed" and c.violation is not None), None)
        stale = "" if allowed is None else f"; stale data were served, as allow_stale says: {allowed.sentence}"
        return f"pass: look-ahead test passed, in {counted}{own}{stale}"
