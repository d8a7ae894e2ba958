"""status: where the rate cycle stands now, and what each rule holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from fedcycle.backtests.cli.app import data_dir, debug, json_flag, use_cache
from fedcycle.backtests.cli.console import DASH, PERCENT, note, print_json, print_table, shown, with_cash
from fedcycle.backtests.cli.data_ingest import MARKET, resolve_dataset
from fedcycle.backtests.cli.freshness import say_reach
from fedcycle.backtests.cli.outputs import OutFile
from fedcycle.backtests.cli.pdf import PDF, write_pages
from fedcycle.backtests.core.format import stamped


@click.command("status", epilog="Example: fedcycle status rate-cycle-timing bofa-composite --html status.html")
@click.argument("configs", nargs=-1, metavar="[CONFIG]...")
@click.option("--market", help=f"The data set of each config: {MARKET}")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Override a value of each config.")
@click.option("--html", type=OutFile(), help="Also write it as one HTML page.")
@PDF
@data_dir
@json_flag
@debug
def status_command(
    configs: Sequence[str],
    market: str | None,
    sets: tuple[str, ...],
    html: Path | None,
    pdf: Path | None,
    data_dir: Path,
    as_json: bool,
) -> None:
    """Show the rate cycle on the newest data, what each rule of CONFIG (else each shipped one) holds, and since when.

    Each config is read with period.end: null, so that it reaches as far as its data.
    """
    from fedcycle.backtests.config import load
    from fedcycle.backtests.config.layering import shipped
    from fedcycle.backtests.core.errors import BacktestError, ConfigError
    from fedcycle.backtests.workflows.status import status
    from fedcycle.backtests.workflows.study import prepare
    from fedcycle.data.errors import DataError

    use_cache()
    given = [] if market is None else [f"data.market={json.dumps(str(resolve_dataset(market, data_dir)))}"]
    studies, refused = [], {}
    for name in configs or [name for name in shipped() if "/" not in name and name != "base"]:
        try:
            studies.append(prepare(load(name, [*given, *sets, "period.end=null"], store=data_dir)))
        except (BacktestError, ConfigError, DataError) as error:
            if configs:
                raise
            refused[name] = str(error)
    if not studies:
        why = next(iter(refused.values()), "none exists")
        raise BacktestError(f"no shipped config can be run on these data: {why}")
    document = status(studies) | {"refused": refused}
    if html is not None or pdf is not None:
        from fedcycle.backtests.runs.storage import write_page
        from fedcycle.backtests.tearsheet.pages import status as page

        content = page.render(document).encode()
        write_pages(html, pdf, write=lambda path: write_page(path, content), what="written to")
    if as_json:
        print_json(document)
        return
    _print(document)
    say_reach(document["data"])


def _print(document: Mapping[str, Any]) -> None:
    change = document["last_change"] or {}
    rows = [
        [
            "last change of the target, bp",
            f"{change.get('change_bp', DASH)} (known on {change.get('known_on', DASH)}"
            f"{', derived from the daily target' if change.get('derived') else ''})",
        ],
        ["phase", document["phase"] or DASH],
        *([f"final cut by a {name}", cut or DASH] for name, cut in document["recognisers"].items()),
        ["recession known to run", document["recession_known_to_run"] or DASH],
        [
            f"rise of the 10-year yield over {document['surge_sessions']} sessions, bp",
            shown(document["yield_surge_bp"], "number"),
        ],
        [
            f"correlation of small less large with the yield, {document['correlation_sessions']} sessions",
            shown(document["correlation"], "number"),
        ],
    ]
    print_table(["rate cycle", f"at the close of {document['session']}"], rows, text=2)
    for said in dict.fromkeys([*document["problems"].values(), *document["notes"]]):
        note(said)
    cells = []
    for rule in document["rules"]:
        name = stamped(rule["name"], rule["stamps"])
        if "problem" in rule:
            cells.append([name, DASH, DASH, rule["problem"]])
            continue
        changes = [f"{each['event']}: {_mix(each['weights'])}" for each in rule["would_change"]]
        cells.append([name, _mix(rule["weights"]), rule["since"], "; ".join(changes) or DASH])
    print_table(["rule", "holds, %", "since the decision of", "what would change it"], cells, text=4)
    for name, why in document["refused"].items():
        note(f"{name}: {why}")


def _mix(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{asset} {shown(weight, PERCENT)}" for asset, weight in with_cash(weights).items())
