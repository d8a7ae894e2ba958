"""Every asset and series: what it is, where it comes from, when it is known, whose it is. Facts only, no logic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from fedcycle.data.series_catalog import (
    EXTRAS,
    FACTOR_COLUMNS,
    FACTORS,
    FOMC,
    FRED,
    LAST_TURNING_POINT,
    NBER,
    POLICY,
    RECESSIONS,
    SERIES,
    TARGETS,
    TURNING_POINTS,
    TURNING_POINTS_COMPLETE_TO,
    YIELDS,
    Fact,
)

__all__ = [
    "ASSETS",
    "BASE_DAY",
    "BASE_LEVEL",
    "CORE",
    "DERIVED",
    "EXTRAS",
    "FACTORS",
    "FACTORS_DAILY",
    "FACTOR_COLUMNS",
    "FIRMS",
    "FIRM_SIZE",
    "FOMC",
    "FRED",
    "FRENCH",
    "INDUSTRY_DAILY",
    "INDUSTRY_WEIGHTS",
    "LAST_TURNING_POINT",
    "LEVEL",
    "LEVEL_DIGITS",
    "NBER",
    "POLICY",
    "PUBLISHED",
    "QUALITY_DAILY",
    "RECESSIONS",
    "SERIES",
    "SIZE_DAILY",
    "SIZE_WEIGHTS",
    "TARGETS",
    "TURNING_POINTS",
    "TURNING_POINTS_COMPLETE_TO",
    "YIELDS",
    "Asset",
    "Fact",
]

BASE_LEVEL = 100.0
"""Level of an index on its base day, the last session before its first return."""

BASE_DAY = date(1989, 12, 29)
"""First row of the compiled levels: the last session before 1990."""

LEVEL_DIGITS = 8
"""Significant digits of a compiled level."""

FRENCH = "Kenneth R. French Data Library, from CRSP"

DERIVED = (
    "index levels derived by this project, offered with attribution; "
    "the returns and firm sizes they are made from are Eugene F. Fama's and Kenneth R. French's and are not included"
)

LEVEL = f"total-return index level, {BASE_LEVEL:g} on its base day"

SIZE_DAILY = "french/Portfolios_Formed_on_ME_Daily.csv"
SIZE_WEIGHTS = "french/published/Portfolios_Formed_on_ME_CSV.zip"
QUALITY_DAILY = "french/25_Portfolios_ME_OP_5x5_Daily.csv"
INDUSTRY_DAILY = "french/49_Industry_Portfolios_Daily.csv"
INDUSTRY_WEIGHTS = "french/published/49_Industry_Portfolios_CSV.zip"
FACTORS_DAILY = "french/F-F_Research_Data_Factors_daily.csv"
FIVE_FACTORS = SERIES["factor_profitability"].raw

FACTOR_FILES: tuple[str, ...] = tuple(dict.fromkeys(fact.raw for fact in FACTORS))
"""The raw files of the factors; a data set has those factors whose file is there."""

CORE: tuple[Fact, ...] = (*YIELDS, *POLICY, *RECESSIONS)
"""The series of every compiled data set; any other of ``SERIES`` is in one that asked for it."""

PUBLISHED: Mapping[str, str] = {
    SIZE_DAILY: "french/published/Portfolios_Formed_on_ME_Daily_CSV.zip",
    QUALITY_DAILY: "french/published/25_Portfolios_ME_OP_5x5_daily_CSV.zip",
    INDUSTRY_DAILY: "french/published/49_Industry_Portfolios_daily_CSV.zip",
    FACTORS_DAILY: "french/published/F-F_Research_Data_Factors_daily_CSV.zip",
    FIVE_FACTORS: "french/published/F-F_Research_Data_5_Factors_2x3_daily_CSV.zip",
}
"""Raw file of daily returns -> the library's own archive of it, which does as well."""

