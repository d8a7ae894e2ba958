"""Prices of stocks, the companies they are of, and what was known of these -> a data set that a study can run on."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fedcycle.data import manifest
from fedcycle.data.building.build import check_place, grid, write
from fedcycle.data.dataset import checked, folder_of, load_market
from fedcycle.data.errors import DataError
from fedcycle.data.fundamentals import splits
from fedcycle.data.fundamentals.ingest import Part, known_of
from fedcycle.data.fundamentals.items import Items
from fedcycle.data.fundamentals.known import Known, joined
from fedcycle.data.fundamentals.panel import LENDER, SECTOR, steps_of
from fedcycle.data.fundamentals.report import Refused, Report
from fedcycle.data.fundamentals.sectors import FF12, industry, lender
from fedcycle.data.fundamentals.stored import Stocks, files_of
from fedcycle.data.manifest import FileFacts, Manifest, read_manifest
from fedcycle.data.market import Market
from fedcycle.data.sources.company_tables import Companies, two_tickers
from fedcycle.data.sources.stock_prices import StockPrices
from fedcycle.data.typing import Days, Float64

BEFORE = 300
"""Sessions of the base market that are kept before the first bar: what rates and closes are looked back over."""
RESTATED = "RESTATED FUNDAMENTALS"
"""Stamp of a panel whose figures are mostly the later, corrected ones."""
REFUSED = "refused.csv"
TWO_TICKERS = "another ticker of the same company is traded more"


@dataclass(frozen=True, eq=False)
class Built:
    """What came of making a data set of stocks.

    Parameters
    ----------
    folder : the data set
    stocks : what is in it
    refused : what is not, by name and reason
    notes : sentences
    """

    folder: Path
    stocks: Stocks
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]


def build(
    parts: Sequence[Part],
    items: Items,
    *,
    prices: StockPrices,
    companies: Companies,
    base: str | Path,
    out: Path,
    inputs: Mapping[str, FileFacts],
    stamps: Sequence[str] = (),
    delisting: Mapping[str, float] | None = None,
) -> Built:
    """Make a data set of stocks with what was known of their companies, and put it in the place of ``out``.

    It has the base's assets (as closes), series and bills, on the base's sessions from ``BEFORE`` sessions before the
    first bar to the last bar of any stock. ``delisting`` is stock -> what holders got after its last close, a
    fraction of it; one of a stock that is not taken, or has not ended, is refused by name.

    Raises
    ------
    DataError
        Where no stock has a company with accounts, or a name is an asset or a series of the base already.
    """
    check_place(out)
    market = load_market(base, allow_revised=True)
    report = Report("steps")
    steps = known_of(parts, items, report)
    refused = []
    for ticker, why in (*companies.refused, *prices.refused):
        reason, _, detail = why.partition(": ")
        refused.append(Refused(ticker, "", "ticker", reason, detail))
    chosen = _adjusted(_chosen(prices, companies, steps, market, refused), prices, companies, steps, report)
    if not chosen:
        raise DataError("no stock of the prices has a company with accounts; give --companies that names both")
    stocks = _stocks(chosen, prices, companies, steps, stamps=(*stamps, *_restated(parts)), parts=parts, report=report)
    stocks = dataclasses.replace(stocks, delisting=_paid(delisting or {}, stocks, refused))
    files = data_set(market, folder_of(base), stocks, inputs)
    write(out, files)
    refused += [each for part in parts for each in part.report.refused]
    refused += report.refused
    notes = (*prices.notes, *(f"{n} {why}" for why, n in prices.left_out.items() if n), *stocks.notes)
    return Built(out, stocks, tuple(refused), notes)


def _chosen(
    prices: StockPrices, companies: Companies, steps: Known, market: Market, refused: list[Refused]
) -> list[int]:
    """Return the columns of the stocks that are taken: with a company, one for each company, of a name not taken."""
    with_accounts = set(steps.company.names)
    held: dict[str, int] = {}
    doubled = two_tickers(c for t, c in companies.by_ticker.items() if t in set(prices.tickers))
    for k, ticker in enumerate(prices.tickers):
        company = companies.by_ticker.get(ticker)
        if ticker in market.assets or ticker in market.series:
            raise DataError(f"{ticker} is an asset or a series of market {market.name} already; rename the stock")
        if company is None or company.company not in with_accounts:
            refused.append(
                Refused(ticker, "", "ticker", "no company with accounts", company.company if company else "")
            )
        elif company.company not in doubled:
            held[ticker] = k
        else:
            first = held.get(company.company)
            if first is None or _traded(prices, k) > _traded(prices, first):
                held[company.company], k = k, first if first is not None else -1
            if k >= 0:
                refused.append(Refused(prices.tickers[k], "", "ticker", TWO_TICKERS, company.company))
    return sorted(held.values())


def _adjusted(chosen: list[int], prices: StockPrices, companies: Companies, steps: Known, report: Report) -> list[int]:
    """Return the columns without those whose adjusted closes a split went through."""
    counts, kept = splits.share_rows(steps), []
    for k in chosen:
        ticker = prices.tickers[k]
        rows = counts.get(companies.by_ticker[ticker].company)
        why = None if rows is None else splits.unadjusted(prices.sessions, prices.level[:, k], steps, rows)
        if why is None:
            kept.append(k)
        else:
            report.refuse(ticker, "", "ticker", splits.NOT_ADJUSTED, why)
    return kept


def _traded(prices: StockPrices, k: int) -> float:
    if prices.volume is None:
        return float(np.isfinite(prices.level[:, k]).sum())
    return float(np.nansum(prices.level[:, k] * prices.volume[:, k]))


def _stocks(
    chosen: list[int], prices: StockPrices, companies: Companies, steps: Known, *,
    stamps: Sequence[str], parts: Sequence[Part], report: Report,
) -> Stocks:  # fmt: skip
    tickers = tuple(prices.tickers[k] for k in chosen)
    listed = [companies.by_ticker[t] for t in tickers]
    level = prices.level[:, chosen]
    there = np.flatnonzero(~np.isnan(level).all(axis=1))
    cut = slice(max(0, int(there[0]) - BEFORE), int(there[-1]) + 1)
    own = {c.company: (c.sector, c.lender) for c in listed}
    wanted = np.array([name in own for name in steps.company.names], dtype=bool)
    kept = steps_of(steps, np.flatnonzero(wanted[steps.company.codes]))
    sectors, kept = _with_sectors(kept, own)
    kept, found = splits.settled(kept, [c.company for c in listed], tickers, _splits(chosen, prices), report)
    notes = [note for part in parts for note in part.report.notes]
    if prices.price is None:
        notes.append(
            "one close is given for each bar: market values and traded values are of adjusted closes, and a split that "
            "the accounts do not have yet cannot be seen"
        )
    if LENDER not in kept.item.names or not (kept.item.codes == _code(kept, LENDER)).any():
        notes.append("nothing says who is a bank, a broker or an insurer: all are screened as other companies are")
    if SECTOR not in kept.item.names or not (kept.item.codes == _code(kept, SECTOR)).any():
        notes.append("no sector of any stock is known: risks are ranked among all")
    names = {name: said for part in parts for name, said in part.names.items()}
    return Stocks(
        prices.sessions[cut], tickers, tuple(c.company for c in listed),
        tuple(c.name or names.get(c.company, "") for c in listed), level[cut],
        None if prices.price is None else prices.price[cut][:, chosen],
        None if prices.volume is None else prices.volume[cut][:, chosen], kept, sectors, tuple(dict.fromkeys(stamps)),
        tuple(dict.fromkeys(notes)), splits=found,
    )  # fmt: skip


def _paid(delisting: Mapping[str, float], stocks: Stocks, refused: list[Refused]) -> dict[str, float]:
    """Return the delisting returns of stocks that ended; another one is refused by name."""
    ended = np.isnan(stocks.level[-1])
    gone = {ticker: bool(over) for ticker, over in zip(stocks.assets, ended, strict=True)}
    for ticker, value in delisting.items():
        if not gone.get(ticker):
            why = "has not ended" if ticker in gone else "is not in the data set"
            refused.append(Refused(ticker, "", "delisting", f"a delisting return of a stock that {why}", f"{value:g}"))
    return {ticker: value for ticker, value in delisting.items() if gone.get(ticker)}


def _splits(chosen: list[int], prices: StockPrices) -> list[list[tuple[Any, float]]]:
    """Return each stock's splits; none where one close is given for each bar, which says nothing of them."""
    if prices.price is None:
        return [[] for _ in chosen]
    return [splits.in_prices(prices.sessions, prices.price[:, k], prices.level[:, k]) for k in chosen]


