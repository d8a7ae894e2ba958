"""Figures as plain data for the page's own script: columns packed small, dates once, colours named by the theme.

A figure is a mapping of

``series``
    lines, bars and dots, in the order in which they are drawn (``line``, ``bars``, ``whiskers``)
``panels``
    name (``y``, ``y2``, ``y3``) -> value axis (``axis``), all over one horizontal axis
``across``
    the horizontal axis: ``kind`` is ``dates``, ``names`` or ``numbers``; ``title``; ``range`` where it is fixed
``bands``, ``labels``
    what is shaded, and what is written above the panels, by day (``cycle_shading``)
``calendars``
    further calendars that series name
``own_span``
    true for a chart over time that keeps its span when others are zoomed

Every word in it is plain text; the script never reads one as HTML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from fedcycle.backtests.tearsheet.packing import packed
from fedcycle.data.typing import Days, Float64

Figure: TypeAlias = dict[str, Any]

PERIOD = "period"
"""The first and the last day that charts over time span, where that is more than their sessions."""
SESSIONS = "sessions"
"""The calendar every chart of a page shares; a series names it instead of repeating its dates."""


def calendar(days: Days) -> list[int]:
    """Return days as the first one, in days since 1970-01-01, and the steps from each to the next."""
    numbers = days.astype("datetime64[D]").astype(np.int64)
    steps: list[int] = np.diff(numbers, prepend=0).tolist()
    return steps


def line(
    name: str,
    values: Float64,
    *,
    colour: str,
    dash: str = "solid",
    width: float = 1.8,
    x: str | Sequence[int] = SESSIONS,
    step: bool = False,
    level: bool = False,
    **more: Any,
) -> Figure:
    """Return a line over a calendar.

    Parameters
    ----------
    name : what the legend and the tooltip call it
    values : (T,) one a day of the calendar; NaN leaves a gap
    colour : a colour of the theme, such as ``--own``
    dash : so that colour is never the only carrier
    width : CSS pixels
    x : the calendar's name, or (T,) numbers in order
    step : whether a value holds until the next one, as a policy rate does
    level : whether it is a level, such as an account's value, to be exact relative to itself
    more : ``panel``; ``hover``, the value's format as of ``str.format``; ``fill`` (``zero``, or ``before`` for down to
        the series before it) with ``fill_colour``; ``stack`` with ``pattern``; ``listed`` false for none in the legend;
        ``group``, shown and hidden together; ``quiet`` for none in the tooltip
    """
    look: Figure = {"kind": "line", "name": name, "x": x, "y": packed(values, level=level), "colour": colour}
    look |= {"width": width}
    if dash != "solid":
        look["dash"] = dash
    if step:
        look["step"] = True
    if len(values) <= 2:
        # A line of one or two points cannot be seen without dots.
        look["marked"] = True
    return look | more


def bars(
    name: str, x: Sequence[str] | str, *, height: Float64, colour: str, hatched: bool = False, **more: Any
) -> Figure:
    """Return bars over categories, or over a calendar by its name.

    Parameters
    ----------
    name : what the legend and the tooltip call them
    x : a category for each bar, or the calendar's name
    height : (n,) one a bar; NaN for none
    colour : a colour of the theme
    hatched : whether they are hatched, so that colour is not the only carrier
    more : as of a line; ``offset`` and ``width`` as shares of a category, or ``days``, (n,) how wide each is around its
        day; ``written``, the format of a number at each bar's end
    """
    look: Figure = {"kind": "bars", "name": name, "x": x if isinstance(x, str) else list(x), "y": packed(height)}
    return look | {"colour": colour} | ({"pattern": "/"} if hatched else {}) | more


def axis(title: str, **more: Any) -> Figure:
    """Return a value axis.

    Parameters
    ----------
    title : what it shows, with its unit
    more : ``domain``, shares of the height from the foot at which its panel begins and ends; ``prefix`` and ``suffix``
        of its ticks; ``short`` for thousands and millions by letter; ``zero_line``, ``from_zero``, ``ticks`` (about how
        many), ``range`` where it is fixed, ``rows`` for names in the place of numbers
    """
    return {"title": title, **more}


def over_time(
    data: Sequence[Figure],
    *,
    axes: Mapping[str, Figure],
    bands: Sequence[Figure] = (),
    labels: Sequence[Figure] = (),
    calendars: Mapping[str, list[int]] | None = None,
) -> Figure:
    """Return a figure over time: one date axis for all panels, one tooltip for them.

    Parameters
    ----------
    data : series
    axes : panel name (``y``, ``y2``) -> value axis
    bands, labels : what shades and names cycles
    calendars : further calendars the series name
    """
    return {
        "series": list(data),
        "panels": dict(axes),
        "across": {"kind": "dates"},
        "bands": list(bands),
        "labels": list(labels),
        "calendars": dict(calendars or {}),
    }


def over_categories(data: Sequence[Figure], *, axes: Mapping[str, Figure], title: str = "", gap: float = 0.3) -> Figure:
    """Return a figure whose horizontal axis names things, such as years or phases.

    Bars of one panel stand side by side, unless they say where they stand.

    Parameters
    ----------
    data : series; the names are those of the first one
    axes : panel name -> value axis
    title : of the names
    gap : share of a category that is left free between its bars and the next one's
    """
    drawn = []
    for one in data:
        beside = [other for other in data if other["kind"] == "bars" and other.get("panel") == one.get("panel")]
        if one["kind"] == "bars" and "offset" not in one:
            width = (1.0 - gap) / len(beside)
            place = next(k for k, other in enumerate(beside) if other is one)
            one = {**one, "offset": round(place * width - (1.0 - gap) / 2, 4), "width": round(width, 4)}
        drawn.append(one)
    names = data[0]["x"] if data else []
    across = {"kind": "names", "names": names} | ({"title": title} if title else {})
    return {"series": drawn, "panels": dict(axes), "across": across, "bands": [], "labels": [], "calendars": {}}


def over_numbers(data: Sequence[Figure], *, axes: Mapping[str, Figure], title: str, **more: Any) -> Figure:
    """Return a figure over a horizontal axis of numbers.

    Parameters
    ----------
    data : series
    axes : panel name -> value axis
    title : of the horizontal axis, with its unit
    more : ``range``, ``zero_line``
    """
    across = {"kind": "numbers", "title": title, **more}
    return {"series": list(data), "panels": dict(axes), "across": across, "bands": [], "labels": [], "calendars": {}}


def dots(
    name: str,
    x: Sequence[float] | Sequence[str],
    y: Float64,
    *,
    said: Sequence[str],
    colour: str = "--own",
    **more: Any,
) -> Figure:
    """Return single points, each with what the tooltip says of it.

    Parameters
    ----------
    name : what the legend calls them
    x : (n,) where they stand across
    y : (n,) where they stand upwards
    said : (n,) words
    colour : a colour of the theme
    more : ``sign`` (``diamond``, ``circle`` or ``square``, the last one open) for all, or ``signs`` for each; ``low``
        and ``high``, (n,) ends of intervals, that lie ``along`` ``x`` or ``y``; ``joined`` for a line through them
    """
    look: Figure = {"kind": "dots", "name": name, "x": list(x), "y": packed(y), "said": list(said), "colour": colour}
    return look | more


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
    estimates = dots(
        "estimate, with its 95% interval",
        rounded(middle),
        place[kept],
        said=[f"{label}: {x:+.2f} ({a:+.2f} to {b:+.2f})" for label, x, a, b in (rows[k] for k in kept)],
        colour=colour,
        sign="diamond",
        low=rounded(low),
        high=rounded(high),
        along="x",
    )
    own = [] if marked is None else [_own(rows[marked], place[marked : marked + 1], colour=colour)]
    names = {"at": place.tolist(), "names": [row[0] for row in rows]} | ({} if marked is None else {"marked": marked})
    span = [min(float(low.min()), 0.0) - 0.06 * reach, max(float(high.max()), 0.0) + 0.06 * reach] if rows else [-1, 1]
    return over_numbers(
        [estimates, *own],
        axes={"y": axis("", rows=names, range=[-0.6, len(rows) - 0.1])},
        title=title,
        range=span,
        zero_line=True,
    )


def _own(row: tuple[str, float, float, float], place: Float64, *, colour: str) -> Figure:
    """Return the row that the others are measured from: no interval, and a sign of its own."""
    return dots(row[0], rounded(row[1:2]), place, said=[row[0]], colour=colour, sign="square")


def rounded(values: Sequence[float] | Float64) -> list[float]:
    """Return numbers as a page carries them where they are few."""
    return [round(float(x), 6) for x in values]
