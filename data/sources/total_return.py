"""Prices as people have them -> total-return levels, opening levels on the same scale, and the evidence for each."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from fedcycle.data.errors import DataError
from fedcycle.data.sources.adjustment_evidence import (
    Verdict,
    closes_beside_dividends,
    dividend_steps,
    standing_still,
    unadjusted_splits,
)
from fedcycle.data.sources.dividends import Dividends
from fedcycle.data.sources.files import Bars
from fedcycle.data.typing import Day, Days, Float64

LARGEST_MOVE = 3.0
"""A close of three times the one before, or a third of it, is more often another unit than a move."""
STILL = 10
"""Equal closes in a row from which on a price counts as standing still."""
APART = 0.02
"""Fraction by which an adjusted close may grow otherwise than its closes with their dividends before that is said."""

WAYS = (
    "say --total-return if dividends are in these prices already, give them with --dividends FILE or a column "
    "dividends, or say --price-return to go without (stamped on every page)"
)
_UNSURE = (
    "say --as-traded if its closes are without them, --total-return if they are in the closes already, or give both "
    "close and adj close"
)


class Claim(StrEnum):
    """What a user says of the prices of an asset."""

    TOTAL = "total-return"
    PRICE = "price-return"
    TRADED = "as-traded"


@dataclass(frozen=True, eq=False)
class TotalReturn:
    """An asset's total-return level.

    Parameters
    ----------
    name : asset
    days : (n,) days
    level : (n,) total-return level at the close
    opens : (n,) the same at the open, or None where the file has no opens
    how : a sentence on how it was made, with the evidence that it is total return
    stamps : what every figure made from it must say, such as ``PRICE RETURN: SPX``
    notes : what looks odd in it
    before : level on the session before the first day, where the file holds returns; else None
    bars : what it was made from
    rest : ``high``, ``low`` or ``volume`` -> (n,): prices on the scale of the level, and units of the level traded
    """

    name: str
    days: Days
    level: Float64
    opens: Float64 | None
    how: str
    stamps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    before: float | None = None
    bars: Bars | None = None
    rest: Mapping[str, Float64] = field(default_factory=dict)


def total_return(
    bars: Bars,
    *,
    claim: Claim | None = None,
    fallback: bool = False,
    splits: Mapping[Day, float] = MappingProxyType({}),
) -> TotalReturn:
    """Return an asset's total-return level.

    Parameters
    ----------
    bars : what a file says of it
    claim : what the user says of its prices; None to tell by the evidence
    fallback : whether prices of which nothing tells count as total return, as the user says of several files at once
    splits : day -> new shares for one old, of splits that the file left in; 1 says that there was none

    Raises
    ------
    DataError
        Where the prices are price return as far as one can see, where nothing is sure, or where a split was left in.
    """
    bars, mended = _mended(bars, splits)
    close, opens = bars.prices.get("close"), bars.prices.get("open")
    level, how, stamps = _told(bars, claim=claim, fallback=fallback)
    stamps = (*stamps, *mended)
    notes = list(_payments_ignored(bars, how, claim))
    for k, factor in unadjusted_splits(level):
        day = bars.days[k]
        if day not in splits:
            raise _unadjusted(bars, k, factor, level)
    notes += _odd(bars, level)
    rest: dict[str, Float64] = {}
    if opens is not None and close is not None:
        # A day's open and close are adjusted by the same factor: dividends and splits fall between sessions.
        scale = level / close
        opens, how = opens * scale, f"{how}; opens adjusted like their closes"
        rest = {part: bars.prices[part] * scale for part in ("high", "low") if part in bars.prices}
        if bars.volume is not None:
            rest["volume"] = bars.volume / scale  # price times units is the money that was traded
    elif opens is not None:
        opens = None
        how += "; opens are left out, as without the unadjusted close nothing says how to adjust them"
    return TotalReturn(bars.name, bars.days, level, opens, how, stamps, tuple(notes), bars.before, bars, rest)


def with_dividends(bars: Bars, paid_out: Dividends) -> Bars:
    """Return an asset with dividends from another file, each on the first row on or after its day.

    Raises
    ------
    DataError
        Where the asset has dividends already, or a payment comes after its last row.
    """
    if bars.paid.get("dividends") is not None and bars.paid["dividends"].any():
        line = bars.line(int(np.flatnonzero(bars.paid["dividends"])[0]))
        raise DataError(f"{bars.file}:{line}: {bars.name} has dividends already; leave {paid_out.file} or them out")
    paid = np.zeros(len(bars.days))
    inside = np.asarray(paid_out.days >= bars.days[0], dtype=bool)
    at = np.searchsorted(bars.days, paid_out.days[inside])
    if len(at) and at.max() >= len(bars.days):
        k = int(np.flatnonzero(inside)[at == len(bars.days)][0])
        raise DataError(
            f"{paid_out.file}:{paid_out.lines[k]}: a dividend on {paid_out.days[k]}, after the last price of "
            f"{bars.name}, {bars.days[-1]}; leave it out"
        )
    np.add.at(paid, at, paid_out.amounts[inside])
    return dataclasses.replace(bars, paid={**bars.paid, "dividends": paid})


def _told(bars: Bars, *, claim: Claim | None, fallback: bool) -> tuple[Float64, str, tuple[str, ...]]:
    """Return the level, the sentence on it and its stamps."""
    prices = bars.prices
    close, adjusted, total = prices.get("close"), prices.get("adjusted"), prices.get("total")
    if claim is Claim.TOTAL:
        level = next(p for p in (total, adjusted, close, prices.get("unadjusted")) if p is not None)
        return level, "taken as total return, as the user says", ()
    if claim is Claim.PRICE:
        level = next(p for p in (close, prices.get("unadjusted"), adjusted, total) if p is not None)
        ratio, how = _split(bars) if close is not None else (np.ones(len(level)), "")
        growth = level[1:] * ratio[1:] / level[:-1]
        made = np.append(1.0, np.cumprod(growth))
        level = level if not how else made * (level[-1] / made[-1])
        return level, f"price return, as the user says: dividends are missing{how}", (f"PRICE RETURN: {bars.name}",)
    if total is not None:
        column = bars.titles.get("total", bars.titles.get("returns", "its returns"))
        what = "compounded from the returns" if "returns" in bars.titles else "the column"
        return total, f"{what} {column}, total return by its name", ()
    try:
        return (*_by_evidence(bars, claim), ())
    except DataError:
        if not fallback or bars.paid.get("dividends", np.zeros(1)).any():
            raise
        level = next(p for p in (adjusted, close) if p is not None)
        return level, "taken as total return, as the user says", ()


def _by_evidence(bars: Bars, claim: Claim | None) -> tuple[Float64, str]:
    prices, where = bars.prices, f"{bars.file}: {bars.name}"
    close, adjusted, unadjusted = prices.get("close"), prices.get("adjusted"), prices.get("unadjusted")
    traded = close if close is not None else unadjusted
    if adjusted is not None and traded is None:
        raise DataError(f"{where}: nothing says whether these are total-return or price-return levels; {WAYS}")
    if adjusted is not None and traded is not None:
        return _stepping(bars, traded, adjusted, "adjusted close")
    if close is None:
        raise DataError(f"{where} has only unadjusted closes; {WAYS}")
    if unadjusted is not None and dividend_steps(unadjusted, close).any():
        return _stepping(bars, unadjusted, close, "close")
    return _with_payments(bars, close, claim)


def _with_payments(bars: Bars, close: Float64, claim: Claim | None) -> tuple[Float64, str]:
    """Return the level of closes with a column of dividends, or the closes where these are in them already."""
    where = f"{bars.file}: {bars.name}"
    if "dividends" not in bars.paid:
        raise DataError(f"{where} is price return: it has closes without dividends; {WAYS}")
    if not bars.paid["dividends"][1:].any():
        raise DataError(f"{where} is price return: no dividend in {len(close)} rows; {WAYS}")
    if claim is Claim.TRADED:
        return _compounded(bars, "closes are as traded, as the user says")
    if "unadjusted" in bars.prices:
        return _compounded(bars, "closes differ from the unadjusted ones by splits alone")
    evidence = closes_beside_dividends(bars)
    if evidence.verdict is Verdict.TRADED:
        return _compounded(bars, evidence.text)
    if evidence.verdict is Verdict.ADJUSTED:
        return close, f"the close, which has the dividends in it already: {evidence.text}"
    raise DataError(
        f"{where}: nothing is sure of whether its dividends are in its closes already ({evidence.text}); {_UNSURE}"
    )


def _stepping(bars: Bars, close: Float64, adjusted: Float64, what: str) -> tuple[Float64, str]:
    """Return an adjusted close, if it steps against the close as dividends make it."""
    steps = int(dividend_steps(close, adjusted).sum())
    paid = bars.paid.get("dividends", np.zeros(len(close)))[1:]
    where = f"{bars.file}: {bars.name} is price return"
    if not steps and paid.any():
        raise DataError(f"{where}: its {what} ignores its dividends; {WAYS}")
    if not steps:
        raise DataError(
            f"{where} as far as one can see: in {len(close)} rows its {what} never moves away from its close as for a "
            f"dividend; {WAYS}"
        )
    dividends = f"{steps} dividend{'s' if steps > 1 else ''}"
    return (
        adjusted,
        f"the {what}, which steps away from the close {'once' if steps == 1 else f'{steps} times'}, as for {dividends}",
    )


def _compounded(bars: Bars, evidence: str) -> tuple[Float64, str]:
    """Return a level made of closes, dividends and splits, which stands where the last close does."""
    ratio, how = _split(bars)
    level = _reinvested(bars, ratio)
    return level, f"closes with dividends reinvested at the close of their day ({evidence}){how}"


def _reinvested(bars: Bars, ratio: Float64) -> Float64:
    close, paid = bars.prices["close"], bars.paid["dividends"]
    growth = (close[1:] * ratio[1:] + paid[1:] * ratio[1:]) / close[:-1]
    level = np.append(1.0, np.cumprod(growth))
    return np.asarray(level * (close[-1] / level[-1]))


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
        odd = at[raw.index(False)]
        raise DataError(
            f"{bars.file}:{bars.line(odd)}: {bars.name}: closes fall with some splits and not with that of "
            f"{bars.days[odd]}; give them all adjusted or all as traded"
        )
    ones[at] = splits[at]
    return ones, f"; {len(at)} splits taken out"


def _mended(bars: Bars, splits: Mapping[Day, float]) -> tuple[Bars, list[str]]:
    """Return an asset whose prices before each stated split are those of the shares after it, and its stamps."""
    stamps = []
    prices, paid = dict(bars.prices), dict(bars.paid)
    for day, factor in sorted(splits.items()):
        if not bars.days[0] < day <= bars.days[-1]:
            raise DataError(
                f"--split of {bars.name} is on {day}, but its rows go from {bars.days[0]} to {bars.days[-1]}"
            )
        if factor == 1.0:
            continue
        before = bars.days < day
        for role in prices:
            if role not in ("adjusted", "total") or "close" not in prices:
                prices[role] = np.where(before, prices[role] / factor, prices[role])
        if "dividends" in paid:
            paid["dividends"] = np.where(before, paid["dividends"] / factor, paid["dividends"])
        stamps.append(f"SPLIT MENDED: {bars.name} {day} {factor:g}")
    return dataclasses.replace(bars, prices=prices, paid=paid), stamps


def _unadjusted(bars: Bars, k: int, factor: float, level: Float64) -> DataError:
    day, move = bars.days[k], 100 * float(level[k] / level[k - 1] - 1)
    said = f"{factor:g} for one" if factor > 1 else f"one for {1 / factor:g}"
    return DataError(
        f"{bars.file}:{bars.line(k)}: {bars.name} moves by {move:+,.1f}% from {bars.days[k - 1]} to {day}, as for a "
        f"split {said} that was left in; say --split {bars.name}:{day}={factor:g} to take it out, or "
        f"--split {bars.name}:{day}=1 if there was none"
    )


def _payments_ignored(bars: Bars, how: str, claim: Claim | None) -> list[str]:
    """Return a note where a claim leaves dividends of the file unused."""
    paid = bars.paid.get("dividends")
    if claim not in (Claim.TOTAL, Claim.PRICE) or paid is None or not paid.any():
        return []
    count, total = int((paid > 0).sum()), float(paid.sum())
    return [f"{bars.name}: its {count} dividends ({total:g} in all) are not used, as it is {how}"]


def _odd(bars: Bars, level: Float64) -> list[str]:
    """Return notes on what looks odd: a huge move, a price that stands still, two ways to total return that differ."""
    notes = []
    if len(level) > 1:
        ratio = level[1:] / level[:-1]
        k = int(np.abs(np.log(ratio)).argmax())
        if not 1 / LARGEST_MOVE < ratio[k] < LARGEST_MOVE:
            notes.append(
                f"{bars.name} moves by {100 * (ratio[k] - 1):+,.0f}% from {bars.days[k]} to {bars.days[k + 1]}; "
                "if that is a split or another unit, correct it at the source"
            )
    for first, last, rows, idle in standing_still(bars, level, min_=STILL):
        traded = " and no volume" if idle else ""
        notes.append(
            f"{bars.name} has one price{traded} in the {rows} rows from {first} to {last}: stale, or not traded"
        )
    close, paid, adjusted = bars.prices.get("close"), bars.paid.get("dividends"), bars.prices.get("adjusted")
    if close is not None and adjusted is not None and paid is not None and paid.any():
        other = _reinvested(bars, _split(bars)[0])
        ours, theirs = float(adjusted[-1] / adjusted[0]), float(other[-1] / other[0])
        if abs(ours / theirs - 1) > APART:
            notes.append(
                f"{bars.name}: its adjusted close grows {ours:.2f} times, its closes with their dividends {theirs:.2f} "
                "times; the adjusted close is used"
            )
    return notes
