"""data add-fundamentals: accounts from files, and with prices a data set of stocks. The clock is read here."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from fedcycle.backtests.cli.app import data_dir, debug, json_flag
from fedcycle.backtests.cli.console import note, print_json, print_table, say
from fedcycle.backtests.cli.data_ingest import DAY, MARKET, resolve_dataset
from fedcycle.backtests.cli.delisting import HELP, delisting_returns
from fedcycle.backtests.core.format import stamped

_EVERY = 5.0
"""Seconds between two notes of how far a file is read."""


@click.command("add-fundamentals", epilog="Example: fedcycle data add-fundamentals 2009q3.zip 2010q2.zip --out facts")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("facts"), show_default=True,
              help="Folder of the facts; what it holds already is used again.")  # fmt: skip
@click.option("--items", type=click.Path(path_type=Path), help="CSV of your own items, in the form of items.csv.")
@click.option("--prices", type=click.Path(path_type=Path), help="Daily bars of stocks: also make a data set of them.")
@click.option("--companies", type=click.Path(path_type=Path), help="Which company a ticker is: company_tickers.json, "
              "SimFin's us-companies.csv, or a CSV of ticker, company, sector.")  # fmt: skip
@click.option("--industries", type=click.Path(path_type=Path), help="SimFin's industries.csv, which names sectors.")
@click.option("--since", type=DAY, help="First day of the prices that are used.")
@click.option(
    "--delisting",
    multiple=True,
    metavar="NAME=RETURN|FILE",
    help=f"{HELP}, or a CSV of ticker, return. Paid where a config has execution: {{delisting: data}}.",
)
@click.option("--market", default="bundle", show_default=True, help=f"Whose series, bills and assets: {MARKET}")
@click.option("--data-set", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path("market-stocks"),
              show_default=True, help="Folder of the data set of stocks.")  # fmt: skip
@data_dir
@json_flag
@debug
def add_fundamentals(
    files: Sequence[Path],
    out: Path,
    items: Path | None,
    prices: Path | None,
    companies: Path | None,
    industries: Path | None,
    since: datetime | None,
    delisting: Sequence[str],
    market: str,
    folder: Path,
    data_dir: Path,
    as_json: bool,
) -> None:
    """Read companies' accounts, each known from the day it was filed; with --prices make a data set of stocks.

    FILE is a zip of the SEC's Financial Statement Data Sets, company facts (JSON, or their bulk zip), SimFin's
    quarterly CSV, or facts of your own. What is refused is written to refused.csv, by company, period and reason.
    """
    from fedcycle.data.fundamentals import ingest, report
    from fedcycle.data.fundamentals.build import REFUSED, refused_table
    from fedcycle.data.fundamentals.items import read_items
    from fedcycle.data.storage import atomic

    if prices is not None and companies is None:
        raise click.UsageError("--prices needs --companies, which says what company each ticker is")
    read = read_items(items)
    ingest.ingest(files, out, read, progress=_progress)
    parts = ingest.read_parts(out)
    refused = [each for part in parts for each in part.report.refused]
    document: dict[str, Any] = {
        "folder": str(out),
        "facts": sum(part.report.facts for part in parts),
        "parts": [
            part.report.document | {"refused": len(part.report.refused), "reused": part.reused} for part in parts
        ],
    }
    if prices is not None and companies is not None:
        base = resolve_dataset(market, data_dir)
        built = _built(parts, read, prices, companies, industries, since, delisting_returns(delisting), base, folder)
        refused = list(built.refused)
        document["data_set"] = {
            "folder": str(folder), "stocks": len(built.stocks.assets), "stamps": list(built.stocks.stamps),
            "notes": list(built.notes),
        }  # fmt: skip
        for sentence in built.notes:
            note(sentence)
    atomic.write_file(out / REFUSED, refused_table(refused))
    document["refused"] = report.by_reason([report.Report("", refused=refused)])
    if as_json:
        print_json(document)
        return
    _print(document, out / REFUSED)


def _built(
    parts: Any, items: Any, prices: Path, companies: Path, industries: Path | None, since: datetime | None,
    delisting: dict[str, float], base: str | Path, folder: Path,
) -> Any:  # fmt: skip
    import numpy as np

    from fedcycle.data.dataset import load_market
    from fedcycle.data.fundamentals import build
    from fedcycle.data.manifest import FileFacts
    from fedcycle.data.sources import company_tables, stock_prices

    start = None if since is None else np.datetime64(since.date(), "D")
    bars = stock_prices.read(prices, load_market(base, allow_revised=True).sessions, start=start)
    inputs = {path.name: _facts_of(path, FileFacts) for path in (prices, companies, *(part.path for part in parts))}
    return build.build(
        parts, items, prices=bars, companies=company_tables.read(companies, industries), base=base, out=folder,
        inputs=inputs, delisting=delisting,
    )  # fmt: skip


def _facts_of(path: Path, kind: Any) -> Any:
    with path.open("rb") as file:
        return kind(hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)


def _progress(path: Path) -> Callable[[int, int], None]:
    """Return what notes how far a file is read and how long the rest will take, every few seconds."""
    began = said = time.monotonic()

    def tell(done: int, whole: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said < _EVERY or not done:
            return
        said = now
        left = (now - began) / done * (whole - done)
        note(f"{path.name}: {100 * done / max(whole, 1):.0f}%, about {left:.0f} s left")

    return tell


def _print(document: dict[str, Any], refused: Path) -> None:
    rows = [
        [part["source"], f"{part['filings']:,}", f"{part['rows']:,}", f"{part['facts']:,}", f"{part['refused']:,}"]
        for part in document["parts"]
    ]
    print_table(["file", "filings", "rows", "facts", "refused"], rows, title=f"{document['folder']}: facts", text=1)
    if document["refused"]:
        rows = [[reason, f"{n:,}"] for reason, n in document["refused"].items()]
        print_table(["refused or corrected because", "how often"], rows, title=f"each by name in {refused}", text=1)
    if "data_set" in document:
        made = document["data_set"]
        stamps = stamped("", made["stamps"])
        say(f"{made['folder']}: {made['stocks']} stocks{stamps}; write data: {{market: {made['folder']}}}")
