"""Definitions on numbers: each heading of a column of figures says what it means, on every page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest

from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import definitions, page
from fedcycle.backtests.tearsheet.comparison.ranking import HEADINGS as RANKED
from fedcycle.backtests.tearsheet.definitions import definition_of, explained
from fedcycle.backtests.tearsheet.headings import HEADINGS
from fedcycle.backtests.tearsheet.markup import fragment
from fedcycle.data.market import Market

PLAIN = {
    # Of rows and days, whose words say what they are.
    *("Rank", "Run", "Statistic", "Window", "Filled on", "Decided on", "Asset", "Bought or sold", "Unit", "What it is"),
    *(
        "First cut",
        "Final cut",
        "Next hike",
        "Recession",
        "Worst window",
        "Best window",
        "Held for",
        "Left out",
        "Month",
    ),
    *("Holding", "Cycle", "Phase", "Costs", "Asked", "Answer", "First decision that fails", "Size", "Held through"),
    *(
        "Decided at the close of",
        "From",
        "To",
        "Held at its start",
        "From the close of",
        "To the close of",
        "Value",
        "",
    ),
    *("No.", "Known at the close of", "About", "What was known", "Account then held", "Key", "Question", "Benchmark"),
    *(
        "Stored as",
        "Year",
        "12 months after",
        "First to final cut",
        "Final cut to hike",
        "small against large to the end",
    ),
    *("12 months after final cut, %", "final cut to next hike, %", "First to final cut, relative wealth"),
    *("12 months after, relative wealth", "Final cut to hike, relative wealth"),
}


def undefined(html: str, names: set[str]) -> Iterator[str]:
    """Yield the headings of tables that neither say what they mean nor are words or names."""
    for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
        for attributes, text in re.findall(r'<th scope="col"([^>]*)>(.*?)</th>', table, re.DOTALL):
            heading = unescape(re.sub("<.*?>", "", text)).strip()
            if "title=" not in attributes and heading not in PLAIN | names:
                yield heading


def test_every_figure_of_a_tearsheet_says_what_it_means(run: Run, market: Market) -> None:
    html = page.render(run, replace(market, name="bundle"))
    names = {
        run.name,
        "large",
        "small",
        "mid",
        "bills",
        "bills and cash",
        "large, peak to bottom, %",
        "large a year",
        "Benchmark, large",
    }
    left = [heading for heading in undefined(html, names) if "deciles" not in heading]
    assert left == []


def test_every_figure_of_the_ranked_table_says_what_it_means() -> None:
    assert [heading for heading in RANKED if not definition_of(heading)] == ["Rank", "Run"]
    html = fragment("ranked.html", caption="", headings=[explained(heading) for heading in RANKED], rows=[], note="")
    assert list(undefined(html, set())) == []
    assert html.count("title=") == len(RANKED) - 2


def test_the_tiles_of_the_headline_have_definitions(run: Run, market: Market) -> None:
    html = page.render(run, market)
    tiles = re.findall(r'<div class="tile"><dt>(.*?)</dt>', html, re.DOTALL)
    assert len(tiles) == 8
    assert [tile for tile in tiles if "data-tip=" not in tile] == []


def test_no_table_has_two_columns_of_the_same_heading(run: Run, market: Market) -> None:
    html = page.render(run, replace(market, name="bundle"))
    for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
        heads = [unescape(re.sub("<.*?>", "", text)) for text in re.findall(r'<th scope="col".*?</th>', table)]
        assert [head for head, times in Counter(heads).items() if times > 1] == []


@pytest.mark.parametrize("heading", HEADINGS)
def test_no_heading_hides_the_definition_of_a_statistic(heading: str) -> None:
    assert definition_of(heading) == HEADINGS[heading]
    assert heading not in definitions.HEADINGS


def test_a_statistic_without_a_rule_is_defined_as_the_statistic() -> None:
    assert definition_of("Sharpe ratio without it") == definition_of("Sharpe ratio") != ""
    assert definition_of("my-run") == ""
