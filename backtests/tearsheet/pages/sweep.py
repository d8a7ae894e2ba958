"""The page of a sweep: one choice at a time beside the config's own, with intervals; or the ranked rows of a grid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.config.serialize import as_shown
from fedcycle.backtests.core.format import DASH, figure, percent, plain, points, pp, sentence, signed, spoken, stamped
from fedcycle.backtests.tearsheet import charts
from fedcycle.backtests.tearsheet.markup import Column, chart, fragment, table
from fedcycle.backtests.tearsheet.page import document as html
from fedcycle.backtests.tearsheet.pages.sweep_map import MARK, against, over_values
from fedcycle.backtests.tearsheet.section import RenderedSection, Section
from fedcycle.backtests.tearsheet.warnings import warning

MOST_ROWS = 100
MAP = "Over the values tried"
RULE, ALONE = "rule", "alone"


def render(document: Mapping[str, Any]) -> str:
    """Return the page, from the JSON document of a sweep."""
    rows = document["table"]["rows"]
    own = next((row for row in rows if row.get("own")), rows[0])
    over = (
        "each against its own benchmark" if document["table"].get("own_benchmarks") else f"against {against(document)}"
    )
    span = f"{own['start']} to {own['end']}, {over}"
    trials = f"{document['inference']['trials']:,} trials"
    stamps = document.get("stamps", [])
    told = warning([stamp for row in rows for stamp in row["stamps"] if stamp not in stamps])
    return html(
        title=f"{document['name']} · fedcycle",
        description=f"Sweep {document['id']}, {trials}, {span}",
        kicker=f"fedcycle sweep · {span} · {trials} · {document['id']}",
        heading=document["name"],
        question=document["question"] + (f" Of those with a stamp: {told}" if told else ""),
        stamps=stamps,
        places=list(_places(document)),
        sessions=np.array([own["end"]], dtype="datetime64[D]"),
    )


def _places(document: Mapping[str, Any]) -> Iterator[RenderedSection]:
    found = document["contrasts"]
    if found is None:
        yield _ranked(document)
        yield from _over_values(document)
        return
    numbers = {row["variant"]: row for row in document["table"]["rows"]}
    rows = {row["variant"]: row for row in found["rows"]}
    yield _together(document)
    for k, group in enumerate(found["groups"], start=1):
        name = f"group-{k}"
        members = [rows[variant] for variant in group["variants"]]
        title = _title(group)
        body = _chart(document, group, members=members, name=name)
        body += _table(document, group, members=members, numbers=numbers)
        yield RenderedSection(name, title, Section(title, sentence(group["text"]), body))
    if len(found["groups"]) == 1:
        yield from _over_values(document)


def _over_values(document: Mapping[str, Any]) -> Iterator[RenderedSection]:
    """Yield the active return over the values of the keys, where they are numbers."""
    shown = over_values(document)
    if shown:
        yield RenderedSection("values", MAP, Section(MAP, _peak(document), shown))


def _peak(document: Mapping[str, Any]) -> str:
    """Return the range of the active return over all values, as a finding."""
    active = [x for row in document["table"]["rows"] if (x := figure(row, "excess_cagr")) is not None]
    if not active:
        return "No variant has an active return."
    ahead, benchmark = sum(x > 0 for x in active), against(document)
    return (
        f"Over the values tried the active return over {benchmark} is {pp(min(active), 2)} to {pp(max(active), 2)} a "
        f"year, and above 0 at {ahead:,} of {len(active):,}."
    )


def _together(document: Mapping[str, Any]) -> RenderedSection:
    found, reference = document["contrasts"], document["reference"]
    title, said = "All together", [sentence(text) for text in found["sentences"]]
    method = found["method"]
    said.append(
        f"Intervals: {method['resamples']:,} histories of {method['sessions']:,} sessions by stationary bootstrap, in "
        f"blocks of {plain(method['block_sessions'], 0)} sessions on average, the same histories for all."
    )
    own = next(row for row in document["table"]["rows"] if row["own"])
    name = stamped(reference["name"], reference["stamps"])
    said.append(
        f"{MARK}{name}: {percent(own['cagr'])} a year, Sharpe ratio {plain(own['sharpe'])}, maximum drawdown "
        f"{percent(own['max_drawdown'])}."
    )
    finding = said[0] if found["sentences"] else "Nothing could be put beside the config's own choice."
    said += _how_to_open(document)
    words = fragment("sentences.html", title="How to read what follows", sentences=said[1:], stamps=())
    return RenderedSection("together", title, Section(title, finding, words))


def _how_to_open(document: Mapping[str, Any]) -> list[str]:
    """Return the command that runs variants by themselves, as the last of the sentences."""
    command = document.get("open")
    return [] if command is None else [f"To run variants by themselves, by their numbers: {command}"]


def _title(group: Mapping[str, Any]) -> str:
    titles = {RULE: "What each rule adds", ALONE: f"What each adds by itself to {group['against']}"}
    return titles.get(group["kind"]) or spoken(str(group["title"]))


def _less(document: Mapping[str, Any], group: Mapping[str, Any]) -> str:
    """Return what is less what in a group's figures."""
    name = document["reference"]["name"]
    return {RULE: f"{name} less the same without the rule", ALONE: f"each less {group['against']}"}.get(
        group["kind"], f"each less {name}"
    )


