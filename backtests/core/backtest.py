"""Backtest: what to run, whole and frozen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from fedcycle.backtests.core.account import BILLS, LONG, Account
from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.core.periods import check_schedule, check_windows
from fedcycle.backtests.core.rebalance import Costs
from fedcycle.data.market import Market
from fedcycle.data.typing import Day, Days, Float64, Int64
from fedcycle.strategies.schedule import SCHEDULES, decision_days, exists
from fedcycle.strategies.strategy import Limits, Strategy

Fill: TypeAlias = Literal["close", "open"]
Units: TypeAlias = Literal["fractional", "whole"]
Delisting: TypeAlias = Literal["last", "data"] | float


@dataclass(frozen=True, kw_only=True, eq=False)
class Backtest:
    """One rule on one market over one period.

    Parameters
    ----------
    market : Market
    strategy : Strategy
    schedule : name of a schedule in ``strategies/schedule.py``, ``every N`` sessions, or ``dates DAY ...``
    start, end : sessions of the market, first and last of the run
    capital : US dollars, > 0
    costs : Costs
    fill : ``close`` or ``open`` (only where the market has opens)
    lag : sessions between decision and fill, >= 1
    band : fraction of value, in [0, 1)
        How far a holding may drift from its weight before it is traded.
    units : ``fractional`` or ``whole``
    delisting : ``last``, ``data`` or a fraction >= -1
        Delisting proceeds over the last close: nothing more or less, what the market says, or
        so much for every asset.
    flow : US dollars paid in (negative: out) at each close of ``flow_schedule`` but the first session's
    flow_schedule : name of a schedule
    account : what the account may hold, and what shorts and loans cost

    Raises
    ------
    BacktestError
        If the period lies outside the data, or starts before everything the rule needs was known: the sentence names
        the first possible date.
    """

    market: Market
    strategy: Strategy
    start: Day
    end: Day
    schedule: str = "month_end"
    capital: float = 1_000_000.0
    costs: Costs = Costs()  # noqa: RUF009 - it is frozen
    fill: Fill = "close"
    lag: int = 1
    band: float = 0.0
    units: Units = "fractional"
    delisting: Delisting = "last"
    flow: float = 0.0
    flow_schedule: str = "month_end"
    account: Account = LONG

    def __post_init__(self) -> None:
        if not (math.isfinite(self.capital) and self.capital > 0):
            raise BacktestError(f"capital is {self.capital}; it is in US dollars and must be positive")
        if self.lag < 1:
            raise BacktestError(f"lag is {self.lag}; a decision fills at the earliest one session later")
        if not 0 <= self.band < 1:
            raise BacktestError(f"band is {self.band}; it is a fraction of value, 0 or more and below 1")
        if not exists(self.schedule):
            raise BacktestError(
                f"schedule {self.schedule!r} does not exist; there are {', '.join(SCHEDULES)}, every N, dates DAY ..."
            )
        if self.delisting not in ("last", "data") and not (
            isinstance(self.delisting, int | float) and math.isfinite(self.delisting) and self.delisting >= -1
        ):
            raise BacktestError(
                f"delisting is {self.delisting!r}; write last, data, or a fraction of the last close such as -0.3"
            )
        if self.fill == "open" and self.market.opens is None:
            sentence = f"fill is open, but market {self.market.name} has no opening prices; write fill: close"
            raise BacktestError(sentence, key="execution.fill")
        self._check_period()
        check_schedule(self.market, self.schedule, "schedule")
        if self.flow:
            check_schedule(self.market, self.flow_schedule, "flows.every")
        check_windows(self.market, self.strategy)
        if self.account.on_margin:
            self._check_margin()
        self._check_needs()

    def _check_period(self) -> None:
        sessions = self.market.sessions
        for name, day in (("start", self.start), ("end", self.end)):
            if day not in sessions:
                raise BacktestError(f"{name} {day} is not a session of market {self.market.name}")
        if self.start > self.end:
            raise BacktestError(f"the run starts on {self.start}, after its end on {self.end}")

    def _check_margin(self) -> None:
        """Refuse a short or leveraged account whose interest is not known, or which costs alone could eat up."""
        market = self.market
        first, last = market.spans[BILLS] if BILLS in market.assets else (len(market.sessions), -1)
        if first > self.bounds[0] or last < self.bounds[1] - 1:
            reach = f"only from {market.sessions[first]} to {market.sessions[last]}" if last >= 0 else "not at all"
            raise BacktestError(
                f"execution.account allows shorts or loans, whose interest is that of {BILLS}, which market "
                f"{market.name} has {reach}; give it {BILLS} over the whole run"
            )
        if self.costs.rate * self.account.gross >= 0.5:
            raise BacktestError(
                f"costs of {1e4 * self.costs.rate:g} basis points at a gross exposure of {self.account.gross:g} take "
                "half of the account at once; write less of either",
                key="execution.costs.slippage_bps",
            )

    def _check_needs(self) -> None:
        first, why = first_start(self.market, self.strategy)
        if first is None or self.start < first:
            rule = type(self.strategy).__name__
            remedy = "no start in this market is late enough" if first is None else f"start on {first} or later"
            raise BacktestError(f"{rule} cannot start on {self.start}: {why}; {remedy}")
        self._check_fresh()

    def _check_fresh(self) -> None:
        """Refuse a run in which the rule needs a series on a decision day on which its newest value is too old."""
        if self.market.allow_stale:
            return
        asked = self.sessions[self.decisions]
        for name in self.strategy.requirements():
            s = self.market.series.get(name)
            if s is None or s.fresh_until is None:
                continue
            k = np.searchsorted(s.known_on, asked, side="right")
            late = np.flatnonzero((k > 0) & (asked > s.fresh_until[np.maximum(k, 1) - 1]))
            if late.size:
                sentence = f"{type(self.strategy).__name__}: {self.market.stale_on(name, asked[late[0]])}"
                raise BacktestError(sentence, key="period.end")

    @cached_property
    def bounds(self) -> tuple[int, int]:
        """Return the market's indices of the run's first session and of the one after its last."""
        sessions = self.market.sessions
        return int(np.searchsorted(sessions, self.start)), int(np.searchsorted(sessions, self.end)) + 1

    @cached_property
    def limits(self) -> Limits:
        """Return what the weights of a decision may be."""
        return Limits(self.account.short, self.account.gross)

    @cached_property
    def sessions(self) -> Days:
        """Return the run's sessions, (T,) days."""
        a, b = self.bounds
        return self.market.sessions[a:b]

    @cached_property
    def closes(self) -> Float64:
        """Return the closes of the run, (T, N) total-return level; NaN where an asset did not trade."""
        a, b = self.bounds
        return self.market.prices[a:b]

    @cached_property
    def marks(self) -> Float64:
        """Return what a unit held is worth at each close of the run, (T, N): the last close known."""
        a, b = self.bounds
        return self.market.marks[a:b]

    @cached_property
    def fills_at(self) -> Float64:
        """Return the prices at which the run trades, (T, N); NaN where it cannot."""
        a, b = self.bounds
        opens = self.market.opens
        return self.market.prices[a:b] if self.fill == "close" or opens is None else opens[a:b]

    @cached_property
    def decisions(self) -> Int64:
        """Return the run's indices of its decision sessions; the first session always is one."""
        a, b = self.bounds
        changes = self.market.series.get("target_change")
        announced = changes.known_on if changes is not None else np.empty(0, dtype="datetime64[D]")
        chosen = decision_days(self.schedule, self.market.sessions, announced, first=a)[a:b].copy()
        chosen[0] = True
        return np.flatnonzero(chosen).astype(np.int64)

    @cached_property
    def flows(self) -> dict[int, float]:
        """Return the run's index of each session with a flow -> US dollars."""
        if not self.flow:
            return {}
        a, b = self.bounds
        chosen = SCHEDULES[self.flow_schedule](self.market.sessions, self.market.sessions[:0])[a:b]
        return {int(at): self.flow for at in np.flatnonzero(chosen) if at > 0}

    def check_flow(self, at: int, cash: float) -> None:
        """Raise BacktestError where more is paid out than there is in cash, proceeds of short sales left aside."""
        if self.flows[at] < 0 and cash + self.flows[at] < 0:
            raise BacktestError(
                f"{-self.flows[at]:,.2f} {self.market.currency} are to be paid out on {self.sessions[at]}, but there "
                f"is {cash:,.2f} in cash; leave a weight unassigned, or pay out less",
                key="flows",
            )

    def delisting_proceeds(self, column: int) -> float:
        """Return what a unit of an asset is paid out at in the session after its last, US dollars."""
        asset, market = self.market.assets[column], self.market
        last = market.spans[asset][1]
        gained: float | None = 0.0
        if self.delisting == "data":
            gained = market.delisting_returns.get(asset)
        elif self.delisting != "last":
            gained = self.delisting
        if gained is None:
            raise BacktestError(
                f"{asset} ended on {market.sessions[last]} while held, and market {market.name} does not say what its "
                "holders got; write execution.delisting: last, or a fraction of the last close such as -0.3"
            )
        return float(market.prices[last, column]) * (1.0 + gained)


def first_start(market: Market, strategy: Strategy) -> tuple[Day | None, str]:
    """Return the first session at whose close all that a strategy needs was known, and which need sets it.

    The day is None where the market never has enough. Raises UnknownName for an asset or series it does not have.
    """
    latest, why = 0, "nothing is needed"
    for asset in strategy.named_assets():
        first = market.spans[market.assets[market.column(asset)]][0]
        if first > latest:
            latest, why = first, f"{asset} begins on {market.sessions[first]}"
    for name, n in strategy.requirements().items():
        if name in market.series:
            known = market.series[name].known_on
            first = int(np.searchsorted(market.sessions, known[0])) if len(known) else len(market.sessions)
            since = known[0] if len(known) else "no day on"
        else:
            market.check_known(name)
            first = market.spans[market.assets[market.column(name)]][0]
            since = market.sessions[first]
        if first + n - 1 > latest:
            latest, why = (
                first + n - 1,
                f"it needs {name} for {n} {'session' if n == 1 else 'sessions'}, known since {since}",
            )
    return (market.sessions[latest] if latest < len(market.sessions) else None), why
