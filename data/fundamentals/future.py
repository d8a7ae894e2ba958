"""Fundamentals that share a past: what became known after a day is replaced. An audit asks a rule under several."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fedcycle.data.fundamentals.panel import LENDER, SECTOR, Fundamentals
from fedcycle.data.typing import Bool, Day, Days, Float64

CODES = (SECTOR, LENDER, "sic")
"""Items whose values are codes, of which another valid one takes the place."""


def replaced(fund: Fundamentals, day: Day, sessions: Days, *, steps: Float64, first: bool) -> Fundamentals:
    """Return fundamentals with other values for all that became known after a day.

    Parameters
    ----------
    fund : Fundamentals
    day : the last day whose facts are kept
    sessions : (T,) days of the market
    steps : (P, N) logarithms of the replaced price over the last, by session in turn; their signs turn the accounts'
    first : whether only the next session's prices, and what became known first after the day, are replaced
    """
    known = fund.steps
    later = known.known_on > day
    if first and later.any():
        later &= known.known_on == known.known_on[later].min()
    draws = np.resize(steps.T.ravel(), len(known)) if steps.size else np.ones(len(known))
    value = _others(fund, known.value, later, draws)
    year_ago = np.where(later, -_scaled(known.year_ago, draws), known.year_ago)
    at = int(np.searchsorted(sessions, day, side="right"))
    stop = min(at + 1, len(sessions)) if first else len(sessions)
    return replace(
        fund,
        steps=replace(known, value=value, year_ago=year_ago),
        prices=_moved(fund.prices, steps, at, stop),
        volumes=_moved(fund.volumes, steps, at, stop),
        _answers={},
    )


def _others(fund: Fundamentals, value: Float64, later: Bool, draws: Float64) -> Float64:
    """Return values with others where they were known later: of another sign or size, a code by another code."""
    out = np.where(later, _scaled(value, draws), value)
    names, codes = fund.steps.item.names, fund.steps.item.codes
    for name in CODES:
        if name in names:
            mine = later & (codes == names.index(name))
            most = {SECTOR: max(len(fund.sectors), 1), LENDER: 2}.get(name, 10_000)
            out[mine] = (value[mine] + 1) % most
    return out


def _scaled(value: Float64, draws: Float64) -> Float64:
    """Return values of a size drawn anew, with the sign of the draw; NaN stays NaN."""
    out: Float64 = np.copysign(np.where(value == 0, 1e6, np.abs(value)) * np.exp(np.abs(draws)), draws)
    return out


def _moved(grid: Float64 | None, steps: Float64, at: int, stop: int) -> Float64 | None:
    if grid is None or at >= stop:
        return grid
    out: Float64 = grid.copy()
    out[at:stop] *= np.exp(steps[np.arange(stop - at) % len(steps)])
    return out
