"""The cycles and event windows of the bundled data."""

from __future__ import annotations

import csv
import math
import os
from pathlib import Path

import pytest

from fedcycle.backtests.core.fed_cycles import easing_cycles, event_windows


@pytest.fixture(scope="module")
def bundle():
    from fedcycle.data.dataset import load_market

    return load_market("bundle")


def test_the_bundle_knows_the_six_cycles_since_1994(bundle):
    assert [(str(c.first_cut), str(c.final_cut), str(c.next_hike), c.recession) for c in easing_cycles(bundle)] == [
        ("1995-07-06", "1996-01-31", "1997-03-25", False),
        ("1998-09-29", "1998-11-17", "1999-06-30", False),
        ("2001-01-03", "2003-06-25", "2004-06-30", True),
        ("2007-09-18", "2008-12-16", "2015-12-16", True),
        ("2019-07-31", "2020-03-15", "2022-03-16", True),
        ("2024-09-18", "2025-12-10", "2026-09-16", False),
    ]


@pytest.mark.parametrize(("since", "complete"), [("1994-01-01", 5), ("1998-01-01", 4)])
def test_the_bundle_has_so_many_complete_windows_and_no_more(bundle, since, complete):
    found = [event_windows(bundle, c, ["small", "large"]) for c in easing_cycles(bundle) if str(c.first_cut) >= since]

    assert sum(w["12m"] is not None for w in found) == complete
    assert sum(w["to_hike"] is not None for w in found) == complete
    assert found[-1] == {"12m": None, "to_hike": None}


def test_a_year_of_large_caps_is_the_product_of_the_publishers_daily_returns(bundle):
    if "FEDCYCLE_RAW_DATA" not in os.environ:
        pytest.skip("FEDCYCLE_RAW_DATA is not set: the publisher's raw files are not at hand")
    path = Path(os.environ["FEDCYCLE_RAW_DATA"]) / "french" / "Portfolios_Formed_on_ME_Daily.csv"
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    column = next(row.index("Hi 30") for row in rows if "Hi 30" in row)
    # Sessions after the base 2008-12-16 through 2009-12-16, in percent.
    days = {row[0].replace("-", ""): row[column] for row in rows if row and row[0][:2] in ("19", "20")}
    year = math.prod(1 + float(x) / 100 for day, x in days.items() if "20081216" < day <= "20091216")

    found = event_windows(bundle, easing_cycles(bundle)[3], ["large"])

    # Levels carry eight significant digits.
    assert found["12m"]["large"] == pytest.approx(year - 1, abs=1e-6)
