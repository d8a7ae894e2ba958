"""export: the tables of a run, for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from fedcycle.backtests.cli.app import data_dir, debug, json_flag, use_cache
from fedcycle.backtests.cli.complete import configs_and_runs
from fedcycle.backtests.cli.console import note, print_json
from fedcycle.backtests.cli.run import OUT
from fedcycle.backtests.cli.variants import one_variant


@click.command("export", epilog="Example: fedcycle export rate-cycle-timing --format xlsx -o timing.xlsx")
@click.argument("ref", metavar="RUN_OR_CONFIG", shell_complete=configs_and_runs)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "xlsx", "parquet", "json"]),
    default="xlsx",
    show_default=True,
    help="xlsx and json are one file; csv and parquet a folder of them.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Where to write it; else here, named by the run's id.",
)
@OUT
@data_dir
@json_flag
@debug
def export_command(ref: str, form: str, output: Path | None, out: Path, data_dir: Path, as_json: bool) -> None:
    """Write a run's tables: account, weights, trades, drawdowns, months, and statistics with unit and definition.

    A stored run is written as it is stored; a config is run first, or its stored run is used.
    """
    from fedcycle.backtests.export import check_place, default_path, tables_of_run, write_tables
    from fedcycle.backtests.export.run_tables import NAMES
    from fedcycle.backtests.workflows.jobs import as_stored, market_of

    if output is not None:
        check_place(output, form, NAMES)
    use_cache()
    done = as_stored(one_variant(ref, data_dir), runs_dir=out, notify=note, store=data_dir)
    path = output or default_path(done.run.id, form)
    tables = tables_of_run(done.run, market_of(done))
    write_tables(tables, path, form)
    if as_json:
        print_json({"run": done.run.id, "format": form, "path": path.as_posix(), "tables": [t.name for t in tables]})
    else:
        click.echo(path)
