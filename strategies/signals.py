"""Signals: one pure function each, of what was known at the close of ``view.today``.

A yield of session t is published after the stock close, so at the close of t the newest known one is that of t-1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedcycle.data.errors import NotYetKnown
from fedcycle.data.market import MarketView
from fedcycle.data.series import Observations
from fedcycle.data.typing import Day, Days, Float64
from fedcycle.strategies.strategy import StrategyError, check_whole

TEN_YEAR = "DGS10"
"""Yield of the 10-year Treasury at constant maturity, percent per year."""
SURGE_SESSIONS = 63
"""About a quarter of a year."""
CORRELATION_SESSIONS = 126
"""About half a year."""
MOST_SESSIONS = 2520
"""About ten years; a longer window is a mistake in the unit."""
BP_PER_PERCENT = 100.0


def yield_surge(view: MarketView, sessions: int = SURGE_SESSIONS, *, series: str = TEN_YEAR) -> float:
    """Return by how much the known yield has risen over so many sessions.

    ``100 * (yield known at the close of t - yield known at the close of t - sessions)``. Both are the newest value
    public that day, whatever day they were observed on, so a missing yield makes neither end missing. Source: the
    Treasury's constant-maturity yields (Federal Reserve H.15); the note's C12 is about such rises, the lengths are
    ours.

    Parameters
    ----------
    view : MarketView
    sessions : >= 1
    series : name of a series in percent per year

    Returns
    -------
    float, basis points
        Rounded to a millionth, so that 4.57 against 4.07 percent is 50 and not a hair more.

    Raises
    ------
    NotYetKnown
        Where the market does not reach back so far.
    """
    check_whole("yield_surge", "sessions", sessions, min_=1, max_=MOST_SESSIONS, unit="sessions")
    rise = view.latest(series) - view.earlier(sessions).latest(series)
    return round(BP_PER_PERCENT * rise, 6)


def rate_correlation(
    view: MarketView,
    asset: str,
    *,
    sessions: int = CORRELATION_SESSIONS,
    series: str = TEN_YEAR,
    relative_to: str | None = None,
) -> float:
    """Return the correlation of an asset's returns with the yield's changes over the last usable sessions.

    Pearson's correlation over ``sessions`` pairs. A pair belongs to a session s that has a yield of its own (observed
    on s): the return of s against the previous session, and the yield of s less that of the last session before s that
    has one. A session without a yield makes no pair and its return is dropped, while the next pair's change spans it. A
    yield observed on a day without a session belongs to no session and enters no pair. Where the asset did not trade,
    in s or in the session before, there is no return of one session and so no pair. Not being public before t+1, the
    yield of t makes no pair at the close of t: the last pair is that of t-1 or earlier. Source: the note's C4, which
    says neither how long its window is nor how often it looks.

    Parameters
    ----------
    view : MarketView
    asset : name of an asset
    sessions : pairs of a return and a change, >= 3
    series : name of a series in percent per year
    relative_to : name of an asset whose return is subtracted, or None

    Returns
    -------
    float, in [-1, 1]

    Raises
    ------
    NotYetKnown
        Where fewer pairs exist.
    StrategyError
        Where returns or yields never moved, so that there is no correlation.
    """
    check_whole("rate_correlation", "sessions", sessions, min_=3, max_=MOST_SESSIONS, unit="sessions")
    returns, changes = _pairs(view, asset, relative_to, pairs=sessions, series=series)
    for what, moves in ((asset if relative_to is None else f"{asset} less {relative_to}", returns), (series, changes)):
        if np.ptp(moves) == 0:
            raise StrategyError(
                f"{what} moved by {moves[0]:g} in each of the {sessions} sessions to {view.today}, which correlates "
                "with nothing; use a longer window or another series"
            )
    return float(np.corrcoef(returns, changes)[0, 1])


def correlation_history(pairs: int) -> int:
    """Return the sessions of history that hold so many ``pairs`` of ``rate_correlation``, for a rule's requirements.

    Two sessions are needed beside the pairs (today's, which has no yield yet, and the one before the first pair), and
    up to one session in twenty and five more may lack a yield; since 1990 at most 3 of any 126 did.
    """
    return pairs + 2 + pairs // 20 + 5


def correction(view: MarketView, asset: str, sessions: int = 252) -> float:
    """Return how far an asset stands below the highest close of the last ``sessions`` sessions, today's included.

    Where it did not trade today, its last close stands for today's.

    ``close of t / highest close from t - sessions + 1 to t``, less 1, on total-return levels: dividends make it a
    little milder than the same figure on a price index. Source: the note's C1; the usual word is for a tenth or more.

    Parameters
    ----------
    view : MarketView
    asset : name of an asset
    sessions : >= 1

    Returns
    -------
    float, fraction in (-1, 0]
    """
    check_whole("correction", "sessions", sessions, min_=1, max_=MOST_SESSIONS, unit="sessions")
    closes = view.closes(asset, sessions)
    closes = closes[~np.isnan(closes)]
    return float(closes[-1] / closes.max() - 1.0)


@dataclass(frozen=True)
class SurgeState:
    """Whether a yield surge is on, and since when.

    Parameters
    ----------
    on : whether it is
    since : the session at whose close it came on or went off; None where it never was on
    """

    on: bool
    since: Day | None


def yield_surges(view: MarketView, sessions: int = SURGE_SESSIONS, *, series: str = TEN_YEAR) -> tuple[Days, Float64]:
    """Return ``yield_surge`` at the close of every session up to today that has one.

    Parameters
    ----------
    view : MarketView
    sessions : >= 1
    series : name of a series in percent per year

    Returns
    -------
    closes (n,) days, rise (n,) basis points
        From the first session that stands ``sessions`` sessions after one at whose close a yield was known.

    Raises
    ------
    NotYetKnown
        Where there is no such session yet.
    """
    check_whole("yield_surges", "sessions", sessions, min_=1, max_=MOST_SESSIONS, unit="sessions")
    known, closes = view.history(series), view.sessions()
    # As whole numbers, which numpy searches twice as fast as days: this runs on every decision of a daily schedule.
    newest = np.searchsorted(known.known_on.view(np.int64), closes.view(np.int64), side="right") - 1
    told = newest >= 0
    yields = known.values[newest[told]]
    if len(yields) <= sessions:
        raise NotYetKnown(
            f"{series}: a rise over {sessions} sessions asked on {view.today}, but its values are known for "
            f"{len(yields)}"
        )
    return closes[told][sessions:], np.round(BP_PER_PERCENT * (yields[sessions:] - yields[:-sessions]), 6)


def surge_state(
    view: MarketView,
    sessions: int = SURGE_SESSIONS,
    *,
    enter_bp: float,
    leave_bp: float,
    stay_sessions: int = 1,
    series: str = TEN_YEAR,
) -> SurgeState:
    """Return whether a surge is on that comes on above one threshold and goes off below a lower one.

    It comes on at the first close at which ``yield_surge`` is above ``enter_bp``, and goes off at the first close at
    which it is below ``leave_bp``; whichever way it went, it stays so for at least ``stay_sessions`` sessions.

    Nothing is remembered from one call to the next. The walk starts, with no surge on, at the first session of the
    market for which a surge can be told at all, and takes every session since, whichever of them a rule is asked on.
    So the answer of a day depends on the data up to that day, and neither on where a run starts nor on its schedule.

    Parameters
    ----------
    view : MarketView
    sessions : >= 1
        Over which the rise is taken.
    enter_bp, leave_bp : basis points, ``leave_bp`` < ``enter_bp``
    stay_sessions : sessions, >= 1
    series : name of a series in percent per year

    Raises
    ------
    NotYetKnown
        Where no surge can be told yet.
    """
    closes, rise = yield_surges(view, sessions, series=series)
    comes, goes = np.flatnonzero(rise > enter_bp), np.flatnonzero(rise < leave_bp)
    on, since, free = False, None, 0
    while True:
        marks = goes if on else comes
        k = int(marks.searchsorted(free))
        if k == len(marks):
            return SurgeState(on, since)
        at = int(marks[k])
        on, since, free = not on, closes[at], at + stay_sessions


def _pairs(
    view: MarketView, asset: str, relative_to: str | None, *, pairs: int, series: str
) -> tuple[Float64, Float64]:
    """Return the last ``pairs`` pairs: returns (pairs,) fraction, changes (pairs,) percent per year."""
    known = view.history(series)
    n = pairs + 2
    while True:
        returns, changes = _pairs_within(view, asset, relative_to, n=n, known=known)
        lacking = pairs - len(changes)
        if lacking <= 0:
            return returns[-pairs:], changes[-pairs:]
        if not len(known) or known.observed_on.min() >= view.sessions(n)[0]:
            raise NotYetKnown(
                f"{series}: {pairs} sessions with a change of the yield asked on {view.today}, {len(changes)} exist"
            )
        # Each pair that is lacking takes at least one more session, so this never asks for more than it needs.
        n += lacking


def _pairs_within(
    view: MarketView, asset: str, relative_to: str | None, *, n: int, known: Observations
) -> tuple[Float64, Float64]:
    """Return the pairs of the last ``n`` sessions, oldest first."""
    returns = _returns(view, asset, n)
    if relative_to is not None:
        returns = returns - _returns(view, relative_to, n)
    if not len(known):
        return returns[:0], returns[:0]
    # Stable, so that of two values for one day the one published last stands.
    order = np.argsort(known.observed_on, kind="stable")
    observed_on, sessions = known.observed_on[order], view.sessions(n)
    newest = np.searchsorted(observed_on, sessions, side="right") - 1
    having = np.flatnonzero((newest >= 0) & (observed_on[newest] == sessions))
    yields = known.values[order][newest[having]]
    found, changes = returns[having[1:] - 1], np.diff(yields)
    traded = ~np.isnan(found)
    return found[traded], changes[traded]


def _returns(view: MarketView, asset: str, n: int) -> Float64:
    """Return the returns of the last ``n`` closes, (n - 1,) fraction; NaN beside a session without one."""
    closes = view.closes(asset, n)
    return np.asarray(closes[1:] / closes[:-1] - 1.0)
