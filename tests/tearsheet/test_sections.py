"""The sections on risk, calendar, rates, trades, costs, cycles and chance, against numbers worked by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from fedcycle.backtests.analysis import cycle_timeline, holding_periods, rolling_regression
from fedcycle.backtests.core.fed_cycles import easing_cycles
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.tearsheet import charts, cycle_chart, warnings
from fedcycle.backtests.tearsheet.sections import (
    calendar,
    costs,
    easings,
    headline,
    inference,
    phases,
    rates,
    rolling,
    statistics,
    trades,
)
from fedcycle.data.market import Market
from fedcycle.data.series import Series, Unit


def days(*values: str) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    return np.array(values, dtype="datetime64[D]")


def cells(html: str) -> list[str]:
    return re.findall(r"<t[hd] [^>]*>([^<]*)</t[hd]>", html.split("<tbody>")[1].split("</tbody>")[0])


def test_relative_strength_is_the_return_of_a_window_less_the_benchmarks() -> None:
    lead = rolling.lead_over_window(np.array([100.0, 50.0, 110.0, 0.0]), np.array([100.0, 100.0, 105.0, 105.0]), 2)
    # 110/100 - 105/100; then 0/50 - 105/100 = -1 + 1 - 1.05.
    assert lead.tolist() == [pytest.approx(np.nan, nan_ok=True)] * 2 + [pytest.approx(0.05), pytest.approx(-1.05)]


def test_a_run_shorter_than_a_window_says_how_much_is_missing(six: Run, six_market: Market) -> None:
    assert rolling.section(six, six_market).finding == "The run has 6 sessions; a window of 252 returns needs 253."


def test_a_month_that_the_run_does_not_cover_whole_has_no_figure(six: Run, six_market: Market) -> None:
    section = calendar.section(six, six_market)
    assert section.finding == "The run of 6 sessions covers no whole calendar month."
    row = re.findall(r"<td[^>]*>([^<]*)</td>", section.html.split("<tbody>")[1].split("</tbody>")[0])
    # 108/100 and 99/100 since the first close: the year to date, marked.
    assert row == [""] * 12 + ["+8.0*", "−1.0*", "+9.0*"]
    assert "* 2001: year to date, 2001-01-02 to 2001-01-09." in section.html


def test_months_and_years_are_those_of_the_account(judge: Callable[..., Run], six: Run) -> None:
    sessions = days("2000-12-29", "2001-01-31", "2001-02-28", "2001-12-31", "2002-01-02")
    market = Market("year", sessions, ("small", "mid", "large", "bills"), np.ones((5, 4)))
    ledger = replace(six.ledger, sessions=sessions, value=np.array([100.0, 110.0, 99.0, 120.0, 120.0]))
    run = replace(six, ledger=ledger, benchmark_value=np.full(5, 100.0))
    section = calendar.section(run, market)
    # January 110/100, February 99/110; the year 120/100 against nothing.
    row = re.findall(r"<td[^>]*>([^<]*)</td>", section.html.split('class="text">2001</th>')[1].split("</tr>")[0])
    assert row[:2] == ["+10.0", "−10.0"]
    assert row[12:] == ["+20.0", "0.0", "+20.0"]
    assert "Jan 2001 most (+10.0%)" in section.finding or "most" in section.finding
    assert section.finding.endswith("ahead of large in 1 of one whole year.")


def test_phases_are_told_best_first_with_their_sessions(six: Run, six_market: Market) -> None:
    by_phase = {
        "hiking": {"sessions": 1000, "return_per_year": 0.05, "benchmark_return_per_year": 0.07},
        "easy": {"sessions": 2500, "return_per_year": 0.12, "benchmark_return_per_year": 0.10},
        "cutting": {"sessions": 20, "return_per_year": None, "benchmark_return_per_year": None},
    }
    section = phases.section(replace(six, summary={**six.summary, "by_phase": by_phase}), six_market)
    assert section.finding == (
        "Points a year against large, by phase: easy +2.0 (2,500 sessions), hiking −2.0 (1,000 sessions)."
    )


def test_a_session_without_a_yield_makes_no_pair_and_the_next_change_spans_it(six_market: Market) -> None:
    # Sessions of six_market: 2, 3, 4, 5, 8, 9 January 2001; the yield skips the 4th and has one on Saturday the 6th.
    observed = days("2001-01-02", "2001-01-03", "2001-01-05", "2001-01-06", "2001-01-08")
    values = np.array([5.0, 5.1, 5.4, 9.9, 5.2])
    series = {"DGS10": Series("DGS10", Unit.PERCENT_PER_YEAR, values, observed, observed + np.timedelta64(1, "D"))}
    market = replace(six_market, series=series)
    rows, changes = rolling_regression.yield_changes(market, "DGS10", market.sessions)
    assert rows.tolist() == [1, 3, 4]
    assert changes == pytest.approx([0.1, 0.3, -0.2])


def test_correlation_and_beta_are_those_of_a_line_with_known_slope_and_noise() -> None:
    changes = np.array([0.1, -0.1, 0.2, -0.2, 0.1, -0.1, 0.2, -0.2])
    line = rolling_regression.rolling_regression(0.03 * changes + 0.001, changes, 8)
    assert line.beta[-1] == pytest.approx(0.03)
    assert line.correlation[-1] == pytest.approx(1.0)
    assert np.isnan(line.correlation[:-1]).all()
    noisy = rolling_regression.rolling_regression(0.03 * changes + np.array([0.01, 0.01, -0.01, -0.01] * 2), changes, 8)
    # Noise with no covariance to the changes: the slope stays; r^2 = .0009 * .025 / (.0009 * .025 + .0001).
    assert noisy.beta[-1] == pytest.approx(0.03)
    r = np.sqrt(0.0000225 / 0.0001225)
    assert noisy.correlation[-1] == pytest.approx(r)
    # Fisher: tanh(atanh(r) -+ 1.96 / sqrt(5)); slope: +- 1.96 * sqrt(mean of squared noise / 6 / .025).
    assert noisy.low[-1] == pytest.approx(np.tanh(np.arctanh(r) - 1.959964 / np.sqrt(5)))
    assert noisy.beta_high[-1] == pytest.approx(0.03 + 1.959964 * np.sqrt(0.0001 / 6 / 0.025))


def test_rates_say_how_many_changes_are_missing(six: Run, six_market: Market) -> None:
    assert rates.section(six, six_market).finding == (
        "The market and the run share 0 changes of the 10-year yield; 126 are needed."
    )


def test_rates_find_a_planted_sensitivity(run: Run, market: Market) -> None:
    # The account earns a thousandth for each basis point that the yield of the day rises: +1% for 10 basis points.
    change = np.diff(market.series["DGS10"].values, prepend=market.series["DGS10"].values[0])
    value = 100.0 * np.cumprod(1.0 + 0.1 * change)
    section = rates.section(replace(run, ledger=replace(run.ledger, value=value)), market)
    assert "up 10 basis points went with +1.00% on the account (+1.00% to +1.00%)" in section.finding
    assert "ended at +1.00" in section.finding


def test_holding_periods_are_cut_where_new_weights_are_filled_and_multiply_up(run: Run, market: Market) -> None:
    found = holding_periods.holding_periods(run, market)
    # First all cash, until the first decision is filled one session later.
    assert [s.held for s in found[:2]] == ["uninvested cash", "80% large and 20% mid"]
    assert (found[0].end, found[1].start) == (1, 1)
    assert all(a.end == b.start for a, b in pairwise(found))
    assert "small" in {s.held for s in found}
    whole = run.ledger.value[-1] / run.benchmark_value[-1] * run.benchmark_value[0] / run.ledger.value[0]
    assert np.prod([1.0 + s.lead for s in found]) == pytest.approx(whole, rel=1e-12)


def test_trades_name_the_one_holding_period_of_a_run_that_never_switches(six: Run, six_market: Market) -> None:
    # 108/100 against 99/100: a lead of 9.1%.
    section = trades.section(six, six_market)
    assert "1 fill made one holding period" in section.finding
    assert "small from 2001-01-02 to 2001-01-09 (+9.1%)" in section.finding
    assert cells(section.html)[:7] == ["small", "2001-01-02", "2001-01-09 (last)", "5", "+8.0%", "−1.0%", "+9.1"]


def test_costs_give_what_was_paid_and_the_break_even_cost(six: Run, six_market: Market) -> None:
    # Bought for 100 at a cost of 1, so 99 of 100 were left; the account then grew by 8%.
    paid = replace(six.ledger.trades, cost=np.array([1.0]))
    value = np.array([99.0, 120.0, 90.0, 90.0, 99.0, 106.92])
    done = holding_periods.traded(replace(six.ledger, trades=paid, value=value))
    assert (done.at.tolist(), done.share.tolist(), done.paid.tolist()) == ([0], [1.0], [0.01])
    growth = 106.92 / 100
    assert holding_periods.growth_at(done, growth, 0.01) == pytest.approx(1.0692)
    assert holding_periods.growth_at(done, growth, 0.0) == pytest.approx(1.08)
    # 1.08 * (1 - b) = 0.99 at b = 0.0833...
    assert holding_periods.break_even(done, growth, 0.99) == pytest.approx(1 - 0.99 / 1.08, abs=1e-6)
    assert holding_periods.break_even(done, growth, 1.2) is None
    assert holding_periods.break_even(done, growth, 0.5) == 0.1


def test_a_run_without_a_fill_paid_nothing(six: Run, six_market: Market) -> None:
    none = np.empty(0)
    empty = replace(
        six.ledger.trades,
        decided_on=days(),
        filled_on=days(),
        asset=np.empty(0, dtype=np.int64),
        units=none,
        price=none,
        cost=none,
    )
    section = costs.section(replace(six, ledger=replace(six.ledger, trades=empty)), six_market)
    assert section.finding == "0 fills in 6 sessions: nothing was paid."


def test_milestones_tell_what_was_known_when(run: Run, market: Market) -> None:
    cycle = next(c for c in easing_cycles(market) if str(c.first_cut) == "2001-01-03")
    span = (np.datetime64("2001-01-03"), np.datetime64("2004-12-31"))
    found = [m for m in cycle_timeline.milestones(run, market, cycle=cycle, span=span) if m.marked]
    # The dates are public facts; this market has no cut between 2001-01-03 and 2001-12-11, which stood for eleven
    # months, as that of 2002-11-06 did for seven.
    assert [str(m.known) for m in found] == [
        "2001-01-03",
        "2001-07-03",
        "2001-11-26",
        "2002-06-11",
        "2003-05-06",
        "2003-06-25",
        "2003-07-17",
        "2003-12-25",
        "2004-06-30",
    ]
    assert found[2].happened == "peak 2001-03"
    assert found[3].what.endswith("the cut of 2001-12-11 looks final, wrongly, as the cut of 2002-11-06 showed")
    assert found[7].what.endswith("the cut of 2003-06-25 looks final, rightly, as the next hike showed")


def test_each_cycle_has_a_page_from_250_sessions_before_to_500_after(run: Run, market: Market) -> None:
    section = easings.section(run, market)
    assert section.html.count('class="cycle-page"') == 5
    first = next(c for c in easing_cycles(market) if str(c.first_cut) == "2007-09-18")
    spans = [cycle_chart.cycle_window(run, market, first)]
    assert spans[0] is not None
    at = {str(day): k for k, day in enumerate(market.sessions)}
    assert spans[0].days[0] == market.sessions[at["2007-09-18"] - 250]
    assert spans[0].days[-1] == market.sessions[at["2008-12-16"] + 500]
    assert "nobody knew that yet" in section.html


def test_the_run_is_judged_in_each_cycle_by_its_lead_from_the_first_cut(six: Run, six_market: Market) -> None:
    # The first cut is known at the close of 2001-01-03: 108/120 against 99/100.
    section = easings.section(six, six_market)
    assert section.finding.startswith("The run led large in none of one easing cycle (relative wealth 2001 −9.1%)")


def test_inference_says_the_interval_and_the_cycles(run: Run, market: Market) -> None:
    section = inference.section(run, market)
    assert re.match(r"Active return [+−]\d+\.\d\d pp a year against large, 95% interval [+−]\d", section.finding)
    assert section.finding.endswith("in 3 of 4 complete windows of 12 months after a final cut; sign test p = 0.31.")
    assert section.finding.count("p = ") == 1, "what else a reader needs of the test stands below"
    assert "minimum attainable 0.06" in section.html
    assert "Stationary bootstrap: 1000 histories" in section.html


def test_the_headline_says_what_the_audit_found_and_what_a_stamp_means(six: Run, six_market: Market) -> None:
    assert "not audited with this run" in headline.section(six, six_market).html
    audit = {"verdict": "pass", "decisions_checked": 24, "text": "pass: no decision changed, in 24 of 330"}
    run = replace(six, summary={**six.summary, "audit": audit}, stamps=("HINDSIGHT",))
    html = headline.section(run, six_market).html
    assert "pass: no decision changed, in 24 of 330" in html
    assert "<dt>HINDSIGHT</dt><dd>The rule was told what nobody knew on the day." in html
    assert warnings.warning(["AS OF 2024-12-18", "AS OF 2025-01-12"]).count("replays a belief") == 1


def test_whiskers_reach_from_low_to_high_and_keep_zero_in_sight() -> None:
    figure = charts.whiskers([("a", 2.0, 1.0, 4.0), ("<b>", 3.0, 2.5, 3.5)], title="points")
    (dots,) = figure["series"]
    assert (dots["low"], dots["high"], dots["along"]) == ([1.0, 2.5], [4.0, 3.5], "x")
    assert figure["across"]["range"][0] <= 0
    assert figure["panels"]["y"]["rows"]["names"] == ["a", "<b>"]


def test_compounded_and_arithmetic_active_returns_are_reconciled_in_a_note(run: Run, market: Market) -> None:
    """Mean less what volatility takes is the growth of relative wealth; times the mean growth it is the difference."""
    html = statistics.section(run, market).html
    note = re.search(
        r"arithmetic \((\S+) pp\); volatility takes (\S+) pp of it.*leaves (\S+) pp of logarithms; times the mean "
        r"growth a year, (\S+), that is the active return, which is compounded \((\S+) pp\)",
        html,
    )
    assert note is not None
    mean, taken, logs, growth, active = (float(x.replace("−", "-")) for x in note.groups())
    relative = run.summary["relative"]
    assert (mean, active) == (
        pytest.approx(100 * relative["mean_active_return"], abs=0.005),
        pytest.approx(100 * relative["excess_cagr"], abs=0.005),
    )
    # Shown with two decimals each.
    assert mean - taken == pytest.approx(logs, abs=0.011)
    assert logs * growth == pytest.approx(active, abs=0.011)
    base = 1 + run.summary["statistics"]["cagr"] - relative["excess_cagr"]
    assert growth == pytest.approx(base, abs=0.02)


def test_no_block_of_the_json_is_a_row_and_counts_have_no_decimals(run: Run, market: Market) -> None:
    html = statistics.section(run, market).html
    for word in ("Without cycle", "Attribution", "Sessions dropped", "``"):
        assert word not in html, word
    assert re.search(r"Over [\d,]+ sessions\.", html)
