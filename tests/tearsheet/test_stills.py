"""Charts as pictures: lines where their values are, extremes kept, ticks that can be read."""

from __future__ import annotations

import re

import numpy as np
import pytest

from fedcycle.backtests.tearsheet import charts, stills

DAYS = np.datetime64("2001-01-01") + np.arange(5)


def picture(values: list[float], *, log: bool = False, **axis: object) -> str:
    line = charts.line("account", np.array(values), colour="--own", level=log)
    figure = charts.over_time([line], axes={"y": charts.axis("", **axis)})
    return str(stills.still(figure, sessions=DAYS[: len(values)], log=log))


def points(html: str) -> list[tuple[int, int]]:
    """Return the corners of the one line of a picture, from its whole steps."""
    path = next(d for d in re.findall(r'<path d="([^"]*)"', html) if "l" in d)
    x = y = 0
    found = []
    for kind, across, down in re.findall(r"([Ml])(-?\d+) (-?\d+)", path):
        x, y = (int(across), int(down)) if kind == "M" else (x + int(across), y + int(down))
        found.append((x, y))
    return found


def test_a_line_stands_where_its_values_are() -> None:
    # The range 100 to 200 has 5% of margin on both sides: 110 units, of 1000 places; 100 is 5 units from the bottom.
    at = {100.0: 1000 - 1000 * 5 / 110, 150.0: 500.0, 200.0: 1000 * 5 / 110}
    found = points(picture([100.0, 200.0, 150.0]))
    assert [x for x, _ in found] == [0, 500, 1000]
    assert [y for _, y in found] == pytest.approx([at[100.0], at[200.0], at[150.0]], abs=1)


def test_a_logarithmic_axis_gives_equal_growth_equal_distance() -> None:
    heights = [y for _, y in points(picture([1.0, 10.0, 100.0], log=True))]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=1)


def test_a_gap_stays_a_gap() -> None:
    html = picture([1.0, 2.0, np.nan, 2.0, 1.0])
    assert re.search(r'd="M[^"Ml]*l[^"M]*M[^"Ml]*l[^"M]*"', html)


def test_the_extremes_of_27_years_are_in_the_picture() -> None:
    values = np.cumsum(np.random.default_rng(3).normal(size=7_000))
    days = np.datetime64("1998-01-01") + np.arange(7_000)
    figure = charts.over_time([charts.line("a", values, colour="--own")], axes={"y": charts.axis("")})
    html = str(stills.still(figure, sessions=days, log=False))
    heights = [y for _, y in points(html)]
    assert max(heights) == pytest.approx(1000 - 1000 * 0.05 / 1.1, abs=1)
    assert min(heights) == pytest.approx(1000 * 0.05 / 1.1, abs=1)
    assert len(html) < 12_000


def test_ticks_are_round_numbers_with_their_unit() -> None:
    assert re.findall(r'class="tick"[^>]*>([^<]*)<', picture([-50.0, 100.0], suffix="%")) == [
        "−50%",
        "0%",
        "50%",
        "100%",
    ]
    assert "$2M" in picture([1e6, 3e6], log=True, prefix="$")
