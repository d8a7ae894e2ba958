"""What the rules of a sweep have answered so far, each answer kept once."""

from __future__ import annotations

from itertools import compress

import numpy as np

from fedcycle.backtests.engines.order_planner import ask_strategy
from fedcycle.data.market import Market, MarketView
from fedcycle.data.typing import Float64, Int64
from fedcycle.strategies.strategy import Strategy


class Targets:
    """The distinct answers so far, each with the number it was given when it was first heard."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._rows: dict[frozenset[tuple[str, float]], int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, rule: Strategy, view: MarketView) -> int:
        """Ask a rule and return the number of its answer."""
        weights = ask_strategy(rule, view)
        key = frozenset(weights.items() if all(weights.values()) else [each for each in weights.items() if each[1]])
        return self._rows.setdefault(key, len(self._rows))

    def of(self, which: Int64) -> Float64:
        """Return the answers that some numbers mean, (A, N), in the order found; the numbers become rows of these."""
        used = np.zeros(max(1, len(self._rows)), dtype=bool)
        for each in which:
            used[each] = True
        row_of = np.cumsum(used) - 1
        for each in which:
            each[:] = row_of[each]
        targets = np.zeros((max(1, int(used.sum())), len(self.market.assets)))
        for row, pairs in zip(targets, compress(self._rows, used.tolist()), strict=False):
            for asset, weight in pairs:
                row[self.market.column(asset)] = weight
        return targets
