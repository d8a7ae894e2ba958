"""Three ways to date when the Fed stopped easing, also before it announced a target, and small caps' lead after each.

None of them is the truth (DOMAIN 7). The primary one, stated beforehand, is the instrument that was announced: the
discount rate to 1994-02-03, the target after. All are dated with hindsight: for reports, never for rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from fedcycle.backtests.core.fed_cycles import Cycle, How, Window, easing_cycles, in_recession, returns_in, year_after
from fedcycle.data.calendar import add_months
from fedcycle.data.dataset import bundled
from fedcycle.data.errors import DataError
from fedcycle.data.market import Market
from fedcycle.data.series import Series
from fedcycle.data.sources import tables
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Day, Days, Float64, days

Dating: TypeAlias = Literal["announced instrument", "target", "funds rate"]
DATINGS: tuple[Dating, ...] = ("announced instrument", "target", "funds rate")
PRIMARY: Dating = "announced instrument"
FUNDS_RATE = "FEDFUNDS"

LEAST_TARGET_BP = 75.0
"""Basis points of all cuts of a run together from which a run of target cuts counts: before 1990 the target moved by
sixteenths and the smaller runs are noise of the reconstruction."""
REVERSAL = 1.0
"""Percentage points by which the funds rate must have turned round for a turning point to be confirmed."""


@dataclass(frozen=True)
class Easing:
    """One easing by one way of dating.

    Parameters
    ----------
    first, final : days of the first and the final cut; of the funds rate the last day of the months of peak and trough
    reversed_on : day of the next rise (of the funds rate: of the month in which it confirmed), or None while open
    size_bp : basis points, > 0, from first to final
    cuts : number of cuts, or None where a rate was dated and not its changes
    """

    first: Day
    final: Day
    reversed_on: Day | None
    size_bp: float
    cuts: int | None = None


@dataclass(frozen=True)
class Lead:
    """The lead of one asset over another in the window after one easing; None where the window is not complete."""

    easing: Easing
    window: Window
    lead: float | None


def runs_of_cuts(dates: Days, change_bp: Float64, *, least_bp: float = 0.0) -> tuple[Easing, ...]:
    """Return the maximal runs of cuts with no rise between them whose cuts add up to so much, oldest first.

    Parameters
    ----------
    dates : (n,) days, not decreasing
    change_bp : (n,) basis points
    least_bp : basis points, >= 0

    Examples
    --------
    >>> dates = np.array(["2001-01-03", "2001-01-31", "2004-06-30"], dtype="datetime64[D]")
    >>> [(str(run.final), run.size_bp) for run in runs_of_cuts(dates, np.array([-50.0, -50.0, 25.0]))]
    [('2001-01-31', 100.0)]
    """
    found: list[Easing] = []
    run: list[int] = []
    for k, change in enumerate([*change_bp.tolist(), 0.0]):
        at_end = k == len(dates)
        if run and (change > 0 or at_end):
            size = -float(change_bp[run].sum())
            if size >= least_bp:
                found.append(Easing(dates[run[0]], dates[run[-1]], None if at_end else dates[k], size, len(run)))
            run = []
        if change < 0:
            run.append(k)
    return tuple(found)


def funds_rate_easings(months: Days, rate: Float64, *, reversal: float = REVERSAL) -> tuple[Easing, ...]:
    """Return the falls of a monthly rate from a peak to a trough, each confirmed by a turn of so many points.

    A peak is confirmed when the rate has fallen by ``reversal`` from it, a trough when it has risen by as much. Of
    equal months the last counts. A fall whose trough is not confirmed yet is open: its ``reversed_on`` is None.

    Parameters
    ----------
    months : (n,) days, the first of each month
    rate : (n,) percent per year
    reversal : percentage points, > 0
    """
    ends = days(
        (months.astype("datetime64[M]") + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    )
    found: list[Easing] = []
    falling, peak, low = False, 0, 0
    for k in range(len(rate)):
        if not falling:
            peak = k if rate[k] >= rate[peak] else peak
            if _apart(rate[peak], rate[k]) >= reversal:
                falling, low = True, k
            continue
        low = k if rate[k] <= rate[low] else low
        if _apart(rate[k], rate[low]) >= reversal:
            found.append(_fall(ends, rate, peak=peak, low=low, confirmed=k))
            falling, peak = False, k
    if falling:
        found.append(_fall(ends, rate, peak=peak, low=low, confirmed=None))
    return tuple(found)


def _apart(high: float, low: float) -> float:
    """Return a difference of two rates that are printed with two decimals, without what floats add to it."""
    return round(float(high) - float(low), 6)


def _fall(ends: Days, rate: Float64, *, peak: int, low: int, confirmed: int | None) -> Easing:
    size = round(100 * float(rate[peak] - rate[low]), 6)
    return Easing(ends[peak], ends[low], None if confirmed is None else ends[confirmed], size)


def target_history() -> tuple[Days, Float64]:
    """Return every change of the target since 1982: (n,) days and (n,) basis points.

    By announcement where there was one from 1994 on, else by the day it took effect: before 1994 the table is a
    reconstruction of what the Fed did, which nobody was told.
    """
    changes = tables.target_changes(RawFile("the bundle's table", bundled("fomc_target_changes.csv")))
    dates = [c.announced if c.announced and c.announced >= tables.FIRST_STATEMENT else c.effective for c in changes]
    return np.array(dates, dtype="datetime64[D]"), np.array([c.change_bp for c in changes])


def easings(market: Market, dating: Dating = PRIMARY) -> tuple[Easing, ...]:
    """Return the easings of a market by one way of dating, oldest first.

    The announced instrument is what the market's ``target_change`` holds; the target is the shipped table, whatever the
    market; the funds rate is the market's series ``FEDFUNDS``.
    """
    if dating == "announced instrument":
        return tuple(Easing(c.first_cut, c.final_cut, c.next_hike, c.cut_bp, c.cuts) for c in easing_cycles(market))
    if dating == "target":
        dates, change_bp = target_history()
        known = dates <= _changes_to(market)
        return runs_of_cuts(dates[known], change_bp[known], least_bp=LEAST_TARGET_BP)
    rate: Series = market.series[FUNDS_RATE]
    return funds_rate_easings(rate.observed_on, rate.values)


def _changes_to(market: Market) -> Day:
    """Return the day up to which a market's changes of the target are complete: later ones are not known in it."""
    changes = market.series["target_change"]
    return changes.known_on[-1] if changes.complete_to is None else changes.complete_to


