"""Every fill of a run as a row: what was traded, when it was decided, what it was worth and cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.analysis.measured_run import row_of
from fedcycle.backtests.core.ledger import Ledger


@dataclass(frozen=True)
class Fill:
    """One fill.

    Parameters
    ----------
    filled_on, decided_on : days
    asset : its name
    units : bought, negative where sold
    price_usd : US dollars a unit, before slippage
    worth_usd : US dollars, absolute
    share_of_value : fraction of the account's value at the fill's close; None for a lost account
    cost_usd : US dollars, commission and slippage
    """

    filled_on: str
    decided_on: str
    asset: str
    units: float
    price_usd: float
    worth_usd: float
    share_of_value: float | None
    cost_usd: float


def fills(ledger: Ledger) -> list[Fill]:
    """Return every fill of an account, in the order made."""
    trades = ledger.trades
    worth = np.abs(trades.units * trades.price)
    value = ledger.value[row_of(ledger.sessions, trades.filled_on)] if len(trades) else worth
    share = np.divide(worth, value, out=np.full(len(worth), np.nan), where=value > 0)
    return [
        Fill(
            filled_on=str(trades.filled_on[i]),
            decided_on=str(trades.decided_on[i]),
            asset=ledger.assets[int(trades.asset[i])],
            units=float(trades.units[i]),
            price_usd=float(trades.price[i]),
            worth_usd=float(worth[i]),
            share_of_value=float(share[i]) if np.isfinite(share[i]) else None,
            cost_usd=float(trades.cost[i]),
        )
        for i in range(len(trades))
    ]
