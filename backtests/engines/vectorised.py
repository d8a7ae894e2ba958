"""The ledger in numpy: the rule is asked at decision days, everything between fills is array work. No backtrader."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from fedcycle.backtests.backtest import Backtest
from fedcycle.backtests.engines.plan import Book, Plan
from fedcycle.backtests.ledger import Ledger
from fedcycle.data.arrays import Float64, Int64


def run(backtest: Backtest) -> Ledger:
    """Run a backtest and return its ledger, equal to the backtrader engine's to rounding."""
    plan, book = Plan(backtest), Book(backtest)
    sessions = len(backtest.sessions)
    book.decisions = [plan.ask(at) for at in sorted(plan.decision_at)]
    due = {d.at + backtest.lag: d for d in book.decisions}
    events = sorted(at for at in due.keys() | plan.ends.keys() if at < sessions)
    cash, held, units = backtest.capital, np.empty(0, dtype=np.int64), np.empty(0)
    edges = [0, *events, sessions]
    for start, stop in pairwise(edges):
        if start in due or start in plan.ends:
            decision = due.get(start)
            columns, change = plan.trades(start, decision, held, units, cash)
            cash = _fill(book, start, columns, change, cash=cash, decided_at=start if decision is None else decision.at)
            if len(columns):
                held, units = _after(held, units, columns, change)
                order = np.argsort(plan.rank[held])
                held, units = held[order], units[order]
                book.hold(held, units)
        book.value.extend((cash + backtest.closes[start:stop, held] @ units).tolist())
        book.cash.extend([cash] * (stop - start))
    return book.ledger(notes=plan.notes)


def _fill(book: Book, at: int, columns: Int64, change: Float64, *, cash: float, decided_at: int) -> float:
    """Book the fills of one session, sells first, and return the cash they leave."""
    test = book.backtest
    prices = test.fills_at[at, columns]
    costs = np.abs(change) * prices * test.costs.rate
    for k in [*np.flatnonzero(change < 0).tolist(), *np.flatnonzero(change > 0).tolist()]:
        units, price, cost = float(change[k]), float(prices[k]), float(costs[k])
        book.fill(decided_at, int(columns[k]), units=units, price=price, cost=cost)
        cash -= units * price + cost
    return cash


def _after(held: Int64, units: Float64, columns: Int64, change: Float64) -> tuple[Int64, Float64]:
    """Return what is held after a change: columns and units, without what was sold whole."""
    both = np.union1d(held, columns)
    total = np.zeros(len(both))
    total[np.searchsorted(both, held)] += units
    total[np.searchsorted(both, columns)] += change
    return both[total != 0], total[total != 0]
