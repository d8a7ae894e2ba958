"""One screen of stocks on one day: what each part found of each company, and which pass. Reads a view alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedcycle.data.fundamentals.panel import FundamentalsView
from fedcycle.data.market import MarketView
from fedcycle.data.typing import Bool, Float64, Int64
from fedcycle.strategies import quality_screen as arithmetic
from fedcycle.strategies.strategy import StrategyError

CONSENSUS = "consensus"
CONSENSUS_SESSIONS = 63
"""Three months, over which estimates are said to be revised."""
LENDER_MEASURES = ("equity over assets", "return on assets")
DEBT_MEASURES = ("debt due within a year over debt", "net debt over EBITDA", "interest cover")


@dataclass(frozen=True)
class Rules:
    """What a screen asks for; parameters as ``QualitySmallCaps`` has them."""

    ranks: tuple[int, int]
    earnings: bool
    earnings_above: float
    revisions: bool
    revisions_above: float
    refinancing: bool
    no_debt_tag: str
    least_measures: int
    sectors: tuple[str, ...]
    min_price: float
    min_traded: float
    traded_sessions: int
    oldest_days: int


@dataclass(frozen=True, eq=False)
class Screen:
    """What was found of each company: (n,) arrays in the order of ``assets``; NaN where it is missing.

    Parameters
    ----------
    assets : n names
    market_value, price : US dollars
    size_rank : the largest 1
    sector : place in ``sectors``; lender : who is a bank, a broker or an insurer
    earnings, revision : US dollars; stand_in : where the revision is the change of trailing earnings
    measures : name -> values, of those that apply
    risk : mean rank within the sector, the best lowest
    risk_rank : rank of that among the size's companies that can be traded, a fraction
    sized, tradable, in_sector, earning, revised : which pass each part; True where the part is switched off
    """

    assets: tuple[str, ...]
    sectors: tuple[str, ...]
    market_value: Float64
    price: Float64
    size_rank: Float64
    sector: Int64
    lender: Bool
    earnings: Float64
    revision: Float64
    stand_in: Bool
    measures: dict[str, Float64]
    risk: Float64
    risk_rank: Float64
    sized: Bool
    tradable: Bool
    in_sector: Bool
    earning: Bool
    revised: Bool

    @property
    def pool(self) -> Bool:
        """Return the companies of the size that can be traded, among which risks are ranked."""
        return self.sized & self.tradable

    def passes(self, *, within: float | None) -> Bool:
        """Return who passes every part, with a rank of refinancing risk at most ``within`` (None: that part is off)."""
        fit = self.pool & self.in_sector & self.earning & self.revised
        return fit if within is None else fit & (self.risk_rank <= within)


def screened(view: MarketView, rules: Rules) -> Screen:
    """Return what a screen finds on a day."""
    return view.fundamentals.remembered(rules, lambda: _screened(view, rules))  # type: ignore[no-any-return]


def _screened(view: MarketView, rules: Rules) -> Screen:
    fund = view.fundamentals
    n, old = len(fund.assets), rules.oldest_days
    price = fund.price()
    value = fund.market_value(oldest_days=old)
    ranks = arithmetic.size_ranks(value)
    tradable = price >= rules.min_price
    if rules.min_traded > 0:
        tradable &= fund.traded_value(rules.traded_sessions) >= rules.min_traded
    sized = arithmetic.of_size(ranks, *rules.ranks)
    sector, lender = fund.sector(), fund.lender()
    earnings = _item(fund, "net_income", old)
    revision, stand_in = _revision(view, fund, earnings, old)
    measures = _measures(fund, rules, lender) if rules.refinancing else {}
    risk, risk_rank = _risk(measures, sector, sized & tradable, rules.least_measures, n)
    return Screen(
        assets=fund.assets, sectors=fund.sectors, market_value=value, price=price, size_rank=ranks,
        sector=sector, lender=lender, earnings=earnings, revision=revision, stand_in=stand_in, measures=measures,
        risk=risk, risk_rank=risk_rank, sized=sized, tradable=np.asarray(tradable, dtype=np.bool_),
        in_sector=_in(fund.sectors, sector, rules.sectors),
        earning=_above(earnings, rules.earnings_above, on=rules.earnings),
        revised=_above(revision, rules.revisions_above, on=rules.revisions),
    )  # fmt: skip


def _item(fund: FundamentalsView, item: str, oldest_days: int) -> Float64:
    """Return an item's values; NaN for all where no company of the panel has it."""
    if item not in fund.items:
        return np.full(len(fund.assets), np.nan)
    return fund.value(item, oldest_days=oldest_days)


