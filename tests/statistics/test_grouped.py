"""The sums over stretches answer what the one-number functions answer on each stretch by itself."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.statistics import STATISTICS, Bills, Returns, Trading, by_phase
from fedcycle.backtests.statistics.drawdown import max_drawdown
from fedcycle.backtests.statistics.subperiod_kernel import numbers

SAME = 1e-11
"""The same sums in another order; a ratio of small differences loses a digit."""


def one_by_one(r, b, f):
    """Return the numbers of a stretch by the functions that define them."""
    r, b, f = Returns.weekdays(r), Returns.weekdays(b), Bills.weekdays(f)
    given = {"r": r, "b": b, "f": f}
    out = {}
    for name, of in STATISTICS.items():
        if of.sample is not None:
            series = [given[x] for x in of.series if x != "f" or "b" not in of.series]
            out[name] = of.function(*series, **({"bills": f} if {"b", "f"} <= set(of.series) else {}))
    path = np.concatenate([[1.0], np.cumprod(1.0 + r.values)])
    whole = bool(np.isfinite(path).all())
    return out | {
        "max_drawdown": max_drawdown(path) if whole else None,
        "total_return": path[-1] - 1 if whole else None,
    }


def stretches():
    """Return returns, a benchmark's, bills', and rows of stretches of every awkward kind."""
    rng = np.random.default_rng(7)
    n = 900
    b = 0.01 * rng.standard_t(4, n)
    r = 0.001 + 0.8 * b + 0.005 * rng.standard_t(4, n)
    f = np.abs(0.0001 * rng.standard_normal(n))
    r[300:320], b[320:340], r[340:360], f[340:360] = 0.0, 0.001, 0.002, 0.002  # cash, a flat benchmark, a constant
    r[400:410], r[410:420] = b[400:410], np.abs(r[410:420])  # the benchmark itself, only gains
    r[899] = np.nan  # after ruin
    rows = [
        *(np.arange(0, 252), np.arange(252, 300), np.flatnonzero(b > 0)[:100], np.arange(5, 6), np.arange(6, 8)),
        *(np.arange(300, 320), np.arange(320, 340), np.arange(340, 360), np.arange(400, 410), np.arange(410, 420)),
        *(np.arange(800, 900), np.zeros(0, dtype=int)),
    ]
    return r, b, f, rows


@pytest.mark.parametrize("k", range(12))
def test_a_stretch_among_others_has_the_numbers_it_has_alone(k):
    r, b, f, rows = stretches()

    mine = numbers(r, b, bills=f, groups=rows)[k]
    alone = one_by_one(r[rows[k]], b[rows[k]], f[rows[k]])

    if not len(rows[k]):
        alone["max_drawdown"] = alone["total_return"] = None
    assert mine["sessions"] == len(rows[k])
    for name, expected in alone.items():
        assert mine[name] == (expected if expected is None else pytest.approx(expected, rel=SAME, abs=1e-13)), name


def test_every_number_of_a_stretch_is_held_to_its_function():
    r, b, f, rows = stretches()

    [found] = numbers(r, b, bills=f, groups=rows[:1])

    by_hand = {
        "sessions",
        "return_per_year",
        "benchmark_return",
        "benchmark_return_per_year",
        "relative_wealth",
        "excess_per_year",
    }
    assert set(found) == set(one_by_one(r, b, f)) | by_hand


def test_costs_and_turnover_belong_to_the_session_of_their_fill(ledger):
    # Told easy at the first two closes: the returns of sessions 2 and 3, so the fill of session 2, are easy's.
    value = np.array([100.0, 110.0, 121.0, 100.0])
    days = np.arange("2020-01-06", "2020-01-10", dtype="datetime64[D]")
    account = ledger(
        value,
        days,
        cash=np.array([100.0, 11.0, 0.0, 0.0]),
        fills=[("2020-01-07", 0.9, 100.0, 0.5), ("2020-01-09", -0.5, 100.0, 0.25)],
    )
    trading = Trading.of(account, bills_value=np.array([0.0, 0.0, 60.5, 0.0]))

    told = by_phase(value, np.ones(4), bills=np.ones(4), phases=["easy", "easy", "hiking", "hiking"], trading=trading)

    easy, hiking = told["easy"], told["hiking"]
    assert (easy["costs_usd"], easy["trades"], hiking["costs_usd"], hiking["trades"]) == (0.5, 1, 0.25, 1)
    # Half of 90 over 110.5, the value at the fill's close before its cost; half of 50 over 100.25.
    assert easy["turnover"] == pytest.approx(45 / 110.5)
    assert hiking["turnover"] == pytest.approx(25 / 100.25)
    # The first return is the first fill's, nine tenths invested; so is the second close, and half in bills the third.
    assert easy["time_invested"] == pytest.approx(0.9)
    assert hiking["time_invested"] == pytest.approx(0.5)


def test_an_account_of_less_than_a_dollar_is_invested_all_the_same(ledger):
    days = np.arange("2020-01-06", "2020-01-09", dtype="datetime64[D]")
    account = ledger(np.full(3, 0.5), days, cash=np.full(3, 0.125))

    assert Trading.of(account, bills_value=np.zeros(3)).invested.tolist() == [0.75, 0.75]


def test_costs_over_all_stretches_add_up_to_the_runs(ledger):
    value, days = np.linspace(100, 200, 30), np.arange("2020-01-01", "2020-01-31", dtype="datetime64[D]")
    fills = [(str(day), 1.0, 10.0, 0.1 * k) for k, day in enumerate(days[1:], start=1)]
    trading = Trading.of(ledger(value, days, fills=fills), bills_value=np.zeros(30))

    told = by_phase(value, value, bills=np.ones(30), phases=["easy", "hiking", "cutting"] * 10, trading=trading)

    assert sum(of["costs_usd"] or 0.0 for of in told.values()) == pytest.approx(sum(0.1 * k for k in range(1, 30)))
    assert sum(of["trades"] or 0 for of in told.values()) == 29
