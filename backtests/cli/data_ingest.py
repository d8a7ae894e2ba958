"""data fetch, data add: the commands that bring market data in. The clock is read here, and handed on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from fedcycle.backtests.cli.app import data_dir, debug, json_flag
from fedcycle.backtests.cli.console import note, print_json, print_table
from fedcycle.backtests.cli.outputs import OutFolder

FRED: str | None = None
FRENCH: str | None = None
"""``scheme://host:port`` in the place of a publisher's own; None for that."""

MARKET = "bundle, store (the newest vintage), a vintage's number or id, or a folder with a data set."
DAY = click.DateTime(["%Y-%m-%d"])


def resolve_dataset(ref: str, data_dir: Path) -> str | Path:
    """Return the data set that a word of the command line means: bundle, the store, a vintage of it, or a folder."""
    from fedcycle.data import vintages

    if ref in ("store", "latest"):
        return vintages.folder(data_dir)
    if ref == "bundle" or Path(ref).is_dir():
        return ref
    fits = any(name.startswith(ref) for name in vintages.names(data_dir))
    return vintages.folder(data_dir, ref) if ref.isdecimal() or fits else ref


@click.command("fetch", epilog="Example: fedcycle data fetch DGS10 small")
@click.argument("names", nargs=-1, metavar="[SERIES]...")
@click.option("--since", type=DAY, help="First day asked for and counted in what changed; files are kept whole.")
@click.option("--timeout", type=click.FloatRange(1, 600), default=30.0, show_default=True, help="Seconds of silence.")
@click.option("--tries", type=click.IntRange(1, 10), default=4, show_default=True, help="Times an address is asked.")
@data_dir
@json_flag
@debug
def fetch(
    names: Sequence[str], since: datetime | None, timeout: float, tries: int, data_dir: Path, as_json: bool
) -> None:
    """Fetch from FRED and the French library, and keep it as a new vintage of the store.

    Without SERIES all that the store has, or that every data set needs; with some (series or assets) those, and the
    rest stays as it was. What fails or is not to be believed stays as it was too, and the exit status is then 1.
    """
    import time
    from datetime import UTC

    from fedcycle.data import fetch as fetching
    from fedcycle.data.catalog import BASE_DAY
    from fedcycle.data.dataset import load_market
    from fedcycle.data.sources.network import Line, Patience, Publishers

    patience = Patience(wait=time.sleep, clock=time.monotonic, timeout=timeout, tries=tries)
    done = fetching.fetch(
        data_dir,
        Publishers(Line(patience, say=note), fred=FRED, french=FRENCH),
        retrieved=datetime.now(UTC),
        names=names,
        since=BASE_DAY if since is None else since.date(),
        expected=load_market("bundle"),
        report=note,
    )
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


@click.command("add", epilog="Example: fedcycle data add IWM.csv SPY.csv --out funds")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--yahoo", "tickers", multiple=True, metavar="TICKER", help="A fund's prices by yfinance, an extra.")
@click.option("--name", help="Name of the asset, where there is one file that holds one.")
@click.option("--out", type=OutFolder(), help="Folder of the data set; else market-NAME.")
@click.option("--market", default="bundle", show_default=True, help=f"Whose series and bills: {MARKET}")
@click.option("--total-return", is_flag=True, help="The prices are total return already: dividends are in them.")
@click.option("--portfolios", is_flag=True, help="Keep that market's other assets, and do without opens.")
@click.option(
    "--max-gap", type=click.IntRange(0, 250), default=5, show_default=True, help="Sessions a file may lack in a row."
)
@click.option(
    "--gaps",
    type=click.Choice(["leave-out", "keep"]),
    default="leave-out",
    show_default=True,
    help="Sessions a file lacks: left out for every asset, or kept, the asset without a price.",
)
@click.option(
    "--delisting",
    multiple=True,
    metavar="NAME=RETURN",
    help="What holders got after an asset's last close, a fraction of it, such as XYZ=-0.3.",
)
@click.option(
    "--role", "roles", multiple=True, metavar="ROLE=ASSET", help="Which asset plays a role in studies, as small=IWM."
)
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Your own announcements of a central bank: announced, rate (after it, percent), change_bp.",
)
@click.option("--policy-complete-to", type=DAY, metavar="DATE", help="Day up to which that file lacks no change.")
@click.option("--bank", default="", help="Name of the bank, where it is not the Fed; it takes the Fed's place.")
@click.option("--currency", default="", help="The bank's currency, such as EUR.")
@data_dir
@json_flag
@debug
def add(
    files: Sequence[Path],
    tickers: Sequence[str],
    name: str | None,
    out: Path | None,
    market: str,
    total_return: bool,
    portfolios: bool,
    max_gap: int,
    gaps: str,
    delisting: Sequence[str],
    roles: Sequence[str],
    policy: Path | None,
    policy_complete_to: datetime | None,
    bank: str,
    currency: str,
    data_dir: Path,
    as_json: bool,
) -> None:
    """Make a data set of your own prices (CSV or Parquet, wide or long) and a market's series and bills."""
    from fedcycle.data import user_data
    from fedcycle.data.catalog import BASE_DAY
    from fedcycle.data.sources import files as sources
    from fedcycle.data.sources.yahoo import prices

    if not files and not tickers:
        raise click.UsageError("name a FILE, or a fund with --yahoo TICKER")
    if name is not None and len(files) + len(tickers) > 1:
        raise click.UsageError("--name is for one FILE with one asset")
    read = [sources.read(file, name=name, gaps=gaps == "keep") for file in files]
    read += [sources.recognised(prices(ticker, start=BASE_DAY), name=name or ticker) for ticker in tickers]
    out = out if out is not None else Path(f"market-{read[0].bars[0].name}")
    done = user_data.add(
        read,
        base=resolve_dataset(market, data_dir),
        out=out,
        declared=total_return,
        portfolios=portfolios,
        largest_gap=max_gap,
        keep_gaps=gaps == "keep",
        delisting=_delisting(delisting),
    )
    more = _policy_and_roles(out, policy, roles=roles, complete_to=policy_complete_to, bank=bank, currency=currency)
    for sentence in (*done.notes, *more):
        note(sentence)
    if as_json:
        print_json(_added(read, done))
    else:
        _print_added(read, done)


