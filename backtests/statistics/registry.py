"""What every statistic says about itself: name, unit, formula and source, collected as the functions are defined."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., float | int | None])


@dataclass(frozen=True)
class Statistic:
    """One statistic as documentation shows it.

    Parameters
    ----------
    name : the function's name, which is its key in the JSON of a run
    unit : what one unit of the number is
    formula : how it is computed, in the notation of docs/statistics.md
    source : who defined it, or what it is by definition
    function : computes it; answers None where the number does not exist
    """

    name: str
    unit: str
    formula: str
    source: str
    function: Callable[..., float | int | None]

    @property
    def summary(self) -> str:
        """Return the first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().splitlines()[0]

    @property
    def family(self) -> str:
        """Return the module that defines it, such as ``risk``."""
        return self.function.__module__.rpartition(".")[2]


_BY_NAME: dict[str, Statistic] = {}

STATISTICS: Mapping[str, Statistic] = MappingProxyType(_BY_NAME)
"""Every statistic by name; complete once ``fedcycle.backtests.statistics`` is imported."""


def statistic(*, unit: str, formula: str, source: str) -> Callable[[Function], Function]:
    """Record a function as a statistic and hand it back unchanged.

    Parameters
    ----------
    unit : what one unit of the answer is, such as ``"fraction per year"``
    formula : how it is computed, such as ``"sd(r) · √P"``
    source : reference of the definition

    Raises
    ------
    ValueError
        If another function has the name already.
    """

    def record(function: Function) -> Function:
        name = function.__name__
        other = _BY_NAME.get(name)
        if other is not None and other.function.__module__ != function.__module__:
            raise ValueError(f"statistic {name} is defined in {other.function.__module__} and {function.__module__}")
        _BY_NAME[name] = Statistic(name, unit, formula, source, function)
        return function

    return record
