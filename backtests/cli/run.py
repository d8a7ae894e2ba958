"""run, compare, tearsheet: the commands that run studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from fedcycle.backtests.cli.app import data_dir, debug, json_flag, use_cache
from fedcycle.backtests.cli.complete import config_names, configs_and_runs
from fedcycle.backtests.cli.console import (
    DASH,
    NUMBER,
    PERCENT,
    note,
    note_place,
    print_json,
    print_table,
    progress,
    say,
    shown,
    statistics_shown,
)
from fedcycle.backtests.cli.freshness import say_reach
from fedcycle.backtests.cli.outputs import OutFile, OutFolder
from fedcycle.backtests.cli.pdf import PDF, write_pages
from fedcycle.backtests.cli.run_view import print_run
from fedcycle.backtests.cli.variants import one_variant, with_variants
from fedcycle.backtests.core.format import sentence, stamped
from fedcycle.backtests.workflows.comparison_order import ORDERS, RANKED_BY

OUT = click.option(
    "--out",
    type=OutFolder(),
    default=Path("runs"),
    show_default=True,
    help="Folder of the stored runs.",
)

HTML = click.option("--html", type=OutFile(), metavar="FILE", help="Also write it as one HTML page.")
CSV = click.option("--csv", type=OutFolder(), metavar="FOLDER", help="Also write its tables as CSV files.")
XLSX = click.option("--xlsx", type=OutFile(), metavar="FILE", help="Also write its tables as an Excel workbook.")


@click.command("run", epilog="Example: fedcycle run rate-cycle-timing --set strategy.recognise.pause.months=9")
@click.argument("configs", nargs=-1, required=True, metavar="CONFIG...", shell_complete=config_names)
@click.option(
    "--set", "sets", multiple=True, metavar="KEY=VALUE", help="Override a value of the config, such as execution.lag=2."
)
@click.option("--engine", type=click.Choice(["backtrader", "vectorised"]), help="Override execution.engine.")
@OUT
@click.option("--no-tearsheet", is_flag=True, help="Do not write the HTML tearsheet.")
@data_dir
@json_flag
@debug
def run_command(
    configs: Sequence[str],
    sets: tuple[str, ...],
    engine: str | None,
    out: Path,
    no_tearsheet: bool,
    data_dir: Path,
    as_json: bool,
) -> None:
    """Run each CONFIG (a path, or the name of a shipped one), store the run and print its numbers."""
    from fedcycle.backtests.workflows.jobs import Job, run_all

    use_cache()
    if engine is not None:
        sets = (*sets, f"execution.engine={engine}")
    jobs = [Job(ref, sets, out, not no_tearsheet, data_dir) for ref in with_variants(configs, data_dir)]
    stored = []
    with progress("runs") as on_progress:
        for k, done in enumerate(run_all(jobs, notify=note, on_progress=on_progress), start=1):
            note(f"{k}/{len(jobs)} {done.run.id}")
            stored.append(done)
            if not as_json:
                print_run(done.document, done.run.ledger.value.tolist())
    if as_json:
        print_json(stored[0].document if len(stored) == 1 else {"runs": [s.document for s in stored]})


@click.command("compare", epilog="Example: fedcycle compare rate-cycle-timing quality-small-caps --json")
@click.argument("refs", nargs=-1, required=True, metavar="CONFIG_OR_RUN...", shell_complete=configs_and_runs)
@click.option("--benchmark", metavar="NAME", help="Measure all of them against this asset; else each against its own.")
@click.option("--title", default="", metavar="TEXT", help="Title of the page.")
@click.option("--label", "labels", multiple=True, metavar="RUN=TEXT", help="Call a run TEXT in tables and on the page.")
@click.option("--baseline", metavar="RUN", help="Measure the others against this run too.")
@click.option("--sort", "order", type=click.Choice(ORDERS), default=RANKED_BY, show_default=True, help="Order of rows.")
@click.option(
    "--set", "sets", multiple=True, metavar="KEY=VALUE", help="Override; a key given twice makes a variant a value."
)
@click.option("--start", metavar="DAY", help="Run all of them from this day.")
@click.option("--end", metavar="DAY", help="Run all of them to this day.")
@click.option("--common-period", is_flag=True, help="Run all of them over the period that all have.")
@HTML
@PDF
@CSV
@XLSX
@OUT
@data_dir
@json_flag
@debug
def compare_command(
    refs: Sequence[str],
    benchmark: str | None,
    title: str,
    labels: Sequence[str],
    baseline: str | None,
    order: str,
    sets: tuple[str, ...],
    start: str | None,
    end: str | None,
    common_period: bool,
    html: Path | None,
    pdf: Path | None,
    csv: Path | None,
    xlsx: Path | None,
    out: Path,
    data_dir: Path,
    as_json: bool,
) -> None:
    """Put configs and stored runs side by side; what is not yet stored is run first, in parallel."""
    from fedcycle.backtests.workflows.comparison import compare
    from fedcycle.backtests.workflows.comparison_view import ComparisonView

    use_cache()
    tables = {form: path for form, path in (("csv", csv), ("xlsx", xlsx)) if path is not None}
    _check_places(tables)
    sets += tuple(f"period.{key}={day}" for key, day in (("start", start), ("end", end)) if day is not None)
    refs = with_variants(refs, data_dir)
    named = {one_variant(run, data_dir): text for run, text in _labels(labels).items()}
    view = ComparisonView(title, order, named, None if baseline is None else one_variant(baseline, data_dir))
    with progress("runs") as on_progress:
        comparison = compare(
            refs, runs_dir=out, benchmark=benchmark, notify=note, on_progress=on_progress, store=data_dir, sets=sets,
            common_period=common_period, view=view,
        )  # fmt: skip
    write_pages(html, pdf, write=comparison.write_page, what="comparison:")
    if tables:
        from fedcycle.backtests.export import tables_of_comparison, write_tables

        shown_tables = tables_of_comparison(comparison.document)
        for form, path in tables.items():
            write_tables(shown_tables, path, form)
            note_place("tables:", path)
    if as_json:
        print_json(comparison.document)
        return
    _print_comparison(comparison, title)


def _print_comparison(comparison: Any, title: str | None) -> None:
    """Print the benchmark's row and one a run, what is measured or ranked otherwise, and what holds for all."""
    table = comparison.table
    names = [key for key in table["rows"][0] if key in statistics_shown()]
    against = table["benchmark_row"]
    rows = [[f"benchmark: {against['name']}", *(shown(against.get(k), statistics_shown()[k][1]) for k in names), DASH]]
    for row in table["rows"]:
        numbers = [shown(row[k], statistics_shown()[k][1]) for k in names]
        rows.append([_called(row), *numbers, row["verdict"]["word"] or DASH])
    period = comparison.stored[0].run.summary["period"]
    title = f"{title}: " if title else ""
    title += f"{period['start']} to {period['end']}, against {table['benchmark']}, sorted by {table['ranked_by']}"
    print_table(["run", *(statistics_shown()[k][0] for k in names), "verdict"], rows, title=title)
    _print_baseline(table)
    for row in table["rows"]:
        if row["benchmark"] != table["benchmark"]:
            say(f"{_called(row)} is measured against its own benchmark, {row['benchmark']}.")
    for row in table["rows"]:
        if row["unranked"] is not None:
            say(f"{_called(row)} is not ranked: {row['unranked']}.")
    _print_inference(comparison.inference, table["rows"])
    say_reach(comparison.reach)


