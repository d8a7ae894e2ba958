"""Whether the facts a rule read are dated as they became public, by each series' own rule of release."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fedcycle.backtests.audit.counterfactual import FUNDAMENTALS
from fedcycle.data.calendar import known
from fedcycle.data.fundamentals.panel import Fundamentals, FundamentalsView
from fedcycle.data.market import Market, MarketView
from fedcycle.data.series import Observations, Series, Unit
from fedcycle.data.series_catalog import SERIES
from fedcycle.data.staleness import MOST_SESSIONS
from fedcycle.data.typing import Day, Days

POLICY = "target_"
"""How the names of the Fed's target begin: announced a little before it takes effect."""
MONTHLY_AGE = np.timedelta64(62, "D")
"""No daily value is fresh for so long: where one says it is, it stands for a monthly mean."""
DAYS_AHEAD = 7
"""An announcement precedes its effect by a day or two, never by more than a week."""


class RecordingView(MarketView):
    """A view that notes which series are read through it."""

    __slots__ = ("_market", "read")

    def __init__(self, market: Market, index: int, read: set[str]) -> None:
        super().__init__(market, index)
        self._market, self.read = market, read

    def latest(self, name: str) -> float:
        """Return what the view returns."""
        value = super().latest(name)
        self.read.add(name)
        return value

    def history(self, name: str, n: int | None = None) -> Observations:
        """Return what the view returns."""
        found = super().history(name, n)
        self.read.add(name)
        return found

    @property
    def fundamentals(self) -> FundamentalsView:
        """Return what the view returns."""
        self.read.add(FUNDAMENTALS)
        return super().fundamentals

    def earlier(self, sessions: int) -> MarketView:
        """Return the earlier view, which notes in the same place."""
        return RecordingView(self._market, self._market.position(super().earlier(sessions).today), self.read)


def misdated(series: Series, sessions: Days) -> Iterator[tuple[int, str]]:
    """Yield the index of each value that a view serves too early, and the rule it breaks, in a sentence's words.

    A series of the catalog is held to its rule there. Any other: a monthly figure is not known before its month has
    ended, a yield from the session after its day, and nothing before the day it is about. An announcement may come
    before its effect, by a week at most.

    Parameters
    ----------
    series : Series
    sessions : (T,) days of the market it is in
    """
    first, rule = _first_day(series, sessions)
    for k in np.flatnonzero(series.known_on < first).tolist():
        yield k, rule


def too_old(series: Series, day: Day, sessions: Days) -> str | None:
    """Return why the newest value of a series known on a day could not stand for that day; None where it could.

    Counted here from the observations and sessions themselves, not read off ``fresh_until``, which views go by.
    """
    fact = SERIES.get(series.name)
    k = int(np.searchsorted(series.known_on, day, side="right"))
    if fact is None or k == 0:
        return None
    if fact.pace == "events":
        to = series.complete_to
        return None if to is None or day <= to else f"its table is complete to {to} only"
    observed = series.observed_on[k - 1]
    if fact.pace != "daily" or series.fresh_until is None or series.fresh_until[k - 1] > observed + MONTHLY_AGE:
        return None  # a monthly figure that stands where the daily series has not begun
    age = int(((sessions > observed) & (sessions <= day)).sum())
    return None if age <= MOST_SESSIONS else f"its newest value is of {observed}, {age} sessions before"


DATED_BY_FILING = ("shares", "sic", "sector", "lender", "consensus")
"""Items about the day they are published on; all others are about a period that has ended before."""


def misdated_accounts(fund: Fundamentals) -> Iterator[tuple[int, str]]:
    """Yield the row of each step that a view serves too early, the earliest first, and the rule it breaks."""
    steps = fund.steps
    names = steps.item.names
    usual = np.array([name not in DATED_BY_FILING for name in names], dtype=bool)
    same_day = usual[steps.item.codes] if len(names) else np.zeros(0, dtype=bool)
    early = (steps.known_on < steps.end) | (same_day & (steps.known_on == steps.end))
    before_filing = steps.known_on < steps.filed
    rows = np.flatnonzero(early | before_filing)
    for k in rows[np.argsort(steps.known_on[rows], kind="stable")].tolist():
        if early[k]:
            yield k, "accounts are known when they are filed, never on the last day of their period"
        else:
            yield k, f"its filing is of {steps.filed[k]}"


def _first_day(series: Series, sessions: Days) -> tuple[Days, str]:
    """Return the earliest day on which each value can have been known, and why."""
    observed, fact = series.observed_on, SERIES.get(series.name)
    if series.name.startswith(POLICY):
        return observed - np.timedelta64(DAYS_AHEAD, "D"), "a change of the target is known when it is announced"
    if fact is not None and fact.known != "announced":
        order = np.argsort(observed, kind="stable")
        first = np.empty_like(observed)
        first[order] = known(fact.known, observed[order], sessions)
        return first, fact.release
    if _is_monthly(observed):
        ends = (observed.astype("datetime64[M]") + np.timedelta64(1, "M")).astype("datetime64[D]")
        return ends, "a monthly figure is known after its month has ended"
    if series.unit == Unit.PERCENT_PER_YEAR:
        return observed + np.timedelta64(1, "D"), "a yield is known from the session after its day"
    return observed, "nothing is known before the day it is about"


def _is_monthly(observed: Days) -> bool:
    return bool(len(observed)) and bool((observed == observed.astype("datetime64[M]").astype("datetime64[D]")).all())
