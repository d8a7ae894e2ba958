"""The tables of a sweep one at a time: what each rule adds, and what other choices change, the own one marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from fedcycle.backtests.cli.console import DASH, print_table, print_title, say, shown, statistics_shown, terminal_width
from fedcycle.backtests.core.format import sentence, stamped

MARK = "* "
"""Stands before the config's own choice, wherever it is shown."""
RULE, ALONE, CHOICE = "rule", "alone", "choice"
TOLD = ("cagr", "sharpe", "max_drawdown")
HEADS = (
    "mean,\npoints\na year",
    "95%\ninterval", "0 is\noutside", "Sharpe\nratio", "95% interval\nof Sharpe", "other\ndecisions\n(periods)",
)  # fmt: skip
FIGURES = 86
"""Columns of a terminal that all the figures of a row take."""
LEFT_OUT = (1, 6)
"""What goes where there is less space: the variant's own CAGR, and the interval of the Sharpe ratio."""


def print_choices(document: Mapping[str, Any]) -> None:
    """Print each group of choices as a table that says what is less what, then what they come down to."""
    found, reference = document["contrasts"], document["reference"]
    numbers = {row["variant"]: row for row in document["table"]["rows"]}
    rows = {row["variant"]: row for row in found["rows"]}
    own, name = numbers[0], stamped(reference["name"], dict.fromkeys([*reference["stamps"], *document["stamps"]]))
    period = f"{own['start']} to {own['end']}, against {document['table']['benchmark']}"
    print_title(f"{document['name']}: {period}")
    labels = statistics_shown()
    say(f"{MARK}{name}: {' · '.join(f'{labels[k][0]} {shown(own[k], labels[k][1])}' for k in TOLD)}\n")
    for title, groups in _tables(found["groups"], name):
        lines = [line for group in groups for line in _lines(group, rows, numbers=numbers)]
        rule = groups[0]["kind"] == RULE
        heads = ["rule" if rule else "choice", "CAGR, %\na year" + ("\nwithout it" if rule else ""), *HEADS]
        first = max(len(line[0]) for line in lines)
        print_table(*_fitting([heads, *lines], available=terminal_width() - first), title=title)
        click.echo()
    left_out = [row["text"] for row in found["rows"] if row["note"] is not None]
    for text in [*(group["text"] for group in found["groups"]), *left_out, *found["sentences"]]:
        say(sentence(text))
    called = [f"{number} {stamped(row['label'], row['stamps'])}" for number, row in sorted(numbers.items())]
    say(f"Numbers of the variants: {'; '.join(called)}.")


def _tables(groups: Sequence[Mapping[str, Any]], name: str) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    """Yield each table's title, which says what is less what, and its groups."""
    if rules := [group for group in groups if group["kind"] == RULE]:
        yield f"What each rule adds: {name} less the same without it", rules
    for group in groups:
        if group["kind"] == ALONE:
            yield f"What each adds by itself: it less {group['against']}", [group]
    if choices := [group for group in groups if group["kind"] == CHOICE]:
        yield f"What other choices change: each less {name}, marked {MARK.strip()}", choices


def _lines(group: Mapping[str, Any], rows: Mapping[int, Any], *, numbers: Mapping[int, Any]) -> Iterator[list[str]]:
    own, keyed = [], group["own"] is not None
    if keyed:
        own = [f"{MARK}{group['own']}", _cagr(numbers[0]), *[""] * 6]
        yield [group["title"], *[""] * 7]
    for k, variant in enumerate(group["variants"]):
        if keyed and k == group["own_at"]:
            yield own
        row = rows[variant]
        label = row["adds"] or (" " * len(MARK) + row["value"] if keyed else row["label"])
        yield [stamped(label, row["stamps"]), _cagr(numbers.get(variant)), *_cells(row)]
    if keyed and group["own_at"] >= len(group["variants"]):
        yield own


def _fitting(rows: Sequence[Sequence[str]], *, available: int) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Return headings and rows as there is space for them; --html and --json always have all."""
    fit = [[cell for k, cell in enumerate(row) if available >= FIGURES or k not in LEFT_OUT] for row in rows]
    return fit[0], fit[1:]


def _cells(row: Mapping[str, Any]) -> list[str]:
    from fedcycle.backtests.sweep.report import signed, span

    if row["note"] is not None:
        return [DASH] * 6  # why is said below the tables: it is a sentence
    mean, sharpe = row["mean_return"], row["sharpe"]
    parts = [
        (signed(entry["difference"], share=share), span(entry, share=share))
        for entry, share in ((mean, True), (sharpe, False))
    ]
    return [*parts[0], _outside(mean), *parts[1], _decides(row["differs"])]


def _outside(entry: Mapping[str, Any]) -> str:
    return "no" if not entry["apart"] else "together" if entry["apart_together"] else "yes"


def _decides(differs: Mapping[str, Any] | None) -> str:
    if differs is None:
        return DASH
    return f"{differs['differ']:,} ({differs['periods']:,})" if differs["differ"] else "none"


def _cagr(row: Mapping[str, Any] | None) -> str:
    return shown(None if row is None else row["cagr"], statistics_shown()["cagr"][1])
