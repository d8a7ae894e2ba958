"""What statistics are computed from: each attribute is what a statistic's parameter of that name gets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.statistics.drawdown_periods import Drawdowns, drawdown_periods
from fedcycle.backtests.statistics.monthly import monthly
from fedcycle.backtests.statistics.registry import Statistic, number
from fedcycle.backtests.statistics.returns import Bills, Frequency, Returns
from fedcycle.backtests.statistics.sample import Whole
from fedcycle.backtests.statistics.trading import value_before_costs
from fedcycle.backtests.statistics.yearly import yearly
from fedcycle.data.typing import Bool, Days, Float64

Given = TypeVar("Given")

OF_BILLS = frozenset({"bills", "bills_level", "months_of_bills"})
"""Inputs that a market without bills does not have."""
OF_BENCHMARK = frozenset({"benchmark", "benchmark_value", "benchmark_months"})
"""Inputs that only an account beside its benchmark has."""
OF_TRADING = frozenset({"traded", "cost", "units", "value_at_fills", "held_value", "held_cash", "held_bills"})
"""Inputs that only an account has that was traded: a level such as a benchmark's has none."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """An account's value, or a level, with what its statistics need beside it, made when one asks.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, the first > 0
    sessions : (T,) days
    bills_level : (T,) total-return level of one-month bills, > 0
    month_ends : (T,) whether a session is its calendar month's last in the market's calendar
    ledger : the account's, or None for a level
    bills_held : (T,) US dollars held in bills at each close, or None
    benchmark_value : (T,) US dollars, or None
    benchmark_name : what the benchmark is called, for errors
    """

    value: Float64
    sessions: Days
    bills_level: Float64
    month_ends: Bool
    ledger: Ledger | None = None
    bills_held: Float64 | None = None
    benchmark_value: Float64 | None = None
    benchmark_name: str = "benchmark"

    def __post_init__(self) -> None:
        """Raise BacktestError where a level is negative, not a number, or starts at 0."""
        for name in ("returns", "bills", *(() if self.benchmark_value is None else ("benchmark",))):
            getattr(self, name)

    @cached_property
    def returns(self) -> Returns:
        """Return the account's returns."""
        return Returns.of_level(self.value, self.sessions)

    @cached_property
    def bills(self) -> Bills:
        """Return the bills' returns, dated by the account's own array so that comparing the dates costs nothing."""
        return Bills.beside(self.returns, self.bills_level, name="bills")

    @cached_property
    def benchmark(self) -> Returns:
        """Return the benchmark's returns."""
        return Returns.beside(self.returns, _there(self.benchmark_value), name=f"benchmark {self.benchmark_name}")

    @cached_property
    def months(self) -> Returns:
        """Return the account's complete calendar months."""
        return monthly(self.value, self.sessions, month_ends=self.month_ends)

    @cached_property
    def months_of_bills(self) -> Bills:
        """Return the bills' complete calendar months."""
        found = monthly(self.bills_level, self.sessions, month_ends=self.month_ends)
        return Bills(found.values, self.months.ends, Frequency.MONTHLY, name="bills")

    @cached_property
    def benchmark_months(self) -> Returns:
        """Return the benchmark's complete calendar months."""
        return monthly(_there(self.benchmark_value), self.sessions, month_ends=self.month_ends)

    @cached_property
    def years(self) -> Returns:
        """Return the account's complete calendar years."""
        return yearly(self.value, self.sessions, month_ends=self.month_ends)

    @cached_property
    def drawdowns(self) -> Drawdowns:
        """Return the account's drawdowns."""
        return drawdown_periods(self.value, self.sessions)

    @property
    def cost(self) -> Float64:
        """Return what each fill cost, (M,) US dollars."""
        return _there(self.ledger).trades.cost

    @property
    def units(self) -> Float64:
        """Return the units of each fill, (M,)."""
        return _there(self.ledger).trades.units

    @property
    def traded(self) -> Float64:
        """Return the value of each fill, (M,) US dollars, unslipped."""
        fills = _there(self.ledger).trades
        return fills.units * fills.price

    @cached_property
    def value_at_fills(self) -> Float64:
        """Return what the account was worth at each fill, before costs, (M,) US dollars."""
        return value_before_costs(_there(self.ledger))

    @property
    def held_value(self) -> Float64:
        """Return the value at the closes from the first fill's on: the first row is the account before it."""
        return self.value[-max(len(self.value) - 1, 1) :]

    @property
    def held_cash(self) -> Float64:
        """Return the cash at the closes from the first fill's on, US dollars."""
        return _there(self.ledger).cash[-len(self.held_value) :]

    @property
    def held_bills(self) -> Float64:
        """Return the bills held at the closes from the first fill's on, US dollars."""
        return _there(self.bills_held)[-len(self.held_value) :]

    @cached_property
    def _sample(self) -> Whole:
        """Return what the formulas over samples share, so that a term is worked out once."""
        there = {"r": self.returns, "f": self.bills} | ({} if self.benchmark_value is None else {"b": self.benchmark})
        return Whole({name: x.values for name, x in there.items()}, per_year=self.returns.per_year)

    def answer(self, of: Statistic) -> float | int | None:
        """Return a statistic, None where it does not exist."""
        if of.daily and self.returns.frequency is not Frequency.DAILY:
            return None
        if of.sample is None:
            return of.function(**{name: getattr(self, name) for name in of.inputs})
        if not all(getattr(self, name).complete for name in of.inputs):
            return None
        return number(of.sample, self._sample)


def _there(given: Given | None) -> Given:
    if given is None:
        raise BacktestError("a statistic needs what this account does not have; give its ledger or its benchmark")
    return given
