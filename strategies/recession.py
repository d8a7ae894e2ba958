"""Recessions as they were known on the day: NBER dates a turning point 4 to 21 months after it, and nothing before.

Everything is read off the series ``nber_turning_point``, where ``known_on`` is the day of NBER's announcement.
"""

from __future__ import annotations

import numpy as np

from fedcycle.data.market import MarketView
from fedcycle.data.typing import Day
from fedcycle.strategies.phase import TARGET_CHANGE
from fedcycle.strategies.strategy import StrategyError

TURNING_POINT = "nber_turning_point"
"""Turns of the business cycle, 1 a trough and -1 a peak; ``observed_on`` is the first day of the month."""


def in_recession(view: MarketView) -> bool:
    """Return whether a recession is known to run: the last turning point NBER has announced by today is a peak.

    Announcements come late, so this is off through the first months of every recession and on for many after its end.

    Raises
    ------
    NotYetKnown
        Before the first announcement.
    """
    return view.latest(TURNING_POINT) < 0


def recession_between(view: MarketView, first: Day, *, last: Day) -> bool:
    """Return whether a month of recession that NBER has announced by today overlaps the days from first to last.

    Recession months run from the month after a peak through the trough's; while no trough is announced they run on.

    Parameters
    ----------
    view : MarketView
    first, last : days, both included

    Examples
    --------
    The peak of March 2001 makes April 2001 the first month; NBER announced it on 2001-11-26, and the trough of
    November 2001 on 2003-07-17. So for the cuts from 2001-01-03 to 2003-06-25 the answer is no until 2001-11-23 and yes
    from 2001-11-26 on.
    """
    known = view.history(TURNING_POINT)
    order = np.argsort(known.observed_on, kind="stable")
    months, turns = known.observed_on[order].astype("datetime64[M]"), known.values[order]
    one = np.timedelta64(1, "M")
    for k in np.flatnonzero(turns < 0).tolist():
        begins = (months[k] + one).astype("datetime64[D]")
        troughs = months[k:][turns[k:] > 0]
        if begins <= last and (not len(troughs) or first < (troughs[0] + one).astype("datetime64[D]")):
            return True
    return False


def came_with_recession(view: MarketView, cut: Day) -> bool:
    """Return whether the easing cycle up to a cut came with a recession, as far as is known today.

    The cycle runs from the first cut after the last hike to ``cut``, by announcement, as cycles are flagged in reports;
    but only recession months that NBER has announced by today count, so the answer can turn from no to yes.

    Parameters
    ----------
    view : MarketView
    cut : day of the announcement of a cut known today

    Raises
    ------
    StrategyError
        If no cut was announced that day.
    """
    known = view.history(TARGET_CHANGE)
    announced, change_bp = known.known_on, known.values
    if not (change_bp[announced == cut] < 0).any():
        raise StrategyError(f"no cut of the target was announced on {cut}; ask with the day of a cut known by then")
    hikes = np.flatnonzero((change_bp > 0) & (announced < cut))
    cuts = np.flatnonzero(change_bp < 0)
    first = cuts[np.searchsorted(cuts, hikes[-1])] if len(hikes) else cuts[0]
    return recession_between(view, announced[first], last=cut)
