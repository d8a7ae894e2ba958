"""Market and MarketView: the only way to stored facts. Nothing here reads a file."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedcycle.data import staleness
from fedcycle.data.errors import DataError, NotYetKnown, Stale, UnknownName, join_names
from fedcycle.data.frozen_mapping import DeferredMapping, FrozenMapping
from fedcycle.data.fundamentals.panel import Fundamentals, FundamentalsView
from fedcycle.data.manifest import DOLLARS, PER_YEAR
from fedcycle.data.price_checks import (
    check_bars,
    check_opens,
    check_prices,
    check_returns,
    check_sessions,
    forward_fill_inside_span,
    spans,
)
from fedcycle.data.series import Observations, Series
from fedcycle.data.suggest import did_you_mean
from fedcycle.data.typing import Day, Days, Float64, Int64, days, frozen

STALE = {"daily": 21, "weekly": 5, "monthly": 2}
"""Sessions, about a month, after which an asset without a price is taken to have ended: nobody can tell on the day."""


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
        Close of each session; NaN before an asset's first session, after its last, and where it did not trade.
    series : name -> Series
    opens : (T, N) total-return level or None
        Opening prices on the scale of ``prices``, where the data have them; NaN at least where ``prices`` is.
    withheld : names
        Series that the data have and rules may not read, as their publishers rewrite their past.
    delisting_returns : asset -> fraction, >= -1
        What a holder got after an asset's last close, over that close, where the data say.
    allow_stale : bool
        Whether views serve values that are too old to stand for the day; else they raise Stale.
    spliced : asset -> sentence
        What an asset's prices are made of where its own source ends, and from when on.
    roles : role -> asset
        Which asset plays ``small``, ``large`` and so on; a role that is not here is played by the asset of its name.
    chronology : Series or None
        All of NBER's turning points, also those that were never announced on a day: for reports, no view serves it.
    frequency : how far apart the sessions are: ``daily``, ``weekly`` or ``monthly``
    currency : three letters of the currency of prices, capital, costs and values
    stamps : words
        What every figure made from it must say, such as ``PRICE RETURN: SPX``; mostly none.
    fundamentals : Fundamentals or None
        What became known of the companies whose stocks are among the assets, where the data have it.
    bars : ``high``, ``low`` or ``volume`` -> (T, N)
        The rest of each session's bar, where the data have it: prices on the scale of ``prices``, units traded; NaN
        where an asset has none. Only a ``bt.Strategy`` reads them.

    Raises
    ------
    DataError
        For unsorted or repeated sessions, repeated assets, prices that are not positive, opens without a close.
    """

    name: str
    sessions: Days
    assets: tuple[str, ...]
    prices: Float64
    series: Mapping[str, Series] = field(default_factory=dict)
    opens: Float64 | None = None
    withheld: tuple[str, ...] = ()
    delisting_returns: Mapping[str, float] = field(default_factory=dict)
    allow_stale: bool = False
    spliced: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    chronology: Series | None = None
    stamps: tuple[str, ...] = ()
    fundamentals: Fundamentals | None = None
    bars: Mapping[str, Float64] = field(default_factory=dict)
    frequency: str = "daily"
    currency: str = DOLLARS

    def __post_init__(self) -> None:
        object.__setattr__(self, "sessions", days(self.sessions))
        object.__setattr__(self, "assets", tuple(self.assets))
        object.__setattr__(self, "prices", frozen(np.asarray(self.prices, dtype=np.float64)))
        object.__setattr__(self, "series", FrozenMapping(dict(self.series)))
        object.__setattr__(self, "delisting_returns", FrozenMapping(dict(self.delisting_returns)))
        bars = {part: frozen(np.asarray(self.bars[part], dtype=np.float64)) for part in sorted(self.bars)}
        object.__setattr__(self, "bars", FrozenMapping(bars))
        check_sessions(self.sessions)
        check_prices("price", self.sessions, self.assets, self.prices)
        if self.opens is not None:
            object.__setattr__(self, "opens", frozen(np.asarray(self.opens, dtype=np.float64)))
            check_prices("open", self.sessions, self.assets, self.opens)
            check_opens(self.sessions, self.assets, self.opens, self.prices)
        check_returns(self.assets, self.delisting_returns)
        check_bars(self.sessions, self.assets, self.prices, self.bars)
        object.__setattr__(self, "spliced", FrozenMapping(dict(self.spliced)))
        object.__setattr__(self, "roles", FrozenMapping(dict(self.roles)))
        for role, asset in self.roles.items():
            if asset not in self.assets:
                raise DataError(
                    f"role {role} is played by {asset!r}, which is no asset; it has {join_names(self.assets)}"
                )

    @cached_property
    def spans(self) -> Mapping[str, tuple[int, int]]:
        """Return, for each asset, the indices of its first and last session with a close."""
        first, last = self._spans
        return FrozenMapping(dict(zip(self.assets, zip(first.tolist(), last.tolist(), strict=True), strict=True)))

    @cached_property
    def _spans(self) -> tuple[Int64, Int64]:
        return spans(self.prices)

    @cached_property
    def gaps(self) -> Mapping[str, int]:
        """Return the assets that did not trade in every session of their span -> in how many they did not."""
        first, last = self._spans
        missing = last - first + 1 - (~np.isnan(self.prices)).sum(axis=0)
        return FrozenMapping({self.assets[j]: int(missing[j]) for j in np.flatnonzero(missing).tolist()})

    @cached_property
    def marks(self) -> Float64:
        """Return what a holding is worth at each close: (T, N) total-return level.

        The close; where an asset did not trade, the last close before; NaN outside its span.
        """
        return forward_fill_inside_span(self.prices) if self.gaps else self.prices

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
            yield f"{name}|complete to {s.complete_to}".encode()
        for part, values in self.bars.items():
            yield f"bars|{part}|".encode() + values.tobytes()
        for name in sorted(self.delisting_returns):
            yield f"delisted|{name}|".encode() + struct.pack("<d", self.delisting_returns[name])
        if self.fundamentals is not None:
            yield self.fundamentals.digest
        for role in sorted(self.roles):
            yield f"role|{role}|{self.roles[role]}".encode()

    @property
    def turns(self) -> Series | None:
        """Return NBER's turning points as reports date recessions by; None where the market has none."""
        return self.chronology if self.chronology is not None else self.series.get("nber_turning_point")

    def role(self, name: str) -> str:
        """Return the asset that plays a role: the one the data set names, else the one called so, there or not."""
        return self.roles.get(name, name)

    def stale_on(self, name: str, day: Day) -> str | None:
        """Return why a series' newest value is too old on a day; None where it is not, or is not known at all yet."""
        s = self.series[name]
        k = s.stale_on(day)
        if k is None or s.fresh_until is None:
            return None
        observed, until = s.observed_on[k], s.fresh_until[k]
        return staleness.sentence(name, observed_on=observed, fresh_until=until, complete_to=s.complete_to, today=day)

    def column(self, asset: str) -> int:
        """Return the column of an asset in ``prices``; raises UnknownName with the nearest names."""
        try:
            return self._columns[asset]
        except KeyError:
            self.check_allowed(asset)
            raise UnknownName(
                f"{asset!r} is not an asset of market {self.name}; it has {join_names(self.assets)}"
            ) from None

    def check_known(self, name: str) -> None:
        """Raise UnknownName for what is neither an asset nor a series, with the nearest name."""
        if name in self._columns or name in self.series:
            return
        self.check_allowed(name)
        meant = did_you_mean(name, (*self.assets, *self.series))
        raise UnknownName(
            f"{name!r:.60} is neither an asset nor a series of market {self.name}{meant}; it has "
            f"{join_names(self.assets)}, and the series {join_names(sorted(self.series))}"
        )

    def check_allowed(self, name: str) -> None:
        """Raise UnknownName for a series that is there but withheld from rules."""
        if name in self.withheld:
            raise UnknownName(
                f"{name} is revised: its history is as published today, not as it was known then; write data: "
                "{allow_revised: true} to use it all the same, and the run is stamped REVISED DATA"
            )

    def listed(self, index: int) -> tuple[str, ...]:
        """Return the assets with a price in the session of an index, in the market's order."""
        if self._all_from <= index <= self._all_to:
            return self.assets
        return tuple(self._names[~np.isnan(self.prices[index])].tolist())

    @cached_property
    def _all_from(self) -> int:
        """Return the index of the first session from which on, to ``_all_to``, every asset trades."""
        return len(self.sessions) if self.gaps else int(self._spans[0].max())

    @cached_property
    def _all_to(self) -> int:
        return int(self._spans[1].min())

    @property
    def all_stamps(self) -> tuple[str, ...]:
        """Return what every figure made from it must say: its own stamps, and those of its companies' accounts."""
        return self.stamps if self.fundamentals is None else (*self.stamps, *self.fundamentals.stamps)

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

    def view(self, index: int) -> MarketView:
        """Return what was public at the close of the session of an index, counted from the market's first."""
        return MarketView(self, index)

    def truncated(self, session: Day) -> Market:
        """Return the market as it stood at the close of a session: no later price, no value not yet known.

        What holders got after a last close is not in it: it was not known at any close of the asset.
        """
        n = self.position(session) + 1
        # Cut when a rule first asks for it: most rules read two series of a dozen.
        kept = DeferredMapping(self.series, lambda name: self.series[name].until(self.sessions[n - 1]))
        listed = np.asarray(~np.isnan(self.prices[:n]).all(axis=0))
        assets = tuple(a for a, there in zip(self.assets, listed.tolist(), strict=True) if there)
        opens = None if self.opens is None else self.opens[:n, listed]
        fund = None if self.fundamentals is None else self.fundamentals.truncated(self.sessions[n - 1], n, assets)
        return self.with_parts(
            sessions=self.sessions[:n],
            assets=assets,
            prices=self.prices[:n, listed],
            series=kept,
            opens=opens,
            delisting_returns={},
            spliced={a: text for a, text in self.spliced.items() if a in assets},
            roles={r: a for r, a in self.roles.items() if a in assets},
            chronology=None if self.chronology is None else self.chronology.until(self.sessions[n - 1]),
            fundamentals=fund,
            bars={part: values[:n, listed] for part, values in self.bars.items()},
        )

    def with_numbers(self, **parts: Any) -> Market:
        """Return ``with_parts`` of prices that are missing where the market's own are: when each trades is known."""
        other = self.with_parts(**parts)
        # What cached properties have worked out lies where they would look for it.
        other.__dict__.update({"_spans": self._spans, "gaps": self.gaps})
        return other

    def with_parts(self, **parts: Any) -> Market:
        """Return the market with some of its parts replaced, read-only, without another look at what they hold.

        For parts that are as well-formed as the market's own: what is cut, or has other numbers in the same places. To
        check them takes longer than to ask a rule, which an audit does a thousand times.
        """
        other = object.__new__(Market)
        for own in fields(self):
            value = parts.get(own.name, getattr(self, own.name))
            if own.name in parts and isinstance(value, np.ndarray):
                value = frozen(value)
            elif own.name in parts and isinstance(value, Mapping) and not isinstance(value, DeferredMapping):
                value = FrozenMapping({k: frozen(v) if isinstance(v, np.ndarray) else v for k, v in value.items()})
            object.__setattr__(other, own.name, value)
        return other

    @cached_property
    def stock_prices(self) -> Float64:
        """Return the closes of the stocks that have fundamentals, (T, n), in their order."""
        stocks = () if self.fundamentals is None else self.fundamentals.assets
        return self.prices[:, [self.column(asset) for asset in stocks]]


