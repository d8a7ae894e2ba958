"""The audit of a user's own ``bt.Strategy``: its orders, made again on markets with another future."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from fedcycle.backtests.audit.counterfactual import Counterfactual
from fedcycle.backtests.audit.report import Audit, Check, Verdict, Violation
from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.data.typing import Day, Days

SPREAD = 1e-4
"""Another future differs by a basis point: enough to turn a peek, too little to leave an honest order without cash."""
MOST = 24
"""Days on which orders are made again unless a sample is asked for: each takes a run."""
ORDERS = "orders"
REPEAT = "state"
ASKED = {
    REPEAT: "Does a second run of the strategy make the same orders?",
    ORDERS: "Does the strategy order alike when everything after that day is replaced, and the other way round?",
}


def audit_native(backtest: Backtest, *, stamps: Sequence[str], sample: int | None) -> Audit:
    """Return whether a ``bt.Strategy``'s orders follow from what was known: days on which it ordered are run again.

    What it reads outside the market is not watched, since backtrader runs in between and reads on its own account.
    """
    ledger = _run(backtest)
    days = np.unique(ledger.trades.decided_on)
    chosen = days[np.unique(np.linspace(0, len(days) - 1, min(len(days), sample or MOST)).round().astype(int))]
    checks = tuple(
        Check(
            name=name,
            asked=ASKED[name],
            checked=len(chosen),
            verdict="pass" if first is None else "fail",
            violation=first,
        )
        for name, first in (
            (
                REPEAT,
                _differing(backtest, ledger, _run(backtest), check=REPEAT, upto=backtest.end, why="in a second run"),
            ),
            (ORDERS, next(_moved(backtest, ledger, chosen), None)),
        )
    )
    failed = [check.violation for check in checks if check.violation is not None]
    verdict: Verdict = "fail" if failed else "hindsight" if "HINDSIGHT" in stamps else "pass"
    first = min(failed, key=lambda v: v.day or "", default=None)
    return Audit(
        verdict=verdict,
        decisions=len(days),
        decisions_checked=len(chosen),
        checks=checks,
        first_violation=first,
        fresh_processes=0,
    )


def _run(backtest: Backtest) -> Ledger:
    from fedcycle.backtests.engines import backtrader  # backtrader, which only this needs

    return backtrader.run(backtest)


def _moved(backtest: Backtest, ledger: Ledger, days: Days) -> Iterator[Violation]:
    """Yield the first order that is another where the future is."""
    sessions = backtest.market.sessions
    for k, day in enumerate(days):
        last = min(int(np.searchsorted(sessions, day)) + backtest.lag + 1, backtest.bounds[1] - 1)
        future = Counterfactual.drawn(backtest.market, day, seed=k, spread=SPREAD)
        for turned in (False, True):
            other = replace(backtest, market=future.of(backtest.market, turned=turned), end=sessions[last])
            why = "had the closes after it been others"
            found = _differing(backtest, ledger, _run(other), check=ORDERS, upto=day, why=why)
            if found is not None:
                yield found


def _differing(backtest: Backtest, one: Ledger, other: Ledger, *, check: str, upto: Day, why: str) -> Violation | None:
    """Return the first order decided up to a day that two runs do not share."""
    mine, theirs = _orders(one, upto), _orders(other, upto)
    for key in sorted({*mine, *theirs}):
        a, b = mine.get(key, 0.0), theirs.get(key, 0.0)
        if abs(a - b) > 1e-9 * max(1.0, abs(a), abs(b)):
            day, asset = key
            at = int(np.searchsorted(backtest.market.sessions, np.datetime64(day)))
            close = float(backtest.market.prices[at, backtest.market.column(asset)])
            value = float(one.value[at - backtest.bounds[0]])
            weights = (a * close / value, b * close / value)
            return Violation(
                check=check,
                day=day,
                asset=asset,
                weight=weights[0],
                other_weight=weights[1],
                input=f"closes after {day}" if check == ORDERS else "the run before it",
                sentence=(
                    f"on {day} the strategy orders {weights[0]:.6g} of its value in {asset}, but {weights[1]:.6g} {why}"
                ),
            )
    return None


def _orders(ledger: Ledger, upto: Day) -> dict[tuple[str, str], float]:
    """Return (day, asset) -> units ordered that day, up to a day."""
    found: dict[tuple[str, str], float] = {}
    t = ledger.trades
    for decided, column, units in zip(t.decided_on, t.asset.tolist(), t.units.tolist(), strict=True):
        if decided <= upto:
            key = (str(decided), ledger.assets[column])
            found[key] = found.get(key, 0.0) + units
    return found
