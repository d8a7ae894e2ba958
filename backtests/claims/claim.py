"""Claim and Finding: a statement of the note with its test written down beforehand, and the result on one market."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from fedcycle.backtests.claims.data import Evidence
from fedcycle.backtests.core.format import DASH, listing, p_value, percent, plain, pp, signed, signed_percent

Verdict: TypeAlias = Literal["supported", "contradicted", "cannot tell", "not testable"]
SUPPORTED: Verdict = "supported"
CONTRADICTED: Verdict = "contradicted"
CANNOT_TELL: Verdict = "cannot tell"
NOT_TESTABLE: Verdict = "not testable"

_RETURNS = {
    "fraction": "",
    "relative wealth": "",
    "fraction per year": " a year",
    "fraction per month": " a month",
    "fraction per percentage point": " per pp of yield",
}
_DIFFERENCES = {"difference": "", "difference per year": " a year", "difference per month": " a month"}


@dataclass(frozen=True)
class SupportingStatistic:
    """Supporting evidence: one more number, on which the verdict does not rest.

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
class Alternative:
    """The test of a claim repeated with one choice changed.

    Parameters
    ----------
    choice : which choice, such as ``block length``
    value : what it was changed to
    verdict : of the test then; None where it cannot be computed
    estimate, interval : as in Finding
    unit : of these; empty where it is that of the Finding
    note : such as the p-value, or why it cannot be computed
    decides : whether it must confirm the main verdict; where not, it is shown beside it
    """

    choice: str
    value: str
    verdict: Verdict | None
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    note: str = ""
    decides: bool = True
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result of a claim's test.

    Parameters
    ----------
    verdict : one of the four; that of the main analysis until ``settled``
    summary : the result, in one or two sentences
    estimate : the number the verdict rests on, in ``unit``; None where there is none
    interval : in the same unit; None where none is meant or possible
    confidence : of the interval, fraction
    unit : ``fraction``, ``difference``, ``relative wealth``, ``correlation``, ``percent per year`` ...
    n : how many observations the estimate has
    unit_of_observation : what these are: cycles, months, years
    supporting : further numbers
    alternatives : the same test with one choice changed at a time
    main_verdict : of the main analysis, once settled
    depends_on : choices whose alternatives do not confirm the main verdict, once settled
    tested : whether the main verdict rests on a test at 5%
    by_dating : what every way to date easings gives, in a sentence
    datings : the same windows by every way to date easings and in parts of the history, as JSON can hold them
    """

    verdict: Verdict
    summary: str
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    confidence: float | None = None
    unit: str = "fraction"
    n: int = 0
    unit_of_observation: str = ""
    supporting: tuple[SupportingStatistic, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    main_verdict: Verdict | None = None
    depends_on: tuple[str, ...] = ()
    tested: bool = False
    by_dating: str = ""
    datings: tuple[Mapping[str, Any], ...] = ()

    def settled(self) -> Finding:
        """Return the finding with its final verdict: one that an alternative does not confirm cannot be told.

        The rule is in docs/inference.md. A main verdict of ``cannot tell`` or ``not testable`` stays.
        """
        if self.verdict not in (SUPPORTED, CONTRADICTED):
            return replace(self, main_verdict=self.verdict)
        others = [
            a.choice for a in self.alternatives if a.decides and a.verdict is not None and a.verdict != self.verdict
        ]
        final = CANNOT_TELL if others else self.verdict
        return replace(self, verdict=final, main_verdict=self.verdict, depends_on=tuple(dict.fromkeys(others)))

    @property
    def shown_verdict(self) -> str:
        """Return the verdict with the choices it depends on, or with what the other ways of dating give."""
        if self.depends_on:
            return f"{self.verdict}: depends on {listing(self.depends_on)}"
        others = [a for a in self.alternatives if not a.decides and a.verdict is not None]
        if self.verdict not in (SUPPORTED, CONTRADICTED) or not others:
            return self.verdict
        if all(a.verdict == self.verdict for a in others):
            return f"{self.verdict} by every way of dating"
        return f"{self.verdict} by the primary dating; {'; '.join(f'{a.value}: {a.verdict}' for a in others)}"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement of the note.

    Parameters
    ----------
    id : ``C1`` to ``C12``
    text : the statement in our words
    topic : which question of the note it belongs to; the summary groups by it
    data : what it is tested on
    estimand : the number that is estimated
    window : over which days
    test : the statistical test, or why there is none
    rule : when each verdict is given, written down before the data were read
    alternative : the alternative explanation of the same figures
    assets, series : what of a market it needs
    judge : the test itself
    limits : what of the statement these data cannot test
    hindsight : whether its windows are dated ex post
    """

    id: str
    text: str
    topic: str
    data: str
    estimand: str
    window: str
    test: str
    rule: str
    alternative: str
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
        """Return the settled finding on a market; ``not testable`` where it lacks what the statement needs."""
        missing = [f"asset {a}" for a in self.assets if evidence.market.role(a) not in evidence.market.assets]
        missing += [f"series {s}" for s in self.series if not len(evidence.market.series.get(s, ()))]
        if missing:
            when = "" if evidence.as_of is None else f" as of {evidence.as_of}"
            summary = f"Market {evidence.market.name}{when} has no {' and no '.join(missing)}."
            return Finding(verdict=NOT_TESTABLE, summary=summary).settled()
        return self.judge(evidence).settled()


