"""Why a screen holds one stock or does not: each part with its value, threshold, rank and the filing it is from."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fedcycle.data.fundamentals.panel import Fact, FundamentalsView
from fedcycle.data.market import MarketView
from fedcycle.data.typing import Bool
from fedcycle.strategies.stock_screen import (
    CONSENSUS,
    DEBT_MEASURES,
    LENDER_MEASURES,
    Rules,
    Screen,
    measure_rank,
)
from fedcycle.strategies.strategy import StrategyError

READ = {
    DEBT_MEASURES[0]: ("debt_current", "debt_long"),
    DEBT_MEASURES[1]: ("debt_current", "debt_long", "cash", "operating_income", "depreciation"),
    DEBT_MEASURES[2]: ("operating_income", "interest_expense"),
    LENDER_MEASURES[0]: ("equity", "assets"),
    LENDER_MEASURES[1]: ("net_income", "assets"),
}
"""Measure -> the items it is made of."""
UNITS = dict.fromkeys((DEBT_MEASURES[0], *LENDER_MEASURES), "fraction")
"""Measure -> unit; of the others a multiple."""


@dataclass(frozen=True)
class PartExplanation:
    """One part of a screen for one stock.

    Parameters
    ----------
    name : the part or the measure
    value : in ``unit``, or None where it is missing
    unit : of the value
    wanted : what it had to be, in words; empty for a measure that only enters a rank
    passed : whether it did; None where it is switched off or enters a rank
    rank : a fraction within the sector, the best lowest, or the rank by market value; None where there is none
    facts : what it was read from
    missing : items that would have been read and are not there, are too old, or make no four quarters
    """

    name: str
    value: float | None
    unit: str
    wanted: str
    passed: bool | None
    rank: float | None = None
    facts: tuple[Fact, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class StockExplanation:
    """Whether one stock is held, and each part in turn."""

    asset: str
    held: bool
    parts: tuple[PartExplanation, ...]


def stock_explanation(
    view: MarketView, screen: Screen, rules: Rules, asset: str, *, held: Bool, within: float | None
) -> StockExplanation:
    """Return what a screen found of one stock; raises StrategyError for one that it was not served that day."""
    if asset not in screen.assets:
        raise StrategyError(f"{asset} is no stock with a price around {view.today}; nothing was screened of it")
    k, fund = screen.assets.index(asset), view.fundamentals
    parts = [*_market_parts(screen, rules, fund, k), *_earning_parts(screen, rules, fund, k)]
    if rules.refinancing:
        parts += _risk_parts(screen, rules, fund, k, within=within)
    return StockExplanation(asset, bool(held[k]), tuple(parts))


def _risk_parts(
    screen: Screen, rules: Rules, fund: FundamentalsView, k: int, *, within: float | None
) -> list[PartExplanation]:
    asset = screen.assets[k]
    parts = []
    for name, values in screen.measures.items():
        if (name in LENDER_MEASURES) == bool(screen.lender[k]):
            rank = measure_rank(name, values, screen.sector, screen.pool)[k]
            parts.append(PartExplanation(
                name, _number(values[k]), UNITS.get(name, "multiple"), "", None, _number(rank),
                _facts(fund, asset, READ[name]), _missing(fund, k, READ[name], rules.oldest_days),
            ))  # fmt: skip
    wanted = f"among the best {100 * (within or 0):g}% of the size, by the mean of the ranks within the sector"
    passed = bool(within is not None and screen.risk_rank[k] <= within)
    risk = _number(screen.risk[k])
    parts.append(PartExplanation("refinancing risk", risk, "mean rank", wanted, passed, _number(screen.risk_rank[k])))
    return parts


def _market_parts(screen: Screen, rules: Rules, fund: FundamentalsView, k: int) -> list[PartExplanation]:
    asset, first, last = screen.assets[k], *rules.ranks
    sector = screen.sectors[screen.sector[k]] if screen.sector[k] >= 0 else "not known"
    chosen = ", ".join(rules.sectors) or "any"
    traded = float(fund.traded_value(rules.traded_sessions)[k])
    size = f"rank {first} to {last} of 3000 by market value"
    split = "".join(f", shares times {s.factor:.4g} for the split of {s.day}" for s in fund.splits(asset))
    return [
        PartExplanation(f"market value{split}", _number(screen.market_value[k]), "USD", size, bool(screen.sized[k]),
                        _number(screen.size_rank[k]), _facts(fund, asset, ("shares",)),
                        _missing(fund, k, ("shares",), rules.oldest_days)),
        PartExplanation("price", _number(screen.price[k]), "USD a share", f"at least {rules.min_price:g}",
                        bool(screen.price[k] >= rules.min_price)),
        PartExplanation("median traded value", _number(traded), "USD a session",
                        f"at least {rules.min_traded:g}",
                        bool(traded >= rules.min_traded) if rules.min_traded > 0 else None),
        PartExplanation(f"sector {sector}", None, "", chosen, bool(screen.in_sector[k]) if rules.sectors else None,
                        None, _facts(fund, asset, ("sic",))),
    ]  # fmt: skip


def _earning_parts(screen: Screen, rules: Rules, fund: FundamentalsView, k: int) -> list[PartExplanation]:
    asset = screen.assets[k]
    stand_in = bool(screen.stand_in[k])
    how = (
        "change of trailing earnings over a year, a stand-in"
        if stand_in
        else "change of the consensus over 63 sessions"
    )
    items = ("net_income",) if stand_in else (CONSENSUS,)
    return [
        PartExplanation("earnings of four quarters", _number(screen.earnings[k]), "USD",
                        f"above {rules.earnings_above:g}", bool(screen.earning[k]) if rules.earnings else None, None,
                        _facts(fund, asset, ("net_income",)), _missing(fund, k, ("net_income",), rules.oldest_days)),
        PartExplanation(f"revisions: {how}", _number(screen.revision[k]), "USD", f"above {rules.revisions_above:g}",
                        bool(screen.revised[k]) if rules.revisions else None, None, _facts(fund, asset, items)),
    ]  # fmt: skip


def _facts(fund: FundamentalsView, asset: str, items: tuple[str, ...]) -> tuple[Fact, ...]:
    found = (fund.fact(asset, item) for item in items if item in fund.items)
    return tuple(fact for fact in found if fact is not None)


def _missing(fund: FundamentalsView, k: int, items: tuple[str, ...], oldest_days: int) -> tuple[str, ...]:
    """Return the items of which a view serves no value of a stock, given by its place."""
    return tuple(
        item for item in items if item not in fund.items or math.isnan(fund.value(item, oldest_days=oldest_days)[k])
    )


def _number(value: float) -> float | None:
    """Return a number as JSON can hold it; None where it is missing or without bound."""
    return float(value) if math.isfinite(value) else None
