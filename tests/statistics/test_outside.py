"""Each statistic against a library that defines it the same way, on a seeded run of a thousand sessions."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.statistics import by_phase, relative, table

SAME = 1e-9
"""Both sides add a thousand numbers of size 0.01 in double precision, in another order."""


@pytest.fixture(scope="module")
def frames(long_run, outside):
    """Return the run as pandas series: value, benchmark value, and the returns of account, benchmark and bills."""
    pd = outside("pandas")
    sessions, value, benchmark, bills, _ = long_run
    value, benchmark, bills = (pd.Series(x, index=pd.DatetimeIndex(sessions)) for x in (value, benchmark, bills))
    return value, benchmark, *(x.pct_change().iloc[1:] for x in (value, benchmark, bills))


@pytest.fixture(scope="module")
def numbers(long_run, ledger):
    """Return our own numbers of an account that bought once and sold once, and its ledger."""
    sessions, value, benchmark, bills, ends = long_run
    cash = np.where(np.arange(len(value)) % 3 == 0, 0.25 * value, 0.0)
    fills = [(sessions[1], 5_000.0, 100.0, 250.0), (sessions[401], -5_000.0, 104.0, 260.0)]
    account = ledger(value, sessions, cash=cash, fills=fills)
    own = table(account, bills=bills, bills_value=0.1 * value, month_ends=ends)
    return own | relative(value, benchmark, bills=bills, sessions=sessions, name="large"), account


def test_growth_agrees_with_ffn(numbers, frames, outside):
    ffn = outside("ffn")
    value, benchmark, *_ = frames
    answer, _ = numbers

    assert answer["total_return"] == pytest.approx(ffn.calc_total_return(value), rel=SAME)
    assert answer["cagr"] == pytest.approx(ffn.calc_cagr(value), rel=SAME)
    assert answer["max_drawdown"] == pytest.approx(ffn.calc_max_drawdown(value), rel=SAME)
    assert answer["calmar"] == pytest.approx(ffn.calc_calmar_ratio(value), rel=SAME)
    assert answer["excess_cagr"] == pytest.approx(ffn.calc_cagr(value) - ffn.calc_cagr(benchmark), rel=SAME)


def test_risk_agrees_with_empyrical(numbers, frames, outside):
    empyrical = outside("empyrical")
    _, _, r, _, bill = frames
    answer, _ = numbers

    assert answer["volatility"] == pytest.approx(empyrical.annual_volatility(r), rel=SAME)
    assert answer["sharpe"] == pytest.approx(empyrical.sharpe_ratio(r, risk_free=bill), rel=SAME)
    assert answer["sortino"] == pytest.approx(empyrical.sortino_ratio(r, required_return=bill), rel=SAME)
    assert answer["max_drawdown"] == pytest.approx(empyrical.max_drawdown(r), rel=SAME)
    assert answer["var_95"] == pytest.approx(empyrical.value_at_risk(r, cutoff=0.05), rel=SAME)
    assert answer["cvar_95"] == pytest.approx(empyrical.conditional_value_at_risk(r, cutoff=0.05), rel=SAME)


def test_shape_agrees_with_scipy(numbers, frames, outside):
    stats = outside("scipy.stats")
    _, _, r, _, _ = frames
    answer, _ = numbers

    assert answer["skew"] == pytest.approx(stats.skew(r, bias=True), rel=SAME)
    assert answer["kurtosis"] == pytest.approx(stats.kurtosis(r, fisher=True, bias=True), rel=SAME)


def test_the_regression_on_the_benchmark_agrees_with_scipy(numbers, frames, outside):
    stats = outside("scipy.stats")
    _, _, r, b, bill = frames
    answer, _ = numbers

    fit = stats.linregress(b - bill, r - bill)

    assert answer["beta"] == pytest.approx(fit.slope, rel=SAME)
    assert answer["alpha"] == pytest.approx(fit.intercept * 252, rel=1e-7)  # a small difference of larger numbers


def test_the_spread_over_the_benchmark_agrees_with_quantstats_and_empyrical(numbers, frames, outside):
    quantstats, empyrical = outside("quantstats.stats"), outside("empyrical")
    _, _, r, b, _ = frames
    answer, _ = numbers

    # quantstats leaves the ratio daily; 252 sessions make it annual.
    daily = quantstats.information_ratio(r, b, prepare_returns=False)
    assert answer["information_ratio"] == pytest.approx(daily * np.sqrt(252), rel=SAME)
    assert answer["tracking_error"] == pytest.approx(empyrical.annual_volatility(r - b), rel=SAME)


def test_captures_agree_with_grouped_means_of_pandas(numbers, frames, outside):
    pd = outside("pandas")
    _, _, r, b, _ = frames
    answer, _ = numbers

    means = pd.DataFrame({"r": r, "b": b}).groupby(np.sign(b)).mean()

    assert answer["up_capture"] == pytest.approx(means.loc[1.0, "r"] / means.loc[1.0, "b"], rel=SAME)
    assert answer["down_capture"] == pytest.approx(means.loc[-1.0, "r"] / means.loc[-1.0, "b"], rel=SAME)


def test_months_agree_with_ffn_and_quantstats(numbers, frames, outside):
    # The run goes from one month's last session to another's, so that every month ffn and quantstats see is complete.
    ffn, quantstats = outside("ffn"), outside("quantstats.stats")
    value, _, r, _, _ = frames
    answer, _ = numbers

    months = ffn.to_monthly(value).pct_change().iloc[1:]

    assert len(months) == 46  # 2002-01 to 2005-10
    assert answer["best_month"] == pytest.approx(months.max(), rel=SAME)
    assert answer["worst_month"] == pytest.approx(months.min(), rel=SAME)
    assert answer["hit_rate_monthly"] == pytest.approx(
        quantstats.win_rate(r, aggregate="ME", prepare_returns=False), rel=SAME
    )


def test_the_account_agrees_with_sums_of_pandas(numbers, frames, outside):
    pd = outside("pandas")
    value, *_ = frames
    answer, account = numbers
    fills = pd.DataFrame({"units": account.trades.units, "price": account.trades.price, "cost": account.trades.cost})
    days = (value.index[-1] - value.index[0]) / pd.Timedelta(days=1)

    assert answer["final_value"] == value.iloc[-1]
    assert answer["turnover_per_year"] == pytest.approx(
        fills.units.abs().mul(fills.price).sum() / 2 / value.mean() / (days / 365.25), rel=SAME
    )
    assert answer["costs_usd"] == fills.cost.sum()
    assert answer["trades"] == fills.index.size
    cash = pd.Series(account.cash, index=value.index)
    assert answer["time_invested"] == pytest.approx((0.9 - cash / value).mean(), rel=SAME)


def test_phases_agree_with_groups_of_pandas_lagged_by_a_session(long_run, frames, outside):
    pd, empyrical = outside("pandas"), outside("empyrical")
    sessions, value, benchmark, bills, _ = long_run
    _, _, r, b, bill = frames
    told = np.where(np.arange(len(sessions)) % 400 < 130, "hiking", "easy")

    answer = by_phase(value, benchmark, bills=bills, phases=told)

    at_previous_close = pd.Series(told, index=r.index.insert(0, pd.Timestamp(sessions[0]))).shift(1).iloc[1:]
    for phase in ("hiking", "easy"):
        mine, theirs = answer[phase], at_previous_close == phase
        assert mine["sessions"] == theirs.sum()
        assert mine["total_return"] == pytest.approx(empyrical.cum_returns_final(r[theirs]), rel=SAME)
        assert mine["benchmark_return"] == pytest.approx(empyrical.cum_returns_final(b[theirs]), rel=SAME)
        assert mine["return_per_year"] == pytest.approx(empyrical.annual_return(r[theirs]), rel=SAME)
        assert mine["volatility"] == pytest.approx(empyrical.annual_volatility(r[theirs]), rel=SAME)
        assert mine["sharpe"] == pytest.approx(empyrical.sharpe_ratio(r[theirs], risk_free=bill[theirs]), rel=SAME)