def why_not(market: Market, dating: Dating) -> str | None:
    """Return why a market cannot be dated in one way, in a sentence; None where it can."""
    if "target_change" not in market.series or not len(market.series["target_change"]):
        return f"market {market.name} has no changes of a policy rate"
    changes = market.series["target_change"]
    if dating == "target" and not (changes.known_on == np.datetime64(tables.FIRST_STATEMENT)).any():
        return f"market {market.name} does not hold the Fed's first statement, so the Fed's table is not its own"
    if dating == "funds rate" and not len(market.series.get(FUNDS_RATE, ())):
        return f"market {market.name} has no {FUNDS_RATE}"
    return None


def cycles_by(market: Market, dating: Dating, how: How = "runs") -> tuple[Cycle, ...]:
    """Return the easings of a market by one way of dating as cycles, with NBER's recessions, oldest first.

    ``how`` is of the announced instrument alone: the other two ways have no episodes.
    """
    if dating == "announced instrument":
        return easing_cycles(market, how)
    turns = market.turns
    if turns is None:
        raise DataError(f"market {market.name} has no nber_turning_point to tell recessions by")
    return tuple(
        Cycle(
            first_cut=easing.first,
            final_cut=easing.final,
            next_hike=easing.reversed_on,
            open=easing.reversed_on is None,
            recession=in_recession(easing.first, easing.final, turns),
            cuts=easing.cuts,
            cut_bp=easing.size_bp,
        )
        for easing in easings(market, dating)
    )


def leads(market: Market, found: Sequence[Easing], *, one: str = "small", other: str = "large") -> tuple[Lead, ...]:
    """Return, easing by easing, the total return of one role less another's over 12 months from the final cut.

    Windows are those of ``cycles.year_after``; an easing that nothing has reversed yet has none.
    """
    names = [market.role(one), market.role(other)]
    out = []
    for easing in found:
        if easing.reversed_on is None:
            open_ = Window(None, None, "nothing has reversed it yet, so its final cut is not known")
            out.append(Lead(easing, open_, None))
            continue
        window = year_after(announced=easing.final, calendar=market.sessions)
        first, second = returns_in(market, window, names).values()
        out.append(Lead(easing, window, None if first is None or second is None else first - second))
    return tuple(out)


def every_lead(market: Market, *, one: str = "small", other: str = "large", months: int = 12) -> tuple[Days, Float64]:
    """Return the lead over so many months from *every* session: the null hypothesis of a study of windows.

    Returns
    -------
    starts (n,) days, lead (n,) fraction
        Sessions from which a whole window lies in the data and both assets have a price at both ends. They overlap.
    """
    sessions = market.sessions
    past = add_months(sessions, months)
    end = np.searchsorted(sessions, past, side="right") - 1
    whole = np.flatnonzero(past <= sessions[-1])
    growth = []
    for name in (market.role(one), market.role(other)):
        mark = market.marks[:, market.column(name)]
        growth.append(mark[end[whole]] / mark[whole] - 1.0)
    lead = growth[0] - growth[1]
    there = ~np.isnan(lead)
    return sessions[whole][there], np.asarray(lead[there])
