"""Where a run's active return comes from: assets, timing, costs and cash, by cycle and by phase, in parts that add up.

The parts are those of ``attribution``, of the run's account against the benchmark's, brought from US dollars to the
unit of the active return: points a year, or relative wealth where the run is no year long. Both are differences of a
growth that logarithms share out over sessions, so one factor does it and the parts add up to the whole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedcycle.backtests.analysis.attribution import CASH, Parts, attribute, holdings_of, log_mean
from fedcycle.backtests.core.fed_cycles import Cycle, stretch_name, stretches_at
from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.statistics.numerics import under_a_year, years
from fedcycle.data.closeness import ROUNDING
from fedcycle.data.market import Market
from fedcycle.data.typing import Bool, Days, Float64

PER_YEAR, WEALTH = "fraction per year", "relative wealth"
CASH_AND_PROCEEDS = "cash and short proceeds"
"""What cash is where an account may sell short or borrow: its interest is a part of its own."""
NO_PHASE = "before the first change on record"


@dataclass(frozen=True, eq=False)
class _Shared:
    """The parts of an active return, session by session, and how they are named."""

    parts: Parts
    factor: float
    names: tuple[str, ...]

    def of(self, inside: Bool) -> dict[str, Any]:
        """Return what some sessions' returns, (T - 1,), made of the active return: their sum, by asset, and costs."""
        parts = self.parts
        assets = (parts.average + parts.timing)[inside]
        return {
            "sessions": int(inside.sum()),
            "active_return": self.sum(parts.by_session[inside]),
            "by_asset": {name: self.sum(assets[:, j]) for j, name in enumerate(self.names)},
            **{name: self.sum(amounts[inside]) for name, amounts in parts.others.items() if name != "fills"},
        }

    def sum(self, parts: Float64) -> float:
        """Return parts by session, US dollars, together and in the unit of the active return."""
        found = self.factor * math.fsum(parts.ravel())
        return found if abs(found) > ROUNDING else 0.0

    def by_asset(self) -> list[dict[str, Any]]:
        """Return each asset's part, cash last: by its average weight above the benchmark's, and by timing."""
        found = []
        for j, name in enumerate(self.names):
            average, timing = (self.sum(amounts[:, j]) for amounts in (self.parts.average, self.parts.timing))
            found.append({"asset": name, "average": average, "timing": timing, "active_return": average + timing})
        return found


def active_return_parts(
    ledger: Ledger,
    benchmark: Ledger | None,
    market: Market,
    *,
    cycles: Sequence[Cycle],
    phases: NDArray[np.str_],
) -> dict[str, Any]:
    """Return the active return of a run in parts that add up to it, from the close of its first fill on.

    Parameters
    ----------
    ledger : the run's account
    benchmark : the benchmark's account, which ends with the run's; None where it has none
    market : Market
        Its marks value what both hold.
    cycles : easing cycles, dated with hindsight
    phases : (T,) phase of the rate cycle told at each close of the run, empty where none was

    Returns
    -------
    ``unit`` (``fraction per year``, or ``relative wealth`` for a run under a year), ``active_return``, ``parts``
    (``average``, ``timing``, ``costs``, ``fills``, ``financing`` where shorts or loans have any, ``rounding``),
    ``by_asset`` (cash last), ``by_cycle``, ``by_phase``;
    or a ``note`` that says why there are none
    """
    why = _why_not(ledger, benchmark)
    if benchmark is None or why is not None:
        return {"note": why}
    first, benchmark = ledger.first_fill or 0, benchmark.used()
    sessions = ledger.sessions[max(first - 1, 0) :]
    names = {*ledger.assets, *benchmark.assets}
    assets = tuple(asset for asset in market.assets if asset in names)
    rows = np.searchsorted(market.sessions, sessions)
    prices = market.marks[rows][:, [market.column(asset) for asset in assets]]
    own, other = (holdings_of(account, market, sessions=sessions, assets=assets) for account in (ledger, benchmark))
    parts = attribute(own, other, prices[1:] / prices[:-1] - 1.0, is_benchmark=True)
    a, b = (float(account.value[-1] / account.value[0]) for account in (own, other))
    unit, factor = unit_of(a, b, ledger.sessions[first:], capital=float(own.value[0]))
    financed = ledger.financing is not None or benchmark.financing is not None
    shared = _Shared(parts, factor, (*assets, CASH_AND_PROCEEDS if financed else CASH))
    whole = {
        "average": shared.sum(parts.average),
        "timing": shared.sum(parts.timing),
        **{name: shared.sum(amounts) for name, amounts in parts.others.items()},
    }
    total = factor * parts.gap
    told = stretches_at(cycles, sessions[:-1])
    of_phase = phases[len(phases) - len(sessions) : -1]
    return {
        "unit": unit,
        "active_return": total,
        "parts": {**whole, "rounding": total - math.fsum(whole.values())},
        "by_asset": shared.by_asset(),
        "by_cycle": [{"cycle": stretch_name(cycles, k), **shared.of(told == k)} for k in sorted(set(told.tolist()))],
        "by_phase": {str(p) or NO_PHASE: shared.of(of_phase == p) for p in dict.fromkeys(of_phase.tolist())},
    }


def _why_not(ledger: Ledger, benchmark: Ledger | None) -> str | None:
    """Return why an active return has no parts, None where it has."""
    if ledger.first_fill is None or benchmark is None:
        return "the account never made a trade, so there is nothing to share out"
    if not bool((ledger.value > 0).all()):
        return "the account was lost, and a growth of zero cannot be shared out"
    if not bool((benchmark.value > 0).all()):
        return "the benchmark was lost, and a growth of zero cannot be shared out"
    return None


def unit_of(a: float, b: float, sessions: Days, *, capital: float) -> tuple[str, float]:
    """Return the unit of an active return's parts, and what US dollars of the gap are multiplied by to have it.

    Parameters
    ----------
    a, b : growth of the account and of the other over the sessions, > 0
    sessions : (T,) days
    capital : US dollars of the first at the start

    Notes
    -----
    With A and B the growth of both accounts, dollars are capital L(A, B) (log A - log B), L the logarithmic mean; a
    difference of yearly growth is L(A^(1/y), B^(1/y)) (log A - log B) / y, and relative wealth is (A - B) / B.
    """
    dollars = capital * log_mean(a, b)
    if under_a_year(sessions):
        return WEALTH, log_mean(a / b, 1.0) / dollars
    span = years(sessions)
    return PER_YEAR, log_mean(a ** (1.0 / span), b ** (1.0 / span)) / span / dollars
