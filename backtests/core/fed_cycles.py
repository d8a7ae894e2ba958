"""Easing cycles of the Fed dated with hindsight, and the event windows after them: for reports, never for rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from fedcycle.data.calendar import add_months
from fedcycle.data.errors import DataError, UnknownName
from fedcycle.data.market import Market
from fedcycle.data.series import Series
from fedcycle.data.typing import Day, Days, Float64, Int64, days

How: TypeAlias = Literal["runs", "episodes"]

EPISODE_STARTS: Days = days(["2020-03-03"])
"""Cuts that begin an episode of their own although no hike came before them, under ``cycles: episodes``.

A judgment, held as data because no rule finds it: the three cuts of 2019 (2019-07-31 to 2019-10-30) were called a
mid-cycle adjustment and stood for four months; the two of March 2020 answered the pandemic. A rule by gap length that
parts them (125 days) also parts cuts that belong together, such as 2001-12-11 from 2002-11-06 (330 days).
"""


FIRST_TO_FINAL = "first_cut_to_final_cut"


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """One easing cycle, by announcement dates.

    Parameters
    ----------
    first_cut, final_cut : days
        While the cycle is open, ``final_cut`` is only the last cut so far.
    next_hike : day, or None while the cycle is open and for an episode that ends in a new one
    open : whether neither a hike nor a new episode has ended it, so that its final cut is not known
    recession : whether a recession month overlaps the days from first to final cut
    cuts : number of cuts; None where a rate was dated and not its changes
    cut_bp : basis points, > 0, all cuts together
    """

    first_cut: Day
    final_cut: Day
    next_hike: Day | None
    open: bool
    recession: bool
    cuts: int | None
    cut_bp: float

    @property
    def length_days(self) -> int:
        """Return the calendar days from first to final cut."""
        return int((self.final_cut - self.first_cut).astype(np.int64))


@dataclass(frozen=True)
class Window:
    """A stretch of an event study: the closes it runs between.

    Parameters
    ----------
    start : session whose close is the base, or None where the calendar does not reach it
    end : session at whose close the window ends, or None where the calendar does not reach it
    note : why the window is not complete, or None where it is
    """

    start: Day | None
    end: Day | None
    note: str | None = None


def easing_cycles(market: Market, how: How = "runs") -> tuple[Cycle, ...]:
    """Return the easing cycles of a market's policy facts, oldest first.

    A cycle is a maximal run of cuts with no hike between them (``runs``); ``episodes`` also begins one at each of
    ``EPISODE_STARTS``. All announcements count, also those after the market's last session: this is hindsight. Should
    the series begin with cuts, its first cycle begins there.

    Parameters
    ----------
    market : Market
        With series ``target_change`` (basis points) and ``nber_turning_point`` (1 a trough, -1 a peak).
    how : ``runs`` or ``episodes``

    Raises
    ------
    UnknownName
        If the market lacks one of the series.
    DataError
        If ``how`` is neither.
    """
    if how not in ("runs", "episodes"):
        raise DataError(f"cycles is {how!r}; write runs or episodes")
    changes = _series(market, "target_change")
    turns = market.chronology if market.chronology is not None else _series(market, "nber_turning_point")
    starts = EPISODE_STARTS if how == "episodes" else days([])
    cycles: list[Cycle] = []
    cuts: list[tuple[Day, float]] = []
    for announced, change_bp in zip(changes.known_on, changes.values.tolist(), strict=True):
        if cuts and (change_bp > 0 or announced in starts):
            cycles.append(_cycle(cuts, turns, next_hike=announced if change_bp > 0 else None, is_open=False))
            cuts = []
        if change_bp < 0:
            cuts.append((announced, change_bp))
    if cuts:
        cycles.append(_cycle(cuts, turns, next_hike=None, is_open=True))
    return tuple(cycles)


def final_cuts(cycles: Sequence[Cycle]) -> Days:
    """Return the days on which cuts were announced that are known to have been final: those of every closed cycle.

    Parameters
    ----------
    cycles : easing cycles

    Returns
    -------
    (n,) days
    """
    return days([c.final_cut for c in cycles if not c.open])


def windows(cycle: Cycle, calendar: Days) -> dict[str, Window]:
    """Return the windows of one cycle on a calendar of sessions.

    ``first_cut_to_final_cut`` runs from the first close that knows the first cut to the first that knows the final
    one. ``12m`` and ``to_hike`` start at that close; ``12m`` ends at the last session on or before the day 12 calendar
    months after the announcement (clipped to the month's end) and no hike cuts it short; ``to_hike`` ends at the last
    close before the hike is known. While a cycle is open its final cut is not known, so no window is complete.

    Parameters
    ----------
    cycle : Cycle
    calendar : (T,) days, all sessions of a market

    Returns
    -------
    name -> Window
    """
    first, final, hike = cycle.first_cut, cycle.final_cut, cycle.next_hike
    if cycle.open:
        note = "the cycle is open: which cut is final is known only at the next hike"
        later = Window(None, None, note)
        return {FIRST_TO_FINAL: Window(_first_knowing(calendar, first), None, note), "12m": later, "to_hike": later}
    base = _first_knowing(calendar, final)
    found = {
        FIRST_TO_FINAL: _window(calendar, _first_knowing(calendar, first), base, asked=(first, final)),
        "12m": year_after(announced=final, calendar=calendar),
    }
    if hike is None:
        found["to_hike"] = Window(base, None, "no hike came before the next episode of cuts")
    else:
        found["to_hike"] = _window(calendar, base, _last_before(calendar, hike), asked=(final, hike))
    return found


def year_after(announced: Day, calendar: Days) -> Window:
    """Return the window from the first close that knows an announcement to the last within 12 calendar months of it.

    Parameters
    ----------
    announced : day; months count from it, clipped to the month's end
    calendar : (T,) days, all sessions of a market
    """
    past = add_months(announced, 12) + np.timedelta64(1, "D")
    start, end = _first_knowing(calendar, announced), _last_before(calendar, past)
    return _window(calendar, start, end, asked=(announced, past))


def returns_in(market: Market, window: Window, assets: Sequence[str]) -> dict[str, float | None]:
    """Return the total return of assets in a window: fraction; None without a price at both ends, or where it is open.

    Raises
    ------
    UnknownName
        If the market lacks an asset.
    """
    columns = {asset: market.column(asset) for asset in assets}
    return _returns(market, columns, window) or dict.fromkeys(assets)


def event_windows(market: Market, cycle: Cycle, assets: Sequence[str]) -> dict[str, dict[str, float | None] | None]:
    """Return the total return of assets in the windows that follow a final cut.

    Parameters
    ----------
    market : Market
    cycle : Cycle
    assets : names of the market's assets

    Returns
    -------
    ``12m`` and ``to_hike`` -> asset -> fraction
        None for an asset without a price at either end; None for a window that is not complete in the market's
        sessions, or in which no asset has a return.

    Raises
    ------
    UnknownName
        If the market lacks an asset.
    """
    columns = {asset: market.column(asset) for asset in assets}
    found = windows(cycle, market.sessions)
    return {name: _returns(market, columns, found[name]) for name in ("12m", "to_hike")}


def _returns(market: Market, columns: Mapping[str, int], window: Window) -> dict[str, float | None] | None:
    if window.note is not None:
        return None
    start, end = np.searchsorted(market.sessions, np.array([window.start, window.end], dtype="datetime64[D]"))
    growth: Float64 = market.marks[end] / market.prices[start] - 1.0
    out = {asset: None if np.isnan(growth[j]) else float(growth[j]) for asset, j in columns.items()}
    return out if any(x is not None for x in out.values()) else None


def _cycle(cuts: Sequence[tuple[Day, float]], turns: Series, *, next_hike: Day | None, is_open: bool) -> Cycle:
    first, final = cuts[0][0], cuts[-1][0]
    return Cycle(
        first_cut=first,
        final_cut=final,
        next_hike=next_hike,
        open=is_open,
        recession=in_recession(first, final, turns),
        cuts=len(cuts),
        cut_bp=-sum(change_bp for _, change_bp in cuts),
    )


def in_recession(first: Day, final: Day, turns: Series) -> bool:
    """Return whether a recession month (from the month after a peak through the trough) overlaps these days.

    A peak without a trough yet begins a recession that still lasts; a trough without a peak ends one that began before
    the series.
    """
    month, turn = turns.observed_on.astype("datetime64[M]"), turns.values
    a, z = first.astype("datetime64[M]"), final.astype("datetime64[M]")
    # The state in a month follows from the last turning point before it: after a peak, recession, the trough included.
    asked = np.arange(a, z + np.timedelta64(1, "M"))
    before = np.searchsorted(month, asked, side="left") - 1
    opening = bool(len(turn) and turn[0] > 0)
    return bool(np.where(before >= 0, turn[before] < 0, opening).any()) if len(turn) else False


def _window(calendar: Days, start: Day | None, end: Day | None, *, asked: tuple[Day, Day]) -> Window:
    """Return the window between two sessions, marked if the calendar does not reach one of the days asked for."""
    missing = [day for day, session in zip(asked, (start, end), strict=True) if session is None]
    if not missing:
        return Window(start, end)
    begins = missing[0] < calendar[0]
    return Window(start, end, f"the sessions {'begin' if begins else 'end'} on {calendar[0 if begins else -1]}")


def _first_knowing(calendar: Days, announced: Day) -> Day | None:
    """Return the first session whose close knows an announcement; None where it may lie outside the calendar."""
    i = int(np.searchsorted(calendar, announced))
    if i == len(calendar) or (i == 0 and np.busday_count(announced, calendar[0]) > 0):
        return None
    session: Day = calendar[i]
    return session


def _last_before(calendar: Days, day: Day) -> Day | None:
    """Return the last session before a day; None where it may lie outside the calendar.

    After the calendar's end every weekday could have been a session, so the last one counts only if none lies between.
    """
    i = int(np.searchsorted(calendar, day))
    if i == 0 or (i == len(calendar) and np.busday_count(calendar[-1] + np.timedelta64(1, "D"), day) > 0):
        return None
    session: Day = calendar[i - 1]
    return session


def _series(market: Market, name: str) -> Series:
    try:
        return market.series[name]
    except KeyError:
        have = ", ".join(sorted(market.series)) or "none"
        raise UnknownName(f"market {market.name} has no series {name!r} to date cycles by; it has {have}") from None


def stretches_at(cycles: Sequence[Cycle], before: Days) -> Int64:
    """Return the stretch of policy known at each close: 2k in cycle k, 2k + 1 after its next hike, -1 before all."""
    told = np.full(len(before), -1, dtype=np.int64)
    for k, cycle in enumerate(cycles):
        told[before >= cycle.first_cut] = 2 * k
        if cycle.next_hike is not None:
            told[before >= cycle.next_hike] = 2 * k + 1
    return told


def stretch_name(cycles: Sequence[Cycle], k: int) -> str:
    """Return what a stretch of policy is called, by its number from ``stretches_at``."""
    if k < 0:
        return "before the first cut on record" if cycles else "all"
    cycle = cycles[k // 2]
    if k % 2:
        return f"after the hike of {cycle.next_hike}"
    return f"cuts from {cycle.first_cut}, to the next hike"