FIRMS = "Number of Firms in Portfolios"
FIRM_SIZE = "Average Firm Size"


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One asset of the compiled data set.

    Parameters
    ----------
    name : as configs use it
    definition : what it holds
    returns : raw file of daily returns in percent
    columns : columns of that file
    weighting : ``value``: firms x average size in the month's own row of ``weights``, drifting with returns within the
        month; ``equal``: equal weights, reset every day (one column alone is
        that column)
    weights : raw archive with the monthly tables, for ``value``
    starts : first date at the source
    deciles : NYSE deciles of market value that its companies are of, first and last; None where it has all sizes
    stocks : whether it holds stocks
    sector : of all its companies; empty where they are of many
    """

    name: str
    definition: str
    returns: str
    columns: tuple[str, ...]
    weighting: Literal["value", "equal"]
    starts: date
    weights: str | None = None
    deciles: tuple[int, int] | None = None
    stocks: bool = True
    sector: str = ""
    source: str = FRENCH
    unit: str = LEVEL
    frequency: str = "daily"
    release: str = "known at the close of the session it is about"
    rights: str = DERIVED


_SIZE_STARTS = date(1926, 7, 1)
_QUALITY_STARTS = date(1963, 7, 1)

ASSETS: tuple[Asset, ...] = (
    Asset(
        name="small",
        definition="size deciles 1 to 6 (NYSE breakpoints), value weighted; stands for the Russell 2000",
        returns=SIZE_DAILY,
        columns=("Lo 10", "2-Dec", "3-Dec", "4-Dec", "5-Dec", "6-Dec"),
        weighting="value",
        weights=SIZE_WEIGHTS,
        starts=_SIZE_STARTS,
        deciles=(1, 6),
    ),
    Asset(
        name="mid",
        definition="size deciles 7 to 9 (NYSE breakpoints), value weighted; stands for the Russell Midcap",
        returns=SIZE_DAILY,
        columns=("7-Dec", "8-Dec", "9-Dec"),
        weighting="value",
        weights=SIZE_WEIGHTS,
        starts=_SIZE_STARTS,
        deciles=(7, 9),
    ),
    Asset(
        name="large",
        definition="largest 30% by NYSE breakpoints (deciles 8 to 10), value weighted by the library; overlaps mid",
        returns=SIZE_DAILY,
        columns=("Hi 30",),
        weighting="equal",
        starts=_SIZE_STARTS,
        deciles=(8, 10),
    ),
    Asset(
        name="micro",
        definition="smallest 20% by NYSE breakpoints (deciles 1 and 2), value weighted by the library",
        returns=SIZE_DAILY,
        columns=("Lo 20",),
        weighting="equal",
        starts=_SIZE_STARTS,
        deciles=(1, 2),
    ),
    Asset(
        name="small_ex_micro",
        definition="size deciles 3 to 6 (NYSE breakpoints), value weighted; the benchmark for small_quality",
        returns=SIZE_DAILY,
        columns=("3-Dec", "4-Dec", "5-Dec", "6-Dec"),
        weighting="value",
        weights=SIZE_WEIGHTS,
        starts=_SIZE_STARTS,
        deciles=(3, 6),
    ),
    Asset(
        name="small_quality",
        definition="mean of ME2-OP4, ME2-OP5, ME3-OP4 and ME3-OP5 of the 5x5 size x operating-profitability sort",
        returns=QUALITY_DAILY,
        columns=("ME2 OP4", "ME2 OP5", "ME3 OP4", "ME3 OP5"),
        weighting="equal",
        starts=_QUALITY_STARTS,
        deciles=(3, 6),
    ),
    Asset(
        name="small_junk",
        definition="mean of ME2-OP1 and ME3-OP1 of the 5x5 size x operating-profitability sort",
        returns=QUALITY_DAILY,
        columns=("ME2 OP1", "ME3 OP1"),
        weighting="equal",
        starts=_QUALITY_STARTS,
        deciles=(3, 6),
    ),
    Asset(
        name="mid_quality",
        definition="mean of ME4-OP4 and ME4-OP5 of the 5x5 size x operating-profitability sort",
        returns=QUALITY_DAILY,
        columns=("ME4 OP4", "ME4 OP5"),
        weighting="equal",
        starts=_QUALITY_STARTS,
        deciles=(7, 8),
    ),
    Asset(
        name="financials",
        definition="Banks, Insur and Fin of the 49 industries, value weighted; all sizes",
        returns=INDUSTRY_DAILY,
        columns=("Banks", "Insur", "Fin"),
        weighting="value",
        weights=INDUSTRY_WEIGHTS,
        starts=_SIZE_STARTS,
        sector="financials",
    ),
    Asset(
        name="bills",
        definition="one-month US Treasury bill (RF of the 3-factor file); cash that earns interest",
        returns=FACTORS_DAILY,
        columns=("RF",),
        weighting="equal",
        starts=_SIZE_STARTS,
        stocks=False,
    ),
)
