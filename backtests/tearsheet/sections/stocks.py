"""Stocks: who is in the panel and who left it, what accounts it has, and the size and sector of what was held."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.core.format import counted, listing, percent, sentence
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.fundamentals.panel import Fundamentals
from fedcycle.data.market import Market
from fedcycle.strategies.quality_screen import SIZES, of_size, size_ranks

Shares = dict[str, float]
"""Size or sector -> share of portfolio value."""
TITLE = "Stocks and their accounts"
PLACE = 150
EXPECTED_EXITS = 0.05
"""Share of listed companies that leave a year, by merger or failure: our assumption, and a low one."""
ITEMS = ("net_income", "operating_income", "debt_current", "debt_long", "interest_expense", "shares")
MOST_YEARS, MOST_NAMES, DUST = 30, 12, 1e-9


def section(run: Run, market: Market) -> Section | None:
    """Return what the panel is and what of it was held; None on a market without accounts, or where no stock was."""
    fund = market.fundamentals
    if fund is None or not set(run.ledger.assets) & set(fund.assets):
        return None
    html = _survivors(run, market, fund) + _coverage(run, fund) + _held(run, market, fund) + _names(run, fund)
    return Section(TITLE, _finding(market, fund), html)


def _left(market: Market, fund: Fundamentals) -> tuple[int, float]:
    """Return how many stocks ended before the panel's last session, and the years the panel has stocks for."""
    first, last = zip(*(market.spans[asset] for asset in fund.assets), strict=True)
    end = max(last)
    years = float((market.sessions[end] - market.sessions[min(first)]).astype(np.int64)) / 365.25
    return sum(one < end for one in last), years


def _finding(market: Market, fund: Fundamentals) -> str:
    gone, years = _left(market, fund)
    n = len(fund.assets)
    expected = 1 - (1 - EXPECTED_EXITS) ** years
    grade = "mostly survivors" if gone < 0.5 * expected * n else "not survivors alone"
    return sentence(
        f"Of {counted(n, 'stock')} in the panel {gone} left it in {years:.1f} years ({percent(gone / n)}; a panel that "
        f"lost {percent(EXPECTED_EXITS, 0)} a year would have lost {percent(expected)}): {grade}"
    )


def _survivors(run: Run, market: Market, fund: Fundamentals) -> Markup:
    gone, _ = _left(market, fund)
    delisting = run.config.get("execution", {}).get("delisting", "last") if isinstance(run.config, dict) else "last"
    rows = [
        ["Stocks in the panel", str(len(fund.assets))],
        ["Alive at its end", str(len(fund.assets) - gone)],
        ["Left before its end", str(gone)],
        ["Delisting proceeds", _proceeds(delisting)],
        ["Delisting returns in the data", str(len(set(market.delisting_returns) & set(fund.assets)))],
    ]
    note = " ".join(sentence(note) for note in fund.notes)
    return table(
        "Survivorship", [Column("", "text"), Column("Count", "number")], rows=rows, stamps=run.stamps, note=note
    )


def _proceeds(delisting: str | float) -> str:
    """Return what a stock that ended was paid out at, in words."""
    said = {"last": "last close", "data": "last close and the data's delisting return"}
    return said.get(str(delisting)) or f"{1.0 + float(delisting):.4g} of the last close"


def _coverage(run: Run, fund: Fundamentals) -> Markup:
    """Return companies with a value that became known, by year and item."""
    steps = fund.steps
    years = steps.known_on.astype("datetime64[Y]").astype(np.int64) + 1970
    items = [item for item in ITEMS if item in steps.item.names]
    rows = []
    for year in np.unique(years).tolist()[-MOST_YEARS:]:
        cells = []
        for item in items:
            code = steps.item.names.index(item)
            there = (years == year) & (steps.item.codes == code) & ~np.isnan(steps.value)
            cells.append(str(len(np.unique(steps.company.codes[there]))))
        rows.append([str(year), *cells])
    columns = [Column("Year", "text"), *(Column(item.replace("_", " "), "number") for item in items)]
    return table("Companies with a value that became known, by year and item", columns, rows=rows, stamps=run.stamps)


def _held(run: Run, market: Market, fund: Fundamentals) -> Markup:
    """Return the size and sector of what the targets held, by year, as averages over the year's decisions."""
    ledger = run.ledger
    column = {asset: k for k, asset in enumerate(fund.assets)}
    mine = [(j, column[asset]) for j, asset in enumerate(ledger.assets) if asset in column]
    by_year: dict[str, list[tuple[int, Shares, Shares]]] = {}
    for i, day in enumerate(ledger.decided_on):
        view = market.as_of(day).fundamentals
        place = {asset: k for k, asset in enumerate(view.assets)}
        ranks, sector = size_ranks(view.market_value()), view.sector()
        sizes, sectors, n = dict[str, float](), dict[str, float](), 0
        for j, k in mine:
            weight = float(ledger.targets[i, j])
            at = place.get(fund.assets[k])
            if weight <= DUST or at is None:
                continue
            n += 1
            size = next((s for s, r in SIZES.items() if of_size(ranks[at : at + 1], *r)[0]), "not known")
            sizes[size] = sizes.get(size, 0.0) + weight
            name = view.sectors[sector[at]] if sector[at] >= 0 else "not known"
            sectors[name] = sectors.get(name, 0.0) + weight
        by_year.setdefault(str(day)[:4], []).append((n, sizes, sectors))
    rows = [_year(year, found) for year, found in by_year.items()]
    columns = [
        Column("Year", "text"),
        Column("Stocks", "number"),
        Column("Size", "text"),
        Column("Largest sectors", "text"),
    ]
    note = (
        "Averages over the decisions of the year, of portfolio value; sizes by rank of market value known on the day."
    )
    return table("What the targets held", columns, rows=rows, stamps=run.stamps, note=note)


def _year(year: str, found: list[tuple[int, Shares, Shares]]) -> list[str]:
    n = len(found)
    sizes, sectors = dict[str, float](), dict[str, float]()
    for _, size, sector in found:
        for whole, part in ((sizes, size), (sectors, sector)):
            for name, weight in part.items():
                whole[name] = whole.get(name, 0.0) + weight
    shares = listing([f"{percent(w / n, 0)} {name}" for name, w in _largest(sizes)]) or "nothing"
    largest = listing([f"{percent(w / n, 0)} {name}" for name, w in _largest(sectors)[:3]]) or "nothing"
    return [year, f"{sum(k for k, _, _ in found) / n:.0f}", shares, largest]


def _largest(shares: Shares) -> list[tuple[str, float]]:
    return sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))


def _names(run: Run, fund: Fundamentals) -> Markup:
    """Return the names bought and sold at the latest decisions that changed them."""
    ledger, stocks = run.ledger, set(fund.assets)
    rows = []
    before: set[str] = set()
    for i, day in enumerate(ledger.decided_on):
        now = {a for a, w in zip(ledger.assets, ledger.targets[i].tolist(), strict=True) if w > DUST and a in stocks}
        if now != before:
            rows.append([str(day), _some(now - before), _some(before - now)])
        before = now
    columns = [Column("Decided at the close of", "text"), Column("Bought", "text"), Column("Sold", "text")]
    caption = f"Names bought and sold: the latest {min(len(rows), MOST_NAMES)} of {len(rows)} changes, newest first"
    return table(caption, columns, rows=rows[-MOST_NAMES:][::-1], stamps=run.stamps)


def _some(names: set[str]) -> str:
    shown = sorted(names)[:MOST_NAMES]
    more = len(names) - len(shown)
    return (", ".join(shown) + (f" and {more} more" if more else "")) or "none"
