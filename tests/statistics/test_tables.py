"""The tables of a run, worked out by hand: months by year, drawdowns, years, recessions, weights; and the edges."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.statistics import (
    Bills,
    EvaluationInputs,
    Returns,
    by_recession,
    by_year,
    calendar,
    drawdowns,
    exposure,
    in_recession,
    leverage,
    rolling_beta,
    rolling_correlation,
    rolling_sharpe,
    rolling_volatility,
    summarise,
)


def days(*texts):
    return np.array(texts, dtype="datetime64[D]")


def test_the_table_of_months_has_complete_months_and_years_only():
    sessions = days("2000-11-30", "2000-12-29", "2001-06-15", "2001-12-31", "2002-01-31", "2002-02-27")
    ends = np.array([True, True, False, True, True, False])
    value = np.array([100.0, 110.0, 999.0, 121.0, 60.5, 70.0])

    table = calendar(value, np.full(6, 5.0), sessions=sessions, month_ends=ends)

    assert list(table) == ["2000", "2001", "2002"]
    assert table["2000"]["months"] == [*[None] * 11, pytest.approx(0.1)]
    assert (table["2000"]["year"], table["2002"]["year"]) == (None, None)
    assert table["2001"]["year"] == pytest.approx(0.1)
    assert table["2001"]["benchmark_year"] == 0.0
    # The run lacks the ends of January to November 2001, so no month of it but the run's own last is known.
    assert table["2002"]["months"][:2] == [pytest.approx(-0.5), None]


def test_drawdowns_are_listed_deepest_first_with_their_days():
    sessions = days("2001-01-01", "2001-01-02", "2001-01-04", "2001-01-08", "2001-01-09", "2001-01-20")
    value = np.array([100.0, 90.0, 100.0, 120.0, 60.0, 90.0])

    deepest, other = drawdowns(value, sessions)

    assert deepest == {
        "start": "2001-01-08",
        "trough": "2001-01-09",
        "end": None,
        "depth": -0.5,
        "fall_days": 1,
        "recovery_days": None,
        "length_days": 12,
    }
    assert (other["start"], other["trough"], other["end"]) == ("2001-01-01", "2001-01-02", "2001-01-04")
    assert (other["fall_days"], other["recovery_days"], other["length_days"]) == (1, 2, 3)
    assert other["depth"] == pytest.approx(-0.1)


def test_no_more_drawdowns_are_listed_than_asked_and_none_where_nothing_fell():
    sessions = np.datetime64("2001-01-01") + np.arange(7)

    assert len(drawdowns(np.array([3.0, 2, 3, 2, 3, 2, 3]), sessions, most=2)) == 2
    assert drawdowns(np.arange(1.0, 8.0), sessions) == []
    assert drawdowns(np.ones(1), sessions[:1]) == []


def test_ruin_is_a_drawdown_of_everything_that_never_ends():
    [only] = drawdowns(np.array([1.0, 0.0, 0.0]), days("2001-01-01", "2001-01-02", "2001-01-03"))

    assert (only["depth"], only["end"], only["trough"]) == (-1.0, None, "2001-01-02")


def test_a_year_is_complete_from_the_close_before_it_to_its_own_last():
    sessions = days("1999-12-31", "2000-06-30", "2000-12-29", "2001-03-30")
    value = np.array([100.0, 150.0, 110.0, 99.0])

    years = by_year(
        value,
        np.array([1.0, 1.0, 1.0, 2.0]),
        bills=np.ones(4),
        sessions=sessions,
        month_ends=np.array([True, True, True, True]),
    )

    assert [(y["year"], y["complete"], y["sessions"]) for y in years] == [(2000, True, 2), (2001, False, 1)]
    assert years[0]["total_return"] == pytest.approx(0.1)
    assert years[0]["max_drawdown"] == pytest.approx(110 / 150 - 1)
    assert years[1]["relative_wealth"] == pytest.approx(0.9 / 2.0 - 1)


def test_the_year_of_the_first_session_lacks_the_close_before_it():
    sessions = np.arange("2000-01-03", "2001-01-01", dtype="datetime64[D]")

    [year] = by_year(
        np.ones(len(sessions)),
        np.ones(len(sessions)),
        bills=np.ones(len(sessions)),
        sessions=sessions,
        month_ends=np.append(np.zeros(len(sessions) - 1, dtype=bool), True),
    )

    assert (year["year"], year["complete"]) == (2000, False)


def test_a_return_lies_in_the_recession_of_its_own_month():
    sessions = days("2001-03-30", "2001-04-02", "2001-11-30", "2001-12-03")
    lies = in_recession(sessions, days("2001-03-01", "2001-11-01"), turns=np.array([-1.0, 1.0]))

    told = by_recession(np.array([100.0, 90.0, 81.0, 162.0]), np.ones(4), bills=np.ones(4), recession=lies)

    assert lies.tolist() == [False, True, True, False]
    assert told["recession"]["total_return"] == pytest.approx(-0.19)
    assert (told["recession"]["sessions"], told["expansion"]["sessions"]) == (2, 1)
    assert told["expansion"]["total_return"] == pytest.approx(1.0)


@pytest.mark.parametrize(("first", "before"), [(1.0, True), (-1.0, False)])
def test_before_the_first_turning_point_the_opposite_held(first, before):
    lies = in_recession(days("1990-01-02"), days("1991-03-01"), turns=np.array([first]))

    assert lies.tolist() == [before]


def test_weights_are_shares_of_value_and_cash_is_none():
    units, prices = (
        np.array([[0.0, 0.0], [1.0, 2.0], [0.0, 4.0]]),
        np.array([[50.0, 10.0], [50.0, 10.0], [math.nan, 25.0]]),
    )

    told = exposure(units, prices, value=np.array([100.0, 100.0, 100.0]), assets=["small", "bills"])

    assert told["small"] == {"average": pytest.approx(0.5 / 3), "highest": 0.5, "last": 0.0, "sessions": 1}
    assert told["bills"] == {"average": pytest.approx(0.4), "highest": 1.0, "last": 1.0, "sessions": 2}


def test_an_asset_held_without_a_price_is_refused():
    with pytest.raises(BacktestError, match="small has no price at a close at which it is held"):
        exposure(np.ones((1, 1)), np.full((1, 1), math.nan), value=np.ones(1), assets=["small"])


def test_a_window_longer_than_the_run_has_no_answer_yet():
    r, f = Returns.weekdays([0.01, 0.02]), Bills.weekdays([0.0, 0.0])

    assert np.isnan(rolling_volatility(r, 3)).all()
    assert np.isnan(rolling_sharpe(r, f, window=3)).all()


def test_a_window_in_which_nothing_varies_has_no_ratio():
    r, b, f = Returns.weekdays(np.full(4, 0.01)), Returns.weekdays(np.full(4, 0.02)), Bills.weekdays(np.zeros(4))

    assert np.isnan(rolling_sharpe(r, f, window=3)).all()
    assert np.isnan(rolling_correlation(r, b, window=3)).all()
    assert np.isnan(rolling_beta(r, b, bills=f, window=3)).all()


def test_a_window_of_one_return_is_refused():
    with pytest.raises(BacktestError, match="window is 1 returns; a spread needs at least 2"):
        rolling_volatility(Returns.weekdays([0.01, 0.02]), 1)


@pytest.mark.parametrize(
    "value",
    [[100.0], [100.0, 100.0, 100.0], [100.0, 0.0, 0.0], [100.0, 110.0, 0.0], [100.0, 101.0, 102.01], [100.0, 90.0]],
    ids=["one session", "never filled", "ruined", "a return of exactly -1", "constant returns", "two sessions"],
)
def test_a_whole_judgement_of_an_awkward_run_is_json(ledger, value):
    n = len(value)
    fills = [("2024-12-31", 1.0, 100.0, 0.0)] if len(set(value)) > 1 else []
    account = ledger(value, np.datetime64("2024-12-30") + np.arange(n), cash=value, fills=fills)
    setting = EvaluationInputs(
        benchmark="large",
        benchmark_value=np.linspace(100.0, 90.0, n),
        bills=np.ones(n),
        bills_value=np.zeros(n),
        prices=np.ones((n, 1)),
        calendar=account.sessions,
        month_ends=np.arange(n) == 1,
        phases=np.array(["easy"] * n),
        recession=np.zeros(n, dtype=bool),
        cycles=(),
    )

    told = summarise(account, setting)

    json.dumps(told, allow_nan=False)
    assert list(told) == [
        *("statistics", "relative", "by_phase", "by_cycle", "by_year", "by_recession"),
        *("calendar", "worst_months", "monthly_histogram", "partial_years", "drawdowns"),
        *("benchmark_drawdowns", "exposure", "margin"),
    ]
    # What was never filled has no return to measure.
    assert sum(year["sessions"] for year in told["by_year"]) == (n - 1 if fills else 0)


def test_leverage_is_the_sizes_of_all_weights_and_what_is_short_of_them():
    # 100 of value: 150 long and 50 short, then 80 long and 120 short of 80.
    units, prices = np.array([[1.5, -0.5], [1.0, -1.0]]), np.array([[100.0, 100.0], [80.0, 120.0]])
    told = leverage(units, prices, value=np.array([100.0, 80.0]))
    assert told["gross"] == {"average": pytest.approx(2.25), "highest": 2.5, "lowest": 2.0, "last": 2.5}
    assert told["net"] == {"average": pytest.approx(0.25), "highest": 1.0, "lowest": -0.5, "last": -0.5}
    assert told["short"] == {"average": pytest.approx(1.0), "highest": 1.5, "lowest": 0.5, "last": 1.5}
    weights = exposure(units, prices, value=np.array([100.0, 80.0]), assets=["small", "large"])
    assert weights["large"] == {"average": -1.0, "highest": -0.5, "last": -1.5, "lowest": -1.5, "sessions": 2}
    assert "lowest" not in weights["small"]


def test_shares_of_an_account_that_is_lost_do_not_exist():
    told = leverage(np.array([[1.0], [0.0]]), np.ones((2, 1)), value=np.array([1.0, 0.0]))
    assert set(told["gross"].values()) == {None}
