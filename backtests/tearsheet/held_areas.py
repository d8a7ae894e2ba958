"""Areas of what an account holds: longs stacked above zero, shorts and loans below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from fedcycle.backtests.analysis.group_exposure import NO_STOCKS
from fedcycle.backtests.analysis.holdings import CASH_NAMES
from fedcycle.backtests.tearsheet import charts
from fedcycle.data.fundamentals.panel import SECTOR
from fedcycle.data.market import Market
from fedcycle.data.typing import Float64

DUST = 1e-4
"""A weight that never reaches a basis point is rounding or loose change and gets no area of its own."""
NAMED = 12
"""Holdings with an area of their own; where there are more, stocks are gathered by sector, and the smallest as one."""
OTHERS = "other assets"


def gathered(
    names: Sequence[str], weights: Float64, market: Market, *, max_: int = NAMED
) -> tuple[tuple[str, ...], Float64]:
    """Return at most ``most`` holdings that can be told apart, together what all hold: names and weights, cash last.

    Up to that many stay as they are. Of more, stocks with accounts are gathered by the sector last known of them, and
    what is smallest on average as ``OTHERS``. Longs and shorts of one group stand apart, both under its name.

    Parameters
    ----------
    names : N names, cash last
    weights : (T, N) fraction of value
    """
    largest = np.abs(weights).max(axis=0) > DUST
    if int(largest[:-1].sum()) <= max_:
        return tuple(names), weights
    sectors = _sectors(market)
    group = [sectors.get(name, name) for name in names]
    share = dict.fromkeys(group[:-1], 0.0)
    for name, average in zip(group[:-1], np.abs(weights[:, :-1]).mean(axis=0).tolist(), strict=True):
        share[name] += average
    kept = set(sorted(share, key=lambda name: (-share[name], name))[: max_ if len(share) <= max_ else max_ - 1])
    out: list[str] = []
    columns: list[Float64] = []
    for name in dict.fromkeys(name if name in kept else OTHERS for name in group[:-1]):
        mine = [j for j, one in enumerate(group[:-1]) if (one if one in kept else OTHERS) == name]
        for part in (np.maximum(weights[:, mine], 0.0), np.minimum(weights[:, mine], 0.0)):
            if np.abs(part).max() > DUST:
                out.append(name)
                columns.append(part.sum(axis=1))
    return (*out, names[-1]), np.column_stack([*columns, weights[:, -1]])


def _sectors(market: Market) -> Mapping[str, str]:
    """Return stock -> its sector as last known; those of which none is known are ``OTHERS``."""
    fund = market.fundamentals
    if fund is None:
        return {}
    rows = fund.rows(SECTOR, market.sessions[-1]) if SECTOR in fund.items else np.full(len(fund.assets), -1)
    codes = np.where(rows >= 0, fund.steps.value[rows], np.nan)
    said = (OTHERS if np.isnan(code) else fund.sectors[int(code)].replace("_", " ") for code in codes.tolist())
    return dict(zip(fund.assets, said, strict=True))


def areas(
    names: Sequence[str],
    weights: Float64,
    market: Market,
    *,
    patterns: Sequence[str],
    **look: Any,
) -> list[charts.Figure]:
    """Return a stacked area for each name that is held, and one below zero for each that is sold short or owed.

    Parameters
    ----------
    names : N names
    weights : (T, N) fraction of value at each point of the calendar
    patterns : shapes that neighbouring areas take in turn, so that they differ by more than colour
    look : further attributes of a line, such as its calendar
    """
    traces = []
    for place, (name, j, part, stack) in enumerate(_sides(names, weights)):
        colour = "--cash" if names[j] in (*CASH_NAMES, NO_STOCKS) else colour_of(names[j], j, market)
        area = charts.line(name, 100 * part, colour=colour, **look)
        traces.append(area | {"stack": stack, "pattern": patterns[place % len(patterns)]})
    return traces


def colour_of(name: str, place: int, market: Market) -> str:
    """Return the colour of an asset, or of a group of them by its place."""
    if name == OTHERS:
        return "--asset-9"
    return f"--asset-{(market.column(name) if name in market.assets else place) % 10}"


def _sides(names: Sequence[str], weights: Float64) -> Iterator[tuple[str, int, Float64, str]]:
    """Yield each side of each name that is there: what it is called, its column, its weights and its stack."""
    for j, name in enumerate(names):
        weight = weights[:, j]
        below = weight.min() < -DUST
        if weight.max() > DUST:
            yield name, j, np.maximum(weight, 0.0) if below else weight, "held"
        if below:
            called = "loan" if name in CASH_NAMES else f"{name}, short"
            yield called, j, np.minimum(weight, 0.0), "short"
