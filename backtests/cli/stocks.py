"""What a screen found of one stock, in the terminal."""

from __future__ import annotations

from typing import Any

import click

from fedcycle.backtests.cli.console import DASH, print_table


def print_stock(document: dict[str, Any]) -> None:
    """Print each screen's parts: value, what was wanted, whether it passed, its rank, and the filings it is from."""
    stamp = "".join(f" [{s}]" for s in document["stamps"])
    for screen in document["screens"]:
        held = "is held" if screen["held"] else "is not held"
        click.echo(f"{document['ticker']}{stamp} {held} by {screen['rule']} at the close of {document['session']}\n")
        rows = [
            [part["name"], _number(part["value"]), part["unit"] or DASH, part["wanted"] or DASH, _passed(part),
             _number(part["rank"])]
            for part in screen["parts"]
        ]  # fmt: skip
        print_table(["part", "value", "unit", "wanted", "passed", "rank"], rows, text=1)
        facts = {
            (f["item"], f["end"], f["source"]): [
                f["item"], _number(f["value"]), f["end"], f["form"], f["filed"], f["known_on"], f["source"], f["tag"]
            ]
            for part in screen["parts"]
            for f in part["facts"]
        }  # fmt: skip
        print_table(["fact", "value", "period to", "form", "filed", "known on", "source", "read from"],
                    list(facts.values()), title="from these filings", text=8)  # fmt: skip


def _passed(part: dict[str, Any]) -> str:
    return DASH if part["passed"] is None else "yes" if part["passed"] else "no"


def _number(value: float | None) -> str:
    if value is None:
        return DASH
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.4g}"
