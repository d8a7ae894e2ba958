"""How much of the account was in what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fedcycle.backtests.core.errors import BacktestError
from fedcycle.data.typing import Float64


def exposure(
    units: Float64, prices: Float64, *, value: Float64, assets: Sequence[str]
) -> dict[str, dict[str, float | int | None]]:
    """Return the weight of each asset held: on average, at most, at the last close, and on how many closes.

    Parameters
    ----------
    units, prices : (T, N) units held and US dollars a unit at each close; a price of what is not held may be NaN
    value : (T,) US dollars, >= 0
    assets : N names

    Returns
    -------
    asset -> ``average``, ``highest``, ``last`` (fraction of value, over all closes), ``sessions`` (closes held)
        None for weights where the account is worth 0 at a close: shares of nothing do not exist.

    Raises
    ------
    BacktestError
        If shapes differ, or an asset held has no price.

    Examples
    --------
    >>> exposure(np.array([[0.0], [1.0]]), np.full((2, 1), 50.0), value=np.full(2, 100.0), assets=["small"])
    {'small': {'average': 0.25, 'highest': 0.5, 'last': 0.5, 'sessions': 1}}
    """
    shape = (len(value), len(assets))
    if units.shape != shape or prices.shape != shape:
        raise BacktestError(f"units are {units.shape} and prices {prices.shape}; {len(assets)} assets need {shape}")
    held = units != 0.0
    worth = np.where(held, units * np.where(held, prices, 0.0), 0.0)
    lost = np.flatnonzero(np.isnan(worth).any(axis=0))
    if lost.size:
        raise BacktestError(f"{assets[int(lost[0])]} has no price at a close at which it is held")
    alive = bool((value > 0).all())
    weights = worth / value[:, None] if alive else worth
    return {asset: _weights(weights[:, j], held=int(held[:, j].sum()), alive=alive) for j, asset in enumerate(assets)}


def _weights(weight: Float64, *, held: int, alive: bool) -> dict[str, Any]:
    figures = {"average": weight.mean(), "highest": weight.max(), "last": weight[-1]}
    return {name: float(x) if alive else None for name, x in figures.items()} | {"sessions": held}
