"""What claims are tested on: one market, cut where nothing later may be used, in periods, yields and cycles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from fedcycle.backtests.analysis.event_study import TARGET, Dating, EventStudy, event_study
from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.sample import Whole
from fedcycle.data.market import Market
from fedcycle.data.series import Series
from fedcycle.data.typing import Day, Days, Float64, Int64
from fedcycle.strategies.schedule import month_end, week_end

TEN_YEAR = "DGS10"
Frequency: TypeAlias = Literal["daily", "weekly", "monthly", "quarterly"]
PER_YEAR = {"daily": 252, "weekly": 52, "monthly": 12, "quarterly": 4}
STALE = 7
"""Calendar days after which a yield is too old to stand for the end of a period."""


@dataclass(frozen=True, eq=False)
class Returns:
    """Complete periods with the returns of assets.

    Parameters
    ----------
    ends : (n,) days, the last session of each period
    returns : (n, k) fraction per period, one column an asset
    begins : (n,) days, the session whose close each period starts from
    """

    ends: Days
    returns: Float64
    begins: Days


@dataclass(frozen=True, eq=False)
class Evidence:
    """One market, and as of which day claims are tested on it.

    Parameters
    ----------
    market : Market, already cut at ``as_of``: it holds nothing later
    as_of : the day given, or None for all the data
    dating : how easing cycles are dated
    """

    market: Market
    as_of: Day | None = None
    dating: Dating = TARGET

    @classmethod
    def of(cls, market: Market, as_of: Day | None = None, *, dating: Dating = TARGET) -> Evidence:
        """Return the evidence of a market as of a day; raises DataError for a day before its first session."""
        return cls(market if as_of is None else market.truncated(as_of), as_of, dating)

    @cached_property
    def events(self) -> EventStudy:
        """Return the event study over runs of cuts."""
        return event_study(self.market, dating=self.dating)

    @cached_property
    def episodes(self) -> EventStudy:
        """Return the event study that counts 2019 and 2020 as two."""
        return event_study(self.market, "episodes", dating=self.dating)

    @property
    def cycles(self) -> tuple[Cycle, ...]:
        """Return the easing cycles; none where the market lacks what dates them."""
        there = all(len(self.market.series.get(name, ())) for name in self.dating.series)
        return self.events.cycles if there else ()

    @property
    def sessions(self) -> Days:
        """Return the market's sessions."""
        return self.market.sessions

    def at(self, day: str) -> int | None:
        """Return the index of the last session up to a day; None where the sessions do not reach it."""
        wanted = np.datetime64(day, "D")
        i = int(np.searchsorted(self.sessions, wanted, side="right")) - 1
        reached = i + 1 < len(self.sessions) or (i >= 0 and self.sessions[i] == wanted)
        return i if i >= 0 and reached else None

    def prices(self, asset: str) -> Float64:
        """Return the closes of an asset, (T,) total-return level."""
        return self.market.marks[:, self.market.column(self.market.role(asset))]

    def growth(self, asset: str, start: int, end: int) -> float | None:
        """Return the total return between the closes of two sessions; None where there is no price."""
        prices = self.prices(asset)
        value = float(prices[end] / prices[start] - 1.0)
        return None if np.isnan(value) else value

    @cached_property
    def month_ends(self) -> Int64:
        """Return the indices of the sessions that are the last of their month, oldest first."""
        return np.flatnonzero(month_end(self.sessions, self.sessions[:0])).astype(np.int64)

    def months(self, *assets: str) -> Returns:
        """Return the complete months in which all of some assets have a price at both ends."""
        return self.returns("monthly", *assets)

    def returns(self, frequency: Frequency, *assets: str) -> Returns:
        """Return the complete periods in which all of some assets have a price at both ends.

        None of a frequency finer than the market's own.
        """
        at = self._ends(frequency)
        closes = np.column_stack([self.prices(a)[at] for a in assets])
        returns = closes[1:] / closes[:-1] - 1.0
        there = ~np.isnan(returns).any(axis=1)
        return Returns(self.sessions[at][1:][there], returns[there], self.sessions[at][:-1][there])

    def _ends(self, frequency: Frequency) -> Int64:
        """Return the indices of the sessions that end a period, oldest first."""
        if PER_YEAR[frequency] > PER_YEAR[self.market.frequency]:
            return np.empty(0, dtype=np.int64)
        if frequency == "daily":
            return np.arange(len(self.sessions), dtype=np.int64)
        if frequency == "weekly":
            return np.flatnonzero(week_end(self.sessions, self.sessions[:0])).astype(np.int64)
        at = self.month_ends
        if frequency == "monthly":
            return at
        return np.asarray(at[self.sessions[at].astype("datetime64[M]").astype(np.int64) % 3 == 2], dtype=np.int64)

    def yield_changes_over(self, periods: Returns) -> tuple[Returns, Float64]:
        """Return the periods with a yield at both ends, and its change over each, (n,) percentage points.

        A period's yield is the last observed up to its last session; the newest must be of that session or the one
        before it, and none may be older than a week.
        """
        s = self.ten_year
        at, before = (np.searchsorted(s.observed_on, d, side="right") - 1 for d in (periods.ends, periods.begins))
        there = (at >= 0) & (before >= 0)
        at, before = np.maximum(at, 0), np.maximum(before, 0)
        week = np.timedelta64(STALE, "D")
        there &= (periods.ends - s.observed_on[at] < week) & (periods.begins - s.observed_on[before] < week)
        if len(periods.ends) and self._last_is_missing(periods.ends[-1]):
            there[-1] = False
        kept = Returns(periods.ends[there], periods.returns[there], periods.begins[there])
        return kept, np.asarray(s.values[at] - s.values[before])[there]

    def yield_changes(self, months: Returns) -> tuple[Returns, Float64]:
        """Return the months with a yield at both ends, and its change over each, (n,) percentage points.

        A month's yield is the last one observed in it, on a session or not.
        """
        s, month = self.ten_year, months.ends.astype("datetime64[M]")
        earlier = month - np.timedelta64(1, "M")
        observed = s.observed_on.astype("datetime64[M]")
        last, before = (np.searchsorted(observed, m, side="right") - 1 for m in (month, earlier))
        there = (last >= 0) & (before >= 0)
        there &= (observed[np.maximum(last, 0)] == month) & (observed[np.maximum(before, 0)] == earlier)
        # A month whose last sessions have no yield yet (it is published the day after) would be shortened.
        ends = s.observed_on[np.maximum(last, 0)]
        there &= np.busday_count(ends, months.ends) <= 1
        if len(months.ends) and self._last_is_missing(months.ends[-1]):
            there[-1] = False
        change = s.values[np.maximum(last, 0)] - s.values[np.maximum(before, 0)]
        return Returns(months.ends[there], months.returns[there], months.begins[there]), np.asarray(change[there])

    def _last_is_missing(self, end: Day) -> bool:
        """Return whether the yield of a month's last session was not known yet when the data end."""
        return bool(end == self.sessions[-1] and self.ten_year.observed_on[-1] < end)

    @cached_property
    def ten_year(self) -> Series:
        """Return the 10-year yield by the day it is about, as far as it is known."""
        s = self.market.series[TEN_YEAR]
        order = np.argsort(s.observed_on, kind="stable")
        known = np.maximum.accumulate(s.known_on[order])
        return Series(s.name, s.unit, s.values[order], s.observed_on[order], known)

    def ten_year_on(self, day: str) -> float | None:
        """Return the 10-year yield of a day, percent per year; None where there is none or it is not known yet."""
        found = np.flatnonzero(self.ten_year.observed_on == np.datetime64(day, "D"))
        return float(self.ten_year.values[found[0]]) if found.size else None

    def as_long_as(self, days: int) -> int:
        """Return how many sessions of the market are as long as so many daily ones: all of them where it is daily."""
        return round(days * PER_YEAR[self.market.frequency] / PER_YEAR["daily"])

    def daily_pairs(self, *assets: str) -> tuple[Days, Float64, Float64]:
        """Return the sessions with a yield, the returns of assets on them (n, k), the yield's changes (n,) points.

        As DOMAIN pairs them: a session's return with the change since the previous session that has a yield.
        """
        s, sessions = self.ten_year, self.sessions
        if self.market.frequency != "daily":
            return sessions[:0], np.empty((0, len(assets))), np.empty(0)
        place = np.searchsorted(s.observed_on, sessions)
        having = np.flatnonzero((place < len(s)) & (s.observed_on[np.minimum(place, len(s) - 1)] == sessions))
        yields = s.values[place[having]]
        closes = np.column_stack([self.prices(a) for a in assets])
        at = having[1:][having[1:] > 0]
        returns, changes = closes[at] / closes[at - 1] - 1.0, np.diff(yields)[-len(at) :] if len(at) else yields[:0]
        there = ~np.isnan(returns).any(axis=1)
        return sessions[at][there], returns[there], np.asarray(changes[there])

    def years(self, *assets: str) -> tuple[Int64, Float64]:
        """Return the complete calendar years and the total returns of assets in them, (n,) and (n, k)."""
        ends = self.month_ends
        december = ends[(self.sessions[ends].astype("datetime64[M]").astype(np.int64) % 12) == 11]
        closes = np.column_stack([self.prices(a)[december] for a in assets])
        returns = closes[1:] / closes[:-1] - 1.0
        there = ~np.isnan(returns).any(axis=1)
        years = self.sessions[december][1:].astype("datetime64[Y]").astype(np.int64) + 1970
        return years[there], returns[there]


def rolling_correlation(x: Float64, y: Float64, n: int) -> Float64:
    """Return the correlation over the last ``n`` pairs at each from the n-th on, (len - n + 1,); NaN without spread."""
    if len(x) < n:
        return np.empty(0)
    return correlation(*(np.lib.stride_tricks.sliding_window_view(v, n) for v in (x, y)))


def correlation(x: Float64, y: Float64) -> Float64:
    """Return the correlation of (..., n) pairs, (...); NaN where one of the two does not vary."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(kernel.linked(Whole({"r": y, "b": x}, per_year=1.0), kernel.own, kernel.benchmark))


def slope(x: Float64, y: Float64) -> Float64:
    """Return the least-squares slope of y on x, (...) of (..., n) numbers; NaN where x does not vary."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(kernel.slope(Whole({"r": y, "b": x}, per_year=1.0), kernel.own, kernel.benchmark))
