"""The note's screen on a panel of stocks, part by part: what passes against the same sizes, and sectors by rank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.claims import verdicts
from fedcycle.backtests.claims.claim import SupportingStatistic
from fedcycle.backtests.claims.data import Evidence
from fedcycle.data.typing import Bool, Float64
from fedcycle.strategies.quality_screen import SIZES
from fedcycle.strategies.stock_screen import Rules, Screen, screened

LEAST_COMPANIES = 20
"""Companies that must pass, and fail, in a month for it to count: the mean of fewer is one or two names."""
LEAST_MONTHS = 36
"""Months that must count, three years; under that no interval is shown."""
PARTS: dict[str, tuple[Callable[[Screen], Float64], Callable[[Float64], Bool]]] = {
    "positive earnings": (lambda s: s.earnings, lambda v: v > 0),
    "favourable earnings revisions": (lambda s: s.revision, lambda v: v > 0),
    "low refinancing risk": (lambda s: s.risk_rank, lambda v: v <= 0.5),
}
"""What each part of the note's screen reads, and what passes it; where it is missing a company is on neither side."""


def _rules(size: str) -> Rules:
    return Rules(
        ranks=SIZES[size], earnings=False, earnings_above=0.0, revisions=False, revisions_above=0.0, refinancing=True,
        no_debt_tag="missing", least_measures=2, sectors=(), min_price=1.0, min_traded=0.0, traded_sessions=63,
        oldest_days=270,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Month:
    """One month: what was found at its start, and what each company returned to its end."""

    end: np.datetime64
    screen: Screen
    returns: Float64


def quality(evidence: Evidence) -> list[SupportingStatistic]:
    """Return, for each part of the screen, by how much small companies that pass led those of the pool that do not.

    Both are equal weighted, chosen at each month's start, without costs. Not testable where fewer than
    ``LEAST_MONTHS`` months have ``LEAST_COMPANIES`` on either side.
    """
    months = _months(evidence, "small")
    return [_part(name, months, evidence) for name in PARTS]


def _part(name: str, months: list[_Month], evidence: Evidence) -> SupportingStatistic:
    rows, ends, counts = [], [], []
    values, passes = PARTS[name]
    for month in months:
        found = values(month.screen)
        there = month.screen.pool & ~np.isnan(month.returns) & ~np.isnan(found)
        good = there & passes(found)
        bad = there & ~good
        if min(good.sum(), bad.sum()) >= LEAST_COMPANIES:
            rows.append([month.returns[good].mean(), month.returns[bad].mean()])
            ends.append(month.end)
            counts.append(int(good.sum()))
    if len(rows) < LEAST_MONTHS:
        what = f"{len(rows)} months with {LEAST_COMPANIES} companies on either side; {LEAST_MONTHS} are needed"
        return SupportingStatistic(f"{name}, on stocks", "not testable", "", what)
    note = f"n = {len(rows)} months, {min(counts)} to {max(counts)} companies pass; {_cycles(evidence, ends)}"
    note += _stamped(evidence)
    label = f"{name}, on stocks, a year"
    return verdicts.supporting(label, verdicts.mean_per_year, np.array(rows), unit="fraction per year", note=note)


def sectors(evidence: Evidence) -> list[SupportingStatistic]:
    """Return the place of financials among the sectors of small, and of mid companies, by their mean return."""
    return [_ranked(evidence, size) for size in ("small", "mid")]


def _ranked(evidence: Evidence, size: str) -> SupportingStatistic:
    label = f"financials among the sectors of {size} companies, on stocks"
    months = _months(evidence, size)
    names = months[0].screen.sectors if months else ()
    ours = [k for k, name in enumerate(names) if name.startswith("financial")]
    means: dict[int, list[float]] = {k: [] for k in range(len(names))}
    for month in months:
        there = month.screen.pool & ~np.isnan(month.returns)
        for k, found in means.items():
            mine = there & (month.screen.sector == k)
            if mine.sum() >= LEAST_COMPANIES // 4:
                found.append(float(month.returns[mine].mean()))
    ranked = sorted((-float(np.mean(r)), k) for k, r in means.items() if len(r) >= LEAST_MONTHS)
    places = [place for place, (_, k) in enumerate(ranked, start=1) if k in ours]
    if not places or len(ranked) < 2:
        what = f"under {LEAST_MONTHS} months with {LEAST_COMPANIES // 4} companies of the sector, or no other sector"
        return SupportingStatistic(label, "not testable", "", what)
    n = len(means[ours[0]])
    note = f"of {len(ranked)} sectors, n = {n} months; {_cycles(evidence, [m.end for m in months])}"
    note += _stamped(evidence)
    return SupportingStatistic(label, float(places[0]), "place by mean return", note)


def _cycles(evidence: Evidence, ends: list[np.datetime64]) -> str:
    """Return how many final cuts the months have seen, in words: the number of independent bets is of that order."""
    changes = evidence.market.series.get("target_change")
    if changes is None or not ends:
        return "no cycle is dated"
    inside = (changes.known_on >= ends[0]) & (changes.known_on <= ends[-1])
    signs = np.sign(changes.values[inside])
    turns = int((np.diff(signs) > 0).sum())
    return f"{turns} completed easing {'cycle' if turns == 1 else 'cycles'}"


def _stamped(evidence: Evidence) -> str:
    fund = evidence.market.fundamentals
    return "".join(f"; {stamp}" for stamp in fund.stamps) if fund is not None else ""


def _months(evidence: Evidence, size: str) -> list[_Month]:
    """Return the months of the panel, each screened at its start; what ended in a month counts at its last close."""
    market = evidence.market
    fund = market.fundamentals
    if fund is None:
        return []
    at = np.asarray(evidence.month_ends)
    column = {asset: market.column(asset) for asset in fund.assets}
    found = []
    for start, stop in zip(at[:-1].tolist(), at[1:].tolist(), strict=True):
        view = market.view(start)
        screen = screened(view, _rules(size))
        if not screen.pool.any():
            continue
        columns = [column[asset] for asset in screen.assets]
        found.append(_Month(market.sessions[stop], screen, _returns(market.prices[start : stop + 1][:, columns])))
    return found


def _returns(prices: Float64) -> Float64:
    """Return from the first to the last close of each, NaN where the first is missing."""
    there = ~np.isnan(prices)
    last = len(prices) - 1 - np.argmax(there[::-1], axis=0)
    grown: Float64 = prices[last, np.arange(prices.shape[1])] / prices[0] - 1.0
    return grown