def _chart(
    document: Mapping[str, Any], group: Mapping[str, Any], *, members: Sequence[Mapping[str, Any]], name: str
) -> Markup:
    rows: list[tuple[str, float, float, float]] = []
    marked = None
    for k, row in enumerate(members):
        if group["own"] is not None and k == group["own_at"]:
            marked = len(rows)
        middle, low, high = (figure(row, "mean_return", key) for key in ("difference", "low", "high"))
        if middle is not None and low is not None and high is not None:
            rows.append((_label(row), 100 * middle, 100 * low, 100 * high))
    if not rows:
        return Markup()
    if group["own"] is not None:
        marked = len(rows) if marked is None else marked
        rows.insert(marked, (MARK + f"{document['reference']['name']}: {group['own']}", 0.0, 0.0, 0.0))
    return chart(
        name,
        f"Mean return a year, percentage points, {_less(document, group)}: estimate and 95% interval",
        figure=charts.whiskers(rows, title="points a year", marked=marked),
        stamps=(),
        height=110 + 36 * len(rows),
        note="An interval that crosses the line at 0 includes no difference at all.",
    )


def _table(
    document: Mapping[str, Any],
    group: Mapping[str, Any],
    *,
    members: Sequence[Mapping[str, Any]],
    numbers: Mapping[int, Mapping[str, Any]],
) -> Markup:
    without = " without it" if group["kind"] == RULE else ""
    columns = [
        Column("Rule" if without else "Choice", "text"),
        Column("Variant"),
        Column(f"Annualised return{without}"),
        Column(f"Sharpe ratio{without}"),
        Column("Points a year", "signed"),
        Column("95% interval"),
        Column("Significant at 5%", "text"),
        Column("Sharpe ratio, difference", "signed"),
        Column("95% interval of that"),
        Column("Signals differ", "note"),
    ]
    rows = [[_label(row), str(row["variant"]), *_own(numbers.get(row["variant"])), *_cells(row)] for row in members]
    if group["own"] is not None:
        own = f"{MARK}{document['reference']['name']}: {group['own']}"
        number = document["reference"]["variant"]
        rows.insert(group["own_at"], [own, str(number), *_own(numbers[number]), *[""] * 6])
    caption = f"Differences: {_less(document, group)}"
    return table(caption, columns, rows=rows, stamps=())


def _own(row: Mapping[str, Any] | None) -> list[str]:
    return [percent(figure(row, "cagr")), plain(figure(row, "sharpe"))]