def _with_sectors(steps: Known, own: Mapping[str, tuple[str, bool | None]]) -> tuple[tuple[str, ...], Known]:
    """Return the names of the sectors, and the steps with those of sector and lender.

    A sector is the table's own where it names one, known from the company's first fact on; else the filings' SIC
    code's, on the day each filing said it.
    """
    names = tuple(dict.fromkeys(sorted({sector for sector, _ in own.values() if sector})))
    sectors = names or FF12
    sic = steps_of(steps, np.flatnonzero(steps.item.codes == _code(steps, "sic")))
    company = np.array(steps.company.names, dtype=object)
    made = []
    if not names:
        made = [
            _renamed(sic, SECTOR, industry(sic.value).astype(np.float64)),
            _renamed(sic, LENDER, lender(sic.value).astype(np.float64)),
        ]
    else:
        first = steps_of(steps, _first_rows(steps))
        said = [own[name] for name in company[first.company.codes]]
        places = np.array([sectors.index(sector) if sector else np.nan for sector, _ in said], dtype=np.float64)
        flags = np.array([np.nan if flag is None else float(flag) for _, flag in said])
        made = [_renamed(first, SECTOR, places), _renamed(first, LENDER, flags)]
    return sectors, joined([steps, *(each for each in made if len(each))])


