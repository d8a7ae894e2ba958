"""Bills after their last published return: what they accrue, where they end, and how far that is from the truth."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.data.bills import spliced
from fedcycle.data.dataset import listing, load_market
from fedcycle.data.series import Series, Unit
from fedcycle.data.staleness import fresh_until
from fedcycle.data.typing import days

SESSIONS = days(["2026-01-02", "2026-01-05", "2026-01-06", "2026-01-07"])  # Friday, Monday, Tuesday, Wednesday
LEVEL = np.array([100.0, np.nan, np.nan, np.nan])


def yields(name: str, values: dict[str, float]) -> Series:
    observed = days(list(values))
    known = observed + np.timedelta64(1, "D")
    fresh = fresh_until("daily", observed, SESSIONS)
    return Series(name, Unit.PERCENT_PER_YEAR, np.array(list(values.values())), observed, known, fresh_until=fresh)


def test_bills_accrue_the_yield_known_the_session_before_over_calendar_days() -> None:
    three = yields("DGS3MO", {"2026-01-01": 3.65, "2026-01-05": 7.30})
    level, said = spliced(SESSIONS, LEVEL, {"DGS3MO": three})
    # 3.65 percent over three days of 365 is 0.03 percent; Monday's yield is known on Tuesday and earned on Wednesday.
    expected = [100.0, 100 * 1.0003, 100 * 1.0003 * 1.0001, 100 * 1.0003 * 1.0001 * 1.0002]
    np.testing.assert_allclose(level, expected, rtol=1e-14)
    assert said.startswith("published to 2026-01-02; from 2026-01-05 to 2026-01-07 accrued at DGS3MO")


def test_one_month_is_taken_before_three() -> None:
    one, three = yields("DGS1MO", {"2026-01-01": 3.65}), yields("DGS3MO", {"2026-01-01": 36.5})
    level, said = spliced(SESSIONS[:2], LEVEL[:2], {"DGS3MO": three, "DGS1MO": one})
    assert level[1] == pytest.approx(100.03, rel=1e-14)
    assert "accrued at DGS1MO as" in said


def test_without_a_yield_bills_end_where_they_are_published_to() -> None:
    level, said = spliced(SESSIONS, LEVEL, {})
    assert (level is LEVEL, said) == (True, "")
    late = yields("DGS3MO", {"2026-01-06": 3.65})
    assert spliced(SESSIONS, LEVEL, {"DGS3MO": late})[1] == ""


def test_the_listing_marks_what_is_accrued() -> None:
    row = next(r for r in listing("bundle")["assets"] if r["name"] == "bills")
    assert (row["last"], row["made_of"][:23]) == ("2025-08-29", "published to 2025-05-30")


def test_against_the_published_return_of_2001_to_2025_it_is_nine_basis_points_a_year() -> None:
    """What docs/data.md says. DGS1MO is not among the raw files, so this is the 3-month yield all the way."""
    market = load_market("bundle", splice_bills=False)
    true = market.prices[:, market.column("bills")]
    start, end = int(np.searchsorted(market.sessions, np.datetime64("2000-12-29"))), market.spans["bills"][1]
    cut = np.where(np.arange(end + 1) <= start, true[: end + 1], np.nan)
    made, _ = spliced(market.sessions[: end + 1], cut, market.series)
    years = float((market.sessions[end] - market.sessions[start]).astype(int)) / 365.25
    gap = (made[end] / made[start]) ** (1 / years) - (true[end] / true[start]) ** (1 / years)
    assert 1e4 * gap == pytest.approx(8.6, abs=0.05)
    month = market.sessions[start : end + 1].astype("datetime64[M]")
    ends = start + np.append(np.flatnonzero(month[1:] != month[:-1]), len(month) - 1)
    monthly = 1e4 * (made[ends][1:] / made[ends][:-1] - true[ends][1:] / true[ends][:-1])
    worst = int(np.abs(monthly).argmax())
    assert (str(market.sessions[ends[worst + 1]])[:7], round(float(monthly[worst]), 1)) == ("2023-05", 12.5)
