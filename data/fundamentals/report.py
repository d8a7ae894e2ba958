"""What was not taken, and why: refused facts by company, period and reason, and counts of what was left out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, order=True)
class Refused:
    """One fact that was refused.

    Parameters
    ----------
    company : CIK, or the source's own name
    period : end of its period, ISO date, or empty
    item : item or tag
    reason : one of the reasons of ``docs/stocks.md``
    detail : the value and where it stands
    """

    company: str
    period: str
    item: str
    reason: str
    detail: str


@dataclass(eq=False)
class Report:
    """What an import did: rows read, facts made, facts refused one by one, and rows left out by rule, counted.

    Parameters
    ----------
    source : the file
    """

    source: str
    rows: int = 0
    filings: int = 0
    facts: int = 0
    refused: list[Refused] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def refuse(self, company: str, period: str, item: str, reason: str, detail: str) -> None:
        """Note a fact that was refused."""
        self.refused.append(Refused(company, period, item, reason, detail))

    @property
    def document(self) -> dict[str, Any]:
        """Return the report as JSON can hold it."""
        return {
            "source": self.source,
            "rows": self.rows,
            "filings": self.filings,
            "facts": self.facts,
            "left_out": dict(sorted(self.left_out.items())),
            "refused": [vars(each) for each in sorted(self.refused)],
            "notes": list(self.notes),
        }

    def text(self) -> bytes:
        """Return the report as the bytes of a JSON file."""
        return (json.dumps(self.document, indent=1, allow_nan=False) + "\n").encode()

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Report:
        """Return the report of a document."""
        refused = [Refused(**each) for each in document["refused"]]
        return cls(
            document["source"], document["rows"], document["filings"], document["facts"], refused,
            Counter(document["left_out"]), list(document["notes"]),
        )  # fmt: skip


def by_reason(reports: Iterable[Report]) -> dict[str, int]:
    """Return reason -> refused facts of several reports, the most frequent first."""
    found: Counter[str] = Counter(each.reason for report in reports for each in report.refused)
    return dict(found.most_common())


def table(reports: Iterable[Report]) -> list[tuple[str, str, str, int]]:
    """Return (company, period, reason, count), the table of what was refused."""
    found = Counter((each.company, each.period, each.reason) for report in reports for each in report.refused)
    return [(*key, n) for key, n in sorted(found.items())]
