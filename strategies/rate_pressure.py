"""When yield pressure is on for small caps: after a surge of the 10-year yield, or while small caps move against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fedcycle.data.market import MarketView
from fedcycle.strategies import readings
from fedcycle.strategies.explanation import SignalReading
from fedcycle.strategies.signals import MOST_SESSIONS, TEN_YEAR, correlation_history, rate_correlation, yield_surge
from fedcycle.strategies.strategy import StrategyError, check_number, check_whole, merge_requirements

MOST_SURGE_BP = 1_000.0
"""Ten percentage points in a window: more is a mistake in the unit."""
FEWEST_PAIRS = 20
"""Under about a month of sessions a correlation is mostly noise."""
SURGE, CORRELATION = "surge", "correlation"


@dataclass(frozen=True, kw_only=True)
class RatePressure:
    """Two signals, either of which says that yield pressure is on.

    Parameters
    ----------
    surge_bp : basis points
        Yield pressure is on when ``yield_surge`` over ``surge_sessions`` sessions is above this.
    surge_sessions : sessions
    correlation_below : correlation
        Yield pressure is on when the correlation of ``small`` less ``large`` returns with changes of the yield, over
        ``correlation_sessions`` sessions with a yield, is below this.
    correlation_sessions : sessions with a yield
    small, large : names of assets
    """

    surge_bp: float
    surge_sessions: int
    correlation_below: float
    correlation_sessions: int
    small: str
    large: str

    def check(self, rule: str) -> None:
        """Raise StrategyError, in the name of a rule with parameters of these names, unless they make sense."""
        check_surge(rule, "surge_bp", self.surge_bp)
        _check_correlation(rule, self.correlation_below)
        check_whole(rule, "surge_sessions", self.surge_sessions, min_=1, max_=MOST_SESSIONS, unit="sessions")
        pairs = self.correlation_sessions
        check_whole(rule, "correlation_sessions", pairs, min_=FEWEST_PAIRS, max_=MOST_SESSIONS, unit="sessions")

    def requirements(self) -> Mapping[str, int]:
        """Return the history of closes and yields that both signals reach back over."""
        pairs = correlation_history(self.correlation_sessions)
        return merge_requirements(
            {TEN_YEAR: self.surge_sessions + 1}, {TEN_YEAR: pairs, self.small: pairs, self.large: pairs}
        )

    def found(self, view: MarketView) -> str:
        """Return which signal is on today, ``surge`` before ``correlation``, or nothing where neither does."""
        if yield_surge(view, self.surge_sessions) > self.surge_bp:
            return SURGE
        correlation = rate_correlation(view, self.small, sessions=self.correlation_sessions, relative_to=self.large)
        return CORRELATION if correlation < self.correlation_below else ""

    def seen(self, view: MarketView) -> tuple[SignalReading, ...]:
        """Return both signals, and the two yields of the surge."""
        correlation = readings.correlation(view, self.small, sessions=self.correlation_sessions, relative_to=self.large)
        return (*readings.surge(view, self.surge_sessions), correlation)


def check_surge(rule: str, name: str, surge_bp: object) -> float:
    """Return a threshold of a surge, or raise StrategyError unless it is 1 to 1000 basis points."""
    bp = check_number(rule, name, surge_bp)
    if 0 < bp < 1:
        remedy = f"write {100 * bp:g} for {bp:g} percentage points"
        raise StrategyError(f"{rule}: {name} is {bp:g}, but it is in basis points (1 or more); {remedy}")
    if not 1 <= bp <= MOST_SURGE_BP:
        raise StrategyError(f"{rule}: {name} is {bp:g}; it is in basis points, write 1 to {MOST_SURGE_BP:g}")
    return bp


def _check_correlation(rule: str, threshold: object) -> None:
    below = check_number(rule, "correlation_below", threshold)
    # At -1 nothing and at 1 everything would lie below: no signal at all.
    if not -1 < below < 1:
        remedy = "write a number above -1 and below 1, such as -0.3"
        raise StrategyError(f"{rule}: correlation_below is {below:g}; it is a correlation, {remedy}")
