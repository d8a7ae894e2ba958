"""When two engines keep the same account: one rule for every parity test.

Engines add up the same products in different orders, and processors and versions of numpy do too. Each sum is off by a
few hundred roundings of 1e-16 *of what was added up*, which is of the size of the account at its highest, not of what
is left of it: a number that is the difference of two large ones may be nothing. So amounts are compared as shares of
the highest value that the account has had, never as shares of themselves.
"""

from __future__ import annotations

import numpy as np

SHARE = 1e-12
"""Share of the highest value so far by which US dollars may differ."""


def highest(value, capital):
    """Return the highest value so far at each close, the starting capital included, (T,) or (T, V)."""
    return np.maximum.accumulate(np.maximum(value, capital), axis=0)


def assert_close(one, other, *, of, share=SHARE):
    """Fail unless two arrays of US dollars differ by at most ``share`` of ``of``, a number or one for each."""
    one, other = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    assert one.shape == other.shape, f"{one.shape} and {other.shape}"
    assert np.isfinite(one).all()
    assert np.isfinite(other).all()
    away = np.abs(one - other) / of
    assert (away <= share).all(), (
        f"{away.max():.3g} of the highest value apart at {int(away.argmax())}; {share:g} allowed"
    )


def assert_same_account(one, other, *, test):
    """Fail unless two ledgers of a backtest hold the same: the same fills, and amounts that differ by rounding."""
    most = highest(one.value, test.capital)
    assert_close(one.value, other.value, of=most)
    assert_close(one.cash, other.cash, of=most)
    marks = np.nan_to_num(test.marks)
    assert_close(one.units * marks, other.units * marks, of=most[:, None], share=10 * SHARE)
    assert ((one.value == 0) == (other.value == 0)).all(), "one is lost and the other is not"
    assert one.notes == other.notes
    assert np.array_equal(one.targets, other.targets)
    assert len(one.trades) == len(other.trades)
    for column in ("decided_on", "filled_on", "asset", "price"):
        assert (getattr(one.trades, column) == getattr(other.trades, column)).all(), column
    if one.financing is not None:
        for column in ("proceeds", "borrow", "loan"):
            assert_close(getattr(one.financing, column), getattr(other.financing, column), of=most)
        assert np.array_equal(one.financing.called, other.financing.called)
    filled = most[np.searchsorted(one.sessions, one.trades.filled_on)]
    assert_close(one.trades.cost, other.trades.cost, of=filled)
    traded = [ledger.trades.units * ledger.trades.price for ledger in (one, other)]
    assert_close(*traded, of=filled, share=10 * SHARE)
