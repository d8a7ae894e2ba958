"""Signals from closes alone: an average, a past return, a spread of returns. Pure functions of what was known."""

from __future__ import annotations

import math

import numpy as np

from fedcycle.data.market import MarketView
from fedcycle.data.typing import Float64
from fedcycle.strategies.signals import MOST_SESSIONS
from fedcycle.strategies.strategy import StrategyError, check_whole


def over_average(view: MarketView, asset: str, sessions: int = 200) -> float:
    """Return how far an asset's last close lies above the mean of its last closes, today's included: a fraction.

    Source: Faber (2007), A Quantitative Approach to Tactical Asset Allocation, with ten months (about 200 sessions).

    Parameters
    ----------
    view : MarketView
    asset : name of an asset
    sessions : sessions, >= 2
    """
    check_whole("over_average", "sessions", sessions, min_=2, max_=MOST_SESSIONS, unit="sessions")
    closes = _traded(view, asset, sessions)
    return float(closes[-1] / closes.mean() - 1.0)


def past_return(view: MarketView, asset: str, sessions: int = 252, *, skip: int = 0) -> float:
    """Return an asset's total return over past sessions, the last few left out: a fraction.

    ``close of t - skip / close of t - sessions``, less 1. Source: Jegadeesh and Titman (1993), J. Finance 48(1), who
    leave out the last month.

    Parameters
    ----------
    view : MarketView
    asset : name of an asset
    sessions : sessions, >= 1
    skip : sessions, 0 to ``sessions`` - 1
    """
    check_whole("past_return", "sessions", sessions, min_=1, max_=MOST_SESSIONS, unit="sessions")
    check_whole("past_return", "skip", skip, min_=0, max_=sessions - 1, unit="sessions")
    closes = view.closes(asset, sessions + 1)
    then, now = closes[0], closes[len(closes) - 1 - skip]
    if np.isnan(then) or np.isnan(now):
        # A session without trading: the last close before it stands, as for a holding.
        filled = closes[: len(closes) - skip]
        there = filled[~np.isnan(filled)]
        if len(there) < 2:
            raise StrategyError(
                f"{asset} hardly traded in the {sessions} sessions to {view.today}; use a longer window"
            )
        then, now = there[0], there[-1]
    return float(now / then - 1.0)


def realised_volatility(view: MarketView, asset: str, sessions: int = 63) -> float:
    """Return the standard deviation of an asset's last returns (ddof=1) times the root of 252: a fraction a year.

    On weekly data the root is of 52, on monthly data of 12.

    Parameters
    ----------
    view : MarketView
    asset : name of an asset
    sessions : returns, >= 2
    """
    check_whole("realised_volatility", "sessions", sessions, min_=2, max_=MOST_SESSIONS, unit="sessions")
    closes = _traded(view, asset, sessions + 1)
    returns = closes[1:] / closes[:-1] - 1.0
    if len(returns) < 2:
        raise StrategyError(f"{asset} hardly traded in {sessions} sessions to {view.today}; use a longer window")
    return float(returns.std(ddof=1)) * math.sqrt(view.sessions_per_year)


def _traded(view: MarketView, asset: str, sessions: int) -> Float64:
    closes = view.closes(asset, sessions)
    return closes[~np.isnan(closes)]
