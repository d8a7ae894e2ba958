"""How much of an account was in which size of company and in which sector, where the market knows them. numpy only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from fedcycle.backtests.analysis.holdings import CASH_NAMES, weights_of
from fedcycle.backtests.analysis.measured_run import bought_at
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.data import catalog
from fedcycle.data.dataset import SHIPPED
from fedcycle.data.fundamentals.panel import FundamentalsView
from fedcycle.data.market import Market
from fedcycle.data.typing import Days, Float64
from fedcycle.strategies.quality_screen import SIZES, of_size, size_ranks
from fedcycle.strategies.schedule import first_of_each

ALL_SIZES, NO_STOCKS, UNKNOWN = "all sizes", "bills and cash", "not known"
BILLS = "bills"
WORDS = {
    (1, 2): "micro",
    (1, 6): "small with micro",
    (3, 6): "small",
    (7, 8): "lower mid",
    (7, 9): "mid",
    (8, 10): "large",
}
"""Size deciles, first and last -> what companies of these sizes are called here."""
HELD = 5e-4
"""A weight that would read 0.0% at every close is not held."""
_LAST = (ALL_SIZES, UNKNOWN, NO_STOCKS)
_CATALOG = {asset.name: asset for asset in catalog.ASSETS}
Deciles = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, eq=False)
class GroupExposure:
    """What an account had in groups of its assets at each close.

    Parameters
    ----------
    sessions : (T,) days, from the close of the first fill on
    groups : G names, the smallest companies or the largest sector first, what is in no group last
    through : for each group the portfolios it was held through; None of stocks, which move between groups
    weights : (T, G) fraction of value; a row adds up to 1, but for a lost account
    deciles : for each group the first and last size decile, where the catalog states them
    """

    sessions: Days
    groups: tuple[str, ...]
    through: tuple[tuple[str, ...], ...] | None
    weights: Float64
    deciles: tuple[tuple[int, int] | None, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Return it ready for JSON: group -> figures over all closes, and the average of the closes of each year."""
        years = self.sessions.astype("datetime64[Y]")
        each = years[first_of_each(years)]
        return {
            group: {
                "deciles": None if deciles is None else list(deciles),
                "assets": None if self.through is None else list(self.through[k]),
                "average": float(share.mean()),
                "lowest": float(share.min()),
                "highest": float(share.max()),
                "last": float(share[-1]),
                "by_year": {str(year): float(share[years == year].mean()) for year in each},
            }
            for k, (group, deciles, share) in enumerate(zip(self.groups, self.deciles, self.weights.T, strict=True))
        }


def by_size(ledger: Ledger, market: Market) -> GroupExposure | None:
    """Return what an account had in each size of company; None where nothing it held has a size that is known.

    Portfolios of a shipped data set have the size deciles that the catalog states. Stocks of a panel have the size of
    their rank by market value, as known at the first close of each month. What else is held has none that is known.

    Parameters
    ----------
    ledger : Ledger
        As measured, from the close of the first fill on.
    market : Market
        The market it was made on.
    """
    sizes = [*(word for _, word in sorted(WORDS.items())), *_LAST]
    known = {word: deciles for deciles, word in WORDS.items()}
    if market.fundamentals is None:
        return _of_portfolios(ledger, market, _size_of, order=sizes, deciles=known)
    return _of_stocks(ledger, market, _sizes_of_stocks, order=[*reversed(list(SIZES)), *_LAST])


def by_sector(ledger: Ledger, market: Market) -> GroupExposure | None:
    """Return what an account had in each sector; None where nothing it held has a sector that is known.

    Of the shipped data sets only portfolios of one sector have one: sectors inside portfolios by size are not known.
    Stocks of a panel have the sector last known at the first close of each month. Parameters are those of ``by_size``.
    """
    if market.fundamentals is None:
        sectors = list(dict.fromkeys(asset.sector for asset in catalog.ASSETS if asset.sector))
        return _of_portfolios(ledger, market, _sector_of, order=[*sectors, *_LAST], deciles={})
    return _of_stocks(ledger, market, _sectors_of_stocks, order=[*sorted(market.fundamentals.sectors), *_LAST])


