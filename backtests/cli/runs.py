"""runs list, show, rerun, remove: the stored runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from fedcycle.backtests.cli.app import data_dir, debug, json_flag
from fedcycle.backtests.cli.console import (
    DASH,
    NUMBER,
    PERCENT,
    drawable,
    note,
    note_place,
    print_json,
    print_table,
    say,
    shown,
    sparkline,
    statistics_shown,
)
from fedcycle.backtests.cli.run import OUT
from fedcycle.backtests.cli.run_view import print_run
from fedcycle.backtests.core.format import stamped


@click.group("runs", epilog="Example: fedcycle runs list")
def runs_command() -> None:
    """List, show, rerun and remove stored runs; RUN is a folder, or as much of an id as fits one run alone."""


@runs_command.command("list", epilog="Example: fedcycle runs list --out runs")
@OUT
@json_flag
@debug
def list_command(out: Path, as_json: bool) -> None:
    """List the stored runs; a damaged one is listed with what is wrong."""
    from fedcycle.backtests.runs.storage import listing
    from fedcycle.backtests.workflows import reproduce

    rows = [reproduce.row(folder) for folder in listing(out)]
    if as_json:
        print_json({"runs": [{key: value for key, value in row.items() if key != "growth"} for row in rows]})
        return
    whole = [row for row in rows if row["damaged"] is None]
    if whole:
        heads = ["run", "from", "to", "against", "growth", "CAGR, % a year", "active return, pp a year", "Sharpe ratio"]
        print_table(heads, [_cells(row) for row in whole], title=f"{len(whole)} runs in {out}", text=5)
    elif not rows:
        note(f"no run is stored in {out}; fedcycle run CONFIG stores one")
    for row in rows:
        if row["damaged"] is not None:
            say(f"{row['id']}: damaged: {row['damaged']}")


def _cells(row: dict[str, Any]) -> list[str]:
    return [
        stamped(row["id"], row["stamps"]),
        row["period"]["start"],
        row["period"]["end"],
        row["benchmark"],
        drawable(sparkline(row["growth"], width=16)) or DASH,
        shown(row["cagr"], PERCENT),
        shown(row["excess_cagr"], PERCENT),
        shown(row["sharpe"], NUMBER),
    ]


@runs_command.command("show", epilog="Example: fedcycle runs show quality-small-caps")
@click.argument("run", metavar="RUN")
@OUT
@json_flag
@debug
def show_command(run: str, out: Path, as_json: bool) -> None:
    """Print the numbers of a stored run, and what it was made from."""
    from fedcycle.backtests.runs.storage import load
    from fedcycle.backtests.workflows import reproduce
    from fedcycle.backtests.workflows.study import StoredRun

    folder = reproduce.find_run(run, out)
    stored = StoredRun(load(folder), folder, reused=True)
    if as_json:
        print_json(stored.document)
        return
    print_run(stored.document, stored.run.ledger.value.tolist())
    told = stored.run.provenance
    rows = [["data", f"{told['market']['name']} {told['market']['digest'][:19]}…"], ["code", f"{told['code'][:19]}…"]]
    rows += [[name, version] for name, version in told["versions"].items()]
    print_table(["made from", ""], rows, text=2)


@runs_command.command("rerun", epilog="Example: fedcycle runs rerun quality-small-caps --data bundle")
@click.argument("run", metavar="RUN")
@click.option("--data", metavar="DATA", help="Run on other data: latest, bundle, a vintage, or a folder; report both.")
@OUT
@data_dir
@json_flag
@debug
def rerun_command(run: str, data: str | None, out: Path, data_dir: Path, as_json: bool) -> None:
    """Run a stored run again and compare every byte, or say which input changed.

    Exit status 1 where bytes differ, unless other data were asked for.
    """
    from fedcycle.backtests.cli.data_ingest import resolve_dataset
    from fedcycle.backtests.workflows import reproduce

    folder = reproduce.find_run(run, out)
    again = reproduce.rerun(folder, data=None if data is None else resolve_dataset(data, data_dir), store=data_dir)
    if as_json:
        print_json(again.document)
    else:
        if not again.same:
            _print_both(again.document)
        say(again.verdict + ".")
    if not again.same and data is None:
        sys.exit(1)


def _print_both(document: dict[str, Any]) -> None:
    """Print the key figures, then and now."""
    stated = {**document["statistics"], **document["relative"]}
    rows = [
        [label, shown(stated[key]["before"], kind), shown(stated[key]["after"], kind)]
        for key, (label, kind) in statistics_shown().items()
        if key in stated
    ]
    print_table([document["id"], "then", "now"], rows)


@runs_command.command("remove", epilog="Example: fedcycle runs remove quality-small-caps")
@click.argument("refs", nargs=-1, required=True, metavar="RUN...")
@OUT
@json_flag
@debug
def remove_command(refs: tuple[str, ...], out: Path, as_json: bool) -> None:
    """Remove stored runs; a folder that holds anything else is left as it is."""
    from fedcycle.backtests.workflows import reproduce

    # All are found before one is removed, so that a misspelt name removes nothing.
    folders = list(dict.fromkeys(reproduce.find_run(ref, out) for ref in refs))
    for folder in folders:
        reproduce.remove(folder)
        note_place("removed", folder)
    if as_json:
        print_json({"removed": [folder.as_posix() for folder in folders]})
