"""data add: a user's own files, shown as they are recognised, then made a data set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from fedcycle.backtests.cli.app import data_dir, debug, json_flag
from fedcycle.backtests.cli.console import note, print_json, print_table
from fedcycle.backtests.cli.data_ingest import DAY, MARKET, resolve_dataset
from fedcycle.backtests.cli.delisting import HELP, delisting_returns
from fedcycle.backtests.cli.outputs import OutFolder

Command = TypeVar("Command", bound=Callable[..., Any])

EVERY = "*"
"""What an option without a value names: every file."""
SHOWN = 5
"""Rows of an asset that are shown at each end."""
MOST_ASSETS, MOST_NAMES = 20, 15
"""Assets with their rows, and names in a list, beyond which only their number is printed."""


def _named(option: str, help_: str) -> Callable[[Command], Command]:
    """Return an option that may stand alone or name a file or an asset, several times."""
    return click.option(option, multiple=True, is_flag=False, flag_value=EVERY, metavar="[FILE|NAME]", help=help_)


def _each(option: str, metavar: str, help_: str) -> Callable[[Command], Command]:
    """Return an option for every file, or for one as ``FILE=VALUE``."""
    return click.option(option, multiple=True, metavar=f"[FILE=]{metavar}", help=help_)


@click.command("add", epilog="Example: fedcycle data add IWM.csv SPY.csv --out funds")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--yahoo", "tickers", multiple=True, metavar="TICKER", help="A fund's prices by yfinance, an extra.")
@_each("--name", "NAME", "Name of the asset of a file that holds one.")
@click.option("--out", type=OutFolder(), help="Folder of the data set; else market-NAME.")
@click.option("--market", default="bundle", show_default=True, help=f"Whose series and bills: {MARKET}")
@_named("--total-return", "Dividends are in these prices already.")
@_named("--price-return", "Go without dividends; every page of a run says so.")
@_named("--as-traded", "Closes are without the dividends of their column, where the data cannot tell.")
@click.option("--dividends", multiple=True, metavar="[NAME=]FILE", help="Dividends of an asset: date and amount.")
@click.option(
    "--split",
    "splits",
    multiple=True,
    metavar="[NAME:]DATE=RATIO",
    help="A split left in the prices, new shares for one old; 1 where there was none.",
)
@_each("--date-format", "FORMAT", "day-first, month-first, or a pattern such as %d.%m.%y.")
@_each("--decimal", "point|comma", "How numbers are written, where the file cannot tell.")
@_each("--timezone", "ZONE", "Whose days are meant by times, such as Europe/London.")
@_each("--sheet", "SHEET", "Sheet of a workbook.")
@_each("--returns", "fraction|percent", "The columns are simple returns, not levels.")
@_named("--wide", "Every column but the date is an asset, whatever it is called.")
@click.option("--currency", metavar="CODE", help="Currency of the prices, such as EUR; every page of a run names it.")
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
    help=f"{HELP}.",
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
@click.option("--dry-run", is_flag=True, help="Show what is recognised and what would be made; write nothing.")
@data_dir
@json_flag
@debug
def add(files: Sequence[Path], data_dir: Path, as_json: bool, **options: Any) -> None:
    """Make a data set of your own prices and a market's series and bills.

    FILE is CSV, Parquet or a workbook as Yahoo, yfinance, Stooq, Investing.com, Nasdaq, Alpha Vantage, Tiingo, Nasdaq
    Data Link, Bloomberg, FactSet, CRSP, MetaTrader or pandas write it, packed or not: one asset, wide or long. What is
    recognised is shown first. Options that take a FILE are for that file; without one they are for all.
    """
    from fedcycle.data import user_data
    from fedcycle.data.build import write

    files = [*files, *_files_in_options(options, files)]
    if not files and not options["tickers"]:
        raise click.UsageError("name a FILE, or a fund with --yahoo TICKER")
    read = _read(files, options)
    if not as_json:
        for file in read:
            _print_file(file)
    read = [_with_dividends(file, options["dividends"], read) for file in read]
    out = options["out"] if options["out"] is not None else Path(f"market-{read[0].bars[0].name}")
    done = user_data.plan(
        read,
        base=resolve_dataset(options["market"], data_dir),
        out=out,
        said=_said(read, options),
        portfolios=options["portfolios"],
        largest_gap=options["max_gap"],
        keep_gaps=options["gaps"] == "keep",
    )
    if not as_json:
        _print_totals(done)
    more: tuple[str, ...] = ()
    if not options["dry_run"]:
        write(out, done.files)
        how = {name: options[name] for name in ("roles", "bank")}
        how |= {"complete_to": options["policy_complete_to"], "currency": options["currency"] or ""}
        more = _policy_and_roles(out, options["policy"], **how)
    for sentence in (*done.notes, *more):
        note(sentence)
    if as_json:
        print_json(_document(read, done, dry_run=options["dry_run"]))
    else:
        _print_made(done, dry_run=options["dry_run"])


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


def _files_in_options(options: dict[str, Any], files: Sequence[Path]) -> list[Path]:
    """Return files that are named by an option alone, as in ``--total-return wide.csv other.csv``."""
    said = [v for key in ("total_return", "price_return", "as_traded", "wide") for v in options[key] if v != EVERY]
    return list(dict.fromkeys(Path(v) for v in said if Path(v).is_file() and Path(v) not in files))


def _of_file(values: Iterable[str], file: Path | str, files: Sequence[Path]) -> str | None:
    """Return what an option says of a file: ``FILE=VALUE`` before a VALUE for all."""
    found = None
    for value in values:
        before, equals, after = value.partition("=")
        if equals and any(before in (str(f), f.name) for f in files):
            if before in (str(file), Path(file).name):
                return after
        else:
            found = value
    return found


def _read(files: Sequence[Path], options: dict[str, Any]) -> list[Any]:
    """Return the files and funds, recognised."""
    from fedcycle.data.catalog import BASE_DAY
    from fedcycle.data.sources import files as sources
    from fedcycle.data.sources.yahoo import prices

    allowed = {"decimal": ("point", "comma"), "returns": ("fraction", "percent")}
    read = []
    for file in files:
        said = {
            key: _of_file(options[key], file, files)
            for key in ("name", "date_format", "decimal", "timezone", "sheet", "returns")
        }
        for key, choices in allowed.items():
            if said[key] is not None and said[key] not in choices:
                raise click.UsageError(f"--{key} is {said[key]!r}; write {' or '.join(choices)}")
        several = len(files) + len(options["tickers"]) > 1
        if said["name"] is not None and several and any("=" not in each for each in options["name"]):
            raise click.UsageError("--name is for one FILE with one asset; with several write --name FILE=NAME")
        wide = any(v == EVERY or v in (str(file), file.name) for v in options["wide"])
        read.append(sources.read(file, name=said["name"], how=sources.Reading(**said, wide=wide)))  # type: ignore[arg-type]
    for ticker in options["tickers"]:
        name = options["name"][0] if options["name"] and not files else ticker
        read.append(sources.recognised(prices(ticker, start=BASE_DAY), name=name))
    return read


def _said(read: Sequence[Any], options: dict[str, Any]) -> Any:
    """Return what the options say of the assets."""
    from fedcycle.data.sources.total_return import Claim
    from fedcycle.data.user_data import Said

    assets = {file.raw.name: [b.name for b in file.bars] for file in read}
    every = [name for names in assets.values() for name in names]
    claims: dict[str, Claim] = {}
    for key, claim in (("total_return", Claim.TOTAL), ("price_return", Claim.PRICE), ("as_traded", Claim.TRADED)):
        for value in options[key]:
            if value == EVERY and claim is not Claim.TOTAL:
                names = every
            elif value == EVERY:
                continue
            else:
                names = [n for f, own in assets.items() for n in own if _means(value, f, n)]
            if value != EVERY and not names:
                flag = "--" + key.replace("_", "-")
                raise click.UsageError(f"{flag} names {value!r}, which is no file or asset here: {', '.join(every)}")
            claims |= dict.fromkeys(names, claim)
    splits, delisting = _splits(options["splits"], every), delisting_returns(options["delisting"])
    return Said(claims, EVERY in options["total_return"], splits, delisting, options["currency"])


def _means(value: str, file: str, asset: str) -> bool:
    """Return whether an option's value names an asset, or the file it is in."""
    return value in (file, Path(file).name, asset) or file.startswith(f"{value}(")


