"""Whether closes have dividends in them already, derived from the closes themselves; and splits that nobody took out.

Two independent signs. Traded closes lie on whole cents (or 64ths of a dollar), times whatever splits came later; closes
adjusted for a later dividend do not. And a traded price falls by the dividend on its ex-date, an adjusted one does not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from fedcycle.data.sources.files import Bars
from fedcycle.data.typing import Bool, Day, Float64

CENT, SIXTY_FOURTH = 0.01, 1 / 64
LATER_SPLITS = (1, 2, 3, 4, 5, 6, 8, 10)
"""Products of later splits that are tried where a file does not say which there were."""
MOSTLY, HARDLY = 0.95, 0.25
"""Shares of closes on the grid of traded prices from which on, and under which, they are taken to be traded or not."""
ENOUGH = 20
"""Closes before the last dividend under which their places on a grid say little."""
CLEAR = 3.0
"""Standard errors from which on the ex-dates decide."""
HARDLY_MATTERS = 0.10
"""Sum of all dividends over prices up to which closes on whole cents are taken as traded without the ex-dates' word."""
SMALLEST_STEP = 2e-4
"""Fraction of the price under which a step of the factor of adjustment is rounding, not a dividend."""
FACTORS = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 50.0, 100.0)
"""Usual splits; their inverses are reverse splits."""
NEAR_FACTOR = 0.06
"""How far the log of a move may lie from that of a split: what prices do besides on such a day."""


class Verdict(StrEnum):
    """What closes beside dividends are."""

    TRADED = "traded"
    ADJUSTED = "adjusted"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Evidence:
    """A verdict and the sentence that it rests on."""

    verdict: Verdict
    text: str


def closes_beside_dividends(bars: Bars) -> Evidence:
    """Return whether an asset's closes are as traded (splits aside) or have its dividends in them already.

    Parameters
    ----------
    bars : with ``close`` and ``dividends``, at least one dividend after the first row

    Returns
    -------
    Evidence
        ``unsure`` where the two signs contradict each other, or neither is clear.
    """
    close, paid = bars.prices["close"], bars.paid["dividends"]
    last = int(np.flatnonzero(paid[1:])[-1]) + 1
    digits = _digits(close)
    share, falls = _on_grid(bars, last), _ex_dates(bars)
    where = f"{100 * share:.0f}% of the {last:,} closes before the last dividend are on whole cents or 64ths"
    if digits <= 2:
        return _of_whole_cents(bars, falls)
    if share >= MOSTLY:
        if falls.verdict is Verdict.ADJUSTED:
            return Evidence(Verdict.UNSURE, f"{where}, as traded ones are, yet {falls.text}")
        return Evidence(Verdict.TRADED, f"{where}, as traded ones are")
    if falls.verdict is Verdict.TRADED:
        if share <= HARDLY and last >= ENOUGH:
            return Evidence(Verdict.UNSURE, f"only {where}, yet {falls.text}")
        return Evidence(Verdict.TRADED, falls.text)
    if share <= HARDLY and (falls.verdict is Verdict.ADJUSTED or _is_default_export(bars)):
        more = f"and {falls.text}" if falls.verdict is Verdict.ADJUSTED else "as in yfinance's default export"
        return Evidence(Verdict.ADJUSTED, f"only {where}, {more}")
    return Evidence(Verdict.UNSURE, where)


def _of_whole_cents(bars: Bars, falls: Evidence) -> Evidence:
    """Return the verdict on closes of two decimals at most: adjusted ones that were rounded look like traded ones."""
    if falls.verdict is not Verdict.UNSURE:
        return falls
    if _is_default_export(bars):
        what = "yfinance's default export has closes with dividends in them, and two decimals cannot tell"
        return Evidence(Verdict.UNSURE, what)
    paid, close = bars.paid["dividends"], bars.prices["close"]
    share = float((paid[1:] / close[:-1]).sum())
    if share > HARDLY_MATTERS:
        what = f"all closes have two decimals at most, whether traded or rounded, and {falls.text}"
        return Evidence(Verdict.UNSURE, what)
    return Evidence(
        Verdict.TRADED, f"all closes are on whole cents, as traded ones are; {falls.text}, {100 * share:.2g}% in all"
    )


def dividend_steps(close: Float64, adjusted: Float64) -> Bool:
    """Return at which rows an adjusted close steps against the close as for a dividend, (n,), not as for a split.

    Parameters
    ----------
    close, adjusted : (n,) > 0
    """
    step = np.diff(np.log(adjusted / close))
    split = np.array([_split_of(math.exp(s)) is not None for s in step.tolist()], dtype=bool)
    # Whole numbers are rarely rounded to them: a half cent is the most that is taken for rounding.
    noise = 2.0 * (
        np.minimum(_rounding(close), CENT / 2) / close + np.minimum(_rounding(adjusted), CENT / 2) / adjusted
    )
    moved = np.abs(step) > np.maximum(np.maximum(noise[1:], noise[:-1]), SMALLEST_STEP)
    return np.concatenate([[False], moved & ~split])


def unadjusted_splits(level: Float64) -> Iterator[tuple[int, float]]:
    """Yield (row, factor) of each move from one row to the next that is that of a usual split, 2.0 for two for one."""
    ratio = level[1:] / level[:-1]
    for k in np.flatnonzero(np.abs(np.log(ratio)) > math.log(1.4)).tolist():
        factor = _split_of(1.0 / float(ratio[k]))
        if factor is not None:
            yield k + 1, factor


