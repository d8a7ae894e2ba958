"""Claim and Finding: a statement of the note with its test written down beforehand, and what the data say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.claims.wording import counted, span, worded

Verdict: TypeAlias = Literal["supported", "contradicted", "cannot tell", "not testable"]
SUPPORTED: Verdict = "supported"
CONTRADICTED: Verdict = "contradicted"
CANNOT_TELL: Verdict = "cannot tell"
NOT_TESTABLE: Verdict = "not testable"


@dataclass(frozen=True)
class SupportingStatistic:
    """One more number shown beside a verdict that does not rest on it.

    Parameters
    ----------
    label : what it is
    value : the number in ``unit``, a word, or None where there is none
    unit : as in Finding
    note : what a reader must know of it
    interval : in the same unit, or None
    """

    label: str
    value: float | str | None
    unit: str = ""
    note: str = ""
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What the data say of a claim.

    Parameters
    ----------
    verdict : one of the four
    says : what was found, in one or two plain sentences
    estimate : the number the verdict rests on, in ``unit``; None where there is none
    interval : in the same unit; None where none is meant or possible
    confidence : of the interval, fraction
    unit : ``fraction``, ``correlation``, ``percent per year`` ...
    n : how many observations the estimate has: cycles, months, years
    of : what these are
    beside : further numbers
    """

    verdict: Verdict
    says: str
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    confidence: float | None = None
    unit: str = "fraction"
    n: int = 0
    of: str = ""
    beside: tuple[SupportingStatistic, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement of the note.

    Parameters
    ----------
    id : ``C1`` to ``C12``
    text : the statement in our words
    data : what it is judged on
    estimand : the number asked for
    window : over which days
    test : how chance is ruled out
    rule : when each verdict is given, written down before the data were asked
    rival : another reading of the same figures, or of the statement
    assets, series : what of a market it needs
    judge : the test itself
    limits : what of the statement these data cannot test
    hindsight : whether its windows are told by what nobody knew on the day
    """

    id: str
    text: str
    data: str
    estimand: str
    window: str
    test: str
    rule: str
    rival: str
    assets: tuple[str, ...]
    series: tuple[str, ...] = ()
    judge: Callable[[Evidence], Finding] = field(repr=False)
    limits: str = ""
    hindsight: bool = False

    @property
    def stamps(self) -> tuple[str, ...]:
        """Return what must stand next to its figures."""
        return ("HINDSIGHT",) if self.hindsight else ()

    def judged(self, evidence: Evidence) -> Finding:
        """Return what a market says of the statement; ``not testable`` where it lacks what the statement needs."""
        missing = [f"asset {a}" for a in self.assets if evidence.market.role(a) not in evidence.market.assets]
        missing += [f"series {s}" for s in self.series if not len(evidence.market.series.get(s, ()))]
        if missing:
            when = "" if evidence.as_of is None else f" as of {evidence.as_of}"
            says = f"Market {evidence.market.name}{when} has no {' and no '.join(missing)}."
            return Finding(verdict=NOT_TESTABLE, says=says)
        return self.judge(evidence)


def document(claim: Claim, finding: Finding, evidence: Evidence) -> dict[str, Any]:
    """Return the JSON document of one claim."""
    return {
        "id": claim.id,
        "verdict": finding.verdict,
        "n": finding.n,
        "estimate": finding.estimate,
        "interval": None if finding.interval is None else list(finding.interval),
        "confidence": finding.confidence,
        "unit": finding.unit,
        "of": finding.of,
        "text": claim.text,
        "says": finding.says,
        "data": claim.data,
        "estimand": claim.estimand,
        "window": claim.window,
        "test": claim.test,
        "rule": claim.rule,
        "rival": claim.rival,
        "limits": claim.limits,
        "hindsight": claim.hindsight,
        "stamps": list(claim.stamps),
        "as_of": None if evidence.as_of is None else str(evidence.as_of),
        "shown": {
            "estimate": worded(finding.estimate, finding.unit),
            "interval": span(finding.interval, finding.unit, finding.confidence),
            "n": counted(finding.n, finding.of),
        },
        "beside": [_plain(b) for b in finding.beside],
    }


def _plain(beside: SupportingStatistic) -> Mapping[str, Any]:
    return {
        "label": beside.label,
        "value": beside.value,
        "unit": beside.unit,
        "interval": None if beside.interval is None else list(beside.interval),
        "note": beside.note,
        "shown": worded(beside.value, beside.unit),
        "shown_interval": "" if beside.interval is None else span(beside.interval, beside.unit),
    }
