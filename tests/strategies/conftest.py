"""Policy facts typed in, a seeded market that knows them, and small markets to work by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from fedcycle.data.market import Market
from fedcycle.data.series import Series, Unit
from fedcycle.data.typing import Days, Float64

# Every change of the Fed's target since 1994 by the day of its announcement, basis points: federalreserve.gov.
FOMC = """
1994-02-04 +25  1994-03-22 +25  1994-04-18 +25  1994-05-17 +50  1994-08-16 +50  1994-11-15 +75  1995-02-01 +50
1995-07-06 -25  1995-12-19 -25  1996-01-31 -25  1997-03-25 +25  1998-09-29 -25  1998-10-15 -25  1998-11-17 -25
1999-06-30 +25  1999-08-24 +25  1999-11-16 +25  2000-02-02 +25  2000-03-21 +25  2000-05-16 +50  2001-01-03 -50
2001-01-31 -50  2001-03-20 -50  2001-04-18 -50  2001-05-15 -50  2001-06-27 -25  2001-08-21 -25  2001-09-17 -50
2001-10-02 -50  2001-11-06 -50  2001-12-11 -25  2002-11-06 -50  2003-06-25 -25  2004-06-30 +25  2004-08-10 +25
2004-09-21 +25  2004-11-10 +25  2004-12-14 +25  2005-02-02 +25  2005-03-22 +25  2005-05-03 +25  2005-06-30 +25
2005-08-09 +25  2005-09-20 +25  2005-11-01 +25  2005-12-13 +25  2006-01-31 +25  2006-03-28 +25  2006-05-10 +25
2006-06-29 +25  2007-09-18 -50  2007-10-31 -25  2007-12-11 -25  2008-01-22 -75  2008-01-30 -50  2008-03-18 -75
2008-04-30 -25  2008-10-08 -50  2008-10-29 -50  2008-12-16 -75  2015-12-16 +25  2016-12-14 +25  2017-03-15 +25
2017-06-14 +25  2017-12-13 +25  2018-03-21 +25  2018-06-13 +25  2018-09-26 +25  2018-12-19 +25  2019-07-31 -25
2019-09-18 -25  2019-10-30 -25  2020-03-03 -50  2020-03-15 -100 2022-03-16 +25  2022-05-04 +50  2022-06-15 +75
2022-07-27 +75  2022-09-21 +75  2022-11-02 +75  2022-12-14 +50  2023-02-01 +25  2023-03-22 +25  2023-05-03 +25
2023-07-26 +25  2024-09-18 -50  2024-11-07 -25  2024-12-18 -25  2025-09-17 -25  2025-10-29 -25  2025-12-10 -25
"""
# Peaks (-1) and troughs (+1) by month, with the day NBER announced each: nber.org.
NBER = """
-1 1990-07 1991-04-25  +1 1991-03 1992-12-22  -1 2001-03 2001-11-26  +1 2001-11 2003-07-17
-1 2007-12 2008-12-01  +1 2009-06 2010-09-20  -1 2020-02 2020-06-08  +1 2020-04 2021-07-19
"""
ASSETS = (
    *("small", "mid", "large", "micro", "small_ex_micro"),
    *("small_quality", "small_junk", "mid_quality", "financials", "bills"),
)
Builder = Callable[..., Market]


def weekdays(first: str, last: str) -> Days:
    """Return every Monday to Friday between two days, both included."""
    days = np.arange(np.datetime64(first), np.datetime64(last) + np.timedelta64(1, "D"))
    return days[np.is_busday(days)]


def target_changes(until: str = "2026-01-01") -> Series:
    """Return the typed changes announced before a day."""
    words = FOMC.split()
    announced = np.array(words[::2], dtype="datetime64[D]")
    kept = announced < np.datetime64(until)
    change_bp = np.array(words[1::2], dtype=np.float64)[kept]
    return Series("target_change", Unit.BASIS_POINTS, change_bp, announced[kept], announced[kept])


def turning_points(until: str = "2026-01-01") -> Series:
    """Return the typed turning points announced before a day."""
    words = NBER.split()
    announced = np.array(words[2::3], dtype="datetime64[D]")
    kept = announced < np.datetime64(until)
    months = np.array(words[1::3], dtype="datetime64[M]").astype("datetime64[D]")[kept]
    turns = np.array(words[::3], dtype=np.float64)[kept]
    return Series("nber_turning_point", Unit.TURNING_POINT, turns, months, announced[kept])


def yields(values: Float64, observed_on: Days, sessions: Days) -> Series:
    """Return a yield that is known on the first session strictly after its day."""
    at = np.searchsorted(sessions, observed_on, side="right")
    known = np.where(
        at < len(sessions), sessions[np.minimum(at, len(sessions) - 1)], observed_on + np.timedelta64(1, "D")
    )
    return Series("DGS10", Unit.PERCENT_PER_YEAR, values, observed_on, known)


@pytest.fixture(scope="session")
def policy() -> Market:
    """Return one flat asset on every weekday 1994 to 2025, with all the policy facts."""
    sessions = weekdays("1994-01-03", "2025-12-31")
    prices = np.full((len(sessions), 1), 100.0)
    series = {"target_change": target_changes(), "nber_turning_point": turning_points()}
    return Market("policy", sessions, ("small",), prices, series)


@pytest.fixture(scope="session")
def tiny() -> Builder:
    """Return a builder of small markets from sessions, closes, yields by day and changes by day."""

    def build(
        sessions: Sequence[str],
        closes: Mapping[str, Sequence[float]] | None = None,
        *,
        dgs10: Mapping[str, float] | None = None,
        changes: Mapping[str, float] | None = None,
    ) -> Market:
        days = np.array(sessions, dtype="datetime64[D]")
        prices = closes or {"small": [100.0] * len(days)}
        series = {}
        if dgs10 is not None:
            observed = np.array(list(dgs10), dtype="datetime64[D]")
            series["DGS10"] = yields(np.array(list(dgs10.values()), dtype=np.float64), observed, days)
        if changes is not None:
            told = np.array(list(changes), dtype="datetime64[D]")
            bp = np.array(list(changes.values()), dtype=np.float64)
            series["target_change"] = Series("target_change", Unit.BASIS_POINTS, bp, told, told)
        return Market("tiny", days, tuple(prices), np.array(list(prices.values()), dtype=np.float64).T, series)

    return build


@pytest.fixture(scope="session")
def market() -> Market:
    """Return a seeded market 1993-2010 with the bundle's assets, the real policy facts and yields with holes.

    In even years small caps fall when the yield rises, in odd years they do not care, so that a rule that watches the
    correlation changes its mind. ``micro`` is listed late and ``financials`` ends early.
    """
    rng = np.random.default_rng(19940204)
    days = weekdays("1993-01-04", "2010-12-31")
    month_day = np.array([str(d)[5:] for d in days])
    closed = np.isin(month_day, ["01-01", "07-04", "12-25"])
    closed |= (days >= np.datetime64("2001-09-11")) & (days <= np.datetime64("2001-09-14"))
    level = 5.0 + np.cumsum(rng.normal(0.0, 0.06, len(days)))
    published = rng.random(len(days)) > 0.01
    returns = rng.normal(3e-4, 5e-3, (len(days), len(ASSETS)))
    even_year = days.astype("datetime64[Y]").astype(int) % 2 == 0
    returns[:, 0] -= 0.06 * np.diff(level, prepend=level[0]) * even_year
    prices = 100.0 * np.exp(np.cumsum(returns, axis=0))[~closed]
    sessions = days[~closed]
    prices[:1000, ASSETS.index("micro")] = np.nan
    prices[-300:, ASSETS.index("financials")] = np.nan
    series = {
        "target_change": target_changes("2011-01-01"),
        "nber_turning_point": turning_points("2011-01-01"),
        "DGS10": yields(level[published], days[published], sessions),
    }
    return Market("seeded", sessions, ASSETS, prices, series)
