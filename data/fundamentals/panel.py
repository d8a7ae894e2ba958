"""Fundamentals of a market's stocks, and the view of them that a close allows. A view serves nothing known later."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, cast

import numpy as np

from fedcycle.data.errors import DataError, UnknownName, join_names
from fedcycle.data.fundamentals.known import Known
from fedcycle.data.fundamentals.splits import SHARES, Split, apply
from fedcycle.data.labels import Labels
from fedcycle.data.typing import Bool, Day, Days, Float64, Int64, frozen

SECTOR, LENDER = "sector", "lender"
"""Items whose value is a place in ``sectors``, and 1 for banks, brokers and insurers."""
PRICED_WITHIN = 5
"""Sessions in which a stock must have had a price to be served: a gap of a day or two is no end."""


@dataclass(frozen=True, eq=False)
class Fundamentals:
    """What became known of companies, with the share prices and volumes of their stocks.

    Parameters
    ----------
    steps : Known
    assets : N names
        The market's stocks, each an asset of the market.
    companies : N names
        The company of each, as ``steps`` calls it; one that steps do not have has no accounts.
    sectors : names
        What the values of the item ``sector`` stand for.
    prices : (T, N) US dollars, or None
        Price of a share as quoted; None where the market's own closes are to be taken for it.
    volumes : (T, N) shares, or None
    stamps : what every figure made of them must say, such as ``SYNTHETIC``
    notes : sentences on what they are
    splits : of the stocks, by which share counts of before them are multiplied
    """

    steps: Known
    assets: tuple[str, ...]
    companies: tuple[str, ...]
    sectors: tuple[str, ...]
    prices: Float64 | None = None
    volumes: Float64 | None = None
    stamps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    splits: tuple[Split, ...] = ()
    _answers: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if len(self.assets) != len(self.companies):
            raise DataError(f"{len(self.assets)} stocks have {len(self.companies)} companies; name one of each")
        for name in ("prices", "volumes"):
            array = getattr(self, name)
            if array is not None and array.shape[1] != len(self.assets):
                raise DataError(f"{name} have {array.shape[1]} columns for {len(self.assets)} stocks")

    @cached_property
    def digest(self) -> bytes:
        """Return the digest of every fact in it."""
        h = hashlib.sha256()
        h.update(repr((self.assets, self.companies, self.sectors, self.stamps)).encode())
        h.update("".join(f"{s.asset} {s.day} {s.factor!r} {s.counted_from}\n" for s in self.splits).encode())
        for name in ("item", "company", "form", "source", "tag"):
            labels: Labels = getattr(self.steps, name)
            h.update(repr(labels.names).encode())
            h.update(labels.codes.tobytes())
        for name in ("known_on", "end", "value", "year_ago", "filed"):
            h.update(getattr(self.steps, name).tobytes())
        for array in (self.prices, self.volumes):
            h.update(b"" if array is None else np.ascontiguousarray(array).tobytes())
        return h.digest()

    @property
    def items(self) -> tuple[str, ...]:
        """Return the items there are."""
        return self.steps.item.names

    @cached_property
    def _company_of(self) -> Int64:
        place = {name: k for k, name in enumerate(self.steps.company.names)}
        return np.array([place.get(name, -1) for name in self.companies], dtype=np.int64)

    @cached_property
    def _column(self) -> Mapping[str, int]:
        return MappingProxyType({name: k for k, name in enumerate(self.assets)})

    @cached_property
    def _bounds(self) -> Mapping[str, tuple[int, int]]:
        """Return item -> the rows of its steps."""
        codes = self.steps.item.codes
        return {
            name: (int(np.searchsorted(codes, k)), int(np.searchsorted(codes, k, side="right")))
            for k, name in enumerate(self.steps.item.names)
        }

    def column(self, asset: str) -> int:
        """Return the column of a stock; raises UnknownName."""
        if asset not in self._column:
            raise UnknownName(f"{asset!r} is not a stock with accounts; there are {join_names(self.assets)}")
        return self._column[asset]

    def rows(self, item: str, day: Day) -> Int64:
        """Return, for each stock, the row of the last step of an item known by a day: (N,), -1 where there is none.

        Raises UnknownName for an item that no company has.
        """
        if item not in self._bounds:
            raise UnknownName(f"{item!r} is not an item of these fundamentals; they have {', '.join(self.items)}")
        key = (item, int(day.astype(np.int64)))
        found = self._answers.get(key)
        if found is None:
            latest = self._latest(item, day)
            company = self._company_of
            found = frozen(np.where(company >= 0, latest[company], -1) if len(latest) else np.full(len(company), -1))
            self.remember(key, found)
        return cast("Int64", found)

    def _latest(self, item: str, day: Day) -> Int64:
        """Return the row of the last step of an item known by a day, by company: -1 where there is none.

        Days are mostly asked for in order, so the last answer is kept and only what became known since is added.
        """
        order, known_on = self._by_day[item]
        upto = int(np.searchsorted(known_on, day, side="right"))
        done, latest = self._answers.get(("latest", item), (0, None))
        if latest is None or done > upto:
            done, latest = 0, np.full(len(self.steps.company.names), -1, dtype=np.int64)
        new = order[done:upto]
        latest = cast("Int64", latest.copy())
        latest[self.steps.company.codes[new]] = new  # of several of one company the last stays
        self.remember(("latest", item), (upto, latest))
        found: Int64 = latest
        return found

    @cached_property
    def _by_day(self) -> Mapping[str, tuple[Int64, Days]]:
        """Return item -> its rows in the order they became known, and the days."""
        out = {}
        for name, (first, last) in self._bounds.items():
            order = first + np.argsort(self.steps.known_on[first:last], kind="stable")
            out[name] = (order, self.steps.known_on[order])
        return out

    def remember(self, key: Any, made: Any) -> None:
        """Keep an answer; past so many all are forgotten, which costs time and no memory."""
        if len(self._answers) >= _MOST_ANSWERS:
            self._answers.clear()
        self._answers[key] = made

    def truncated(self, day: Day, sessions: int, assets: tuple[str, ...]) -> Fundamentals:
        """Return what was known by a day, of some stocks, with the prices of the first sessions."""
        kept = np.flatnonzero(self.steps.known_on <= day)
        columns = [self._column[a] for a in assets if a in self._column]
        listed = {self.assets[k] for k in columns}
        return replace(
            self,
            steps=steps_of(self.steps, kept),
            assets=tuple(self.assets[k] for k in columns),
            companies=tuple(self.companies[k] for k in columns),
            prices=None if self.prices is None else self.prices[:sessions, columns],
            volumes=None if self.volumes is None else self.volumes[:sessions, columns],
            splits=tuple(split for split in self.splits if split.day <= day and split.asset in listed),
            _answers={},
        )


_MOST_ANSWERS = 4000
"""Arrays over the stocks that are kept: at 4,000 stocks 128 MB."""


def steps_of(steps: Known, rows: Int64) -> Known:
    """Return some rows of steps."""
    some_rows: dict[str, Any] = {
        name: Labels(column.codes[rows], column.names) if isinstance(column, Labels) else column[rows]
        for name, column in vars(steps).items()
    }
    return Known(**some_rows)


@dataclass(frozen=True)
class Fact:
    """One value as a view serves it.

    Parameters
    ----------
    item, asset, company : of what and whom
    value, year_ago : US dollars or shares; NaN where four quarters were not known
    end, filed, known_on : days
    form, source, tag : of the filing
    """

    item: str
    asset: str
    company: str
    value: float
    year_ago: float
    end: Day
    filed: Day
    known_on: Day
    form: str
    source: str
    tag: str


class FundamentalsView:
    """What the accounts of listed companies said at the close of one session: arrays over ``assets``.

    Attributes
    ----------
    today : day
    assets : n names
        Stocks with a price in one of the last ``PRICED_WITHIN`` sessions, in the market's order.
    """

    __slots__ = ("__columns", "__fund", "__index", "__market_prices", "assets", "today")

    def __init__(self, fund: Fundamentals, today: Day, index: int, market_prices: Float64) -> None:
        self.__fund, self.today, self.__index, self.__market_prices = fund, today, index, market_prices
        key = ("listed", index)
        found = fund._answers.get(key)
        if found is None:
            recent = market_prices[max(0, index + 1 - PRICED_WITHIN) : index + 1]
            columns = np.flatnonzero(~np.isnan(recent).all(axis=0))
            found = (columns, tuple(fund.assets[k] for k in columns.tolist()))
            fund.remember(key, found)
        self.__columns: Int64 = found[0]
        self.assets: tuple[str, ...] = found[1]

    def __repr__(self) -> str:
        return f"FundamentalsView({self.today})"

    @property
    def items(self) -> tuple[str, ...]:
        """Return the items there are."""
        return self.__fund.items

    def value(self, item: str, *, oldest_days: int | None = None) -> Float64:
        """Return the latest value known: (n,) US dollars, shares or a code; a flow is the sum of four quarters.

        NaN where nothing was known, where four quarters were not, and where the period ended more than
        ``oldest_days`` days ago. UnknownName for an item that no company has.
        """
        return self.__taken(item, self.__fund.steps.value, oldest_days)

    def year_ago(self, item: str, *, oldest_days: int | None = None) -> Float64:
        """Return the sum of the four quarters before the latest four, from what was known today: (n,)."""
        return self.__taken(item, self.__fund.steps.year_ago, oldest_days)

    def ends(self, item: str) -> Days:
        """Return the end of the latest period known: (n,) days, NaT where there is none."""
        rows = self.__fund.rows(item, self.today)[self.__columns]
        out = np.full(len(rows), np.datetime64("NaT", "D"))
        out[rows >= 0] = self.__fund.steps.end[rows[rows >= 0]]
        return out

    def price(self) -> Float64:
        """Return the last price of a share: (n,) US dollars, from one of the last ``PRICED_WITHIN`` sessions."""
        prices = self.__market_prices if self.__fund.prices is None else self.__fund.prices
        first = max(0, self.__index + 1 - PRICED_WITHIN)
        recent = prices[first : self.__index + 1][:, self.__columns]
        last: Float64 = recent[-1].copy()
        for k in range(len(recent) - 2, -1, -1):
            last = np.where(np.isnan(last), recent[k], last)
        return last

    def shares(self, *, oldest_days: int | None = None) -> Float64:
        """Return the shares that today's price is of: (n,), the latest count known, times each split it is before.

        NaN as in ``value``, and for all where no company of the panel has a count.
        """
        if SHARES not in self.items:
            return np.full(len(self.assets), np.nan)
        counted = self.value(SHARES, oldest_days=oldest_days)
        place = {asset: k for k, asset in enumerate(self.assets)} if self.__fund.splits else {}
        splits = [(place[split.asset], split) for split in self.__fund.splits if split.asset in place]
        known_on = self.__fund.steps.known_on[self.__fund.rows(SHARES, self.today)[self.__columns]]
        return apply(splits, counted, known_on, self.today)

    def market_value(self, *, oldest_days: int | None = None) -> Float64:
        """Return price times shares: (n,) US dollars."""
        return self.price() * self.shares(oldest_days=oldest_days)

    def splits(self, asset: str) -> tuple[Split, ...]:
        """Return the splits by which a stock's latest share count is multiplied today, mostly none."""
        fact = self.fact(asset, SHARES) if SHARES in self.items else None
        mine = (split for split in self.__fund.splits if split.asset == asset)
        return tuple(split for split in mine if fact is not None and split.applies(fact.known_on, self.today))

    def traded_value(self, sessions: int) -> Float64:
        """Return the median of price times volume over the last sessions: (n,) US dollars.

        A session without a trade counts as nothing traded; NaN where the data have no volumes.
        """
        if self.__fund.volumes is None:
            return np.full(len(self.assets), np.nan)
        key = ("traded", self.__index, sessions)
        found = self.__fund._answers.get(key)
        if found is None:
            prices = self.__market_prices if self.__fund.prices is None else self.__fund.prices
            cut = slice(max(0, self.__index + 1 - sessions), self.__index + 1)
            traded = prices[cut][:, self.__columns] * self.__fund.volumes[cut][:, self.__columns]
            found = np.median(np.nan_to_num(traded, nan=0.0), axis=0)
            self.__fund.remember(key, found)
        return cast("Float64", found).copy()

    def sector(self) -> Int64:
        """Return the place of each company's sector in ``sectors``: (n,), -1 where it is not known."""
        if SECTOR not in self.items:
            return np.full(len(self.assets), -1, dtype=np.int64)
        known = self.value(SECTOR)
        return np.where(np.isnan(known), -1, np.nan_to_num(known)).astype(np.int64)

    @property
    def sectors(self) -> tuple[str, ...]:
        """Return the names of the sectors."""
        return self.__fund.sectors

    def lender(self) -> Bool:
        """Return who is a bank, a broker or an insurer: (n,); False where nothing says so."""
        if LENDER not in self.items:
            return np.zeros(len(self.assets), dtype=np.bool_)
        return np.asarray(self.value(LENDER) == 1.0, dtype=np.bool_)

    def fact(self, asset: str, item: str) -> Fact | None:
        """Return the latest fact known of a stock, with where it is from; None where nothing was known."""
        fund, steps = self.__fund, self.__fund.steps
        column = fund.column(asset)
        row = int(fund.rows(item, self.today)[column])
        if row < 0:
            return None
        return Fact(
            item, asset, fund.companies[column], float(steps.value[row]), float(steps.year_ago[row]), steps.end[row],
            steps.filed[row], steps.known_on[row], *(
                labels.names[labels.codes[row]] for labels in (steps.form, steps.source, steps.tag)
            ),
        )  # fmt: skip

    def remembered(self, key: Any, make: Any) -> Any:
        """Return what ``make()`` returns, made once for this session and key: it must depend on the view alone."""
        whole = ("made", self.__index, key)
        found = self.__fund._answers.get(whole)
        if found is None:
            found = make()
            self.__fund.remember(whole, found)
        return found

    def __taken(self, item: str, values: Float64, oldest_days: int | None) -> Float64:
        rows = self.__fund.rows(item, self.today)[self.__columns]
        there = rows >= 0
        if oldest_days is not None:
            age = self.today - self.__fund.steps.end[rows]
            there = there & (age <= np.timedelta64(oldest_days, "D"))
        return np.where(there, values[rows], np.nan) if len(values) else np.full(len(rows), np.nan)
