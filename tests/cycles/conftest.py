"""The Fed's target changes since 1994 and the NBER's turning points, on a calendar of weekdays."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.data import Market, Series, Unit

CHANGES = """
1994-02-04 25, 1994-03-22 25, 1994-04-18 25, 1994-05-17 50, 1994-08-16 50, 1994-11-15 75, 1995-02-01 50,
1995-07-06 -25, 1995-12-19 -25, 1996-01-31 -25, 1997-03-25 25, 1998-09-29 -25, 1998-10-15 -25, 1998-11-17 -25,
1999-06-30 25, 1999-08-24 25, 1999-11-16 25, 2000-02-02 25, 2000-03-21 25, 2000-05-16 50,
2001-01-03 -50, 2001-01-31 -50, 2001-03-20 -50, 2001-04-18 -50, 2001-05-15 -50, 2001-06-27 -25, 2001-08-21 -25,
2001-09-17 -50, 2001-10-02 -50, 2001-11-06 -50, 2001-12-11 -25, 2002-11-06 -50, 2003-06-25 -25,
2004-06-30 25, 2004-08-10 25, 2004-09-21 25, 2004-11-10 25, 2004-12-14 25, 2005-02-02 25, 2005-03-22 25, 2005-05-03 25,
2005-06-30 25, 2005-08-09 25, 2005-09-20 25, 2005-11-01 25, 2005-12-13 25, 2006-01-31 25, 2006-03-28 25, 2006-05-10 25,
2006-06-29 25, 2007-09-18 -50, 2007-10-31 -25, 2007-12-11 -25, 2008-01-22 -75, 2008-01-30 -50, 2008-03-18 -75,
2008-04-30 -25, 2008-10-08 -50, 2008-10-29 -50, 2008-12-16 -75, 2015-12-16 25, 2016-12-14 25, 2017-03-15 25,
2017-06-14 25, 2017-12-13 25, 2018-03-21 25, 2018-06-13 25, 2018-09-26 25, 2018-12-19 25, 2019-07-31 -25,
2019-09-18 -25, 2019-10-30 -25, 2020-03-03 -50, 2020-03-15 -100, 2022-03-16 25, 2022-05-04 50, 2022-06-15 75,
2022-07-27 75, 2022-09-21 75, 2022-11-02 75, 2022-12-14 50, 2023-02-01 25, 2023-03-22 25, 2023-05-03 25, 2023-07-26 25,
2024-09-18 -50, 2024-11-07 -25, 2024-12-18 -25, 2025-09-17 -25, 2025-10-29 -25, 2025-12-10 -25, 2026-09-16 25
"""
"""Announcements of the Federal Open Market Committee, basis points (Board of Governors, press releases)."""

TURNS = """
1990-07 -1 1991-04-25, 1991-03 1 1992-12-22, 2001-03 -1 2001-11-26, 2001-11 1 2003-07-17,
2007-12 -1 2008-12-01, 2009-06 1 2010-09-20, 2020-02 -1 2020-06-08, 2020-04 1 2021-07-19
"""
"""Peaks (-1) and troughs (1) with the day each was announced (NBER, Business Cycle Dating Committee)."""


def series(name, unit, observed, values, known):
    return Series(name, unit, np.array(values, dtype=np.float64), observed, known)


def facts(changes=CHANGES, turns=TURNS, *, until="2026-12-31"):
    """Return the two series, as far as they were announced by a day."""
    moves = [row.split() for row in changes.replace("\n", " ").split(",") if row.strip()]
    moves = [(day, float(bp)) for day, bp in moves if day <= until]
    turned = [row.split() for row in turns.replace("\n", " ").split(",") if row.strip()]
    turned = [row for row in turned if row[2] <= until]
    days, bp = [d for d, _ in moves], [x for _, x in moves]
    return {
        "target_change": series("target_change", Unit.BASIS_POINTS, days, bp, days),
        "nber_turning_point": series(
            "nber_turning_point",
            Unit.TURNING_POINT,
            [f"{month}-01" for month, _, _ in turned],
            [float(turn) for _, turn, _ in turned],
            [known for _, _, known in turned],
        ),
    }


def weekday_market(start="1993-12-31", end="2025-05-30", **options):
    """Return a market whose asset ``count`` is worth its session's number and ``flat`` always 1."""
    sessions = np.arange(start, np.datetime64(end, "D") + np.timedelta64(1, "D"), dtype="datetime64[D]")
    sessions = sessions[np.is_busday(sessions)]
    prices = np.column_stack([1.0 + np.arange(len(sessions)), np.ones(len(sessions))])
    return Market("weekdays", sessions, ("count", "flat"), prices, facts(**options))


@pytest.fixture(scope="session")
def market():
    """Return what makes a market of weekdays with the facts announced by a day."""
    return weekday_market
