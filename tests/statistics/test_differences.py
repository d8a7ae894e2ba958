"""Where quantstats, empyrical and ffn define a number of the same name otherwise, and by exactly what.

Each case gives the other library's answer, and what explains it; docs/statistics.md has the same table in words. When
an upgrade changes their answer, the case fails and the table has to be looked at again.
"""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest
from generate_statistics import DIFFERENCES

from fedcycle.backtests.statistics import relative, table

SAME = 1e-9
NORMAL_5 = -1.6448536269514722
"""5% quantile of the standard normal, from any table."""


@pytest.fixture(scope="module")
def there(long_run, ledger, outside):
    """Return everything a case looks at: libraries, series, and our own numbers."""
    pd = outside("pandas")
    sessions, value, benchmark, bills, ends = long_run
    index = pd.DatetimeIndex(sessions)
    v, w, f = (pd.Series(x, index=index) for x in (value, benchmark, bills))
    r, b, bill = (x.pct_change().iloc[1:] for x in (v, w, f))
    account = ledger(value, sessions, cash=0.5 * value)
    own = table(account, bills=bills, bills_value=0 * value, month_ends=ends)
    against = relative(value, benchmark, bills=bills, sessions=sessions, name="large", month_ends=ends)
    return {
        "qs": outside("quantstats.stats"),
        "em": outside("empyrical"),
        "ffn": outside("ffn"),
        "v": v,
        "r": r,
        "b": b,
        "bill": bill,
        "d": v / v.cummax() - 1,
        "n": len(r),
        "us": own | against,
        "np": np,
    }


def corrected_skew(us, n):
    return us["skew"] * math.sqrt(n * (n - 1)) / (n - 2)


def corrected_kurtosis(us, n):
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * us["kurtosis"] + 6)


def density(z):
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def captured(r, b):
    return ((1 + r).prod() ** (252 / len(r)) - 1) / ((1 + b).prod() ** (252 / len(b)) - 1)


