"""Exposure by size and sector: how much of the account was in which size of company, where the catalog says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis.attribution import CASH
from fedcycle.backtests.analysis.holdings import CASH_NAMES, weights_at_close
from fedcycle.backtests.analysis.measured_run import bought_at
from fedcycle.backtests.core.format import few, listing, percent, sentence
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data import catalog
from fedcycle.data.dataset import SHIPPED
from fedcycle.data.market import Market
from fedcycle.data.typing import Days, Float64

TITLE = "Exposure by size"
PLACE = 145
ALL_SIZES, NO_STOCKS, UNKNOWN = "all sizes", "bills and cash", "not known"
WORDS = {
    (1, 2): "micro",
    (1, 6): "small with micro",
    (3, 6): "small",
    (7, 8): "lower mid",
    (7, 9): "mid",
    (8, 10): "large",
}
"""Size deciles, first and last -> what companies of these sizes are called here."""
HELD, NAMED = 5e-4, 4
"""A weight that would read 0.0% at every close is not held; so many assets of a size are named."""


def section(run: Run, market: Market) -> Section | None:
    """Return the account by size of company and by sector; None on a market whose portfolios the catalog does not know.

    Stocks of a panel have a section of their own.
    """
    if market.name not in SHIPPED:
        return None
    names, weights = weights_at_close(run, market)
    first = bought_at(run.ledger.sessions)
    weights, sessions = weights[first:], run.ledger.sessions[first:]
    kept = [j for j in range(len(names)) if np.abs(weights[:, j]).max() >= HELD]
    names, weights = tuple(names[j] for j in kept), weights[:, kept]
    sizes = [size_of(name) for name in names]
    if not any(asset.name in names and asset.deciles for asset in catalog.ASSETS):
        return None
    order = _in_order(sizes)
    by_size = summed(weights, sizes, order)
    html = _whole(run, names, sizes, order=order, shares=by_size) + _years(run, sessions, order=order, shares=by_size)
    return Section(TITLE, _finding(order, by_size), html + _sectors(run, names, weights))


def size_of(name: str) -> str:
    """Return the size of an asset's companies: its word and deciles, or that it has none or that nobody says.

    Examples
    --------
    >>> size_of("small_quality"), size_of("financials"), size_of("bills"), size_of("mine")
    ('small, deciles 3 to 6', 'all sizes', 'bills and cash', 'not known')
    """
    known = next((asset for asset in catalog.ASSETS if asset.name == name), None)
    if name in (CASH, *CASH_NAMES) or (known is not None and not known.stocks):
        return NO_STOCKS
    if known is None:
        return UNKNOWN
    if known.deciles is None:
        return ALL_SIZES
    first, last = known.deciles
    return f"{WORDS[known.deciles]}, deciles {first} to {last}"


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


def _in_order(sizes: Sequence[str]) -> list[str]:
    """Return each size once, the smallest companies first, what has no size last."""
    named = {f"{word}, deciles {first} to {last}": (first, last) for (first, last), word in WORDS.items()}
    last = {ALL_SIZES: (11, 0), UNKNOWN: (11, 1), NO_STOCKS: (11, 2)}
    return sorted(set(sizes), key=(named | last).__getitem__)


def _whole(run: Run, names: Sequence[str], sizes: Sequence[str], *, order: Sequence[str], shares: Float64) -> Markup:
    columns = [Column("Size", "text"), Column("Held through", "text")]
    columns += [Column(head) for head in ("Average", "Lowest", "Highest", "Last close")]
    rows = []
    for group, share in zip(order, shares.T, strict=True):
        through = [name for name, size in zip(names, sizes, strict=True) if size == group]
        figures = (share.mean(), share.min(), share.max(), share[-1])
        rows.append([group, listing(few(through, NAMED)), *(percent(float(x)) for x in figures)])
    note = (
        "Sizes are deciles of market value with NYSE breakpoints, 1 the smallest, as the catalog defines each "
        "portfolio (fedcycle data list). They overlap: deciles 8 and 9 are in mid and in large, deciles 3 to 6 in "
        "small with and without micro caps. What a portfolio holds inside its deciles is not known."
    )
    return table("Share of the account's value by size of company", columns, rows=rows, stamps=run.stamps, note=note)


def _years(run: Run, sessions: Days, *, order: Sequence[str], shares: Float64) -> Markup:
    years = sessions.astype("datetime64[Y]")
    rows = [
        [str(year), *(percent(float(x)) for x in shares[years == year].mean(axis=0))] for year in np.unique(years)[::-1]
    ]
    columns = [Column("Year", "text"), *(Column(group) for group in order)]
    return table("The same by year, averages of its closes", columns, rows=rows, stamps=run.stamps)


def _sectors(run: Run, names: Sequence[str], weights: Float64) -> Markup:
    """Return the account by sector where a portfolio of one sector was held, else nothing."""
    known = {asset.name: asset.sector for asset in catalog.ASSETS if asset.sector}
    held = [j for j, name in enumerate(names) if name in known]
    if not held:
        return Markup()
    columns = [Column("Sector", "text"), *(Column(head) for head in ("Average", "Lowest", "Highest", "Last close"))]
    rows = []
    for j in held:
        share = weights[:, j]
        figures = (share.mean(), share.min(), share.max(), share[-1])
        rows.append([known[names[j]], *(percent(float(x)) for x in figures)])
    note = "Held through portfolios of one sector. The sectors inside portfolios by size are not known."
    return table("Share of the account's value by sector", columns, rows=rows, stamps=run.stamps, note=note)


def _finding(order: Sequence[str], shares: Float64) -> str:
    average = shares.mean(axis=0)
    held = [j for j in np.argsort(-average, kind="stable").tolist() if abs(average[j]) >= HELD]
    said = [f"{percent(float(average[j]))} in {order[j].replace(', deciles', ' (deciles')}" for j in held]
    closed = [text + ")" if "(deciles" in text else text for text in said]
    return sentence(f"On average the account had {listing(closed)}")
