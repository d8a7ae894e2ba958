"""Exposure by size and sector: how much of the account was in which companies, where the market knows them."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.analysis.group_exposure import HELD, GroupExposure, by_sector, by_size
from fedcycle.backtests.core.format import few, listing, percent, sentence
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet.markup import Column, chart, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.backtests.tearsheet.sections import weights as held
from fedcycle.data.market import Market
from fedcycle.data.typing import Int64

TITLE = "Exposure by size and sector"
PLACE = 145
NAMED = 4
"""So many assets of a group are named."""
FIGURES = ("Average", "Lowest", "Highest", "Last close")
OF_PORTFOLIOS = (
    "Sizes are deciles of market value with NYSE breakpoints, 1 the smallest, as the catalog defines each "
    "portfolio (fedcycle data list). They overlap: deciles 8 and 9 are in mid and in large, deciles 3 to 6 in "
    "small with and without micro caps. What a portfolio holds inside its deciles is not known."
)
OF_STOCKS = "Stocks are told apart by their rank of market value as known at the first close of each month."


def section(run: Run, market: Market) -> Section | None:
    """Return the account by size of company and by sector; None where the market knows neither."""
    sizes, sectors = by_size(run.ledger, market), by_sector(run.ledger, market)
    if sizes is None and sectors is None:
        return None
    html = Markup()
    if sizes is not None:
        note = OF_STOCKS if sizes.through is None else OF_PORTFOLIOS
        html += _chart(run, market, sizes, by="size") + _whole(run, sizes, by="size", note=note) + _years(run, sizes)
    if sectors is not None:
        inside = "Held through portfolios of one sector. The sectors inside portfolios by size are not known."
        note = "The sector last known at the first close of each month." if sectors.through is None else inside
        html += _chart(run, market, sectors, by="sector") + _whole(run, sectors, by="sector", note=note)
    said = [_average(found) for found in (sizes, sectors) if found is not None]
    return Section(TITLE, sentence(f"On average the account had {'; by sector '.join(said)}"), html)


def _chart(run: Run, market: Market, found: GroupExposure, *, by: str) -> Markup:
    return chart(
        f"exposure-by-{by}",
        f"Share of the account's value by {by}, percent",
        figure=held.shares_over_time(run, market, names=_names(found), weights=found.weights, rows=_rows(run, found)),
        stamps=run.stamps,
        height=260,
        note="Drawn at the closes around each change of targets and at each month's end.",
    )


def _rows(run: Run, found: GroupExposure) -> Int64:
    """Return the closes that are drawn: the ends, months' ends, and those around fills of other targets."""
    months = np.flatnonzero(np.diff(found.sessions.astype("datetime64[M]").astype(np.int64)))
    turned = run.ledger.decided_on[held.changes(run)]
    filled = run.ledger.trades.filled_on[np.isin(run.ledger.trades.decided_on, turned)]
    at = np.searchsorted(found.sessions, np.unique(filled))
    rows = np.concatenate([[0, len(found.sessions) - 1], months, at - 1, at])
    return np.unique(rows.clip(0, len(found.sessions) - 1)).astype(np.int64)


def _names(found: GroupExposure) -> list[str]:
    """Return the groups as the page calls them, with the deciles of their companies."""
    return [
        group.replace("_", " ") if deciles is None else f"{group}, deciles {deciles[0]} to {deciles[1]}"
        for group, deciles in zip(found.groups, found.deciles, strict=True)
    ]


def _whole(run: Run, found: GroupExposure, *, by: str, note: str) -> Markup:
    through = [None] * len(found.groups) if found.through is None else found.through
    columns = [Column(by.capitalize(), "text"), *([] if found.through is None else [Column("Held through", "text")])]
    rows = []
    for name, assets, share in zip(_names(found), through, found.weights.T, strict=True):
        figures = (share.mean(), share.min(), share.max(), share[-1])
        shown = [] if assets is None else [listing(few(assets, NAMED))]
        rows.append([name, *shown, *(percent(float(x)) for x in figures)])
    caption = (
        "Share of the account's value by size of company" if by == "size" else f"Share of the account's value by {by}"
    )
    return table(caption, [*columns, *map(Column, FIGURES)], rows=rows, stamps=run.stamps, note=note)


def _years(run: Run, found: GroupExposure) -> Markup:
    years = found.sessions.astype("datetime64[Y]")
    rows = [
        [str(year), *(percent(float(x)) for x in found.weights[years == year].mean(axis=0))]
        for year in np.unique(years)[::-1]
    ]
    columns = [Column("Year", "text"), *map(Column, _names(found))]
    return table("The same by year, averages of its closes", columns, rows=rows, stamps=run.stamps)


def _average(found: GroupExposure) -> str:
    average = found.weights.mean(axis=0)
    names = _names(found)
    largest = [j for j in np.argsort(-average, kind="stable").tolist() if abs(average[j]) >= HELD]
    said = [f"{percent(float(average[j]))} in {names[j].replace(', deciles', ' (deciles')}" for j in largest]
    return listing(few([f"{text})" if "(deciles" in text else text for text in said], NAMED))
