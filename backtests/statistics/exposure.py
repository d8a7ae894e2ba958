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
        What was ever sold short has ``lowest`` too: its largest short weight, negative. None for weights where the
        account is worth 0 at a close: shares of nothing do not exist.

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
    if weight.min() < 0:
        figures["lowest"] = weight.min()
    return {name: float(x) if alive else None for name, x in figures.items()} | {"sessions": held}


def leverage(units: Float64, prices: Float64, *, value: Float64) -> dict[str, dict[str, float | None]]:
    """Return how much of an account is held in all, with and without signs, and how much of it is short.

    Parameters
    ----------
    units, prices : (T, N) units held, negative for shorts, and US dollars a unit at each close
    value : (T,) US dollars, >= 0

    Returns
    -------
    ``gross`` (sizes of all weights), ``net`` (longs less shorts), ``short`` -> ``average``, ``highest``, ``lowest``,
    ``last``, multiples of value over all closes
        None where the account is worth 0 at a close.

    Examples
    --------
    >>> found = leverage(np.array([[1.0, -0.5]]), np.full((1, 2), 100.0), value=np.array([100.0]))
    >>> {name: of["last"] for name, of in found.items()}
    {'gross': 1.5, 'net': 0.5, 'short': 0.5}
    """
    held = units != 0.0
    worth = np.where(held, units * np.where(held, prices, 0.0), 0.0)
    gross, net = np.abs(worth).sum(axis=1), worth.sum(axis=1)
    alive = bool((value > 0).all())
    found = {"gross": gross, "net": net, "short": 0.5 * (gross - net)}
    return {name: _spread(of / value if alive else of, alive=alive) for name, of in found.items()}


def _spread(share: Float64, *, alive: bool) -> dict[str, float | None]:
    figures = {"average": share.mean(), "highest": share.max(), "lowest": share.min(), "last": share[-1]}
    return {name: float(x) if alive else None for name, x in figures.items()}
