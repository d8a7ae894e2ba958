"""The event study: what small, mid, large and quality small caps returned around each easing cycle, and on average."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from fedcycle.backtests.core import cycle_dating
from fedcycle.backtests.core.fed_cycles import Cycle, How, Window, easing_cycles, returns_in, windows, year_after
from fedcycle.backtests.inference.measure import RELATIVE_WEALTH, Measure
from fedcycle.backtests.inference.small_sample import small_sample_summary
from fedcycle.data.market import Market
from fedcycle.data.reach import POLICY, TURNS, reach, reach_sentence
from fedcycle.data.sources import tables
from fedcycle.data.typing import Day, Float64, Int64

ASSETS = ("small", "mid", "large", "small_quality")
PAIRS = (("small", "large"), ("mid", "large"), ("mid", "small"), ("small_quality", "small"))
"""What is measured against what, as relative wealth: the growth of one over that of the other, less 1."""
WINDOWS: Mapping[str, str] = {
    "12m": "12 months after the final cut",
    "to_hike": "final cut to next hike",
    "first_cut_12m": "12 months after the first cut",
    "first_hike_12m": "12 months after the first hike",
}


@dataclass(frozen=True)
class Dating:
    """A way to date easing cycles.

    Parameters
    ----------
    name : what a page calls it
    cycles : function of a market and ``runs`` or ``episodes``; cycles, oldest first
    series : what of a market it needs
    why_not : function of a market; why it cannot be dated so, in a sentence, or None where it can
    short : what a table calls it
    """

    name: str
    cycles: Callable[[Market, How], tuple[Cycle, ...]]
    series: tuple[str, ...]
    why_not: Callable[[Market], str | None] = lambda _: None
    short: str = "announced rate"

    def called(self, market: Market) -> str:
        """Return what a page calls it on a market: before the first statement the discount rate was announced."""
        changes = market.series.get("target_change", ())
        if self is TARGET and len(changes) and changes.known_on[0] < FIRST_STATEMENT:  # type: ignore[union-attr]
            return f"changes of the discount rate, from {FIRST_STATEMENT} of the Fed's target"
        return self.name


FIRST_STATEMENT = np.datetime64(tables.FIRST_STATEMENT, "D")
TARGET = Dating("changes of the Fed's target", easing_cycles, ("target_change", "nber_turning_point"))
"""The announced instrument: the primary way, named beforehand (DOMAIN 7)."""
OTHER_DATINGS = (
    Dating(
        "target as reconstructed since 1982",
        lambda market, how: cycle_dating.cycles_by(market, "target", how),
        ("target_change", "nber_turning_point"),
        lambda market: cycle_dating.why_not(market, "target"),
        "target since 1982",
    ),
    Dating(
        "turning points of the funds rate since 1954",
        lambda market, how: cycle_dating.cycles_by(market, "funds rate", how),
        (cycle_dating.FUNDS_RATE, "nber_turning_point"),
        lambda market: cycle_dating.why_not(market, "funds rate"),
        "funds rate since 1954",
    ),
)
"""What is shown beside the primary way: none of them is the truth."""

BEFORE, AFTER = 126, 504
"""Sessions that an aligned path shows before and after the final cut: about half a year and two years."""


@dataclass(frozen=True)
class Measured:
    """One window of one cycle.

    Parameters
    ----------
    window : the closes it runs between, and why it is not complete, if it is not
    returns : asset -> total return, fraction; None where there is none
    """

    window: Window
    returns: Mapping[str, float | None]

    @property
    def complete(self) -> bool:
        """Return whether any asset has a return over the whole window."""
        return self.window.note is None and any(x is not None for x in self.returns.values())

    @property
    def note(self) -> str | None:
        """Return why the window has no figures, or None where it has."""
        return self.window.note or (None if self.complete else "no asset has a price at both ends of the window")

    @property
    def relative_wealth(self) -> dict[str, float | None]:
        """Return ``one / other`` -> relative wealth over the window, fraction; None where one of them is missing."""
        return {named(pair): self.compared(pair) for pair in PAIRS}

    def compared(self, pair: tuple[str, str], measure: Measure = RELATIVE_WEALTH) -> float | None:
        """Return one asset against another over the window, in a measure, fraction; None where one is missing."""
        one, other = (self.returns.get(asset) for asset in pair)
        return None if one is None or other is None else measure.between(one, other)


@dataclass(frozen=True, eq=False)
class EventStudy:
    """All cycles of a market with their windows.

    Parameters
    ----------
    market : Market, cut where the study is as of a day
    how : ``runs`` or ``episodes``
    as_of : the day nothing later than which was used, or None for all the data
    dating : how cycles are dated
    """

    market: Market
    how: How = "runs"
    as_of: Day | None = None
    dating: Dating = TARGET

    @cached_property
    def cycles(self) -> tuple[Cycle, ...]:
        """Return the easing cycles, oldest first."""
        return self.dating.cycles(self.market, self.how)

    @cached_property
    def assets(self) -> tuple[str, ...]:
        """Return the roles of the study that some asset of the market plays."""
        return tuple(asset for asset in ASSETS if self.market.role(asset) in self.market.assets)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the roles of the study that no asset of the market plays."""
        return tuple(asset for asset in ASSETS if self.market.role(asset) not in self.market.assets)

    @cached_property
    def measured(self) -> tuple[Mapping[str, Measured], ...]:
        """Return, for each cycle, window name -> what was measured in it."""
        return tuple(self._measured(cycle) for cycle in self.cycles)

    def _measured(self, cycle: Cycle) -> dict[str, Measured]:
        calendar = self.market.sessions
        found = windows(cycle, calendar)
        spans = {name: found[name] for name in ("12m", "to_hike")}
        spans["first_cut_12m"] = year_after(cycle.first_cut, calendar)
        hike = cycle.next_hike
        spans["first_hike_12m"] = _no_hike(cycle) if hike is None else year_after(hike, calendar)
        return {name: self._in(window) for name, window in spans.items()}

    def _in(self, window: Window) -> Measured:
        there = returns_in(self.market, window, [self.market.role(asset) for asset in self.assets])
        return Measured(window, {asset: there.get(self.market.role(asset)) for asset in ASSETS})

    def compared(
        self, window: str, pair: tuple[str, str], measure: Measure = RELATIVE_WEALTH
    ) -> list[tuple[Cycle, float]]:
        """Return each cycle whose window is complete, with one asset against another in it, fraction."""
        found = [(c, m[window].compared(pair, measure)) for c, m in zip(self.cycles, self.measured, strict=True)]
        return [(cycle, value) for cycle, value in found if value is not None]

    def averages(self, window: str, pair: tuple[str, str], measure: Measure = RELATIVE_WEALTH) -> list[float]:
        """Return, for each cycle of ``compared``, the average over all windows of as many sessions in the sample.

        The unconditional average, the second null hypothesis of an event window: whether the relative wealth after an
        event is more than at any other time.
        """
        found = []
        for m in self.measured:
            if m[window].compared(pair) is not None:
                span = np.array([m[window].window.start, m[window].window.end], dtype="datetime64[D]")
                start, end = np.searchsorted(self.market.sessions, span)
                found.append(self.average_window(pair, int(end - start), measure=measure))
        return found

    def average_window(
        self,
        pair: tuple[str, str],
        length: int,
        *,
        begin: Day | None = None,
        end: Day | None = None,
        measure: Measure = RELATIVE_WEALTH,
    ) -> float:
        """Return the average relative wealth (geometric) over all windows of so many sessions, fraction.

        Parameters
        ----------
        pair : roles
        length : sessions
        begin, end : days between which the windows begin, ``end`` not among them; None for all windows
        measure : another measure than relative wealth
        """
        key = (pair, length, measure.name)
        if key not in self._kept:
            columns = [self.market.column(self.market.role(asset)) for asset in pair]
            before = self.market.prices[: len(self.market.sessions) - length, columns]
            growth = self.market.marks[length:, columns] / before
            ratio = growth[:, 0] / growth[:, 1] - 1.0
            self._kept[key] = measure.added(ratio if measure is RELATIVE_WEALTH else growth[:, 0] - growth[:, 1])
        starts, lead = self.market.sessions[: len(self._kept[key])], self._kept[key]
        chosen = np.ones(len(lead), dtype=bool)
        chosen &= True if begin is None else starts >= begin
        chosen &= True if end is None else starts < end
        return measure.back(float(np.nanmean(lead[chosen])))

    @cached_property
    def _kept(self) -> dict[tuple[tuple[str, str], int, str], Float64]:
        return {}

    @cached_property
    def summary(self) -> dict[str, dict[str, Any]]:
        """Return window -> asset or pair -> its average with n; pairs with exact tests of their relative wealth."""
        return {name: self._averages(name) for name in WINDOWS}

    def _averages(self, window: str) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for asset in ASSETS:
            got = [x for m in self.measured if (x := m[window].returns[asset]) is not None]
            out[asset] = {"n": len(got), "mean": float(np.mean(got)) if got else None}
        for pair in PAIRS:
            found = self.compared(window, pair)
            out[named(pair)] = small_sample_summary(
                [value for _, value in found],
                [str(c.first_cut)[:4] for c, _ in found],
                averages=self.averages(window, pair),
            )
        return out

    def aligned(self, pair: tuple[str, str] = ("small", "large")) -> list[tuple[Cycle, Int64, Float64]]:
        """Return, for each cycle whose final cut is known, the relative wealth of one asset against another around it.

        Returns
        -------
        list of (cycle, offsets, relative)
            ``offsets`` (k,) sessions from the first close that knows the final cut; ``relative`` (k,) fraction, growth
            of one over growth of the other since that close, less 1. A path ends where the data do.
        """
        played = [self.market.role(asset) for asset in pair]
        if any(asset not in self.market.assets for asset in played):
            return []
        one, other = (self.market.prices[:, self.market.column(asset)] for asset in played)
        ratio, paths = one / other, []
        for cycle, measured in zip(self.cycles, self.measured, strict=True):
            start = measured["12m"].window.start
            if cycle.open or start is None:
                continue
            base = int(np.searchsorted(self.market.sessions, start))
            rows = np.arange(max(base - BEFORE, 0), min(base + AFTER + 1, len(ratio)))
            there = rows[np.isfinite(ratio[rows])]
            if np.isfinite(ratio[base]):
                paths.append((cycle, there - base, np.asarray(ratio[there] / ratio[base] - 1.0)))
        return paths

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document of the study, with a summary by the other way to count cycles."""
        other: How = "episodes" if self.how == "runs" else "runs"
        return {
            "market": {
                "name": self.market.name,
                "digest": self.market.digest,
                "stamps": list(self.market.all_stamps),
            },
            "how": self.how,
            "dating": self.dating.called(self.market),
            "as_of": None if self.as_of is None else str(self.as_of),
            "sessions": {"first": str(self.market.sessions[0]), "last": str(self.market.sessions[-1])},
            "roles": {asset: self.market.role(asset) for asset in self.assets},
            "data": reach(self.market, (*map(self.market.role, self.assets), POLICY, TURNS)),
            "missing_assets": list(self.missing),
            "window_names": dict(WINDOWS),
            "cycles": [_cycle(c, m, self._derived) for c, m in zip(self.cycles, self.measured, strict=True)],
            "summary": self.summary,
            "other_dating": {"how": other, "summary": EventStudy(self.market, other, self.as_of, self.dating).summary},
            "notes": self.notes,
        }

    @cached_property
    def _derived(self) -> frozenset[str]:
        """Return the days on which changes became known that are derived from the daily target, not announced."""
        changes = self.market.series.get("target_change")
        if changes is None or changes.derived is None:
            return frozenset()
        return frozenset(changes.known_on[changes.derived].astype(str).tolist())

    @property
    def notes(self) -> list[str]:
        """Return what a reader must know of these figures, in sentences."""
        said = [
            f"Cycles are dated ex post by {self.dating.called(self.market)}.",
            f"Returns reach to {self.market.sessions[-1]} at the latest.",
        ]
        said.append(f"D{reach_sentence(reach(self.market, (*map(self.market.role, self.assets), POLICY, TURNS)))[1:]}.")
        played = {asset: self.market.role(asset) for asset in self.assets}
        if any(role != asset for role, asset in played.items()):
            said.append(f"Played by: {', '.join(f'{role} {asset}' for role, asset in played.items())}.")
        said += [f"Market {self.market.name} has no {asset}: its figures are left blank." for asset in self.missing]
        said += [
            f"The cycle that began on {c.first_cut} is open: its final cut is not known." for c in self.cycles if c.open
        ]
        if not self.cycles:
            said.append("No easing cycle was known in these data.")
        if any(str(day) in self._derived for c in self.cycles for day in (c.first_cut, c.final_cut, c.next_hike)):
            said.append("Dates marked derived are from the Fed's daily target, not from a statement.")
        said += self._overlapping()
        return said

    def _overlapping(self) -> list[str]:
        """Return which windows of one kind overlap in time: they are not independent."""
        said = []
        for name, words in WINDOWS.items():
            spans = [(m[name].window, c) for c, m in zip(self.cycles, self.measured, strict=True) if m[name].complete]
            for (one, first), (two, second) in pairwise(spans):
                if one.end is not None and two.start is not None and two.start < one.end:
                    said.append(
                        f"{words}: the windows of the cycles of {first.first_cut} and {second.first_cut} overlap, "
                        "so they are not independent."
                    )
        return said


def event_study(market: Market, how: How = "runs", *, as_of: Day | None = None, dating: Dating = TARGET) -> EventStudy:
    """Return the event study of a market, as of a day if one is given: then nothing later is used.

    Raises
    ------
    DataError
        If the day is before the market's first session, or ``how`` is neither runs nor episodes.
    """
    return EventStudy(market if as_of is None else market.truncated(as_of), how, as_of, dating)


def named(pair: Sequence[str]) -> str:
    """Return the name of a pair: ``small / large``."""
    return " / ".join(pair)


def _no_hike(cycle: Cycle) -> Window:
    note = "the cycle is open: no hike is known yet" if cycle.open else "no hike came before the next episode of cuts"
    return Window(None, None, note)


def _cycle(cycle: Cycle, measured: Mapping[str, Measured], derived: frozenset[str]) -> dict[str, Any]:
    dates = {"first_cut": cycle.first_cut, "final_cut": cycle.final_cut, "next_hike": cycle.next_hike}
    return {
        "derived": [key for key, day in dates.items() if str(day) in derived],
        "first_cut": str(cycle.first_cut),
        "final_cut": str(cycle.final_cut),
        "next_hike": None if cycle.next_hike is None else str(cycle.next_hike),
        "open": cycle.open,
        "recession": cycle.recession,
        "cuts": cycle.cuts,
        "cut_bp": cycle.cut_bp,
        "length_days": cycle.length_days,
        "windows": {name: dict(m.returns) if m.complete else None for name, m in measured.items()},
        "relative_wealth": {name: m.relative_wealth if m.complete else None for name, m in measured.items()},
        "spans": {
            name: {
                "start": None if m.window.start is None else str(m.window.start),
                "end": None if m.window.end is None else str(m.window.end),
                "complete": m.complete,
                "note": m.note,
            }
            for name, m in measured.items()
        },
    }
