"""strategies, explain: what rules there are, and why one weighted as it did."""

from __future__ import annotations

import dataclasses
import inspect
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from fedcycle.backtests.cli.app import data_dir, debug, json_flag
from fedcycle.backtests.cli.configs import SETS
from fedcycle.backtests.cli.console import DASH, PERCENT, note, print_json, print_table, say, shown, with_cash
from fedcycle.backtests.cli.freshness import say_reach
from fedcycle.backtests.cli.variants import one_variant
from fedcycle.backtests.cli.wrapping import unwrapped
from fedcycle.backtests.core.format import stamped


@click.command("strategies", epilog="Example: fedcycle strategies RateCycleTiming")
@click.argument("name", required=False)
@json_flag
@debug
def strategies_command(name: str | None, as_json: bool) -> None:
    """Show what rules there are, or one rule's parameters, units, defaults and case."""
    from fedcycle.strategies import library

    names = [name] if name else library.names()
    found = [_described(library.load(n)) for n in names]
    if as_json:
        print_json(found[0] if name else {"strategies": found})
        return
    if not name:
        print_table(["rule", "what it does"], [[f["name"], f["case"].split("\n")[0]] for f in found], text=2)
        return
    say(f"{found[0]['name']}\n\n{unwrapped(found[0]['case'])}")
    rows = [[p["name"], p["default"] or "(required)", p["unit"], p["doc"]] for p in found[0]["parameters"]]
    print_table(["parameter", "default", "unit", "what it does"], rows, text=4)


@click.command("explain", epilog="Example: fedcycle explain bofa-composite 2025-01-10")
@click.argument("ref", metavar="CONFIG_OR_RUN")
@click.argument("date", type=click.DateTime(["%Y-%m-%d"]), metavar="[DATE]", required=False)
@click.argument("ticker", required=False, metavar="[TICKER]")
@SETS
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="Folder of the stored runs.",
)
@data_dir
@json_flag
@debug
def explain_command(
    ref: str,
    date: datetime | None,
    ticker: str | None,
    sets: tuple[str, ...],
    out: Path,
    data_dir: Path,
    as_json: bool,
) -> None:
    """Show what a rule saw on DATE, each signal with the days it is about and became known, and the branch it took.

    A DATE that is no session means the last close before it; without one it is the newest close of the
    run. With a TICKER it shows what each part of a screen found of
    that stock: value, period, form, filing date and rank.
    """
    import numpy as np

    from fedcycle.backtests.config import load
    from fedcycle.backtests.workflows.explain import explain, explain_stock
    from fedcycle.backtests.workflows.study import prepare, resolve_config_or_run

    ref = one_variant(ref, data_dir)
    study = prepare(load(resolve_config_or_run(ref, out)[0], sets, store=data_dir))
    asked = study.backtest.sessions[-1] if date is None else np.datetime64(date.date(), "D")
    answer = explain(study, asked)
    document = answer.document
    if not document["is_session"]:
        note(f"{document['asked']} is no session; this is the close of {document['session']}, the last one before it")
    if ticker is not None:
        from fedcycle.backtests.cli.stocks import print_stock

        found = explain_stock(answer, ticker)
        print_json(found) if as_json else print_stock(found)
        return
    if as_json:
        print_json(document)
        return
    stamp = stamped("", document["stamps"])
    say(f"{document['name']}{stamp} at the close of {document['session']}: {_when(document)}\n")
    _print_rule(document, "")
    say(_held(document))
    say_reach(document["data"])


def _when(document: dict[str, Any]) -> str:
    filled = f"filled on {document['fills_on']}" if document["fills_on"] else "which the run ended too early to fill"
    if document["is_decision"]:
        return f"a decision, {filled}"
    return f"no decision day; in force is the decision of {document['decision_in_force']}, {filled}"


def _held(document: dict[str, Any]) -> str:
    """Return what is held at the close, and whether the rule's answer of that day is another."""
    if document["held_since"] is None:
        return "held at this close: cash, as no decision was filled by then"
    weights = ", ".join(f"{asset} {shown(weight, PERCENT)}%" for asset, weight in document["held"].items()) or "cash"
    held = f"targets held at this close, filled on {document['held_since']}: {weights}"
    if not document["differs"]:
        return f"{held}; the rule answers the same on this day"
    return f"{held}; the rule's answer of this day is another, and is traded only if a decision day finds it"


def _print_rule(document: dict[str, Any], key: str) -> None:
    """Print a rule's branch, what it saw and its weights, then those of the rules it is made of."""
    branch = document["branch"] or "the rule does not say which"
    say(f"{key}{document['rule']}, branch: {branch}")
    if document["signals"]:
        rows = [
            [s["name"], _value(s["value"]), s["unit"], s["observed_on"] or DASH, _known(s)] for s in document["signals"]
        ]
        print_table(["what it saw", "value", "unit", "observed on", "known on"], rows, text=5)
    held = with_cash(document["weights"]).items()
    print_table(["answer", "% of value"], [[asset, shown(weight, PERCENT)] for asset, weight in held])
    for name, part in document["parts"].items():
        _print_rule(part, f"{key}{name}: ")


def _known(signal: dict[str, Any]) -> str:
    return f"{signal['known_on'] or DASH}{' (derived)' if signal['derived'] else ''}"


def _value(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.4g}"


def _described(rule: type[Any]) -> dict[str, Any]:
    parameters = [
        {"name": f.name, "unit": f.metadata.get("unit"), "default": _default(f), "doc": f.metadata.get("doc")}
        for f in dataclasses.fields(rule)
    ]
    return {"name": rule.__name__, "case": inspect.cleandoc(rule.__doc__ or ""), "parameters": parameters}


def _default(field: dataclasses.Field[Any]) -> str | None:
    """Return a default as a config writes it."""
    from fedcycle.backtests.config import default_text

    return default_text(field)