def standing_still(bars: Bars, level: Float64, *, min_: int) -> Iterator[tuple[Day, Day, int, bool]]:
    """Yield (first, last, rows, whether nothing was traded) of each stretch of at least so many equal closes."""
    changes = np.flatnonzero(np.concatenate([[True], np.diff(level) != 0, [True]]))
    for start, end in zip(changes[:-1].tolist(), changes[1:].tolist(), strict=True):
        if end - start >= min_:
            volume = bars.volume
            idle = volume is not None and bool((np.nan_to_num(volume[start + 1 : end]) == 0).all())
            yield bars.days[start], bars.days[end - 1], end - start, idle


def _split_of(ratio: float) -> float | None:
    """Return the usual split that a ratio of prices before to after is near to, or None."""
    for factor in FACTORS:
        near = NEAR_FACTOR if factor >= 2 else NEAR_FACTOR / 2
        if abs(math.log(ratio / factor)) <= near:
            return factor
        if abs(math.log(ratio * factor)) <= near:
            return 1.0 / factor
    return None


def _digits(values: Float64) -> int:
    """Return the most decimals that numbers have, at most 9."""
    sample = values[:: max(1, len(values) // 500)]
    most = 0
    for value in sample.tolist():
        _, _, decimals = repr(value).partition(".")
        if "e" in decimals:
            return 9
        most = max(most, 0 if decimals == "0" else len(decimals))
    return min(most, 9)


def _rounding(values: Float64) -> Float64:
    """Return half a unit of the last place that each number can have, by decimals and by significant digits, (n,)."""
    most = 1
    for value in values[:: max(1, len(values) // 500)].tolist():
        whole = repr(value).partition("e")[0].replace(".", "").lstrip("0")
        most = max(most, len(whole.rstrip("0")))
    places = np.minimum(_digits(values), most - 1 - np.floor(np.log10(values)))
    return np.asarray(0.5 * 10.0**-places)


def _on_grid(bars: Bars, last: int) -> float:
    """Return the largest share of the closes before a row that lie where traded prices do."""
    close = bars.prices["close"][:last]
    error = _rounding(close) + 1e-7 * close  # what printing took, and what a float32 cannot hold
    splits = bars.paid.get("splits")
    later = np.ones(last)
    if splits is not None:
        steps = np.where(splits > 0, splits, 1.0)
        later = np.append(np.cumprod(steps[::-1])[::-1][1:], 1.0)[:last]
    best = 0.0
    for multiple in LATER_SPLITS:
        factor = later * multiple
        fits, chance = np.zeros(last, dtype=bool), np.ones(last)
        for grid in (CENT, SIXTY_FOURTH):
            away = np.abs(close * factor / grid - np.round(close * factor / grid)) * grid
            width = error * factor
            fits |= away <= width
            chance *= 1.0 - np.minimum(2 * width / grid, 1.0)
        telling = chance > 0.5  # where rounding is coarser any number would fit
        if telling.sum() >= min(ENOUGH, last):
            lucky = 1.0 - float(chance[telling].mean())
            best = max(best, (float(fits[telling].mean()) - lucky) / (1.0 - lucky))
    return best


def _ex_dates(bars: Bars) -> Evidence:
    """Return whether prices fall by the dividends on ex-dates.

    The fall is seen from the close before to the open, where there are opens, else to the close; each is weighted by
    the spread of such moves within 21 rows, at least half a percent, or one where there are hardly any rows. A share b
    of the dividends falls: b is 1 where closes are as traded and 0 where they are adjusted, each refuted ``CLEAR``
    standard errors away.
    """
    close, paid = bars.prices["close"], bars.paid["dividends"]
    to = bars.prices.get("open", close)
    splits = bars.paid.get("splits")
    ex = paid[1:] > 0
    move = np.log(to[1:] / close[:-1])
    if splits is not None:
        jump = splits[1:] > 0
        # A split that is still in the closes is no fall.
        move = np.where(jump & (np.abs(move + np.log(np.where(jump, splits[1:], 1.0))) < np.abs(move)), 0.0, move)
    rest = move[~ex]
    spread = np.array([_spread(move, ex, k) for k in np.flatnonzero(ex).tolist()])
    spread = np.maximum(spread, 0.005 if len(rest) >= ENOUGH else 0.01)
    drop = np.log1p(-np.minimum(paid[1:][ex] / close[:-1][ex], 0.95))
    x = move[ex] - (float(np.median(rest)) if len(rest) else 0.0)
    information = float((drop**2 / spread**2).sum())
    error = 1.0 / math.sqrt(information)
    # A crash on an ex-date counts as four spreads at most.
    b = float((np.clip(x, -4 * spread + drop, 4 * spread) * drop / spread**2).sum()) / information
    count = f"{int(ex.sum())} ex-date{'s' if ex.sum() > 1 else ''}"
    said = f"{100 * b:.0f}% of the dividends fall out of the prices on {count} (standard error {100 * error:.0f})"
    if b >= CLEAR * error and abs(1 - b) < CLEAR * error:
        return Evidence(Verdict.TRADED, said)
    if 1 - b >= CLEAR * error and abs(b) < CLEAR * error:
        return Evidence(Verdict.ADJUSTED, said)
    return Evidence(Verdict.UNSURE, f"{count} cannot tell")


def _spread(move: Float64, ex: Bool, k: int) -> float:
    """Return the spread of the moves without a dividend around a row."""
    near = slice(max(0, k - 21), k + 22)
    around = move[near][~ex[near]]
    return float(around.std()) if len(around) > 1 else 0.0


def _is_default_export(bars: Bars) -> bool:
    """Return whether a file is yfinance's own and has no adjusted close: then its closes are adjusted."""
    return bars.dialect.startswith("yfinance") and "adjusted" not in bars.prices and "open" in bars.prices
