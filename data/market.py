"""Market and MarketView: the only door to stored facts. Nothing here reads a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from fedcycle.data.arrays import Day, Days, Float64, days, frozen
from fedcycle.data.errors import DataError, NotYetKnown, UnknownName
from fedcycle.data.series import Observations, Series


@dataclass(frozen=True, eq=False)
class Market:
    """All facts of one study on one calendar of sessions. Engines hold it; strategies only ever see a view of it.

    Parameters
    ----------
    name : str
        What the user calls the data set.
    sessions : (T,) days, strictly increasing
    assets : N names
    prices : (T, N) total-return level, > 0
        Close of each session; NaN before an asset's first session and after its last, never between.
    series : name -> Series
    opens : (T, N) total-return level or None
        Opening prices on the scale of ``prices``, where the data have them.
    withheld : names
        Series that the data have and rules may not read, as their publishers rewrite their past.

    Raises
    ------
    DataError
        For unsorted or repeated sessions, repeated assets, prices that are not positive or that have a hole.
    """

    name: str
    sessions: Days
    assets: tuple[str, ...]
    prices: Float64
    series: Mapping[str, Series] = field(default_factory=dict)
    opens: Float64 | None = None
    withheld: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "sessions", days(self.sessions))
        object.__setattr__(self, "assets", tuple(self.assets))
        object.__setattr__(self, "prices", frozen(np.asarray(self.prices, dtype=np.float64)))
        object.__setattr__(self, "series", MappingProxyType(dict(self.series)))
        _check_sessions(self.sessions)
        _check_prices("price", self.sessions, self.assets, self.prices)
        if self.opens is not None:
            object.__setattr__(self, "opens", frozen(np.asarray(self.opens, dtype=np.float64)))
            _check_prices("open", self.sessions, self.assets, self.opens)

    @cached_property
    def spans(self) -> Mapping[str, tuple[int, int]]:
        """Return, for each asset, the indices of its first and last session."""
        there = ~np.isnan(self.prices)
        first, last = there.argmax(axis=0), len(self.sessions) - 1 - there[::-1].argmax(axis=0)
        return MappingProxyType({a: (int(first[j]), int(last[j])) for j, a in enumerate(self.assets)})

    @cached_property
    def digest(self) -> str:
        """Return ``sha256:`` and the digest of every fact, whatever the data set is called."""
        h = hashlib.sha256()
        for part in self._parts():
            h.update(part)
        return "sha256:" + h.hexdigest()

    def _parts(self) -> Iterable[bytes]:
        yield repr(self.assets).encode()
        yield self.sessions.astype(np.int64).tobytes()
        yield self.prices.tobytes()
        yield b"" if self.opens is None else self.opens.tobytes()
        for name in sorted(self.series):
            s = self.series[name]
            yield f"{name}|{s.unit}|{len(s)}".encode()
            yield s.values.tobytes()
            yield s.observed_on.astype(np.int64).tobytes()
            yield s.known_on.astype(np.int64).tobytes()

    def column(self, asset: str) -> int:
        """Return the column of an asset in ``prices``; raises UnknownName with the nearest names."""
        try:
            return self._columns[asset]
        except KeyError:
            self.check_allowed(asset)
            raise UnknownName(
                f"{asset!r} is not an asset of market {self.name}; it has {', '.join(self.assets)}"
            ) from None

    def check_allowed(self, name: str) -> None:
        """Raise UnknownName for a series that is there but withheld from rules."""
        if name in self.withheld:
            raise UnknownName(
                f"{name} is revised: its history is as published today, not as it was known then; write data: "
                "{allow_revised: true} to use it all the same, and the run is stamped REVISED DATA"
            )

    def listed(self, index: int) -> tuple[str, ...]:
        """Return the assets with a price in the session of an index, in the market's order."""
        return tuple(self._names[~np.isnan(self.prices[index])].tolist())

    @cached_property
    def _names(self) -> NDArray[np.object_]:
        return np.array(self.assets, dtype=object)

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {a: j for j, a in enumerate(self.assets)}

    def position(self, day: Day) -> int:
        """Return the index of the last session on or before a day; raises DataError before the first."""
        i = int(np.searchsorted(self.sessions, day, side="right")) - 1
        if i < 0:
            raise DataError(f"{day} is before the first session of market {self.name}, {self.sessions[0]}")
        return i

    def as_of(self, session: Day) -> MarketView:
        """Return what was public at the close of one session; raises DataError for a day without one."""
        i = self.position(session)
        if self.sessions[i] != session:
            raise DataError(f"{session} is not a session of market {self.name}; the one before is {self.sessions[i]}")
        return MarketView(self, i)

    def truncated(self, session: Day) -> Market:
        """Return the market as it stood at the close of a session: no later price, no value not yet known."""
        n = self.position(session) + 1
        kept = {}
        for name, s in self.series.items():
            k = int(np.searchsorted(s.known_on, self.sessions[n - 1], side="right"))
            kept[name] = Series(s.name, s.unit, s.values[:k], s.observed_on[:k], s.known_on[:k])
        listed = np.asarray(~np.isnan(self.prices[:n]).all(axis=0))
        assets = tuple(a for a, there in zip(self.assets, listed.tolist(), strict=True) if there)
        opens = None if self.opens is None else self.opens[:n, listed]
        return Market(self.name, self.sessions[:n], assets, self.prices[:n, listed], kept, opens, self.withheld)


