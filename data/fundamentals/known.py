"""Facts -> what was known when: the steps that the latest value of a company and item takes, by the day it was known.

Nothing here looks ahead: a step is made from facts known by its day alone, and a later fact makes a later step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from fedcycle.data.fundamentals.facts import Facts, one_labels
from fedcycle.data.fundamentals.quarters import LENGTHS, Months, trailing
from fedcycle.data.fundamentals.release import iso, month_end
from fedcycle.data.fundamentals.report import Report
from fedcycle.data.labels import Labels
from fedcycle.data.typing import Days, Float64, Int64

NOT_FOUR = "not four consecutive quarters"
NOT_YET = "sums of four quarters before the first four were known"
ODD_PERIOD = "period of another length than 3, 6, 9 or 12 months"
FACTOR = "shares off by a factor of 1,000"
YEAR = 12
LABELS = ("company", "item", "form", "source", "tag")
_NEAR = 0.5
"""How near to 1,000 (or a thousandth) a jump of shares must be to be an error of units: half of it, as shares grow."""


@dataclass(frozen=True, eq=False)
class Known:
    """Steps: (n,) rows, sorted by item, company and the day they were known.

    Parameters
    ----------
    item, company : what of whom
    known_on : days
        First day at whose close the value was public.
    end : days
        Of the latest period known that day; of a flow the end of the last of its four quarters.
    value : of a stock as of ``end``, of a flow the sum of four quarters; NaN where what was known does not make four
    year_ago : of a flow the sum of the four quarters before those, from what was known that day; else NaN
    filed : days
        Date of the filing that set the step.
    form, source, tag : of that filing
    """

    item: Labels
    company: Labels
    known_on: Days
    end: Days
    value: Float64
    year_ago: Float64
    filed: Days
    form: Labels
    source: Labels
    tag: Labels

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True)
class _Step:
    known: int
    end: int
    value: float
    year_ago: float
    row: int


def known(facts: Facts, kinds: Mapping[str, str], report: Report) -> Known:
    """Return the steps of a table of facts.

    Parameters
    ----------
    facts : in any order
    kinds : item -> ``flow`` or ``stock``; what is not in it is a stock
    report : told what was refused
    """
    names, items = facts.company.names, facts.item.names
    order = np.lexsort((facts.filed.astype(np.int64), facts.known_on.astype(np.int64), facts.company.codes,
                        facts.item.codes))  # fmt: skip
    group = facts.item.codes[order].astype(np.int64) * max(len(names), 1) + facts.company.codes[order]
    cuts = np.flatnonzero(np.diff(group)) + 1
    work = _Columns.of(facts)
    steps: list[_Step] = []
    for rows in np.split(order, cuts) if len(order) else []:
        at = rows.tolist()
        item, company = items[facts.item.codes[at[0]]], names[facts.company.codes[at[0]]]
        if kinds.get(item, "stock") == "flow":
            steps.extend(_flow_steps(work, at, company=company, item=item, report=report))
        elif item == "shares":
            steps.extend(_stock_steps(work, _without_wrong_units(work, at, company, report)))
        else:
            steps.extend(_stock_steps(work, at))
    return _table(facts, steps)


@dataclass(frozen=True, eq=False)
class _Columns:
    """The columns the walk reads, as lists: of single numbers these are three times as fast as arrays."""

    start: list[int]
    end: list[int]
    value: list[float]
    known: list[int]
    first_month: list[int]
    last_month: list[int]
    choice: list[tuple[int, str]]

    @classmethod
    def of(cls, facts: Facts) -> _Columns:
        start, end = facts.start.astype(np.int64), facts.end.astype(np.int64)
        there = ~np.isnat(facts.start)
        first = np.full(len(start), -1, dtype=np.int64)
        first[there] = _month_ends(facts.start[there] - np.timedelta64(1, "D"))
        tags, codes = facts.tag.names, facts.tag.codes.tolist()
        choice = [(place, tags[code]) for place, code in zip(facts.choice.tolist(), codes, strict=True)]
        return cls(
            start.tolist(), end.tolist(), facts.value.tolist(), facts.known_on.astype(np.int64).tolist(),
            first.tolist(), _month_ends(facts.end).tolist(), choice,
        )  # fmt: skip


def _month_ends(days: Days) -> Int64:
    months: Int64 = (days + np.timedelta64(15, "D")).astype("datetime64[M]").astype(np.int64) - 1
    return months


def _stock_steps(work: _Columns, rows: list[int]) -> Iterator[_Step]:
    """Yield a step whenever the latest value of a stock changes: of the latest day, the value known last."""
    best_end, best_value = -(10**9), float("nan")
    for k, row in enumerate(rows):
        end, value = work.end[row], work.value[row]
        if end < best_end or (end == best_end and value == best_value):
            continue
        best_end, best_value = end, value
        if k + 1 < len(rows) and work.known[rows[k + 1]] == work.known[row] and work.end[rows[k + 1]] >= end:
            continue  # the next of the same day takes its place
        yield _Step(work.known[row], end, value, float("nan"), row)


def _flow_steps(work: _Columns, rows: list[int], *, company: str, item: str, report: Report) -> Iterator[_Step]:
    """Yield a step whenever a sum of four quarters, or the period it ends with, changes."""
    flows = _Flows()
    last: tuple[int, float, float] = (-1, float("nan"), float("nan"))
    odd: set[Months] = set()
    for k, row in enumerate(rows):
        period = (work.first_month[row], work.last_month[row])
        if period[1] - period[0] in LENGTHS:
            flows.add(period, work.value[row], row, work.choice[row])
        elif period not in odd:
            odd.add(period)
            report.refuse(company, iso(work.end[row]), item, ODD_PERIOD, f"{work.end[row] - work.start[row] + 1} days")
        if flows.top < 0 or (k + 1 < len(rows) and work.known[rows[k + 1]] == work.known[row]):
            continue
        value, before, newest = flows.trailing()
        now = (flows.top, value, before)
        if _same(now, last):
            continue
        if value != value and last[0] != flows.top:
            if flows.begin > flows.top - YEAR:
                report.left_out[NOT_YET] += 1
            else:
                report.refuse(company, iso(month_end(flows.top)), item, NOT_FOUR, f"known {iso(work.known[row])}")
        last = now
        yield _Step(work.known[row], work.end[newest], value, before, newest)


class _Flows:
    """The flows of one item known so far, by the reading they come from: four quarters must all be of one reading."""

    def __init__(self) -> None:
        self.by_reading: dict[tuple[int, str], dict[Months, float]] = {}
        self.newest: dict[tuple[tuple[int, str], int], int] = {}
        self.top, self.begin = -1, 10**9

    def add(self, period: Months, value: float, row: int, reading: tuple[int, str]) -> None:
        """Add a flow, in the place of one that was known before for the same period and reading."""
        self.by_reading.setdefault(reading, {})[period] = value
        self.newest[reading, period[1]] = row
        self.top, self.begin = max(self.top, period[1]), min(self.begin, period[0])

    def trailing(self) -> tuple[float, float, int]:
        """Return the sum of the latest four quarters, that of the four before, and the row that set them.

        By the first reading that makes four quarters to the latest end known; NaN where none does.
        """
        there = sorted(reading for reading in self.by_reading if (reading, self.top) in self.newest)
        for reading in there:
            flows = self.by_reading[reading]
            value = trailing(flows, self.top)
            if value is not None:
                before = trailing(flows, self.top - YEAR)
                return value, float("nan") if before is None else before, self.newest[reading, self.top]
        return float("nan"), float("nan"), self.newest[there[0], self.top]


def _same(one: tuple[int, float, float], other: tuple[int, float, float]) -> bool:
    return one[0] == other[0] and all(a == b or (a != a and b != b) for a, b in zip(one[1:], other[1:], strict=True))


def _without_wrong_units(work: _Columns, rows: list[int], company: str, report: Report) -> list[int]:
    """Return the rows of shares without those that are a thousand times, or a thousandth of, the ones known before.

    A level that the next filing confirms is believed from then on: the first one may have been the wrong one.
    """
    kept: list[int] = []
    trusted, doubted = 0.0, 0.0
    for row in rows:
        value = work.value[row]
        if trusted and _thousand(value / trusted) and not (doubted and 0.5 < value / doubted < 2.0):
            report.refuse(company, iso(work.end[row]), "shares", FACTOR, f"{value:.15g} after {trusted:.15g}")
            doubted = value
            continue
        trusted, doubted = value, 0.0
        kept.append(row)
    return kept


def _thousand(ratio: float) -> bool:
    return any(abs(ratio / power - 1.0) < _NEAR for power in (1e3, 1e-3, 1e6, 1e-6))


def _table(facts: Facts, steps: list[_Step]) -> Known:
    rows = np.array([step.row for step in steps], dtype=np.int64)
    items = sorted(facts.item.names)
    companies = sorted(facts.company.names)
    item = _sorted_codes(facts.item, items)[rows]
    company = _sorted_codes(facts.company, companies)[rows]
    known_on = np.array([step.known for step in steps], dtype=np.int64)
    order = np.lexsort((known_on, company, item))
    rows = rows[order]

    def labels(column: Labels) -> Labels:
        return Labels(column.codes[rows], column.names)

    return Known(
        item=Labels(item[order], tuple(items)),
        company=Labels(company[order], tuple(companies)),
        known_on=known_on[order].astype("datetime64[D]"),
        end=np.array([step.end for step in steps], dtype=np.int64)[order].astype("datetime64[D]"),
        value=np.array([step.value for step in steps], dtype=np.float64)[order],
        year_ago=np.array([step.year_ago for step in steps], dtype=np.float64)[order],
        filed=facts.filed[rows],
        form=labels(facts.form),
        source=labels(facts.source),
        tag=labels(facts.tag),
    )


def _sorted_codes(labels: Labels, names: list[str]) -> Any:
    place = {name: k for k, name in enumerate(names)}
    lookup = np.array([place[name] for name in labels.names], dtype=np.int32)
    return lookup[labels.codes] if len(lookup) else labels.codes


def joined(parts: Sequence[Known]) -> Known:
    """Return the steps of several tables of different companies as one."""
    if len(parts) == 1:
        return parts[0]
    found: dict[str, Any] = {}
    for field in fields(Known):
        each = [getattr(part, field.name) for part in parts]
        found[field.name] = one_labels(each) if field.name in LABELS else np.concatenate(each)
    whole = Known(**found)
    items, companies = sorted(whole.item.names), sorted(whole.company.names)
    item, company = _sorted_codes(whole.item, items), _sorted_codes(whole.company, companies)
    order = np.lexsort((whole.known_on.astype(np.int64), company, item))
    rest: dict[str, Any] = {
        field.name: Labels(column.codes[order], column.names) if isinstance(column, Labels) else column[order]
        for field in fields(Known)
        if field.name not in ("item", "company") and (column := found[field.name]) is not None
    }
    return Known(Labels(item[order], tuple(items)), Labels(company[order], tuple(companies)), **rest)
