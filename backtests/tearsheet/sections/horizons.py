"""Holding horizons: how often the account was ahead of its benchmark after a month to ten years, and how far behind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from fedcycle.backtests.core.format import counted, percent, sentence, signed_percent
from fedcycle.backtests.runs.storage import Run
from fedcycle.backtests.statistics.frequency import frequency_of
from fedcycle.backtests.tearsheet.markup import Column, table
from fedcycle.backtests.tearsheet.section import Section
from fedcycle.data.market import Market
from fedcycle.data.typing import Float64

TITLE = "Holding horizons"
PLACE = 75
LENGTHS = {1: "1 month", 3: "3 months", 6: "6 months", 12: "1 year", 36: "3 years", 60: "5 years", 120: "10 years"}
"""Months of a horizon -> its name."""
TIE = 1e-9
"""Relative wealth up to which two accounts are level."""


@dataclass(frozen=True)
class Horizon:
    """The account's growth over its benchmark's, less 1, over all windows of one length.

    Parameters
    ----------
    windows, separate : how many there are, and how many of them would not overlap
    level : share in which the two do not differ
    ahead : share ahead of the benchmark, of those that differ from it; None where none does
    median, worst, best : fraction
    worst_at, best_at : the row of the first close of the worst and of the best
    """

    windows: int
    separate: int
    level: float
    ahead: float | None
    median: float
    worst: float
    best: float
    worst_at: int
    best_at: int


def section(run: Run, market: Market) -> Section:  # noqa: ARG001 - every section is handed the market
    """Return how holding the account for some time compares with holding its benchmark, whenever one had begun."""
    sessions, per_year = run.ledger.sessions, frequency_of(run.ledger.sessions).per_year
    found = {}
    for months in LENGTHS:
        length = round(per_year * months / 12)
        one = horizon(run.ledger.value, run.benchmark_value, length) if length > 0 else None
        if one is not None:
            found[months] = (length, one)
    if not found:
        short = f"The run has {counted(len(sessions), 'session')}, too few to begin on"
        return Section(TITLE, sentence(f"{short}: a month needs {round(per_year / 12) + 1}"), Markup())
    columns = [Column("Held for", "text"), *(Column(head) for head in ("Windows", "Not overlapping", "Level", "Ahead"))]
    columns += [Column("Median", "signed"), Column("Worst", "signed"), Column("Worst window")]
    columns += [Column("Best", "signed"), Column("Best window")]
    rows = [
        [
            LENGTHS[months],
            f"{of.windows:,}",
            f"{of.separate:,}",
            percent(of.level),
            percent(of.ahead),
            signed_percent(of.median),
            signed_percent(of.worst),
            f"{sessions[of.worst_at]} to {sessions[of.worst_at + length]}",
            signed_percent(of.best),
            f"{sessions[of.best_at]} to {sessions[of.best_at + length]}",
        ]
        for months, (length, of) in found.items()
    ]
    note = (
        "One window begins at each close. Figures are relative wealth: growth of the account over growth of the "
        "benchmark, less 1, not per year. Ahead is the share of the windows in which the two differ, level that of the "
        "others. Windows overlap: they are no more evidence than those that do not."
    )
    html = table(f"Held from any close on, against {run.benchmark}", columns, rows=rows, stamps=run.stamps, note=note)
    return Section(TITLE, _finding(run, found), html)


def horizon(value: Float64, benchmark: Float64, length: int) -> Horizon | None:
    """Return the windows of ``length`` sessions of an account against its benchmark; None where there is none.

    Parameters
    ----------
    value, benchmark : (T,) US dollars, >= 0; no window begins or ends where the benchmark, or begins where the account,
        is worth 0
    length : sessions, > 0
    """
    begins = np.flatnonzero((value[:-length] > 0) & (benchmark[:-length] > 0) & (benchmark[length:] > 0))
    if not len(begins):
        return None
    ratio = value / np.where(benchmark > 0, benchmark, np.nan)
    wealth = ratio[begins + length] / ratio[begins] - 1.0
    differ = np.abs(wealth) > TIE
    low, high = int(wealth.argmin()), int(wealth.argmax())
    return Horizon(
        windows=len(wealth),
        separate=(len(value) - 1) // length,
        level=float(1.0 - differ.mean()),
        ahead=float((wealth[differ] > 0).mean()) if differ.any() else None,
        median=float(np.median(wealth)),
        worst=float(wealth[low]),
        best=float(wealth[high]),
        worst_at=int(begins[low]),
        best_at=int(begins[high]),
    )


def _finding(run: Run, found: dict[int, tuple[int, Horizon]]) -> str:
    months = max((m for m in found if m <= 36), default=min(found))
    _, of = found[months]
    if of.ahead is None:
        return sentence(f"Held for {LENGTHS[months]} from any close on, it did as {run.benchmark} did")
    often = f"{percent(of.ahead, 0)} of the windows in which the two differ"
    lead = f"Held for {LENGTHS[months]} from any close on, it was ahead of {run.benchmark} in {often}"
    return sentence(
        f"{lead}; relative wealth {signed_percent(of.worst)} at worst and {signed_percent(of.best)} at best"
    )
