"""Shipped studies on the bundled data against ledgers and statistics worked out here from the CSV files alone."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fedcycle.backtests import config
from fedcycle.backtests.workflows import study

BUNDLE = Path(config.find("base")).parent.parent / "data" / "bundle"
START, END = "1998-01-02", "2025-05-30"


@pytest.fixture(scope="module")
def levels():
    frame = pd.read_csv(BUNDLE / "levels.csv", index_col="date", parse_dates=True)
    return frame.loc[START:END]


@pytest.fixture(scope="module")
def changes():
    table = pd.read_csv(BUNDLE / "fomc_target_changes.csv", parse_dates=["announced"])
    return table[table.announced >= "1994-02-04"].set_index("announced").change_bp


def done(name, *sets):
    return study.execute(study.prepare(config.load(name, sets)))


def month_ends(days):
    return [d for d, after in itertools.pairwise(days) if d.month != after.month] + [days[-1]]


def account(levels, wanted, *, cost_bps=5.0, capital=1_000_000.0):
    """Keep an account for a rule that always holds one asset: decide at a month's end, fill at the next close."""
    days = list(levels.index)
    deciding = {days[0], *month_ends(days)}
    k = cost_bps / 1e4
    cash, units, asset, due = capital, 0.0, None, None
    value, costs, trades = [], 0.0, 0
    for day in days:
        price = levels.loc[day]
        if due is not None and due != asset:
            if asset is not None:
                sold = units * price[asset]
                cash, costs, trades = cash + sold * (1 - k), costs + sold * k, trades + 1
            bought = cash / (1 + k)
            units, asset = bought / price[due], due
            costs, cash, trades = costs + bought * k, 0.0, trades + 1
        due = None
        value.append(cash + (units * price[asset] if asset else 0.0))
        if day in deciding:
            due = wanted(day)
    return np.array(value), costs, trades


def pause_rule(changes, months=6, window=12):
    def wanted(day):
        known = changes[changes.index <= day]
        cut = known.index[-1]
        recognised = known.iloc[-1] < 0 and cut + pd.DateOffset(months=months) <= day
        return "small" if recognised and day <= cut + pd.DateOffset(months=window) else "large"

    return wanted


def test_rate_cycle_timing_matches_an_account_kept_by_hand(levels, changes):
    run = done("rate-cycle-timing")
    value, costs, trades = account(levels, pause_rule(changes))
    # 1e-9: the engine keeps 1e-12 of value in cash, some tens of times.
    np.testing.assert_allclose(run.ledger.value, value, rtol=1e-9)
    assert run.summary["statistics"]["costs_usd"] == pytest.approx(costs, rel=1e-9)
    assert run.summary["statistics"]["trades"] == trades


def test_hindsight_holds_small_caps_for_a_year_from_each_true_final_cut(levels):
    # Final cuts and hikes of DOMAIN's table; the hike of 1999-06-30 ended the window that 1998-11-17 opened.
    windows = [
        ("1998-11-17", "1999-06-30"),
        ("2003-06-25", "2004-06-25"),
        ("2008-12-16", "2009-12-16"),
        ("2020-03-15", "2021-03-15"),
    ]
    hikes = {"1999-06-30"}

    def wanted(day):
        for cut, end in windows:
            if pd.Timestamp(cut) <= day and (day < pd.Timestamp(end) if end in hikes else day <= pd.Timestamp(end)):
                return "small"
        return "large"

    run = done("rate-cycle-timing-hindsight")
    value, _costs, _ = account(levels, wanted)
    np.testing.assert_allclose(run.ledger.value, value, rtol=1e-9)
    assert run.summary["hindsight"] is True
    assert run.stamps == ("HINDSIGHT",)


def test_a_belief_of_2024_12_18_holds_small_caps_until_the_next_change(levels):
    run = done("rate-cycle-timing", "strategy.recognise={as_of: 2024-12-18}")
    value, _, _ = account(levels, lambda day: "small" if day >= pd.Timestamp("2024-12-18") else "large")
    np.testing.assert_allclose(run.ledger.value, value, rtol=1e-9)
    assert run.stamps == ("AS OF 2024-12-18",)


