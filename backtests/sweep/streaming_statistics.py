"""The numbers of a sweep's variants, many accounts in one pass; the definitions are those of ``backtests/statistics``.

Every step is taken element by element and every sum session by session, so that a variant's numbers do not depend on
which others are judged beside it. The accounts' values are looked at as they come and kept by nobody: a sweep needs
memory for a month of them, not for a quarter of a century.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.engines import vectorised_batch
from fedcycle.backtests.engines.vectorised_batch import Accounts
from fedcycle.backtests.statistics import STATISTICS, kernel
from fedcycle.backtests.statistics.kernel import Sample, active, excess, own, squared_shortfall
from fedcycle.backtests.statistics.numerics import ALIKE, ROUNDING, sessions_per_year, under_a_year, years
from fedcycle.backtests.statistics.sample import FromSums, asked_by
from fedcycle.backtests.statistics.trading import value_before_costs
from fedcycle.data.typing import Days, Float64, Int64

_FIRST = (
    *("final_value", "total_return", "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "calmar"),
    *("skew", "kurtosis", "turnover_per_year", "costs_usd", "trades", "time_invested"),
    *("excess_cagr", "excess_skew", "excess_kurtosis", "tracking_error", "information_ratio"),
    *("active_skew", "active_kurtosis", "returns"),
)
FORMULAS: Mapping[str, Callable[[Sample], Any]] = {
    "excess_skew": lambda s: kernel.skewness(s, excess),
    "excess_kurtosis": lambda s: kernel.excess_kurtosis(s, excess),
    "active_skew": lambda s: kernel.skewness(s, active, ALIKE),
    "active_kurtosis": lambda s: kernel.excess_kurtosis(s, active, ALIKE),
    **{of.name: of.sample for of in STATISTICS.values() if of.shown.sweep and of.sample is not None},
}
"""Columns that are formulas over samples."""
NUMBERS = (*_FIRST, *(name for name in FORMULAS if name not in _FIRST))
"""Columns of a sweep's result, in order.

