"""data: the commands about data sets that are there; fetching is in data_ingest, a user's own files in adding."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from fedcycle.backtests.cli.adding import add, join
from fedcycle.backtests.cli.app import data_dir, debug, json_flag
from fedcycle.backtests.cli.console import PERCENT, note, print_json, print_table, say, shown
from fedcycle.backtests.cli.data_ingest import MARKET, fetch, resolve_dataset
from fedcycle.backtests.cli.fundamentals import add_fundamentals
from fedcycle.backtests.cli.outputs import OutFolder


@click.group("data")
def data_command() -> None:
    """The market data: what there is and until when; fetch, compile, add, check and compare data sets."""


@data_command.command("list", epilog="Example: fedcycle data list --json")
@click.option("--market", default="bundle", show_default=True, help=MARKET)
@data_dir
@json_flag
@debug
def list_(market: str, data_dir: Path, as_json: bool) -> None:
    """Show every asset and series of a data set with its unit, span, source and rights; checks every digest."""
    from fedcycle.data.dataset import listing

    found = listing(resolve_dataset(market, data_dir))
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


@data_command.command("catalog", epilog="Example: fedcycle data catalog --json")
@click.option("--markdown", is_flag=True, help="Print it as Markdown tables.")
@json_flag
@debug
def catalog_(markdown: bool, as_json: bool) -> None:
    """Show every asset and series there can be: unit, frequency, when it is known, source, rights, revised or not."""
    from fedcycle.data.catalog_tables import rows, tables

    if markdown and as_json:
        raise click.UsageError("--markdown is for people and --json for programs; give one of them")
    if markdown:
        click.echo(tables())
    elif as_json:
        print_json({"catalog": list(rows())})
    else:
        cells: list[list[str]] = [
            [r["name"], r["unit"], r["release"], r["first"], "revised" if r["revised"] else "-"] for r in rows()
        ]
        print_table(["name", "unit", "known", "first", "revised"], cells, text=5)


@data_command.command("vintages", epilog="Example: fedcycle data vintages --json")
@data_dir
@json_flag
@debug
def vintages_(data_dir: Path, as_json: bool) -> None:
    """Show the vintages of the store, newest first."""
    from fedcycle.data.building import vintages

    found: list[dict[str, Any]] = [
        {
            "id": v.id,
            "retrieved": v.retrieved,
            "digest": v.digest,
            "changed": sorted(name for name, held in v.raw.items() if held.held_by == v.id),
            "notes": list(v.notes),
        }
        for v in vintages.vintages(data_dir)
    ]
    if as_json:
        print_json({"folder": str(data_dir), "vintages": found})
        return
    if not found:
        say(f"the store in {data_dir} has no vintage yet; fetch one with: fedcycle data fetch")
        return
    rows = [[v["id"], v["retrieved"], str(len(v["changed"])), v["digest"][:19]] for v in found]
    print_table(["vintage", "retrieved", "files changed", "digest"], rows, title=str(data_dir), text=4)


@data_command.command("build", epilog="Example: fedcycle data build --from raw --out market")
@click.option("--from", "raw", required=True, type=click.Path(path_type=Path), help="Folder of raw files.")
@click.option(
    "--out",
    type=OutFolder(),
    default=Path("market"),
    show_default=True,
    help="Folder of the data set.",
)
@click.option("--long", "is_long", is_flag=True, help="The long history from 1953-12-31, as data.market: long has it.")
@click.option("--with", "extras", multiple=True, metavar="SERIES", help="Also this series of the catalog.")
@json_flag
@debug
def build(raw: Path, out: Path, is_long: bool, extras: Sequence[str], as_json: bool) -> None:
    """Compile a data set from raw files; use it in a config as data.market: FOLDER."""
    from fedcycle.data.building import long_history
    from fedcycle.data.building.build import build as compile_
    from fedcycle.data.dataset import listing

    if is_long and extras:
        raise click.UsageError("--with adds to a data set of today's series; the long one has its own, leave one out")
    if is_long:
        long_history.build(raw, out, report=note)
    else:
        compile_(raw, out, extras=extras, report=note)
    found = listing(out)
    if as_json:
        print_json(found)
    else:
        say(f"{out}: {len(found['assets'])} assets, {len(found['series'])} series, {found['digest']}")


@data_command.command("verify", epilog="Example: fedcycle data verify")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path), metavar="[FOLDER]...")
@data_dir
@json_flag
@debug
def verify(folders: Sequence[Path], data_dir: Path, as_json: bool) -> None:
    """Check every byte of the bundle, of the store's vintages and of each FOLDER; exit 1 if one has changed."""
    from fedcycle.data.verify import check

    found = list(check(data_dir, folders))
    if as_json:
        print_json(
            {"checked": [{"name": c.name, "folder": str(c.folder), "problems": list(c.problems)} for c in found]}
        )
    for checked in found:
        for problem in checked.problems:
            note(problem)
        if not as_json:
            say(f"{checked.name}: {'damaged' if checked.problems else 'as it was written'}")
    if any(checked.problems for checked in found):
        sys.exit(1)


@data_command.command("diff", epilog="Example: fedcycle data diff 1 2")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="Cells to show; --json gives all.")
@data_dir
@json_flag
@debug
def diff(old: str, new: str, most: int, data_dir: Path, as_json: bool) -> None:
    """Show which cells the data set NEW rewrote of OLD, the largest first; each is named as for data list --market."""
    from fedcycle.data.building.diff import POINTS
    from fedcycle.data.building.diff import diff as compare
    from fedcycle.data.dataset import load_market

    markets = [load_market(resolve_dataset(ref, data_dir), allow_revised=True) for ref in (old, new)]
    found = compare(*markets)
    if as_json:
        named = {which: {"name": m.name, "digest": m.digest} for which, m in zip(("old", "new"), markets, strict=True)}
        print_json(named | found.document())
        return
    rows = [[c.name, c.day, f"{c.old:.6g}", f"{c.new:.6g}", f"{c.size:.4g}"] for c in found.cells[:most]]
    title = f"{markets[0].name} -> {markets[1].name}: {len(found.cells):,} cells rewritten"
    print_table(["name", "day", "old", "new", POINTS], rows, title=title, text=2)
    moved = [c for c in found.columns if c.rewritten or c.added or c.removed]
    heads = ["name", "days in both", "rewritten", "added", "removed", "growth over them, %"]
    counts = [
        [c.name, *(f"{n:,}" for n in (c.common, c.rewritten, c.added, c.removed)), shown(c.growth, PERCENT)]
        for c in moved
    ]
    print_table(heads, counts, title="what moved" if moved else "nothing moved")
    for which, names in (("gone", found.only_old), ("new", found.only_new)):
        if names:
            say(f"{which}: {', '.join(names)}")


data_command.add_command(fetch)
data_command.add_command(add)
data_command.add_command(join)
data_command.add_command(add_fundamentals)