def _check_places(tables: Mapping[str, Path]) -> None:
    """Refuse places that tables cannot be written to before anything is run."""
    for form, path in tables.items():
        from fedcycle.backtests.export import check_place
        from fedcycle.backtests.export.comparison_tables import NAMES

        check_place(path, form, NAMES)


@click.command("tearsheet", epilog="Example: fedcycle tearsheet rate-cycle-timing -o timing.html")
@click.argument("ref", metavar="CONFIG_OR_RUN", shell_complete=configs_and_runs)
@click.option(
    "-o",
    "--output",
    type=OutFile(),
    help="Where to write it; else into the run's folder.",
)
@PDF
@OUT
@data_dir
@debug
def tearsheet_command(ref: str, output: Path | None, pdf: Path | None, out: Path, data_dir: Path) -> None:
    """Write the HTML tearsheet of a config or of a stored run."""
    from fedcycle.backtests.runs.storage import TEARSHEET, write_page
    from fedcycle.backtests.workflows.jobs import stored

    use_cache()
    done = stored(one_variant(ref, data_dir), runs_dir=out, notify=note, store=data_dir)
    sheet = done.kept_in / TEARSHEET
    if output is not None:
        write_page(output, sheet.read_bytes())
    write_pages(None, pdf, write=lambda page: write_page(page, sheet.read_bytes()), what="tearsheet:")
    click.echo(output or sheet)


