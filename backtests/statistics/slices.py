"""A run cut up: by the phase of the rate cycle told on the day, and by the easing cycles dated afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fedcycle.backtests.cycles import Cycle, Window, windows
from fedcycle.backtests.errors import BacktestError
from fedcycle.backtests.statistics import risk
from fedcycle.backtests.statistics.sample import SESSIONS_PER_YEAR, complete, level_returns, power
from fedcycle.backtests.statistics.tables import same_length
from fedcycle.data.arrays import Days, Float64

PHASES = ("hiking", "plateau", "cutting", "easy")


def by_phase(
    value: Float64, benchmark_value: Float64, *, bills: Float64, phases: Sequence[str | None] | np.ndarray[Any, Any]
) -> dict[str, dict[str, float | int | None]]:
    """Return how the account did in each phase of the rate cycle.

    A session's return belongs to the phase told at the previous close; a return whose previous close had no phase (no
    change of the target was known yet) belongs to none.

    Parameters
    ----------
    value, benchmark_value : (T,) US dollars, >= 0, the first > 0
    bills : (T,) total-return level of one-month bills, > 0
    phases : (T,) ``hiking``, ``plateau``, ``cutting`` or ``easy``, as told at each close
        None or empty where no change of the target was known yet.

    Returns
    -------
    phase -> numbers, None where one does not exist
        ``sessions`` (n); ``total_return`` and ``benchmark_return`` (fraction, compounded over the phase's sessions);
        ``return_per_year`` and ``benchmark_return_per_year`` (fraction per year: the same to the power 252 / n; None
        under 252 sessions, because less than a year is not stretched to one); ``volatility`` (fraction per year);
        ``sharpe``; ``excess_return`` (fraction: ``total_return`` minus ``benchmark_return``).

    Raises
    ------
    BacktestError
        If lengths differ or a phase is none of the four.
    """
    given = np.asarray(phases)
    told = given if given.dtype.kind == "U" else np.array(["" if p is None else str(p) for p in phases], dtype=np.str_)
    same_length(len(value), benchmark_value=benchmark_value, bills=bills, phases=told)
    r, b = level_returns(value, "value"), level_returns(benchmark_value, "benchmark_value")
    bill = level_returns(bills, "bills")
    unknown = told[~np.isin(told, ("", *PHASES))]
    if unknown.size:
        raise BacktestError(f"{str(unknown[0])!r} is no phase of the rate cycle; there are {', '.join(PHASES)}")
    return {phase: _in_phase(r, b, bill, np.asarray(told[:-1] == phase, dtype=bool)) for phase in PHASES}


def by_cycle(
    value: Float64, benchmark_value: Float64, *, sessions: Days, calendar: Days, cycles: Sequence[Cycle]
) -> list[dict[str, Any]]:
    """Return how the account did in the windows of each easing cycle that overlaps the run.

    A cycle overlaps where some session of the run lies between its first cut and the next hike (its final cut, where no
    hike follows; for ever, while it is open). A window that the run does not cover whole has no figures: it is marked,
    never shortened.

    Parameters
    ----------
    value, benchmark_value : (T,) US dollars
    sessions : (T,) days of the run, all of them consecutive sessions of ``calendar``
    calendar : all sessions of the market
    cycles : easing cycles, dated with hindsight

    Returns
    -------
    one mapping per cycle
        ``first_cut``, ``final_cut``, ``next_hike`` (dates as text or None), ``open``, ``recession`` and ``windows``:
        ``first_cut_to_final_cut``, ``12m``, ``to_hike``, each with ``start`` and ``end`` (the closes the window runs
        between, None where the market's calendar does not reach them), ``return``, ``benchmark_return``,
        ``excess_return`` (fractions; the difference of the two total returns), ``complete``, and ``note`` (why it is
        not complete, else None)

    Raises
    ------
    BacktestError
        If lengths differ.
    """
    same_length(len(sessions), value=value, benchmark_value=benchmark_value)
    out = []
    for cycle in cycles:
        if cycle.first_cut > sessions[-1] or not _reaches(cycle, sessions):
            continue
        spans = {name: _in_window(value, benchmark_value, sessions, w) for name, w in windows(cycle, calendar).items()}
        out.append(
            {
                "first_cut": str(cycle.first_cut),
                "final_cut": str(cycle.final_cut),
                "next_hike": None if cycle.next_hike is None else str(cycle.next_hike),
                "open": cycle.open,
                "recession": cycle.recession,
                "windows": spans,
            }
        )
    return out


def _in_phase(
    r: Float64, b: Float64, bill: Float64, chosen: np.ndarray[Any, np.dtype[np.bool_]]
) -> dict[str, float | int | None]:
    own, other, n = r[chosen], b[chosen], int(chosen.sum())
    total, benchmark = _compounded(own), _compounded(other)
    return {
        "sessions": n,
        "total_return": total,
        "return_per_year": _per_year(total, n),
        "volatility": risk.volatility(own),
        "sharpe": risk.sharpe(own, bill[chosen]),
        "benchmark_return": benchmark,
        "benchmark_return_per_year": _per_year(benchmark, n),
        "excess_return": None if total is None or benchmark is None else total - benchmark,
    }


def _compounded(returns: Float64) -> float | None:
    return float(np.prod(1.0 + returns)) - 1.0 if complete(returns) else None


def _per_year(total: float | None, n: int) -> float | None:
    return None if total is None or n < SESSIONS_PER_YEAR else power(1.0 + total, SESSIONS_PER_YEAR / n)


def _reaches(cycle: Cycle, sessions: Days) -> bool:
    """Return whether a cycle lasts into the run."""
    if cycle.open:
        return True
    # The first session may be the one whose close knows the hike: the cycle is over by then.
    return bool(cycle.final_cut >= sessions[0] if cycle.next_hike is None else cycle.next_hike > sessions[0])


def _in_window(value: Float64, benchmark_value: Float64, sessions: Days, window: Window) -> dict[str, Any]:
    note = window.note or _not_covered(sessions, window)
    own = other = None
    if note is None:
        a, z = np.searchsorted(sessions, np.array([window.start, window.end], dtype="datetime64[D]"))
        own, other = _between(value, int(a), int(z)), _between(benchmark_value, int(a), int(z))
    return {
        "start": None if window.start is None else str(window.start),
        "end": None if window.end is None else str(window.end),
        "return": own,
        "benchmark_return": other,
        "excess_return": None if own is None or other is None else own - other,
        "complete": note is None,
        "note": note,
    }


def _not_covered(sessions: Days, window: Window) -> str | None:
    if window.start is not None and window.start < sessions[0]:
        return f"the run begins on {sessions[0]}, after the window's start"
    if window.end is not None and window.end > sessions[-1]:
        return f"the run ends on {sessions[-1]}, before the window's end"
    return None


def _between(value: Float64, start: int, end: int) -> float | None:
    return float(value[end] / value[start] - 1.0) if value[start] > 0 else None
