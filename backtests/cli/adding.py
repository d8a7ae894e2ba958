"""data add and data join: a user's own files, shown as they are recognised, then made a data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from fedcycle.backtests.cli import adding_options
from fedcycle.backtests.cli.app import data_dir, debug, json_flag
from fedcycle.backtests.cli.console import note, print_json, print_table, say
from fedcycle.backtests.cli.data_ingest import resolve_dataset
from fedcycle.backtests.cli.outputs import OutFolder
from fedcycle.backtests.core.format import few

SHOWN = 5
"""Rows of an asset that are shown at each end."""
MOST_ASSETS, MOST_NAMES = 20, 15
"""Assets with their rows, and names in a list, beyond which only their number is printed."""


@click.command("add", epilog="Example: fedcycle data add IWM.csv SPY.csv --out funds")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE...")
@adding_options.add_options
@data_dir
@json_flag
@debug
def add(files: Sequence[Path], data_dir: Path, as_json: bool, **options: Any) -> None:
    """Make a data set of your own prices and a market's series and bills.

    FILE is CSV, Parquet or a workbook as Yahoo, yfinance, Stooq, Investing.com, Nasdaq, Alpha Vantage, Tiingo, Nasdaq
    Data Link, Bloomberg, FactSet, CRSP, MetaTrader or pandas write it, packed or not: one asset, wide or long. What is
    recognised is shown first. Options that take a FILE are for that file; without one they are for all.
    """
    from fedcycle.data.building.build import write

    read = adding_options.read_files(files, options)
    if not as_json:
        for file in read:
            _print_file(file)
    done = adding_options.planned(read, options, data_dir)
    if not as_json:
        _print_totals(done)
    if not options["dry_run"]:
        write(done.folder, done.files)
    for sentence in done.notes:
        note(sentence)
    if as_json:
        print_json(_document(read, done, dry_run=options["dry_run"]))
    else:
        _print_made(done, dry_run=options["dry_run"])


def _document(read: Sequence[Any], done: Any, *, dry_run: bool) -> dict[str, Any]:
    """Return what came of data add, ready for JSON."""
    return {
        "folder": None if dry_run else str(done.folder),
        "dry_run": dry_run,
        "frequency": done.frequency,
        "files": [_file(f) for f in read],
        "assets": [
            {
                "name": t.name,
                "first": str(t.days[0]),
                "last": str(t.days[-1]),
                "rows": len(t.days),
                "how": t.how,
                "opens": t.opens is not None,
                "growth": float(t.level[-1] / t.level[0]),
                "worst_day": _worst(t),
                "head": _rows(t, slice(None, SHOWN)),
                "tail": _rows(t, slice(-SHOWN, None)),
            }
            for t in done.totals
        ],
        "kept": list(done.kept),
        "stamps": list(done.stamps),
        "notes": list(done.notes),
    }


def _file(f: Any) -> dict[str, Any]:
    """Return how one file was read."""
    return {
        "file": f.raw.name,
        "dialect": f.dialect,
        "written": f.written,
        "form": f.form,
        "columns": dict(f.columns),
        "ignored": list(f.ignored),
        "order": f.order,
        "dates": f.dates,
        "numbers": f.numbers,
        "currency": f.currency or None,
        "rows": sum(len(b.days) for b in f.bars),
        "left_out": [vars(left) for left in f.left_out],
        "notes": list(f.notes),
    }


def _worst(total: Any) -> dict[str, Any] | None:
    """Return the session with the lowest return of an asset."""
    if len(total.level) < 2:
        return None
    returns = total.level[1:] / total.level[:-1] - 1.0
    k = int(returns.argmin())
    return {"day": str(total.days[k + 1]), "return": float(returns[k])}


def _rows(total: Any, which: slice) -> list[dict[str, Any]]:
    """Return some of an asset's rows."""
    days, closes = total.days[which], total.level[which].tolist()
    opens = [None] * len(closes) if total.opens is None else total.opens[which].tolist()
    return [{"day": str(d), "open": o, "close": c} for d, o, c in zip(days, opens, closes, strict=True)]


