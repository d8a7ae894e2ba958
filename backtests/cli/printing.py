"""Numbers and tables in the terminal: right-aligned, with units, plain text when piped."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

DASH = "-"
PIPE_WIDTH = 200
"""Columns of a table that no terminal limits."""

PERCENT = "percent"
NUMBER = "number"
MONEY = "money"
COUNT = "count"

STATISTICS: Mapping[str, tuple[str, str]] = {
    "final_value": ("final value, USD", MONEY),
    "total_return": ("total return, %", PERCENT),
    "cagr": ("CAGR, % a year", PERCENT),
    "volatility": ("volatility, % a year", PERCENT),
    "sharpe": ("Sharpe ratio", NUMBER),
    "sortino": ("Sortino ratio", NUMBER),
    "max_drawdown": ("worst drawdown, %", PERCENT),
    "calmar": ("Calmar ratio", NUMBER),
    "var_95": ("daily VaR 95%, %", PERCENT),
    "cvar_95": ("daily CVaR 95%, %", PERCENT),
    "skew": ("skew of daily returns", NUMBER),
    "kurtosis": ("excess kurtosis", NUMBER),
    "best_month": ("best month, %", PERCENT),
    "worst_month": ("worst month, %", PERCENT),
    "hit_rate_monthly": ("months above zero, %", PERCENT),
    "turnover_per_year": ("turnover, % a year", PERCENT),
    "costs_usd": ("costs, USD", MONEY),
    "trades": ("trades", COUNT),
    "time_invested": ("invested, % of value", PERCENT),
    "excess_cagr": ("excess CAGR, % a year", PERCENT),
    "alpha": ("alpha, % a year", PERCENT),
    "beta": ("beta", NUMBER),
    "tracking_error": ("tracking error, % a year", PERCENT),
    "information_ratio": ("information ratio", NUMBER),
    "up_capture": ("up capture, %", PERCENT),
    "down_capture": ("down capture, %", PERCENT),
}


def shown(value: Any, kind: str) -> str:
    """Return a number as a table shows it; a dash where it does not exist."""
    if value is None:
        return DASH
    if kind == PERCENT:
        return f"{100 * value:,.2f}"
    if kind == MONEY:
        return f"{value:,.0f}"
    return f"{value:,d}" if kind == COUNT else f"{value:,.2f}"


def print_json(document: object) -> None:
    """Print one JSON document to stdout."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "", text: int = 1) -> None:
    """Print a table whose first ``text`` columns are text and whose others are right-aligned numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    terminal = sys.stdout.isatty()
    console = Console(width=None if terminal else PIPE_WIDTH, highlight=False)
    if title:
        click.echo(title)
    table = Table(box=box.SIMPLE_HEAD)
    for k, head in enumerate(heads):
        table.add_column(head, justify="left" if k < text else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    # Names and questions come from users: markup in them is text.
    with console.capture() as capture:
        console.print(table, markup=False)
    click.echo("\n".join(line.rstrip() for line in capture.get().rstrip().split("\n")))


def note(sentence: str) -> None:
    """Print one sentence to stderr, where progress and notes go."""
    click.echo(sentence, err=True)
