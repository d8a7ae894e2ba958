"""Ledger: what happened to one account, session by session."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeVar, cast

import numpy as np

from fedcycle.data.typing import Bool, Days, Float64, Int64


@dataclass(frozen=True, eq=False)
class Trades:
    """Every fill, in the order made.

    Parameters
    ----------
    decided_on, filled_on : (M,) days
    asset : (M,) column of the ledger's assets
    units : (M,) units, negative for a sale
    price : (M,) US dollars a unit, unslipped
    cost : (M,) US dollars, commission and slippage
    """

    decided_on: Days
    filled_on: Days
    asset: Int64
    units: Float64
    price: Float64
    cost: Float64

    def __len__(self) -> int:
        return len(self.units)


@dataclass(frozen=True, eq=False)
class Financing:
    """What shorts and loans brought in and cost, at each close, on what the close before showed.

    Parameters
    ----------
    proceeds : (T,) US dollars, the bills that proceeds of short sales earned
    borrow, loan : (T,) US dollars, paid to the lender of what is sold short, and for loans
    called : (T,) whether the account was called at the close: what is held is brought back in the next session
    """

    proceeds: Float64
    borrow: Float64
    loan: Float64
    called: Bool

    @property
    def net(self) -> Float64:
        """Return what it came to at each close, (T,) US dollars, mostly negative."""
        return np.asarray(self.proceeds - self.borrow - self.loan)

    def since(self, first_fill: int | None) -> Self:
        """Return the same as the account is measured: see ``Ledger.measured``."""
        return replace(self, **{f.name: measured(getattr(self, f.name), first_fill) for f in fields(self)})

    def scaled(self, by: Float64) -> Self:
        """Return the same with every amount multiplied by a number of its session, (T,)."""
        return replace(self, proceeds=self.proceeds * by, borrow=self.borrow * by, loan=self.loan * by)


@dataclass(frozen=True, eq=False)
class Ledger:
    """What an engine hands back.

    Parameters
    ----------
    sessions : (T,) days
    assets : N names
    value, cash : (T,) US dollars at each close
    held_from : (F,) index of the session whose close first shows a row of ``holdings``, increasing
    holdings : (F, N) units
    decided_on : (D,) days
    targets : (D, N) fraction of value
    trades : Trades
    notes : sentences on what could not be done as asked, such as a position closed because its asset ended
    flows : (T,) US dollars paid in (negative: out) at each close, after its fills; None for an account without any
    account : (T,) US dollars, the account's own value where ``value`` is time-weighted, see ``flows.time_weighted``
    financing : what shorts and loans brought and cost; None for a long, unlevered account
    """

    sessions: Days
    assets: tuple[str, ...]
    value: Float64
    cash: Float64
    held_from: Int64
    holdings: Float64
    decided_on: Days
    targets: Float64
    trades: Trades
    notes: tuple[str, ...] = ()
    flows: Float64 | None = None
    account: Float64 | None = None
    financing: Financing | None = None

    @property
    def first_fill(self) -> int | None:
        """Return the session of the first fill, from which the account is measured; None where nothing was filled."""
        if not len(self.trades):
            return None
        return int(np.searchsorted(self.sessions, self.trades.filled_on.min()))

    def measured(self) -> Self:
        """Return the account as it is measured: from before its first fill, at that session, on.

        The first row is the capital in cash, dated by the session of the first fill; the second is the close of that
        session, so that the first return is what the fill cost. The sessions before belong to no statistic. What was
        never filled has one row, its last.
        """
        first = self.first_fill
        start = len(self.sessions) - 1 if first is None else max(first - 1, 0)
        return replace(
            self,
            sessions=measured(self.sessions, first, at_fill=True),
            value=measured(self.value, first),
            cash=measured(self.cash, first),
            held_from=np.maximum(self.held_from - start, 0),
            flows=None if self.flows is None else measured(self.flows, first),
            account=None if self.account is None else measured(self.account, first),
            financing=None if self.financing is None else self.financing.since(first),
        )

    @property
    def units(self) -> Float64:
        """Return the units held at each close, (T, N)."""
        rows = np.vstack([np.zeros((1, len(self.assets))), self.holdings])
        which = np.searchsorted(self.held_from, np.arange(len(self.sessions)), side="right")
        return np.asarray(rows[which])

    def of(self, asset: str) -> Float64:
        """Return the units of one asset held at each close, (T,); zeros for an asset never held."""
        if asset not in self.assets:
            return np.zeros(len(self.sessions))
        column = np.concatenate([[0.0], self.holdings[:, self.assets.index(asset)]])
        which = np.searchsorted(self.held_from, np.arange(len(self.sessions)), side="right")
        return np.asarray(column[which])

    def used(self) -> Self:
        """Return the ledger without the assets that were neither held nor wanted."""
        keep = np.flatnonzero((self.holdings != 0).any(axis=0) | (self.targets != 0).any(axis=0))
        where = np.full(len(self.assets), -1, dtype=np.int64)
        where[keep] = np.arange(len(keep))
        return replace(
            self,
            assets=tuple(self.assets[j] for j in keep),
            holdings=self.holdings[:, keep],
            targets=self.targets[:, keep],
            trades=replace(self.trades, asset=where[self.trades.asset]),
        )


Column = TypeVar("Column", bound=np.ndarray[Any, Any])


def measured(column: Column, first_fill: int | None, *, at_fill: bool = False) -> Column:
    """Return a column of T sessions as the account is measured: see ``Ledger.measured``.

    Parameters
    ----------
    column : (T, ...) a number a session
    first_fill : session of the first fill; None for only the last row
    at_fill : whether the first row is that of the fill's session, as for a day or the level of bills, and not that of
        the previous session, as for a value

    Examples
    --------
    >>> measured(np.array([100.0, 100.0, 99.0, 120.0]), 2).tolist()
    [100.0, 99.0, 120.0]
    >>> measured(np.array([1.0, 2.0, 3.0, 4.0]), 2, at_fill=True).tolist()
    [3.0, 3.0, 4.0]
    """
    if first_fill is None:
        return cast(Column, column[-1:])
    rows = np.arange(max(first_fill - 1, 0), len(column))
    if at_fill and len(rows) > 1 and first_fill > 0:
        rows[0] = first_fill
    return cast(Column, column[rows])
