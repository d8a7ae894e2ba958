"""Which company a ticker is, and its sector: the SEC's ``company_tickers.json``, SimFin's tables, or a user's CSV."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from fedcycle.data.errors import DataError, listing
from fedcycle.data.sources import delimited

LENDERS = ("banks", "insurance", "brokers & exchanges", "credit services")
"""How industries of banks, brokers and insurers begin or are called in SimFin's table, in small letters."""


@dataclass(frozen=True)
class Company:
    """A ticker and its company.

    Parameters
    ----------
    ticker, company, name : texts
    sector : the table's own, or empty where the filings' SIC code says it
    lender : whether it is a bank, a broker or an insurer, or None where the SIC code says it
    """

    ticker: str
    company: str
    name: str
    sector: str = ""
    lender: bool | None = None


@dataclass(eq=False)
class Companies:
    """Tickers and their companies, each ticker once.

    Parameters
    ----------
    by_ticker : ticker -> Company
    refused : (ticker, reason)
    """

    by_ticker: dict[str, Company] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)


def collected(found: Iterable[Company]) -> Companies:
    """Return companies by ticker; a ticker of two companies, or of two sectors, is refused by name."""
    out, seen = Companies(), dict[str, set[tuple[str, str]]]()
    for each in found:
        seen.setdefault(each.ticker, set()).add((each.company, each.sector))
        out.by_ticker.setdefault(each.ticker, each)
    for ticker, pairs in sorted(seen.items()):
        companies, sectors = sorted({c for c, _ in pairs}), sorted({s for _, s in pairs})
        if len(companies) > 1:
            out.refused.append((ticker, f"it stands for two companies: {listing(companies)}"))
        elif len(sectors) > 1:
            out.refused.append((ticker, f"it has two sectors: {listing(sectors)}"))
    for ticker, _ in out.refused:
        del out.by_ticker[ticker]
    return out


def read(path: Path, industries: Path | None = None) -> Companies:
    """Return the companies of one of the three forms, told by its content.

    Parameters
    ----------
    path : ``company_tickers.json``, SimFin's ``us-companies.csv``, or a CSV with the columns ticker and company, and
        name, sector and lender (true or false) where they are known
    industries : SimFin's ``industries.csv``, where the sectors of its companies are named

    Raises
    ------
    DataError
        Where it is none of these.
    """
    if path.suffix == ".json":
        return collected(_sec(path))
    head = set(next(iter(delimited.rows(path)), (0, {}))[1])
    if {"Ticker", "SimFinId", "IndustryId"} <= head:
        return collected(_simfin(path, industries))
    if {"ticker", "company"} <= head:
        return collected(_own(path))
    raise DataError(f"{path}:1: no columns ticker and company; it has {', '.join(sorted(head))[:100] or 'no row'}")


def _sec(path: Path) -> Iterable[Company]:
    try:
        content = path.read_bytes()
        if content.lstrip()[:1] == b"<":
            raise DataError(f"{path} is a web page, not the SEC's company_tickers.json; get it again")
        document = json.loads(content)
        return [Company(str(e["ticker"]), f"{int(e['cik_str']):010d}", str(e["title"])) for e in document.values()]
    except OSError as err:
        raise DataError(f"{path} cannot be read ({err.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DataError(f"{path} is not the SEC's company_tickers.json; get it again") from None


def _simfin(path: Path, industries: Path | None) -> Iterable[Company]:
    sectors: dict[str, tuple[str, str]] = {}
    if industries is not None:
        for _, cells in delimited.rows(industries, needed=("IndustryId", "Sector", "Industry")):
            sectors[_id(cells["IndustryId"])] = (_plain(cells["Sector"]), cells["Industry"].lower())
    for _, cells in delimited.rows(path, needed=("Ticker", "SimFinId", "Company Name", "IndustryId")):
        sector, kind = sectors.get(_id(cells["IndustryId"]), ("", ""))
        lender = kind.startswith(LENDERS) if industries is not None else None
        yield Company(cells["Ticker"], f"simfin:{cells['SimFinId']}", cells["Company Name"], sector, lender)


def _own(path: Path) -> Iterable[Company]:
    for line, cells in delimited.rows(path, needed=("ticker", "company")):
        said = cells.get("lender", "").lower()
        if said not in ("", "true", "false"):
            raise DataError(f"{path}:{line}: lender is {said[:20]!r}; write true or false")
        lender = None if not said else said == "true"
        yield Company(cells["ticker"], cells["company"], cells.get("name", ""), _plain(cells.get("sector", "")), lender)


def _id(text: str) -> str:
    return text.removesuffix(".0")


def _plain(sector: str) -> str:
    """Return a sector's name as configs write it: small letters and _.

    Examples
    --------
    >>> _plain("Financial Services")
    'financial_services'
    """
    return "_".join(sector.lower().replace("&", "and").split())


def two_tickers(companies: Iterable[Company]) -> dict[str, int]:
    """Return company -> how many tickers it has, of those with more than one."""
    return {name: n for name, n in Counter(c.company for c in companies).items() if n > 1}
