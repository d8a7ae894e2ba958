"""What the values of windows are: how they are averaged and tested, and how they are said."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.core.format import pp, signed_percent
from fedcycle.backtests.statistics.active import relative_to
from fedcycle.data.typing import Float64


@dataclass(frozen=True)
class Measure:
    """A measure of how two things did in one window.

    Parameters
    ----------
    name : what the JSON calls it
    mean : what a sentence calls the mean of several windows
    gap : what a sentence calls one mean put against another
    between : total returns of two things over one window, fraction -> the measure; None where it does not exist
    add : values -> what is added up, averaged and has its sign flipped, (n,)
    back : a sum or mean of those -> the measure
    say : the measure -> text
    """

    name: str
    mean: str
    gap: str
    between: Callable[[float, float], float | None]
    add: Callable[[Float64], Float64]
    back: Callable[[float], float]
    say: Callable[[float | None], str]

    def added(self, values: Sequence[float] | Float64) -> Float64:
        """Return what is added up of some values, (n,)."""
        return self.add(np.asarray(values, dtype=np.float64))

    def average(self, values: Sequence[float] | Float64) -> float:
        """Return the mean of some values, one or more."""
        return self.back(float(self.added(values).mean()))


def _less(one: float, other: float) -> float:
    return one - other


def _themselves(values: Float64) -> Float64:
    return values


DIFFERENCE = Measure("difference of total returns", "mean", "difference", _less, _themselves, float, pp)
"""One total return less another, fraction."""
RELATIVE_WEALTH = Measure(
    "relative wealth", "mean relative wealth", "ratio", relative_to, np.log1p, math.expm1, signed_percent
)
"""The growth of one over that of another, less 1, fraction above -1.

Logarithms add up, so means are geometric, and turning the ratio round changes the sign of what is tested and nothing
else: of two things without a difference, neither has the larger mean.
"""
MEASURES = {measure.name: measure for measure in (DIFFERENCE, RELATIVE_WEALTH)}
