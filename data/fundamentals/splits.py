"""Splits between accounts and prices: which share counts lack a split that prices have, and which are not believed.

A count and a price must be of the same shares, or the market value is off by the split's factor. Splits are read from
prices, which show them on the day; no count is changed, and nothing here looks ahead.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fedcycle.data.fundamentals.known import Known
from fedcycle.data.fundamentals.report import Report
from fedcycle.data.typing import Day, Days, Float64, Int64

FACTORS = (1.25, 4 / 3, 1.5, *(float(n) for n in range(2, 101)))
"""New shares for an old one, and their reciprocals: what is no such factor is a special dividend, not a split."""
NEAR = 0.02
"""How near to a factor a move must be: a dividend of the same day and rounded prices leave no more."""
JUMP = 1.9
"""A count that grew or shrank by this factor, a split of two for one or more, is not believed until it is confirmed."""
CRASH = 0.05
"""How near to a factor one day's return and the next count must both be for the close to be called unadjusted."""
SHARES = "shares"
WEEK = 5
"""Sessions."""
JUMPED = "the share count jumped without a split in the prices"
MULTIPLIED = "the share count is of before a split and multiplied by it"
NOT_ADJUSTED = "a split is not adjusted in the prices"
NEVER = np.datetime64("9999-12-31", "D")


@dataclass(frozen=True)
class Split:
    """One split of a stock.

    Parameters
    ----------
    asset : the stock
    day : first session whose price is after it
    factor : new shares for an old one
    counted_from : counts known from this day on are after it; those known before are before it
    """

    asset: str
    day: Day
    factor: float
    counted_from: Day

    def applies(self, known_on: Day, today: Day) -> bool:
        """Return whether a count known on a day is before the split, and the prices of today after it."""
        return bool(self.day <= today and known_on < self.counted_from)


def in_prices(sessions: Days, price: Float64, level: Float64) -> list[tuple[Day, float]]:
    """Return (day, factor) of the splits of one stock, from its price as quoted and its adjusted close.

    Their ratio moves on days of dividends and of splits only; a move within ``NEAR`` of a factor is a split.

    Parameters
    ----------
    sessions : (T,) days
    price : (T,) US dollars as quoted; level : (T,) total-return level; NaN where the stock has no bar
    """
    there = np.flatnonzero(~np.isnan(price) & ~np.isnan(level))
    ratio = level[there] / price[there]
    moved = ratio[1:] / ratio[:-1]
    found = []
    for k in np.flatnonzero(np.abs(np.log(moved)) > math.log(FACTORS[0]) - NEAR).tolist():
        factor = nearest(float(moved[k]), NEAR)
        if factor is not None:
            found.append((sessions[there[k + 1]], factor))
    return found


def nearest(move: float, near: float) -> float | None:
    """Return the factor of a split that a move is within ``near`` of, or None.

    Examples
    --------
    >>> nearest(2.01, 0.02), nearest(0.0999, 0.02), nearest(1.6, 0.02)
    (2.0, 0.1, None)
    """
    size = move if move >= 1 else 1 / move
    best = min(FACTORS, key=lambda factor: abs(math.log(size / factor)))
    if abs(math.log(size / best)) > near:
        return None
    return best if move >= 1 else 1 / best


@dataclass(eq=False)
class _Count:
    """The walk of one stock through its share counts, in the order in which they became known."""

    trusted: float = 0.0
    doubted: float = 0.0

    def takes(self, value: float, end: Day, pending: Sequence[tuple[Day, float]]) -> int | None:
        """Return how many of the pending splits a count is after, or None where it is not believed.

        As many as bring it nearest to the count before; not believed where that is still a jump, or where its period
        ended after a split that it does not show. The first count is of its period's end.
        """
        must = sum(1 for day, _ in pending if day <= end)
        if not self.trusted:
            self.trusted = value
            return must
        if self.doubted and abs(math.log(value / self.doubted)) < math.log(JUMP):
            self.trusted, self.doubted = value, 0.0
            return len(pending)
        after = np.cumprod([1.0, *(factor for _, factor in pending)])
        apart = np.abs(np.log(value / (self.trusted * after)))
        best = int(np.argmin(apart))
        if best < must or apart[best] >= math.log(JUMP):
            self.doubted = value
            return None
        self.trusted, self.doubted = value, 0.0
        return best


