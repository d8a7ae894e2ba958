"""Many accounts in one pass: each is the account of its own run, whichever are computed together with it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.rebalance import Costs, rebalance
from fedcycle.backtests.engines import vectorised
from fedcycle.backtests.engines.rebalance_batch import rebalance_batch

from ..closeness import SHARE, assert_close, highest
from ..property_tests import examples
from .conftest import Scripted, kept, walk
from .test_parity import DELISTINGS, KINDS, script, with_ends, with_gaps


def together(tests, **options):
    """Run backtests that differ in decisions, schedule, lag, capital and costs in one pass; also each by itself."""
    ledgers = [vectorised.run(test) for test in tests]
    targets = np.vstack([ledger.targets for ledger in ledgers])
    found, first = {}, 0
    for k, (test, ledger) in enumerate(zip(tests, ledgers, strict=True)):
        for row, at in enumerate((test.decisions + test.lag).tolist()):
            found.setdefault(at, []).append((k, first + row))
        first += len(ledger.targets)
    orders = {at: tuple(np.array(pairs).T) for at, pairs in found.items()}
    capital = np.array([test.capital for test in tests])
    rate = np.array([test.costs.rate for test in tests])
    return ledgers, kept(tests[0], targets, orders, capital=capital, rate=rate, **options), (targets, orders)


@settings(max_examples=examples(40))
@given(
    seed=st.integers(0, 10**6),
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=5),
    schedules=st.lists(st.sampled_from(["daily", "week_end", "month_end"]), min_size=1, max_size=2),
    lags=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    bps=st.lists(st.sampled_from([0.0, 5.0, 150.0]), min_size=5, max_size=5),
    ends=st.booleans(),
    band=st.sampled_from([0.0, 0.0, 0.02, 0.2]),
    fill=st.sampled_from(["close", "open"]),
    gaps=st.sampled_from([0.0, 0.0, 0.1, 0.5]),
    units=st.sampled_from(["fractional", "whole"]),
    delisting=DELISTINGS,
)
def test_each_account_is_that_of_its_own_run(
    seed, kinds, schedules, lags, bps, ends, band, fill, gaps, units, delisting
):
    market = walk(seed % 97, 60, 4)
    market = with_ends(market, seed) if ends else market
    market = with_gaps(market, seed, gaps)
    span = {"start": market.sessions[2], "end": market.sessions[-1]}
    tests = [
        Backtest(
            market=market,
            strategy=Scripted(script=script(market, seed + k, kind)),
            schedule=schedules[k % len(schedules)],
            lag=lags[k % len(lags)],
            band=band,
            fill=fill,
            units=units,
            delisting=delisting,
            costs=Costs(slippage_bps=bps[k]),
            capital=1000.0 * (k + 1),
            **span,
        )
        for k, kind in enumerate(kinds)
    ]
    ledgers, many, (targets, orders) = together(tests, cash_like="a1")
    accounts = many.accounts
    for k, ledger in enumerate(ledgers):
        most = highest(ledger.value, tests[k].capital)
        assert_close(many.value[:, k], ledger.value, of=most)
        assert ((many.value[:, k] == 0) == (ledger.value == 0)).all()
        assert accounts.trades[k] == len(ledger.trades)
        # Sums over all fills of an account: as many roundings as fills.
        assert_close(accounts.costs[k], ledger.trades.cost.sum(), of=most[-1], share=1000 * SHARE)
        traded = np.abs(ledger.trades.units * ledger.trades.price).sum()
        assert_close(accounts.traded[k], traded, of=most[-1], share=1000 * SHARE)
        bills = ledger.of("a1") * np.nan_to_num(tests[k].marks[:, 1])
        if ledger.value[-1] > 0:
            idle = ((ledger.cash + bills) / ledger.value).sum()
            # A share of value: rounding of the highest value so far, over what is left of it.
            assert_close(many.idle[k], idle, of=(most / ledger.value).sum(), share=10 * SHARE)
        else:
            assert np.isnan(many.idle[k])
    for k, test in enumerate(tests):
        alone = kept(
            test,
            targets,
            {at: (np.zeros(1, dtype=int), rows[who == k]) for at, (who, rows) in orders.items() if k in who},
            capital=np.array([test.capital]),
            rate=np.array([test.costs.rate]),
            cash_like="a1",
        )
        assert np.ascontiguousarray(alone.value[:, 0]).tobytes() == np.ascontiguousarray(many.value[:, k]).tobytes()
        assert (alone.accounts.traded[0], alone.accounts.costs[0]) == (accounts.traded[k], accounts.costs[k])


@settings(max_examples=examples(150))
@given(
    seed=st.integers(0, 10**6),
    assets=st.integers(1, 12),
    bps=st.sampled_from([0.0, 5.0, 500.0]),
    band=st.sampled_from([0.0, 0.05]),
    shut=st.sampled_from([None, 0.3, 1.0]),
    whole=st.booleans(),
)
def test_many_rebalances_are_one_after_another(seed, assets, bps, band, shut, whole):
    rng = np.random.default_rng(seed)
    accounts = 7
    weights = rng.dirichlet(np.ones(assets), accounts).T * (rng.random((assets, accounts)) < 0.7)
    units = rng.uniform(0, 10, (assets, accounts)) * (rng.random((assets, accounts)) < 0.7)
    units = np.floor(units) if whole else units
    prices, cash = rng.uniform(5, 50, assets), rng.uniform(1, 100, accounts)
    closed = None if shut is None else rng.random(assets) < shut
    options = {"prices": prices, "band": band, "closed": closed, "whole_units": whole}
    many = rebalance_batch(weights, units, cash=cash, rate=np.full(accounts, bps / 1e4), **options)
    for k in range(accounts):
        one = rebalance(weights[:, k], units[:, k], cash=float(cash[k]), rate=bps / 1e4, **options)
        value = cash[k] + units[:, k] @ prices
        np.testing.assert_allclose(many[:, k] * prices, one * prices, atol=1e-12 * value)
        traded = np.abs((many[:, k] - units[:, k]) * prices).sum()
        # Nothing is ever overdrawn: what is spent and its costs fit into what was there.
        assert many[:, k] @ prices + traded * bps / 1e4 <= value * (1 + 1e-15)


@settings(max_examples=examples(150))
@given(
    seed=st.integers(0, 10**6),
    assets=st.sampled_from([2, 4, 9, 20, 64]),
    band=st.sampled_from([0.0, 0.02]),
    shut=st.booleans(),
)
def test_a_rebalance_does_not_depend_on_which_others_are_made_beside_it(seed, assets, band, shut):
    """Not with many assets, which numpy adds up in pairs where they lie side by side in memory; nor where some stand
    still, or take more steps than others to what they spend."""
    rng = np.random.default_rng(seed)
    accounts = 12
    weights = rng.dirichlet(np.ones(assets), accounts).T * (rng.random((assets, accounts)) < 0.7)
    prices, cash = rng.uniform(5, 50, assets), rng.uniform(1, 100, accounts)
    units = rng.uniform(0, 10, (assets, accounts)) * (rng.random((assets, accounts)) < 0.7)
    still = rng.random(accounts) < 0.6
    units[:, still] = weights[:, still] * 1000.0 / prices[:, None]
    cash[still] = 1000.0 * (1.0 - weights[:, still].sum(axis=0))
    rate = rng.choice([0.0, 0.0005, 0.2], accounts)
    closed = rng.random(assets) < 0.3 if shut else None
    options = {"prices": prices, "band": band, "closed": closed}
    many = rebalance_batch(weights, units, cash=cash, rate=rate, **options)
    some = np.sort(rng.permutation(accounts)[: int(rng.integers(2, accounts))])
    mine = rebalance_batch(weights[:, some], units[:, some], cash=cash[some], rate=rate[some], **options)
    assert mine.tobytes() == np.ascontiguousarray(many[:, some]).tobytes()


def test_an_account_that_is_worth_nothing_stops_the_run():
    with pytest.raises(BacktestError, match="worth 0"):
        rebalance_batch(
            np.ones((1, 2)), np.zeros((1, 2)), prices=np.ones(1), cash=np.array([1.0, 0.0]), rate=np.zeros(2)
        )
