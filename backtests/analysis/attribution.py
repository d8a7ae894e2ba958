"""Where the gap between two accounts comes from: cycles, assets, timing and costs, in parts that add up to the gap.

With both accounts scaled to the capital of the first, a and b their final values, the gap a - b is

    gap = scale * sum over sessions t of (log(1 + Ra_t) - log(1 + Rb_t)),   scale = (a - b) / (log a - log b)

as logarithms add up over time and ``scale``, the logarithmic mean of a and b, turns them into US dollars. Each
session's difference of returns is, to the last bit that a float has,

    Ra_t - Rb_t = sum over assets j of (wa_j - wb_j) (r_j - m) - (ca - cb) + rounding

with w the weights at the close before, cash among them (both sides add up to 1, so m drops out of the sum), r the
assets' returns, m the mean of what both accounts' holdings returned, and c the session's costs as a fraction of the
value before. Because of m an asset is credited with what it did beyond the two accounts, not with the market's rise,
and the parts of B against A are those of A against B with the other sign. Against a benchmark, m is what the
benchmark's holdings returned, as in Brinson and Fachler (1985): what is held as in the benchmark contributes nothing,
and neither does the benchmark's only asset.

Carino's coefficient k_t = (log(1 + Ra_t) - log(1 + Rb_t)) / (Ra_t - Rb_t) links the two (D. Carino, Combining
attribution effects over time, Journal of Performance Measurement 3(4), 1999). So a part is scale * k_t * (term), and:

- *asset j, on average*: with the mean difference of weights over all sessions in the place of wa_j - wb_j;
- *asset j, timing*: with what the difference was above that mean, when it was;
- *costs*: -(ca - cb);
- *financing*: the difference of what shorts and loans brought, as fractions of the values before;
- *cycle*: all of a session's parts belong to the cycle told by the policy known at the close before it.

What is left is rounding, and is shown as such. numpy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.data.market import Market
from fedcycle.data.typing import Days, Float64

CASH = "uninvested cash"


@dataclass(frozen=True, eq=False)
class Holdings:
    """One account as attribution sees it, over T sessions and N assets that both accounts share.

    Parameters
    ----------
    value : (T,) US dollars, > 0
    weights : (T, N) fraction of value in each asset at each close; the rest is cash without interest
    cost : (T,) US dollars paid in each session
    fills : (T,) US dollars gained in each session by trading at another price than its close, and by delisting proceeds
    financing : (T,) US dollars that shorts and loans brought in each session; None for a long, unlevered account
    """

    value: Float64
    weights: Float64
    cost: Float64
    fills: Float64
    financing: Float64 | None = None


@dataclass(frozen=True, eq=False)
class Parts:
    """The gap between two accounts, in US dollars of the first one's capital.

    Parameters
    ----------
    gap : final value of the first less that of the second
    average, timing : (T - 1, N + 1) by session and asset, cash last
    costs, fills, rounding, financing : (T - 1,) by session
    """

    gap: float
    average: Float64
    timing: Float64
    costs: Float64
    fills: Float64
    rounding: Float64
    financing: Float64

    @property
    def by_session(self) -> Float64:
        """Return each session's part of the gap, (T - 1,) US dollars."""
        held = self.average.sum(axis=1) + self.timing.sum(axis=1)
        return np.asarray(held + self.costs + self.fills + self.rounding + self.financing)

    @property
    def others(self) -> dict[str, Float64]:
        """Return the parts that are no holding's, name -> (T - 1,) US dollars; financing where there is any."""
        financing = {"financing": self.financing} if self.financing.any() else {}
        return {"costs": self.costs, "fills": self.fills} | financing


def attribute(first: Holdings, second: Holdings, returns: Float64, *, is_benchmark: bool = False) -> Parts:
    """Return the parts of the gap between two accounts over the same sessions.

    Parameters
    ----------
    first, second : Holdings
    returns : (T - 1, N) fraction, of each asset in each session after the first
    is_benchmark : whether the second is the first's benchmark
        Then an asset's return is taken beyond the benchmark's, not beyond the mean of both accounts.

    Raises
    ------
    BacktestError
        If an account was lost: its growth has no logarithm.
    """
    for name, account in (("first", first), ("second", second)):
        if not bool((account.value > 0).all()):
            raise BacktestError(
                f"the {name} account was lost, and a growth of zero cannot be shared out; end both earlier"
            )
    a, b = (account.value / account.value[0] for account in (first, second))
    growth_a, growth_b = a[1:] / a[:-1], b[1:] / b[:-1]
    link = _quotient(growth_a, growth_b)
    scale = float(first.value[0]) * float(_mean(a[-1:], b[-1:])[0])
    one, other = (_with_cash(account.weights[:-1]) for account in (first, second))
    apart = one - other
    # Before an asset's first price and after its last nobody holds it; what it returned then is of no account.
    worth = _with_cash(np.where(np.isfinite(returns), returns, 0.0), cash=0.0)
    base = other if is_benchmark else (one + other) / 2
    beyond = worth - (base * worth).sum(axis=1, keepdims=True)
    costs = -(first.cost[1:] / first.value[:-1] - second.cost[1:] / second.value[:-1])
    fills = first.fills[1:] / first.value[:-1] - second.fills[1:] / second.value[:-1]
    factor = scale * link
    average = factor[:, None] * apart.mean(axis=0) * beyond
    timing = factor[:, None] * (apart * beyond) - average
    whole = scale * (np.log(growth_a) - np.log(growth_b))
    paid, filled = factor * costs, factor * fills
    financed = factor * (_financed(first) - _financed(second))
    rounding = whole - (factor[:, None] * (apart * beyond)).sum(axis=1) - paid - filled - financed
    gap = float(first.value[0]) * float(a[-1] - b[-1])
    return Parts(gap, average, timing, paid, filled, rounding, financed)


