"""The page of a comparison: ranked, linked, one row a run; hostile names are text; nothing fails in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fedcycle.backtests.core.format import sentence
from fedcycle.backtests.inference import BenchmarkSeries, ReturnSeries, of_comparison
from fedcycle.backtests.inference.verdict import Verdict
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import comparison
from fedcycle.backtests.tearsheet.comparison import config_diff, cycles, joint_tests, ranking, weights
from fedcycle.data.market import Market

ANCHORS = [
    *("ranking", "growth", "drawdowns", "years", "rolling", "phases", "cycles", "weights", "joint-tests"),
    *("significance", "config-diff", "questions"),
]
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
    verdicts = {r.id: Verdict.read(r.summary["relative"]["verdict"]) for r in runs}
    return comparison.ComparisonInputs(runs, market, "sharpe", found, verdicts)


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


def test_nothing_on_the_page_leads_out_of_it_so_that_it_can_be_mailed(html: str) -> None:
    outside = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    assert set(re.findall(r'href="([^"#][^"]*)"', outside)) == {"data:,"}
    assert '<span title="rule-0a1b2c3d">rule</span>' in html
    assert "rule-0a1b2c3d</td>" in html.split('id="questions"')[1]


def test_a_stamp_stands_beside_the_name_of_its_run_wherever_it_is_named(html: str) -> None:
    body = html.split("<main>")[1].split("</main>")[0]
    text = re.sub(r"<script.*?</script>", "", body, flags=re.DOTALL)
    assert len(re.findall(r"\btold\b", text)) >= 5
    assert all(text[m.end() :].startswith(" [HINDSIGHT]") for m in re.finditer(r">told\b(?!-)", text))
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
        window = {"complete": lead is not None, "relative_wealth": lead, "note": None if lead is not None else "ends"}
        return {"first_cut": "2001-01-03", "recession": True, "windows": {"12m": window}}

    summary = {**field.runs[0].summary, "by_cycle": [cycle(0.21), cycle(0.0), cycle(None)]}
    section = cycles.section(replace(field, runs=(replace(field.runs[0], summary=summary),)))
    # sqrt(1.21 * 1) - 1 = 10%.
    assert "+10.0 (2)" in section.html
    assert section.finding == (
        "In the 12 months after final cuts rule led large by most, relative wealth +10.0% on average, and in one of "
        "two complete windows."
    )
    told = named(field.runs[1], "told", summary={**summary, "by_cycle": [cycle(0.5)]})
    both = (replace(field.runs[0], summary=summary), told)
    section = cycles.section(replace(field, runs=both, unranked={told.id: "it knows each final cut"}))
    assert "rule led large by most" in section.finding, "hindsight competes with nobody"
    behind = {**summary, "by_cycle": [cycle(-0.1), cycle(0.0)]}
    section = cycles.section(replace(field, runs=(replace(field.runs[0], summary=behind),)))
    assert section.finding == ("In the 12 months after final cuts no run led large on average (two complete windows).")


def test_hostile_names_are_text(field: comparison.ComparisonInputs) -> None:
    runs = (named(field.runs[0], HOSTILE), *field.runs[1:])
    html = comparison.render(replace(field, runs=runs))
    assert "<script>alert" not in html
    assert "<img" not in html


def test_in_a_browser_nothing_fails_and_nothing_is_fetched(on_a_phone: Any, undrawn: Any, html: str) -> None:
    tab, wrong = on_a_phone(html)
    assert tab.locator(".chart[data-drawn]").count() == 4
    assert undrawn(tab, "growth") == []
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    tab.close()
    assert [one for one in wrong if one != "data:,"] == []


def test_in_a_browser_every_tick_of_the_growth_axis_is_in_dollars(on_a_phone: Any, html: str) -> None:
    tab, _ = on_a_phone(html)
    said = tab.locator("#chart-growth").get_attribute("aria-description")
    tab.close()
    ticks = said.split("US dollars: ")[1].split("; ")[0].split(", ")
    assert len(ticks) > 1
    assert [tick for tick in ticks if not tick.startswith("$")] == []


def test_the_page_says_until_when_the_data_reach(field: comparison.ComparisonInputs) -> None:
    told = {"name": "small", "last": "2025-05-30", "complete_to": "2025-05-30", "events": False, "note": ""}
    runs = tuple(replace(r, summary={**r.summary, "data": [told]}) for r in field.runs)
    html = comparison.render(replace(field, runs=runs))
    assert "Data complete to: 2025-05-30 for small." in re.sub(r"<[^>]+>", "", html)


def test_every_run_is_measured_from_the_latest_first_fill(field: comparison.ComparisonInputs) -> None:
    at = 400
    late = replace(
        field.runs[0].ledger,
        trades=replace(
            field.runs[0].ledger.trades, filled_on=np.full(len(field.runs[0].ledger.trades), field.market.sessions[at])
        ),
    )
    inputs = replace(field, runs=(field.runs[0], named(field.runs[0], "late", ledger=late)))
    days = field.market.sessions
    assert inputs.sessions[:2].tolist() == [days[at].item()] * 2
    value = field.runs[0].ledger.value
    # The first filled before: what it did until then is left out. The second pays for its purchase.
    assert inputs.growth(inputs.runs[0])[[0, 1]] == pytest.approx([1.0, 1.0])
    assert inputs.growth(inputs.runs[0])[-1] == pytest.approx(value[-1] / value[at])
    assert inputs.growth(inputs.runs[1])[-1] == pytest.approx(value[-1] / value[at - 1])


def test_many_runs_are_drawn_once_a_week_with_a_key_outside_the_chart(field: comparison.ComparisonInputs) -> None:
    runs = tuple(named(field.runs[0], f"rule {k}") for k in range(23))
    found = {**field.inference, "intervals": {}, "against_benchmark": {}, "cycles": {}}
    html = comparison.render(replace(field, runs=runs, inference=found))
    assert "could not be made" not in html
    assert len(html.encode()) < 1_500_000
    assert "Drawn once a week." in html
    for name in ("growth", "drawdowns", "rolling"):
        legend = re.findall(
            rf'<div class="legend">((?:(?!</div>).)*)</div>\s*<div class="chart" id="chart-{name}"', html, re.DOTALL
        )
        assert len(legend) == 1
        assert "data-series" not in legend[0]
    assert html.count('<p class="names">') == 4, "one of weights, and one of each chart"
    # No two lines look the same.
    inputs = replace(field, runs=runs)
    assert len({tuple(inputs.look(run).items()) for run in runs}) == 23


def test_a_strip_of_weights_fills_its_height(field: comparison.ComparisonInputs) -> None:
    html = weights.section(field).html
    strips = re.findall(r"<svg[^>]*>(.*?)</svg>", html)
    assert len(strips) == 3
    for strip in strips:
        corners = [(int(x), int(y)) for x, y in re.findall(r"(\d+) (\d+)", strip)]
        assert {0, 1000} <= {x for x, _ in corners}
        assert min(y for _, y in corners) <= 1
        assert max(y for _, y in corners) == 100


def test_a_baseline_has_a_table_and_no_row_in_it(field: comparison.ComparisonInputs) -> None:
    judged = Verdict("ahead", 0.02, 0.01, 0.03, None, None, None, None)
    base, other = field.runs[0], field.runs[2]
    inputs = replace(field, baseline=base.id, against_baseline={other.id: judged}, names={other.id: "Other"})
    html = ranking.section(inputs).html
    body = html.split("Against the baseline, rule")[-1]
    assert re.findall(r'<th scope="row"[^>]*>([^<]*)</th>', body) == ["Other"]
    assert "+1.00 to +3.00" in body


def test_a_title_and_another_benchmark_are_said(field: comparison.ComparisonInputs) -> None:
    odd = named(field.runs[2], "odd", benchmark="small")
    html = comparison.render(replace(field, runs=(*field.runs[:2], odd), title="<b>Mine</b>"))
    assert "<h1>&lt;b&gt;Mine&lt;/b&gt;</h1>" in html
    assert "(odd against small)" in html


def test_many_configs_are_shown_by_what_differs_from_one(field: comparison.ComparisonInputs) -> None:
    runs = (*(named(field.runs[0], f"rule {k}") for k in range(7)), named(field.runs[1], "lagged"))
    section = config_diff.section(replace(field, runs=runs))
    assert section is not None
    rows = dict(re.findall(r'<th scope="row"[^>]*>([^<]*)</th>\s*<td[^>]*>([^<]*)</td>', section.html))
    assert rows["lagged [HINDSIGHT]"] == "execution.lag: 2"
    assert rows["rule 3"] == "all keys as this run has them"


def test_a_parameter_that_a_rule_does_not_have_is_not_listed_and_values_are_as_a_config_has_them(
    field: comparison.ComparisonInputs,
) -> None:
    other = {**field.runs[0].config, "strategy": {"class": "Other", "quiet": None, "fast": True}}
    runs = [*field.runs, *(named(field.runs[0], f"other-{k}", config=other) for k in range(6))]
    html = str(config_diff.section(replace(field, runs=tuple(runs))).html)
    assert "strategy.class: Other; strategy.quiet: null; strategy.fast: true" in html
    assert "–" not in html


def test_assets_of_a_strip_can_be_told_apart(field: comparison.ComparisonInputs, market: Market) -> None:
    colours = {weights.colour_of(name, k, market) for k, name in enumerate(market.assets)}
    assert len(colours) == min(len(market.assets), 10)


def test_a_run_with_a_benchmark_of_its_own_has_the_interval_against_that(field: comparison.ComparisonInputs) -> None:
    odd = named(field.runs[2], "odd", benchmark="small")
    judged = Verdict("behind", -0.02, -0.031, -0.011, None, None, None, None)
    inputs = replace(field, runs=(*field.runs[:2], odd), verdicts={odd.id: judged})
    row = ranking.section(inputs).html.split('title="odd-0a1b2c3d"')[1].split("</tr>")[0]
    assert "behind (small)" in row
    assert "−3.10 to −1.10" in row
    assert "odd (against small)" in ranking.section(inputs).html


def test_the_page_has_one_kind_of_interval_around_the_active_return(field: comparison.ComparisonInputs) -> None:
    """That of the verdict, in the table, the chart and the significance; a run that is ahead alone has a sentence."""
    first = field.runs[0]
    judged = Verdict("not distinguishable", 0.012, -0.0044, 0.0284, None, None, None, None)
    why = "by itself it is ahead (+0.10 to +2.30 pp); of several looked at, one in twenty is so by chance"
    against = {first.id: {"cagr": {"difference": 0.012, "low": -0.0044, "high": 0.0284, "note": why}}}
    html = comparison.render(
        replace(field, verdicts={first.id: judged}, inference={**field.inference, "against_benchmark": against})
    )
    assert html.count("−0.44 to +2.84") == 3  # the finding, the ranked row, the significance
    assert "rule: by itself it is ahead" in html
    assert "judged alone" not in html


def test_a_name_keeps_its_letters_at_the_front_of_a_sentence() -> None:
    assert sentence("eTF has 40 sessions", ["eTF"]) == "eTF has 40 sessions."
    assert sentence("two runs are ahead", ["t", "two-runs"]) == "Two runs are ahead."


def test_every_column_of_a_map_says_what_it_is(html: str) -> None:
    for table in re.findall(r'<table class="heat.*?</table>', html, re.DOTALL):
        first, *others = re.findall(r'<th scope="col"[^>]*>', table)
        assert "title=" not in first
        assert [heading for heading in others if "title=" not in heading] == []
    assert len(re.findall(r'<table class="heat', html)) == 6
