"""What claims are judged on: one market, cut where nothing later may be used, in months, years, yields and cycles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fedcycle.backtests.analysis.event_study import EventStudy, event_study
from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.data.market import Market
from fedcycle.data.series import Series
from fedcycle.data.typing import Day, Days, Float64, Int64
from fedcycle.strategies.schedule import month_end

TEN_YEAR = "DGS10"
MONTHS_PER_YEAR = 12


@dataclass(frozen=True, eq=False)
class Months:
    """Complete calendar months: each with the returns of assets, and where asked the change of the 10-year yield.

    Parameters
    ----------
    ends : (n,) days, the last session of each month
    returns : (n, k) fraction per month, one column an asset
    """

    ends: Days
    returns: Float64


@dataclass(frozen=True, eq=False)
class Evidence:
    """One market, and as of which day it is judged.

    Parameters
    ----------
    market : Market, already cut at ``as_of``: it holds nothing later
    as_of : the day asked for, or None for all the data
    """

    market: Market
    as_of: Day | None = None

    @classmethod
    def of(cls, market: Market, as_of: Day | None = None) -> Evidence:
        """Return the evidence of a market as of a day; raises DataError for a day before its first session."""
        return cls(market if as_of is None else market.truncated(as_of), as_of)

    @cached_property
    def events(self) -> EventStudy:
        """Return the event study over runs of cuts."""
        return event_study(self.market)

    @cached_property
    def episodes(self) -> EventStudy:
        """Return the event study that counts 2019 and 2020 as two."""
        return event_study(self.market, "episodes")

    @property
    def cycles(self) -> tuple[Cycle, ...]:
        """Return the easing cycles."""
        return self.events.cycles

    @property
    def sessions(self) -> Days:
        """Return the market's sessions."""
        return self.market.sessions

    def at(self, day: str) -> int | None:
        """Return the index of the last session up to a day; None where the sessions do not reach it."""
        asked = np.datetime64(day, "D")
        i = int(np.searchsorted(self.sessions, asked, side="right")) - 1
        reached = i + 1 < len(self.sessions) or (i >= 0 and self.sessions[i] == asked)
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

    def months(self, *assets: str) -> Months:
        """Return the complete months in which all of some assets have a price at both ends."""
        closes = np.column_stack([self.prices(a)[self.month_ends] for a in assets])
        returns = closes[1:] / closes[:-1] - 1.0
        there = ~np.isnan(returns).any(axis=1)
        return Months(self.sessions[self.month_ends][1:][there], returns[there])

    def yield_changes(self, months: Months) -> tuple[Months, Float64]:
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
        return Months(months.ends[there], months.returns[there]), np.asarray(change[there])

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

    def daily_pairs(self, *assets: str) -> tuple[Days, Float64, Float64]:
        """Return the sessions with a yield, the returns of assets on them (n, k), the yield's changes (n,) points.

        As DOMAIN pairs them: a session's return with the change since the previous session that has a yield.
        """
        s, sessions = self.ten_year, self.sessions
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
    a, b = (np.lib.stride_tricks.sliding_window_view(v, n) for v in (x, y))
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    spread = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return np.asarray(np.divide((a * b).sum(axis=1), spread, out=np.full(len(a), np.nan), where=spread > 0))


def slope(x: Float64, y: Float64) -> float:
    """Return the least-squares slope of y on x; NaN where x does not vary."""
    spread = float(((x - x.mean()) ** 2).sum())
    return float(((x - x.mean()) * (y - y.mean())).sum()) / spread if spread > 0 else float("nan")
