"""diff: how two runs differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fedcycle.backtests.cli.app import data_dir, debug, json_flag, use_cache
from fedcycle.backtests.cli.console import (
    DASH,
    MONEY,
    PERCENT,
    note,
    print_json,
    print_sparkline,
    print_table,
    say,
    shown,
)
from fedcycle.backtests.cli.pdf import PDF, write_pages
from fedcycle.backtests.cli.run import HTML, OUT
from fedcycle.backtests.cli.variants import one_variant
from fedcycle.backtests.core.format import stamped

SHOWN = 10


@click.command("diff", epilog="Example: fedcycle diff rate-cycle-timing rate-cycle-timing-hindsight --html diff.html")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@HTML
@PDF
@OUT
@data_dir
@json_flag
@debug
def diff_command(a: str, b: str, html: Path | None, pdf: Path | None, out: Path, data_dir: Path, as_json: bool) -> None:
    """Say where two configs or stored runs differ, and attribute the gap to cycles, assets, timing and costs."""
    from fedcycle.backtests.workflows.run_diff import diff

    use_cache()
    found = diff((one_variant(a, data_dir), one_variant(b, data_dir)), runs_dir=out, notify=note, store=data_dir)
    write_pages(html, pdf, write=found.write_page, what="difference:")
    if as_json:
        print_json(found.document)
        return
    document = found.document
    names = [_label(document[side]) for side in ("a", "b")]
    _print_keys(document, names)
    _print_first(document, names)
    _print_trades(document, names)
    _print_gap(document["gap"])
    period = document["period"]
    span = f"({period['start']} to {period['end']}, log scale)"
    print_sparkline((1.0 + found.lead).tolist(), before="A relative to B  ", span=span)


def _label(run: dict[str, Any]) -> str:
    return stamped(run["id"], run["stamps"])


def _print_keys(document: dict[str, Any], names: list[str]) -> None:
    rows = [
        [one["key"], *(DASH if one[side] is None else str(one[side]) for side in ("a", "b"))]
        for one in document["keys"]
    ]
    print_table(["key that differs", "in A", "in B"], rows, title=f"A: {names[0]}, B: {names[1]}", text=3)


def _print_first(document: dict[str, Any], names: list[str]) -> None:
    first, n = document["first_difference"], document["period"]["sessions"]
    if first is None:
        say(f"{names[0]} and {names[1]} hold the same weights at all of {n:,} closes.")
        return
    say(
        f"Weights first differ at the close of {first['session']}: {first['asset']} is {100 * first['a']:.2f}% in A "
        f"and {100 * first['b']:.2f}% in B; they differ at {first['sessions_that_differ']:,} of {n:,} closes."
    )


def _print_trades(document: dict[str, Any], names: list[str]) -> None:
    for side, name in zip("ab", names, strict=True):
        found = document[f"trades_only_in_{side}"]
        say(f"{len(found):,} {'trade' if len(found) == 1 else 'trades'} only in {side.upper()}, {name}.")
        rows = [[one["filled_on"], one["side"], one["asset"], shown(one["usd"], MONEY)] for one in found[:SHOWN]]
        if rows:
            title = f"the first {SHOWN}" if len(found) > SHOWN else ""
            print_table(
                ["filled on", "side", "asset", f"worth, {document['gap']['currency']}"], rows, title=title, text=3
            )


def _print_gap(gap: dict[str, Any]) -> None:
    whole, unit = gap["usd"], gap["currency"]

    def row(name: str, usd: float, *more: str) -> list[str]:
        return [name, *more, shown(usd, MONEY), shown(usd * gap["per_usd"], PERCENT)]

    heading = "pp a year" if gap["unit"] == "fraction per year" else "pp of relative wealth"
    title = f"Gap of A over B from {gap['capital_usd']:,.0f} {unit} each: {whole:+,.0f} {unit} "
    title += f"({100 * gap['relative']:+.2f}%)"
    rows = [row(kind, usd) for kind, usd in gap["parts"].items()] + [row("gap", whole)]
    print_table(["by kind", unit, heading], rows, title=title)
    rows = [
        row(one["asset"], one["usd"], shown(one["average"], MONEY), shown(one["timing"], MONEY))
        for one in gap["by_asset"]
    ]
    print_table(["by asset", f"on average, {unit}", f"timing, {unit}", unit, heading], rows)
    rows = [
        row(one["cycle"], one["usd"], one["start"], one["end"], shown(one["costs"], MONEY)) for one in gap["by_cycle"]
    ]
    print_table(["by policy known", "from", "to", f"costs, {unit}", unit, heading], rows, text=3)
