"""What the numbers on a page are: their names for readers, and their definitions from the statistics themselves."""

from __future__ import annotations

from typing import Self

from fedcycle.backtests.core.format import sentence, spoken
from fedcycle.backtests.statistics import STATISTICS
from fedcycle.backtests.tearsheet import headings

HEADINGS = {
    "Annualised return": "cagr",
    "Volatility": "volatility",
    "Volatility a year": "volatility",
    "Sharpe ratio": "sharpe",
    "Maximum drawdown": "max_drawdown",
    "Final value": "final_value",
    "Beta": "beta",
    "Turnover a year": "turnover_per_year",
    "Costs": "costs_usd",
    "Active return, pp a year": "excess_cagr",
    "Tracking error": "tracking_error",
    "Information ratio": "information_ratio",
}
"""Headings of tables and tiles that show a statistic, beside the names."""
WITHOUT = " without it"
"""Ends a heading whose statistic is of the variant without a rule."""


def name_of(key: str) -> str:
    """Return what a reader calls a statistic."""
    return (STATISTICS[key].shown.title if key in STATISTICS else "") or spoken(key)


def definition(key: str) -> str:
    """Return what a statistic is, how it is computed and by whom; empty for what is none.

    Examples
    --------
    >>> definition("volatility")[:61]
    'The annualised standard deviation of the returns. Computed as'
    """
    statistic = STATISTICS.get(key)
    if statistic is None:
        return ""
    said = sentence(statistic.summary.removeprefix("Return "))
    unit = statistic.unit.replace("US dollars", "the currency of the account")
    return f"{said[:1].upper()}{said[1:]} Computed as {statistic.formula}; {unit}. Source: {statistic.source}."


def definition_of(heading: str) -> str:
    """Return the definition of what a heading names, a statistic or another figure; empty for names and dates."""
    stated = definition(HEADINGS.get(heading) or _BY_NAME.get(heading, "")) or headings.HEADINGS.get(heading)
    if stated:
        return stated
    return definition_of(heading.removesuffix(WITHOUT)) if heading.endswith(WITHOUT) else ""


def explained(heading: str) -> str:
    """Return a heading with the definition of what it names."""
    return Term(heading, definition_of(heading))


_BY_NAME = {name_of(key): key for key in STATISTICS}


class Term(str):
    """A name with its definition, which the page shows to whoever points at it or focuses it."""

    __slots__ = ("tip",)
    tip: str

    def __new__(cls, name: str, tip: str) -> Self:
        """Return the name, with its definition beside."""
        term = super().__new__(cls, name)
        term.tip = tip
        return term


def term(key: str) -> str:
    """Return the name of a statistic with its definition."""
    return Term(name_of(key), definition(key)) if key in STATISTICS else name_of(key)
