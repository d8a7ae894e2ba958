"""What every statistic says about itself: name, unit, formula, source and where it is shown, told where it is defined.

A statistic is one function with its decorator. Tables, pages, documentation, subperiods, intervals and the sweep read
``STATISTICS``; the names of a function's parameters say what it is computed from (``inputs.Inputs``).
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import numpy as np

from fedcycle.backtests.statistics.kernel import Sample
from fedcycle.backtests.statistics.returns import Frequency, Returns, check_alike, check_bills, check_frequency
from fedcycle.backtests.statistics.sample import Whole, series_of

Function = TypeVar("Function", bound=Callable[..., float | int | None])


class OfReturns(Protocol):
    """A statistic of returns as it is called: with the series it uses, in the order returns, benchmark, bills."""

    __name__: str

    def __call__(
        self, returns: Returns, other: Returns | None = None, /, *, bills: Returns | None = None
    ) -> float | None:
        """Return the number, None where it does not exist."""


@dataclass(frozen=True)
class Shown:
    """Where a statistic is shown beside the JSON of a run, its page and docs/statistics.md, which have all.

    Parameters
    ----------
    terminal : what the terminal calls it in the table of a run, unit included; empty for not there
    interval : whether it gets an interval from resampled histories
    sweep : whether it is a column of a sweep
    title : what pages call it; empty for its name in words
    """

    terminal: str = ""
    interval: bool = False
    sweep: bool = False
    title: str = ""


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
    shown : where it is shown
    sample : the formula over a ``Sample``, which subperiods, intervals and the sweep use too; None where it needs more
    series : the series that formula uses, of ``kernel.SERIES``; empty without one
    daily : whether it is of daily returns alone
    """

    name: str
    unit: str
    formula: str
    source: str
    function: Callable[..., float | int | None]
    shown: Shown = field(default_factory=Shown)
    sample: Callable[[Sample], Any] | None = None
    series: str = ""
    daily: bool = False

    @property
    def summary(self) -> str:
        """Return the first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().splitlines()[0]

    @property
    def family(self) -> str:
        """Return the module that defines it, such as ``risk``."""
        return self.function.__module__.rpartition(".")[2]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return what it is computed from: attributes of ``inputs.Inputs``."""
        if self.sample is not None:
            return tuple({"r": "returns", "b": "benchmark", "f": "bills"}[name] for name in self.series)
        return tuple(inspect.signature(self.function).parameters)


FAMILIES = {
    "growth": "Growth",
    "drawdown": "Drawdowns",
    "risk": "Risk and reward",
    "tails": "Tails and shape",
    "daily": "Gains and losses by session",
    "monthly": "Complete calendar months",
    "monthly_risk": "Risk of complete calendar months",
    "yearly": "Complete calendar years",
    "trading": "Trading, costs and exposure",
    "active": "Against the benchmark: the difference",
    "capture": "Against the benchmark: rises and falls",
    "regression": "Against the benchmark: regression",
}
"""Module -> what its statistics are about, in the order of the JSON of a run and of docs/statistics.md."""

_BY_NAME: dict[str, Statistic] = {}

STATISTICS: Mapping[str, Statistic] = MappingProxyType(_BY_NAME)
"""Every statistic by name; complete once ``fedcycle.backtests.statistics`` is imported."""


def statistic(
    *, unit: str, formula: str, source: str, shown: Shown | None = None, daily: bool = False
) -> Callable[[Function], Function]:
    """Record a function as a statistic and hand it back unchanged.

    Its parameters are named after what it is computed from: attributes of ``inputs.Inputs``.

    Parameters
    ----------
    unit : what one unit of the answer is, such as ``"fraction per year"``
    formula : how it is computed, such as ``"sd(r) · √P"``
    source : reference of the definition
    shown : where it is shown beside JSON, page and documentation
    daily : whether it is of daily returns alone: None for a run of weeks or months

    Raises
    ------
    ValueError
        If another function has the name already.
    """

    def record(function: Function) -> Function:
        _record(Statistic(function.__name__, unit, formula, source, function, shown or Shown(), daily=daily))
        return function

    return record


def sample_statistic(
    *, unit: str, formula: str, source: str, shown: Shown | None = None, daily: bool = False
) -> Callable[[Callable[[Sample], Any]], OfReturns]:
    """Record a formula over a ``Sample`` as a statistic of returns, and make it a function of returns.

    It is in every subperiod too. An interval or a column of a sweep needs a formula of means, products and moments.

    Parameters
    ----------
    unit, formula, source, shown, daily : as for ``statistic``

    Raises
    ------
    ValueError
        If another function has the name already.
    """

    def record(formula_of: Callable[[Sample], Any]) -> OfReturns:
        series = series_of(formula_of)

        @functools.wraps(formula_of)
        def of_returns(
            returns: Returns, other: Returns | None = None, /, *, bills: Returns | None = None
        ) -> float | None:
            if daily:
                check_frequency(returns, Frequency.DAILY)
            if "b" not in series:
                other, bills = None, bills if other is None else other
            given = whole_sample(returns, series, benchmark=other, bills=bills)
            return None if given is None else number(formula_of, given)

        made = Statistic(
            formula_of.__name__, unit, formula, source, of_returns, shown or Shown(), formula_of, series, daily
        )
        _record(made)
        return of_returns

    return record


def _record(made: Statistic) -> None:
    other = _BY_NAME.get(made.name)
    module = made.function.__module__
    if other is not None and other.function.__module__ != module:
        raise ValueError(f"statistic {made.name} is defined in {other.function.__module__} and {module}")
    _BY_NAME[made.name] = made


def whole_sample(
    returns: Returns, series: str, *, benchmark: Returns | None = None, bills: Returns | None = None
) -> Whole | None:
    """Return series of returns as a sample for the formulas; None without returns or where one is NaN.

    Parameters
    ----------
    returns, benchmark, bills : (n,) fraction per period
    series : which of them a formula uses, of ``kernel.SERIES``

    Raises
    ------
    BacktestError
        If frequencies, kinds or dates differ, or what should be bills is none.
    """
    there = {"r": returns}
    if "b" in series:
        there["b"] = check_alike(returns, benchmark)
    if "f" in series:
        check_bills(bills)
        there["f"] = check_alike(returns, bills)
    if not all(each.complete for each in there.values()):
        return None
    return Whole({name: each.values for name, each in there.items()}, per_year=returns.per_year)


def number(formula: Callable[[Sample], Any], sample: Whole) -> float | None:
    """Return what a formula answers of one series, None where it does not exist."""
    with np.errstate(all="ignore"):
        found = float(formula(sample))
    return found if math.isfinite(found) else None
