"""The numbers of many accounts in one pass, against the textbook with more digits, on accounts made to hurt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedcycle.backtests import statistics
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.ledger import measured
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.backtests.engines import vectorised
from fedcycle.backtests.statistics.numerics import sessions_per_year
from fedcycle.backtests.sweep.streaming_statistics import NUMBERS, statistics_of, streaming_statistics
from fedcycle.data import Market
from fedcycle.strategies import Strategy

from ..property_tests import examples

T = 400
DAYS = np.busday_offset("2001-01-01", np.arange(T), roll="forward")
LONG = np.longdouble


class Given(Strategy):
    """Never asked: the targets are given."""

    def weights(self, view):
        raise AssertionError


def market(**levels):
    prices = np.stack(list(levels.values()), axis=1)
    # Filled at opens half a percent away, so that the very first return is one.
    return Market("made", DAYS, tuple(levels), prices, opens=prices * 1.005)


RNG = np.random.default_rng(11)
BILLS = np.cumprod(1 + np.repeat(RNG.uniform(1e-6, 2e-4, 20), 20))
STEADY = 1.0003 ** np.arange(T)
WILD = np.cumprod(1 + RNG.standard_t(3, T) * 0.02)
CRASH = np.concatenate([[1.0, 0.02], 0.02 * np.cumprod(1 + RNG.normal(0, 1e-4, T - 2))])
MARKET = market(bills=BILLS, steady=STEADY, wild=WILD, crash=CRASH)
# numpy adds up eight and more in pairs where it may.
WIDE = market(**{f"a{k:02}": np.cumprod(1 + RNG.normal(3e-4, 0.01, T)) for k in range(20)})
MIXES = {
    "cash": [0, 0, 0, 0],
    "bills": [1, 0, 0, 0],
    "steady": [0, 1, 0, 0],
    "wild": [0, 0, 1, 0],
    "crash": [0, 0, 0, 1],
    "mix": [0.25, 0.25, 0.25, 0.25],
    "part": [0.1, 0, 0.3, 0],
}


def backtest(fill, strategy=None, **more):
    options = {"start": DAYS[0], "end": DAYS[-1], "schedule": "month_end", "fill": fill, **more}
    return Backtest(market=MARKET, strategy=strategy or Given(), **options)


def textbook(value, bills):
    """The definitions, two passes, in long doubles; the weekdays of the made calendar are 261 and more a year."""
    year = LONG(sessions_per_year(DAYS))
    value, bills = value.astype(LONG), bills.astype(LONG)
    r, b = value[1:] / value[:-1] - 1, bills[1:] / bills[:-1] - 1
    e, n = r - b, len(r)
    peak = np.maximum.accumulate(value)

    def moment(x, k):
        return ((x - x.mean()) ** k).mean()

    sd, sde = np.sqrt(moment(r, 2) * n / (n - 1)), np.sqrt(moment(e, 2) * n / (n - 1))
    down = np.sqrt((np.minimum(e, 0) ** 2).mean())
    found = {
        "final_value": value[-1],
        "total_return": value[-1] / value[0] - 1,
        "volatility": sd * np.sqrt(year),
        "max_drawdown": (value / peak).min() - 1,
    }
    if sd > 1e-12:
        found |= {"skew": moment(r, 3) / moment(r, 2) ** 1.5, "kurtosis": moment(r, 4) / moment(r, 2) ** 2 - 3}
    if sde > 1e-12:
        found |= {
            "sharpe": e.mean() / sde * np.sqrt(year),
            "excess_skew": moment(e, 3) / moment(e, 2) ** 1.5,
            "excess_kurtosis": moment(e, 4) / moment(e, 2) ** 2 - 3,
        }
    if down > 1e-12:
        found["sortino"] = e.mean() * np.sqrt(year) / down
    return found


def together(test, weights, *, rates, bills):
    targets = np.asarray(weights, dtype=np.float64)
    capital, orders = np.full(len(targets), 1e6), always(test, len(targets))
    return streaming_statistics(
        test, targets, orders, capital=capital, rate=rates, bills=bills, benchmark=bills, cash_like="bills"
    )


def always(test, accounts):
    """Every account decides its own row of the targets on every decision day."""
    return {int(at) + test.lag: (np.arange(accounts), np.arange(accounts)) for at in test.decisions}


@pytest.mark.parametrize("fill", ["close", "open"])
@pytest.mark.parametrize("bills", [BILLS, STEADY, np.ones(T)], ids=["bills", "steady bills", "no bills"])
def test_accounts_made_to_hurt_have_the_textbooks_numbers(fill, bills):
    test = backtest(fill)
    found = together(test, list(MIXES.values()), rates=np.full(len(MIXES), 0.001), bills=bills)
    for n, (name, mix) in enumerate(MIXES.items()):
        by_day = {str(test.sessions[at]): dict(zip(MARKET.assets, mix, strict=True)) for at in test.decisions}

        class Fixed(Strategy):
            script = by_day

            def weights(self, view):
                return self.script[str(view.today)]

        ledger = vectorised.run(backtest(fill, Fixed(), costs=Costs(slippage_bps=10.0)))
        first = ledger.first_fill
        own, level = measured(ledger.value, first), measured(bills, first, at_fill=True)
        assert found["returns"][n] == len(own) - 1
        for number, exact in textbook(own, level).items() if first is not None else ():
            assert found[number][n] == pytest.approx(float(exact), rel=1e-9, abs=1e-12), (name, number)
        assert found["costs_usd"][n] == pytest.approx(ledger.trades.cost.sum(), rel=1e-12, abs=1e-9)
        assert found["trades"][n] == len(ledger.trades)
        idle = (ledger.cash + ledger.of("bills") * test.marks[:, 0]) / ledger.value
        invested = 0.0 if first is None else 1 - idle[first:].mean()
        assert found["time_invested"][n] == pytest.approx(invested, rel=1e-9, abs=1e-12), name


def test_what_does_not_move_has_no_ratio():
    found = together(backtest("close"), [MIXES["cash"], MIXES["steady"]], rates=np.zeros(2), bills=np.ones(T))
    assert found["max_drawdown"][0] == found["total_return"][0] == found["returns"][0] == 0
    assert np.isnan(found["volatility"][0])
    for number in ("sharpe", "sortino", "calmar", "skew", "kurtosis", "excess_skew", "excess_kurtosis"):
        assert np.isnan(found[number][0]), number
    # Never falls, and bills earn nothing.
    assert np.isnan(found["sortino"][1])
    assert np.isnan(found["calmar"][1])


def test_a_fall_of_rounding_alone_has_no_calmar_ratio():
    class Steady(Strategy):
        def weights(self, view):
            return {"steady": 1.0}

    ledger = vectorised.run(backtest("close", Steady()))
    value = ledger.value.copy()
    value[200] = value[199] * (1 - 1e-15)
    found = statistics_of(replace(ledger, value=value), bills=np.ones(T), bills_value=np.zeros(T), benchmark=np.ones(T))
    assert -1e-14 < found["max_drawdown"] < 0
    assert np.isnan(found["calmar"])


def test_a_constant_return_is_constant_from_its_first_session_on():
    """Filled at an open that is the close before it: all returns are the same to their last digits.

    Bills earn nothing, as an account's first session has none of theirs.
    """
    levels = {"steady": 1.0003 ** np.arange(T), "bills": np.ones(T)}
    prices = np.stack(list(levels.values()), axis=1)
    opens = prices.copy()
    opens[1] = prices[0]
    made = Market("made", DAYS, tuple(levels), prices, opens=opens)
    test = Backtest(market=made, strategy=Given(), start=DAYS[0], end=DAYS[-1], schedule="daily", fill="open")
    found = streaming_statistics(
        test, np.array([[1.0, 0.0], [1.0, 0.0]]), always(test, 2),
        capital=np.full(2, 1e6), rate=np.zeros(2), bills=prices[:, 1], benchmark=prices[:, 1],
    )  # fmt: skip
    assert found["volatility"][0] < 1e-14
    for number in ("sharpe", "skew", "kurtosis", "excess_skew", "excess_kurtosis"):
        assert np.isnan(found[number][0]), number


@settings(max_examples=examples(30))
@given(seed=st.integers(0, 10**6), accounts=st.integers(1, 60), fill=st.sampled_from(["close", "open"]))
def test_a_variants_numbers_do_not_depend_on_which_others_stand_beside_it(seed, accounts, fill):
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(4), accounts) * (rng.random((accounts, 4)) < 0.7)
    rates = rng.choice([0.0, 0.0005, 0.2], accounts)
    test = backtest(fill)
    found = together(test, weights, rates=rates, bills=BILLS)
    some = rng.permutation(accounts)[: int(rng.integers(1, accounts + 1))]
    fewer = together(test, weights[some], rates=rates[some], bills=BILLS)
    for name in NUMBERS:
        assert fewer[name].tobytes() == found[name][some].tobytes(), name


@settings(max_examples=examples(20))
@given(seed=st.integers(0, 10**6), band=st.sampled_from([0.0, 0.05]))
def test_nor_where_each_has_days_and_assets_of_its_own(seed, band):
    rng = np.random.default_rng(seed)
    accounts = 12
    test = Backtest(market=WIDE, strategy=Given(), start=DAYS[0], end=DAYS[-1], schedule="daily", band=band)
    targets = rng.dirichlet(np.ones(20), accounts) * (rng.random((accounts, 20)) < 0.6)
    capital, rate = 10.0 ** rng.uniform(2, 7, accounts), rng.choice([0.0, 0.0005, 0.2], accounts)
    every = rng.integers(3, 9, accounts)

    def judged(some):
        due = {at: np.flatnonzero(at % every[some] == 0) for at in range(1, T)}
        orders = {at: (who, who) for at, who in due.items() if len(who)}
        return streaming_statistics(
            test, targets[some], orders, capital=capital[some], rate=rate[some], bills=BILLS, benchmark=BILLS
        )

    found, some = judged(np.arange(accounts)), np.sort(rng.permutation(accounts)[: int(rng.integers(1, accounts))])
    fewer = judged(some)
    for name in NUMBERS:
        assert fewer[name].tobytes() == found[name][some].tobytes(), name


def test_a_lost_account_has_the_numbers_of_its_own_run_and_no_neighbour_notices():
    """Asset ``ends`` is worth nothing after its last close: all in it is all lost, half in it is half lost."""
    half = T // 2
    prices = np.stack([BILLS, WILD, np.where(np.arange(T) < half, STEADY, np.nan)], axis=1)
    made = Market("made", DAYS, ("bills", "wild", "ends"), prices)

    class AllInWhatEnds(Strategy):
        def weights(self, view):
            return {"ends": 1.0} if "ends" in view.assets else {}

    options = {"market": made, "start": DAYS[0], "end": DAYS[-1], "schedule": "month_end", "delisting": -1.0}
    test = Backtest(strategy=Given(), **options)
    every = np.arange(3)
    orders = {at: (every, every) for at in (test.decisions + 1).tolist() if at < half}
    found = streaming_statistics(
        test, np.array([[0, 0, 1.0], [0, 0.5, 0.5], [0.2, 0.8, 0]]), orders,
        capital=np.full(3, 1e6), rate=np.full(3, 1e-3), bills=BILLS, benchmark=BILLS, cash_like="bills",
    )  # fmt: skip
    ledger = vectorised.run(Backtest(strategy=AllInWhatEnds(), costs=Costs(slippage_bps=10.0), **options))
    assert ledger.value[-1] == 0
    table = statistics.table(
        ledger,
        bills=BILLS,
        bills_value=np.zeros(T),
        month_ends=np.append(np.diff(DAYS.astype("datetime64[M]").astype(int)) > 0, [False]),
    )
    for name in set(NUMBERS) & set(table):
        expected = np.nan if table[name] is None else table[name]
        assert found[name][0] == pytest.approx(expected, rel=1e-9, nan_ok=True), name
    assert (found["final_value"][0], found["total_return"][0], found["cagr"][0]) == (0.0, -1.0, -1.0)
    assert (found["max_drawdown"][0], found["calmar"][0]) == (-1.0, -1.0)
    assert np.isnan(found["volatility"][0])
    for name in NUMBERS:
        assert np.isfinite(found[name][1:]).all(), name