def _of_portfolios(
    ledger: Ledger, market: Market, group_of: Callable[[str], str], *, order: Sequence[str], deciles: Deciles
) -> GroupExposure | None:
    """Return the exposure to groups whose portfolios are in one group all the time; None where none is known."""
    if market.name not in SHIPPED:
        return None
    names, weights, sessions = _held(ledger, market)
    group = [group_of(name) for name in names]
    groups = tuple(name for name in order if name in group)
    if not set(groups) - set(_LAST):
        return None
    through = tuple(tuple(name for name, one in zip(names, group, strict=True) if one == each) for each in groups)
    stated = tuple(deciles.get(each) for each in groups)
    return GroupExposure(sessions, groups, through, summed(weights, group, groups), stated)


def _of_stocks(
    ledger: Ledger, market: Market, groups_of: Callable[[FundamentalsView], Mapping[str, str]], *, order: Sequence[str]
) -> GroupExposure | None:
    """Return the exposure to groups that stocks move between, told at the first close of each month."""
    fund = market.fundamentals
    names, weights, sessions = _held(ledger, market)
    stocks = set(names).intersection(() if fund is None else fund.assets)
    if not stocks:
        return None
    found = np.zeros((len(sessions), len(order)))
    starts = np.flatnonzero(first_of_each(sessions.astype("datetime64[M]"))).tolist()
    for a, b in pairwise([*starts, len(sessions)]):
        known = groups_of(market.as_of(sessions[a]).fundamentals)
        group = [known.get(name, UNKNOWN) if name in stocks else _without_stocks(name) for name in names]
        found[a:b] = summed(weights[a:b], group, order)
    there = [j for j in range(len(order)) if np.abs(found[:, j]).max() >= HELD]
    groups = tuple(order[j] for j in there)
    if not set(groups) - set(_LAST):
        return None
    return GroupExposure(sessions, groups, None, found[:, there], (None,) * len(groups))


def summed(weights: Float64, groups: Sequence[str], order: Sequence[str]) -> Float64:
    """Return the weight of each group of assets at each close.

    Parameters
    ----------
    weights : (T, N) fraction of value
    groups : N names
    order : G names, each once

    Returns
    -------
    (T, G) fraction of value
    """
    belongs = np.array([[group == name for name in order] for group in groups], dtype=float)
    return np.asarray(weights @ belongs)


def _held(ledger: Ledger, market: Market) -> tuple[tuple[str, ...], Float64, Days]:
    """Return what is held at some close, its weights at each close and the closes, from the first fill's on."""
    names, weights = weights_of(ledger, market)
    first = bought_at(ledger.sessions)
    weights, sessions = weights[first:], ledger.sessions[first:]
    kept = [j for j in range(len(names)) if np.abs(weights[:, j]).max() >= HELD]
    return tuple(names[j] for j in kept), weights[:, kept], sessions


def _size_of(name: str) -> str:
    known = _CATALOG.get(name)
    if name in CASH_NAMES or (known is not None and not known.stocks):
        return NO_STOCKS
    if known is None:
        return UNKNOWN
    return ALL_SIZES if known.deciles is None else WORDS[known.deciles]


def _sector_of(name: str) -> str:
    known = _CATALOG.get(name)
    if name in CASH_NAMES or (known is not None and not known.stocks):
        return NO_STOCKS
    return known.sector if known is not None and known.sector else UNKNOWN


def _without_stocks(name: str) -> str:
    return NO_STOCKS if name in (*CASH_NAMES, BILLS) else UNKNOWN


def _sizes_of_stocks(view: FundamentalsView) -> dict[str, str]:
    ranks = size_ranks(view.market_value())
    found: dict[str, str] = {}
    for size, (first, last) in SIZES.items():
        found |= dict.fromkeys(np.array(view.assets, dtype=object)[of_size(ranks, first, last)].tolist(), size)
    return found


def _sectors_of_stocks(view: FundamentalsView) -> dict[str, str]:
    pairs = zip(view.assets, view.sector().tolist(), strict=True)
    return {asset: view.sectors[place] for asset, place in pairs if place >= 0}
