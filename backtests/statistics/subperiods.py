"""A run cut up: by the phase of the rate cycle told in real time, by calendar year, and in and out of recessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.backtests.statistics.numerics import SESSIONS_PER_YEAR, level_returns, same_length
from fedcycle.backtests.statistics.subperiod_kernel import Numbers, Trading, numbers
from fedcycle.data.typing import Bool, Days, Float64, Int64

PHASES = ("hiking", "plateau", "cutting", "easy")


@dataclass(frozen=True, eq=False)
class Partition:
    """A way to cut a run up: the rows of the returns of each piece, and what to make of the pieces' numbers."""

    groups: Sequence[Int64]
    made: Callable[[Sequence[Numbers]], Any]


def by_partition(
    value: Float64,
    benchmark_value: Float64,
    *,
    bills: Float64,
    cuts: Mapping[str, Partition],
    trading: Trading | None = None,
    per_year: float = float(SESSIONS_PER_YEAR),
) -> dict[str, Any]:
    """Return what several cuts make of a run, by their names; one pass over all pieces is faster than one a cut.

    ``per_year`` is the number of sessions that count as a year.
    """
    same_length(len(value), benchmark_value=benchmark_value, bills=bills)
    r, b = level_returns(value, "value"), level_returns(benchmark_value, "benchmark_value")
    groups = [group for cut in cuts.values() for group in cut.groups]
    found = iter(numbers(r, b, bills=level_returns(bills, "bills"), groups=groups, trading=trading, per_year=per_year))
    return {name: cut.made([next(found) for _ in cut.groups]) for name, cut in cuts.items()}


def by_phase(
    value: Float64,
    benchmark_value: Float64,
    *,
    bills: Float64,
    phases: Sequence[str | None] | np.ndarray[Any, Any],
    trading: Trading | None = None,
) -> dict[str, Numbers]:
    """Return how the account did in each phase of the rate cycle.

    A session's return belongs to the phase told at the previous close; a return whose previous close had no phase (no
    change of the target was known yet) belongs to none.

    Parameters
    ----------
    value, benchmark_value : (T,) US dollars, >= 0, the first > 0
    bills : (T,) total-return level of one-month bills, > 0
    phases : (T,) ``hiking``, ``plateau``, ``cutting`` or ``easy``, as told at each close
        None or empty where no change of the target was known yet.
    trading : Trading, or None to leave costs, trades, turnover and time invested out

    Returns
    -------
    phase -> numbers, None where one does not exist
        ``sessions`` (n); ``total_return`` and ``benchmark_return`` (fraction, compounded over the phase's sessions);
        ``return_per_year`` and ``benchmark_return_per_year`` (fraction per year: the same to the power 252 / n; None
        under 252 sessions, because less than a year is not stretched to one); ``excess_per_year`` (their
        difference); ``relative_wealth`` (fraction: growth over the benchmark's growth, less 1); ``max_drawdown`` (of
        the phase's returns laid end to end); ``turnover`` (each fill as a share of value then, not per year); and
        statistics of daily returns by their names.

    Raises
    ------
    BacktestError
        If lengths differ or a phase is none of the four.
    """
    same_length(len(value), phases=phases)
    found: dict[str, Numbers] = _alone(phase_cut(phases), value, benchmark_value, bills=bills, trading=trading)
    return found


def phase_cut(phases: Sequence[str | None] | np.ndarray[Any, Any]) -> Partition:
    """Return the cut by phases, (T,), as told at each close; raises BacktestError for one that is none."""
    given = np.asarray(phases)
    told = given if given.dtype.kind == "U" else np.array(["" if p is None else str(p) for p in phases], dtype=np.str_)
    of = {phase: told == phase for phase in ("", *PHASES)}
    unknown = told[~np.logical_or.reduce(list(of.values()))]
    if unknown.size:
        raise BacktestError(f"{str(unknown[0])!r} is no phase of the rate cycle; there are {', '.join(PHASES)}")
    groups = [np.flatnonzero(of[phase][:-1]) for phase in PHASES]
    return Partition(groups, lambda found: dict(zip(PHASES, found, strict=True)))


