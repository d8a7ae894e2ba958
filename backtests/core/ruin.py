"""Ruin: when an account counts as lost. numpy only; every engine asks here."""

from __future__ import annotations

import numpy as np

from fedcycle.data.typing import Bool, Float64

RUIN = 1e-9
"""Share of its highest value so far, starting capital included, at or below which an account is lost.

Far above what rounding leaves of a lost account (the reserve of 1e-12 and sums of 1e-16 each), and far below any
value that somebody would trade: a thousandth of a dollar of a million.
"""


def is_ruined(value: Float64 | float, highest: Float64 | float) -> Bool:
    """Return where a value is at most ``RUIN`` of the highest so far.

    Examples
    --------
    >>> is_ruined(np.array([1e-4, 1e-3, 1.0]), 1e6)
    array([ True,  True, False])
    """
    return np.asarray(value <= RUIN * np.asarray(highest))


def ruined_at(value: Float64, capital: float) -> int | None:
    """Return the first session in which an account is lost, None for never.

    Parameters
    ----------
    value : (T,) US dollars at each close
    capital : US dollars before the first

    Examples
    --------
    >>> ruined_at(np.array([100.0, 120.0, 1e-8, 90.0]), 100.0)
    2
    """
    lost = is_ruined(value, np.maximum.accumulate(np.maximum(value, capital)))
    return int(lost.argmax()) if lost.any() else None
