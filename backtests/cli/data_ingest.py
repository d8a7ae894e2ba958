"""data fetch: the command that brings market data in. The clock is read here, and handed on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fedcycle.backtests.cli.app import data_dir, debug, json_flag
from fedcycle.backtests.cli.console import note, print_json, print_table, say

if TYPE_CHECKING:
    from fedcycle.data.building.fetch import Outcome

FRED: str | None = None
FRENCH: str | None = None
SEC: str | None = None
"""``scheme://host:port`` in the place of a publisher's own; None for that."""

MARKET = "bundle, store (the newest vintage), a vintage's number or id, or a folder with a data set."
DAY = click.DateTime(["%Y-%m-%d"])


def resolve_dataset(ref: str, data_dir: Path) -> str | Path:
    """Return the data set that a word of the command line means: bundle, the store, a vintage of it, or a folder."""
    from fedcycle.data.building.vintages import dataset_named

    return dataset_named(ref, data_dir)


@click.command("fetch", epilog="Example: fedcycle data fetch DGS10 small")
@click.argument("names", nargs=-1, metavar="[SERIES]...")
@click.option("--since", type=DAY, help="First day asked for and counted in what changed; files are kept whole.")
@click.option("--timeout", type=click.FloatRange(1, 600), default=30.0, show_default=True, help="Seconds of silence.")
@click.option("--tries", type=click.IntRange(1, 10), default=4, show_default=True, help="Times an address is asked.")
@click.option("--fundamentals", is_flag=True, help="Fetch the SEC's files: quarters (2012q1), companyfacts, tickers.")
@click.option("--contact", metavar="NAME_AND_EMAIL", help="Who asks the SEC; it answers nobody else.")
@data_dir
@json_flag
@debug
def fetch(
    names: Sequence[str],
    since: datetime | None,
    timeout: float,
    tries: int,
    fundamentals: bool,
    contact: str | None,
    data_dir: Path,
    as_json: bool,
) -> None:
    """Fetch from FRED and the French library, and keep it as a new vintage of the store.

    Without SERIES all that the store has, or that every data set needs; with some (series or assets) those, and the
    rest stays as it was. Failed or implausible downloads are rejected, and the previous vintage is kept; the exit
    status is then 1.
    """
    if fundamentals:
        _fetch_fundamentals(names, contact, data_dir, as_json=as_json)
        return
    done = _fetched(data_dir, names, since=since, timeout=timeout, tries=tries)
    for sentence in done.notes:
        note(sentence)
    if as_json:
        print_json(
            {
                "vintage": done.vintage.id,
                "retrieved": done.vintage.retrieved,
                "digest": done.vintage.digest,
                "folder": str(data_dir),
                "files": [vars(file) for file in done.files],
                "notes": list(done.notes),
            }
        )
    else:
        rows = [
            [f.name, f.status, f.last or "-", *(f"{n:,}" for n in (f.rows, f.added, f.rewritten, f.removed))]
            for f in done.files
        ]
        heads = ["file", "status", "last", "rows", "added", "rewritten", "removed"]
        print_table(heads, rows, title=f"vintage {done.vintage.id}: {done.vintage.digest[:19]}", text=3)
    if done.failed:
        sys.exit(1)


def _fetch_fundamentals(names: Sequence[str], contact: str | None, data_dir: Path, *, as_json: bool) -> None:
    """Fetch the SEC's files and print which came."""
    from fedcycle.backtests.cli.sec import fetch_fundamentals

    files = fetch_fundamentals(names, contact, data_dir / "sec", SEC)
    if as_json:
        print_json({"folder": str(data_dir / "sec"), "files": [path.name for path in files]})
    else:
        say(f"{data_dir / 'sec'}: {', '.join(path.name for path in files)}")


def _fetched(data_dir: Path, names: Sequence[str], *, since: datetime | None, timeout: float, tries: int) -> Outcome:
    """Return what came of asking FRED and the French library."""
    import time
    from datetime import UTC

    from fedcycle.data.building import fetch as fetching
    from fedcycle.data.catalog import BASE_DAY
    from fedcycle.data.dataset import load_market
    from fedcycle.data.sources.network import Line, Patience, Publishers

    patience = Patience(wait=time.sleep, clock=time.monotonic, timeout=timeout, tries=tries)
    return fetching.fetch(
        data_dir,
        Publishers(Line(patience, notify=note), fred=FRED, french=FRENCH),
        retrieved=datetime.now(UTC),
        names=names,
        since=BASE_DAY if since is None else since.date(),
        expected=load_market("bundle"),
        report=note,
    )
