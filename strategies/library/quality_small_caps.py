"""QualitySmallCaps: the profitable part of small caps, as a portfolio or by a screen of single stocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fedcycle.data.errors import listing
from fedcycle.data.market import MarketView
from fedcycle.data.typing import Bool
from fedcycle.strategies.explanation import Explanation, SignalReading
from fedcycle.strategies.quality_screen import SIZES, capped
from fedcycle.strategies.stock_explanation import StockExplanation, stock_explanation
from fedcycle.strategies.stock_screen import Rules, Screen, screened
from fedcycle.strategies.strategy import (
    Strategy,
    StrategyError,
    Weights,
    check_asset,
    check_number,
    check_whole,
    parameter,
)

NO_DEBT_TAG = ("missing", "no_debt")
BUFFER_MONTHS = 12
"""Month ends a holding is looked back over: a stock that has stayed within the buffer so long counts as new then."""
_ON = "true or false"


@dataclass(frozen=True, kw_only=True)
class QualitySmallCaps(Strategy):
    """Hold quality small caps, fully invested: on portfolios one of them, on stocks those that pass a screen.

    Without ``size`` it holds ``asset``, the portfolio of the most profitable small companies. With ``size`` it screens
    the stocks of a market with fundamentals by what was known that day: earnings of the last four quarters above
    ``earnings_above``; earnings revised upward (the consensus where the panel has it, else trailing earnings against
    the four quarters before, a stand-in); the better part by refinancing risk (debt due within a year over debt, net
    debt over EBITDA, interest cover, each ranked within the sector, the ranks averaged; for banks and insurers equity
    over assets and the return on assets); of the chosen sectors; tradable. Each part has its switch. A missing item
    fails its part, and a company is ranked on the measures it has, at least ``least_measures`` of them.

    Why it might work: profitable companies live through tight credit and need less of it, while the index of small
    caps is full of companies that earn nothing and must refinance. It encodes C8, of which portfolios can show one
    part: ``small_quality`` is sorted each June by operating profitability. What it should be held against is the same
    sizes whatever their quality, ``small_ex_micro`` and ``small_junk``, not ``small``, which has micro caps in it. How
    it could fail: quality lags when junk rallies, as it does out of recessions, which is when the note wants small
    caps most; profits already made may say little of those to come; on portfolios the turnover inside costs nothing;
    and on stocks accounts are filed weeks after the fact, and tags of debt are missing for every sixth company.
    """

    asset: str = parameter("small_quality", unit="name of an asset", doc="The portfolio, where size is not given.")
    size: Literal["small", "mid", "large"] | None = parameter(
        None, unit="small, mid or large; null for the portfolio", doc="Size of the stocks to screen, by market value."
    )
    size_ranks: tuple[int, ...] = parameter(
        (), unit="first and last rank by market value of 3000", doc="In the place of the ranks of size."
    )
    earnings: bool = parameter(default=True, unit=_ON, doc="Whether trailing earnings must be above earnings_above.")
    earnings_above: float = parameter(0.0, unit="US dollars over four quarters", doc="What earnings must be above.")
    revisions: bool = parameter(default=True, unit=_ON, doc="Whether earnings must have been revised upward.")
    revisions_above: float = parameter(0.0, unit="US dollars", doc="What the revision must be above.")
    refinancing: bool = parameter(default=True, unit=_ON, doc="Whether refinancing risk must be low.")
    keep: float = parameter(
        0.5, unit="fraction, above 0, at most 1", doc="The part with the lowest risk that may enter."
    )
    hold_rank: float | None = parameter(
        None, unit="fraction, keep to 1; null for keep", doc="A stock held stays while its risk ranks up to here."
    )
    no_debt_tag: Literal["missing", "no_debt"] = parameter(
        "missing", unit="missing or no_debt", doc="What it means that accounts have no line of debt at all."
    )
    least_measures: int = parameter(2, unit="measures, 1 to 3", doc="How many measures of risk a company must have.")
    sectors: tuple[str, ...] = parameter((), unit="names of sectors; none for all", doc="The sectors that are held.")
    min_price: float = parameter(1.0, unit="US dollars a share", doc="The least price of a tradable stock.")
    min_traded: float = parameter(0.0, unit="US dollars a session", doc="The least median traded value.")
    traded_sessions: int = parameter(63, unit="sessions", doc="Over how many sessions the median is taken.")
    weighting: Literal["equal", "value"] = parameter("equal", unit="equal or value", doc="Weights before the cap.")
    max_weight: float = parameter(
        0.05, unit="fraction of value, above 0, at most 1", doc="The most one stock may have; the rest stays in cash."
    )
    oldest_days: int = parameter(270, unit="days", doc="Accounts of a period that ended longer ago are missing.")

    def __post_init__(self) -> None:
        rule = "QualitySmallCaps"
        check_asset(rule, "asset", self.asset)
        if self.size is not None and self.size not in SIZES:
            raise StrategyError(f"{rule}: size is {self.size!r}; write one of {', '.join(SIZES)}")
        ranks = tuple(self.size_ranks)
        if ranks and (len(ranks) != 2 or not 1 <= ranks[0] <= ranks[1]):
            raise StrategyError(f"{rule}: size_ranks is {list(ranks)}; write two ranks, such as [1001, 3000]")
        if ranks and self.size is None:
            raise StrategyError(f"{rule}: size_ranks is {list(ranks)}, but there is no size; write size: small")
        object.__setattr__(self, "size_ranks", ranks)
        object.__setattr__(self, "sectors", tuple(self.sectors))
        for name in ("keep", "max_weight"):
            self._check_fraction(name, getattr(self, name), min_=0.0)
        if self.hold_rank is not None:
            self._check_fraction("hold_rank", self.hold_rank, min_=self.keep)
        for name in ("earnings_above", "revisions_above", "min_price", "min_traded"):
            check_number(rule, name, getattr(self, name))
        if self.no_debt_tag not in NO_DEBT_TAG:
            raise StrategyError(f"{rule}: no_debt_tag is {self.no_debt_tag!r}; write {listing(NO_DEBT_TAG, 'or')}")
        if self.weighting not in ("equal", "value"):
            raise StrategyError(f"{rule}: weighting is {self.weighting!r}; write equal or value")
        check_whole(rule, "least_measures", self.least_measures, min_=1, max_=3, unit="measures")
        check_whole(rule, "traded_sessions", self.traded_sessions, min_=1, max_=2520, unit="sessions")
        check_whole(rule, "oldest_days", self.oldest_days, min_=1, max_=3650, unit="days")

    def _check_fraction(self, name: str, value: float, *, min_: float) -> None:
        number = check_number("QualitySmallCaps", name, value)
        if not (min_ < number <= 1 or number == min_ > 0):
            raise StrategyError(
                f"QualitySmallCaps: {name} is {number:g}, but it is a fraction, above {min_:g}, at most 1"
            )

    def named_assets(self) -> tuple[str, ...]:
        """Return the portfolio; with a screen none, as it chooses among what is listed."""
        return (self.asset,) if self.size is None else ()

    def weights(self, view: MarketView) -> Weights:
        """Return everything in the portfolio, or the weights of the stocks that pass."""
        if self.size is None:
            return {self.asset: 1.0}
        screen, chosen = self._held(view)
        there = np.flatnonzero(chosen)
        raw = np.ones(len(there)) if self.weighting == "equal" else screen.market_value[there]
        weights = capped(raw, self.max_weight).tolist()
        return {screen.assets[k]: w for k, w in zip(there.tolist(), weights, strict=True)}

    def explain(self, view: MarketView) -> Explanation:
        """Return ``always`` for the portfolio, else how many companies were left after each part."""
        if self.size is None:
            return Explanation("always", self.weights(view))
        screen, chosen = self._held(view)
        left = screen.pool
        seen = [
            _count("stocks served", len(screen.assets)),
            _count(f"of the size {self.size}", int(screen.sized.sum())),
            _count("of these tradable", int(left.sum())),
        ]
        for name, part in (
            ("chosen sectors", screen.in_sector),
            ("earnings", screen.earning),
            ("revisions", screen.revised),
        ):
            left = left & part
            seen.append(_count(f"left after {name}", int(left.sum())))
        seen.append(_count("left after refinancing risk, held", int(chosen.sum())))
        seen.append(_count("of these by the stand-in for revisions", int((chosen & screen.stand_in).sum())))
        return Explanation("screen" if chosen.any() else "nothing passes", self.weights(view), tuple(seen))

    def explain_stock(self, view: MarketView, asset: str) -> StockExplanation:
        """Return what each part found of one stock, with the fact's period, form, filing and rank."""
        if self.size is None:
            raise StrategyError("QualitySmallCaps holds a portfolio here and screens no stock; write size: small")
        screen, chosen = self._held(view)
        return stock_explanation(view, screen, self._rules, asset, held=chosen, within=self._within)

    @property
    def _within(self) -> float | None:
        return self.keep if self.refinancing else None

    @property
    def _rules(self) -> Rules:
        ranks = self.size_ranks or SIZES[self.size or "small"]
        return Rules(
            ranks=(ranks[0], ranks[1]), earnings=self.earnings, earnings_above=self.earnings_above,
            revisions=self.revisions, revisions_above=self.revisions_above, refinancing=self.refinancing,
            no_debt_tag=self.no_debt_tag, least_measures=self.least_measures, sectors=self.sectors,
            min_price=self.min_price, min_traded=self.min_traded, traded_sessions=self.traded_sessions,
            oldest_days=self.oldest_days,
        )  # fmt: skip

    def _held(self, view: MarketView) -> tuple[Screen, Bool]:
        """Return today's screen, and which of its stocks are held.

        With a buffer that depends on what was held, which is walked from ``BUFFER_MONTHS`` month ends ago, with nothing
        held then, to today: the same day always gives the same answer, wherever a run starts.
        """
        screen = screened(view, self._rules)
        enters = screen.passes(within=self._within)
        if self.hold_rank is None or not self.refinancing:
            return screen, enters
        held: frozenset[str] = frozenset()
        for back in _month_ends(view):
            held = self._after(screened(view.earlier(back), self._rules), held)
        now = self._after(screen, held)
        return screen, np.array([asset in now for asset in screen.assets], dtype=np.bool_)

    def _after(self, screen: Screen, held: frozenset[str]) -> frozenset[str]:
        """Return what is held after a screen: who may enter, and who was held and is within the buffer."""
        enters, stays = screen.passes(within=self.keep), screen.passes(within=self.hold_rank)
        return frozenset(
            screen.assets[k] for k in np.flatnonzero(stays).tolist() if enters[k] or screen.assets[k] in held
        )


def _month_ends(view: MarketView) -> list[int]:
    """Return how many sessions ago the last month ends before today were, the oldest first."""
    sessions = view.sessions()
    months = sessions.astype("datetime64[M]")
    ends = np.flatnonzero(months[1:] != months[:-1])[-BUFFER_MONTHS:]
    return [len(sessions) - 1 - int(k) for k in ends]


def _count(name: str, n: int) -> SignalReading:
    return SignalReading(name, float(n), "companies")