def _policy_and_roles(
    folder: Path,
    file: Path | None,
    *,
    roles: Sequence[str],
    complete_to: datetime | None,
    bank: str,
    currency: str,
) -> tuple[str, ...]:
    """Put a user's announcements and roles into a data set that was made; return notes."""
    from fedcycle.data import policy_changes
    from fedcycle.data.sources.raw import RawFile

    if file is None and not roles:
        return ()
    pairs = [each.split("=") for each in roles]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise click.UsageError("--role is written ROLE=ASSET, such as small=IWM")
    own = None
    if file is not None:
        to = None if complete_to is None else complete_to.date()
        raw = RawFile(str(file), file.read_bytes())
        own = policy_changes.policy(raw, complete_to=to, bank=bank, currency=currency)
    return policy_changes.put_into(folder, own=own, roles={pair[0]: pair[1] for pair in pairs})[1]


def _delisting(stated: Sequence[str]) -> dict[str, float]:
    found = {}
    for each in stated:
        name, _, value = each.rpartition("=")
        try:
            found[name] = float(value)
        except ValueError:
            raise click.UsageError(f"--delisting is {each!r}; write NAME=RETURN, such as XYZ=-0.3") from None
    return found


def _added(read: Sequence[Any], done: Any) -> dict[str, Any]:
    """Return what came of data add, ready for JSON."""
    return {
        "folder": str(done.folder),
        "files": [
            {"file": f.raw.name, "form": f.form, "columns": dict(f.columns), "ignored": list(f.ignored)} for f in read
        ],
        "assets": [
            {
                "name": t.name,
                "first": str(t.days[0]),
                "last": str(t.days[-1]),
                "rows": len(t.days),
                "how": t.how,
                "opens": t.opens is not None,
                "head": _head(t),
            }
            for t in done.totals
        ],
        "kept": list(done.kept),
        "notes": list(done.notes),
    }


def _head(total: Any) -> list[dict[str, Any]]:
    """Return an asset's first five rows."""
    opens = [None] * 5 if total.opens is None else total.opens[:5].tolist()
    rows = zip(total.days[:5], opens, total.level[:5].tolist(), strict=False)
    return [{"day": str(day), "open": open_, "close": close} for day, open_, close in rows]


def _print_added(read: Sequence[Any], done: Any) -> None:
    for file in read:
        columns = ", ".join(f"{role}: {column}" for role, column in file.columns.items())
        ignored = f"; ignored: {', '.join(file.ignored)}" if file.ignored else ""
        click.echo(f"{file.raw.name}: {file.form}; {columns}{ignored}")
    for total in done.totals:
        title = f"{total.name}: {len(total.days):,} rows, {total.days[0]} to {total.days[-1]}; {total.how}"
        rows = [[r["day"], "-" if r["open"] is None else f"{r['open']:.6g}", f"{r['close']:.6g}"] for r in _head(total)]
        print_table(["day", "open level", "close level"], rows, title=title)
    click.echo(f"{done.folder}: {', '.join((*done.kept, *(t.name for t in done.totals)))}")
