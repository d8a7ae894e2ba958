"""The numbers of many stretches of a run at once: every formula over samples, of groups of returns.

A run is cut into some fifty stretches (phases, years, windows of cycles, recessions) of a few hundred sessions. One
function call a number and stretch would take longer than the run itself: the formulas are asked of all at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np

from fedcycle.backtests.core.ledger import Ledger
from fedcycle.backtests.statistics.kernel import depth, growth_per_year
from fedcycle.backtests.statistics.numerics import SESSIONS_PER_YEAR
from fedcycle.backtests.statistics.registry import STATISTICS
from fedcycle.backtests.statistics.sample import Grouped
from fedcycle.backtests.statistics.trading import value_before_costs
from fedcycle.data.typing import Float64, Int64

Numbers: TypeAlias = dict[str, float | int | None]


@dataclass(frozen=True, eq=False)
class Trading:
    """What fills took in each session's return, and how much was invested when it was earned.

    Parameters
    ----------
    cost : (n,) US dollars in each return's session
    turned : (n,) half of what was traded in each return's session, fraction of the account's value then, before costs
    fills : (n,) number of fills in each return's session
    invested : (n,) fraction of value in anything but cash and bills at the close before
        NaN where the account was worth 0; for the first return, which is what the first fill cost, at its own close.
    """

    cost: Float64
    turned: Float64
    fills: Float64
    invested: Float64

    @classmethod
    def of(cls, ledger: Ledger, *, bills_value: Float64) -> Trading:
        """Return the trading of an account of T sessions, by its n = T - 1 returns."""
        n, fills, value = len(ledger.sessions) - 1, ledger.trades, ledger.value
        at = np.maximum(np.searchsorted(ledger.sessions, fills.filled_on, side="right") - 2, 0)
        turned = 0.5 * np.abs(fills.units * fills.price) / value_before_costs(ledger)
        per = [fills.cost, turned, np.ones(len(fills))]
        cost, share, count = (np.bincount(at, weights=w, minlength=max(n, 1))[:n].astype(np.float64) for w in per)
        invested = 1.0 - (ledger.cash + bills_value) / np.where(value > 0, value, np.nan)
        if n > 0:
            invested[0] = invested[1]
        return cls(cost, share, count, invested[:-1])


def numbers(
    returns: Float64,
    benchmark: Float64,
    *,
    bills: Float64,
    groups: Sequence[Int64],
    trading: Trading | None = None,
    per_year: float = float(SESSIONS_PER_YEAR),
) -> list[Numbers]:
    """Return the numbers of each group of returns, taken together in their order.

    Parameters
    ----------
    returns, benchmark, bills : (n,) fraction per session
    groups : rows of the returns of each group
    trading : Trading, or None to leave its numbers out
    per_year : sessions that count as a year

    Returns
    -------
    name -> number for each group, None where one does not exist
    """
    full = [g for g in groups if len(g)]
    with np.errstate(all="ignore"):
        columns = _columns(returns, benchmark, bills, rows=full, trading=trading, year=per_year) if full else {}
    whole = [name in _COUNTS for name in columns]
    table = [[x if math.isfinite(x) else None for x in column.tolist()] for column in columns.values()]
    filled = iter(
        dict(zip(columns, (int(x) if w and x is not None else x for x, w in zip(row, whole, strict=True)), strict=True))
        for row in zip(*table, strict=True)
    )
    return [{"sessions": len(g)} | (next(filled) if len(g) else _nothing(trading is not None)) for g in groups]


@cache
def _nothing(with_trading: bool) -> Numbers:  # noqa: FBT001 - a key of the cache
    """Return the numbers of a group without returns."""
    one = np.zeros(1)
    with np.errstate(all="ignore"):
        names = _columns(one, one, one, rows=[np.zeros(1, dtype=np.int64)], trading=None, year=1.0)
    return dict.fromkeys([*names, *(_TRADING if with_trading else ())])


_COUNTS = ("trades",)
_TRADING = ("costs_usd", "trades", "turnover", "time_invested")


def _columns(
    returns: Float64, benchmark: Float64, bills: Float64, *, rows: Sequence[Int64], trading: Trading | None, year: float
) -> dict[str, Float64]:
    sizes, at = np.array([len(g) for g in rows]), np.concatenate(rows)
    r, b, f = returns[at], benchmark[at], bills[at]
    groups = Grouped({"r": r, "b": b, "f": f}, sizes, per_year=year)
    out = _of_samples(groups, {"r": r, "b": b, "f": f})
    total, other, fall = _paths(r, b, sizes)
    span = np.where(sizes >= year, sizes / year, np.nan)
    own_yearly, other_yearly = growth_per_year(1.0 + total, span), growth_per_year(1.0 + other, span)
    out = {
        "total_return": total,
        "return_per_year": own_yearly,
        **{k: out.pop(k) for k in ("volatility", "sharpe")},
        "benchmark_return": other,
        "benchmark_return_per_year": other_yearly,
        "excess_per_year": own_yearly - other_yearly,
        "relative_wealth": (1.0 + total) / np.where(other > -1.0, 1.0 + other, np.nan) - 1.0,
        "max_drawdown": fall,
        **{k: out.pop(k) for k in _FIRST},
        **out,
    }
    return out if trading is None else out | _trading(trading, at, groups)


def _of_samples(groups: Grouped, series: Mapping[str, Float64]) -> dict[str, Float64]:
    """Return every statistic that is a formula over samples, NaN where a return that it uses is."""
    whole = {name: np.where(groups.sum(np.isnan(x)) > 0, np.nan, 1.0) for name, x in series.items()}
    return {
        name: math.prod((whole[x] for x in of.series), start=of.sample(groups))
        for name, of in STATISTICS.items()
        if of.sample is not None
    }


_FIRST = (
    *("sortino", "downside_deviation", "omega", "var_95", "cvar_95", "tail_ratio", "skew", "kurtosis"),
    *("best_day", "worst_day", "hit_rate_daily", "average_gain", "average_loss", "payoff_ratio", "profit_factor"),
    *("mean_active_return", "alpha", "beta", "correlation", "tracking_error", "information_ratio"),
    *("up_capture", "down_capture", "hit_rate_over_benchmark"),
)
"""The order in which readers of ``by_phase`` know them; others follow in the order of their definition."""


def _paths(r: Float64, b: Float64, sizes: Int64) -> tuple[Float64, Float64, Float64]:
    """Return each group's total return, its benchmark's, and its maximum drawdown, returns in their order."""
    out = np.empty((3, len(sizes)))
    for k, (end, n) in enumerate(zip(np.cumsum(sizes).tolist(), sizes.tolist(), strict=True)):
        path = np.empty(n + 1)
        path[0] = 1.0
        np.cumprod(1.0 + r[end - n : end], out=path[1:])
        out[:, k] = path[-1] - 1.0, np.prod(1.0 + b[end - n : end]) - 1.0, depth(path).min()
    return out[0], out[1], out[2]


def _trading(trading: Trading, at: Int64, groups: Grouped) -> dict[str, Float64]:
    return {
        "costs_usd": groups.sum(trading.cost[at]),
        "trades": groups.sum(trading.fills[at]),
        "turnover": groups.sum(trading.turned[at]),
        "time_invested": groups.sum(trading.invested[at]) / groups.n,
    }
