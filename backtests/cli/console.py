"""Numbers and tables in the terminal: right-aligned, with units, plain text when piped."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from fedcycle.backtests.cli.streams import visible

if TYPE_CHECKING:
    from rich.console import Console

DASH = "-"
PIPE_WIDTH = 200
"""Columns of a table that no terminal limits."""

_RAW = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
BLOCKS = "▁▂▃▄▅▆▇█"

PERCENT = "percent"
NUMBER = "number"
MONEY = "money"
COUNT = "count"


@cache
def statistics_shown() -> Mapping[str, tuple[str, str]]:
    """Return what the terminal calls each statistic that it shows, and how it shows it, in a run's order."""
    from fedcycle.backtests.statistics import OWN, RELATIVE, STATISTICS

    known = [STATISTICS[name] for name in (*OWN, *RELATIVE)]
    return {of.name: (of.shown.terminal, _kind(of.unit)) for of in known if of.shown.terminal}


def _kind(unit: str) -> str:
    kinds = {"fraction": PERCENT, "US dollars": MONEY, "fills": COUNT}
    return next((kind for start, kind in kinds.items() if unit.startswith(start)), NUMBER)


def label(text: str, market: Mapping[str, Any]) -> str:
    """Return what a number is called on a market: in its currency, and of its weeks or months where it has no days."""
    return text.replace("USD", market.get("currency", "USD")).replace("daily", market.get("frequency", "daily"))


def shown(value: Any, kind: str) -> str:
    """Return a number as a table shows it; a dash where it does not exist."""
    if value is None:
        return DASH
    text = {PERCENT: f"{100 * value:,.2f}", MONEY: f"{value:,.0f}", COUNT: f"{value:,.0f}"}.get(kind, f"{value:,.2f}")
    # What rounds to zero has no sign.
    return text if any(digit in text for digit in "123456789") else text.lstrip("-")


def with_cash(weights: Mapping[str, float]) -> dict[str, float]:
    """Return weights with the cash they leave: all of it for a long account, its own without proceeds for others.

    Examples
    --------
    >>> with_cash({"small": 0.75}), with_cash({"small": 1.0, "large": -1.0}), with_cash({"small": 1.5})
    ({'small': 0.75, 'cash': 0.25}, {'small': 1.0, 'large': -1.0}, {'small': 1.5, 'loan': -0.5})
    """
    left = 1.0 - sum(weight for weight in weights.values() if weight > 0)
    return {**weights, **({"cash": left} if left > 1e-9 else {"loan": left} if left < -1e-9 else {})}


def print_json(document: object) -> None:
    """Print one JSON document to stdout."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    # JSON leaves some control characters as they are; escaped they are the same text.
    click.echo(_RAW.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text))


def terminal_width() -> int:
    """Return how many columns a line may have: the terminal's, else ``COLUMNS``, else more than enough."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return shutil.get_terminal_size((PIPE_WIDTH, 25)).columns
    return PIPE_WIDTH


def print_title(title: str) -> None:
    """Print a line that is set off where the output is a terminal that can."""
    console = _console()
    with console.capture() as capture:
        console.print(visible(title), style="bold", markup=False, soft_wrap=True)
    click.echo(capture.get().removesuffix("\n"), file=_styled())


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "", text: int = 1) -> None:
    """Print a table whose first ``text`` columns are text and whose others are right-aligned numbers.

    In a terminal that is too narrow for all of them it becomes several, one below the other, that begin alike.
    """
    from rich import box
    from rich.table import Table

    from fedcycle.backtests.cli.table_layout import placed

    console = _console()
    if title:
        print_title(title)
    for part in placed(heads, rows, text=text, available=console.width):
        table = Table(box=box.SIMPLE_HEAD, header_style="bold")
        for k, width in part:
            table.add_column(visible(heads[k]), justify="left" if k < text else "right", overflow="fold", width=width)
        for row in rows:
            table.add_row(*(visible(row[k]) for k, _ in part))
        # Names and questions come from users: markup in them is text.
        with console.capture() as capture:
            console.print(table, markup=False)
        click.echo("\n".join(line.rstrip() for line in capture.get().rstrip().split("\n")), file=_styled())


def _styled() -> Any:
    """Return the stream for what rich has styled, whose cells were made plain before."""
    return getattr(sys.stdout, "inner", sys.stdout)


def _console() -> Console:
    """Return what writes to stdout; piped, nothing but text. rich itself leaves colour out where NO_COLOR is set."""
    from rich.console import Console

    # Without a height too, rich takes a terminal that calls itself dumb for 80 columns.
    return Console(width=terminal_width(), height=25, highlight=False, force_terminal=sys.stdout.isatty())


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


def print_growth(values: Sequence[float], *, first: str, last: str, currency: str = "USD") -> None:
    """Print the growth of an account as a sparkline, where the output can show one."""
    line = sparkline(values)
    try:
        line.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return
    if line:
        click.echo(
            f"growth  {values[0]:,.0f} {currency} {line} {values[-1]:,.0f} {currency}  ({first} to {last}, log scale)\n"
        )


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function to be told (done, of how many): a bar with the time left, on stderr and only on a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None  # noqa: ARG005 - nobody watches
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # What is printed meanwhile stays above the bar.
    with Progress(
        *columns, console=Console(file=getattr(sys.stderr, "inner", sys.stderr)), transient=True, redirect_stdout=False
    ) as bar:
        task = bar.add_task(what, total=None)

        def told(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=total > 1)

        yield told


def note(sentence: str) -> None:
    """Print one sentence to stderr, where progress and notes go."""
    click.echo(visible(sentence), err=True)
