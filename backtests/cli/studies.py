"""run, compare, tearsheet: the commands that run studies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from fedcycle.backtests.cli.app import debug, json_flag
from fedcycle.backtests.cli.printing import PERCENT, STATISTICS, note, print_json, print_table, shown

OUT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="Folder of the stored runs.",
)


@click.command("run", epilog="Example: fedcycle run rate-cycle-timing --set strategy.recognise.pause.months=9")
@click.argument("configs", nargs=-1, required=True, metavar="CONFIG...")
@click.option(
    "--set", "sets", multiple=True, metavar="KEY=VALUE", help="Lay a value over the config, such as execution.lag=2."
)
@click.option("--engine", type=click.Choice(["backtrader", "vectorised"]), help="Override execution.engine.")
@OUT
@click.option("--no-tearsheet", is_flag=True, help="Do not write the HTML tearsheet.")
@json_flag
@debug
def run_command(
    configs: Sequence[str],
    sets: tuple[str, ...],
    engine: str | None,
    out: Path,
    no_tearsheet: bool,
    as_json: bool,
) -> None:
    """Run each CONFIG (a path, or the name of a shipped one), store the run and print its numbers."""
    from fedcycle.backtests.compare import Job, run_all

    if engine is not None:
        sets = (*sets, f"execution.engine={engine}")
    jobs = [Job(ref, sets, out, not no_tearsheet) for ref in configs]
    stored = []
    for k, done in enumerate(run_all(jobs, say=note), start=1):
        note(f"{k}/{len(jobs)} {done.run.id}")
        stored.append(done)
        if not as_json:
            print_run(done.document)
    if as_json:
        print_json(stored[0].document if len(stored) == 1 else {"runs": [s.document for s in stored]})


@click.command("compare", epilog="Example: fedcycle compare configs/*.yaml --json")
@click.argument("refs", nargs=-1, required=True, metavar="CONFIG_OR_RUN...")
@click.option("--benchmark", metavar="NAME", help="Measure all of them against this asset.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Also write the comparison as one HTML page."
)
@OUT
@json_flag
@debug
def compare_command(refs: Sequence[str], benchmark: str | None, html: Path | None, out: Path, as_json: bool) -> None:
    """Put configs and stored runs side by side; what is not yet stored is run first, in parallel."""
    from fedcycle.backtests.compare import compare

    comparison = compare(refs, out=out, benchmark=benchmark, say=note)
    if html is not None:
        comparison.write_page(html)
        note(f"comparison written to {html}")
    if as_json:
        print_json(comparison.document)
        return
    table = comparison.table
    names = [key for key in table["rows"][0] if key in STATISTICS]
    rows = [[_stamped(row), *(shown(row[k], STATISTICS[k][1]) for k in names)] for row in table["rows"]]
    period = comparison.stored[0].run.summary["period"]
    title = f"{period['start']} to {period['end']}, against {table['benchmark']}, ranked by {table['ranked_by']}"
    print_table(["run", *(STATISTICS[k][0] for k in names)], rows, title=title)
    _print_inference(comparison.inference)


@click.command("tearsheet", epilog="Example: fedcycle tearsheet rate-cycle-timing -o timing.html")
@click.argument("ref", metavar="CONFIG_OR_RUN")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; else into the run's folder.",
)
@OUT
@debug
def tearsheet_command(ref: str, output: Path | None, out: Path) -> None:
    """Write the HTML tearsheet of a config or of a stored run."""
    from fedcycle.backtests.compare import stored
    from fedcycle.backtests.runs import TEARSHEET
    from fedcycle.data.atomic import write_file

    done = stored(ref, out=out, say=note)
    sheet = done.folder / TEARSHEET
    if output is not None:
        write_file(output, sheet.read_bytes())
    click.echo(output or sheet)


def print_run(document: dict[str, Any]) -> None:
    """Print a run's numbers, each block under the run's stamps."""
    own, other = document["statistics"], document["relative"]
    period, stamps = document["period"], document["stamps"]
    stamp = "".join(f" [{s}]" for s in stamps)
    rows = [[STATISTICS[k][0], shown(v, STATISTICS[k][1])] for k, v in own.items()]
    title = f"{document['name']}{stamp}: {period['start']} to {period['end']}, {period['sessions']:,} sessions"
    print_table(["number", "run"], rows, title=title)
    rows = [[STATISTICS[k][0], shown(v, STATISTICS[k][1])] for k, v in other.items() if k in STATISTICS]
    print_table([f"against {other['benchmark']}{stamp}", "run"], rows)
    by_phase = document["by_phase"]
    heads = [f"by phase{stamp}", "sessions", "return, % a year", "benchmark, % a year", "excess return, %"]
    keys = ("return_per_year", "benchmark_return_per_year", "excess_return")
    rows = [[name, str(p["sessions"]), *(shown(p[k], PERCENT) for k in keys)] for name, p in by_phase.items()]
    print_table(heads, rows)
    note(f"stored in {document['directory']}")
    if document["tearsheet"]:
        note(f"tearsheet: {document['tearsheet']}")


def _print_inference(inference: dict[str, Any]) -> None:
    """Say for each run what its cycles can tell."""
    rows = [[run, window, test["text"]] for run, tests in inference["cycles"].items() for window, test in tests.items()]
    print_table(["run", "window", "ahead of the benchmark in"], rows, text=3)
    click.echo(f"{inference['trials']} runs were looked at; the best of several looks better than it is.")


def _stamped(row: dict[str, Any]) -> str:
    return "".join([row["name"], *(f" [{s}]" for s in row["stamps"])])
