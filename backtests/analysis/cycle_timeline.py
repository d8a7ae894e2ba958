"""What happened around an easing cycle, and the first close that could know it: the dates a rule had to live with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.backtests.core.format import count, listing, percent, plain
from fedcycle.backtests.runs.storage import Run
from fedcycle.data.calendar import add_months
from fedcycle.data.market import Market
from fedcycle.data.typing import Day, Days, Float64
from fedcycle.strategies.phase import MONTHS

DECISIONS = 12
"""So many changes of the run's targets are listed for one cycle; a rule that turns more often is only drawn."""
MOVED = 0.25
"""Targets that move less than this share of value are no turn."""


@dataclass(frozen=True)
class Milestone:
    """One thing that happened.

    Parameters
    ----------
    known : session at whose close it was first known
    happened : day or month it is about
    what : a sentence without its full stop
    marked : whether a chart numbers it
    """

    known: Day
    happened: str
    what: str
    marked: bool = False


def milestones(run: Run, market: Market, *, cycle: Cycle, span: tuple[Day, Day]) -> list[Milestone]:
    """Return what happened around a cycle within a span of sessions, in the order in which it became known."""
    found = [
        *_policy(market, cycle),
        *_looked_final(run, market, cycle=cycle),
        *_recessions(market),
        *_decisions(run, span),
    ]
    inside = [m for m in found if span[0] <= m.known <= span[1]]
    return sorted(inside, key=lambda m: m.known)


def first_close(sessions: Days, known: Day) -> Day:
    """Return the first session at or after a day; the day itself where the sessions end before it."""
    at = int(np.searchsorted(sessions, known))
    return sessions[at] if at < len(sessions) else known


def _policy(market: Market, cycle: Cycle) -> Iterator[Milestone]:
    sessions = market.sessions
    yield Milestone(first_close(sessions, cycle.first_cut), str(cycle.first_cut), "The first cut", marked=True)
    if cycle.final_cut != cycle.first_cut:
        told = "" if cycle.cuts is None else f"{count(cycle.cuts, 'cut')} in all, "
        cuts = f"{told}{plain(cycle.cut_bp, 0)} basis points"
        named = "The last cut so far" if cycle.open else "The final cut; nobody knew that yet"
        yield Milestone(first_close(sessions, cycle.final_cut), str(cycle.final_cut), f"{named} ({cuts})", marked=True)
    if cycle.next_hike is not None:
        what = f"The first hike: only now is it certain that the cut of {cycle.final_cut} was the final one"
        yield Milestone(first_close(sessions, cycle.next_hike), str(cycle.next_hike), what, marked=True)


def _looked_final(run: Run, market: Market, *, cycle: Cycle) -> Iterator[Milestone]:
    """Yield the days on which a cut had stood for so many months that it looked final, rightly or not."""
    months = _pause(run)
    changes = market.series["target_change"]
    moved = changes.values != 0
    days, moves = changes.known_on[moved], changes.values[moved]
    for k in np.flatnonzero((moves < 0) & (days >= cycle.first_cut) & (days <= cycle.final_cut)).tolist():
        looks = add_months(days[k], months)
        if k + 1 < len(days) and days[k + 1] <= looks:
            continue
        wrong = k + 1 < len(days) and moves[k + 1] < 0
        truth = f"wrongly, as the cut of {days[k + 1]} showed" if wrong else "rightly, as the next hike showed"
        if k + 1 >= len(days):
            truth = "no later change shows yet whether rightly"
        what = f"{count(months, 'month')} without a change: the cut of {days[k]} looks final, {truth}"
        yield Milestone(first_close(market.sessions, looks), str(looks), what[:1].upper() + what[1:], marked=True)


def _pause(run: Run) -> int:
    """Return the months after which the run's own rule takes a cut for the final one, six where it says nothing."""
    strategy = run.config.get("strategy")
    recognise = strategy.get("recognise") if isinstance(strategy, dict) else None
    pause = recognise.get("pause") if isinstance(recognise, dict) else None
    months = pause.get("months") if isinstance(pause, dict) else None
    return months if isinstance(months, int) and months > 0 else MONTHS


def _recessions(market: Market) -> Iterator[Milestone]:
    points = market.series.get("nber_turning_point")
    if points is None:
        return
    for value, month, told in zip(points.values.tolist(), points.observed_on, points.known_on, strict=True):
        what = "a recession has begun" if value < 0 else "the recession is over"
        turn = "peak" if value < 0 else "trough"
        happened = str(month)[:7]
        yield Milestone(
            first_close(market.sessions, told), f"{turn} {happened}", f"NBER announces that {what}", marked=True
        )


def _decisions(run: Run, span: tuple[Day, Day]) -> list[Milestone]:
    """Return the run's larger changes of target weights within a span, none where there are too many to list."""
    ledger = run.ledger
    before = np.vstack([np.zeros((1, ledger.targets.shape[1])), ledger.targets[:-1]]) if len(ledger.targets) else None
    if before is None:
        return []
    turned = np.abs(ledger.targets - before).sum(axis=1) / 2 > MOVED
    inside = turned & (ledger.decided_on >= span[0]) & (ledger.decided_on <= span[1])
    at = np.flatnonzero(inside).tolist()
    if len(at) > DECISIONS:
        return []
    return [
        Milestone(
            ledger.decided_on[i], str(ledger.decided_on[i]), f"The run decides for {_mix(run, ledger.targets[i])}"
        )
        for i in at
    ]


def _mix(run: Run, targets: Float64) -> str:
    parts = sorted(zip(run.ledger.assets, targets.tolist(), strict=True), key=lambda part: -part[1])
    return listing([f"{percent(w, 0)} {name}" for name, w in parts if abs(w) > 1e-4]) if targets.any() else "cash"
