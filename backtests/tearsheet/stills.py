"""Charts over time as pictures that need no script: lines as SVG, names and ticks as text, colours of the theme.

They stand where a chart is drawn once scripts run, for mail previewers and for the moment before. The drawing is
stretched to its place, so words are HTML beside it, placed in percent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.tearsheet.charts import SESSIONS, Figure
from fedcycle.backtests.tearsheet.markup import DASHES, fragment
from fedcycle.data.typing import Days, Float64, Int64

SIZE = 1000
"""Units of the drawing, both ways."""
COLUMNS = 300
"""Places across at which a line is drawn, at its lowest and at its highest there."""
FOOT = 22
"""Units of the strip at the foot."""
TICKS = 4


@dataclass(frozen=True)
class Panel:
    """One value axis: where it stands, and what it spans.

    Parameters
    ----------
    top, bottom : places in the drawing
    low, high : values at the bottom and at the top, logarithms where ``log``
    log : whether it is logarithmic
    prefix, suffix : what stands around a tick's number
    """

    top: float
    bottom: float
    low: float
    high: float
    log: bool
    prefix: str
    suffix: str

    def place(self, values: Float64) -> Float64:
        """Return where values stand, (n,) units from the top; NaN where they do not exist."""
        shown = np.log10(np.where(values > 0, values, np.nan)) if self.log else values
        share = (shown - self.low) / ((self.high - self.low) or 1.0)
        return np.asarray(self.bottom - share * (self.bottom - self.top))

    def ticks(self) -> list[tuple[float, str]]:
        """Return the place and the text of each tick."""
        if self.log:
            decades = range(math.floor(self.low), math.ceil(self.high) + 1)
            values = [m * 10.0**k for k in decades for m in (1, 2, 5) if self.low <= math.log10(m * 10.0**k)]
            values = [x for x in values if math.log10(x) <= self.high]
        else:
            step = nice((self.high - self.low) / TICKS)
            first = math.ceil(self.low / step - 1e-9)
            values = [k * step for k in range(first, math.floor(self.high / step + 1e-9) + 1)]
        places = self.place(np.array(values)).tolist()
        return [(y / SIZE, f"{self.prefix}{short(x)}{self.suffix}") for y, x in zip(places, values, strict=True)]


def still(figure: Figure, *, sessions: Days, log: bool) -> Markup:
    """Return a figure over time as a picture.

    Parameters
    ----------
    figure : as ``charts.over_time`` makes it
    sessions : (T,) the days of the calendar that charts share
    log : whether the first value axis is logarithmic
    """
    calendars = {SESSIONS: sessions} | {name: _days(steps) for name, steps in figure["calendars"].items()}
    drawn = [one for one in figure["series"] if one["kind"] == "line" and len(calendars[one["x"]])]
    ends = [day for trace in drawn for day in calendars[trace["x"]][[0, -1]]] or [*sessions[[0, -1]]]
    first, last = min(ends), max(ends)
    panels = _panels(figure["panels"], drawn, log=log)
    lines = [_line(one, panels[one.get("panel", "y")], x=_across(calendars[one["x"]], (first, last))) for one in drawn]
    ticks = [tick for panel in panels.values() for tick in panel.ticks()]
    return fragment(
        "still.html",
        bands=_bands(figure["bands"], (first, last)),
        lines=lines,
        ticks=[{"top": f"{100 * y:.1f}%", "y": round(SIZE * y), "text": text} for y, text in ticks],
        years=_years(first, last),
    )


def _panels(axes: Mapping[str, Any], drawn: Sequence[Figure], *, log: bool) -> dict[str, Panel]:
    panels = {}
    for name, axis in axes.items():
        low, high = axis.get("domain", (0.0, 1.0))
        mine = [one for one in drawn if one.get("panel", "y") == name]
        zero = axis.get("from_zero", False) or any(one.get("fill") == "zero" for one in mine)
        upright = log and name == "y"
        least, most = _span([one["y"].made_from for one in mine], log=upright, zero=zero)
        top, bottom = SIZE * (1 - high), SIZE * (1 - low)
        panels[name] = Panel(top, bottom, least, most, upright, axis.get("prefix", ""), axis.get("suffix", ""))
    return panels


def _span(columns: Sequence[Float64], *, log: bool, zero: bool) -> tuple[float, float]:
    """Return what an axis spans: its values with a little margin, and 0 where areas stand on it."""
    known = np.concatenate([c[np.isfinite(c)] for c in columns]) if columns else np.empty(0)
    known = np.log10(known[known > 0]) if log else np.append(known, 0.0) if zero else known
    if not known.size:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    margin = 0.05 * (high - low) or 0.5
    return low - (0.0 if zero and low == 0 else margin), high + (0.0 if zero and high == 0 else margin)


def _across(days: Days, ends: tuple[Any, Any]) -> Float64:
    """Return where days stand across the drawing, (n,) units."""
    whole = max(int((ends[1] - ends[0]).astype(np.int64)), 1)
    return np.asarray(SIZE * (days - ends[0]).astype(np.int64) / whole)


def _line(one: Figure, panel: Panel, *, x: Float64) -> dict[str, Any]:
    y = panel.place(one["y"].made_from)
    kept = _telling(x, y)
    path = _path(x[kept], y[kept])
    area = ""
    if one.get("fill") == "zero" and path and not panel.log:
        zero = round(float(panel.place(np.zeros(1))[0]))
        known = kept[np.isfinite(y[kept])]
        area = f"{path}V{zero}H{round(float(x[known[0]]))}Z"
    return {
        "path": path,
        "area": area,
        "fill": one.get("fill_colour", ""),
        "colour": one["colour"],
        "width": one["width"],
        "dash": DASHES.get(one.get("dash", ""), ""),
    }


def _telling(x: Float64, y: Float64) -> Int64:
    """Return the rows of a line that are drawn: the lowest and the highest of each place across, and gaps."""
    place = np.minimum((x * COLUMNS / SIZE).astype(np.int64), COLUMNS - 1)
    order = np.lexsort((y, place))  # NaN sorts last within a place
    at = place[order]
    first = np.flatnonzero(np.diff(at, prepend=-1))
    many = np.add.reduceat(np.isfinite(y[order]).astype(np.int64), first)
    low, high = order[first], order[first + np.maximum(many - 1, 0)]
    return np.unique(np.concatenate([[0], low, high, [len(x) - 1]])).astype(np.int64)


def _path(x: Float64, y: Float64) -> str:
    """Return a line as an SVG path of whole steps, begun anew after each missing value."""
    parts, here = [], None
    for across, down in zip(np.rint(x).astype(int).tolist(), y.tolist(), strict=True):
        if not math.isfinite(down):
            here = None
            continue
        place = (across, round(down))
        parts.append(f"M{place[0]} {place[1]}" if here is None else f"l{place[0] - here[0]} {place[1] - here[1]}")
        here = place
    return "".join(parts)


def _bands(bands: Sequence[Figure], ends: tuple[Any, Any]) -> list[dict[str, Any]]:
    """Return shaded spans, and the marks of single days as thin ones."""
    drawn = []
    for band in bands:
        left, right = (
            float(x) for x in _across(np.array([band["x0"], band["x1"]], dtype="datetime64[D]"), ends).clip(0, SIZE)
        )
        height = FOOT if band.get("at") == "foot" else SIZE
        drawn.append(
            {
                "x": round(left, 1),
                "width": 1.5 if band.get("mark") else round(right - left, 1),
                "y": SIZE - height,
                "height": height,
                "fill": band["colour"],
            }
        )
    return drawn


def _years(first: Any, last: Any) -> list[dict[str, str]]:
    """Return the years to write below, at most eight, each where it begins."""
    begin, end = (int(day.astype("datetime64[Y]").astype(np.int64)) + 1970 for day in (first, last))
    step = max(1, math.ceil((end - begin) / 8))
    years = [year for year in range(begin + 1, end + 1) if year % step == 0] or [end]
    days = np.array([f"{year}-01-01" for year in years], dtype="datetime64[D]")
    places = _across(days, (first, last)).clip(0, SIZE) / SIZE
    return [
        {"left": f"{100 * x:.1f}%", "text": str(year)}
        for year, x in zip(years, places.tolist(), strict=True)
        if x < 0.97 or len(years) == 1
    ]


def _days(steps: Sequence[int]) -> Days:
    return np.asarray(np.cumsum(steps).astype("datetime64[D]"))


def nice(step: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> nice(0.3), nice(7.0), nice(0.0)
    (0.5, 10.0, 1.0)
    """
    if step <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= step * (1 - 1e-9))


def short(value: float) -> str:
    """Return a tick's number: thousands and millions by letter, a true minus, no digits that say nothing.

    Examples
    --------
    >>> short(2_000_000.0), short(-0.5), short(1000.0), short(-20.0)
    ('2M', '−0.5', '1k', '−20')
    """
    size, letter = next(((s, x) for s, x in ((1e9, "B"), (1e6, "M"), (1e3, "k")) if abs(value) >= s), (1.0, ""))
    return f"{value / size:.6g}".replace("-", "−") + letter
