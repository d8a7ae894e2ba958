"""Figures as plain data for plotly's browser script: columns packed small, dates once, colours named by the theme."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from fedcycle.backtests.tearsheet.packing import packed
from fedcycle.data.typing import Days, Float64

Figure: TypeAlias = dict[str, Any]

PERIOD = "period"
"""The first and the last day that charts over time span, where that is more than their sessions."""
SESSIONS = "sessions"
"""The calendar every chart of a page shares; a trace names it instead of repeating its dates."""


def calendar(days: Days) -> list[int]:
    """Return days as the first one, in days since 1970-01-01, and the steps from each to the next."""
    numbers = days.astype("datetime64[D]").astype(np.int64)
    steps: list[int] = np.diff(numbers, prepend=0).tolist()
    return steps


def text(words: str) -> str:
    """Return words as plotly shows them literally: it reads a little HTML in names and labels."""
    return html.escape(words, quote=False)


def line(
    name: str,
    values: Float64,
    *,
    colour: str,
    dash: str = "solid",
    width: float = 1.8,
    x: str = SESSIONS,
    step: bool = False,
    level: bool = False,
    **more: Any,
) -> Figure:
    """Return a line over a calendar.

    Parameters
    ----------
    name : legend entry
    values : (T,) one a day of the calendar; NaN leaves a gap
    colour : a colour of the theme, such as ``--own``
    dash : so that colour is never the only carrier
    width : CSS pixels
    x : the calendar's name
    step : whether a value holds until the next one, as a policy rate does
    level : whether it is a level, such as an account's value, to be exact relative to itself
    more : further plotly attributes
    """
    # A line of one or two points cannot be seen without markers.
    mode = "lines" if len(values) > 2 else "lines+markers"
    stroke = {"color": colour, "dash": dash, "width": width, "shape": "hv" if step else "linear"}
    return {
        "type": "scatter",
        "mode": mode,
        "name": text(name),
        "x": x,
        "y": packed(values, level=level),
        "line": stroke,
        **more,
    }


def bars(
    name: str, x: Sequence[str] | str, *, height: Float64, colour: str, hatched: bool = False, **more: Any
) -> Figure:
    """Return bars over categories, or over a calendar by its name.

    Parameters
    ----------
    name : legend entry
    x : a category for each bar, or the calendar's name
    height : (n,) one a bar
    colour : a colour of the theme
    hatched : whether they are hatched, so that colour is not the only carrier
    more : further plotly attributes
    """
    where = x if isinstance(x, str) else [text(item) for item in x]
    look: Figure = {"color": colour, "line": {"width": 0}}
    if hatched:
        look["pattern"] = {"shape": "/", "fgcolor": "--paper", "bgcolor": colour, "size": 5, "solidity": 0.3}
    return {"type": "bar", "name": text(name), "x": where, "y": packed(height), "marker": look, **more}


def axis(title: str, **more: Any) -> Figure:
    """Return a value axis with its title and unit."""
    look = {"gridcolor": "--rule", "zerolinecolor": "--rule-strong", "linecolor": "--rule-strong", "ticks": ""}
    return {"title": {"text": text(title), "standoff": 8}, "automargin": True, **look, **more}


def over_time(
    data: Sequence[Figure],
    *,
    axes: Mapping[str, Figure],
    bands: Sequence[Figure] = (),
    labels: Sequence[Figure] = (),
    calendars: Mapping[str, list[int]] | None = None,
    bottom: str = "y",
) -> Figure:
    """Return a figure over time: one date axis for all panels, one hover line through them.

    Parameters
    ----------
    data : traces
    axes : layout name of a value axis (``yaxis``, ``yaxis2``) to the axis
    bands, labels : plotly shapes and annotations that shade cycles
    calendars : further calendars the traces name
    bottom : the axis of the lowest panel, to which the dates are attached
    """
    dates = {
        "type": "date",
        "anchor": bottom,
        "hoverformat": "%a %-d %b %Y",
        "gridcolor": "--rule",
        "showgrid": False,
        "linecolor": "--rule-strong",
        "showline": True,
        "ticks": "outside",
        "tickcolor": "--rule-strong",
    }
    layout = {"xaxis": dates, **axes, "shapes": list(bands), "annotations": list(labels)}
    return {"data": list(data), "layout": layout, "calendars": dict(calendars or {})}


def over_categories(data: Sequence[Figure], *, axes: Mapping[str, Figure], bottom: str = "y", **more: Any) -> Figure:
    """Return a figure whose horizontal axis names things, such as years or phases.

    Parameters
    ----------
    data : traces
    axes : layout name of a value axis to the axis
    bottom : the axis of the lowest panel, to which the names are attached
    more : further plotly layout
    """
    names = {
        "type": "category",
        "anchor": bottom,
        "showgrid": False,
        "fixedrange": True,
        "linecolor": "--rule-strong",
        "tickcolor": "--rule-strong",
    }
    return {"data": list(data), "layout": {"xaxis": names, **axes, **more}, "calendars": {}}


def whiskers(
    rows: Sequence[tuple[str, float, float, float]], *, title: str, colour: str = "--own", marked: int | None = None
) -> Figure:
    """Return estimates with their intervals, one row each, the first at the top.

    Parameters
    ----------
    rows : (label, estimate, low, high)
    title : of the value axis, with its unit
    colour : a colour of the theme
    marked : number of the row that the others are measured from, or None
    """
    place = np.arange(len(rows), dtype=np.float64)[::-1]
    kept = [k for k in range(len(rows)) if k != marked]
    middle, low, high = (np.array([rows[k][n] for k in kept]) for n in (1, 2, 3))
    reach = float(np.abs(np.concatenate([low, high, [0.0]])).max() or 1.0)
    dots = {
        "type": "scatter",
        "mode": "markers",
        "name": "estimate, with its 95% interval",
        "x": [round(float(x), 6) for x in middle],
        "y": packed(place[kept]),
        "marker": {"size": 9, "color": colour, "symbol": "diamond"},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [round(float(x), 6) for x in high - middle],
            "arrayminus": [round(float(x), 6) for x in middle - low],
            "color": colour,
            "thickness": 2,
            "width": 6,
        },
        "text": [f"{text(label)}: {x:+.2f} ({a:+.2f} to {b:+.2f})" for label, x, a, b in (rows[k] for k in kept)],
        "hovertemplate": "%{text}<extra></extra>",
    }
    labels = [f"<b>{text(row[0])}</b>" if k == marked else text(row[0]) for k, row in enumerate(rows)]
    names = {"tickvals": place.tolist(), "ticktext": labels, "range": [-0.6, len(rows) - 0.1]}
    span = [min(float(low.min()), 0.0) - 0.06 * reach, max(float(high.max()), 0.0) + 0.06 * reach] if rows else [-1, 1]
    values = {**axis(title), "type": "linear", "range": span, "zeroline": True, "zerolinewidth": 2, "fixedrange": True}
    layout = {
        "xaxis": values,
        "yaxis": {**axis(""), **names, "showgrid": False, "zeroline": False},
        "hovermode": "closest",
    }
    own = [] if marked is None else [_own(rows[marked], place[marked : marked + 1], colour=colour)]
    return {"data": [dots, *own], "layout": layout, "calendars": {}}


def _own(row: tuple[str, float, float, float], place: Float64, *, colour: str) -> Figure:
    """Return the row that the others are measured from: no interval, and a sign of its own."""
    sign = {"size": 11, "color": colour, "symbol": "square-open", "line": {"width": 2}}
    shown = {"text": [text(row[0])], "hovertemplate": "%{text}<extra></extra>"}
    where = {"x": [round(row[1], 6)], "y": packed(place)}
    return {"type": "scatter", "mode": "markers", "name": text(row[0]), "marker": sign, **where, **shown}
