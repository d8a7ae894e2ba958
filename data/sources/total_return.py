"""Prices as traded -> total-return levels, opening levels on the same scale, and how they were made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.sources.files import Bars
from fedcycle.data.typing import Days, Float64

LONG = 504
"""Sessions, two years, after which an asset without any dividend is taken for a price index."""

DECLARE = "give prices with dividends, or say --total-return if dividends are in these prices already"


@dataclass(frozen=True, eq=False)
class TotalReturn:
    """An asset's total-return level.

    Parameters
    ----------
    name : asset
    days : (n,) days
    level : (n,) total-return level at the close
    opens : (n,) the same at the open, or None where the file has no opens
    how : a sentence on how it was made
    """

    name: str
    days: Days
    level: Float64
    opens: Float64 | None
    how: str


def total_return(bars: Bars, *, declared: bool) -> TotalReturn:
    """Return an asset's total-return level.

    Parameters
    ----------
    bars : what a file says of it
    declared : whether the user says that the prices are total return already

    Raises
    ------
    DataError
        Where the prices are price return, as far as one can see, or splits are neither in nor out of them.
    """
    close, adjusted = bars.prices.get("close"), bars.prices.get("adjusted")
    opens = bars.prices.get("open")
    if declared:
        level, how = (adjusted if adjusted is not None else close), "taken as total return, as the user says"
    elif adjusted is not None and close is None:
        raise DataError(
            f"{bars.file}: {bars.name}: nothing says whether these are total-return or price-return levels; {DECLARE}"
        )
    elif adjusted is not None:
        level, how = _adjusted(bars), "the adjusted close"
    elif "dividends" in bars.paid:
        level, how = _compounded(bars)
    else:
        raise DataError(f"{bars.file}: {bars.name} is price return: it has closes without dividends; {DECLARE}")
    assert level is not None  # noqa: S101 - a file without close and adjusted close was refused when it was read
    if opens is None:
        return TotalReturn(bars.name, bars.days, level, None, how)
    if close is None:
        how += "; opens are left out, as without the unadjusted close nothing says how to adjust them"
        return TotalReturn(bars.name, bars.days, level, None, how)
    # A day's open and close are adjusted by the same factor: dividends and splits fall between sessions.
    return TotalReturn(bars.name, bars.days, level, opens * (level / close), how + "; opens adjusted like their closes")


def _adjusted(bars: Bars) -> Float64:
    close, adjusted = bars.prices["close"], bars.prices["adjusted"]
    factor = adjusted / close
    flat = bool(np.allclose(factor, factor[0], rtol=1e-6, atol=0.0))
    paid = bars.paid.get("dividends", np.zeros(len(close)))[1:].any()
    if flat and paid:
        raise DataError(
            f"{bars.file}: {bars.name} is price return: its adjusted close ignores its dividends; {DECLARE}"
        )
    if flat and len(close) > LONG:
        raise DataError(
            f"{bars.file}: {bars.name} is price return: adjusted close and close are alike for {len(close)} rows; "
            f"{DECLARE}"
        )
    return adjusted


def _compounded(bars: Bars) -> tuple[Float64, str]:
    """Return a level made of closes, dividends and splits, which stands where the last close does."""
    close, paid = bars.prices["close"], bars.paid["dividends"]
    if len(close) > LONG and not paid.any():
        raise DataError(f"{bars.file}: {bars.name} is price return: no dividend in {len(close)} rows; {DECLARE}")
    ratio, how = _split(bars)
    growth = (close[1:] * ratio[1:] + paid[1:] * ratio[1:]) / close[:-1]
    level = np.append(1.0, np.cumprod(growth))
    return level * (close[-1] / level[-1]), f"closes with dividends reinvested at the close of their day{how}"


def _split(bars: Bars) -> tuple[Float64, str]:
    """Return how many shares became of one each day, 1 where closes are split adjusted, and what to say of it."""
    close, splits = bars.prices["close"], bars.paid.get("splits", np.zeros(len(bars.days)))
    at = [t for t in np.flatnonzero((splits != 0.0) & (splits != 1.0)).tolist() if t > 0]
    ones = np.ones(len(close))
    if not at:
        return ones, ""
    move = [float(np.log(close[t] / close[t - 1])) for t in at]
    raw = [abs(m + float(np.log(splits[t]))) < abs(m) for t, m in zip(at, move, strict=True)]
    if not any(raw):
        return ones, "; closes are split adjusted already"
    if not all(raw):
        odd = bars.days[at[raw.index(False)]]
        raise DataError(
            f"{bars.file}: {bars.name}: closes fall with some splits and not with that of {odd}; "
            "give them all adjusted or all as traded"
        )
    ones[at] = splits[at]
    return ones, f"; {len(at)} splits taken out"
