"""Whether a market is, after a rule has run, what it was before: a rule in Python can reach it, whatever hides it."""

from __future__ import annotations

from fedcycle.backtests.audit.fresh import is_ours
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.data.market import Market
from fedcycle.strategies.strategy import Strategy


def check_unchanged(market: Market, strategy: Strategy) -> None:
    """Raise BacktestError if a fact of the market is another than when its digest was taken.

    Rules of the library are not checked: they are tested to change nothing.
    """
    if is_ours(strategy):
        return
    again = type(market).digest.func(market)  # type: ignore[attr-defined]  # the property keeps the first digest
    if again != market.digest:
        raise BacktestError(
            f"the facts of market {market.name} changed while {type(strategy).__name__} ran, so its figures mean "
            "nothing and are not stored; a rule must not write to the market"
        )