def _print_inference(inference: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    """Print one row a run, its lead with the interval and its cycles; then what holds for all of them together."""
    heads = ["statistical significance", "active return, pp a year", "95% interval, judged together", "Sharpe ratio"]
    heads += ["95% interval of Sharpe ratio"]
    heads += ["12-month windows won", "p, sign test", "minimum attainable p"]
    print_table(heads, [[_called(row), *_chances(inference, row)] for row in rows])
    for row in rows:
        why = inference["against_benchmark"].get(row["id"], {}).get("cagr", {}).get("note")
        if why:
            say(f"{_called(row)}: {why}.")
    beaten = [text for text in inference["sentences"] if text.startswith("no run beat")]
    said = [
        inference["sentences"][0],
        *beaten,
        *(inference[test]["text"] for test in ("superior", "deflated", "overfitting")),
    ]
    for text in [*said, *inference["notes"].values()]:
        say(sentence(text, [row["name"] for row in rows]))


def _chances(inference: dict[str, Any], row: dict[str, Any]) -> list[str]:
    run, judged = row["id"], row["verdict"]
    own = inference["intervals"].get(run, {}).get("sharpe", {})
    test = inference["cycles"][run].get("12m", {})
    won = f"{test['positive']} of {test['n']}" if test.get("n") else DASH
    return [
        shown(judged["active_return"], PERCENT),
        _ends(judged, PERCENT),
        shown(own.get("estimate"), NUMBER),
        _ends(own, NUMBER),
        won,
        shown(test.get("p"), NUMBER),
        shown(test.get("smallest_p"), NUMBER),
    ]


def _ends(interval: dict[str, Any], kind: str) -> str:
    low, high = interval.get("low"), interval.get("high")
    return DASH if low is None or high is None else f"{shown(low, kind)} to {shown(high, kind)}"


def _called(row: dict[str, Any]) -> str:
    """Return what a row is called, with its stamps."""
    return stamped(row["label"], row["stamps"])


def _labels(given: Sequence[str]) -> dict[str, str]:
    """Return run -> text, from ``RUN=TEXT``; raises click's usage error for anything else."""
    found = {}
    for pair in given:
        run, sign, text = pair.rpartition("=")  # a variant's name has one too: "base, lag=2"
        if not sign or not run.strip() or not text.strip():
            raise click.UsageError(f"--label {pair!r} is not RUN=TEXT, such as --label base=Buy-and-hold")
        found[run.strip()] = text.strip()
    return found


def _print_baseline(table: dict[str, Any]) -> None:
    """Print each run against the baseline; nothing where there is none."""
    if table["baseline"] is None:
        return
    base = next(row for row in table["rows"] if row["id"] == table["baseline"])
    rows = []
    for row in table["rows"]:
        judged = row["against_baseline"]
        if judged is not None:
            ends = _ends(judged, PERCENT)
            rows.append([_called(row), shown(judged["active_return"], PERCENT), ends, judged["word"] or DASH])
    print_table(["run", f"return less that of {_called(base)}, pp a year", "95% interval", "verdict"], rows)
