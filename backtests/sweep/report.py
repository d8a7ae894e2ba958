"""What a sweep says: keys and values as a reader wants them, a sentence for each difference, and the Markdown page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fedcycle.backtests.config.serialize import jsonable
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.format import counted, listing, stamped

RULE, CHOICE, ALONE = "rule", "choice", "alone"
"""A rule that can be switched off; another value of a key; a named variant put beside another than the config's own."""

UNITS = {
    "execution.lag": "lag in sessions",
    "execution.capital": "capital in US dollars",
    "execution.costs.slippage_bps": "slippage in bps",
    "execution.costs.commission_bps": "commission in bps",
}
"""Keys whose own name does not say their unit as a reader wants it."""
FEW = 5
"""Periods of other signals up to which a difference is said to rest on few independent bets."""


def called(key: str) -> str:
    """Return a key as a row is headed by it.

    Examples
    --------
    >>> called("strategy.quality_small"), called("execution.costs.slippage_bps"), called("schedule")
    ('quality small', 'slippage in bps', 'schedule')
    """
    if key in UNITS:
        return UNITS[key]
    steps = key.split(".")
    return " ".join(steps[1:] if len(steps) > 1 else steps).replace("_", " ")


def words(value: Any) -> str:
    """Return a value of a config in words.

    Examples
    --------
    >>> words(False), words({"pause": {"months": 6}}), words({"mid": 0.7, "large": 0.3}), words("until_hike")
    ('off', 'pause 6 months', 'mid 0.7, large 0.3', 'until hike')
    """
    plain = jsonable(value)
    if isinstance(plain, bool):
        return "on" if plain else "off"
    if isinstance(plain, Mapping):
        return ", ".join(_entry(key, each, alone=len(plain) == 1) for key, each in plain.items())
    if isinstance(plain, list):
        return ", ".join(map(words, plain))
    if isinstance(plain, float):
        return f"{plain:g}"
    return "none" if plain is None else "until hike" if plain == "until_hike" else str(plain)


def _entry(key: str, value: Any, *, alone: bool) -> str:
    spaced = key.replace("_", " ")
    counted = alone and isinstance(value, int) and not isinstance(value, bool)
    return f"{value} {spaced}" if counted else f"{spaced} {words(value)}"


def signed(number: float | None, *, share: bool) -> str:
    """Return a difference with its sign and two decimals, a share in percentage points; no sign where it rounds to 0.

    Examples
    --------
    >>> signed(0.0123, share=True), signed(-0.004, share=False), signed(None, share=True)
    ('+1.23', '0.00', '–')
    """
    if number is None:
        return "–"
    text = f"{100 * number if share else number:+.2f}"
    return text.replace("-", "−") if any(digit in text for digit in "123456789") else text[1:]


def span(interval: Mapping[str, Any], *, share: bool) -> str:
    """Return the interval of a difference, a dash where there is none."""
    low, high = interval["low"], interval["high"]
    return "–" if low is None or high is None else f"{signed(low, share=share)} to {signed(high, share=share)}"


def of_row(row: Mapping[str, Any]) -> str:
    """Return what one row says: how much the choice adds or changes, and whether these years can tell."""
    name, against = stamped(row["label"], row["stamps"]), stamped(row["against"], row["against_stamps"])
    if row["note"] is not None:
        return f"{name}: {row['note']}"
    if row["same"]:
        return f"{name} changes nothing: its account is that of {against}"
    mean, sharpe = row["mean_return"], row["sharpe"]
    lead = f"{name} against {against}:" if row["kind"] == CHOICE else f"{name} adds to {against}"
    if row["kind"] == RULE:
        lead = f"{stamped(row['adds'], row['stamps'])} {'add' if row['several'] else 'adds'}"
    text = (
        f"{lead} {signed(mean['difference'], share=True)} points a year (95% interval {span(mean, share=True)}) and "
        f"{signed(sharpe['difference'], share=False)} of Sharpe ratio ({span(sharpe, share=False)}); {told(row)}"
    )
    return text + _where(row["differs"])


