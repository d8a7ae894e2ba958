"""Every shipped config, and so every rule of the library, keeps the same account on every engine."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fedcycle.backtests import config
from fedcycle.backtests.engines import backtrader, vectorised
from fedcycle.backtests.workflows import study
from fedcycle.strategies import library
from fedcycle.strategies.strategy import Strategy

from ..closeness import SHARE, assert_close, assert_same_account, highest
from .conftest import kept, orders_of

SHIPPED = tuple(config.shipped())
ON_PORTFOLIOS = tuple(name for name in SHIPPED if not name.startswith("stocks/"))  # those: tests/fundamentals


def rules_in(rule: Strategy) -> set[str]:
    """The name of a rule and of those it is made of."""
    return {type(rule).__name__}.union(*(rules_in(each) for each in rule.inner().values()))


@pytest.fixture(scope="module")
def market():
    return study.prepare(config.load("base")).market


@pytest.fixture(scope="module")
def gappy(market):
    """The bundle with one price in fifty missing inside each span, but for bills, and opens a little off the closes."""
    rng = np.random.default_rng(50)
    prices = market.prices.copy()
    for asset, (first, last) in market.spans.items():
        if asset != "bills":
            inside = prices[first + 1 : last, market.column(asset)]
            inside[rng.random(len(inside)) < 0.02] = np.nan
    opens = prices * rng.uniform(0.999, 1.001, prices.shape)
    return dataclasses.replace(market, name="gappy", prices=prices, opens=opens)


@pytest.mark.slow
@pytest.mark.parametrize("name", ON_PORTFOLIOS)
def test_a_shipped_config_keeps_the_same_account_on_every_engine(name, market):
    keeps_the_same_account(study.prepare(config.load(name), market).backtest)


@pytest.mark.slow
@pytest.mark.parametrize("name", ON_PORTFOLIOS)
def test_a_shipped_config_keeps_the_same_account_over_gaps_at_opens_and_in_whole_units(name, gappy):
    sets = ("execution.fill=open", "execution.units=whole", "execution.capital=100000")
    test = study.prepare(config.load(name, sets), gappy).backtest
    assert len(gappy.gaps) == len(gappy.assets) - 1
    assert (test.fill, test.units) == ("open", "whole")
    ledger = keeps_the_same_account(test)
    assert any("last close before" in note for note in ledger.notes)


def keeps_the_same_account(test):
    one, other = backtrader.run(test), vectorised.run(test)
    assert_same_account(one, other, test=test)
    if test.account.on_margin:  # the engine of many accounts refuses these
        return one

    which = np.arange(len(other.targets))[:, None]
    costs, capital = np.array([test.costs.rate]), np.array([test.capital])
    many = kept(test, other.targets, orders_of(test, which), capital=capital, rate=costs)
    most = highest(other.value, test.capital)
    assert_close(many.value[:, 0], other.value, of=most)
    assert many.accounts.trades[0] == len(other.trades)
    assert_close(many.accounts.costs[0], other.trades.cost.sum(), of=most[-1], share=1000 * SHARE)
    return one


def test_every_rule_of_the_library_is_in_a_shipped_config():
    used = set().union(*(rules_in(config.load(name).strategy()) for name in SHIPPED))
    # FixedMix and the others alike: what no config shows is compared by nobody.
    assert set(library.names()) <= used
