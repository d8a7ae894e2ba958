"""Numbers and tables in the terminal: right-aligned, with units, plain text when piped."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

DASH = "-"
PIPE_WIDTH = 200
"""Columns of a table that no terminal limits."""

BLOCKS = "▁▂▃▄▅▆▇█"

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
    text = {PERCENT: f"{100 * value:,.2f}", MONEY: f"{value:,.0f}", COUNT: f"{value:,.0f}"}.get(kind, f"{value:,.2f}")
    # What rounds to zero has no sign.
    return text if any(digit in text for digit in "123456789") else text.lstrip("-")


def print_json(document: object) -> None:
    """Print one JSON document to stdout."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "", text: int = 1) -> None:
    """Print a table whose first ``text`` columns are text and whose others are right-aligned numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    terminal = sys.stdout.isatty()
    # rich itself leaves colour out where NO_COLOR is set; piped, nothing but text is written.
    console = Console(width=None if terminal else PIPE_WIDTH, highlight=False, force_terminal=terminal)
    if title:
        click.secho(title, bold=True)
    table = Table(box=box.SIMPLE_HEAD, header_style="bold")
    for k, head in enumerate(heads):
        table.add_column(head, justify="left" if k < text else "right", overflow="fold", no_wrap=k == 0)
    for row in rows:
        table.add_row(*row)
    # Names and questions come from users: markup in them is text.
    with console.capture() as capture:
        console.print(table, markup=False)
    click.echo("\n".join(line.rstrip() for line in capture.get().rstrip().split("\n")))


def sparkline(values: Sequence[float], *, width: int = 48) -> str:
    """Return a line of blocks for a row of positive values, on a log scale; empty where there is nothing to draw.

    Examples
    --------
    >>> sparkline([1.0, 2.0, 4.0, 8.0])
    '▁▃▆█'
    """
    if len(values) < 2 or min(values) <= 0:
        return ""
    n = min(width, len(values))
    picked = [math.log(values[round(k * (len(values) - 1) / (n - 1))]) for k in range(n)]
    low, span = min(picked), max(picked) - min(picked)
    return "".join(BLOCKS[round((x - low) / span * (len(BLOCKS) - 1))] if span else BLOCKS[0] for x in picked)


def print_growth(values: Sequence[float], *, first: str, last: str) -> None:
    """Print the growth of an account as a sparkline, where the output can show one."""
    line = sparkline(values)
    try:
        line.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return
    if line:
        click.echo(f"growth  {values[0]:,.0f} USD {line} {values[-1]:,.0f} USD  ({first} to {last}, log scale)\n")


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function to be told (done, of how many): a bar with the time left, on stderr and only on a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, of: None  # noqa: ARG005 - nobody watches
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # What is printed meanwhile stays above the bar.
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(what, total=None)

        def told(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of, visible=of > 1)

        yield told


def note(sentence: str) -> None:
    """Print one sentence to stderr, where progress and notes go."""
    click.echo(sentence, err=True)
