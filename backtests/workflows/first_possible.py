"""The first decision on which a rule can be asked, where the one it begins with asks for what nobody knew yet."""

from __future__ import annotations

from collections.abc import Callable

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.core.stdout import stdout_to_stderr
from fedcycle.data.errors import DataError, NotYetKnown
from fedcycle.data.typing import Day
from fedcycle.strategies.strategy import StrategyError


def account_from(run: Callable[[Backtest], Ledger], test: Backtest) -> Ledger:
    """Return the account that an engine makes of a backtest; a rule that asks too early is told the first day."""
    try:
        return run(test)
    except StrategyError as error:
        raise with_first_possible_day(test, error) from error


def with_first_possible_day(test: Backtest, error: StrategyError) -> StrategyError:
    """Return an error that names the first decision of a backtest on which its rule can be asked.

    An error of another kind, or of a later decision than the first, is returned as it is.
    """
    if not isinstance(error.__cause__, NotYetKnown) or not len(test.decisions) or _can(test, 0):
        return error
    day = next((test.sessions[test.decisions[k]] for k in range(1, len(test.decisions)) if _can(test, k)), None)
    return StrategyError(f"{error}; {_remedy(day)}")


def _remedy(day: Day | None) -> str:
    if day is None:
        return "on none of the run's decisions is that known"
    return f"the first decision on which it can be asked is that of {day}; start then or later"


@stdout_to_stderr
def _can(test: Backtest, k: int) -> bool:
    try:
        test.strategy.weights(test.market.as_of(test.sessions[test.decisions[k]]))
    except (DataError, StrategyError):
        return False
    return True
