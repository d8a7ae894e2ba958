"""The page of a comparison: ranked, linked, one row a run; hostile names are text; nothing fails in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests.inference import BenchmarkSeries, ReturnSeries, of_comparison
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import comparison
from fedcycle.backtests.tearsheet.comparison import config_diff, cycles, joint_tests
from fedcycle.data.market import Market

ANCHORS = ["ranking", "growth", "cycles", "significance", "joint-tests", "config-diff"]
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def named(run: Run, name: str, **over: Any) -> Run:
    return replace(run, id=f"{name}-0a1b2c3d", name=name, **over)


@pytest.fixture(scope="module")
def field(run: Run, market: Market) -> comparison.ComparisonInputs:
    """Three runs: the rule, the same told the future, and one that holds its benchmark."""
    config = {**run.config, "execution": {**run.config["execution"], "lag": 2}}
    held = replace(run.ledger, value=run.benchmark_value)
    runs = (
        named(run, "rule"),
        named(run, "told", stamps=("HINDSIGHT",), config=config),
        named(run, "benchmark", ledger=held),
    )
    benchmark_series = BenchmarkSeries.of(market, run.ledger, name="large", value=run.benchmark_value)
    found = of_comparison(
        [ReturnSeries(r.id, r.name, r.ledger.value, r.summary["by_cycle"]) for r in runs], benchmark_series
    )
    return comparison.ComparisonInputs(runs, market, "sharpe", found, {runs[0].id: "../runs/rule%201/tearsheet.html"})


@pytest.fixture(scope="module")
def html(field: comparison.ComparisonInputs) -> str:
    return comparison.render(field)


def test_every_section_is_there_with_a_finding(html: str) -> None:
    assert re.findall(r'<section id="([\w-]+)"', html) == ANCHORS
    assert "could not be made" not in html
    findings = re.findall(r'<p class="finding">(.*?)</p>', html)
    assert len(findings) == len(ANCHORS)
    assert not any("nan" in finding or "None" in finding for finding in findings)


def test_two_renders_are_the_same_bytes(field: comparison.ComparisonInputs, html: str) -> None:
    assert comparison.render(field) == html


def test_a_run_leads_to_its_tearsheet_and_one_without_is_plain_text(html: str) -> None:
    assert '<a href="../runs/rule%201/tearsheet.html" title="rule-0a1b2c3d">rule</a>' in html
    assert html.count('class="text"><a ') == 1


def test_a_stamp_stands_beside_the_name_of_its_run_wherever_it_is_named(html: str) -> None:
    body = html.split("<main>")[1].split("</main>")[0]
    text = re.sub(r"<script.*?</script>", "", body, flags=re.DOTALL)
    assert len(re.findall(r"\btold\b", text)) >= 5
    assert all(text[m.end() :].startswith(" [HINDSIGHT]") for m in re.finditer(r">told\b", text))
    assert "Its figures are an upper bound" in html


def test_only_keys_that_differ_are_shown(field: comparison.ComparisonInputs) -> None:
    section = config_diff.section(field)
    assert section is not None
    assert re.findall(r'<th scope="row"[^>]*>([^<]*)</th>', section.html) == ["execution.lag"]
    assert section.finding.startswith("One key of ")


def test_correlations_are_those_of_the_definition_and_a_still_run_has_none() -> None:
    active = np.array([[0.1, -0.1, 0.2, -0.2], [0.2, -0.2, 0.4, -0.4], [-0.1, 0.1, -0.2, 0.2], [0.0, 0.0, 0.0, 0.0]])
    found = joint_tests.correlations(active)
    assert found[0, 1] == pytest.approx(1.0)
    assert found[0, 2] == pytest.approx(-1.0)
    assert np.isnan(found[3]).all()


def test_averages_over_cycles_come_with_their_number(
    field: comparison.ComparisonInputs, judge: Callable[..., Run]
) -> None:
    def cycle(lead: float | None) -> dict[str, Any]:
        window = {"complete": lead is not None, "excess_return": lead, "note": None if lead is not None else "ends"}
        return {"first_cut": "2001-01-03", "recession": True, "windows": {"12m": window}}

    summary = {**field.runs[0].summary, "by_cycle": [cycle(0.10), cycle(-0.04), cycle(None)]}
    section = cycles.section(replace(field, runs=(replace(field.runs[0], summary=summary),)))
    # (10 - 4) / 2 = 3.
    assert "+3.0 (2)" in section.html
    assert section.finding == (
        "In the 12 months after final cuts rule led large most, +3.0 points on average, and in one of two complete "
        "windows."
    )


def test_hostile_names_are_text(field: comparison.ComparisonInputs) -> None:
    runs = (named(field.runs[0], HOSTILE), *field.runs[1:])
    html = comparison.render(replace(field, runs=runs, links={}))
    assert "<script>alert" not in html
    assert "<img" not in html


def test_in_a_browser_nothing_fails_and_nothing_is_fetched(on_a_phone: Any, html: str) -> None:
    tab, wrong = on_a_phone(html)
    assert tab.locator(".chart[data-drawn]").count() == 2
    assert tab.locator("#chart-growth .scatterlayer .trace").count() == 7
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    tab.close()
    assert [one for one in wrong if one != "data:,"] == []


def test_in_a_browser_every_tick_of_the_growth_axis_is_in_dollars(on_a_phone: Any, html: str) -> None:
    tab, _ = on_a_phone(html)
    ticks = tab.locator("#chart-growth .ytick text").all_text_contents()
    tab.close()
    assert len(ticks) > 1
    assert [tick for tick in ticks if not tick.startswith("$")] == []


def test_the_page_says_until_when_the_data_reach(field: comparison.ComparisonInputs) -> None:
    told = {"name": "small", "last": "2025-05-30", "complete_to": "2025-05-30", "events": False, "note": ""}
    runs = tuple(replace(r, summary={**r.summary, "data": [told]}) for r in field.runs)
    html = comparison.render(replace(field, runs=runs))
    assert "Data complete to: 2025-05-30 for small." in html
