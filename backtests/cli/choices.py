"""The tables of a sweep one at a time: what each rule adds, and what other choices change, the own one marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from fedcycle.backtests.cli.printing import DASH, STATISTICS, print_table, shown

MARK = "* "
"""Stands before the config's own choice, wherever it is shown."""
RULE, ALONE, CHOICE = "rule", "alone", "choice"
OWN = ("cagr", "sharpe")
HEADS = ("points a year", "95% interval", "0 is outside", "Sharpe ratio", "95% interval", "other decisions (spells)")


def print_choices(document: Mapping[str, Any]) -> None:
    """Print each group of choices as a table that says what is less what, then what they come down to."""
    found, reference = document["contrasts"], document["reference"]
    numbers = {row["variant"]: row for row in document["table"]["rows"]}
    rows = {row["variant"]: row for row in found["rows"]}
    own, name = numbers[0], _stamped(reference["name"], reference["stamps"])
    period = f"{own['start']} to {own['end']}, against {document['table']['benchmark']}"
    click.secho(f"{document['name']}: {period}", bold=True)
    click.echo(f"{MARK}{name}: CAGR {_numbers(own)[0]}% a year, Sharpe ratio {_numbers(own)[1]}\n")
    for title, groups in _tables(found["groups"], name):
        lines = [line for group in groups for line in _lines(group, rows, numbers=numbers)]
        with_rule = " without it" if groups[0]["kind"] == RULE else ""
        heads = ["rule" if with_rule else "choice", *(f"{STATISTICS[key][0]}{with_rule}" for key in OWN), *HEADS]
        print_table(heads, lines, title=title)
        click.echo()
    for sentence in [*(group["text"] for group in found["groups"]), *found["sentences"]]:
        click.echo(f"{sentence[:1].upper()}{sentence[1:]}.")


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
    own = (
        None if group["own"] is None else [f"{MARK}{group['title']}: {group['own']}", *_numbers(numbers[0]), *[""] * 6]
    )
    for k, variant in enumerate(group["variants"]):
        if own is not None and k == group["own_at"]:
            yield own
        row = rows[variant]
        label = row["adds"] or (f"  {row['label']}" if own is not None else row["label"])
        yield [_stamped(label, row["stamps"]), *_numbers(numbers.get(variant)), *_cells(row)]
    if own is not None and group["own_at"] >= len(group["variants"]):
        yield own


def _cells(row: Mapping[str, Any]) -> list[str]:
    from fedcycle.backtests.sweep.words import signed, span

    if row["note"] is not None:
        return [*[DASH] * 5, row["note"]]
    mean, sharpe = row["mean_return"], row["sharpe"]
    parts = [
        (signed(of["difference"], share=share), span(of, share=share)) for of, share in ((mean, True), (sharpe, False))
    ]
    return [*parts[0], _outside(mean), *parts[1], _decides(row["differs"])]


def _outside(of: Mapping[str, Any]) -> str:
    return "no" if not of["apart"] else "yes, all together" if of["apart_together"] else "yes, by itself"


def _decides(differs: Mapping[str, Any] | None) -> str:
    if differs is None:
        return DASH
    return f"{differs['differ']:,} ({differs['spells']:,})" if differs["differ"] else "none"


def _numbers(row: Mapping[str, Any] | None) -> list[str]:
    return [shown(None if row is None else row[key], STATISTICS[key][1]) for key in OWN]


def _stamped(name: str, stamps: Sequence[str]) -> str:
    return "".join([name, *(f" [{stamp}]" for stamp in stamps)])