def _splits(stated: Sequence[str], every: Sequence[str]) -> dict[str, dict[Any, float]]:
    import numpy as np

    found: dict[str, dict[Any, float]] = {}
    for each in stated:
        left, _, ratio = each.rpartition("=")
        name, colon, day = left.rpartition(":")
        if not colon and len(every) > 1:
            raise click.UsageError(f"--split is {each!r}; with several assets write NAME:DATE=RATIO")
        try:
            value, when = float(ratio), np.datetime64(day, "D")
        except ValueError:
            raise click.UsageError(f"--split is {each!r}; write [NAME:]DATE=RATIO, such as 2024-06-10=10") from None
        if not 0.001 <= value <= 1000:
            raise click.UsageError(f"--split is {each!r}; its ratio is new shares for one old, 0.001 to 1000")
        found.setdefault(name or every[0], {})[when] = value
    return found


def _with_dividends(file: Any, stated: Sequence[str], read: Sequence[Any]) -> Any:
    """Return a file whose assets have the dividends that other files give them."""
    import dataclasses

    from fedcycle.data.sources.dividends import dividends
    from fedcycle.data.sources.total_return import with_dividends

    every = [b.name for f in read for b in f.bars]
    bars = {b.name: b for b in file.bars}
    for each in stated:
        name, equals, path = each.partition("=")
        if not equals:
            name, path = every[0], each
            if len(every) > 1:
                raise click.UsageError(f"--dividends is {each!r}; with several assets write NAME=FILE")
        if name not in every:
            raise click.UsageError(f"--dividends names {name!r}, which is no asset here: {', '.join(every)}")
        if name in bars:
            days, amounts = dividends(Path(path))
            bars[name] = with_dividends(bars[name], days, amounts, file=path)
    return dataclasses.replace(file, bars=tuple(bars.values()))


