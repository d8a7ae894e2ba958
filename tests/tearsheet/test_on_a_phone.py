"""Tables and charts where there is little space: names wrap, figures stay in sight, nothing is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from markupsafe import Markup

from fedcycle.backtests.tearsheet import charts
from fedcycle.backtests.tearsheet.comparison.ranking import HEADINGS
from fedcycle.backtests.tearsheet.markup import Cell, Column, chart, fragment, heat, table
from fedcycle.backtests.tearsheet.page import document
from fedcycle.backtests.tearsheet.section import RenderedSection, Section

PHONE, DESK = 390, 1200
NAME = "rate-cycle-timing-as-of-the-note [AS OF 2025-01-12]"
RULE = "supported where the exact one-sided sign-flip test of a mean above zero has p <= 0.05, contradicted otherwise"
REASON = "the sessions end on 2025-08-29, before the window does"
# In how many places from top to bottom there are words, in the colour of ink, left of a place across.
INK = """left => {
  const canvas = document.querySelector("#chart-apart canvas"), { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height - 48);
  let runs = 0, last = -99;
  for (let y = 0; y < height - 48; y++)
    for (let x = 0; x < Math.min(left - 2, width); x++) {
      const [r, g, b, a] = data.slice(4 * (y * width + x), 4 * (y * width + x) + 4);
      if (a < 200 || Math.abs(r - 0x16) + Math.abs(g - 0x21) + Math.abs(b - 0x2c) > 30) continue;
      if (y - last > 8) runs++;
      last = y;
      break;
    }
  return runs;
}"""
BOX = "one => { const box = one.getBoundingClientRect(); return [box.left, box.right]; }"


def page(body: Markup) -> str:
    words = dict.fromkeys(("title", "description", "kicker", "heading", "question"), "words")
    place = RenderedSection("one", "One", Section("One", "One.", body))
    return document(**words, stamps=(), places=[place], sessions=np.array(["2025-05-30"], dtype="datetime64[D]"))


@pytest.fixture
def show(chromium: Any, tmp_path: Path) -> Iterator[Callable[[Markup, int], Any]]:
    tabs = []

    def open_(body: Markup, width: int) -> Any:
        path = tmp_path / "page.html"
        path.write_bytes(page(body).encode())
        tabs.append(chromium.new_page(viewport={"width": width, "height": 900}))
        tabs[-1].goto(path.as_uri())
        tabs[-1].wait_for_selector("html[data-ready]")
        assert tabs[-1].evaluate("document.documentElement.scrollWidth") == width
        return tabs[-1]

    yield open_
    for tab in tabs:
        tab.close()


def width(tab: Any, selector: str) -> float:
    left, right = tab.locator(selector).first.evaluate(BOX)
    return float(right - left)


def scrolls(tab: Any) -> bool:
    return bool(tab.eval_on_selector_all(".scroll", "all => all.some(one => one.scrollWidth > one.clientWidth)"))


def ranked() -> Markup:
    ends = "−12.3 to +12.3"
    cells = ["not distinguishable", "10.9%", ends, "+2.0", ends, "0.51", ends, "20.4%", "−56.7%", "0.21×", "$105,902"]
    rows = [{"link": None, "name": NAME, "id": "", "cells": cells, "unranked": None}] * 3
    return fragment("ranked.html", caption="Ranked", headings=HEADINGS, rows=rows, note="")


def test_a_long_row_heading_leaves_most_of_a_phone_to_the_words_beside_it(show: Callable[..., Any]) -> None:
    columns = [Column("", "text"), Column("", "text")]
    rows = [["Verdict, by a rule written down beforehand", RULE]]
    tab = show(table("Terms", columns, rows=rows, stamps=()), PHONE)
    assert width(tab, "tbody th") <= 0.45 * PHONE
    assert width(tab, "tbody td") >= 0.45 * PHONE
    assert not scrolls(tab)


def test_a_sentence_in_a_wide_table_is_not_one_word_a_line(show: Callable[..., Any]) -> None:
    columns = [Column("No.", "text"), Column("Known at", "text day"), Column("What", "text"), *[Column("Points")] * 8]
    rows = [["1", "2001-01-03", RULE, *["+12.3 to +45.6"] * 8]]
    tab = show(table("Known", columns, rows=rows, stamps=()), PHONE)
    assert width(tab, "td.text.long") >= 150


def test_prose_among_figures_wraps(show: Callable[..., Any]) -> None:
    columns = [Column("Beside", "text"), Column("Value"), Column("Note", "text")]
    tab = show(table("Beside", columns, rows=[["what would be missed", RULE, RULE]], stamps=()), DESK)
    assert not scrolls(tab)
    assert width(tab, "td.number") <= 600


def test_notes_are_told_on_a_phone_too(show: Callable[..., Any]) -> None:
    columns = [Column("Cycle", "text"), Column("small"), Column("", "note")]
    tab = show(table("Windows", columns, rows=[["2024 to 2025", "–", REASON]], stamps=()), PHONE)
    assert tab.locator("td.note").is_visible()
    assert tab.locator("td.note").inner_text() == REASON


def test_the_first_figures_of_a_ranking_are_in_sight_on_a_phone_and_its_names_stay(show: Callable[..., Any]) -> None:
    tab = show(ranked(), PHONE)
    assert tab.locator("td.number").first.evaluate(BOX)[1] <= PHONE
    tab.evaluate("document.querySelector('.scroll').scrollLeft = 300")
    assert tab.locator("tbody th").first.evaluate(BOX)[0] == pytest.approx(16, abs=1)


def test_wide_tables_fit_a_desk(show: Callable[..., Any]) -> None:
    n = 23
    rows = [(f"{k}. {NAME}", [Cell("−0.25", -0.25)] * n) for k in range(1, n + 1)]
    pairs = heat("Correlation", ["Run", *map(str, range(1, n + 1))], rows=rows, stamps=())
    assert not scrolls(show(ranked() + pairs, DESK))


@pytest.mark.parametrize(("name", "beside"), [(NAME, 0), ("recovery", 3)])
def test_names_of_intervals_leave_the_plot_its_space(show: Callable[..., Any], name: str, beside: int) -> None:
    figure = charts.whiskers([(name, 1.0, -1.0, 3.0)] * 3, title="points a year")
    tab = show(chart("apart", "Apart", figure=figure, stamps=(), height=220), PHONE)
    assert width(tab, "#chart-apart .u-over") >= 250
    # Short names stand beside their rows, long ones above them: none is left out.
    left = tab.locator("#chart-apart .u-over").evaluate(BOX)[0] - tab.locator("#chart-apart").evaluate(BOX)[0]
    assert tab.evaluate(INK, left) == beside
    assert tab.evaluate(INK, PHONE) == 3


def test_wide_tables_keep_to_the_width_of_a_printed_page(show: Callable[..., Any]) -> None:
    """A4 less its margins is 688 CSS px: what is wider makes a browser shrink the whole page."""
    ends, years = "−12.3 to +12.3 (n = 12)", [str(y)[2:] for y in range(1999, 2025)]
    columns = [Column("Choice of the run", "text"), *[Column("95% interval, all judged together")] * 9]
    many = heat("Years", ["Run", *years], rows=[(NAME, [Cell("+123.4", 1.0)] * len(years))], stamps=())
    for body in (ranked(), table("Wide", columns, rows=[["2024-09-18", *[ends] * 9]], stamps=()), many):
        tab = show(body, DESK)
        tab.set_viewport_size({"width": 688, "height": 900})
        tab.emulate_media(media="print")
        assert tab.evaluate("document.documentElement.scrollWidth") == 688
        assert width(tab, "table") <= 688
