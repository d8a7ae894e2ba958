"""Statistics of many resampled histories at once, from sums: no call a history.

A formula over samples needs only sums over a history's sessions, and such a sum is that of its blocks, each the
difference of two prefix sums (``histories``). The formulas themselves say which sums they need.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from fedcycle.backtests.statistics import STATISTICS
from fedcycle.backtests.statistics.kernel import Sample, Term, growth_per_year
from fedcycle.backtests.statistics.numerics import sessions_per_year, years
from fedcycle.backtests.statistics.sample import FromSums, Sum, asked_by
from fedcycle.data.typing import Days, Float64

LOG_GROWTH = Term("r", lambda r: np.log1p(np.where(r <= -1.0, 0.0, r)))
RUINED = Term("r", lambda r: r <= -1.0)


@dataclass(frozen=True, eq=False)
class Panel:
    """Returns of several runs, their benchmark and bills over the same sessions.

    Parameters
    ----------
    runs : (n, K) fraction per session
    benchmark, bills : (n,) fraction per session
    years : calendar years from the close before the first return to the last
    per_year : sessions that count as a year
    """

    runs: Float64
    benchmark: Float64
    bills: Float64
    years: float
    per_year: float

    @classmethod
    def of(cls, runs: Float64, benchmark: Float64, bills: Float64, *, sessions: Days) -> Panel:
        """Return the returns with the time they took; ``sessions``, (n + 1,) days, begin with the close before."""
        return cls(runs, benchmark, bills, years(sessions), sessions_per_year(sessions))

    def series(self, run: int | None) -> dict[str, Float64]:
        """Return the series of one of the runs; None for the benchmark in the place of a run."""
        r = self.benchmark if run is None else self.runs[:, run]
        return {"r": r, "b": self.benchmark, "f": self.bills}

    def order(self) -> list[tuple[int | None, Sum]]:
        """Return which sums the columns are, and of which run."""
        each = [*range(self.runs.shape[1])]
        return [(run, of) for run in each for of in _sums(against=True)] + [(None, of) for of in _sums(against=False)]


@cache
def _sums(*, against: bool) -> list[Sum]:
    """Return the sums that the statistics with an interval need, of an account beside its benchmark or by itself."""
    return [*asked_by([formula for _, formula in _asked(against=against)]), (None, (LOG_GROWTH,)), (None, (RUINED,))]


def _asked(*, against: bool) -> list[tuple[str, Callable[[Sample], Any]]]:
    known = [of for of in STATISTICS.values() if of.shown.interval and (against or "b" not in of.series)]
    return [(of.name, of.sample) for of in known if of.sample is not None]


def columns(panel: Panel) -> Float64:
    """Return what each session adds to each sum, (n, C), in the order of ``Panel.order``."""
    out: dict[tuple[int | None, Term], Any] = {}

    def made(run: int | None, term: Term) -> Any:
        if (run, term) not in out:
            series = panel.series(run)
            out[run, term] = np.asarray(term.of(*(series[name] for name in term.series)), dtype=np.float64)
        return out[run, term]

    table = np.empty((len(panel.benchmark), len(panel.order())))
    for k, (run, (which, terms)) in enumerate(panel.order()):
        parts = [made(run, term) for term in terms]
        table[:, k] = math.prod(parts[1:], start=parts[0]) if which is None else made(run, which) * math.prod(parts)
    return table


def statistics(sums: Float64, panel: Panel) -> tuple[list[dict[str, Float64]], dict[str, Float64]]:
    """Return the statistics of each run and those of the benchmark, from sums.

    Parameters
    ----------
    sums : (B, C) the sums of B histories, in the columns of ``columns``
    panel : Panel

    Returns
    -------
    one mapping a run, and the benchmark's own: name -> (B,), NaN where a history has no such number
    """
    by_run: dict[int | None, dict[Sum, Float64]] = {}
    for (run, of), column in zip(panel.order(), sums.T, strict=True):
        by_run.setdefault(run, {})[of] = column
    with np.errstate(all="ignore"):
        benchmark = _of_run(by_run[None], None, panel)
        out = []
        for run in range(panel.runs.shape[1]):
            own = _of_run(by_run[run], run, panel)
            wealth = (1.0 + own["total_return"]) / (1.0 + benchmark["total_return"]) - 1.0
            out.append(own | {"excess_cagr": own["cagr"] - benchmark["cagr"], "relative_wealth": wealth})
    return out, benchmark


def _of_run(sums: Mapping[Sum, Float64], run: int | None, panel: Panel) -> dict[str, Float64]:
    series = panel.series(run)

    def largest(x: Term) -> Any:
        """Return the largest size of a term in what the histories are made of."""
        return np.abs(x.of(*(series[name] for name in x.series))).max(initial=0.0)

    sample = FromSums(sums, len(panel.benchmark), largest=largest, per_year=panel.per_year)
    growth = np.where(sums[None, (RUINED,)] > 0, 0.0, np.exp(sums[None, (LOG_GROWTH,)]))
    found = {name: np.asarray(formula(sample)) for name, formula in _asked(against=run is not None)}
    return {"total_return": growth - 1.0, "cagr": growth_per_year(growth, panel.years), **found}