def told(row: Mapping[str, Any]) -> str:
    """Return whether the intervals of a row can tell its difference from nothing."""
    mean, sharpe = row["mean_return"], row["sharpe"]
    if not mean["apart"] and not sharpe["apart"]:
        return "0 is inside: these years cannot tell it from nothing"
    outside = "both" if mean["apart"] and sharpe["apart"] else "the first" if mean["apart"] else "the second"
    held = any(interval["apart"] and interval["apart_together"] for interval in (mean, sharpe))
    beside = "also when all comparisons are judged together" if held else "but not when all are judged together"
    return f"0 is outside of {outside}, {beside}"


def _where(differs: Mapping[str, Any] | None) -> str:
    if differs is None or not differs["differ"]:
        return ""
    return f". It has other signals on {days(differs)}"


def days(differs: Mapping[str, Any]) -> str:
    """Return on how many decision dates, and in how many periods of them, the signals of two choices differ.

    Examples
    --------
    >>> days({"decisions": 330, "differ": 19, "periods": 4})
    '19 of 330 decision dates, in 4 periods'
    """
    periods = "1 period" if differs["periods"] == 1 else f"{differs['periods']:,} periods"
    return f"{differs['differ']:,} of {differs['decisions']:,} decision dates, in {periods}"


def of_group(rows: Sequence[Mapping[str, Any]], *, name: str, own: str) -> str:
    """Return what a group of rows comes down to, in one sentence.

    Parameters
    ----------
    rows : of the group
    name : of the group
    own : what the rows are put beside, with its value where it is a key's
    """
    judged = [row for row in rows if row["note"] is None]
    if not judged:
        return f"{name}: nothing could be put beside {own}"
    single = [row for row in judged if not row["several"]] or judged
    gaps = [row["mean_return"]["difference"] for row in single]
    least, most = single[gaps.index(min(gaps))], single[gaps.index(max(gaps))]
    low, high = (f"{_gap(row)} ({_short(row)})" for row in (least, most))
    apart = [_short(row) for row in judged if row["mean_return"]["apart"]]
    tells = f"; 0 is outside the 95% interval of {listing(apart)}" if apart else "; no 95% interval excludes 0"
    tells += f"; {len(rows) - len(judged)} could not be judged" if len(judged) < len(rows) else ""
    kind = rows[0]["kind"]
    if len(single) == 1:
        said = f"{_short(least)} adds {_gap(least)} points a year to {own}"
        said = f"{name}: {_short(least)} changes {own} by {_gap(least)} points a year" if kind == CHOICE else said
    elif kind == CHOICE:
        said = f"{name}: {len(single)} other choices change {own} by {low} to {high} points a year"
    else:
        said = f"{len(single)} {name} add from {low} to {high} points a year each to {own}"
    several = [f", {_short(row)} {_gap(row)}" for row in judged if row["several"] and len(single) < len(judged)]
    return said + "".join(several) + tells


def _gap(row: Mapping[str, Any]) -> str:
    return signed(row["mean_return"]["difference"], share=True)


def of_all(rows: Sequence[Mapping[str, Any]], *, level: float) -> list[str]:
    """Return what holds for all rows together: how many were looked at, and which lie apart even so."""
    judged = [row for row in rows if row["note"] is None]
    held = [_title(row) for row in judged if row["mean_return"]["apart_together"]]
    expected = f"{(1 - level) * len(judged):.1f}".removesuffix(".0")
    stands = f"the mean return of {listing(held)} still is" if held else "no mean return is"
    said = [
        f"{counted(len(judged), 'comparison')} at {level:.0%} each: by chance alone about {expected} would be "
        f"significant at 5%; all judged together, {stands}"
    ]
    few = [row for row in judged if _bets(row) <= FEW]
    if few:
        told = [f"{_title(row)} ({row['differs']['periods']})" for row in few]
        said.append(
            f"few independent bets, however many the sessions: {listing(told)}, in so many periods of other "
            "signals; their intervals draw those few again and know of no others"
        )
    return said


def _bets(row: Mapping[str, Any]) -> float:
    """Return in how many periods a choice's signals differ; endless where it does most of the time, or not at all."""
    interval = row["differs"]
    return (
        math.inf
        if interval is None or not 0 < interval["differ"] < interval["decisions"] / 2
        else float(interval["periods"])
    )


def _short(row: Mapping[str, Any]) -> str:
    return stamped(row["adds"] or row["value"] or row["label"], row["stamps"])


def _title(row: Mapping[str, Any]) -> str:
    return stamped(row["adds"] or row["label"], row["stamps"])


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
