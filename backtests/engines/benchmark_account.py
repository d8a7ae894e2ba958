"""The account a run is measured against: it decides at the close at which the run first did, and fills with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fedcycle.backtests.core.account import LONG, Account
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.benchmark import Benchmark
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.core.rebalance import RESERVE, SMALLEST_TRADE, Costs, rebalance
from fedcycle.backtests.engines import vectorised
from fedcycle.data.closeness import SAME
from fedcycle.data.typing import Float64
from fedcycle.strategies.strategy import Strategy

Engine = Callable[[Backtest], Ledger]


def benchmark_account(
    backtest: Backtest,
    strategy: Strategy,
    *,
    first_fill: int | None,
    schedule: str | None = None,
    account: Account = LONG,
    engine: Engine = vectorised.run,
) -> Ledger | None:
    """Return the account of a benchmark from the close at which it decides, which is when the run first did.

    Parameters
    ----------
    backtest : of the run
        Its lag, fill price, schedule and treatment of assets that end are the benchmark's too; its costs, band,
        whole units and flows are not.
    strategy : what the benchmark holds
    first_fill : session of the run's first fill, or None where it has none: the benchmark then has no account
    schedule : the benchmark's own, where it is a config
    account : the benchmark's own, where it is a config; an asset or a mix is held long and unlevered
    engine : what keeps the account
    """
    if first_fill is None:
        return None
    own = replace(
        backtest,
        strategy=strategy,
        start=backtest.sessions[first_fill - backtest.lag],
        schedule=schedule or backtest.schedule,
        costs=Costs(),
        band=0.0,
        units="fractional",
        account=account,
        flow=0.0,  # what is paid in is no gain: both are told as if their first capital alone had been invested
    )
    return engine(own)


def benchmark_value(backtest: Backtest, account: Ledger | None) -> Float64:
    """Return what a benchmark is worth at each close of a run, (T,) US dollars: before its account, capital."""
    value = np.full(len(backtest.sessions), backtest.capital)
    if account is not None:
        value[len(value) - len(account.value) :] = account.value
    return value


def value_of_asset(backtest: Backtest, asset: str, first_fill: int) -> Float64 | None:
    """Return ``benchmark_value`` of one asset, (T,), without asking a rule on each decision day; None where it cannot.

    Whoever is invested whole in one asset has nothing to trade after the first fill, as long as it has a price in each
    session and the reserve stays under the smallest trade. To the bit what the vectorised engine says.
    """
    column = backtest.market.column(asset)
    marks, fills = backtest.marks[first_fill:, column], backtest.fills_at[first_fill:, column]
    lowest = np.minimum(marks.min(), fills.min())
    if not lowest * SMALLEST_TRADE > 2.0 * RESERVE * fills[0]:
        return None
    (units,) = rebalance(np.ones(1), np.zeros(1), prices=fills[:1], cash=backtest.capital, rate=0.0)
    value = np.full(len(backtest.sessions), backtest.capital)
    value[first_fill:] = marks * units + (backtest.capital - units * fills[0])
    return value


def settled(benchmark: Benchmark, ledger: Ledger) -> Benchmark:
    """Return a benchmark; the run's own account where the run holds its benchmark and paid nothing.

    The two are the same account then, and what rounding leaves between them is not shown as a difference.
    """
    value = benchmark.value
    if float(ledger.trades.cost.sum()) > 0 or not bool((value > 0).all()):
        return benchmark
    same = float(np.abs(ledger.value / value - 1.0).max()) <= SAME
    return replace(benchmark, value=ledger.value.copy(), account=ledger) if same else benchmark
