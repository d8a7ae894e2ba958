"""Numbers, tables and sentences in the terminal: right-aligned, with units, as wide as it is, plain text when piped."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

import click

from fedcycle.backtests.cli.streams import visible
from fedcycle.backtests.cli.wrapping import wrapped

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

DASH = "-"
PIPE_WIDTH = 200
"""Columns of a table or a sentence that no terminal limits."""

_RAW = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
BLOCKS = "▁▂▃▄▅▆▇█"
SPARK_WIDTH = 48
"""Columns of a sparkline where there is space for as many."""

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


def terminal_width(stream: TextIO | None = None) -> int:
    """Return how many columns a line of a stream, else of stdout, may have.

    ``COLUMNS`` where it is set, piped too; else those of the terminal; else more than enough.
    """
    to = sys.stdout if stream is None else stream
    set_to = os.environ.get("COLUMNS", "")
    if set_to.isdecimal() and int(set_to):
        return int(set_to)
    try:
        return (to.isatty() and os.get_terminal_size(to.fileno()).columns) or PIPE_WIDTH
    except OSError:  # a stream that is no file, or a terminal that tells no size
        return PIPE_WIDTH


def say(text: str, *, widest: int = PIPE_WIDTH) -> None:
    """Print sentences to stdout, broken between words where a line ends; none takes more than ``widest`` columns."""
    click.echo(wrapped(visible(text), min(terminal_width(), widest)))


def print_title(title: str) -> None:
    """Print a line that is set off where the output is a terminal that can."""
    console = _console()
    with console.capture() as capture:
        console.print(wrapped(visible(title), console.width), style="bold", markup=False, soft_wrap=True)
    click.echo(capture.get().removesuffix("\n"), file=_styled())


def print_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "", text: int = 1, keys: int = 1
) -> None:
    """Print a table whose first ``text`` columns are text and whose others are right-aligned numbers.

    In a terminal that is too narrow for all of them it becomes several, one below the other, that begin alike: with
    the first ``keys`` columns, which name a row.
    """
    from rich import box
    from rich.table import Table

    from fedcycle.backtests.cli.table_layout import placed

    console = _console()
    if title:
        click.echo()
        print_title(title)
    for n, part in enumerate(placed(heads, rows, text=text, available=console.width, keys=keys)):
        table = Table(box=box.SIMPLE_HEAD, header_style="bold")
        for k, width in part:
            table.add_column(visible(heads[k]), justify="left" if k < text else "right", overflow="fold", width=width)
        for row in rows:
            table.add_row(*(visible(row[k]) for k, _ in part))
        # Names and questions come from users: markup in them is text.
        with console.capture() as capture:
            console.print(table, markup=False)
        lines = [line.rstrip() for line in capture.get().rstrip().split("\n")]
        # A title stands on its table: the line that rich leaves free above stands above the title.
        click.echo("\n".join(lines[1:] if title and not n else lines), file=_styled())


def _styled() -> Any:
    """Return the stream for what rich has styled, whose cells were made plain before."""
    return getattr(sys.stdout, "inner", sys.stdout)


def _console() -> Console:
    """Return what writes to stdout; piped, nothing but text. rich itself leaves colour out where NO_COLOR is set."""
    from rich.console import Console

    # Without a height too, rich takes a terminal that calls itself dumb for 80 columns.
    return Console(width=terminal_width(), height=25, highlight=False, force_terminal=sys.stdout.isatty())


def sparkline(values: Sequence[float], *, width: int = SPARK_WIDTH) -> str:
    """Return a line of blocks for a row of positive values, on a log scale; empty where there is nothing to draw.

    Examples
    --------
    >>> sparkline([1.0, 2.0, 4.0, 8.0])
    '▁▃▆█'
    """
    if len(values) < 2 or width < 2 or min(values) <= 0:
        return ""
    n = min(width, len(values))
    picked = [math.log(values[round(k * (len(values) - 1) / (n - 1))]) for k in range(n)]
    low, span = min(picked), max(picked) - min(picked)
    return "".join(BLOCKS[round((x - low) / span * (len(BLOCKS) - 1))] if span else BLOCKS[0] for x in picked)


def print_growth(values: Sequence[float], *, first: str, last: str, currency: str = "USD") -> None:
    """Print the growth of an account as a sparkline, where the output can show one and has space for it."""
    if values:
        before, after = (f"{value:,.0f} {currency}" for value in (values[0], values[-1]))
        print_sparkline(values, before=f"growth  {before} ", after=f" {after}", span=f"({first} to {last}, log scale)")


def print_sparkline(values: Sequence[float], *, before: str, span: str, after: str = "") -> None:
    """Print a sparkline between two texts, and what it spans: on the same line where that has space for it."""
    width = terminal_width()
    line = drawable(sparkline(values, width=min(SPARK_WIDTH, width - len(before) - len(after))))
    if line:
        drawn = before + line + after
        click.echo(f"{drawn}  {span}" if len(drawn) + 2 + len(span) <= width else f"{drawn}\n{wrapped(span, width)}")


def drawable(line: str) -> str:
    """Return a sparkline; nothing where the output cannot show one."""
    try:
        line.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return ""
    return line


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
    """Print a sentence to stderr, where progress and notes go, broken between words where a line ends."""
    click.echo(wrapped(visible(sentence), terminal_width(sys.stderr)), err=True)


def note_place(what: str, path: Path | str) -> None:
    """Print to stderr where something was written: on one line, however long the path, so that it can be copied."""
    click.echo(visible(f"{what} {path}"), err=True)
