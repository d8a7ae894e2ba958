"""The ledger in numpy: the rule is asked at decision days, everything between fills is array work. No backtrader."""

from __future__ import annotations

import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.core.ruin import RUIN
from fedcycle.backtests.core.stdout import stdout_to_stderr
from fedcycle.backtests.engines.ledger_builder import LedgerBuilder
from fedcycle.backtests.engines.order_planner import Decision, OrderPlanner, merged
from fedcycle.data.typing import Float64, Int64

_sum, _every = np.add.reduce, np.logical_and.reduce
"""What ``array.sum()`` and ``array.all()`` call, without asking which way."""


@stdout_to_stderr
def run(backtest: Backtest) -> Ledger:
    """Run a backtest and return its ledger, equal to the backtrader engine's to rounding."""
    plan = OrderPlanner(backtest)
    marks, sessions = backtest.marks, len(backtest.sessions)
    value, in_cash = np.empty(sessions), np.empty(sessions)
    book = LedgerBuilder(backtest, value, in_cash, [plan.ask(at) for at in sorted(plan.decision_at)])
    due = {d.at + backtest.lag: d for d in book.decisions}
    flows = backtest.flows
    agenda = [*sorted(at for at in due.keys() | plan.ends.keys() | flows.keys() if at < sessions), sessions]
    cash, held, units = backtest.capital, np.empty(0, dtype=np.int64), np.empty(0)
    start, k, lost = 0, 0, RUIN * backtest.capital
    while start < sessions:
        decision = plan.due(start, due.get(start))
        if decision is not None or start in plan.ends:
            columns, change = plan.trades(start, decision, held, units, cash=cash, history=value[:start])
            if len(columns):
                cash -= _fill(book, plan, start, columns, change, decided_at=_decided(start, decision))
                held, units = _after(plan, held, units, columns, change)
                book.hold(start, held, units)
        if plan.margin is not None:
            cash += plan.margin.carry(start)
        if start in flows:
            backtest.check_flow(start, plan.own_cash(start, held, units, cash))
            cash += flows[start]
        k += agenda[k] <= start
        stop = agenda[k] if plan.again_at is None else min(agenda[k], plan.again_at)
        if plan.margin is None:
            value[start:stop] = marks[start:stop, held] @ units + cash
            in_cash[start:stop] = cash
        else:
            stop, cash = plan.margin.stretch(start, stop, held, units, cash=cash, value=value, in_cash=in_cash)
            if plan.margin.lost:
                value[stop:] = in_cash[stop:] = 0.0
                break
        start = stop
        if value[stop - 1] <= lost:  # for good; what fell lower in between and rose again is the book's to find
            value[stop:] = in_cash[stop:] = 0.0
            break
    return book.ledger(notes=plan.all_notes, financing=plan.financing)


def _decided(at: int, decision: Decision | None) -> int:
    """Return the session in which the trades of session ``at`` were decided; nobody decides a delisting."""
    return at if decision is None else decision.at


def _fill(
    book: LedgerBuilder, plan: OrderPlanner, at: int, columns: Int64, change: Float64, *, decided_at: int
) -> float:
    """Book the fills of one session, sells first, and return the cash they take."""
    bought = change > 0
    if not _every(bought):
        order = np.argsort(bought, kind="stable")
        columns, change = columns[order], change[order]
    prices = plan.prices(at, columns)
    amounts = change * prices
    costs = np.abs(amounts) * plan.rate
    book.fill(at, decided_at, columns, units=change, prices=prices, costs=costs)
    return float(_sum(amounts) + _sum(costs))


def _after(plan: OrderPlanner, held: Int64, units: Float64, columns: Int64, change: Float64) -> tuple[Int64, Float64]:
    """Return what is held after a change, sorted by name: columns and units, without what was sold whole."""
    if held.size == columns.size and _every(held == columns):
        both, total = held, units + change
    else:
        ours, theirs = plan.rank[held], plan.rank[columns]
        ranks = merged(ours, theirs)
        total = np.zeros(len(ranks))
        total[np.searchsorted(ranks, ours)] += units
        total[np.searchsorted(ranks, theirs)] += change
        both = plan.named[ranks]
    kept = total != 0
    return (both, total) if _every(kept) else (both[kept], total[kept])
