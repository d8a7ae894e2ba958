"""data: the commands about market data."""

from __future__ import annotations

from pathlib import Path

import click

from fedcycle.backtests.cli.app import debug, json_flag
from fedcycle.backtests.cli.printing import note, print_json, print_table


@click.group("data")
def data_command() -> None:
    """The market data: what there is and until when; compile a data set from raw files."""


@data_command.command("list", epilog="Example: fedcycle data list --json")
@click.option("--market", default="bundle", show_default=True, help="bundle, or a folder with a built data set.")
@json_flag
@debug
def list_(market: str, as_json: bool) -> None:
    """Show every asset and series with its unit, span, source and rights; checks every digest."""
    from fedcycle.data.store import listing

    found = listing(market)
    if as_json:
        print_json(found)
        return
    spans = found["sessions"]
    title = f"{found['name']}: {spans['count']:,} sessions, {spans['first']} to {spans['last']}, {found['digest'][:19]}"
    rows = [
        [row["name"], row["unit"], row["source"], row["vintage"] or "-", row["first"], row["last"]]
        for row in [*found["assets"], *found["series"]]
    ]
    print_table(["name", "unit", "source", "vintage", "first", "last"], rows, title=title, text=6)


@data_command.command("build", epilog="Example: fedcycle data build --from raw --out market")
@click.option("--from", "raw", required=True, type=click.Path(path_type=Path), help="Folder of raw files.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("market"),
    show_default=True,
    help="Folder of the data set.",
)
@json_flag
@debug
def build(raw: Path, out: Path, as_json: bool) -> None:
    """Compile a data set from raw files; use it in a config as data.market: FOLDER."""
    from fedcycle.data.compile import build as compile_
    from fedcycle.data.store import listing

    compile_(raw, out, report=note)
    found = listing(out)
    if as_json:
        print_json(found)
    else:
        click.echo(f"{out}: {len(found['assets'])} assets, {len(found['series'])} series, {found['digest']}")