def settled(
    steps: Known, companies: Sequence[str], assets: Sequence[str], splits: Sequence[Sequence[tuple[Day, float]]],
    report: Report,
) -> tuple[Known, tuple[Split, ...]]:  # fmt: skip
    """Return the steps with NaN where a share count is not believed, and the splits with the counts they are in.

    Parameters
    ----------
    steps : Known
    companies, assets : the company of each stock, and the stock
    splits : of each stock, (day, factor) by day
    report : told of each count that is not believed, and of each that is multiplied
    """
    value = steps.value.copy()
    found: list[Split] = []
    counts = share_rows(steps)
    for company, asset, own in zip(companies, assets, splits, strict=True):
        rows = counts.get(company, np.empty(0, dtype=np.int64))
        counted = [NEVER] * len(own)
        walk, done = _Count(), 0
        for row in rows.tolist():
            known, said = steps.known_on[row], float(steps.value[row])
            pending = [each for each in own[done:] if each[0] <= known]
            taken = walk.takes(said, steps.end[row], pending)
            if taken is None:
                value[row] = np.nan
                report.refuse(company, str(steps.end[row]), SHARES, JUMPED, f"{said:.15g} after {walk.trusted:.15g}")
                continue
            counted[done : done + taken] = [known] * taken
            done += taken
        mine = [Split(asset, day, factor, at) for (day, factor), at in zip(own, counted, strict=True)]
        for split in _multiplied(steps, rows, mine):
            report.refuse(company, str(split.day), SHARES, MULTIPLIED, f"{split.factor:.6g} new for an old one")
        found += mine
    return replace(steps, value=value), tuple(found)


def share_rows(steps: Known) -> dict[str, Int64]:
    """Return company -> the rows of its share counts, by the day they were known."""
    if SHARES not in steps.item.names:
        return {}
    rows = np.flatnonzero((steps.item.codes == steps.item.names.index(SHARES)) & ~np.isnan(steps.value))
    out: dict[str, list[int]] = {}
    for row, code in zip(rows.tolist(), steps.company.codes[rows].tolist(), strict=True):
        out.setdefault(steps.company.names[code], []).append(row)
    return {name: np.array(mine, dtype=np.int64) for name, mine in out.items()}


def _multiplied(steps: Known, rows: Int64, splits: Sequence[Split]) -> Iterator[Split]:
    """Yield the splits before which a count was known and after which it was still the latest."""
    known = steps.known_on[rows]
    for split in splits:
        if len(known) and known[0] < split.counted_from and split.day < split.counted_from:
            yield split


def apply(splits: Sequence[tuple[int, Split]], counted: Float64, known_on: Days, today: Day) -> Float64:
    """Return share counts as of the prices of a day: times each split that the price is after and the count before.

    Parameters
    ----------
    splits : (place of the stock among the n, split)
    counted : (n,) shares as filed; NaN where there is no count
    known_on : (n,) days
        When each count became known.
    today : the day of the prices
    """
    out: Float64 = counted.copy()
    for k, split in splits:
        if split.applies(known_on[k], today):
            out[k] *= split.factor
    return out


def unadjusted(sessions: Days, level: Float64, steps: Known, rows: Int64) -> str | None:
    """Return why closes that should be adjusted are not, or None: one fell as a split makes it, and the count shows it.

    The close moves in one session within ``CRASH`` of a split's factor, stays there, and the first count known after it
    is of the count before it as that factor says. One bar that the next takes back is no split.
    """
    at = np.flatnonzero(~np.isnan(level))
    moved = level[at[:-1]] / level[at[1:]]
    for k in np.flatnonzero(np.abs(np.log(moved)) > math.log(1.5) - CRASH).tolist():
        day, factor = sessions[at[k + 1]], nearest(float(moved[k]), CRASH)
        before = rows[steps.end[rows] < day]
        after = rows[steps.end[rows] >= day]
        if factor is None or not len(before) or not len(after) or not _stays(level[at], k + 1, factor):
            continue
        grown = float(steps.value[after[0]] / steps.value[before[-1]])
        if abs(math.log(grown / factor)) <= CRASH:
            return f"on {day} the close is {1 / factor:.4g} times the one before, and the share count {grown:.4g} times"
    return None


def _stays(closes: Float64, k: int, factor: float) -> bool:
    """Return whether the closes from a place on are lower than those before by a factor: by the medians of a week."""
    before, after = np.median(closes[max(0, k - WEEK) : k]), np.median(closes[k : k + WEEK])
    return bool(abs(math.log(before / after / factor)) < math.log(JUMP) / 2)
