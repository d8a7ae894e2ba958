"""Every series: what it is, where it comes from, when it is known, whether it is rewritten. Facts only, no logic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from fedcycle.data.series import Unit
from fedcycle.data.staleness import Pace

FRED = "Board of Governors of the Federal Reserve System, H.15, by way of FRED"
FOMC = "Federal Open Market Committee statements; before 1994 reconstructions of the target"
NBER = "NBER Business Cycle Dating Committee"

PUBLIC = "public domain (US government)"
FACTS = "public facts"

TARGETS = "fomc_target_changes.csv"
TURNING_POINTS = "nber_turning_points.csv"

LAST_TURNING_POINT, TURNING_POINTS_COMPLETE_TO = date(2021, 7, 19), date(2026, 9, 17)
"""NBER's last announcement in the shipped table, and the day up to which there was no later one. A table that ends with
another announcement is complete to that announcement; one of target changes to the day its last change took effect."""

Known: TypeAlias = Literal["announced", "same day", "next session", "week later", "next month end", "next quarter"]
"""The rule by which an observation becomes known; ``calendar.known`` carries it out."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One series of a compiled data set.

    Parameters
    ----------
    name : as strategies ask for it
    definition : what it measures
    unit : Unit
    frequency : how often it is observed
    known : the rule by which a value becomes known
    release : that rule in words
    source : who publishes it
    raw : raw file
    starts : first date at the source
    rights : whose it is
    revised : whether its publisher rewrites its past, so that today's history is not what was known then
    ended : whether its publisher has ended it for good
    """

    name: str
    definition: str
    unit: Unit
    frequency: str
    known: Known
    release: str
    source: str
    raw: str
    starts: date
    rights: str
    revised: bool = False
    ended: bool = False

    @property
    def pace(self) -> Pace:
        """Return how often the series is observed."""
        return "monthly" if self.frequency.startswith("monthly") else _PACES.get(self.known, "daily")


_PACES: Mapping[Known, Pace] = {
    "announced": "events",
    "week later": "weekly",
    "next month end": "monthly",
    "next quarter": "quarterly",
}


_NEXT_SESSION = "published after the stock close of its day: known at the close of the first session after it"
_NEXT_MONTH_END = "its release date is not in the data: known from the last day of the month after the one it is about"
_MONTHLY = "monthly; dated the first day of its month"


def _yield(name: str, maturity: str, starts: date) -> Fact:
    return Fact(
        name=name,
        definition=f"{maturity} US Treasury constant-maturity yield",
        unit=Unit.PERCENT_PER_YEAR,
        frequency="daily; days without a quote have no row",
        known="next session",
        release=_NEXT_SESSION,
        source=FRED,
        raw=f"fred/{name}.csv",
        starts=starts,
        rights=PUBLIC,
    )


def _policy(name: str, definition: str, unit: Unit) -> Fact:
    return Fact(
        name=name,
        definition=f"{definition}; observed on the day it takes effect, from the first announced change (1994-02-04)",
        unit=unit,
        frequency="at each change",
        known="announced",
        release="announced before the 16:00 ET stock close: known at that close, or the first after it",
        source=FOMC,
        raw=TARGETS,
        starts=date(1982, 10, 1),
        rights=FACTS,
    )


YIELDS: tuple[Fact, ...] = (
    _yield("DGS10", "10-year", date(1962, 1, 2)),
    _yield("DGS2", "2-year", date(1976, 6, 1)),
    _yield("DGS3MO", "3-month", date(1981, 9, 1)),
)

POLICY: tuple[Fact, ...] = (
    _policy("target_upper", "upper end of the Fed's target for the federal funds rate", Unit.PERCENT_PER_YEAR),
    _policy("target_lower", "lower end of the Fed's target for the federal funds rate", Unit.PERCENT_PER_YEAR),
    _policy("target_change", "change of the upper end of the Fed's target", Unit.BASIS_POINTS),
)

RECESSIONS: tuple[Fact, ...] = (
    Fact(
        name="nber_turning_point",
        definition="peaks (-1) and troughs (1) of the US business cycle; observed on the first day of the month",
        unit=Unit.TURNING_POINT,
        frequency="at each turning point",
        known="announced",
        release="known from the day NBER announced it, 4 to 21 months later",
        source=NBER,
        raw=TURNING_POINTS,
        starts=date(1990, 7, 1),
        rights=FACTS,
    ),
)


def _extra(name: str, definition: str, starts: date, **other: object) -> Fact:
    """Return a series of FRED's that a data set holds where it was asked for; a monthly percentage unless it says."""
    stated: dict[str, object] = {
        "unit": Unit.PERCENT_PER_YEAR,
        "frequency": _MONTHLY,
        "known": "next month end",
        "release": _NEXT_MONTH_END,
        "source": FRED,
        "rights": PUBLIC,
    }
    return Fact(name=name, definition=definition, starts=starts, raw=f"fred/{name}.csv", **(stated | other))  # type: ignore[arg-type]


_DAILY = {"frequency": "daily", "known": "next session", "release": _NEXT_SESSION}
_EVERY_DAY = {
    "frequency": "every calendar day",
    "known": "same day",
    "release": "dated on the announcement or the day after it: known at the close of its day, or the first after it",
}

