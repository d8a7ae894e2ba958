"""Each statistic against a library that defines it the same way, on a seeded run of a thousand sessions."""

from __future__ import annotations

import numpy as np
import pytest

from fedcycle.backtests.statistics import (
    Bills,
    Returns,
    by_phase,
    calendar,
    drawdowns,
    relative,
    rolling_beta,
    rolling_correlation,
    rolling_sharpe,
    rolling_volatility,
    table,
)

SAME = 1e-12
"""Both sides add a thousand numbers of size 0.01 in double precision, in another order: some 1e-15 of their sum."""


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
    against = relative(value, benchmark, bills=bills, sessions=sessions, name="large", month_ends=ends)
    return own | against, account


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
    assert answer["alpha"] == pytest.approx(fit.intercept * 252, rel=SAME)


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
    day = pd.to_datetime(account.trades.filled_on)
    before = value.loc[day].to_numpy() + fills.cost.groupby(day).transform("sum").to_numpy()
    assert answer["turnover_per_year"] == pytest.approx(
        fills.units.abs().mul(fills.price).div(before).sum() / 2 / (days / 365.25), rel=SAME
    )
    assert answer["costs_usd"] == fills.cost.sum()
    assert answer["trades"] == fills.index.size
    cash = pd.Series(account.cash, index=value.index)
    assert answer["time_invested"] == pytest.approx((0.9 - cash / value).iloc[1:].mean(), rel=SAME)


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


def test_more_of_risk_agrees_with_empyrical(numbers, frames, outside):
    empyrical = outside("empyrical")
    _, _, r, b, bill = frames
    answer, _ = numbers
    e, o = r - bill, b - bill

    assert answer["downside_deviation"] == pytest.approx(empyrical.downside_risk(r, required_return=bill), rel=SAME)
    assert answer["omega"] == pytest.approx(empyrical.omega_ratio(r, risk_free=bill), rel=SAME)
    assert answer["tail_ratio"] == pytest.approx(empyrical.tail_ratio(r), rel=SAME)
    assert answer["stability"] == pytest.approx(empyrical.stability_of_timeseries(r), rel=SAME)
    assert answer["beta"] == pytest.approx(empyrical.beta(e, o), rel=SAME)
    assert answer["hit_rate_over_benchmark"] == empyrical.batting_average(r, b)["batting average"]
    assert answer["up_beta"] == pytest.approx(empyrical.beta(e[b > 0], o[b > 0]), rel=SAME)
    assert answer["down_beta"] == pytest.approx(empyrical.beta(e[b < 0], o[b < 0]), rel=SAME)


def test_gains_and_losses_by_session_agree_with_quantstats(numbers, frames, outside):
    quantstats = outside("quantstats.stats")
    _, _, r, b, _ = frames
    answer, _ = numbers

    assert answer["best_day"] == pytest.approx(quantstats.best(r, prepare_returns=False), rel=SAME)
    assert answer["worst_day"] == pytest.approx(quantstats.worst(r, prepare_returns=False), rel=SAME)
    assert answer["average_gain"] == pytest.approx(quantstats.avg_win(r, prepare_returns=False), rel=SAME)
    assert answer["average_loss"] == pytest.approx(quantstats.avg_loss(r, prepare_returns=False), rel=SAME)
    assert answer["payoff_ratio"] == pytest.approx(quantstats.payoff_ratio(r, prepare_returns=False), rel=SAME)
    assert answer["profit_factor"] == pytest.approx(quantstats.profit_factor(r, prepare_returns=False), rel=SAME)
    assert answer["hit_rate_daily"] == pytest.approx(quantstats.win_rate(r, prepare_returns=False), rel=SAME)
    assert answer["longest_gains"] == quantstats.consecutive_wins(r, prepare_returns=False)
    assert answer["longest_losses"] == quantstats.consecutive_losses(r, prepare_returns=False)
    assert answer["r_squared"] == pytest.approx(quantstats.r_squared(r, b, prepare_returns=False), rel=SAME)


def test_the_mean_and_the_dependence_of_returns_agree_with_pandas_and_numpy(numbers, frames, outside):
    _, _, r, b, bill = frames
    answer, _ = numbers
    away = (r - r.mean()).to_numpy()

    assert answer["mean_return"] == pytest.approx(r.mean() * 252, rel=SAME)
    assert answer["mean_active_return"] == pytest.approx((r - b).mean() * 252, rel=SAME)
    assert answer["correlation"] == pytest.approx(r.corr(b), rel=SAME)
    lagged = np.correlate(away, away, "full")[len(r)]
    assert answer["autocorrelation"] == pytest.approx(lagged / away.dot(away), rel=SAME)
    assert answer["kelly"] == pytest.approx((r - bill).mean() / (r - bill).var(), rel=SAME)


