"""A seeded market with the Fed's real announcements, small enough to audit in a blink, and the bundle."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.data.dataset import load_market
from fedcycle.data.market import Market
from fedcycle.data.series import Series, Unit
from fedcycle.data.typing import Days

# Changes of the Fed's target 1998 to 2004, basis points: federalreserve.gov.
FOMC = """
1998-09-29 -25  1998-10-15 -25  1998-11-17 -25  1999-06-30 +25  1999-08-24 +25  1999-11-16 +25  2000-02-02 +25
2000-03-21 +25  2000-05-16 +50  2001-01-03 -50  2001-01-31 -50  2001-03-20 -50  2001-04-18 -50  2001-05-15 -50
2001-06-27 -25  2001-08-21 -25  2001-09-17 -50  2001-10-02 -50  2001-11-06 -50  2001-12-11 -25  2002-11-06 -50
2003-06-25 -25  2004-06-30 +25
"""
CHANGES = FOMC.split()


def weekdays(first: str, last: str) -> Days:
    days = np.arange(np.datetime64(first), np.datetime64(last) + np.timedelta64(1, "D"))
    return days[np.is_busday(days)]


def target_change() -> Series:
    announced = np.array(CHANGES[::2], dtype="datetime64[D]")
    return Series("target_change", Unit.BASIS_POINTS, np.array(CHANGES[1::2], dtype=float), announced, announced)


def ten_year(sessions: Days, level: np.ndarray) -> Series:
    """The yield of a day is known on the session after it."""
    known = np.append(sessions[1:], sessions[-1] + np.timedelta64(1, "D"))
    return Series("DGS10", Unit.PERCENT_PER_YEAR, level, sessions, known)


@pytest.fixture(scope="session")
def seeded() -> Market:
    rng = np.random.default_rng(20250112)
    sessions = weekdays("1998-01-01", "2004-12-31")
    prices = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, (len(sessions), 4)), axis=0))
    prices[:900, 3] = np.nan  # listed in 2001
    level = 5 + np.cumsum(rng.normal(0, 0.05, len(sessions)))
    series = {"target_change": target_change(), "DGS10": ten_year(sessions, level)}
    return Market("seeded", sessions, ("small", "mid", "large", "late"), prices, series)


@pytest.fixture(scope="session")
def bundle() -> Market:
    return load_market("bundle")
