"""Figures as plain data for plotly's browser script: columns packed small, dates once, colours named by the theme."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from fedcycle.data.arrays import Days, Float64

Figure: TypeAlias = dict[str, Any]

SESSIONS = "sessions"
"""The calendar every chart of a page shares; a trace names it instead of repeating its dates."""


def column(values: Float64) -> dict[str, str]:
    """Return values as single-precision bytes in base 64: seven digits are more than a chart can show."""
    return {"f4": base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode()}


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
    more : further plotly attributes
    """
    # A line of one or two points cannot be seen without markers.
    mode = "lines" if len(values) > 2 else "lines+markers"
    stroke = {"color": colour, "dash": dash, "width": width, "shape": "hv" if step else "linear"}
    return {"type": "scatter", "mode": mode, "name": text(name), "x": x, "y": column(values), "line": stroke, **more}


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