def document(claim: Claim, finding: Finding, evidence: Evidence) -> dict[str, Any]:
    """Return the JSON document of one claim."""
    return {
        "id": claim.id,
        "verdict": finding.verdict,
        "main_verdict": finding.main_verdict,
        "depends_on": list(finding.depends_on),
        "n": finding.n,
        "estimate": finding.estimate,
        "interval": None if finding.interval is None else list(finding.interval),
        "confidence": finding.confidence,
        "unit": finding.unit,
        "unit_of_observation": finding.unit_of_observation,
        "tested": finding.tested,
        **{key: getattr(claim, key) for key in ("text", "topic", "data", "estimand", "window", "test", "rule")},
        "summary": finding.summary,
        "alternative_explanation": claim.alternative,
        "limits": claim.limits,
        "hindsight": claim.hindsight,
        "stamps": list(claim.stamps),
        "as_of": None if evidence.as_of is None else str(evidence.as_of),
        "shown": {
            "verdict": finding.shown_verdict,
            "estimate": _named(finding),
            "interval": span(finding.interval, finding.unit, finding.confidence),
            "n": counted(finding.n, finding.unit_of_observation),
        },
        "supporting": [_supporting(s) for s in finding.supporting],
        "alternatives": [_alternative(a, finding) for a in finding.alternatives],
        "by_dating": finding.by_dating,
        "datings": list(finding.datings),
    }


def _named(finding: Finding) -> str:
    """Return the estimate with its unit, relative wealth by its name: a percentage alone could be a return."""
    text = worded(finding.estimate, finding.unit)
    return f"{text} relative wealth" if finding.unit == "relative wealth" and finding.estimate is not None else text


def _supporting(s: SupportingStatistic) -> Mapping[str, Any]:
    return {
        "label": s.label,
        "value": s.value,
        "unit": s.unit,
        "interval": None if s.interval is None else list(s.interval),
        "note": s.note,
        "shown": worded(s.value, s.unit),
        "shown_interval": "" if s.interval is None else span(s.interval, s.unit),
    }


def _alternative(a: Alternative, finding: Finding) -> Mapping[str, Any]:
    return {
        "choice": a.choice,
        "value": a.value,
        "verdict": a.verdict,
        "estimate": a.estimate,
        "interval": None if a.interval is None else list(a.interval),
        "note": a.note,
        "decides": a.decides,
        "shown": worded(a.estimate, a.unit or finding.unit),
        "shown_interval": "" if a.interval is None else span(a.interval, a.unit or finding.unit),
    }


def worded(value: float | str | None, unit: str) -> str:
    """Return a number with its unit; words stay as they are.

    Examples
    --------
    >>> worded(0.1809, "fraction"), worded(-0.05, "correlation"), worded(4.79, "percent per year"), worded(None, "")
    ('+18.1%', '−0.05', '4.79% a year', '–')
    >>> worded(0.1809, "difference"), worded(0.016, "difference per year")
    ('+18.1 pp', '+1.60 pp a year')
    """
    if value is None or isinstance(value, str):
        return value or DASH
    if unit in _RETURNS:
        return signed_percent(value) + _RETURNS[unit]
    if unit in _DIFFERENCES:
        return pp(value, 2 if unit.endswith("year") else 1) + _DIFFERENCES[unit]
    if unit == "share":
        return percent(value, 0)
    if unit == "percent per year":
        return f"{plain(value)}% a year"
    if unit == "chance":
        return p_value(value)
    return signed(value, 3 if unit == "ratio" else 2)


def span(interval: Sequence[float] | None, unit: str, confidence: float | None = None) -> str:
    """Return an interval, with its confidence where there is one.

    Examples
    --------
    >>> span([-0.068, 0.693], "fraction", 0.9375)
    '−6.8% to +69.3% (94%)'
    """
    if interval is None:
        return DASH
    sure = "" if confidence is None else f" ({percent(confidence, 0)})"
    return f"{worded(interval[0], unit)} to {worded(interval[1], unit)}{sure}"


def counted(n: int, noun: str) -> str:
    """Return how many observations there are: ``5 cycles``; a dash for none."""
    return f"{n} {noun}".strip() if n else DASH
