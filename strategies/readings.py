"""Signals as an explanation shows them: the same values that the rules act on, with the dates of the facts in them."""

from __future__ import annotations

import numpy as np

from fedcycle.data.market import MarketView
from fedcycle.data.typing import Day
from fedcycle.strategies.explanation import SignalReading
from fedcycle.strategies.phase import MONTHS, TARGET_CHANGE
from fedcycle.strategies.phase import phase as phase_of
from fedcycle.strategies.recession import TURNING_POINT, in_recession
from fedcycle.strategies.signals import TEN_YEAR, rate_correlation, yield_surge

YIELD_UNIT = "percent per year"
WORD, DAY = "word", "day"


def last_change(view: MarketView) -> SignalReading:
    """Return the last change of the Fed's target."""
    known = view.history(TARGET_CHANGE)
    k = int(np.flatnonzero(known.values != 0)[-1])
    return SignalReading(
        "last change of the target", float(known.values[k]), "basis points", known.observed_on[k], known.known_on[k]
    )


def phase(view: MarketView, months: int = MONTHS) -> SignalReading:
    """Return the phase of the rate cycle, with the dates of the change that sets it."""
    change = last_change(view)
    return SignalReading(
        "phase of the rate cycle", str(phase_of(view, months)), WORD, change.observed_on, change.known_on
    )


def final_cut(view: MarketView, cut: Day | None, *, name: str) -> SignalReading:
    """Return the announcement of a cut recognised as final, if one is."""
    if cut is None:
        return SignalReading(name, "none", DAY)
    known = view.history(TARGET_CHANGE)
    k = int(np.flatnonzero(known.known_on == cut)[-1])
    return SignalReading(name, str(cut), DAY, known.observed_on[k], known.known_on[k])


def recession(view: MarketView) -> SignalReading:
    """Return whether a recession is known to run, with the month and the announcement of the last turning point."""
    known = view.history(TURNING_POINT)
    running = "yes" if in_recession(view) else "no"
    return SignalReading("recession known to run", running, WORD, known.observed_on[-1], known.known_on[-1])


def surge(view: MarketView, sessions: int) -> tuple[SignalReading, SignalReading, SignalReading]:
    """Return the known yield, the one known so many sessions ago, and the rise between them."""
    now, then = _yield(view, "10-year yield"), _yield(view.earlier(sessions), f"10-year yield {sessions} sessions ago")
    rise = SignalReading(
        f"rise over {sessions} sessions", yield_surge(view, sessions), "basis points", now.observed_on, now.known_on
    )
    return now, then, rise


def correlation(view: MarketView, asset: str, *, sessions: int, relative_to: str | None = None) -> SignalReading:
    """Return a rate correlation, with the dates of the yield in its last pair."""
    known = view.history(TEN_YEAR)
    on_sessions = np.flatnonzero(np.isin(known.observed_on, view.sessions()))
    k = int(on_sessions[np.argmax(known.observed_on[on_sessions])])
    what = asset if relative_to is None else f"{asset} less {relative_to}"
    return SignalReading(
        f"correlation of {what} with the 10-year yield over {sessions} sessions",
        rate_correlation(view, asset, sessions=sessions, relative_to=relative_to),
        "correlation",
        known.observed_on[k],
        known.known_on[k],
    )


def _yield(view: MarketView, name: str) -> SignalReading:
    last = view.history(TEN_YEAR, 1)
    return SignalReading(name, float(last.values[0]), YIELD_UNIT, last.observed_on[0], last.known_on[0])
