"""Cash that is paid into an account or out of it: never a profit. Time-weighted values and money-weighted returns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from fedcycle.backtests.core.ledger import Ledger
from fedcycle.data.errors import listing
from fedcycle.data.typing import Days, Float64

_LEAST, _MOST = -0.999999, 1e6
"""Returns a year between which a money-weighted one is looked for."""


def time_weighted(ledger: Ledger, *, currency: str) -> Ledger:
    """Return the account as if its first capital alone had been invested: what flows added or took is taken out.

    A flow arrives at a close, after its fills: the session's return is (value - flow) / value before - 1. Values, cash,
    units and trades are scaled together, so that every return, weight and turnover is that of the account itself;
    ``account`` keeps the account's own value.

    Examples
    --------
    Value 100, 210 after 100 were paid in, 231: returns of 10% and 10%, so 100, 110, 121.
    """
    flows = ledger.flows
    if flows is None:
        return ledger
    growth = _quotient(ledger.value[1:] - flows[1:], ledger.value[:-1])
    value = ledger.value[0] * np.cumprod(np.append(1.0, np.maximum(growth, 0.0)))
    scale = _quotient(value, ledger.value)
    before = np.append(1.0, scale[:-1])  # what a session's fills are scaled by: its flow comes after them
    at = np.union1d(ledger.held_from, np.flatnonzero(flows)).astype(np.int64)
    rows = ledger.units[at] * scale[at, None]
    t = ledger.trades
    filled = before[np.searchsorted(ledger.sessions, t.filled_on)]
    return replace(
        ledger,
        value=value,
        cash=ledger.cash * scale,
        held_from=at,
        holdings=rows,
        trades=replace(t, units=t.units * filled, cost=t.cost * filled),
        account=ledger.value,
        financing=None if ledger.financing is None else ledger.financing.scaled(before),
        notes=(*ledger.notes, _note(ledger, flows, currency)),
    )


def _quotient(above: Float64, below: Float64) -> Float64:
    """Return a quotient, 0 where the account was lost before and both are 0."""
    return np.divide(above, below, out=np.zeros(len(below)), where=below != 0)


def _note(ledger: Ledger, flows: Float64, currency: str) -> str:
    paid_in, paid_out = float(flows[flows > 0].sum()), float(-flows[flows < 0].sum())
    parts = [
        f"{amount:,.2f} {currency} were paid {way}" for amount, way in ((paid_in, "in"), (paid_out, "out")) if amount
    ]
    rate = money_weighted(ledger.sessions, ledger.value, flows)
    grown = "" if rate is None else f", a money-weighted return of {100 * _over(ledger, rate):.2f}% in all"
    if rate is not None and _years(ledger.sessions)[0] >= 1:
        grown += f" and {100 * rate:.2f}% a year"
    return (
        f"{listing(parts)}: figures are time-weighted, as if the first capital alone had been invested; the "
        f"account itself ends at {ledger.value[-1]:,.2f} {currency}{grown}"
    )


def _over(ledger: Ledger, rate: float) -> float:
    return float((1.0 + rate) ** _years(ledger.sessions)[0] - 1.0)


def account_of(ledger: Ledger) -> dict[str, Any] | None:
    """Return the figures of the account itself, flows included, for a ledger that has some; US dollars, fractions."""
    if ledger.flows is None or ledger.account is None:
        return None
    flows, value = ledger.flows, ledger.account
    rate = money_weighted(ledger.sessions, value, flows)
    years = _years(ledger.sessions)[0]
    return {
        "paid_in": float(flows[flows > 0].sum()),
        "paid_out": float(-flows[flows < 0].sum()),
        "flows": int(np.count_nonzero(flows)),
        "final_value": float(value[-1]),
        "money_weighted_return": None if rate is None else _over(ledger, rate),
        "money_weighted_return_per_year": rate if years >= 1 else None,
    }


def money_weighted(sessions: Days, value: Float64, flows: Float64) -> float | None:
    """Return the rate a year at which the first value and all flows grow to the last value; None where none does.

    Parameters
    ----------
    sessions : (T,) days
    value : (T,) US dollars at each close, flows included
    flows : (T,) US dollars paid in at each close

    Examples
    --------
    100 at first, 100 more after a year, and 220 after another with no gain before: 0.0656 a year.
    """
    left = _years(sessions)
    paid = flows.copy()
    paid[0] = value[0]

    def short(rate: float) -> float:
        return float((paid * (1.0 + rate) ** left).sum() - value[-1])

    low, high = _LEAST, _MOST
    if not left[0] > 0 or short(low) > 0 or short(high) < 0:
        return None
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if short(middle) < 0 else (low, middle)
    return 0.5 * (low + high)


def _years(sessions: Days) -> Float64:
    """Return the years of 365.25 days from each session to the last."""
    return np.asarray((sessions[-1] - sessions).astype(np.float64) / 365.25)
