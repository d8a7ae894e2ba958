"""What a run is measured against: an asset held, a mix rebalanced when the run trades, or another rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.data.typing import Float64, Int64


@dataclass(frozen=True, eq=False)
class Benchmark:
    """A benchmark's name and its value over the sessions of a run, from the run's capital.

    Parameters
    ----------
    name : str
    value : (T,) US dollars
    """

    name: str
    value: Float64


def held(backtest: Backtest, asset: str) -> Benchmark:
    """Return an asset bought at the first session's close, without costs, and held."""
    price = backtest.marks[:, backtest.market.column(asset)]
    return Benchmark(asset, backtest.capital * (price / price[0]))


def mixed(backtest: Backtest, weights: Mapping[str, float]) -> Benchmark:
    """Return a mix bought at the first session's close and rebalanced on the run's fill sessions, without costs.

    What the weights leave unassigned is cash without interest.
    """
    assets = sorted(weights)
    share = np.array([weights[a] for a in assets])
    prices = backtest.marks[:, [backtest.market.column(a) for a in assets]]
    edges = sorted({0, *fill_sessions(backtest).tolist(), len(prices)})
    value = np.empty(len(prices))
    worth = backtest.capital
    for start, stop in pairwise(edges):
        growth = prices[start : min(stop + 1, len(prices))] / prices[start]
        path = worth * (1.0 - share.sum() + growth @ share)
        value[start:stop] = path[: stop - start]
        worth = float(path[-1])
    return Benchmark(" + ".join(f"{weights[a]:.4g} {a}" for a in assets), value)


def fill_sessions(backtest: Backtest) -> Int64:
    """Return the run's sessions on which a decision is filled."""
    at = backtest.decisions + backtest.lag
    return at[at < len(backtest.sessions)]