@pytest.mark.filterwarnings("ignore:A future version of pandas")
def test_monthly_and_yearly_statistics_agree_with_ffn(long_run, ledger, outside):
    # From one year's last session to another's: ffn counts the months and years that a series touches.
    ffn, pd = outside("ffn"), outside("pandas")
    sessions, value, _, _, ends = long_run
    whole = sessions <= np.datetime64("2004-12-31")
    sessions, value, ends = sessions[whole], value[whole], ends[whole]
    answer = table(ledger(value, sessions), bills=np.ones(len(value)), bills_value=0 * value, month_ends=ends)

    stats = ffn.PerformanceStats(pd.Series(value, index=pd.DatetimeIndex(sessions)))

    assert answer["volatility_monthly"] == pytest.approx(stats.monthly_vol, rel=SAME)
    assert answer["sharpe_monthly"] == pytest.approx(stats.monthly_sharpe, rel=SAME)
    assert answer["average_up_month"] == pytest.approx(stats.avg_up_month, rel=SAME)
    assert answer["average_down_month"] == pytest.approx(stats.avg_down_month, rel=SAME)
    assert answer["hit_rate_12m"] == pytest.approx(stats.twelve_month_win_perc, rel=SAME)
    assert answer["best_year"] == pytest.approx(stats.best_year, rel=SAME)
    assert answer["worst_year"] == pytest.approx(stats.worst_year, rel=SAME)
    assert answer["hit_rate_yearly"] == pytest.approx(stats.win_year_perc, rel=SAME)
    assert answer["average_drawdown"] == pytest.approx(stats.avg_drawdown, rel=SAME)


def test_the_table_of_months_agrees_with_quantstats(long_run, frames, outside):
    quantstats = outside("quantstats.stats")
    sessions, value, benchmark, _, ends = long_run
    _, _, r, _, _ = frames

    answer = calendar(value, benchmark, sessions=sessions, month_ends=ends)

    theirs = quantstats.monthly_returns(r, prepare_returns=False)
    for year in ("2002", "2003", "2004"):
        assert answer[year]["months"] == pytest.approx(theirs.loc[year].iloc[:12].tolist(), rel=SAME)
        assert answer[year]["year"] == pytest.approx(theirs.loc[year, "EOY"], rel=SAME)
    # 2001 has one session, 2005 ends in October: no year, and no month outside the run.
    assert answer["2001"]["year"] is answer["2005"]["year"] is None
    assert answer["2001"]["months"] == [None] * 12
    assert answer["2005"]["months"][9:] == [pytest.approx(theirs.loc["2005", "OCT"], rel=SAME), None, None]


def test_drawdowns_agree_with_ffn(long_run, outside):
    ffn, pd = outside("ffn"), outside("pandas")
    sessions, value, _, _, _ = long_run
    series = pd.Series(value, index=pd.DatetimeIndex(sessions))

    theirs = ffn.drawdown_details(ffn.to_drawdown_series(series)).sort_values("drawdown")

    for mine, (_, row) in zip(drawdowns(value, sessions), theirs.iterrows(), strict=False):
        assert mine["depth"] == pytest.approx(row.drawdown, rel=SAME)
        # ffn starts a drawdown on the first close below the peak, here it starts at the peak itself.
        after_peak = sessions[np.searchsorted(sessions, np.datetime64(mine["start"])) + 1]
        assert str(after_peak) == str(row.Start.date())
        assert (mine["end"] or str(sessions[-1])) == str(row.End.date())


def test_rolling_windows_agree_with_pandas_and_quantstats(long_run, frames, outside):
    quantstats = outside("quantstats.stats")
    sessions, value, benchmark, bills, _ = long_run
    _, _, r, b, bill = frames
    own, other = Returns.of_level(value, sessions), Returns.of_level(benchmark, sessions)
    cash = Bills.of_level(bills, sessions)
    rolled = {
        "volatility": rolling_volatility(own, 126),
        "sharpe": rolling_sharpe(own, cash, window=126),
        "correlation": rolling_correlation(own, other, window=126),
        "beta": rolling_beta(own, other, bills=cash, window=126),
    }
    excess, over = r - bill, b - bill

    theirs = {
        "volatility": quantstats.rolling_volatility(r, 126, prepare_returns=False),
        "sharpe": quantstats.rolling_sharpe(excess, rolling_period=126, prepare_returns=False),
        "correlation": r.rolling(126).corr(b),
        "beta": excess.rolling(126).cov(over) / over.rolling(126).var(),
    }

    for name, mine in rolled.items():
        # pandas updates its sums from window to window, which costs it digits that a fresh sum keeps.
        np.testing.assert_allclose(mine, theirs[name].to_numpy(), rtol=1e-8, err_msg=name)
        assert np.isnan(mine[:125]).all()
        assert np.isfinite(mine[125:]).all()