def _financed(account: Holdings) -> Float64:
    """Return what shorts and loans brought in each session, as a fraction of the value before, (T - 1,)."""
    if account.financing is None:
        return np.zeros(len(account.value) - 1)
    return np.asarray(account.financing[1:] / account.value[:-1])


def holdings_of(ledger: Ledger, market: Market, *, sessions: Days, assets: Sequence[str]) -> Holdings:
    """Return an account over some of its market's sessions, its assets among those given.

    An account that begins within the sessions is its capital in cash before.
    """
    n = len(sessions)
    late = int(np.searchsorted(sessions, ledger.sessions[0]))
    at = np.searchsorted(ledger.sessions, sessions[late:])
    rows = np.searchsorted(market.sessions, sessions[late:])
    value = np.append(np.full(late, ledger.value[0]), ledger.value[at])
    weights = np.zeros((n, len(assets)))
    for j, asset in enumerate(assets):
        units = ledger.of(asset)[at]
        worth = np.where(units != 0, units * market.marks[rows, market.column(asset)], 0.0)
        weights[late:, j] = np.divide(worth, value[late:], out=np.zeros(n - late), where=value[late:] > 0)
    filled = np.searchsorted(sessions, ledger.trades.filled_on)
    # np.isin brings numpy.ma, which a run has no use for.
    inside = sessions[np.minimum(filled, n - 1)] == ledger.trades.filled_on
    cost, fills = (
        np.bincount(filled[inside], weights=amounts[inside], minlength=n).astype(np.float64)
        for amounts in (ledger.trades.cost, _gained(ledger, market))
    )
    financing = None
    if ledger.financing is not None:
        financing = np.append(np.zeros(late), ledger.financing.net[at])
    return Holdings(value, weights, cost, fills, financing)


def _gained(ledger: Ledger, market: Market) -> Float64:
    """Return what each trade gained by its price not being the session's close, (M,) US dollars.

    Of what ended the last close stands for it: delisting proceeds are a gain or a loss over that.
    """
    made = ledger.trades
    columns = np.array([market.column(asset) for asset in ledger.assets], dtype=np.int64)[made.asset]
    at = np.searchsorted(market.sessions, made.filled_on)
    marks, before = market.marks[at, columns], market.marks[np.maximum(at - 1, 0), columns]
    return np.asarray(made.units * (np.where(np.isnan(marks), before, marks) - made.price))


def log_mean(a: float, b: float) -> float:
    """Return the logarithmic mean of two positive numbers, (a - b) / (log a - log b), a where they are equal.

    Examples
    --------
    >>> round(log_mean(2.0, 1.0), 6), log_mean(3.0, 3.0)
    (1.442695, 3.0)
    """
    return float(_mean(np.array([a]), np.array([b]))[0])


def _with_cash(columns: Float64, *, cash: float | None = None) -> Float64:
    """Return columns with one of cash behind them: what is left of 1, or a return."""
    last = 1.0 - columns.sum(axis=1) if cash is None else np.full(len(columns), cash)
    return np.column_stack([columns, last])


def _quotient(a: Float64, b: Float64) -> Float64:
    """Return (log a - log b) / (a - b), its limit 1 / a where they are equal: (n,)."""
    return np.asarray(1.0 / _mean(a, b))


def _mean(a: Float64, b: Float64) -> Float64:
    """Return the logarithmic mean of positive numbers, (a - b) / (log a - log b), a where they are equal: (n,)."""
    # (a - b) / (log a - log b) loses its digits where a and b are close; this form is even in z and does not.
    z = (a - b) / (a + b)
    near = z == 0
    return np.asarray((a + b) / 2 * np.where(near, 1.0, z / np.arctanh(np.where(near, 0.5, z))))
