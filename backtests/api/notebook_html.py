"""What notebooks show: a few numbers with unit, sample and verdict, and every stamp beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from fedcycle.backtests.core.format import stamped

DASH = "–"
NOTES = 6
"""Notes that are shown; the rest is counted."""
ROWS = (
    ("annualised return (CAGR)", "cagr", "percent"),
    ("volatility", "volatility", "percent"),
    ("Sharpe ratio", "sharpe", "number"),
    ("maximum drawdown", "max_drawdown", "percent"),
    ("one-sided turnover a year", "turnover_per_year", "percent"),
    ("costs, US dollars", "costs_usd", "money"),
)
AGAINST = (
    ("active return a year", "excess_cagr", "percent"),
    ("tracking error", "tracking_error", "percent"),
    ("information ratio", "information_ratio", "number"),
    ("beta", "beta", "number"),
)


def run_html(
    document: Mapping[str, Any], *, verdict: str, returns: int, folder: Path | None, notes: Sequence[str]
) -> str:
    """Return a run's verdict, key figures and notes.

    Parameters
    ----------
    document : the run's JSON
    verdict : in a sentence
    returns : how many daily returns it is measured by
    folder : where it is kept, if anywhere
    notes : what else must be known
    """
    own, other, period = document["statistics"], document["relative"], document["period"]
    first = period["first_fill"]
    since = "nothing was ever filled" if first is None else f"measured from the first fill, {first}, to {period['end']}"
    theirs = document.get("benchmark_statistics", {})
    rows = [(label, _shown(own.get(key), kind), _shown(theirs.get(key), kind)) for label, key, kind in ROWS]
    rows += [(label, _shown(other.get(key), kind), DASH) for label, key, kind in AGAINST]
    kept = "not kept on disk" if folder is None else f"kept in {folder.as_posix()}"
    sample = f"{since}; {returns:,} daily returns; against {other['benchmark']}"
    return _block(
        f"{document['name']}{_stamps(document['stamps'])}",
        [document["question"], f"{verdict[:1].upper()}{verdict[1:]}."],
        _grid(["", "run", other["benchmark"]], rows),
        [sample, f"audit: {document['audit']['text']}", f"{document['id']}, {kept}", *notes],
    )


def comparison_html(document: Mapping[str, Any], sentences: Sequence[str]) -> str:
    """Return the ranked table with the benchmark above it, and what holds for all runs together."""
    table, period = document["table"], document["runs"][0]["period"]
    numbers = ["cagr", "volatility", "sharpe", "max_drawdown", "excess_cagr"]
    body = []
    for row in [{**table["benchmark_row"], "name": f"benchmark: {table['benchmark']}"}, *table["rows"]]:
        word = (row.get("verdict") or {}).get("word") or DASH
        cells = [_shown(row.get(key), "number" if key == "sharpe" else "percent") for key in numbers]
        body.append([f"{row['name']}{_stamps(row['stamps'])}", *cells, word])
    heads = ["run", "CAGR", "volatility", "Sharpe ratio", "maximum drawdown", "active return", "verdict"]
    unranked = [f"{row['name']} is not ranked: {row['unranked']}" for row in table["rows"] if row["unranked"]]
    said = f"{period['start']} to {period['end']}, ranked by {table['ranked_by']}"
    return _block(f"{len(table['rows'])} runs", [said], _grid(heads, body), [*unranked, *sentences])


def frame_html(title: str, lead: Sequence[str], frame: pd.DataFrame, notes: Sequence[str]) -> str:
    """Return a frame below its title, with what must be said of it."""
    shown = str(frame.to_html(na_rep=DASH, float_format=lambda x: f"{x:,.4g}", escape=True, border=0))
    return _block(title, lead, shown, notes)


def _block(title: str, lead: Iterable[str], table: str, notes: Sequence[str]) -> str:
    first = "".join(f"<p>{escape(text)}</p>" for text in lead if text)
    shown = "".join(f"<li>{escape(note)}</li>" for note in notes[:NOTES])
    more = f"<li>{len(notes) - NOTES} more in .notes</li>" if len(notes) > NOTES else ""
    return f"<div><strong>{escape(title)}</strong>{first}{table}<ul>{shown}{more}</ul></div>"


def _grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{_cell(row[0], 'left')}{''.join(_cell(c, 'right') for c in row[1:])}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str, align: str) -> str:
    return f'<td style="text-align:{align}">{escape(text)}</td>'


def _stamps(stamps: Iterable[str]) -> str:
    return stamped("", stamps)


def _shown(value: Any, kind: str) -> str:
    if value is None or pd.isna(value):
        return DASH
    shown = {"percent": f"{100 * value:.2f}%", "money": f"{value:,.0f}"}.get(kind, f"{value:.2f}")
    return shown.replace("-", "−")
