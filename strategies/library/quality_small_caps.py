"""QualitySmallCaps: the profitable part of small caps, all the time."""

from __future__ import annotations

from dataclasses import dataclass

from fedcycle.data.market import MarketView
from fedcycle.strategies.explanation import Explanation
from fedcycle.strategies.strategy import Strategy, Weights, check_asset, parameter


@dataclass(frozen=True, kw_only=True)
class QualitySmallCaps(Strategy):
    """Hold quality small caps, fully invested: on portfolios, the small companies with the highest profits.

    Why it might work: profitable companies live through tight credit and need less of it, while the index of small
    caps is full of companies that earn nothing and must refinance. It encodes C8, of which portfolios can show one
    part: ``small_quality`` is sorted each June by operating profitability. Earnings revisions and refinancing risk
    take the fundamentals of single companies, and a screen for stocks is not part of this rule. What it should be held
    against is ``small_ex_micro`` (the same sizes whatever their profits) and ``small_junk`` (the least profitable
    fifth), not ``small``, which has micro caps in it. How it could fail: quality lags when junk rallies, as it does
    out of recessions, which is when the note wants small caps most; profits already made may say little of those to
    come; and the portfolio is bought here without the costs of its own turnover.
    """

    asset: str = parameter("small_quality", unit="name of an asset", doc="The portfolio of quality small caps.")

    def __post_init__(self) -> None:
        check_asset("QualitySmallCaps", "asset", self.asset)

    def named_assets(self) -> tuple[str, ...]:
        """Return the portfolio."""
        return (self.asset,)

    def weights(self, view: MarketView) -> Weights:  # noqa: ARG002 - the answer is the same every day
        """Return everything in the portfolio."""
        return {self.asset: 1.0}

    def explain(self, view: MarketView) -> Explanation:
        """Return that the portfolio is always held."""
        return Explanation("always", self.weights(view))
