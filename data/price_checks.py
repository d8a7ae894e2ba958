"""What a panel of prices must be to become a market, and what it says of each asset: arrays only."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.typing import Days, Float64, Int64, frozen


def spans(prices: Float64) -> tuple[Int64, Int64]:
    """Return the rows of the first and last price of each column, (N,) each."""
    there = ~np.isnan(prices)
    return frozen(there.argmax(axis=0)), frozen(len(prices) - 1 - there[::-1].argmax(axis=0))


def forward_fill_inside_span(prices: Float64) -> Float64:
    """Return prices with each gap inside a column's span filled with the last one before it: (T, N).

    Examples
    --------
    >>> carried(np.array([[np.nan], [5.0], [np.nan], [6.0], [np.nan]])).ravel()
    array([nan,  5.,  5.,  6., nan])
    """
    first, last = spans(prices)
    out = prices.copy()
    for j in np.flatnonzero((~np.isnan(prices)).sum(axis=0) != last - first + 1).tolist():
        inside = slice(int(first[j]), int(last[j]) + 1)
        column = out[inside, j]
        at = np.where(np.isnan(column), 0, np.arange(len(column)))
        out[inside, j] = column[np.maximum.accumulate(at)]
    return frozen(out)


def check_sessions(sessions: Days) -> None:
    """Raise DataError unless there are sessions, each with a date after the one before."""
    if not len(sessions):
        raise DataError("a market needs at least one session")
    if np.isnat(sessions).any():
        raise DataError("a session has no date")
    step = np.diff(sessions).astype(np.int64)
    bad = np.flatnonzero(step <= 0)
    if bad.size:
        i = int(bad[0])
        what = "is repeated" if step[i] == 0 else f"comes after {sessions[i]}"
        raise DataError(f"session {sessions[i + 1]} {what}; sessions must increase, each once")


def check_prices(what: str, sessions: Days, assets: tuple[str, ...], prices: Float64) -> None:
    """Raise DataError unless each asset has one column, and its prices are positive numbers or NaN, not all NaN."""
    if prices.shape != (len(sessions), len(assets)):
        raise DataError(f"{what}s have shape {prices.shape}, but {len(sessions)} sessions and {len(assets)} assets")
    repeated = {a for a in assets if assets.count(a) > 1} if len(set(assets)) < len(assets) else set()
    if repeated:
        raise DataError(f"asset {min(repeated)} is there twice; each asset needs one column")
    there = ~np.isnan(prices)
    bad = np.argwhere(there & ~((prices > 0) & np.isfinite(prices)))
    if len(bad):
        i, j = bad[0]
        raise DataError(f"{assets[j]}: {what} {prices[i, j]:g} on {sessions[i]}; a {what} must be positive and finite")
    empty = np.flatnonzero(~there.any(axis=0))
    if empty.size:
        raise DataError(f"{assets[int(empty[0])]}: no {what} at all; leave the asset out")


def check_opens(sessions: Days, assets: tuple[str, ...], opens: Float64, closes: Float64) -> None:
    """Raise DataError where a session opens without a close: what is bought then could not be valued."""
    lone = np.argwhere(~np.isnan(opens) & np.isnan(closes))
    if len(lone):
        i, j = lone[0]
        raise DataError(f"{assets[j]}: an open but no close on {sessions[i]}; give both, or neither")


OUTSIDE = 0.0101
"""Share by which a close may lie outside its high and low, as the readers of files allow: venues quote apart."""


def check_bars(sessions: Days, assets: tuple[str, ...], closes: Float64, bars: Mapping[str, Float64]) -> None:
    """Raise DataError unless highs, lows and volumes are of the closes' shape, in order, and not below zero."""
    for part, values in bars.items():
        if values.shape != closes.shape:
            raise DataError(f"{part}: {values.shape[0]} sessions of {values.shape[1]} assets; give it for every close")
        bad = {"high": values < closes, "low": values > closes, "volume": values < 0}[part] & ~np.isnan(values)
        bad &= (part == "volume") | (np.abs(values - closes) > OUTSIDE * np.abs(closes))
        if bad.any():
            i, j = np.argwhere(bad)[0]
            raise DataError(f"{assets[j]}: {part} is {values[i, j]:g} on {sessions[i]}, its close {closes[i, j]:g}")


def check_returns(assets: tuple[str, ...], returns: Mapping[str, float]) -> None:
    """Raise DataError unless what holders got after a last close is of an asset and at worst a total loss."""
    for asset, value in returns.items():
        if asset not in assets:
            raise DataError(f"a delisting return is of {asset!r}, which is no asset; leave it out")
        if not (math.isfinite(value) and value >= -1):
            raise DataError(
                f"{asset}: its delisting return is {value:g}; it is a fraction, -1 for a total loss or more"
            )
