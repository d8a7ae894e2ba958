"""Sessions paired with the 10-year yield's changes, and how closely two paired columns move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.statistics import kernel
from fedcycle.backtests.statistics.kernel import NORMAL_95
from fedcycle.backtests.statistics.sample import Whole
from fedcycle.data.market import Market
from fedcycle.data.typing import Days, Float64, Int64


@dataclass(frozen=True, eq=False)
class RollingRegression:
    """How a return goes with a yield's change, window by window.

    Parameters
    ----------
    correlation, low, high : (n,) in [-1, 1], with the ends of the 95% interval (Fisher's z, sessions independent)
    beta, beta_low, beta_high : (n,) fraction of value per percentage point of yield, with the ends of its 95% interval
    """

    correlation: Float64
    low: Float64
    high: Float64
    beta: Float64
    beta_low: Float64
    beta_high: Float64


def yield_changes(market: Market, name: str, sessions: Days) -> tuple[Int64, Float64]:
    """Return the sessions that have a yield of their own and an earlier one, and the change since the last of them.

    A session without a yield makes no pair, and the next pair's change spans it; a yield of a day without a session
    enters none. Without the series there are no pairs.

    Returns
    -------
    (n,) index into ``sessions``, (n,) percentage points
    """
    series = market.series.get(name)
    if series is None:
        return np.empty(0, dtype=np.int64), np.empty(0)
    order = np.argsort(series.observed_on, kind="stable")
    days, values = series.observed_on[order], series.values[order]
    at = np.minimum(np.searchsorted(sessions, days), len(sessions) - 1)
    there = sessions[at] == days
    rows, levels = at[there].astype(np.int64), values[there]
    changes = np.diff(levels)
    usable = rows[1:] >= 1
    return rows[1:][usable], changes[usable]


def rolling_regression(returns: Float64, changes: Float64, window: int) -> RollingRegression:
    """Return how returns go with changes over each window of ``window`` pairs, the first ``window - 1`` NaN.

    Parameters
    ----------
    returns : (n,) fraction
    changes : (n,) percentage points
    window : pairs, >= 4
    """
    n = len(returns)
    shape = np.full((6, n), np.nan)
    if n >= window:
        y, x = (np.lib.stride_tricks.sliding_window_view(v, window) for v in (returns, changes))
        shape[:, window - 1 :] = _moments(y, x)
    return RollingRegression(*shape)


def _moments(y: Float64, x: Float64) -> Float64:
    n = y.shape[1]
    windows = Whole({"r": y, "b": x}, per_year=1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        # What never moved goes with nothing: no figure, not zero.
        r = kernel.linked(windows, kernel.own, kernel.benchmark)
        scale = kernel.size(windows, kernel.own) / kernel.size(windows, kernel.benchmark)
        z, wide = np.arctanh(np.clip(r, -0.999999, 0.999999)), NORMAL_95 / np.sqrt(n - 3)
        beta = r * scale
        error = NORMAL_95 * scale * np.sqrt((1.0 - r**2) / (n - 2))
    return np.array([r, np.tanh(z - wide), np.tanh(z + wide), beta, beta - error, beta + error])