EXTRAS: tuple[Fact, ...] = (
    _extra("DFF", "effective federal funds rate", date(1954, 7, 1), **(_DAILY | {"frequency": "every calendar day"})),
    _extra(
        "DFEDTAR",
        "Fed's target for the federal funds rate, to 2008-12-15",
        date(1982, 9, 27),
        **_EVERY_DAY,
        ended=True,
    ),
    _extra("DFEDTARU", "upper end of the Fed's target range, from 2008-12-16", date(2008, 12, 16), **_EVERY_DAY),
    _extra("DFEDTARL", "lower end of the Fed's target range, from 2008-12-16", date(2008, 12, 16), **_EVERY_DAY),
    _extra("DGS1MO", "1-month US Treasury constant-maturity yield", date(2001, 7, 31), **_DAILY),
    _extra("FEDFUNDS", "effective federal funds rate, mean of the month", date(1954, 7, 1)),
    _extra("GS10", "10-year US Treasury constant-maturity yield, mean of the month", date(1953, 4, 1)),
    _extra(
        "BAA10Y",
        "Moody's Baa corporate bond yield less the 10-year Treasury yield",
        date(1986, 1, 2),
        **_DAILY,
        source="Moody's and Federal Reserve Bank of St. Louis, by way of FRED",
        rights="Moody's; for your own use, not to be passed on",
    ),
    _extra(
        "BAMLH0A0HYM2",
        "option-adjusted spread of the ICE BofA US high-yield index",
        date(1996, 12, 31),
        **_DAILY,
        source="ICE Data Indices, by way of FRED",
        rights="ICE Data Indices; for your own use, not to be passed on",
    ),
    _extra(
        "CPIAUCSL",
        "consumer price index, all urban consumers, all items, seasonally adjusted, 1982-84 = 100",
        date(1947, 1, 1),
        unit=Unit.INDEX,
        source="US Bureau of Labor Statistics, by way of FRED",
        revised=True,
    ),
    _extra(
        "UNRATE",
        "civilian unemployment rate, seasonally adjusted",
        date(1948, 1, 1),
        unit=Unit.PERCENT,
        source="US Bureau of Labor Statistics, by way of FRED",
        revised=True,
    ),
    _extra(
        "USREC",
        "1 in a month of recession, else 0; months are dated years later: rules read nber_turning_point instead",
        date(1854, 12, 1),
        unit=Unit.YES_OR_NO,
        source="NBER, by way of FRED",
        revised=True,
    ),
    _extra(
        "NFCI",
        "Chicago Fed national financial conditions index, 0 on average; its whole past is estimated anew every week",
        date(1971, 1, 8),
        unit=Unit.SCORE,
        frequency="weekly; dated the Friday it ends on",
        known="week later",
        release="published in the week after: known from seven days after its Friday",
        source="Federal Reserve Bank of Chicago, by way of FRED",
        rights="Federal Reserve Bank of Chicago; free with attribution",
        revised=True,
    ),
    _extra(
        "GDPC1",
        "real gross domestic product, seasonally adjusted annual rate, billions of chained dollars",
        date(1947, 1, 1),
        unit=Unit.INDEX,
        frequency="quarterly; dated the first day of its quarter",
        known="next quarter",
        release="its release date is not in the data: known from the last day of the month after its quarter",
        source="US Bureau of Economic Analysis, by way of FRED",
        revised=True,
    ),
)


def _factor(name: str, definition: str, raw: str, starts: date) -> Fact:
    return Fact(
        name=name,
        definition=f"{definition}; growth over a month is the factor's return",
        unit=Unit.INDEX,
        frequency="monthly; at the last session of each complete month",
        known="same day",
        release="known at the close of the session it is about",
        source="Kenneth R. French Data Library, from CRSP",
        raw=raw,
        starts=starts,
        rights="index levels derived by this project, offered with attribution; the returns are not included",
    )


_THREE = "french/F-F_Research_Data_Factors_daily.csv"
_FIVE = "french/published/F-F_Research_Data_5_Factors_2x3_daily_202605_CSV.zip"
_MOMENTUM = "french/published/F-F_Momentum_Factor_daily_CSV.zip"

FACTORS: tuple[Fact, ...] = (
    _factor("factor_market", "market less bills (Mkt-RF)", _THREE, date(1926, 7, 1)),
    _factor("factor_size", "small less big (SMB of the three-factor file)", _THREE, date(1926, 7, 1)),
    _factor("factor_value", "high less low book to market (HML)", _THREE, date(1926, 7, 1)),
    _factor("factor_profitability", "robust less weak operating profitability (RMW)", _FIVE, date(1963, 7, 1)),
    _factor("factor_investment", "conservative less aggressive investment (CMA)", _FIVE, date(1963, 7, 1)),
    _factor("factor_momentum", "winners less losers of the past year (Mom)", _MOMENTUM, date(1926, 11, 3)),
)
"""Series of every data set, as far as its raw files reach: momentum is in one that was fetched."""

FACTOR_COLUMNS: Mapping[str, str] = {
    "factor_market": "Mkt-RF",
    "factor_size": "SMB",
    "factor_value": "HML",
    "factor_profitability": "RMW",
    "factor_investment": "CMA",
    "factor_momentum": "Mom",
}
"""Factor -> its column in the library's file."""

SERIES: Mapping[str, Fact] = {fact.name: fact for fact in (*YIELDS, *POLICY, *RECESSIONS, *EXTRAS, *FACTORS)}