def _print_file(file: Any) -> None:
    """Print what a file is recognised as."""
    said = (file.dialect, file.written, file.form, file.order, f"dates {file.dates}", file.numbers)
    say(f"{file.raw.name}: {'; '.join(said)}" + (f"; in {file.currency}" if file.currency else ""))
    columns = ", ".join(few([f"{role}: {column or '(no name)'}" for role, column in file.columns.items()], MOST_NAMES))
    ignored = ", ".join(few(file.ignored, MOST_NAMES))
    say(f"  columns: {columns}" + (f"; ignored: {ignored}" if ignored else ""))
    left = ", ".join(f"{x.count} {x.why} (line {x.line}{' on' if x.count > 1 else ''})" for x in file.left_out)
    say(f"  rows: {sum(len(b.days) for b in file.bars):,} taken; left out: {left or 'none'}")
    for sentence in file.notes:
        say(f"  {sentence}")


def _print_totals(done: Any) -> None:
    """Print each asset: how it is made, its growth, its worst day, its first and last rows."""
    period = {"daily": "day", "weekly": "week", "monthly": "month"}[done.frequency]
    for total in done.totals[:MOST_ASSETS]:
        worst = _worst(total)
        title = f"{total.name}: {len(total.days):,} rows, {total.days[0]} to {total.days[-1]}; {total.how}"
        found = _rows(total, slice(None, SHOWN))
        if len(total.days) > SHOWN:
            found += _rows(total, slice(max(SHOWN, len(total.days) - SHOWN), None))
        rows = [[r["day"], "-" if r["open"] is None else f"{r['open']:.6g}", f"{r['close']:.6g}"] for r in found]
        print_table(["day", "open level", "close level"], rows, title=title)
        grown = f"  grows {total.level[-1] / total.level[0]:.2f} times"
        say(grown + (f"; worst {period} {worst['day']}, {100 * worst['return']:+.1f}%" if worst else ""))
    if len(done.totals) > MOST_ASSETS:
        say(f"{len(done.totals) - MOST_ASSETS:,} further assets are not shown; --json has all of them")


def _print_made(done: Any, *, dry_run: bool) -> None:
    made = "would be made" if dry_run else "made"
    names = ", ".join(few([*done.kept, *(t.name for t in done.totals)], MOST_NAMES))
    say(f"{done.folder} {made}: {names}" + ("; nothing was written" if dry_run else ""))
    for stamp in done.stamps:
        say(f"every page of a run on it says: {stamp}")


@click.command("join", epilog="Example: fedcycle data join funds market-XYZ --out both")
@click.argument("first", metavar="FIRST")
@click.argument("second", metavar="SECOND")
@click.option("--out", required=True, type=OutFolder(), help="Folder of the data set.")
@click.option(
    "--take",
    multiple=True,
    metavar="NAME=first|second",
    help="Whose asset NAME, or whose series, is taken where the two differ.",
)
@data_dir
@json_flag
@debug
def join(first: str, second: str, out: Path, take: Sequence[str], data_dir: Path, as_json: bool) -> None:
    """Make one data set of two, on the sessions that both have.

    Outside the span that both have, the one that has it gives the sessions. What both have must be the same; where it
    is not, the names are told and --take says whose.
    """
    from fedcycle.data.building.build import write
    from fedcycle.data.user import joining

    told = adding_options.pairs("take", take, "NAME=first or NAME=second")
    done = joining.join(*(resolve_dataset(ref, data_dir) for ref in (first, second)), out=out, take=told)
    write(out, done.files)
    for sentence in done.notes:
        note(sentence)
    if as_json:
        said = {"folder": str(out), "assets": list(done.assets), "stamps": list(done.stamps), "notes": list(done.notes)}
        print_json(said)
        return
    say(f"{out} made: {', '.join(done.assets)}")
    for stamp in done.stamps:
        say(f"every page of a run on it says: {stamp}")