def _first_rows(steps: Known) -> Any:
    """Return the row of each company's first step."""
    order = np.lexsort((steps.known_on.astype(np.int64), steps.company.codes))
    _, first = np.unique(steps.company.codes[order], return_index=True)
    return order[first]


def _renamed(steps: Known, item: str, value: Float64) -> Known:
    """Return steps as those of another item, with other values; NaN ones left out."""
    there = np.flatnonzero(~np.isnan(value))
    some = steps_of(steps, there)
    labels = dataclasses.replace(some.item, codes=np.zeros(len(there), dtype=np.int32), names=(item,))
    nothing = np.full(len(there), np.nan)
    return dataclasses.replace(some, item=labels, value=value[there], year_ago=nothing)


def _code(steps: Known, item: str) -> int:
    return steps.item.names.index(item) if item in steps.item.names else -1


def _restated(parts: Sequence[Part]) -> tuple[str, ...]:
    return (RESTATED,) if any("restated" in note for part in parts for note in part.report.notes) else ()


def data_set(market: Market, folder: Path, stocks: Stocks, inputs: Mapping[str, FileFacts]) -> dict[str, bytes]:
    """Return the files of the new data set."""
    base = read_manifest(folder)
    left = (manifest.LEVELS, manifest.OPENS, manifest.STOCKS, manifest.KNOWN, manifest.ABOUT)
    texts = {f: checked(folder / f, base) for f in base.files if f not in left}
    kept = [entry for entry in base.assets if not np.isnan(_column(market, entry.name, stocks.sessions)[1]).all()]
    columns = {entry.name: _there(*_column(market, entry.name, stocks.sessions)) for entry in kept}
    text = grid({name: (days, map(repr, level.tolist())) for name, (days, level) in columns.items()})
    texts[manifest.LEVELS] = text.encode("ascii")
    texts |= files_of(stocks)
    files = {n: texts[n] for n in (*manifest.FACT_FILES, *manifest.MORE_FILES) if n in texts}
    spans = {name: (str(days[0]), str(days[-1]), len(days)) for name, (days, _) in columns.items()}
    entries = [
        dataclasses.replace(entry, first=spans[entry.name][0], last=spans[entry.name][1], count=spans[entry.name][2])
        for entry in kept
    ]
    made = Manifest(
        {name: FileFacts.of(content) for name, content in files.items()}, tuple(entries), base.series,
        {**base.inputs, **inputs},
    )  # fmt: skip
    files[manifest.NOTICE] = _notice(folder, stocks)
    return manifest.sealed(files, made)


def _column(market: Market, name: str, sessions: Days) -> tuple[Days, Float64]:
    at = np.searchsorted(market.sessions, sessions)
    return sessions, market.prices[at, market.column(name)]


def _there(days: Days, level: Float64) -> tuple[Days, Float64]:
    there = ~np.isnan(level)
    return days[there], level[there]


def _notice(folder: Path, stocks: Stocks) -> bytes:
    path = folder / manifest.NOTICE
    before = path.read_text(encoding="ascii") if path.is_file() else ""
    said = "".join(f"- {note}\n" for note in stocks.notes)
    rights = "Rights: yours, or those of whoever you have them from; not to be passed on without asking."
    text = f"{before}\n## Stocks\n\n{len(stocks.assets)} stocks from your own files. {rights}\n\n{said}"
    return text.encode("ascii", "replace")


def refused_table(refused: Sequence[Refused]) -> bytes:
    """Return what was refused as CSV: company, period, item, reason, detail."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["company", "period", "item", "reason", "detail"])
    writer.writerows([each.company, each.period, each.item, each.reason, each.detail] for each in sorted(refused))
    return text.getvalue().encode()