def by_recession(
    value: Float64, benchmark_value: Float64, *, bills: Float64, recession: Bool, trading: Trading | None = None
) -> dict[str, Numbers]:
    """Return how the account did in and out of recessions, dated with hindsight.

    Parameters
    ----------
    value, benchmark_value, bills : (T,) as in ``by_phase``
    recession : (T,) whether a session lies in a recession month
        A session's return belongs to the session's own month.
    trading : Trading or None

    Returns
    -------
    ``recession`` and ``expansion`` -> numbers as in ``by_phase``
    """
    same_length(len(value), recession=recession)
    cut = recession_cut(recession)
    found: dict[str, Numbers] = _alone(cut, value, benchmark_value, bills=bills, trading=trading)
    return found


def recession_cut(recession: Bool) -> Partition:
    """Return the cut by whether each session, (T,), lies in a recession month."""
    groups = [np.flatnonzero(recession[1:]), np.flatnonzero(~recession[1:])]
    return Partition(groups, lambda found: dict(zip(("recession", "expansion"), found, strict=True)))


def in_recession(sessions: Days, months: Days, *, turns: Float64) -> Bool:
    """Return whether each session lies in a recession month: from the month after a peak through the trough's.

    Parameters
    ----------
    sessions : (T,) days
    months : (n,) days, one in the month of each turning point, increasing
    turns : (n,) -1 a peak, 1 a trough

    Returns
    -------
    (T,) whether
        A trough without a peak before it ends a recession that began before the first turning point.

    Examples
    --------
    >>> sessions = np.array(["2020-02-28", "2020-03-02", "2020-04-30", "2020-05-01"], dtype="datetime64[D]")
    >>> turning = np.array(["2020-02-01", "2020-04-01"], dtype="datetime64[D]")
    >>> in_recession(sessions, turning, turns=np.array([-1.0, 1.0])).tolist()
    [False, True, True, False]
    """
    before = np.searchsorted(months.astype("datetime64[M]"), sessions.astype("datetime64[M]"), side="left") - 1
    if not len(turns):
        return np.zeros(len(sessions), dtype=bool)
    return np.asarray(np.where(before >= 0, turns[before] < 0, turns[0] > 0))


def by_year(
    value: Float64,
    benchmark_value: Float64,
    *,
    bills: Float64,
    sessions: Days,
    month_ends: Bool,
    trading: Trading | None = None,
) -> list[dict[str, Any]]:
    """Return how the account did in each calendar year, its first and last ones as far as the run reaches.

    Parameters
    ----------
    value, benchmark_value, bills : (T,) as in ``by_phase``
    sessions : (T,) days
    month_ends : (T,) whether a session is its calendar month's last in the market's calendar
    trading : Trading or None

    Returns
    -------
    one mapping a year
        ``year`` (number), ``complete`` (whether the run has the close before its first session and its own last), and
        numbers as in ``by_phase``
    """
    same_length(len(value), sessions=sessions, month_ends=month_ends)
    cut = year_cut(sessions, month_ends)
    found: list[dict[str, Any]] = _alone(cut, value, benchmark_value, bills=bills, trading=trading)
    return found


def year_cut(sessions: Days, month_ends: Bool) -> Partition:
    """Return the cut of (T,) sessions by calendar year."""
    year = sessions[1:].astype("datetime64[Y]").astype(np.int64) + 1970
    first = int(sessions[0].astype("datetime64[Y]").astype(np.int64)) + 1970
    asked = sorted(set(year.tolist()))  # np.unique would import numpy.ma, 45 ms of every command
    edges = [*np.searchsorted(year, asked).tolist(), len(year)]
    groups = [np.arange(a, z) for a, z in pairwise(edges)]
    whole_last = _ends_year(sessions, month_ends)

    def made(found: Sequence[Numbers]) -> list[dict[str, Any]]:
        whole = [y > first and (y < asked[-1] or whole_last) for y in asked]
        return [{"year": y, "complete": w} | of for y, w, of in zip(asked, whole, found, strict=True)]

    return Partition(groups, made)


def _ends_year(sessions: Days, month_ends: Bool) -> bool:
    return bool(month_ends[-1]) and int(sessions[-1].astype("datetime64[M]").astype(np.int64)) % 12 == 11


def _alone(cut: Partition, value: Float64, benchmark_value: Float64, *, bills: Float64, trading: Trading | None) -> Any:
    return by_partition(value, benchmark_value, bills=bills, cuts={"alone": cut}, trading=trading)["alone"]