def test_mid_over_small_when_rates_press_matches_signals_worked_out_in_pandas(levels):
    whole = pd.read_csv(BUNDLE / "levels.csv", index_col="date", parse_dates=True)
    yields = pd.read_csv(BUNDLE / "yields.csv", index_col="date", parse_dates=True).DGS10.dropna()
    sessions = whole.index
    spread = whole["small"].pct_change(fill_method=None) - whole["large"].pct_change(fill_method=None)
    on_sessions = yields[yields.index.isin(sessions)]
    pairs = pd.DataFrame({"spread": spread, "change": on_sessions.diff()}).dropna()

    def wanted(day):
        before = pairs[pairs.index < day]
        correlation = np.corrcoef(before["spread"][-126:], before["change"][-126:])[0, 1]
        then = sessions[sessions.get_loc(day) - 63]
        surge = 100 * (yields[yields.index < day].iloc[-1] - yields[yields.index < then].iloc[-1])
        return "mid" if surge > 50 or correlation < -0.3 else "small"

    run = done("mid-over-small-when-rates-press")
    value, _, trades = account(levels, wanted)
    np.testing.assert_allclose(run.ledger.value, value, rtol=1e-9)
    assert trades > 10


def test_the_statistics_of_a_run_follow_the_published_definitions(levels, changes):
    run = done("rate-cycle-timing")
    value, _, _ = account(levels, pause_rule(changes))
    r = pd.Series(value, index=levels.index).pct_change(fill_method=None).dropna()
    # All is measured from the close of the first fill, the second session: before it, bills and benchmark earn nothing.
    since = levels[["bills", "large"]].copy()
    since.iloc[0] = since.iloc[1]
    bill, b = (since[name].pct_change(fill_method=None).dropna() for name in ("bills", "large"))
    e, years = r - bill, (levels.index[-1] - levels.index[1]).days / 365.25
    monthly = pd.Series(value, index=levels.index).resample("ME").last().pct_change(fill_method=None).dropna()
    beta = np.cov(e, b - bill)[0, 1] / (b - bill).var()
    expected = {
        "final_value": value[-1],
        "cagr": (value[-1] / 1e6) ** (1 / years) - 1,
        "volatility": r.std() * 252**0.5,
        "sharpe": e.mean() / e.std() * 252**0.5,
        "sortino": e.mean() * 252**0.5 / (np.minimum(e, 0) ** 2).mean() ** 0.5,
        "max_drawdown": (value / np.maximum.accumulate(value) - 1).min(),
        "var_95": np.quantile(r, 0.05),
        "cvar_95": r[r <= np.quantile(r, 0.05)].mean(),
        "skew": ((r - r.mean()) ** 3).mean() / r.std(ddof=0) ** 3,
        "kurtosis": ((r - r.mean()) ** 4).mean() / r.std(ddof=0) ** 4 - 3,
        "best_month": monthly.max(),
        "worst_month": monthly.min(),
        "hit_rate_monthly": (monthly > 0).mean(),
        "time_invested": 1.0,
    }
    own = run.summary["statistics"]
    assert {k: own[k] for k in expected} == pytest.approx(expected, rel=1e-8)
    other = run.summary["relative"]
    assert other["beta"] == pytest.approx(beta, rel=1e-8)
    assert other["alpha"] == pytest.approx((e.mean() - beta * (b - bill).mean()) * 252, rel=1e-7)
    assert other["tracking_error"] == pytest.approx((r - b).std() * 252**0.5, rel=1e-8)
    assert other["up_capture"] == pytest.approx(r[b > 0].mean() / b[b > 0].mean(), rel=1e-8)
    filled = {"first_fill": str(levels.index[1].date()), "sessions_before_first_fill": 1}
    assert run.summary["period"] == {"start": START, "end": END, "sessions": 6895} | filled


def test_an_asset_as_benchmark_is_bought_with_the_runs_first_fill_without_costs(levels):
    run = done("buy-and-hold-large")
    large = levels["large"].to_numpy()
    held = 1e6 * large / large[1]  # bought at the close of the run's first fill, the second session
    held[0] = 1e6  # cash until then
    np.testing.assert_allclose(run.benchmark_value, held, rtol=1e-12)
    # The run itself buys a session later and pays 5 basis points.
    np.testing.assert_allclose(run.ledger.value[1:], 1e6 / 1.0005 * large[1:] / large[1], rtol=1e-9)


def test_a_mix_as_benchmark_is_rebalanced_when_the_run_fills(levels):
    run = done("buy-and-hold-large", "benchmark={small: 0.5, large: 0.25}")
    days, value = list(levels.index), [1e6]
    fills = {days[days.index(d) + 1] for d in [days[0], *month_ends(days)] if d != days[-1]}
    parts = {"small": 5e5, "large": 2.5e5, "cash": 2.5e5}
    for before, day in itertools.pairwise(days):
        parts = {a: v * (1 if a == "cash" else levels.at[day, a] / levels.at[before, a]) for a, v in parts.items()}
        total = sum(parts.values())
        value.append(total)
        if day == days[1]:  # cash until the run's first fill, and bought at its close
            total = value[-1] = 1e6
        if day in fills:
            parts = {"small": total / 2, "large": total / 4, "cash": total / 4}
    np.testing.assert_allclose(run.benchmark_value, value, rtol=1e-10)
