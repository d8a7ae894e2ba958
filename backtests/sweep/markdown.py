"""Sweeps one at a time as a Markdown page: what each comes down to in words, then its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.sweep.labels import CHOICE, RULE, days, signed, span, stamped

MARK = "□ "
"""Stands before the config's own choice."""


def page(documents: Sequence[Mapping[str, Any]], *, title: str = "", lead: Sequence[str] = ()) -> str:
    """Return the page of one sweep or several, from their JSON documents.

    Raises
    ------
    BacktestError
        For the sweep of a grid, whose variants are put beside nothing.
    """
    grid = next((entry["name"] for entry in documents if entry["contrasts"] is None), None)
    if grid is not None:
        raise no_page(grid)
    head = [f"# {title or _plain(documents[0]['question'])}", "", *(line for text in lead for line in (text, ""))]
    several = len(documents) > 1 or bool(title)
    return (
        "\n".join([*head, *(line for entry in documents for line in _sweep(entry, headed=several))]).rstrip("\n") + "\n"
    )


def no_page(grid: str) -> BacktestError:
    """Return why the sweep of a grid has no page."""
    return BacktestError(f"{grid} is a grid, of which there is no Markdown page; write sweep_design: one_at_a_time")


def _sweep(document: Mapping[str, Any], *, headed: bool) -> Iterator[str]:
    found, reference = document["contrasts"], document["reference"]
    numbers = {row["variant"]: row for row in document["table"]["rows"]}
    rows = {row["variant"]: row for row in found["rows"]}
    own, method = numbers[0], found["method"]
    name = _plain(stamped(reference["name"], reference["stamps"]))
    if headed:
        yield f"## {_plain(document['question'])}"
        yield ""
    yield f"`{document['name']}`, {own['start']} to {own['end']}, beside {name}."
    yield ""
    said = [text for group in found["groups"] for text in _said(group, rows)]
    yield from (f"- {_plain(text[:1].upper() + text[1:])}." for text in [*said, *found["sentences"]])
    yield ""
    yield (
        f"{MARK}{name}: CAGR {_number(own['cagr'], 100)}% a year, Sharpe ratio {_number(own['sharpe'], 1)}. "
        f"Intervals by stationary bootstrap of {method['sessions']:,} sessions, {method['resamples']:,} histories, "
        f"blocks of {method['block_sessions']:.0f} sessions on average, the same histories for all."
    )
    for group in found["groups"]:
        yield from _group(group, [rows[n] for n in group["variants"]], numbers=numbers, name=name)
    yield ""


def _said(group: Mapping[str, Any], rows: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """Return what a group comes down to; of rules also what each one adds."""
    each = [rows[n]["text"] for n in group["variants"]] if group["kind"] == RULE else []
    return [group["text"], *each]


def _group(
    group: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    *,
    numbers: Mapping[int, Mapping[str, Any]],
    name: str,
) -> Iterator[str]:
    without = " without it" if group["kind"] == RULE else ""
    less = f"{name} less the same without it" if without else f"each less {_plain(group['against'])}"
    yield ""
    title = _plain(group["title"].partition(",")[0])
    yield f"{title[:1].upper()}{title[1:]}, {less}:"
    yield ""
    heads = [f"CAGR, %{without}", f"Sharpe ratio{without}", "points a year", "95% interval", "Sharpe ratio"]
    heads += ["95% interval", "signals differ on"]
    yield f"| {title} | {' | '.join(heads)} |"
    yield f"| --- | {' | '.join(['---:'] * (len(heads) - 1))} | --- |"
    lines = [_line(row, numbers) for row in rows]
    if group["own"] is not None:
        lines.insert(group["own_at"], [f"{MARK}{_plain(group['own'])}", *_numbers(numbers[0]), *[""] * 5])
    yield from (f"| {' | '.join(line)} |" for line in lines)


def _line(row: Mapping[str, Any], numbers: Mapping[int, Mapping[str, Any]]) -> list[str]:
    label = row["label"] if row["value"] is None or row["kind"] != CHOICE else row["value"]
    head = [_plain(stamped(row["adds"] or label, row["stamps"])), *_numbers(numbers.get(row["variant"]))]
    if row["note"] is not None:
        return [*head, *["–"] * 4, _plain(row["note"])]
    mean, sharpe = row["mean_return"], row["sharpe"]
    differs = row["differs"]
    decides = "–" if differs is None else days(differs) if differs["differ"] else "none"
    figures = [
        f"{signed(entry['difference'], share=share)} | {span(entry, share=share)}"
        for entry, share in ((mean, True), (sharpe, False))
    ]
    return [*head, *figures, decides]


def _numbers(row: Mapping[str, Any] | None) -> list[str]:
    told = {} if row is None else row
    return [_number(told.get("cagr"), 100), _number(told.get("sharpe"), 1)]


def _number(value: float | None, times: int) -> str:
    return "–" if value is None else f"{times * value:.2f}"


def _plain(text: str) -> str:
    """Return a user's words so that Markdown takes them for words."""
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), *((sign, f"\\{sign}") for sign in "|*`[")):
        text = text.replace(sign, written)
    return " ".join(text.split())
