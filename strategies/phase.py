"""What could be told in real time about the Fed's rate cycle: its phase, and the changes behind it. No hindsight.

Everything is read off the series ``target_change`` (basis points), where ``known_on`` is the day of the announcement.
An announcement on a day without a session is first known at the next session's close, but windows and pauses count
calendar months from the announcement itself. A row of 0 basis points is a meeting without a change and is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from fedcycle.data.calendar import add_months
from fedcycle.data.errors import NotYetKnown
from fedcycle.data.market import MarketView
from fedcycle.data.typing import Days, Float64
from fedcycle.strategies.strategy import check_whole

TARGET_CHANGE = "target_change"
"""Changes of the Fed's target, basis points; ``known_on`` is the announcement."""
MONTHS = 6
"""Calendar months without a change after which a move counts as over, unless said otherwise."""
MOST_MONTHS = 120
"""A pause or window of more than ten years is a mistake in the unit."""


class Phase(StrEnum):
    """The phase of the rate cycle, told in real time; exactly one holds."""

    HIKING = "hiking"
    PLATEAU = "plateau"
    CUTTING = "cutting"
    EASY = "easy"


DEFINITIONS: Mapping[Phase, str] = MappingProxyType(
    {
        Phase.HIKING: "the last change of the target was a hike, announced less than `months` calendar months ago",
        Phase.PLATEAU: "the last change was a hike, announced `months` calendar months ago or more",
        Phase.CUTTING: "the last change was a cut, announced less than `months` calendar months ago",
        Phase.EASY: "the last change was a cut, announced `months` calendar months ago or more",
    }
)
"""Phase -> what must hold at a close."""
NO_PHASE = ""
"""Marks a session at whose close no change of the target was known yet."""

_PHASES = np.array([[Phase.CUTTING, Phase.EASY], [Phase.HIKING, Phase.PLATEAU]], dtype="<U7")
"""[last change a hike, months have passed] -> phase."""


def phases(sessions: Days, announced: Days, *, change_bp: Float64, months: int = MONTHS) -> NDArray[np.str_]:
    """Return the phase of each session, from what was known at its close.

    Parameters
    ----------
    sessions : (T,) days
    announced : (n,) days, not decreasing
        When each change of the target was announced.
    change_bp : (n,) basis points
    months : calendar months, clipped to the month's end
        ``plateau`` and ``easy`` begin on the day so many months after the change.

    Returns
    -------
    (T,) ``hiking``, ``plateau``, ``cutting`` or ``easy``; ``NO_PHASE`` before the first change

    Examples
    --------
    >>> days = np.array(["2024-12-17", "2024-12-18", "2025-06-18"], dtype="datetime64[D]")
    >>> phases(days, days[1:2], change_bp=np.array([-25.0])).tolist()
    ['', 'cutting', 'easy']
    """
    check_whole("phases", "months", months, min_=1, max_=MOST_MONTHS, unit="months")
    moved = change_bp != 0
    changed, hike = announced[moved], change_bp[moved] > 0
    last = np.searchsorted(changed, sessions, side="right") - 1
    told = last >= 0
    last = last[told]
    settled = add_months(changed, months)[last] <= sessions[told]
    out = np.full(len(sessions), NO_PHASE, dtype=_PHASES.dtype)
    out[told] = _PHASES[hike[last].astype(np.intp), settled.astype(np.intp)]
    return out


def phase(view: MarketView, months: int = MONTHS) -> Phase:
    """Return the phase of the rate cycle as it could be told at the close of ``view.today``.

    Raises NotYetKnown before the first change of the target was public.
    """
    announced, change_bp = changes(view)
    today = np.array([view.today], dtype="datetime64[D]")
    return Phase(str(phases(today, announced, change_bp=change_bp, months=months)[0]))


def changes(view: MarketView) -> tuple[Days, Float64]:
    """Return announcement days and basis points of the changes of the target known today, at least one."""
    known = view.history(TARGET_CHANGE)
    moved = known.values != 0
    if not moved.any():
        raise NotYetKnown(f"{TARGET_CHANGE}: no change of the target was public by {view.today}; start the run later")
    return known.known_on[moved], known.values[moved]
