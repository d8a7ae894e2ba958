"""Intervals around the numbers of a run, and around the difference between two runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fedcycle.backtests.core.format import plain, points
from fedcycle.backtests.inference import resample
from fedcycle.backtests.inference.inputs import BenchmarkSeries, ReturnSeries
from fedcycle.backtests.inference.settings import Settings
from fedcycle.backtests.statistics import STATISTICS, tables
from fedcycle.backtests.statistics.inputs import Inputs
from fedcycle.data.typing import Float64

OWN, AGAINST = ([name for name in names if STATISTICS[name].shown.interval] for names in (tables.OWN, tables.RELATIVE))
"""What gets an interval, of an account by itself and against its benchmark."""
COMPARED = ("cagr", "volatility", "sharpe", "max_drawdown")
"""What is put side by side when two runs are."""
PATHS = ("max_drawdown", "relative_drawdown")
"""Worst cases over a path: another history has another one, so theirs is a range of histories, no margin of error."""
SPREADS = ("volatility", "tracking_error")
"""What ten or thirty years of calm and wild periods pin down less than the resamples of those years say."""


def estimates(account: ReturnSeries, benchmark_series: BenchmarkSeries) -> dict[str, float | None]:
    """Return the numbers of an account that get an interval, as its JSON has them."""
    given = _inputs(account.value, benchmark_series, benchmark_series.value)
    return {name: given.answer(STATISTICS[name]) for name in (*OWN, *AGAINST)}


def own(value: Float64, benchmark_series: BenchmarkSeries) -> dict[str, float | None]:
    """Return the numbers of a level by itself that get an interval."""
    given = _inputs(value, benchmark_series)
    return {name: given.answer(STATISTICS[name]) for name in OWN}


def _inputs(value: Float64, y: BenchmarkSeries, benchmark_value: Float64 | None = None) -> Inputs:
    return Inputs(value, y.sessions, y.bills, y.month_ends, benchmark_value=benchmark_value, benchmark_name=y.name)


def around(
    found: Mapping[str, float | None], answers: Mapping[str, Float64], *, settings: Settings
) -> dict[str, dict[str, Any]]:
    """Return the interval of each number.

    Parameters
    ----------
    found : name -> the number of the run, None where it does not exist
    answers : name -> (B,) the number of each resampled history
    settings : Settings

    Returns
    -------
    name -> ``estimate``, ``low``, ``high`` (None where the number, or too many histories' number, does not exist) and
    ``text``
    """
    out = {}
    for name, estimate in found.items():
        span = None if estimate is None else resample.interval(answers[name], settings.level)
        low, high = (None, None) if span is None else span
        out[name] = {"estimate": estimate, "low": low, "high": high, "text": _said(name, estimate, span, settings)}
    return out


def difference(
    one: tuple[Mapping[str, float | None], Mapping[str, Float64]],
    other: tuple[Mapping[str, float | None], Mapping[str, Float64]],
    *,
    settings: Settings,
    names: Sequence[str] = COMPARED,
) -> dict[str, dict[str, Any]]:
    """Return the difference between two runs, or a run and its benchmark, with intervals.

    Parameters
    ----------
    one, other : the numbers of each, and the numbers of each resampled history, the same histories for both
    settings : Settings
    names : of the numbers that are compared

    Returns
    -------
    each of ``names`` -> ``difference`` (one minus other), ``low``, ``high``, ``apart`` (whether 0 lies outside; None
    where there is no interval) and ``text``
    """
    out = {}
    for name in names:
        a, b = one[0][name], other[0][name]
        gap = None if a is None or b is None else a - b
        span = None if gap is None else resample.interval(one[1][name] - other[1][name], settings.level)
        low, high = (None, None) if span is None else span
        apart = None if low is None or high is None else bool(low > 0 or high < 0)
        text = f"{_called(name)}: {_with_sign(name, gap)}" + (" points" if _is_share(name) and gap is not None else "")
        if span is not None:
            text += f", {settings.level:.0%} interval {_with_sign(name, low)} to {_with_sign(name, high)}"
            text += "" if apart else "; 0 is inside"
        out[name] = {"difference": gap, "low": low, "high": high, "apart": apart, "text": text}
    return out


def _said(name: str, estimate: float | None, span: tuple[float, float] | None, settings: Settings) -> str:
    if estimate is None:
        return f"{_called(name)} does not exist for these returns"
    if span is None:
        return f"{_called(name)} {_shown(name, estimate)}, without an interval: too few resampled histories have one"
    low, high = (_shown(name, x) for x in span)
    if name in PATHS:
        kind = f"{settings.level:.0%} of resampled histories lie between {low} and {high}"
    else:
        kind = f"{settings.level:.0%} interval {low} to {high}"
        kind += ", too narrow where calm and wild years alternate" if name in SPREADS else ""
    return f"{_called(name)} {_shown(name, estimate)}, {kind}"


def _is_share(name: str) -> bool:
    return name in STATISTICS and STATISTICS[name].unit.startswith("fraction")


def _shown(name: str, number: float | None) -> str:
    if number is None:
        return "missing"
    return f"{100 * number:.1f}%".replace("-", "−") if _is_share(name) else plain(number)


def _with_sign(name: str, number: float | None) -> str:
    if number is None or not np.isfinite(number):
        return "missing"
    return points(number) if _is_share(name) else f"{number:+.2f}".replace("-", "−")


def _called(name: str) -> str:
    return {"cagr": "CAGR", "sharpe": "Sharpe ratio", "sortino": "Sortino ratio"}.get(name, name.replace("_", " "))
