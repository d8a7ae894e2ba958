"""The drawdowns of an account, one by one: from a peak over the lowest close to the first close at the peak again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedcycle.backtests.statistics.kernel import depth
from fedcycle.data.typing import Days, Float64, Int64


@dataclass(frozen=True, eq=False)
class Drawdowns:
    """The drawdowns of an account, oldest first.

    Parameters
    ----------
    peak, trough, recovered : (k,) rows of the last close at the peak, the first lowest close, and the first close back
        at the peak or above; ``recovered`` is T where the account is still below its peak at the last close
    depth : (k,) fraction, in [-1, 0)
    days : (k,) calendar days from the peak until it was reached again, or until the last session
    """

    peak: Int64
    trough: Int64
    recovered: Int64
    depth: Float64
    days: Int64

    def __len__(self) -> int:
        return len(self.peak)


def drawdown_periods(value: Float64, sessions: Days) -> Drawdowns:
    """Return the drawdowns of an account.

    Parameters
    ----------
    value : (T,) US dollars, >= 0, the first > 0, no NaN
    sessions : (T,) days

    Examples
    --------
    >>> days = np.datetime64("2001-01-01") + np.arange(6)
    >>> found = falls(np.array([100.0, 120.0, 90.0, 60.0, 126.0, 63.0]), days)
    >>> [x.tolist() for x in (found.peak, found.trough, found.recovered, found.depth, found.days)]
    [[1, 4], [3, 5], [4, 6], [-0.5, -0.5], [3, 1]]
    """
    under = depth(value) < 0.0
    edge = np.diff(under.view(np.int8), prepend=0, append=0)
    first, stop = np.flatnonzero(edge == 1), np.flatnonzero(edge == -1)
    bounds = np.column_stack([first, stop]).ravel()
    # The last stop may be T, where reduceat wants no boundary; without a fall there is none at all.
    low = np.minimum.reduceat(value, bounds[bounds < len(value)])[::2] if len(first) else np.empty(0)
    rows = np.flatnonzero(under)
    at_low = rows[value[rows] == np.repeat(low, stop - first)]
    trough = at_low[np.searchsorted(at_low, first)]
    peak, last = first - 1, np.minimum(stop, len(value) - 1)
    return Drawdowns(
        peak=peak,
        trough=trough,
        recovered=stop,
        depth=np.asarray(value[trough] / value[peak] - 1.0),
        days=np.asarray((sessions[last] - sessions[peak]).astype(np.int64)),
    )
