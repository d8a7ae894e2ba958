"""The sessions of a data set of a user's own prices, and the rows of their files on them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fedcycle.data.bills import BILLS
from fedcycle.data.calendar import exchange_days
from fedcycle.data.errors import DataError
from fedcycle.data.manifest import NEW_YORK, Manifest
from fedcycle.data.market import Market
from fedcycle.data.sources.total_return import TotalReturn
from fedcycle.data.typing import Day, Days
from fedcycle.data.user import own_sessions
from fedcycle.data.user.own_periods import PeriodEnds, frequency_of_files

_ONE_DAY = np.timedelta64(1, "D")
_MONTH = 32 * _ONE_DAY


@dataclass(frozen=True, eq=False)
class Calendar:
    """The sessions that a new market may have.

    Parameters
    ----------
    sessions : (T,) days
    frequency : how far apart they are
    exchange : market identifier code of whose they are
    ends : of weeks or months, the ends of each; None for days
    """

    sessions: Days
    frequency: str
    exchange: str
    ends: PeriodEnds | None = None


def by_rules(exchange: str, first: Day, last: Day) -> Days:
    """Return the sessions of an exchange: of New York by its rules, of another by a calendar library, an extra."""
    if exchange == NEW_YORK:
        return exchange_days(first, last)
    from fedcycle.data.sources.exchange import sessions_of

    return sessions_of(exchange, first, last)


def calendar_of(totals: Sequence[TotalReturn], market: Market, made: Manifest, *, exchange: str | None) -> Calendar:
    """Return the calendar of a market with some more assets.

    That of the base, and the exchange's after its last session; of another exchange all of its sessions from the first
    row on. Rows of weeks or months make a calendar of their ends.

    Raises
    ------
    DataError
        Where the base has weeks or months and the rows are of another frequency, or its exchange is another.
    """
    exchange = exchange or made.calendar
    first, end = min(t.days[0] for t in totals), max(t.days[-1] for t in totals)
    frequency = frequency_of_files(totals, by_rules(exchange, first - _ONE_DAY, end))
    if made.frequency not in ("daily", frequency):
        raise DataError(
            f"market {market.name} is {made.frequency}, but the added rows are {frequency}; give {made.frequency} rows"
        )
    if exchange == made.calendar:
        sessions, last = market.sessions, market.sessions[-1]
        if end > last and made.frequency == "daily":
            sessions = np.concatenate([sessions, by_rules(exchange, last + _ONE_DAY, end)])
    elif made.frequency != "daily":
        raise DataError(f"market {market.name} is {made.frequency} already; give --calendar with a daily market")
    else:
        begins = market.sessions[0] if any(t.name == BILLS for t in totals) else market.sessions[market.spans[BILLS][0]]
        sessions = by_rules(exchange, max(first, begins), end)
    if frequency == "daily":
        return Calendar(sessions, frequency, exchange)
    extra = by_rules(exchange, sessions[0], max(end, sessions[-1]) + _MONTH)
    ends = PeriodEnds.of(sessions, frequency, extra=extra)
    return Calendar(ends.last, frequency, exchange, ends)


def on_sessions(
    totals: Sequence[TotalReturn], market: Market, calendar: Calendar, *, dated_start: bool
) -> tuple[list[TotalReturn], Days, list[str]]:
    """Return the assets on the sessions of the new market, these sessions, and notes of the rows that are not used."""
    found, notes, sessions = [], [], calendar.sessions
    for each in totals:
        total = each
        if calendar.ends is not None:
            total, said = calendar.ends.placed(total, dated_start=dated_start)
            notes += said
        later = np.asarray(total.days >= sessions[0], dtype=bool)
        if not later.any():
            file = f"{each.bars.file}:{each.bars.line(len(each.days) - 1)}: " if each.bars is not None else ""
            raise DataError(
                f"{file}{each.name} ends on {each.days[-1]}, before market {market.name} begins, {sessions[0]}"
            )
        if not later.all():
            notes.append(f"{each.name}: {int((~later).sum())} rows before {sessions[0]}, where bills begin, left out")
        now, idle = own_sessions.without_idle_days(own_sessions.kept(total, later), sessions)
        notes += idle
        own_sessions.check_daily(now, sessions, each.bars.file if each.bars is not None else each.name)
        found.append(_with_base(now, sessions, notes) if later.all() else now)
    if calendar.ends is not None:
        if any(t.opens is not None for t in totals):
            notes.append(f"opens left out: the open of a {calendar.ends.unit} is not that of its last session")
        last = max(t.days[-1] for t in found)
        sessions = sessions[sessions <= max(last, market.sessions[-1])]
    return found, sessions, notes


def _with_base(total: TotalReturn, sessions: Days, notes: list[str]) -> TotalReturn:
    """Return an asset of returns with its level on the session before the first return."""
    if total.before is None:
        return total
    k = int(np.searchsorted(sessions, total.days[0]))
    if k == 0:
        notes.append(f"{total.name}: the return of {total.days[0]}, the market's first session, is not used")
        return total
    days = np.concatenate([sessions[k - 1 : k], total.days])
    days.flags.writeable = False
    lines = np.concatenate([total.bars.lines[:1], total.bars.lines]) if total.bars is not None else None
    bars = None if total.bars is None or lines is None else dataclasses.replace(total.bars, lines=lines)
    return dataclasses.replace(total, days=days, level=np.append(total.before, total.level), before=None, bars=bars)
