"""Two data sets cell by cell: what a newer one rewrote, the largest first, what it added and what it took away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fedcycle.data.market import Market
from fedcycle.data.series import Unit
from fedcycle.data.typing import Days, Float64

ROUNDING = 3e-7
"""Fraction by which a return may differ because levels are written with eight significant digits."""

POINTS = "percentage points"
_RATES = {Unit.PERCENT_PER_YEAR: 1.0, Unit.PERCENT: 1.0, Unit.BASIS_POINTS: 0.01}


@dataclass(frozen=True)
class Cell:
    """One rewritten number.

    Parameters
    ----------
    name : asset or series
    kind : ``return`` (of an asset, on that session, fraction) or ``value`` (of a series, in its unit)
    day : session, or day of observation
    old, new : before and after
    size : how much that is, in percentage points where it is a return or a rate, else in percent of the old value
    """

    name: str
    kind: str
    day: str
    old: float
    new: float
    size: float


@dataclass(frozen=True)
class Column:
    """What became of one asset or series.

    Parameters
    ----------
    name : asset or series
    common : days that both data sets have
    rewritten, added, removed : days
    growth : for an asset, by what fraction its growth over the common days differs, new against old; else None
    """

    name: str
    common: int
    rewritten: int
    added: int
    removed: int
    growth: float | None


@dataclass(frozen=True)
class Difference:
    """How two data sets differ; ``cells`` the largest first, ``only_old`` and ``only_new`` names."""

    cells: tuple[Cell, ...]
    columns: tuple[Column, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]

    def document(self, *, max_: int | None = None) -> dict[str, Any]:
        """Return it ready for JSON, with at most so many cells."""
        return {
            "rewritten": len(self.cells),
            "cells": [vars(cell) for cell in self.cells[:max_]],
            "columns": [vars(column) for column in self.columns],
            "only_old": list(self.only_old),
            "only_new": list(self.only_new),
        }


def diff(old: Market, new: Market) -> Difference:
    """Return how two markets differ.

    Of an asset it is the daily returns that are compared, as one rewritten return moves every later level.
    """
    cells: list[Cell] = []
    columns: list[Column] = []
    for asset in (a for a in old.assets if a in new.assets):
        before, after = _levels(old, asset), _levels(new, asset)
        column, rewritten = _returns(asset, before, after)
        columns.append(column)
        cells += rewritten
    for name in (s for s in old.series if s in new.series):
        was, now = ((m.series[name].observed_on, m.series[name].values) for m in (old, new))
        column, rewritten = _values(name, old.series[name].unit, was, now)
        columns.append(column)
        cells += rewritten
    names = [{*m.assets, *m.series} for m in (old, new)]
    ordered = sorted(cells, key=lambda c: (-c.size, c.name, c.day))
    return Difference(
        tuple(ordered), tuple(columns), tuple(sorted(names[0] - names[1])), tuple(sorted(names[1] - names[0]))
    )


def _levels(market: Market, asset: str) -> tuple[Days, Float64]:
    level = market.prices[:, market.column(asset)]
    there = ~np.isnan(level)
    return market.sessions[there], level[there]


def _returns(name: str, old: tuple[Days, Float64], new: tuple[Days, Float64]) -> tuple[Column, list[Cell]]:
    common, at, now = np.intersect1d(old[0], new[0], return_indices=True)
    # Between days that both have: a session that one lacks would otherwise make the return after it differ too.
    was, is_ = (level[k][1:] / level[k][:-1] - 1.0 for level, k in ((old[1], at), (new[1], now)))
    wrong = np.flatnonzero(np.abs(is_ - was) > ROUNDING)
    cells = [
        Cell(name, "return", str(common[i + 1]), float(was[i]), float(is_[i]), 100 * abs(float(is_[i] - was[i])))
        for i in wrong.tolist()
    ]
    growth = None
    if len(common) > 1:
        growth = float((new[1][now[-1]] / new[1][now[0]]) / (old[1][at[-1]] / old[1][at[0]]) - 1.0)
    added, removed = _moved(old[0], new[0])
    return Column(name, len(common), len(cells), added, removed, growth), cells


def _values(name: str, unit: Unit, old: tuple[Days, Float64], new: tuple[Days, Float64]) -> tuple[Column, list[Cell]]:
    common, at, now = np.intersect1d(old[0], new[0], return_indices=True)
    was, is_ = old[1][at], new[1][now]
    wrong = np.flatnonzero(was != is_)
    cells = [
        Cell(name, "value", str(common[i]), float(was[i]), float(is_[i]), _size(unit, float(was[i]), float(is_[i])))
        for i in wrong.tolist()
    ]
    added, removed = _moved(old[0], new[0])
    return Column(name, len(common), len(cells), added, removed, None), cells


def _moved(old: Days, new: Days) -> tuple[int, int]:
    """Return how many days were added, and how many removed."""
    return len(np.setdiff1d(new, old)), len(np.setdiff1d(old, new))


def _size(unit: Unit, old: float, new: float) -> float:
    if unit in _RATES:
        return abs(new - old) * _RATES[unit]
    return 100 * abs(new - old) / max(abs(old), 1.0)
