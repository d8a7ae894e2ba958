"""The account a run is measured against: it decides at the close at which the run first did, and fills with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fedcycle.backtests.core.account import LONG, Account
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.benchmark import SAME_ACCOUNT
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.backtests.engines import vectorised
from fedcycle.data.typing import Float64
from fedcycle.strategies.strategy import Strategy

Engine = Callable[[Backtest], Ledger]


def benchmark_value(
    backtest: Backtest,
    strategy: Strategy,
    *,
    first_fill: int | None,
    schedule: str | None = None,
    account: Account = LONG,
    engine: Engine = vectorised.run,
) -> Float64:
    """Return what a benchmark is worth at each close of a run, (T,) US dollars.

    Parameters
    ----------
    backtest : of the run
        Its lag, fill price, schedule and treatment of assets that end are the benchmark's too; its costs, band and
        whole units are not.
    strategy : what the benchmark holds
    first_fill : session of the run's first fill, or None where it has none: the benchmark then is the capital in cash
    schedule : the benchmark's own, where it is a config
    account : the benchmark's own, where it is a config; an asset or a mix is held long and unlevered
    engine : what keeps the account
    """
    value = np.full(len(backtest.sessions), backtest.capital)
    if first_fill is None:
        return value
    decided = first_fill - backtest.lag
    own = replace(
        backtest,
        strategy=strategy,
        start=backtest.sessions[decided],
        schedule=schedule or backtest.schedule,
        costs=Costs(),
        band=0.0,
        units="fractional",
        account=account,
    )
    value[decided:] = engine(own).value
    return value


def settled(value: Float64, ledger: Ledger) -> Float64:
    """Return a benchmark's value; the run's own where the run holds its benchmark and paid nothing.

    The two are the same account then, and what rounding leaves between them is not shown as a difference.
    """
    if float(ledger.trades.cost.sum()) > 0 or not bool((value > 0).all()):
        return value
    same = float(np.abs(ledger.value / value - 1.0).max()) <= SAME_ACCOUNT
    return ledger.value.copy() if same else value
