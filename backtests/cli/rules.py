"""strategies: what rules there are."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import click

from fedcycle.backtests.cli.app import debug, json_flag
from fedcycle.backtests.cli.printing import print_json, print_table


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
    click.echo(f"{found[0]['name']}\n\n{found[0]['case']}\n")
    rows = [[p["name"], p["default"] or "(required)", p["unit"], p["doc"]] for p in found[0]["parameters"]]
    print_table(["parameter", "default", "unit", "what it does"], rows, text=4)


def _described(rule: type[Any]) -> dict[str, Any]:
    parameters = [
        {"name": f.name, "unit": f.metadata.get("unit"), "default": _default(f), "doc": f.metadata.get("doc")}
        for f in dataclasses.fields(rule)
    ]
    return {"name": rule.__name__, "case": inspect.cleandoc(rule.__doc__ or ""), "parameters": parameters}


def _default(field: dataclasses.Field[Any]) -> str | None:
    if field.default is not dataclasses.MISSING:
        return str(field.default)
    return None if field.default_factory is dataclasses.MISSING else str(field.default_factory())