def _cells(row: Mapping[str, Any]) -> list[str]:
    if row["note"] is not None:
        return [*[DASH] * 5, row["note"]]
    mean, sharpe = row["mean_return"], row["sharpe"]
    outside = "no" if not mean["apart"] else "yes, also together" if mean["apart_together"] else "yes"
    return [
        _signed(mean["difference"], 100),
        _ends(mean, 100),
        outside,
        _signed(sharpe["difference"], 1),
        _ends(sharpe, 1),
        _decides(row["differs"]),
    ]


def _decides(differs: Mapping[str, Any] | None) -> str:
    if differs is None:
        return DASH
    if not differs["differ"]:
        return "never"
    periods = "period" if differs["periods"] == 1 else "periods"
    return f"on {differs['differ']:,} of {differs['decisions']:,} days, {differs['periods']:,} {periods}"


def _ends(interval: Mapping[str, Any], scale: float) -> str:
    low, high = figure(interval, "low"), figure(interval, "high")
    return DASH if low is None or high is None else f"{_signed(low, scale)} to {_signed(high, scale)}"


def _signed(value: float | None, scale: float) -> str:
    return DASH if value is None else signed(scale * value, 2)


def _label(row: Mapping[str, Any]) -> str:
    return stamped(row["adds"] or row["value"] or row["label"], row["stamps"])


def _verdict(row: Mapping[str, Any]) -> list[str]:
    """Return a row's active return, its interval and the verdict on it, all variants judged together."""
    active = points(figure(row, "excess_cagr"), 2)
    judged = row.get("verdict")
    if not isinstance(judged, Mapping):
        return [active, DASH, DASH]
    low, high = figure(judged, "low"), figure(judged, "high")
    ends = DASH if low is None or high is None else f"{points(low, 2)} to {pp(high, 2)}"
    return [active, ends, str(judged.get("word") or DASH)]


def _ranked(document: Mapping[str, Any]) -> RenderedSection:
    """Return the best rows of a grid."""
    rows, trials = document["table"]["rows"][:MOST_ROWS], document["inference"]["trials"]
    keys = list(rows[0]["values"])
    columns = [Column("Variant", "text"), *(Column(key, "text") for key in keys), Column("Annualised return")]
    columns += [Column("Sharpe ratio"), Column("Maximum drawdown"), Column("Deflated Sharpe ratio")]
    columns += [Column("Active return, pp a year", "signed"), Column("95% interval"), Column("Verdict", "text")]
    cells = [
        [
            stamped(str(row["variant"]), row["stamps"]),
            *(as_shown(row["values"][key]) for key in keys),
            percent(figure(row, "cagr")),
            plain(figure(row, "sharpe")),
            percent(figure(row, "max_drawdown")),
            plain(figure(row, "deflated_sharpe")),
            *_verdict(row),
        ]
        for row in rows
    ]
    note = (
        "The deflated Sharpe ratio is of active returns: how far the information ratio lies above the expected maximum "
        "of as many trials whose true ratio is 0, as a normal probability; it is not the probability that skill is "
        "true."
    )
    against = document["table"].get("benchmark_row")
    if against is not None:
        numbers = [percent(figure(against, "cagr")), plain(figure(against, "sharpe"))]
        blank = [""] * len(keys)
        drawdown = percent(figure(against, "max_drawdown"))
        cells.insert(0, [f"benchmark: {against['name']}", *blank, *numbers, drawdown, *[DASH] * 4])
    said = [sentence(text) for text in document["inference"].get("sentences") or ()]
    finding = said[0] if said else f"{trials:,} trials; no test of the best of them against the benchmark was possible."
    more = [*said[1:], *_how_to_open(document)]
    words = fragment("sentences.html", title="Selection among the trials", sentences=more, stamps=())
    caption = f"The best {len(rows):,} of {trials:,} trials, by {document['table']['ranked_by']}"
    body = table(caption, columns, rows=cells, stamps=(), note=note) + (words if more else Markup())
    return RenderedSection("ranked", "Ranked", Section("Ranked", finding, body))