``excess_skew`` and ``excess_kurtosis`` are of returns over bills, ``active_skew`` and ``active_kurtosis`` of those over
the benchmark; ``returns`` counts returns, one a session, from the first fill on. A statistic that says it is in the
sweep is one.
"""
_KEPT = {(squared_shortfall,), *((of,) * power for of in (own, excess, active) for power in (1, 2, 3, 4))}
FURTHER = tuple(
    (which, terms) for which, terms in asked_by(list(FORMULAS.values())) if which is not None or terms not in _KEPT
)
"""Sums that a formula asks for beside those that every sweep has."""
EARLY = vectorised_batch.FEWEST - 1
"""Returns in the first stretch shown, however many accounts there are."""


def streaming_statistics(
    test: Backtest,
    targets: Float64,
    orders: vectorised_batch.Orders,
    *,
    capital: Float64,
    rate: Float64,
    bills: Float64,
    benchmark: Float64,
    against: Int64 | None = None,
    cash_like: str | None = None,
) -> dict[str, Float64]:
    """Return each of ``NUMBERS`` for each account, (V,), from its first fill on; NaN where it does not exist.

    ``returns`` says when that was: the last that many sessions.

    Parameters
    ----------
    test, targets, orders, capital, rate, cash_like : of the accounts, as for ``batch.run``; V may be 1
    bills : (T,) total-return level of one-month bills
    benchmark : (T,) US dollars, or (T, G), the account of each benchmark, in cash until the first fill
    against : (V,) which of the benchmarks each account has; None where there is one
    """
    benchmark = benchmark.reshape(len(bills), -1)
    if against is None:
        against = np.zeros(len(capital), dtype=np.int64)
    if len(capital) == 1:
        # One column would be added up in another order than one of many.
        orders = {at: (np.arange(2), np.repeat(row, 2)) for at, (_, row) in orders.items()}
        capital, rate, against = np.repeat(capital, 2), np.repeat(rate, 2), np.repeat(against, 2)
        twice = streaming_statistics(
            test, targets, orders, capital=capital, rate=rate, bills=bills, benchmark=benchmark, against=against,
            cash_like=cash_like,
        )  # fmt: skip
        return {name: column[:1] for name, column in twice.items()}
    seen = _Accumulator(bills[1:] / bills[:-1] - 1.0, benchmark[1:] / benchmark[:-1], against)
    # What an account that is lost, worth 0, earns from then on does not exist: NaN, as in ``backtests/statistics``.
    with np.errstate(divide="ignore", invalid="ignore"):
        accounts = vectorised_batch.run(
            test, targets, orders, capital=capital, rate=rate, watch=seen.update, cash_like=cash_like
        )
    return _figures(accounts, seen, test.sessions, benchmark[-1, against] / benchmark[0, against])


def statistics_of(ledger: Ledger, *, bills: Float64, bills_value: Float64, benchmark: Float64) -> dict[str, float]:
    """Return each of ``NUMBERS`` for one account that was kept by itself; NaN where it does not exist.

    Parameters
    ----------
    ledger : Ledger
    bills : (T,) total-return level of one-month bills
    bills_value : (T,) US dollars held in bills at each close
    benchmark : (T,) US dollars, the benchmark's account, in cash until the first fill
    """
    sessions = len(ledger.sessions)
    twice = np.zeros(2, dtype=np.int64)  # one column would be added up in another order than one of many
    first = twice + (sessions if ledger.first_fill is None else ledger.first_fill)
    growth = benchmark.reshape(-1, 1)
    seen = _Accumulator(bills[1:] / bills[:-1] - 1.0, growth[1:] / growth[:-1], twice)
    value, idle = (np.column_stack([of, of]) for of in (ledger.value, ledger.cash + bills_value))
    step = vectorised_batch.chunk_sessions(2, sessions)
    with np.errstate(divide="ignore", invalid="ignore"):
        for at in range(0, sessions, step):
            part = value[at : at + step]
            sheet, lying = (np.vstack([each[:1], each[at : at + step]]) for each in (value, idle))
            seen.update(sheet, lying, first, np.maximum(seen.peak, part.max(axis=0)))
    found = _figures(_accounts(ledger, first), seen, ledger.sessions, benchmark[-1] / benchmark[0] + 0.0 * twice)
    return {name: float(column[0]) for name, column in found.items()}


def _accounts(ledger: Ledger, first: Int64) -> Accounts:
    """Return what the fills of an account came to, twice."""
    t, nothing = ledger.trades, np.zeros(2)
    traded = np.abs(t.units * t.price)
    turned = 0.5 * traded / value_before_costs(ledger)
    return Accounts(
        traded=nothing + traded.sum(),
        costs=nothing + t.cost.sum(),
        turned=nothing + turned.sum(),
        trades=np.full(2, len(t), dtype=np.int64),
        first=first,
    )


class _Accumulator:
    """Sums over the values and returns of V accounts, taken as they come.

    Returns are summed as distances from the mean of each account's first ones, so that the sums of their powers lose no
    digits that matter when they are moved to the mean of all. Sums go on from session to session, so that it makes no
    difference how many are shown at once.

    Parameters
    ----------
    bill : (T-1,) return of bills, fraction per session
    benchmark : (T-1, G) growth of each benchmark, 1 + fraction per session
    against : (V,) the benchmark of each account
    """

    def __init__(self, bill: Float64, benchmark: Float64, against: Int64) -> None:
        accounts = len(against)
        self.bill, self.sessions = bill, 0
        alone = bool((against == against[0]).all())
        self.benchmark = benchmark[:, against[:1]] if alone else benchmark
        self.against: Int64 | slice = slice(None) if alone else against
        self.early_bill = float(bill[:EARLY].sum()) / max(len(bill[:EARLY]), 1)
        self.idle, self.short, self.total = np.zeros((3, accounts))
        self.powers, self.excess_powers, self.active_powers = np.zeros((3, 3, accounts))
        """Sums of the second to fourth power: of returns and returns over bills as distances, of active returns."""
        self.peak, self.trough = np.zeros(accounts), np.zeros(accounts)
        self.first = self.last = self.growth = np.ones(accounts)
        self.further = {of: np.zeros(accounts) for of in FURTHER}
        self._growth = np.empty((1 + vectorised_batch.chunk_sessions(accounts, len(bill) + 1), accounts))
        """A third sheet to work on, beside the two that ``update`` is given."""

    def update(self, value: Float64, idle: Float64, first: Int64, highest: Float64) -> None:
        """Take in the next sessions: value and what of it lies idle, each account's first fill and highest.

        Values are sheets, (1 + t, V), whose first row is left for a sum to go on from. They are worked on: the fewer
        sheets there are, the more of them lie near the processor.
        """
        shown, active, growth, scratch = value[1:], value, self._growth[: len(value)], idle
        np.divide(idle[1:], shown, out=idle[1:])
        at = np.arange(self.sessions, self.sessions + len(shown))[:, None]
        begun = None if bool((first < at[0]).all()) else at - first
        if begun is not None:
            idle[1:][begun < 0] = 0.0
        _add(self.idle, idle)
        self._fall(shown, highest)
        np.divide(shown[0], self.last, out=growth[1])
        np.divide(shown[1:], shown[:-1], out=growth[2:])
        self.last = shown[-1].copy()
        # The first session has no return.
        skip, start = (0, self.sessions - 1) if self.sessions else (1, 0)
        if not self.sessions:
            self.first, early = shown[0].copy(), growth[2 : 2 + EARLY]
            self.growth = np.add.reduce(early, axis=0) / max(len(early), 1)
        self.sessions += len(shown)
        if len(shown) > skip:
            rows = slice(start, self.sessions - 1)
            np.subtract(growth[skip + 1 :], self.benchmark[rows][:, self.against], out=active[skip + 1 :])
            since = None if begun is None else begun[skip:]
            if since is not None:
                active[skip + 1 :][since < 0] = 0.0
            if self.further:
                self._further(growth[skip:], active[skip:], rows, scratch[skip:], since)
            _raise(active[skip:], self.active_powers, scratch[skip:])
            self._return(growth[skip:], self.bill[rows], active[skip:], scratch[skip:], since)

    def benchmark_from(self, first: Int64) -> Float64:
        """Return the sum of the benchmark's returns from each account's first fill on, (V,)."""
        sums = np.zeros((len(self.benchmark) + 2, self.benchmark.shape[1]))
        sums[1:-1] = np.cumsum(self.benchmark[::-1] - 1.0, axis=0)[::-1]
        at = np.clip(first, 1, len(sums) - 1)  # the first session has no return
        return sums[at, 0] if isinstance(self.against, slice) else sums[at, self.against]

    def _return(self, growth: Float64, bill: Float64, over: Float64, less: Float64, since: Int64 | None) -> None:
        """Take in growth of value over bills' returns, (t,); ``over`` and ``less`` are worked on; all (1 + t, V).

        Sessions before an account's first fill, ``since`` < 0, add nothing to any sum, and no bill is earned in the
        session of the fill itself, at whose close the account begins.
        """
        growth[1:] -= self.growth
        if since is not None:
            growth[1:][since < 0] = 0.0
        _add(self.total, growth)
        np.subtract(growth[1:], (bill - self.early_bill)[:, None], out=over[1:])
        if since is not None:
            over[1:][since == 0] = growth[1:][since == 0] + self.early_bill
            over[1:][since < 0] = 0.0
        first = self.growth - 1.0 - self.early_bill
        below = np.add(over[1:], first, out=less[1:])
        kernel.squared_below_zero(below, out=below)
        if since is not None:
            below[since < 0] = 0.0
        _add(self.short, less)
        _raise(growth, self.powers, less)
        _raise(over, self.excess_powers, less)

    def _further(self, growth: Float64, active: Float64, rows: slice, scratch: Float64, since: Int64 | None) -> None:
        """Take in what further formulas add up, of growth of value and active returns, (1 + t, V).

        ``scratch`` is worked on; a series is made where a term that is not made of active returns uses it.
        """
        made: dict[str, Float64] = {}

        def series(name: str) -> Float64:
            if name not in made:
                made[name] = self._series(name, growth, rows, since)
            return made[name]

        for (which, terms), total in self.further.items():
            factors = (*terms, which) if which is not None else terms
            for place, term in enumerate(factors):
                if place == 0 and term.made is not None and term.base is kernel.active:
                    term.made(active[1:], out=scratch[1:])
                    continue
                values = term.of(*map(series, term.series))
                scratch[1:] = scratch[1:] * values if place else values
            if since is not None:
                scratch[1:][since < 0] = 0.0
            _add(total, scratch)

    def _series(self, name: str, growth: Float64, rows: slice, since: Int64 | None) -> Float64:
        """Return one of ``kernel.SERIES``, (t, V), fraction per session."""
        if name == "r":
            return np.asarray(growth[1:] - 1.0)
        if name == "b":
            return np.asarray(self.benchmark[rows][:, self.against] - 1.0)
        bill = np.broadcast_to(self.bill[rows][:, None], growth[1:].shape)
        return bill if since is None else np.where(since == 0, 0.0, bill)

    def _fall(self, value: Float64, highest: Float64) -> None:
        """Take in how far values fell from their peaks, which end at ``highest``; exactly where it may be further."""
        deeper = np.flatnonzero(np.minimum.reduce(value, axis=0) / highest - 1.0 < self.trough)
        if len(deeper):
            some = value[:, deeper]
            self.trough[deeper] = np.minimum(self.trough[deeper], kernel.depth(some, self.peak[deeper]).min(axis=0))
        self.peak = highest.copy()


def _add(total: Float64, sheet: Float64) -> None:
    """Go on with a sum, (V,), over the rows of a sheet, (1 + t, V), from its second on, one after the other."""
    sheet[0] = total
    np.add.reduce(sheet, axis=0, out=total)


def _raise(away: Float64, powers: Float64, scratch: Float64) -> None:
    """Add the second to fourth power of distances to their sums, (3, V); both sheets, (1 + t, V), are worked on."""
    distance = away[1:]
    square = np.square(distance, out=scratch[1:])
    _add(powers[0], scratch)
    distance *= square
    _add(powers[1], away)
    np.square(square, out=square)
    _add(powers[2], scratch)


def _figures(accounts: Accounts, seen: _Accumulator, sessions: Days, benchmark: Float64) -> dict[str, Float64]:
    n, first, last = len(sessions) - accounts.first, seen.first, seen.last
    span = _spans(sessions, accounts.first)
    grown, other = kernel.growth_per_year(last / first, span), kernel.growth_per_year(benchmark, span)
    with np.errstate(divide="ignore", invalid="ignore"):
        sample, drawdown = _sample(accounts, seen, sessions), seen.trough
        found = {
            "final_value": last,
            "total_return": last / first - 1.0,
            "cagr": grown,
            "max_drawdown": drawdown,
            "calmar": grown / kernel.above(-drawdown, ROUNDING),
            "turnover_per_year": accounts.turned / span,
            "costs_usd": accounts.costs,
            "trades": accounts.trades.astype(np.float64),
            "time_invested": np.where(n > 0, 1.0 - seen.idle / np.maximum(n, 1), 0.0),
            "excess_cagr": grown - other,
            "returns": n.astype(np.float64),
            **{name: np.asarray(formula(sample)) for name, formula in FORMULAS.items()},
        }
    if under_a_year(sessions):
        found |= {name: np.full(len(n), np.nan) for name in ("cagr", "calmar", "excess_cagr")}
    return {name: found[name] for name in NUMBERS}


def _sample(accounts: Accounts, seen: _Accumulator, sessions: Days) -> FromSums:
    """Return the accounts' returns as the formulas see them."""
    n = (len(sessions) - accounts.first).astype(np.float64)
    # The bills of the sessions after the first fill's: (T,) sums from each session to the end.
    after = np.concatenate([np.cumsum(seen.bill[::-1])[::-1], [0.0, 0.0]])
    mean, bill = seen.total / n, after[np.minimum(accounts.first, len(sessions))] / n
    # Over bills, the mean distance is that of the returns less that of the bills.
    over = mean - (bill - seen.early_bill)
    difference = (seen.growth - 1.0) + mean - seen.benchmark_from(accounts.first) / n
    # No return over bills is larger than what the distances are from and the largest of them, and none of those larger
    # than the fourth root of the sum of their fourth powers.
    widest, apart = (powers[2] ** 0.25 for powers in (seen.excess_powers, seen.active_powers))
    largest = np.abs(seen.growth - 1.0 - seen.early_bill) + widest
    sizes = {own: largest, excess: largest, active: apart}
    return FromSums(
        {(None, (squared_shortfall,)): seen.short, **seen.further},
        n,
        largest=lambda x: sizes.get(x, np.maximum(largest, apart)),
        per_year=sessions_per_year(sessions),
        central={
            own: (seen.growth - 1.0 + mean, *kernel.central_sums(n, mean, *seen.powers)),
            excess: (seen.growth - 1.0 + mean - bill, *kernel.central_sums(n, over, *seen.excess_powers)),
            active: (difference, *kernel.central_sums(n, difference, *seen.active_powers)),
        },
    )


def _spans(sessions: Days, first: Int64) -> Float64:
    """Return the years from each account's first fill to the last session, (V,); NaN where there are none."""
    known = {at: years(sessions[at:]) if at < len(sessions) else 0.0 for at in set(first.tolist())}
    return np.array([known[at] or math.nan for at in first.tolist()])
