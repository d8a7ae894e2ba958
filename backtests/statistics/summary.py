"""Everything a run's JSON says about how its account did, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fedcycle.backtests.core.fed_cycles import Cycle
from fedcycle.backtests.core.ledger import Ledger, measured
from fedcycle.backtests.statistics.calendar_tables import calendar, drawdowns
from fedcycle.backtests.statistics.cycle_windows import cycle_cut
from fedcycle.backtests.statistics.exposure import exposure, leverage
from fedcycle.backtests.statistics.monthly_tables import monthly_histogram, partial_years, worst_months
from fedcycle.backtests.statistics.numerics import same_length, sessions_per_year, under_a_year, years
from fedcycle.backtests.statistics.subperiod_kernel import Trading
from fedcycle.backtests.statistics.subperiods import by_partition, phase_cut, recession_cut, year_cut
from fedcycle.backtests.statistics.tables import relative, table
from fedcycle.data.typing import Bool, Days, Float64


@dataclass(frozen=True, eq=False)
class EvaluationInputs:
    """What an account is judged by, besides itself.

    Parameters
    ----------
    benchmark : what the benchmark is called
    benchmark_value : (T,) US dollars
    bills : (T,) total-return level of one-month bills, > 0
    bills_value : (T,) US dollars held in bills at each close
    prices : (T, N) closes of the ledger's assets
    calendar : all sessions of the market
    month_ends : (T,) whether a session is its calendar month's last in the market's calendar
    phases : (T,) phase of the rate cycle told at each close, empty where none was
    recession : (T,) whether a session lies in a recession month, dated with hindsight
    cycles : easing cycles, dated with hindsight
    """

    benchmark: str
    benchmark_value: Float64
    bills: Float64
    bills_value: Float64
    prices: Float64
    calendar: Days
    month_ends: Bool
    phases: NDArray[np.str_]
    recession: Bool
    cycles: Sequence[Cycle]

    def since(self, first_fill: int | None) -> Self:
        """Return the same from a run's first fill on, as ``Ledger.measured`` cuts the account."""
        ends = measured(self.month_ends, first_fill, at_fill=True).copy()
        if first_fill and len(ends) > 1:
            # The close before the fill is no close of the account's: no month begins there.
            ends[0] = False
        return replace(
            self,
            benchmark_value=measured(self.benchmark_value, first_fill),
            bills=measured(self.bills, first_fill, at_fill=True),
            bills_value=measured(self.bills_value, first_fill),
            prices=measured(self.prices, first_fill),
            month_ends=ends,
            phases=measured(self.phases, first_fill),
            recession=measured(self.recession, first_fill),
        )


def summarise(ledger: Ledger, setting: EvaluationInputs) -> dict[str, Any]:
    """Return the statistics of a run, block by block, from its first fill on.

    Parameters
    ----------
    ledger : Ledger
    setting : Setting

    Returns
    -------
    ``statistics``, ``relative``, ``by_phase``, ``by_cycle``, ``by_year``, ``by_recession``, ``calendar``,
    ``worst_months``, ``monthly_histogram``, ``partial_years``, ``drawdowns``, ``benchmark_drawdowns``,
    ``exposure``, ``margin`` (None for a long, unlevered account)

    Raises
    ------
    BacktestError
        If lengths differ, or a value or a level is negative or not a number.
    """
    same_length(
        len(ledger.sessions),
        benchmark_value=setting.benchmark_value,
        bills=setting.bills,
        bills_value=setting.bills_value,
        prices=setting.prices,
        month_ends=setting.month_ends,
        phases=setting.phases,
        recession=setting.recession,
    )
    s, ledger = setting.since(ledger.first_fill), ledger.measured()
    value, sessions, other, bills = ledger.value, ledger.sessions, s.benchmark_value, s.bills
    own = table(ledger, bills=bills, bills_value=s.bills_value, month_ends=s.month_ends)
    against = relative(value, other, bills=bills, sessions=sessions, name=s.benchmark, month_ends=s.month_ends)
    trading = Trading.of(ledger, bills_value=s.bills_value)
    n = max(len(sessions) - 1, 1)
    cuts = {
        "by_phase": phase_cut(s.phases),
        "by_cycle": cycle_cut(value, other, sessions=sessions, calendar=s.calendar, cycles=s.cycles),
        "by_year": year_cut(sessions, s.month_ends),
        "by_recession": recession_cut(s.recession),
    }
    margin = _margin(ledger, s.prices[-n:], n)
    if margin is not None and own["average_cash"] is not None:
        # Proceeds of short sales are no cash of the account's own.
        own["average_cash"] -= margin["short"]["average"]
    return {
        "statistics": own,
        "relative": against,
        **by_partition(value, other, bills=bills, cuts=cuts, trading=trading, per_year=sessions_per_year(sessions)),
        "calendar": calendar(value, other, sessions=sessions, month_ends=s.month_ends),
        "worst_months": worst_months(value, other, sessions=sessions, month_ends=s.month_ends),
        "monthly_histogram": monthly_histogram(value, other, sessions=sessions, month_ends=s.month_ends),
        "partial_years": partial_years(value, other, sessions=sessions, month_ends=s.month_ends),
        "drawdowns": drawdowns(value, sessions),
        "benchmark_drawdowns": drawdowns(other, sessions),
        "exposure": exposure(ledger.units[-n:], s.prices[-n:], value=value[-n:], assets=ledger.assets),
        "margin": margin,
    }


def _margin(ledger: Ledger, prices: Float64, n: int) -> dict[str, Any] | None:
    """Return how much a short or leveraged account held in all, what that cost, and when it was called.

    ``financing_per_year`` is what shorts and loans brought, as a fraction of the value before, per year; mostly
    negative, None under a year and for an account that was lost.
    """
    financing, value = ledger.financing, ledger.value
    if financing is None:
        return None
    span = years(ledger.sessions)
    lasting = bool((value > 0).all()) and not under_a_year(ledger.sessions)
    return leverage(ledger.units[-n:], prices, value=value[-n:]) | {
        "proceeds_interest_usd": float(financing.proceeds.sum()),
        "borrow_fees_usd": float(financing.borrow.sum()),
        "loan_interest_usd": float(financing.loan.sum()),
        "financing_per_year": float((financing.net[1:] / value[:-1]).sum()) / span if lasting else None,
        "margin_calls": [str(day) for day in ledger.sessions[financing.called]],
    }
