"""The sessions a config's period comes down to in a market, or the sentence that says why there are none."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.data.market import Market
from fedcycle.data.typing import Day


def resolve(
    market: Market, start: Day, *, end: Day | None, assets: Collection[str], places: Mapping[str, str]
) -> tuple[Day, Day]:
    """Return the first and last session of a run.

    ``start`` moves on to the next session and ``end`` back to the last one, as a date that is no session must; None
    ends the run on the last session on which every asset it names has a price. ``places`` says which file and line
    ``period.start`` and ``period.end`` are from.

    Raises
    ------
    BacktestError
        For a start before the market or an end after what the named assets reach, with the dates that would do.
    UnknownName
        For an asset that the market does not have.
    """
    sessions = market.sessions
    if start < sessions[0]:
        raise BacktestError(
            f"{places['period.start']}: period.start is {start}, but market {market.name} begins on {sessions[0]}; "
            "start there or later"
        )
    after = int(np.searchsorted(sessions, start))
    if after == len(sessions):
        raise BacktestError(
            f"{places['period.start']}: period.start is {start}, but market {market.name} ends on {sessions[-1]}; "
            "start earlier"
        )
    limit, why = _reach(market, assets)
    if end is None:
        last = limit
    else:
        last = market.position(end)
        after_last, after_end = sessions[-1] + np.timedelta64(1, "D"), end + np.timedelta64(1, "D")
        if last > limit or (end > sessions[-1] and np.busday_count(after_last, after_end) > 0):
            raise BacktestError(
                f"{places['period.end']}: period.end is {end}, but {why} {sessions[limit]}; "
                "write null, or a date up to that"
            )
    if last < after:
        raise BacktestError(
            f"{places['period.start']}: the period from {start} to {sessions[last]} has no session; widen it"
        )
    return sessions[after], sessions[last]


def _reach(market: Market, assets: Collection[str]) -> tuple[int, str]:
    """Return the index of the last session all the assets reach, and what sets it."""
    limit, why = len(market.sessions) - 1, f"market {market.name} ends on"
    for asset in assets:
        last = market.spans[market.assets[market.column(asset)]][1]
        if last < limit:
            limit, why = last, f"{asset} ends on"
    return limit, why
