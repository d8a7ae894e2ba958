"""Reported tags -> items: of each filing and period the first definition it can answer, checked, or refused by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from fedcycle.data.fundamentals.facts import Row
from fedcycle.data.fundamentals.items import NOT_NEGATIVE, POSITIVE, Items
from fedcycle.data.fundamentals.release import iso
from fedcycle.data.fundamentals.report import Report

OTHER_CURRENCY = "other currency"
TWO_VALUES = "two values"
NO_NUMBER = "not a number"
BEFORE_ITS_END = "published before its period ends"
NEGATIVE = "negative"
NOT_POSITIVE = "not positive"
MOST_ROUNDING = 16
"""Days by which the SEC's rounding to a month's end may carry a date past the filing."""

Period = tuple[int | None, int]
"""First day of a flow (None of a stock) and last day, as days since 1970-01-01."""


@dataclass(frozen=True)
class Filing:
    """What is said of a whole filing; days are days since 1970-01-01."""

    company: str
    ticker: str
    form: str
    fiscal_year: int
    fiscal_period: str
    filed: int
    known_on: int
    source: str


@dataclass(eq=False)
class Reported:
    """What one filing reports: tags by period and unit.

    A tag with two values for one period and unit is refused as a whole.
    """

    values: dict[tuple[Period, str], dict[str, float]] = field(default_factory=dict)
    conflicts: set[tuple[Period, str, str]] = field(default_factory=set)

    def add(self, period: Period, unit: str, tag: str, value: float) -> bool:
        """Add a value; return False where the filing has said another one for the same."""
        tags = self.values.setdefault((period, unit), {})
        if tags.setdefault(tag, value) != value:
            self.conflicts.add((period, unit, tag))
            return False
        return True


def facts_of(filing: Filing, reported: Reported, items: Items, report: Report) -> list[Row]:
    """Return the facts of one filing; what is wrong is refused in the report, by company, period and reason."""
    for period, unit, tag in sorted(reported.conflicts, key=str):
        reported.values[period, unit].pop(tag, None)
        report.refuse(filing.company, iso(period[1]), tag, TWO_VALUES, f"in {unit}, in {filing.source}")
    rows = []
    for item, definitions in items.by_item.items():
        stock, unit = items.kinds[item] == "stock", items.units[item]
        for (period, said), tags in reported.values.items():
            if (period[0] is None) != stock:
                continue
            answers = [(*v, d.order) for d in definitions if (v := d.value(tags)) is not None]
            if answers and said != unit:
                detail = f"{answers[0][0]:.15g} {said}, in {filing.source}"
                report.refuse(filing.company, iso(period[1]), item, OTHER_CURRENCY, detail)
                continue
            rows += [row_of(filing, item, period, each, unit) for each in (answers[:1] if stock else answers)]
    return [row for row in rows if sound(row, report)]


def sound(row: Row, report: Report) -> bool:
    """Return whether a fact holds; one that does not is refused by name."""
    reason = fault(row)
    if reason is not None:
        detail = f"{row.value:.15g} {row.unit} from {row.tag}, in {row.source}"
        report.refuse(row.company, iso(row.end), row.item, reason, detail)
    return reason is None


def fault(row: Row) -> str | None:
    """Return why a fact is refused, or None."""
    if not math.isfinite(row.value):
        return NO_NUMBER
    if row.end > row.filed:
        return BEFORE_ITS_END
    if row.item in NOT_NEGATIVE and row.value < 0:
        return NEGATIVE
    if row.item in POSITIVE and row.value <= 0:
        return NOT_POSITIVE
    return None


def row_of(filing: Filing, item: str, period: Period, found: tuple[float, str, int], unit: str) -> Row:
    """Return a filing's fact; ``found`` is its value, what it was read from, and the place of that definition."""
    start, end = period
    if filing.filed < end <= filing.filed + MOST_ROUNDING and start is None:
        end = filing.filed  # a cover page's date, rounded past the filing
    return Row(
        company=filing.company, ticker=filing.ticker, item=item, start=start, end=end, value=found[0], unit=unit,
        form=filing.form, fiscal_year=filing.fiscal_year, fiscal_period=filing.fiscal_period, filed=filing.filed,
        known_on=filing.known_on, source=filing.source, tag=found[1], choice=found[2],
    )  # fmt: skip


def count(report: Report, counted: Mapping[str, int]) -> None:
    """Add counts of rows that were left out by rule; zeros are not said."""
    for reason, n in counted.items():
        if n:
            report.left_out[reason] += n