class MarketView:
    """What was public at the close of one session.

    Past and present are served as read-only copies that share no memory with the market; asking beyond what exists
    raises NotYetKnown, asking for what the market does not have raises UnknownName. A series whose newest value is too
    old for today raises Stale, unless the market allows it.

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
        """Return the last closes of an asset, oldest first, today's last: (sessions,) total-return level.

        NaN in sessions in which it did not trade; NotYetKnown where it did in none of them.
        """
        j = self.__market.column(asset)
        first = self.__market.spans[asset][0]
        if first > self.__index:
            raise NotYetKnown(f"{asset}: no close is known on {self.today}; ask view.assets what is listed")
        start = self.__window(f"{asset}: closes", sessions, first)
        closes = self.__market.prices[start : self.__index + 1, j]
        if np.isnan(closes[-1]) and np.isnan(closes).all():
            last = np.flatnonzero(~np.isnan(self.__market.prices[:start, j]))[-1]
            raise NotYetKnown(f"{asset}: its closes end on {self.__market.sessions[last]}, before {self.today}")
        return frozen(closes)

    @property
    def sessions_per_year(self) -> int:
        """Return how many sessions count as a year: 252, of a market of weeks 52, of months 12."""
        return PER_YEAR[self.__market.frequency]

    def traded_lately(self, asset: str) -> bool:
        """Return whether an asset had a price in one of the last ``STALE`` sessions, today's included."""
        if asset not in self.__market.assets:
            return False
        first = max(0, self.__index + 1 - STALE[self.__market.frequency])
        recent = self.__market.prices[first : self.__index + 1, self.__market.column(asset)]
        return not bool(np.isnan(recent).all())

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

    @property
    def fundamentals(self) -> FundamentalsView:
        """Return what the accounts of listed companies said; raises UnknownName where the market has none."""
        fund = self.__market.fundamentals
        if fund is None:
            raise UnknownName(
                f"market {self.__market.name} has no fundamentals, which a screen of stocks needs; "
                "make one with: fedcycle data add-fundamentals"
            )
        return FundamentalsView(fund, self.today, self.__index, self.__market.stock_prices)

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
        k = int(np.searchsorted(s.known_on, self.today, side="right"))
        if k and s.fresh_until is not None and self.today > s.fresh_until[k - 1] and not self.__market.allow_stale:
            raise Stale(self.__market.stale_on(name, self.today))
        return s, k

    def __window(self, what: str, n: int, first: int) -> int:
        """Return the index at which a window of ``n`` sessions ending today begins."""
        have = self.__index + 1 - first
        if not 1 <= n <= have:
            raise NotYetKnown(f"{what}: {n} asked on {self.today}, only {have} exist; ask for 1 to {have}")
        return self.__index + 1 - n
