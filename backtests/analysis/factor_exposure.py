"""A run's months and its benchmark's, regressed on the factors of its market: alpha, exposures, and how these moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fedcycle.backtests.statistics.factor_regression import FEWEST, factor_regression, rolling_exposures
from fedcycle.data.market import Market
from fedcycle.data.series_catalog import FACTORS
from fedcycle.data.typing import Days, Float64

BILLS = "bills"
NAMES = {fact.name: fact.name.removeprefix("factor_") for fact in FACTORS}


@dataclass(frozen=True, eq=False)
class FactorMonths:
    """Complete months with all factors, paired with an account's.

    Parameters
    ----------
    months : (n,) days, the last session of each month
    account : (n,) fraction per month, less bills
    factors : (n, k) fraction per month
    names : k names, ``market`` first
    missing : factors that the market does not have
    reason : why there are none, in a sentence; empty where there are
    """

    months: Days
    account: Float64
    factors: Float64
    names: tuple[str, ...]
    missing: tuple[str, ...]
    reason: str = ""


def factor_months(market: Market, sessions: Days, value: Float64) -> FactorMonths:
    """Return the complete calendar months of an account over bills, with the factors of its market.

    A month counts where the account has its last session's close and the one before the month begins, bills have prices
    at both, and every factor has its level at the ends of both.

    Parameters
    ----------
    market : Market
    sessions : (T,) days of the account, sessions of the market
    value : (T,) US dollars, >= 0
    """
    held = [fact.name for fact in FACTORS if fact.name in market.series]
    missing = tuple(NAMES[fact.name] for fact in FACTORS if fact.name not in market.series)
    names = tuple(NAMES[name] for name in held)
    if not held:
        return _none(names, missing, f"market {market.name} has no factor series")
    if BILLS not in market.assets:
        return _none(names, missing, f"market {market.name} has no bills, over which returns are taken")
    of_market = market.sessions.astype("datetime64[M]")
    last = np.append(of_market[1:] != of_market[:-1], False)  # the newest month may go on
    at = np.searchsorted(market.sessions, sessions)
    ends = np.flatnonzero(last[at])
    bills = market.prices[at, market.column(BILLS)]
    own, cash = _growth(value[ends]), _growth(bills[ends])
    months = sessions[ends][1:].astype("datetime64[M]")
    factors = np.column_stack([_factor(market, name, months) for name in held])
    there = np.isfinite(own) & np.isfinite(cash) & np.isfinite(factors).all(axis=1)
    there &= np.diff(sessions[ends].astype("datetime64[M]")) == np.timedelta64(1, "M")
    return FactorMonths(sessions[ends][1:][there], (own - cash)[there], factors[there], names, missing)


def _none(names: tuple[str, ...], missing: tuple[str, ...], reason: str) -> FactorMonths:
    none = np.empty(0, dtype="datetime64[D]")
    return FactorMonths(none, np.empty(0), np.empty((0, len(names))), names, missing, reason)


def _growth(level: Float64) -> Float64:
    """Return the growth between levels, (n - 1,), NaN from a level of 0."""
    before = np.where(level[:-1] > 0, level[:-1], np.nan)
    return np.asarray(level[1:] / before - 1.0)


def _factor(market: Market, name: str, months: Any) -> Float64:
    """Return a factor's return in each month, NaN where a level is missing at either end."""
    s = market.series[name]
    observed = s.observed_on.astype("datetime64[M]")
    out = np.full(len(months), np.nan)
    place = np.searchsorted(observed, months)
    found = (place > 0) & (place < len(observed))
    found[found] &= observed[place[found]] == months[found]
    found[found] &= observed[place[found] - 1] == months[found] - np.timedelta64(1, "M")
    out[found] = s.values[place[found]] / s.values[place[found] - 1] - 1.0
    return out


def factor_block(market: Market, sessions: Days, *, value: Float64, benchmark: Float64) -> dict[str, Any]:
    """Return the regressions of an account and its benchmark as JSON can hold them.

    Returns
    -------
    first, last : the months of the regression, ``YYYY-MM``, or None
    factors, missing : names of the factors used, and of those that the market does not have
    account, benchmark : see ``factor_regression``
    """
    own, other = (factor_months(market, sessions, level) for level in (value, benchmark))
    return {
        "first": str(own.months[0])[:7] if len(own.months) else None,
        "last": str(own.months[-1])[:7] if len(own.months) else None,
        "factors": list(own.names),
        "missing": list(own.missing),
        "account": _regressed(own),
        "benchmark": _regressed(other),
    }


def _regressed(held: FactorMonths) -> dict[str, Any]:
    told = factor_regression(held.account, held.factors, names=held.names)
    return told | {"reason": held.reason or told["reason"]}


def rolling(held: FactorMonths, window: int = FEWEST) -> Sequence[tuple[str, Float64]]:
    """Return each factor's exposure over windows of months, name -> (n,), the first ``window - 1`` NaN."""
    found = rolling_exposures(held.account, held.factors, window=window)
    return [(name, found[:, k]) for k, name in enumerate(held.names)]
