"""Company facts against edgartools, which is right about dates of filing: where it is installed, never a dependency.

It reads the same JSON without a network. A fact filed on a day is known here at the close of the day after it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcycle.data.fundamentals.items import Items
from fedcycle.data.fundamentals.known import Known, known
from fedcycle.data.fundamentals.report import Report
from fedcycle.data.sources import sec_companyfacts

from .conftest import day

FILE = "sec/companyfacts/CIK0001640147.json"
DAYS = ("2020-12-03", "2021-04-01", "2021-06-09", "2022-03-31", "2022-09-01", "2023-03-30", "2024-03-27", "2025-06-02")
"""The day after a filing, the day of one, and days between."""
INSTANTS = {
    "assets": "us-gaap:Assets",
    "equity": "us-gaap:StockholdersEquity",
    "cash": "us-gaap:CashAndCashEquivalentsAtCarryingValue",
}


@pytest.fixture(scope="module")
def theirs(raw: Path) -> Any:
    parser = pytest.importorskip("edgar.entity.parser", reason="edgartools is not installed: pip install edgartools")
    return parser.EntityFactsParser.parse_company_facts(json.loads((raw / FILE).read_bytes())).get_all_facts()


@pytest.fixture(scope="module")
def ours(raw: Path, items: Items) -> Known:
    return known(sec_companyfacts.read(raw / FILE, items).facts, items.kinds, Report(""))


def served(ours: Known, item: str, on: np.datetime64) -> int | None:
    """The row of the last step of an item known on a day."""
    rows = np.flatnonzero((ours.item.codes == ours.item.names.index(item)) & (ours.known_on <= on))
    return int(rows[-1]) if len(rows) else None


def latest(theirs: Any, concept: str, on: np.datetime64, *, months: int | None) -> tuple[str, float] | None:
    """Period end and value of the newest period filed before a day, by the last filing of it."""
    found = [
        (fact.period_end, fact.filing_date, float(fact.numeric_value))
        for fact in theirs
        if fact.concept == concept and fact.unit == "USD" and np.datetime64(fact.filing_date) < on
        and (fact.period_start is None if months is None else _months(fact) == months)
    ]  # fmt: skip
    end, _, value = max(found, default=(None, None, 0.0))
    return None if end is None else (str(end), value)


def _months(fact: Any) -> int | None:
    return None if fact.period_start is None else round((fact.period_end - fact.period_start).days / 30.44)


@pytest.mark.parametrize("session", DAYS)
def test_what_is_known_of_a_balance_sheet_is_what_edgartools_finds_filed_by_then(
    theirs: Any, ours: Known, session: str
) -> None:
    for item, concept in INSTANTS.items():
        row, expected = served(ours, item, day(session)), latest(theirs, concept, day(session), months=None)
        found = None if row is None else (str(ours.end[row]), float(ours.value[row]))
        assert found == expected, item
    assert served(ours, "assets", day(session)) is not None or session == DAYS[0]


def test_a_year_of_earnings_is_the_one_edgartools_finds_the_day_after_each_annual_report(
    theirs: Any, ours: Known
) -> None:
    """Of fiscal years to 31 January, as filed then; the year before last is not looked at again."""
    filed = sorted({str(f.filing_date) for f in theirs if f.form_type == "10-K" and f.concept == INSTANTS["assets"]})
    assert len(filed) == 5
    for each in filed:
        on = day(each) + 1
        row, expected = served(ours, "net_income", on), latest(theirs, "us-gaap:NetIncomeLoss", on, months=12)
        assert row is not None
        assert (str(ours.end[row]), float(ours.value[row])) == expected