CASES = {
    ("cagr", "empyrical.annual_return"): (
        lambda em, r: em.annual_return(r),
        lambda us, n: (1 + us["total_return"]) ** (252 / n) - 1,
    ),
    ("cagr", "quantstats.cagr"): (
        lambda qs, r: qs.cagr(r),
        lambda us, n: (1 + us["total_return"]) ** (252 / n) - 1,
    ),
    ("calmar", "empyrical.calmar_ratio"): (
        lambda em, r: em.calmar_ratio(r),
        lambda us, n: ((1 + us["total_return"]) ** (252 / n) - 1) / -us["max_drawdown"],
    ),
    ("calmar", "quantstats.calmar"): (
        lambda qs, r: qs.calmar(r),
        lambda us, n: ((1 + us["total_return"]) ** (252 / n) - 1) / -us["max_drawdown"],
    ),
    ("var_95", "quantstats.value_at_risk"): (
        lambda qs, r: qs.value_at_risk(r, prepare_returns=False),
        lambda r: r.mean() + NORMAL_5 * r.std(),
    ),
    ("cvar_95", "quantstats.conditional_value_at_risk"): (
        lambda qs, r: qs.conditional_value_at_risk(r, prepare_returns=False),
        lambda r: r.mean() - r.std() * density(NORMAL_5) / 0.05,
    ),
    ("skew", "quantstats.skew, ffn"): (lambda qs, r: qs.skew(r, prepare_returns=False), corrected_skew),
    ("kurtosis", "quantstats.kurtosis, ffn"): (lambda qs, r: qs.kurtosis(r, prepare_returns=False), corrected_kurtosis),
    ("alpha", "empyrical.alpha"): (
        lambda em, r, b, bill: em.alpha(r, b, risk_free=bill),
        lambda r, b, bill: (1 + (r - bill).mean() - r.cov(b) / b.var() * (b - bill).mean()) ** 252 - 1,
    ),
    ("alpha", "quantstats.greeks"): (
        lambda qs, r, b: qs.greeks(r, b, prepare_returns=False)["alpha"],
        lambda r, b: (r.mean() - r.cov(b) / b.var() * b.mean()) * 252,
    ),
    ("beta", "empyrical.beta"): (
        lambda em, r, b, bill: em.beta(r, b, risk_free=bill),
        lambda r, b: r.cov(b) / b.var(),
    ),
    ("beta", "quantstats.greeks"): (
        lambda qs, r, b: qs.greeks(r, b, prepare_returns=False)["beta"],
        lambda r, b: r.cov(b) / b.var(),
    ),
    ("information_ratio", "quantstats.information_ratio, empyrical.excess_sharpe, ffn.calc_information_ratio"): (
        lambda em, r, b: em.excess_sharpe(r, b),
        lambda us: us["information_ratio"] / math.sqrt(252),
    ),
    ("up_capture", "empyrical.up_capture"): (
        lambda em, r, b: em.up_capture(r, b),
        lambda r, b: captured(r[b >= 0], b[b >= 0]),
    ),
    ("down_capture", "empyrical.down_capture"): (
        lambda em, r, b: em.down_capture(r, b),
        lambda r, b: captured(r[b < 0], b[b < 0]),
    ),
    ("ulcer_index", "quantstats.ulcer_index"): (
        lambda qs, r: qs.ulcer_index(r),
        lambda us, n: us["ulcer_index"] * math.sqrt(n / (n - 1)),
    ),
    ("ulcer_index", "ffn.to_ulcer_index"): (
        lambda ffn, v: ffn.to_ulcer_index(v),
        lambda us, n: 100 * us["ulcer_index"] * math.sqrt(n / (n + 1)),
    ),
    ("martin_ratio", "quantstats.ulcer_performance_index"): (
        lambda qs, r: qs.ulcer_performance_index(r),
        lambda us, n: us["total_return"] / (us["ulcer_index"] * math.sqrt(n / (n - 1))),
    ),
    ("recovery_factor", "quantstats.recovery_factor"): (
        lambda qs, r: qs.recovery_factor(r, prepare_returns=False),
        lambda us, r: abs(r.sum()) / -us["max_drawdown"],
    ),
    ("treynor", "quantstats.treynor_ratio"): (
        lambda qs, r, b: qs.treynor_ratio(r, b),
        lambda us, r, b: us["total_return"] / (r.cov(b) / b.var()),
    ),
    ("kelly", "quantstats.kelly_criterion"): (
        lambda qs, r: qs.kelly_criterion(r, prepare_returns=False),
        lambda us: us["hit_rate_daily"] - (1 - us["hit_rate_daily"]) / us["payoff_ratio"],
    ),
    ("gain_to_pain", "quantstats.gain_to_pain_ratio"): (
        lambda qs, r: qs.gain_to_pain_ratio(r),
        lambda us: us["profit_factor"] - 1,
    ),
    ("sharpe", "quantstats.sharpe"): (
        lambda qs, r: qs.sharpe(r),
        lambda r: r.mean() / r.std() * math.sqrt(252),
    ),
    ("sortino", "quantstats.sortino"): (
        lambda qs, r: qs.sortino(r),
        lambda r: r.mean() / math.sqrt((np.minimum(r, 0) ** 2).mean()) * math.sqrt(252),
    ),
    ("average_drawdown_days", "ffn.PerformanceStats.avg_drawdown_days"): (
        lambda ffn, v: ffn.PerformanceStats(v).avg_drawdown_days,
        # ffn begins on the first close below the peak, so its drawdowns are shorter by the gap before it.
        lambda us, d, n, v: us["average_drawdown_days"] - gaps(d),
    ),
    ("time_invested", "quantstats.exposure"): (
        lambda qs, r: qs.exposure(r, prepare_returns=False),
        lambda r: math.ceil(float((r != 0).mean()) * 100) / 100,
    ),
}


def gaps(d):
    """The calendar days from each peak to the first close below it, on average."""
    began = np.flatnonzero((d < 0) & (d.shift(1) == 0))
    return float(np.mean([(d.index[k] - d.index[k - 1]).days for k in began]))


def asked(function, there):
    return function(**{name: there[name] for name in inspect.signature(function).parameters})


@pytest.mark.filterwarnings("ignore:A future version of pandas")
@pytest.mark.parametrize("case", CASES, ids=[f"{number} in {where}" for number, where in CASES])
def test_another_library_differs_by_what_the_page_says_and_by_nothing_else(case, there):
    theirs, explained = (asked(function, there) for function in CASES[case])

    assert float(theirs) == pytest.approx(float(explained), rel=SAME)
    assert float(theirs) != pytest.approx(there["us"][case[0]], rel=1e-6)


def test_the_page_lists_exactly_these_differences():
    assert {(row.number, row.where) for row in DIFFERENCES} == set(CASES)