def _revision(view: MarketView, fund: FundamentalsView, earnings: Float64, oldest_days: int) -> tuple[Float64, Bool]:
    """Return the change of the consensus over three months, or of trailing earnings over a year where there is none."""
    change = earnings - fund.year_ago("net_income", oldest_days=oldest_days)
    if CONSENSUS not in fund.items or len(view.sessions()) <= CONSENSUS_SESSIONS:
        return change, np.ones(len(earnings), dtype=np.bool_)
    before = view.earlier(CONSENSUS_SESSIONS).fundamentals
    then = dict(zip(before.assets, before.value(CONSENSUS).tolist(), strict=True))
    revised = fund.value(CONSENSUS) - np.array([then.get(asset, np.nan) for asset in fund.assets])
    missing = np.isnan(revised)
    return np.where(missing, change, revised), missing


def _measures(fund: FundamentalsView, rules: Rules, lender: Bool) -> dict[str, Float64]:
    """Return measures of refinancing risk, each NaN where it does not apply or is missing.

    Banks, brokers and insurers borrow for a living: for them equity over assets and the return on assets stand in.
    """

    def item(name: str) -> Float64:
        return _item(fund, name, rules.oldest_days)

    short, long, assets = item("debt_current"), item("debt_long"), item("assets")
    if rules.no_debt_tag == "no_debt":
        none = np.isnan(short) & np.isnan(long) & ~np.isnan(assets)
        short, long = np.where(none, 0.0, short), np.where(none, 0.0, long)
    found = arithmetic.debt_measures(
        short, long, item("cash"), item("operating_income"), item("depreciation"), item("interest_expense")
    )
    debt = {name: np.where(lender, np.nan, v) for name, v in zip(DEBT_MEASURES, found, strict=True)}
    with np.errstate(divide="ignore", invalid="ignore"):
        theirs = (item("equity") / assets, item("net_income") / assets)
    return debt | {name: np.where(lender, v, np.nan) for name, v in zip(LENDER_MEASURES, theirs, strict=True)}


LOW_IS_GOOD = {DEBT_MEASURES[0]: True, DEBT_MEASURES[1]: True}
"""Of the other measures more is better."""


def measure_rank(name: str, values: Float64, sector: Int64, pool: Bool) -> Float64:
    """Return the rank of a measure within the sector, a fraction, the best lowest; NaN outside the pool."""
    return arithmetic.rank_within(np.where(pool, values, np.nan), sector, low_is_good=LOW_IS_GOOD.get(name, False))


def _risk(measures: dict[str, Float64], sector: Int64, pool: Bool, min_: int, n: int) -> tuple[Float64, Float64]:
    """Return the mean rank within the sector, and its rank in the pool; NaN outside the pool and where too few are."""
    if not measures:
        return np.full(n, np.nan), np.full(n, np.nan)
    ranks = tuple(measure_rank(name, values, sector, pool) for name, values in measures.items())
    risk = arithmetic.mean_rank(ranks, min_)
    return risk, arithmetic.rank_within(risk, np.zeros(n, dtype=np.int64), low_is_good=True)


def _in(names: tuple[str, ...], sector: Int64, chosen: tuple[str, ...]) -> Bool:
    if not chosen:
        return np.ones(len(sector), dtype=np.bool_)
    strange = [name for name in chosen if name not in names]
    if strange:
        raise StrategyError(f"sectors has {strange[0]!r}; the panel has {', '.join(names)}")
    return np.isin(sector, [names.index(name) for name in chosen])


def _above(values: Float64, min_: float, *, on: bool) -> Bool:
    return np.asarray(values > min_, dtype=np.bool_) if on else np.ones(len(values), dtype=np.bool_)
