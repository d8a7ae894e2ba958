"""Markets that share a past: what comes after a day, or became public after it, is replaced or was never there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from fedcycle.data.frozen_mapping import DeferredMapping
from fedcycle.data.fundamentals import future
from fedcycle.data.market import Market
from fedcycle.data.series import Series
from fedcycle.data.typing import Day, Float64

SPREAD = 0.5
"""Standard deviation of the logarithm of a replaced price against the last known one: nobody's forecast survives it."""
PERIOD = 251
"""Sessions after which the replaced steps repeat: a prime, so that no calendar falls in with it, and quickly drawn."""
FUNDAMENTALS = "fundamentals"
"""What stands for all accounts among the names of assets and series."""
LEAST_SHIFT, SHIFT = 100.0, 50.0
"""A replaced value lies at least so many units from the last known one: further than any change of the target."""


@dataclass(frozen=True, kw_only=True)
class Counterfactual:
    """Replacements for all that is not known yet at the close of a day, and the same with every sign turned.

    A rule that peeks at the sign or the order of what comes answers differently in one of the two, whatever came.

    Parameters
    ----------
    day : the day
    prices : (P, N) logarithm of the replaced price over the last known one, for the sessions after the day in turn
    opens : the same of opening prices
    values : series -> (P,) replaced value less the last known one, in the series' unit, in turn
    """

    day: Day
    prices: Float64
    opens: Float64
    values: Mapping[str, Float64]

    @classmethod
    def drawn(cls, market: Market, day: Day, *, seed: int, spread: float = SPREAD) -> Counterfactual:
        """Return a future drawn from a seed: the same for the same market, day and seed."""
        rng = np.random.default_rng(seed)
        prices = rng.normal(0.0, spread, (PERIOD, len(market.assets)))
        opens = prices if market.opens is None else rng.normal(0.0, spread, prices.shape)
        values = {}
        for name in sorted(market.series):
            steps = rng.normal(0.0, SHIFT, PERIOD)
            values[name] = np.copysign(LEAST_SHIFT + np.abs(steps), steps)
        return cls(day=day, prices=prices, opens=opens, values=values)

    def of(
        self, market: Market, *, turned: bool = False, only: Collection[str] | None = None, first: bool = False
    ) -> Market:
        """Return the market with this future.

        Parameters
        ----------
        market : the market it was drawn for
        turned : whether every replacement has its sign turned
        only : assets and series to replace; None for all
        first : whether only the next session's prices and each series' next value are replaced
        """
        sign = -1.0 if turned else 1.0
        columns = [j for j, asset in enumerate(market.assets) if only is None or asset in only]
        prices = self._replaced(market, market.prices, sign * self.prices, columns=columns, first=first)
        opens = market.opens
        if opens is not None:
            opens = self._replaced(market, opens, sign * self.opens, columns=columns, first=first)

        def replaced(name: str) -> Series:
            s = market.series[name]
            return self._reread(s, sign * self.values[name], first=first) if only is None or name in only else s

        series = DeferredMapping(market.series, replaced)
        fund = market.fundamentals
        if fund is not None and (only is None or FUNDAMENTALS in only):
            stocks = sign * self.prices[:, [market.column(asset) for asset in fund.assets]]
            fund = future.replaced(fund, self.day, market.sessions, steps=stocks, first=first)
        return market.with_numbers(
            prices=prices, series=series, opens=opens, fundamentals=fund, bars=self._bars(market, prices, opens)
        )

    def _bars(self, market: Market, prices: Float64, opens: Float64 | None) -> dict[str, Float64]:
        """Return highs and lows that span the replaced opens and closes after the day; volumes stay."""
        start = int(np.searchsorted(market.sessions, self.day, side="right"))
        first = prices if opens is None else np.where(np.isnan(opens), prices, opens)
        spans = {"high": np.fmax, "low": np.fmin}
        bars = {part: values.copy() for part, values in market.bars.items()}
        for part in spans.keys() & bars.keys():
            later = spans[part](first[start:], prices[start:])
            bars[part][start:] = np.where(np.isnan(bars[part][start:]), np.nan, later)
        return bars

    def _replaced(self, market: Market, prices: Float64, steps: Float64, *, columns: list[int], first: bool) -> Float64:
        """Return prices with those after the day replaced; where there is none there still is none."""
        start = int(np.searchsorted(market.sessions, self.day, side="right"))
        stop = min(start + 1 if first else len(market.sessions), len(market.sessions))
        if not columns or start >= stop:
            return prices
        now = prices[start - 1] if start else np.full(prices.shape[1], np.nan)
        other = (np.where(np.isnan(now), 100.0, now) * np.exp(steps))[np.arange(stop - start) % len(steps)]
        out = prices.copy()
        later, kept = out[start:stop], np.ones(prices.shape[1], dtype=bool)
        kept[columns] = False
        np.copyto(later, other, where=~(np.isnan(later) | kept))
        return out

    def _reread(self, s: Series, steps: Float64, *, first: bool) -> Series:
        """Return a series with the values that became public after the day replaced, also those about earlier days."""
        start = int(np.searchsorted(s.known_on, self.day, side="right"))
        stop = start + 1 if first else len(s)
        if start >= len(s):
            return s
        values = s.values.copy()
        values[start:stop] = (values[start - 1] if start else 0.0) + steps.take(np.arange(stop - start), mode="wrap")
        return s.with_parts(values=values)


def scrambled(market: Market, day: Day, *, seed: int, turned: bool = False) -> Market:
    """Return the market with every price after a day and every value known after it replaced; sessions are kept.

    Parameters
    ----------
    market : Market
    day : the last day whose close is kept
    seed : of the random numbers
    turned : whether each replacement has the opposite sign of the one that ``turned=False`` makes
    """
    return Counterfactual.drawn(market, day, seed=seed).of(market, turned=turned)