class MarketView:
    """What was public at the close of one session.

    Past and present are served as read-only copies that share no memory with the market; asking beyond what exists
    raises NotYetKnown, asking for what the market does not have raises UnknownName.

    Attributes
    ----------
    today : day
        The session at whose close the view stands.
    assets : names
        Assets with a price today, in the market's order.
    """

    __slots__ = ("__index", "__market", "assets", "today")

    def __init__(self, market: Market, index: int) -> None:
        self.__market = market
        self.__index = index
        self.today: Day = market.sessions[index]
        self.assets: tuple[str, ...] = market.listed(index)

    def __repr__(self) -> str:
        return f"MarketView({self.today})"

    def sessions(self, n: int | None = None) -> Days:
        """Return the last ``n`` sessions, today's last: (n,) days (all of them if None)."""
        start = 0 if n is None else self.__window("sessions", n, 0)
        return frozen(self.__market.sessions[start : self.__index + 1])

    def closes(self, asset: str, sessions: int) -> Float64:
        """Return the last closes of an asset, oldest first, today's last: (sessions,) total-return level."""
        j = self.__market.column(asset)
        first, last = self.__market.spans[asset]
        if first > self.__index:
            raise NotYetKnown(f"{asset}: no close is known on {self.today}; ask view.assets what is listed")
        if last < self.__index:
            raise NotYetKnown(f"{asset}: its closes end on {self.__market.sessions[last]}, before {self.today}")
        start = self.__window(f"{asset}: closes", sessions, first)
        return frozen(self.__market.prices[start : self.__index + 1, j])

    def latest(self, name: str) -> float:
        """Return the last value of a series that was public today, in the series' unit."""
        s, k = self.__known(name)
        if k == 0:
            raise NotYetKnown(f"{name}: nothing was public by {self.today}")
        return float(s.values[k - 1])

    def history(self, name: str, n: int | None = None) -> Observations:
        """Return the last ``n`` observations of a series that were public today (all of them if None)."""
        s, k = self.__known(name)
        start = 0 if n is None else k - n
        if n is not None and (n < 1 or start < 0):
            raise NotYetKnown(f"{name}: {n} observations asked on {self.today}, {k} were public")
        cut = slice(start, k)
        return Observations(frozen(s.values[cut]), frozen(s.observed_on[cut]), frozen(s.known_on[cut]))

    def earlier(self, sessions: int) -> MarketView:
        """Return the view from so many sessions ago."""
        return MarketView(self.__market, self.__window("sessions", sessions + 1, 0))

    def __known(self, name: str) -> tuple[Series, int]:
        try:
            s = self.__market.series[name]
        except KeyError:
            self.__market.check_allowed(name)
            have = ", ".join(sorted(self.__market.series)) or "none"
            raise UnknownName(f"{name!r} is not a series of market {self.__market.name}; it has {have}") from None
        return s, int(np.searchsorted(s.known_on, self.today, side="right"))

    def __window(self, what: str, n: int, first: int) -> int:
        """Return the index at which a window of ``n`` sessions ending today begins."""
        have = self.__index + 1 - first
        if not 1 <= n <= have:
            raise NotYetKnown(f"{what}: {n} asked on {self.today}, only {have} exist; ask for 1 to {have}")
        return self.__index + 1 - n


def _check_sessions(sessions: Days) -> None:
    if not len(sessions):
        raise DataError("a market needs at least one session")
    if np.isnat(sessions).any():
        raise DataError("a session has no date")
    step = np.diff(sessions).astype(np.int64)
    bad = np.flatnonzero(step <= 0)
    if bad.size:
        i = int(bad[0])
        what = "is repeated" if step[i] == 0 else f"comes after {sessions[i]}"
        raise DataError(f"session {sessions[i + 1]} {what}; sessions must increase, each once")


def _check_prices(what: str, sessions: Days, assets: tuple[str, ...], prices: Float64) -> None:
    if prices.shape != (len(sessions), len(assets)):
        raise DataError(f"{what}s have shape {prices.shape}, but {len(sessions)} sessions and {len(assets)} assets")
    repeated = {a for a in assets if assets.count(a) > 1} if len(set(assets)) < len(assets) else set()
    if repeated:
        raise DataError(f"asset {min(repeated)} is there twice; each asset needs one column")
    there = ~np.isnan(prices)
    bad = np.argwhere(there & ~((prices > 0) & np.isfinite(prices)))
    if len(bad):
        i, j = bad[0]
        raise DataError(f"{assets[j]}: {what} {prices[i, j]:g} on {sessions[i]}; a {what} must be positive and finite")
    empty = np.flatnonzero(~there.any(axis=0))
    if empty.size:
        raise DataError(f"{assets[int(empty[0])]}: no {what} at all; leave the asset out")
    first, last = there.argmax(axis=0), len(sessions) - 1 - there[::-1].argmax(axis=0)
    holes = np.flatnonzero(there.sum(axis=0) != last - first + 1)
    if holes.size:
        j = int(holes[0])
        i = int(first[j]) + int((~there[first[j] :, j]).argmax())
        raise DataError(f"{assets[j]}: no {what} on {sessions[i]}, inside its span; a gap must be filled at the source")
