"""A small account worked out by hand, and outside libraries imported with their own import-time warnings contained."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from fedcycle.backtests.core.ledger import Ledger, Trades

from ..oracles import oracle


@pytest.fixture(scope="session")
def outside() -> Callable[[str], ModuleType]:
    """Return what imports a library to compare with, and skips where it is not installed."""
    return oracle


def account(value, sessions, *, cash=None, fills=()):
    """Return the ledger of one asset; a fill is (day, units, price, cost)."""
    value = np.asarray(value, dtype=np.float64)
    sessions = np.asarray(sessions, dtype="datetime64[D]")
    day, units, price, cost = zip(*fills, strict=True) if fills else ((), (), (), ())
    trades = Trades(
        decided_on=np.array(day, dtype="datetime64[D]"),
        filled_on=np.array(day, dtype="datetime64[D]"),
        asset=np.zeros(len(day), dtype=np.int64),
        units=np.array(units, dtype=np.float64),
        price=np.array(price, dtype=np.float64),
        cost=np.array(cost, dtype=np.float64),
    )
    return Ledger(
        sessions=sessions,
        assets=("small",),
        value=value,
        cash=np.zeros(len(value)) if cash is None else np.asarray(cash, dtype=np.float64),
        held_from=np.zeros(0, dtype=np.int64),
        holdings=np.zeros((0, 1)),
        decided_on=sessions[:1],
        targets=np.ones((1, 1)),
        trades=trades,
    )


@pytest.fixture(scope="session")
def ledger():
    """Return what makes a ledger of closes and fills."""
    return account


@pytest.fixture
def by_hand():
    """Return the account of test_by_hand.py: ten percent up and down over two years, with bills at 1% a session."""
    sessions = ["1999-12-31", "2000-01-03", "2000-01-31", "2000-02-29", "2001-12-30"]
    small = account(
        [100.0, 110.0, 99.0, 108.9, 98.01],
        sessions,
        cash=[100.0, 11.0, 9.9, 0.0, 0.0],
        fills=[("2000-01-03", 0.9, 110.0, 0.5), ("2000-01-31", -0.2, 99.0, 0.25)],
    )
    facts = {
        "bills": 100.0 * 1.01 ** np.arange(5),
        "bills_value": np.array([0.0, 0.0, 9.9, 108.9, 0.0]),
        "month_ends": np.array([True, False, True, True, False]),
    }
    return small, facts


@pytest.fixture(scope="session")
def long_run():
    """Return 1,000 sessions of seeded fat-tailed returns: sessions, value, benchmark value, bills level, month ends.

    The sessions are the weekdays from 2001-12-31, the last session of its month, to 2005-10-31, also the last.
    """
    rng = np.random.default_rng(20250112)
    sessions = np.arange("2001-12-31", "2005-11-01", dtype="datetime64[D]")
    sessions = sessions[np.is_busday(sessions)]
    n = len(sessions) - 1
    market = 0.0004 + 0.01 * rng.standard_t(4, n)
    own = 0.0002 + 1.2 * market + 0.004 * rng.standard_normal(n)
    bill = np.abs(0.0001 + 0.00005 * rng.standard_normal(n))
    level = [np.concatenate([[1.0], np.cumprod(1.0 + r)]) for r in (own, market, bill)]
    ends = np.append(sessions[1:].astype("datetime64[M]") != sessions[:-1].astype("datetime64[M]"), True)
    return sessions, 1e6 * level[0], 1e6 * level[1], 100.0 * level[2], ends
