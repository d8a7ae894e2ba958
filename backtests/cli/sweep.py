"""sweep: many values of a config's keys, run, kept, and ranked or put beside the config's own."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fedcycle.backtests.cli.app import data_dir, debug, json_flag, use_cache
from fedcycle.backtests.cli.complete import config_names
from fedcycle.backtests.cli.console import (
    DASH,
    NUMBER,
    note,
    note_place,
    print_json,
    print_table,
    say,
    shown,
    statistics_shown,
)
from fedcycle.backtests.cli.outputs import OutFile, OutFolder
from fedcycle.backtests.cli.pdf import PDF, write_pages
from fedcycle.backtests.core.format import sentence, stamped

if TYPE_CHECKING:
    from fedcycle.backtests.config import RunConfig

SHOWN = ("cagr", "excess_cagr", "volatility", "sharpe", "max_drawdown", "turnover_per_year")


@click.command("sweep", epilog="Example: fedcycle sweep bofa-composite-ablation --html ablation.html")
@click.argument("ref", metavar="CONFIG", shell_complete=config_names)
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Override a value of the config first.")
@click.option("--jobs", type=click.IntRange(1, 1024), metavar="N", help="Processes; else as many as there are cores.")
@click.option("--scheduler", metavar="ADDRESS", help="Run on a Dask cluster, such as tcp://10.0.0.5:8786.")
@click.option(
    "--out",
    type=OutFolder(),
    default=Path("sweeps"),
    show_default=True,
    help="Folder of the results.",
)
@click.option("--top", type=click.IntRange(1, 1000), default=20, show_default=True, help="Rows of a grid's table.")
@click.option("--html", type=OutFile(), help="Also write it as one HTML page.")
@PDF
@click.option("--markdown", type=OutFile(), help="Also write it as a Markdown page.")
@data_dir
@json_flag
@debug
def sweep_command(
    ref: str,
    sets: tuple[str, ...],
    jobs: int | None,
    scheduler: str | None,
    out: Path,
    top: int,
    html: Path | None,
    pdf: Path | None,
    markdown: Path | None,
    data_dir: Path,
    as_json: bool,
) -> None:
    """Run what CONFIG states under sweep; a sweep that was stopped goes on where it was.

    A grid is ranked. With sweep_design one_at_a_time, and where one key is swept, each value is put beside the config's
    own: what each rule adds, what other choices change, with intervals. A variant can be opened wherever a config can,
    by its number: fedcycle compare sweeps/ID#6,12.
    """
    from fedcycle.backtests.config import load
    from fedcycle.backtests.sweep import sweep

    if jobs is not None and scheduler is not None:
        raise click.UsageError("--jobs is for this machine and --scheduler for a cluster; give one of them")
    use_cache()
    if markdown is not None:
        _refuse_grid(load(ref, sets, store=data_dir))
    done = sweep(
        ref, sets, sweeps_dir=out, store=data_dir, jobs=jobs, scheduler=scheduler, on_progress=Progress(), notify=note
    )
    document = done.document
    note_place("every variant is in", document["results"])
    _write_pages(document, html, pdf, markdown=markdown)
    if as_json:
        print_json(document)
    elif document["contrasts"] is None:
        _print(document, top)
    else:
        from fedcycle.backtests.cli.ablation_tables import print_choices

        print_choices(document)
    if not as_json and document["open"] is not None:
        say(f"To run variants by themselves: {document['open']}")


def _refuse_grid(config: RunConfig) -> None:
    """Refuse to make a Markdown page of a grid before hours of it are run."""
    from fedcycle.backtests.sweep.design import ONE_AT_A_TIME, design_of
    from fedcycle.backtests.sweep.report import no_page

    if design_of(config) != ONE_AT_A_TIME:
        raise no_page(config.name)


def _write_pages(document: dict[str, Any], html: Path | None, pdf: Path | None, *, markdown: Path | None) -> None:
    from fedcycle.backtests.runs.storage import write_page

    if html is not None or pdf is not None:
        from fedcycle.backtests.tearsheet.pages.sweep import render  # Jinja is only needed here

        content = render(document).encode()
        write_pages(html, pdf, write=lambda path: write_page(path, content), what="written to")
    if markdown is not None:
        from fedcycle.backtests.sweep.report import page as text

        write_page(markdown, text([document]).encode())
        note_place("written to", markdown)


class Progress:
    """How far a sweep is and how long it will take, on stderr: a line that is rewritten, or one each tenth."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._began: tuple[float, int] | None = None
        self._tenth = 0

    def __call__(self, done: int, total: int) -> None:
        """Show that so many of all variants are finished."""
        now = time.monotonic()
        if self._began is None:
            self._began = (now, done)
        since, before = self._began
        text = f"{done:,} of {total:,} variants"
        if done > before and now > since:
            rate = (done - before) / (now - since)
            left = "done" if done == total else f"{_duration((total - done) / rate)} left"
            text += f", {rate:,.0f} a second, {left}"
        if self._terminal:
            width = 30
            bar = "#" * (width * done // max(total, 1))
            click.echo(f"\r[{bar:<{width}}] {text:<60}", err=True, nl=done == total)
        elif 10 * done // max(total, 1) > self._tenth or done == total:
            self._tenth = 10 * done // max(total, 1)
            note(text)


def _duration(seconds: float) -> str:
    """Return a time as a person would say it.

    Examples
    --------
    >>> _duration(8.2), _duration(150), _duration(7300)
    ('8 s', '2 min 30 s', '2 h 2 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _verdict(row: dict[str, Any]) -> str:
    """Return the verdict on a row, with the interval of its active return; a dash where it has none."""
    judged = row.get("verdict")
    if judged is None or judged["word"] is None:
        return DASH
    if judged["low"] is None or judged["high"] is None:
        return str(judged["word"])
    return f"{judged['word']} ({100 * judged['low']:+.2f} to {100 * judged['high']:+.2f})"


def _print(document: dict[str, Any], top: int) -> None:
    from fedcycle.backtests.config.serialize import as_shown

    table, inference = document["table"], document["inference"]
    rows = table["rows"][:top]
    keys = list(rows[0]["values"]) if rows else []
    cells = [
        [
            stamped(str(row["variant"]), row["stamps"]),
            *(as_shown(row["values"][key]) for key in keys),
            *(shown(row[name], statistics_shown()[name][1]) for name in SHOWN),
            shown(row["deflated_sharpe"], NUMBER),
            _verdict(row),
        ]
        for row in rows
    ]
    against = table["benchmark_row"]
    if against is not None:
        numbers = (shown(against.get(name), statistics_shown()[name][1]) for name in SHOWN)
        cells.insert(0, [f"benchmark: {against['name']}", *[""] * len(keys), *numbers, DASH, DASH])
    heads = [
        "variant",
        *_short(keys),
        *(statistics_shown()[name][0] for name in SHOWN),
    ]
    spans = sorted({(row["start"], row["end"]) for row in rows})
    period = " to ".join(spans[0]) if len(spans) == 1 else "periods that differ, which makes them hard to compare"
    over = "each against its own benchmark" if table["own_benchmarks"] else f"against {table['benchmark']}"
    title = f"{stamped(document['name'], document['stamps'])}: {period}, {over}, ranked by {table['ranked_by']}"
    print_table(
        [*heads, "deflated Sharpe ratio, active", "verdict, 95% interval in pp a year"],
        cells,
        title=title,
        text=1 + len(keys),
    )
    _print_inference(inference, len(rows))


def _short(keys: Sequence[str]) -> list[str]:
    """Return what the columns of the swept keys are called: without ``strategy.`` where that leaves them distinct.

    Examples
    --------
    >>> _short(["strategy.window", "strategy.schedule", "schedule", "strategy.variant"])
    ['window', 'strategy.schedule', 'schedule', 'strategy.variant']
    """
    return [key if (short := key.removeprefix("strategy.")) in {*keys, "variant"} else short for key in keys]


def _print_inference(inference: dict[str, Any], shown_: int) -> None:
    """Print what all trials add up to; ``shown_`` of them stand in the table."""
    trials, left = inference["trials"], inference["refused"]
    said = f"{shown_:,} of {trials:,} {'trial is' if trials == 1 else 'trials are'} shown"
    refused = f"; {left:,} variant{'s' * (left > 1)} could not be run" if left else ""
    for text in inference["sentences"]:
        say(sentence(text))
    say(
        f"{said}{refused}. The deflated Sharpe ratio is of active returns: how far the information ratio lies above "
        "the expected maximum of as many trials whose true ratio is 0, as a normal probability; it is not the "
        "probability that skill is true."
    )
