"""The backtrader engine: Cerebro runs the clock, backtrader's broker matches the orders and keeps the account.

The only folder that imports backtrader, and the only one where ``Any`` begins. What makes it fast without changing
backtrader: one feed for the whole panel, filled straight from numpy; orders and a broker without the parts that
market orders on unlevered long positions never use. What decides a fill stays backtrader's own: ``check_submitted``,
``_try_exec`` and ``_execute`` of its broker, on real ``bt.Order`` objects.
"""

from __future__ import annotations

import types
from typing import Any

from fedcycle.backtests.engines.backtrader import deferred  # noqa: F401 - says how backtrader is imported

# isort: split
import backtrader as bt

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.backtrader_strategy import BacktraderStrategy
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.core.stdout import stdout_to_stderr
from fedcycle.backtests.engines.backtrader.adapter import StrategyAdapter
from fedcycle.backtests.engines.backtrader.broker import Broker, TradedValue
from fedcycle.backtests.engines.backtrader.feed import PanelFeed
from fedcycle.backtests.engines.backtrader.user_strategy import run_native

__all__ = ["as_backtrader", "run"]


@stdout_to_stderr
def run(backtest: Backtest) -> Ledger:
    """Run a backtest through Cerebro and return its ledger.

    Raises
    ------
    BacktestError
        If backtrader's broker refuses or leaves open any order.
    """
    if isinstance(backtest.strategy, BacktraderStrategy):
        return run_native(backtest, backtest.strategy)
    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=True)
    tape = PanelFeed(dataname=backtest)  # type: ignore[call-arg]  # backtrader's metaclass takes what it knows
    cerebro.adddata(tape, name="tape")
    broker = Broker(cash=backtest.capital)
    broker.tape = tape
    broker.addcommissioninfo(TradedValue(commission=backtest.costs.rate))
    cerebro.setbroker(broker)
    cerebro.addstrategy(as_backtrader(backtest))
    (runner,) = cerebro.run()
    ledger: Ledger = runner.ledger()
    return ledger


def as_backtrader(backtest: Backtest) -> type[Any]:
    """Return a ``bt.Strategy`` subclass, named after the backtest's rule, that runs it.

    It works in any Cerebro with ``cheat_on_open=True``, a commission that allows fractional units, and either the
    engine's own feed or one feed per asset, named after it.
    """
    rule = type(backtest.strategy)
    body = {"params": (("backtest", backtest),), "__doc__": rule.__doc__, "__module__": __name__}
    return types.new_class(rule.__name__, (StrategyAdapter,), {}, lambda namespace: namespace.update(body))