def _document(read: Sequence[Any], done: Any, *, dry_run: bool) -> dict[str, Any]:
    """Return what came of data add, ready for JSON."""
    return {
        "folder": None if dry_run else str(done.folder),
        "dry_run": dry_run,
        "files": [
            {
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
            for f in read
        ],
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
    click.echo(f"{file.raw.name}: {'; '.join(said)}" + (f"; in {file.currency}" if file.currency else ""))
    columns = ", ".join(f"{role}: {column or '(no name)'}" for role, column in file.columns.items())
    click.echo(f"  columns: {columns}" + (f"; ignored: {', '.join(file.ignored)}" if file.ignored else ""))
    left = ", ".join(f"{x.count} {x.why} (line {x.line}{' on' if x.count > 1 else ''})" for x in file.left_out)
    click.echo(f"  rows: {sum(len(b.days) for b in file.bars):,} taken; left out: {left or 'none'}")
    for sentence in file.notes:
        click.echo(f"  {sentence}")


def _print_totals(done: Any) -> None:
    """Print each asset: how it is made, its growth, its worst day, its first and last rows."""
    for total in done.totals:
        worst = _worst(total)
        title = f"{total.name}: {len(total.days):,} rows, {total.days[0]} to {total.days[-1]}; {total.how}"
        found = _rows(total, slice(None, SHOWN))
        if len(total.days) > SHOWN:
            found += _rows(total, slice(max(SHOWN, len(total.days) - SHOWN), None))
        rows = [[r["day"], "-" if r["open"] is None else f"{r['open']:.6g}", f"{r['close']:.6g}"] for r in found]
        print_table(["day", "open level", "close level"], rows, title=title)
        grown = f"  grows {total.level[-1] / total.level[0]:.2f} times"
        click.echo(grown + (f"; worst day {worst['day']}, {100 * worst['return']:+.1f}%" if worst else ""))


def _print_made(done: Any, *, dry_run: bool) -> None:
    made = "would be made" if dry_run else "made"
    names = ", ".join((*done.kept, *(t.name for t in done.totals)))
    click.echo(f"{done.folder} {made}: {names}" + ("; nothing was written" if dry_run else ""))
    for stamp in done.stamps:
        click.echo(f"every page of a run on it says: {stamp}")
