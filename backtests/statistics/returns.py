"""Returns: a dated series of returns that knows its frequency and its kind, so that unlike series cannot be mixed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Self

import numpy as np

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.statistics.frequency import Frequency as Frequency
from fedcycle.backtests.statistics.frequency import frequency_of
from fedcycle.backtests.statistics.numerics import level_returns, sessions_per_year
from fedcycle.data.typing import Bool, Days, Float64

ENOUGH_TO_TELL = 20
"""From so many returns on, their dates must fit the frequency they are said to have."""


class Kind(StrEnum):
    """What a return counts: with what was paid out on the way (total), or the price alone."""

    TOTAL = "total return"
    PRICE = "price return"


@dataclass(frozen=True, eq=False)
class Returns:
    """Simple returns of one series, each dated by the close at which it ended.

    Parameters
    ----------
    values : (n,) fraction per period
        NaN after a level of 0: who has nothing left earns no return.
    ends : (n,) days, the last of each period
    frequency : Frequency
    kind : Kind
    name : what the returns are of, for errors
    periods : periods that count as a year where they are not the frequency's usual ones, as where sessions are left out

    Raises
    ------
    BacktestError
        If lengths differ, or the dates do not fit the frequency (from ``ENOUGH_TO_TELL`` returns on).
    """

    values: Float64
    ends: Days
    frequency: Frequency = Frequency.DAILY
    kind: Kind = Kind.TOTAL
    name: str = "returns"
    periods: float | None = None

    def __post_init__(self) -> None:
        n = len(self.values)
        if len(self.ends) != n:
            raise BacktestError(f"{self.name} has {n} returns for {len(self.ends)} dates; each return needs one")
        if n < ENOUGH_TO_TELL:
            return
        gap = float((self.ends[-1] - self.ends[0]).astype(np.int64)) / (n - 1)
        _, least, most = self.frequency.value
        if not least <= gap <= most:
            said = self.frequency.name.lower()
            raise BacktestError(
                f"{self.name} is said to be {said}, but its returns are {gap:.1f} calendar days apart; "
                f"{said} ones are {least:g} to {most:g} apart: give the frequency they have"
            )

    @classmethod
    def of_level(cls, level: Float64, sessions: Days, *, name: str = "value", kind: Kind = Kind.TOTAL) -> Self:
        """Return the returns of a level, (T,) any unit, at (T,) sessions, of their frequency; refuses a bad level."""
        return cls(
            level_returns(level, name), sessions[1:], frequency_of(sessions), kind, name, sessions_per_year(sessions)
        )

    @classmethod
    def beside(cls, other: Returns, level: Float64, *, name: str) -> Self:
        """Return the returns of a level, (n + 1,) any unit, on the dates and of the frequency of another series."""
        return cls(level_returns(level, name), other.ends, other.frequency, other.kind, name, other.periods)

    @classmethod
    def weekdays(cls, values: object, *, kind: Kind = Kind.TOTAL, name: str = "returns") -> Self:
        """Return daily returns on the weekdays from 2000-01-03 on, for examples and for what has no dates of its own.

        Examples
        --------
        >>> Returns.weekdays([0.01, 0.02, 0.03, 0.04, 0.05, 0.06]).ends[[0, -1]].astype(str).tolist()
        ['2000-01-03', '2000-01-10']
        """
        array = np.asarray(values, dtype=np.float64)
        ends: Days = np.busday_offset(np.datetime64("2000-01-03", "D"), np.arange(len(array)), roll="forward")
        return cls(array, ends, Frequency.DAILY, kind, name)

    @cached_property
    def complete(self) -> bool:
        """Return whether there is a return and none is NaN."""
        return len(self.values) > 0 and not bool(np.isnan(self.values).any())

    @property
    def per_year(self) -> float:
        """Return the number of periods that count as a year."""
        return self.frequency.per_year if self.periods is None else self.periods

    def __len__(self) -> int:
        return len(self.values)

    def over(self, other: Returns) -> Float64:
        """Return this series less another of the same periods, kind and frequency, (n,) fraction per period.

        Raises
        ------
        BacktestError
            If frequencies, kinds or dates differ.

        Examples
        --------
        >>> (Returns.weekdays([0.03, 0.01]).over(Returns.weekdays([0.01, 0.01]))).round(9)
        array([0.02, 0.  ])
        """
        check_alike(self, other)
        return np.asarray(self.values - other.values)

    def chosen(self, which: Bool) -> Self:
        """Return the returns at which ``which``, (n,), is true, in the same order."""
        return type(self)(self.values[which], self.ends[which], self.frequency, self.kind, self.name, self.periods)


class Bills(Returns):
    """Returns of one-month Treasury bills: the risk-free series. A rate written as one number is none."""


def check_alike(one: object, other: object) -> Returns:
    """Return the other series; raise BacktestError unless both go together: one frequency, one kind, the same dates."""
    one, other = _series(one), _series(other)
    if one.frequency is not other.frequency:
        a, b = one.frequency.name.lower(), other.frequency.name.lower()
        raise BacktestError(f"{one.name} is {a} and {other.name} {b}; put series of one frequency together")
    if one.kind is not other.kind:
        raise BacktestError(
            f"{one.name} is a {one.kind} and {other.name} a {other.kind}; the difference would be dividends, "
            "so give both as total returns"
        )
    if one.ends is not other.ends and not np.array_equal(one.ends, other.ends):
        raise BacktestError(
            f"{one.name} has {_span(one)} and {other.name} {_span(other)}; cut both to the dates they share"
        )
    return other


def _series(series: object) -> Returns:
    if isinstance(series, Returns):
        return series
    raise BacktestError(f"{series!r} is no dated series of returns; make one with Returns.of_level, or Bills.of_level")


def check_bills(bills: object) -> None:
    """Raise BacktestError unless a series is one of bills."""
    if not isinstance(bills, Bills):
        what = bills.name if isinstance(bills, Returns) else repr(bills)
        raise BacktestError(f"{what} is no series of bill returns; make one of their level with Bills.of_level")


def check_frequency(returns: Returns, frequency: Frequency) -> None:
    """Raise BacktestError unless a series has the frequency that a statistic is defined for."""
    if returns.frequency is not frequency:
        has, wants = returns.frequency.name.lower(), frequency.name.lower()
        raise BacktestError(f"{returns.name} is {has}, but this number is of {wants} returns; give those")


def _span(returns: Returns) -> str:
    n = len(returns)
    return f"{n} returns from {returns.ends[0]} to {returns.ends[-1]}" if n else "no returns"
