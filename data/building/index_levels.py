"""Daily returns and sizes of portfolios -> index levels.

Only multiplications, additions and divisions of single numbers in a fixed order, so that no library's way of adding
up an array can change a digit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from fedcycle.data import catalog
from fedcycle.data.errors import DataError
from fedcycle.data.sources import french
from fedcycle.data.sources.french import Daily
from fedcycle.data.sources.raw import RawFile
from fedcycle.data.typing import Days, Float64

Report = Callable[[str], object]


@dataclass(frozen=True, eq=False)
class Levels:
    """One asset's index: ``level`` (n,) from ``BASE_LEVEL`` on ``sessions[0]`` on; ``sessions`` (n,) days."""

    sessions: Days
    level: Float64


def value_weighted(base: float, daily: Daily, weights: Mapping[str, Float64], month: Sequence[int]) -> Float64:
    """Return the level of a basket whose value weights are set at each month's start and drift within it.

    Parameters
    ----------
    base : level before the first session
    daily : returns of K columns over T sessions
    weights : column -> (M,) value at the start of each month, in one unit
    month : (T,) row of ``weights`` that each session belongs to

    Returns
    -------
    (T,) level
    """
    level = np.empty(len(daily.sessions))
    starts = [t for t in range(len(month)) if t == 0 or month[t] != month[t - 1]]
    for start, end in zip(starts, [*starts[1:], len(month)], strict=True):
        begun, worth = 0.0, np.zeros(end - start)
        for column, returns in daily.returns.items():
            value = float(weights[column][month[start]])
            begun += value
            worth += value * np.cumprod(1.0 + returns[start:end])
        level[start:end] = base * (worth / begun)
        base = float(level[end - 1])
    return level


def equal_weighted(base: float, daily: Daily) -> Float64:
    """Return the level (T,) of a basket whose weights are made equal at every close; of one column, of that column."""
    total = np.zeros(len(daily.sessions))
    for returns in daily.returns.values():
        total += returns
    return np.asarray(base * np.cumprod(1.0 + total / len(daily.returns)))


def levels(
    inputs: Mapping[str, RawFile],
    report: Report,
    *,
    assets: Sequence[catalog.Asset] = catalog.ASSETS,
    base_day: date = catalog.BASE_DAY,
) -> dict[str, Levels]:
    """Return each asset's index; the calendar is every day on which any of the files of returns has a row.

    Parameters
    ----------
    inputs : raw file -> its bytes
    report : told in a sentence what is being done
    assets : those to compile
    base_day : day on which levels stand at their base, or a session before an asset's own first return
    """
    returns: dict[str, Daily] = {}
    for file in dict.fromkeys(a.returns for a in assets):
        report(f"reading {file}")
        columns = dict.fromkeys(c for a in assets if a.returns == file for c in a.columns)
        returns[file] = french.daily(inputs[file], list(columns), since=base_day)
    if not returns:
        return {}
    sessions = np.unique(np.concatenate([d.sessions for d in returns.values()]))
    for file, daily in returns.items():
        _check_sessions(inputs[file], daily, sessions)
    made = {}
    for asset in assets:
        report(f"compiling {asset.name}")
        made[asset.name] = _index(asset, returns[asset.returns], sessions, inputs, base_day=base_day)
    return made


def _index(
    asset: catalog.Asset, daily: Daily, sessions: Days, inputs: Mapping[str, RawFile], *, base_day: date
) -> Levels:
    raw = inputs[asset.returns]
    later = daily.sessions > np.datetime64(base_day)
    held = Daily(daily.sessions[later], {c: daily.returns[c][later] for c in asset.columns})
    if not len(held.sessions):
        raise DataError(f"{raw.name}: no return after {base_day}; {asset.name} needs at least one")
    before = sessions[sessions < held.sessions[0]]
    if not len(before):
        raise DataError(
            f"{raw.name}: no session before {held.sessions[0]} to stand {asset.name}'s base on; get it whole"
        )
    if asset.weights is None:
        level = equal_weighted(catalog.BASE_LEVEL, held)
    else:
        weights, month = _weights(inputs[asset.weights], asset.columns, held.sessions)
        level = value_weighted(catalog.BASE_LEVEL, held, weights, month)
    return Levels(np.append(before[-1], held.sessions), np.append(catalog.BASE_LEVEL, level))


def _weights(raw: RawFile, columns: Sequence[str], sessions: Days) -> tuple[dict[str, Float64], list[int]]:
    """Return the value of each column at the start of each month, and the row of each session's own month."""
    since = sessions[0].astype(date)
    firms = french.monthly(raw, columns, title=catalog.FIRMS, since=since)
    size = french.monthly(raw, columns, title=catalog.FIRM_SIZE, since=since)
    count = min(len(firms.months), len(size.months))
    # Both tables begin in the same month and skip none, so a month's row is its distance from the first.
    first = firms.months[0].astype("datetime64[M]").astype(int)
    month = (sessions.astype("datetime64[M]").astype(np.int64) - first).tolist()
    if size.months[0] != firms.months[0] or month[0] != 0 or month[-1] >= count:
        raise DataError(
            f"{raw.name}: firms and sizes reach from {firms.months[0]} to {firms.months[count - 1]}, "
            f"but returns from {sessions[0]} to {sessions[-1]}; get both files of one vintage"
        )
    return {c: firms.columns[c][:count] * size.columns[c][:count] for c in columns}, month


def _check_sessions(raw: RawFile, daily: Daily, sessions: Days) -> None:
    inside = sessions[(sessions >= daily.sessions[0]) & (sessions <= daily.sessions[-1])]
    absent = np.setdiff1d(inside, daily.sessions)
    if len(absent):
        raise DataError(
            f"{raw.name}: no row for {absent[0]}, a session of the other files"
            f" ({len(absent)} absent in all); get the file again from its publisher"
        )
