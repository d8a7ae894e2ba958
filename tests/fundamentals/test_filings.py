"""What a view serves of real filings, worked out by hand from the filings' rows: ten companies on three dates."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from fedcycle.data.fundamentals.known import Known
from fedcycle.data.fundamentals.panel import Fundamentals
from fedcycle.data.market import Market
from fedcycle.data.sources.sec_statements import Statements

ANSWERS = list(csv.DictReader((Path(__file__).parent / "answers.csv").read_text(encoding="utf-8").splitlines()))
SESSIONS = np.array(
    ["2009-09-01", "2009-09-04", "2009-09-08", "2009-09-30", "2010-05-10", "2010-05-11", "2010-06-08", "2010-06-09"],
    dtype="datetime64[D]",
)


@pytest.fixture(scope="module")
def market(steps: Known) -> Market:
    """A market whose assets are the companies themselves, with a price of one dollar."""
    names = tuple(sorted({row["cik"] for row in ANSWERS}))
    prices = np.ones((len(SESSIONS), len(names)))
    fund = Fundamentals(steps, names, names, ("all",))
    return Market("filings", SESSIONS, names, prices, fundamentals=fund)


def test_there_are_ten_companies_and_three_dates() -> None:
    assert len({row["cik"] for row in ANSWERS}) == 10
    assert len({row["session"] for row in ANSWERS}) == 3
    assert {(r["cik"], r["session"]) for r in ANSWERS} == {(r["cik"], s["session"]) for r in ANSWERS for s in ANSWERS}


@pytest.mark.parametrize("row", ANSWERS, ids=lambda r: f"{r['name']}-{r['session']}-{r['item']}")
def test_a_view_serves_what_the_filings_said_by_then(market: Market, row: dict[str, str]) -> None:
    view = market.as_of(np.datetime64(row["session"], "D")).fundamentals
    served = view.value(row["item"])[view.assets.index(row["cik"])]
    fact = view.fact(row["cik"], row["item"])
    if not row["value"]:
        assert math.isnan(served)
        assert fact is None
        return
    # Exact: sums of whole dollars below 2**53.
    assert served == float(row["value"]) or (math.isnan(served) and row["value"] == "nan")
    assert fact is not None
    assert (str(fact.end), fact.form, fact.source) == (row["end"], row["form"], row["accession"])


def test_a_filing_accepted_at_the_close_is_known_the_next_session(market: Market) -> None:
    """JPMorgan's 10-Q, 0000950123-10-047138: accepted 2010-05-10 16:00:00."""
    at = market.assets.index("0000019617")
    assert market.as_of(SESSIONS[4]).fundamentals.value("assets")[at] == 2026642000000
    assert market.as_of(SESSIONS[5]).fundamentals.value("assets")[at] == 2135796000000


def test_the_year_before_comes_from_what_was_known_then(market: Market) -> None:
    """Supervalu's 10-K, 0000950123-10-037777: the years to February 2010 and 2009."""
    view = market.as_of(SESSIONS[6]).fundamentals
    assert view.year_ago("net_income")[view.assets.index("0000095521")] == -2855000000


def test_a_market_cut_at_a_day_serves_the_same(market: Market) -> None:
    for session in SESSIONS[[3, 6]]:
        whole, cut = (m.as_of(session).fundamentals for m in (market, market.truncated(session)))
        for item in ("net_income", "assets", "debt_current", "shares"):
            np.testing.assert_array_equal(whole.value(item), cut.value(item))


def test_no_step_is_known_before_its_period_has_ended(steps: Known) -> None:
    assert (steps.known_on >= steps.end).all()
    assert len(steps) > 10_000


def test_what_was_amended_later_is_served_until_then(filings: Statements) -> None:
    """``prevrpt`` is 1 for 3M's 8-K, 0001104659-10-029054, as it was amended afterwards: on the day nobody knew."""
    facts = filings.facts
    assert "0001104659-10-029054" in facts.source.names
    code = facts.source.names.index("0001104659-10-029054")
    assert (facts.source.codes == code).sum() > 10
