"""A run cut up by the windows of the easing cycles Dated ex post."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fedcycle.backtests.core.fed_cycles import Cycle, Window, windows
from fedcycle.backtests.statistics.active import relative_to
from fedcycle.backtests.statistics.numerics import same_length
from fedcycle.backtests.statistics.subperiod_kernel import Numbers, Trading
from fedcycle.backtests.statistics.subperiods import Partition, by_partition
from fedcycle.data.typing import Days, Float64, Int64


def by_cycle(
    value: Float64,
    benchmark_value: Float64,
    *,
    sessions: Days,
    calendar: Days,
    cycles: Sequence[Cycle],
    bills: Float64 | None = None,
    trading: Trading | None = None,
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
    bills : (T,) total-return level of one-month bills, > 0, or None to leave ``numbers`` out
    trading : Trading or None

    Returns
    -------
    one mapping per cycle
        ``first_cut``, ``final_cut``, ``next_hike`` (dates as text or None), ``open``, ``recession`` and ``windows``:
        ``first_cut_to_final_cut``, ``12m``, ``to_hike``, each with ``start`` and ``end`` (the closes the window runs
        between, None where the market's calendar does not reach them), ``return``, ``benchmark_return``,
        ``relative_wealth`` (fractions; the growth of the account over the benchmark's, less 1), ``complete``, ``note``
        (why it is not complete, else None), and, where bills are given, ``numbers`` as in ``by_phase`` (None where not
        complete)

    Raises
    ------
    BacktestError
        If lengths differ.
    """
    same_length(len(sessions), value=value, benchmark_value=benchmark_value)
    cut = cycle_cut(value, benchmark_value, sessions=sessions, calendar=calendar, cycles=cycles)
    if bills is None:
        without: list[dict[str, Any]] = cut.made([])
        return without
    found: list[dict[str, Any]] = by_partition(value, benchmark_value, bills=bills, cuts={"": cut}, trading=trading)[""]
    return found


def cycle_cut(
    value: Float64, benchmark_value: Float64, *, sessions: Days, calendar: Days, cycles: Sequence[Cycle]
) -> Partition:
    """Return the cut by the windows of cycles, as ``by_cycle`` takes them."""
    out: list[dict[str, Any]] = []
    complete: list[dict[str, Any]] = []
    groups: list[Int64] = []
    for cycle in cycles:
        if cycle.first_cut > sessions[-1] or not _reaches(cycle, sessions):
            continue
        spans = {}
        for name, window in windows(cycle, calendar).items():
            spans[name], rows = _in_window(value, benchmark_value, sessions, window)
            if rows is not None:
                complete.append(spans[name])
                groups.append(rows)
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

    def made(found: Sequence[Numbers]) -> list[dict[str, Any]]:
        if found:
            for entry in out:
                for span in entry["windows"].values():
                    span["numbers"] = None
        for span, of in zip(complete, found, strict=bool(found)):
            span["numbers"] = of
        return out

    return Partition(groups, made)


def _reaches(cycle: Cycle, sessions: Days) -> bool:
    """Return whether a cycle lasts into the run."""
    if cycle.open:
        return True
    # The first session may be the one whose close knows the hike: the cycle is over by then.
    return bool(cycle.final_cut >= sessions[0] if cycle.next_hike is None else cycle.next_hike > sessions[0])


def _in_window(
    value: Float64, benchmark_value: Float64, sessions: Days, window: Window
) -> tuple[dict[str, Any], Int64 | None]:
    """Return a window's figures, and the rows of its returns where the run covers it."""
    note = window.note or _not_covered(sessions, window)
    own = other = rows = None
    if note is None:
        a, z = np.searchsorted(sessions, np.array([window.start, window.end], dtype="datetime64[D]"))
        own, other = _between(value, int(a), int(z)), _between(benchmark_value, int(a), int(z))
        rows = np.arange(a, z)
    figures = {
        "start": None if window.start is None else str(window.start),
        "end": None if window.end is None else str(window.end),
        "return": own,
        "benchmark_return": other,
        "relative_wealth": relative_to(own, other),
        "complete": note is None,
        "note": note,
    }
    return figures, rows


def _not_covered(sessions: Days, window: Window) -> str | None:
    if window.start is not None and window.start < sessions[0]:
        return f"the run begins on {sessions[0]}, after the window's start"
    if window.end is not None and window.end > sessions[-1]:
        return f"the run ends on {sessions[-1]}, before the window's end"
    return None


def _between(value: Float64, start: int, end: int) -> float | None:
    return float(value[end] / value[start] - 1.0) if value[start] > 0 else None
