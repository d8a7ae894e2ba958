"""Findings, tables and charts against numbers worked by hand on six sessions.

small 100 120 90 90 99 108, large 100 100 110 110 99 99; the run holds small from the first close on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fedcycle.backtests.analysis import holdings as account
from fedcycle.backtests.core import format as wording
from fedcycle.backtests.inference.verdict import Verdict
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts, cycle_shading
from fedcycle.backtests.tearsheet.sections import (
    calendar,
    cycle,
    drawdowns,
    growth,
    headline,
    provenance,
    statistics,
    weights,
)
from fedcycle.data.market import Market

from ..chart_columns import unpacked


def test_growth_says_what_became_of_the_money_and_of_the_benchmark(six: Run, six_market: Market) -> None:
    # 108 / 99 - 1 = 9.1%; ahead of 100, 110, 110, 99, 99 at the closes of 120, 99 = 99 (level), 108: two of five.
    assert growth.section(six, six_market).finding == (
        "$100 became $108, 9.1% more than the $99.00 of large; the account was worth more at 40% of the closes."
    )


def test_drawdowns_names_the_deepest_fall_and_that_it_was_not_recovered(six: Run, six_market: Market) -> None:
    # From 120 to 90; large fell from 110 to 99. 108 is still below 120.
    section = drawdowns.section(six, six_market)
    assert section.finding == (
        "The worst loss was 25.0%, from 2001-01-03 to 2001-01-04, not recovered by the end; large lost 10.0% at worst."
    )
    # large rose 10% from 2001-01-03 to 01-04; one day to the bottom; six days from 01-03 to 01-09 and counting.
    cells = re.findall(r"<t[hd] [^>]*>([^<]*)</t[hd]>", section.html.split("<tbody>")[1])
    assert cells == ["1", "−25.0%", "10.0%", "2001-01-03", "2001-01-04", "not yet", "1", "6+"]


def test_the_worst_drawdowns_come_deepest_first_and_end_where_the_peak_is_reached_again() -> None:
    value = np.array([100.0, 90.0, 100.0, 120.0, 60.0, 90.0, 120.0, 114.0])
    falls = account.worst_drawdowns(value, 2)
    assert [(f.peak, f.bottom, f.recovered, round(f.depth, 9)) for f in falls] == [(3, 4, 6, -0.5), (0, 1, 2, -0.1)]


def test_cycle_gives_the_end_of_small_against_large(six: Run, six_market: Market) -> None:
    # (108 / 99) / (100 / 100) - 1 = 9.1%; the one cut is not over.
    assert cycle.section(six, six_market).finding == (
        "Small ended +9.1% against large since the run's first fill; of one easing cycle none has a complete 12-month "
        "window yet."
    )


def test_weights_are_those_at_each_close(six: Run, six_market: Market) -> None:
    ledger = replace(six.ledger, holdings=np.array([[0.5, 0.0, 0.0, 0.0]]), cash=np.full(6, 50.0))
    ledger = replace(ledger, value=50.0 + 0.5 * six_market.prices[:, 0])
    names, held = account.weights_at_close(replace(six, ledger=ledger), six_market)
    assert names == ("small", "mid", "large", "bills", "uninvested cash")
    assert held[1] == pytest.approx([60 / 110, 0, 0, 0, 50 / 110])
    assert held.sum(axis=1) == pytest.approx(np.ones(6))


def test_weights_says_the_average_holding_the_turnover_and_the_decisions(six: Run, six_market: Market) -> None:
    summary = {"statistics": {"turnover_per_year": 0.5}}
    assert weights.section(replace(six, summary=summary), six_market).finding == (
        "On average the account held 100.0% small and turned over 0.50 times its value a year; "
        "1 of 1 decision set new targets."
    )


def test_decisions_that_ask_for_the_same_again_are_no_changes(six: Run, six_market: Market) -> None:
    targets = np.array([[1.0, 0, 0, 0], [1.0, 0, 0, 0], [0, 0.25, 0.5, 0]])
    ledger = replace(six.ledger, decided_on=six_market.sessions[:3], targets=targets)
    section = weights.section(replace(six, ledger=ledger), six_market)
    assert "2 of 3 decisions set new targets" in section.finding
    cells = re.findall(r"<t[hd] [^>]*>([^<]*)</t[hd]>", section.html.split("<tbody>")[1])
    assert cells == [
        "2001-01-04",
        "100% small",
        "50% large, 25% mid and 25% uninvested cash",
        "2001-01-02",
        "",
        "100% small",
    ]


def test_headline_is_the_verdict_with_its_interval_and_what_one_year_and_one_cycle_made(
    six: Run, six_market: Market
) -> None:
    verdict = Verdict("not distinguishable", 0.011, -0.004, 0.026, "2020", 0.9, "2019-07 to 2022-03", 1.0)
    own = {"cagr": 0.101, "sharpe": 0.45}
    relative = {"excess_cagr": 0.012, "verdict": verdict.plain()}
    section = headline.section(replace(six, summary={"statistics": own, "relative": relative}), six_market)
    assert section.finding == (
        "Not distinguishable from large: active return +1.10 pp a year (95% interval \u22120.40 to +2.60); "
        "by year, 2020 made +0.90 of +1.10 pp; by easing cycle, 2019-07 to 2022-03 made +1.00."
    )
    # large: +10% on the second return and -10% on the third, otherwise flat: mean 0, so its Sharpe ratio is 0.
    assert (
        "Annualised return 10.10% against 8.90% for large (+1.20 pp), Sharpe ratio 0.45 against 0.00." in section.html
    )
    assert "Better" not in section.finding + section.html


def test_a_run_stored_without_a_verdict_says_so(six: Run, six_market: Market) -> None:
    summary = {"statistics": {"cagr": 0.101}, "relative": {"excess_cagr": 0.012}}
    assert headline.section(replace(six, summary=summary), six_market).finding == (
        "No verdict against large: this run was stored without one; run it again."
    )


def test_a_calendar_year_counts_only_if_the_run_has_it_whole(judge: Callable[..., Run], six: Run) -> None:
    # Its base is the last close of the year before: 2001 has one, 2000 does not, and 2002 has not ended.
    sessions = np.array(["2000-12-29", "2001-01-02", "2001-06-29", "2001-12-31", "2002-01-02"], dtype="datetime64[D]")
    prices = np.ones((5, 4))
    market = Market("year", sessions, ("small", "mid", "large", "bills"), prices)
    ledger = replace(six.ledger, sessions=sessions, value=np.array([100.0, 100.0, 110.0, 150.0, 150.0]))
    run = replace(six, ledger=ledger, benchmark_value=np.array([100.0, 80.0, 80.0, 120.0, 100.0]))
    # 150 / 100 less 120 / 100.
    assert calendar.yearly_leads(run, market) == {"2001": pytest.approx(0.3)}


def test_statistics_counts_cycles_and_complete_windows_and_averages_only_those(six: Run, six_market: Market) -> None:
    def seen(own: float | None, other: float | None) -> dict[str, object]:
        if own is None or other is None:
            return {"complete": False, "note": "the run ends on 2001-01-09, before the window's end"}
        wealth = (1 + own) / (1 + other) - 1
        return {"return": own, "benchmark_return": other, "relative_wealth": wealth, "complete": True, "note": None}

    by_cycle = [
        {"first_cut": "1998-09-29", "recession": False, "windows": {"12m": seen(0.10, 0.10)}},
        {"first_cut": "2001-01-03", "recession": True, "windows": {"12m": seen(0.32, 0.20)}},
        {"first_cut": "2024-09-18", "open": True, "recession": False, "windows": {"12m": seen(None, None)}},
    ]
    summary = {"statistics": {"sharpe": 0.45, "volatility": 0.169}, "by_cycle": by_cycle}
    section = statistics.section(replace(six, summary=summary), six_market)
    assert section.finding == (
        "A Sharpe ratio of 0.45 at a volatility of 16.9% a year; since 2001 there are three easing cycles, two with a "
        "complete 12-month window, and the run beat large in one of them."
    )
    # (10% + 32%) / 2, and the geometric mean of 1.1 / 1.1 and 1.32 / 1.2: sqrt(1.1) - 1 = 4.88%.
    assert "+21.0% (n = 2)" in section.html
    assert ">+4.9%<" in section.html
    assert ">open<" in section.html


def test_statistics_shows_every_number_with_its_unit(six: Run, six_market: Market) -> None:
    own = {"cagr": 0.0971, "max_drawdown": -0.5512, "beta": 1.0234, "costs_usd": 12345.6, "trades": 1204}
    html = statistics.section(replace(six, summary={"statistics": own}), six_market).html
    for shown in ("9.71%", "−55.12%", "1.02", "$12,346", "1,204", "% per year", "US dollars", "fills"):
        assert f">{shown}</td>" in html
    # The benchmark's own maximum drawdown: 99 / 110 - 1.
    assert ">−10.00%</td>" in html


def test_provenance_names_digest_and_command_and_shows_the_config_as_stored(six: Run, six_market: Market) -> None:
    section = provenance.section(six, six_market)
    assert section.finding == (
        f"This account of $1,000,000 with 1 decision and 1 fill was made by the backtrader engine from market six "
        f"({six_market.digest[:19]}…); the same inputs make the same bytes."
    )
    assert "fedcycle run rate-cycle-timing" in section.html
    assert "name: rate-cycle-timing\nbenchmark: large" in section.html
    assert "5e0f" * 16 in section.html


def test_the_headline_tells_vintage_idealisation_costs_and_idle_cash(six: Run, six_market: Market) -> None:
    html = headline.section(replace(six, benchmark="french"), six_market).html
    assert "vintage: french 2025-05" in html
    assert "Portfolios are idealised: index-like, held without fees or taxes" in html
    # A user's own files are no portfolios of the library, whatever they are called.
    mine = {**six.provenance, "market": {"own": list(six_market.assets)}}
    assert "idealised" not in headline.section(replace(six, benchmark="french", provenance=mine), six_market).html
    assert "5.0 bp of traded value a side" in html
    assert 'Uninvested cash</span></dt><dd class="value">0.00%' in html


def test_a_chart_holds_the_values_of_the_run(six: Run, six_market: Market) -> None:
    html = growth.section(six, six_market).html
    figure = json.loads(re.findall(r'class="chart-data"[^>]*>(.*?)</script>', html)[0])
    values = {one["name"]: unpacked(one["y"]) for one in figure["series"]}
    assert values["rate-cycle-timing"] == pytest.approx([100, 120, 90, 90, 99, 108])
    assert values["large"] == pytest.approx([100, 100, 110, 110, 99, 99])
    assert {one.get("dash", "solid") for one in figure["series"]} == {"solid", "dash"}


def test_a_calendar_is_its_first_day_and_the_steps_after_it() -> None:
    days = np.array(["1970-01-03", "1970-01-05", "1970-01-06"], dtype="datetime64[D]")
    assert charts.calendar(days) == [2, 2, 1]


def test_cycles_are_shaded_as_the_fed_cut(run: Run, market: Market) -> None:
    assert [
        (str(e.first_cut), str(e.final_cut), str(e.over), e.open) for e in cycle_shading.shaded_periods(run, market)
    ] == [
        ("1998-09-29", "1998-11-17", "1999-06-30", False),
        ("2001-01-03", "2003-06-25", "2004-06-30", False),
        ("2007-09-18", "2008-12-16", "2015-12-16", False),
        ("2019-07-31", "2020-03-15", "2022-03-16", False),
        ("2024-09-18", "2024-12-18", "2025-05-30", True),
    ]
    assert [e.label for e in cycle_shading.shaded_periods(run, market)] == [
        "1998",
        "2001–03",
        "2007–08",
        "2019–20",
        "2024",
    ]


def test_recessions_run_from_the_month_after_the_peak_through_the_trough(market: Market) -> None:
    spans = [(str(a), str(b)) for a, b in cycle_shading.recessions(market)]
    assert spans[1:] == [("2001-04-01", "2001-11-30"), ("2008-01-01", "2009-06-30"), ("2020-03-01", "2020-04-30")]


def test_shading_stays_inside_the_run(run: Run, market: Market) -> None:
    first, last = str(run.ledger.sessions[0]), str(run.ledger.sessions[-1])
    for band in cycle_shading.bands(run, market):
        assert first <= band["x0"] <= band["x1"] <= last


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (wording.percent(0.0512), "5.1%"),
        (wording.percent(-0.0004), "0.0%"),
        (wording.percent(16.0471, 2), "1,605%"),
        (wording.points(-0.012), "−1.2"),
        (wording.pp(-0.012), "−1.2 pp"),
        (wording.signed(0.0), "0.00"),
        (wording.dollars(-1234.5), "−$1,234"),
        (wording.dollars(99.5), "$99.50"),
        (wording.percent(float("nan")), "–"),
        (wording.dollars(None), "–"),
        (wording.count(1, "cycle"), "one cycle"),
        (wording.count(27, "year"), "27 years"),
        (wording.listing(["a", "b", "c"]), "a, b and c"),
        (wording.day(np.datetime64("NaT", "D")), "–"),
    ],
)
def test_numbers_are_worded_with_unit_sign_and_sensible_digits(shown: str, said: str) -> None:
    assert shown == said


@pytest.mark.parametrize(
    ("leads", "said"),
    [
        # Under 0.05 pp a phase reads 0.0: neither best nor worst.
        ({"easy": 0.0004, "hiking": -0.0004}, "By phase of the Fed's cycle: level with large in all."),
        (
            {"easy": 0.031, "hiking": -0.002},
            "best in easy phases (+3.1 pp a year), worst in hiking phases (−0.2 pp a year)",
        ),
        ({"easy": 0.031, "hiking": 0.0}, "best in easy phases (+3.1 pp a year), behind in none"),
        ({"easy": 0.0, "hiking": -0.01}, "ahead in none, worst in hiking phases (−1.0 pp a year)"),
        (
            {"easy": -0.013, "hiking": -0.143},
            "behind in all, least in easy phases (−1.3 pp a year), most in hiking phases",
        ),
        ({"easy": 0.02, "hiking": 0.01}, "ahead in all, most in easy phases (+2.0 pp a year), least in hiking phases"),
    ],
)
def test_headline_calls_no_phase_the_best_that_reads_nothing_or_is_behind(
    six: Run, six_market: Market, leads: dict[str, float], said: str
) -> None:
    phases = {name: {"return_per_year": 0.05 + lead, "benchmark_return_per_year": 0.05} for name, lead in leads.items()}
    html = headline.section(replace(six, summary={"by_phase": phases}), six_market).html
    assert said.replace("'", "&#39;") in html


def test_an_attribution_of_nothing_is_a_whole_sentence(six: Run, six_market: Market) -> None:
    found = {"active_return": 0.0, "unit": "fraction per year", "by_asset": [], "parts": {"costs": -1e-6}}
    summary = {"relative": {"attribution": found}}
    html = headline.section(replace(six, summary=summary), six_market).html
    assert "Active return of 0.00 pp a year against large: no part reads 0.01 pp or more." in html
