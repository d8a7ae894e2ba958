"""An interval for any number of rows that follow each other in time, by the stationary bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from fedcycle.backtests.inference import resample
from fedcycle.backtests.inference.settings import SETTINGS, Settings
from fedcycle.data.typing import Float64

Statistic: TypeAlias = Callable[[Float64], Float64]
"""Rows (..., n, k) -> (...)."""
FEWEST = 24
"""Rows under which nothing is resampled: two years of months."""
CELLS = 100_000
"""Rows of all histories that a statistic is asked of at a time."""


def interval_of(
    statistic: Statistic,
    rows: Float64,
    *,
    settings: Settings = SETTINGS,
    fewest: int = FEWEST,
    block: float | None = None,
) -> dict[str, Any]:
    """Return a number with the interval that resampled histories give it.

    Parameters
    ----------
    statistic : rows (..., n, k) -> (...)
        Of one history (n, k) as of a stack of them.
    rows : (n, k) or (n,) in time's order, such as one month each; resampled together, in blocks
    settings : seed, resamples and level
    fewest : rows under which there is no interval
    block : mean length of a block in rows; None for the length that the data ask for

    Returns
    -------
    estimate, low, high : in the statistic's unit; None where there is no answer, the ends also under ``fewest`` rows
    confidence, n, block : level of the interval, rows, mean length of a block in rows

    Notes
    -----
    The middle of what the resampled histories answer; blocks as long as the column with the longest memory asks for.
    """
    rows = np.asarray(rows, dtype=np.float64)
    rows = rows[:, None] if rows.ndim == 1 else rows
    out: dict[str, Any] = {"n": len(rows), "confidence": settings.level, "low": None, "high": None, "block": None}
    # What has no answer, as a ratio to a spread of zero has none, is NaN and then None.
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = float(statistic(rows)) if len(rows) else np.nan
        out["estimate"] = estimate if np.isfinite(estimate) else None
        if len(rows) < fewest:
            return out
        block = resample.block_length(*rows.T) if block is None else block
        chunk = max(resample.CHUNK, CELLS // len(rows))
        parts = resample.histories(len(rows), block=block, settings=settings, chunk=chunk)
        drawn = np.concatenate([statistic(rows.take(part.rows, axis=0)) for part in parts])
    span = resample.interval(drawn, settings.level)
    low, high = span if span is not None else (None, None)
    return out | {"low": low, "high": high, "block": block}
