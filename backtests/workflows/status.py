"""Where the rate cycle stands on the newest data, what each rule holds now and since when, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fedcycle.backtests.core.backtest import Backtest
from fedcycle.backtests.core.backtrader_strategy import BacktraderStrategy
from fedcycle.backtests.core.stdout import stdout_to_stderr
from fedcycle.backtests.workflows.explain import is_derived
from fedcycle.backtests.workflows.study import PreparedRun
from fedcycle.data.calendar import exchange_days
from fedcycle.data.errors import DataError, NotYetKnown, join_names
from fedcycle.data.manifest import PER_YEAR
from fedcycle.data.market import Market, MarketView
from fedcycle.data.reach import POLICY, TEN_YEAR, TURNS, reach
from fedcycle.data.typing import Day, days
from fedcycle.strategies import readings
from fedcycle.strategies.final_cut import Pause
from fedcycle.strategies.hindsight import HINDSIGHT
from fedcycle.strategies.phase import changes
from fedcycle.strategies.strategy import Strategy, StrategyError

PAUSES = (3, 6, 9, 12)
"""Months without a change after which a pause calls the last cut final."""
AHEAD_DAYS = 550
"""Calendar days ahead, a year and a half, in which it is looked for when no change would move a rule's weights."""
SURGE_SESSIONS, CORRELATION_SESSIONS = 63, 126
DIFFER = 1e-9
"""Weights that differ by less are the same: what floats add."""


def cycle_now(market: Market, day: Day | None = None) -> dict[str, Any]:
    """Return the rate cycle as it could be told at the newest close, or at a day's, as JSON can hold it.

    What the data do not say (a series that is missing, or too old to stand for the day) is a sentence in ``problems``.
    """
    view = market.as_of(market.sessions[-1] if day is None else day)
    problems: dict[str, str] = {}
    surge, pairs = (_scaled(sessions, view) for sessions in (SURGE_SESSIONS, CORRELATION_SESSIONS))
    document: dict[str, Any] = {
        "market": {"name": market.name, "digest": market.digest, "stamps": list(market.all_stamps)},
        "session": str(view.today),
        "last_change": _told(problems, "last_change", lambda: _reading(readings.last_change(view), market)),
        "phase": _told(problems, "phase", lambda: str(readings.phase(view).value)),
        "recognisers": {
            f"pause of {months} months": _told(problems, f"pause of {months}", lambda m=months: _final_cut(view, m))
            for months in PAUSES
        },
        "recession_known_to_run": _told(problems, "recession", lambda: str(readings.recession(view).value)),
        "yield_surge_bp": _told(problems, "surge", lambda: float(readings.surge(view, surge)[2].value)),
        "correlation": _told(problems, "correlation", lambda: _correlation(view, market, pairs)),
        "surge_sessions": surge,
        "correlation_sessions": pairs,
    }
    later = _changes_after(market, view.today)
    held = [market.role(role) for role in ("small", "large")]
    document |= {"changes_after": later, "notes": _later_sentence(later, view.today)}
    return document | {"problems": problems, "data": reach(market, (*held, POLICY, TURNS, TEN_YEAR))}


def holds_now(study: PreparedRun) -> dict[str, Any]:
    """Return what a study's rule holds by its last decision, since when, and what would change it."""
    test, name = study.backtest, study.config.name
    document: dict[str, Any] = {"name": name, "stamps": list(study.stamps), "rule": type(test.strategy).__name__}
    if isinstance(test.strategy, BacktraderStrategy):
        return document | {"problem": "a bt.Strategy gives orders and no weights, so there is nothing to ask it"}
    asked = [test.sessions[k] for k in test.decisions.tolist()]
    try:
        now = _weights(test.strategy, test.market, asked[-1])
        since = asked[-1]
        for day in reversed(asked[:-1]):
            if _differ(_weights(test.strategy, test.market, day), now):
                break
            since = day
    except (DataError, StrategyError) as error:
        return document | {"problem": str(error)}
    return document | {
        "decided_on": str(asked[-1]),
        "weights": {asset: weight for asset, weight in now.items() if weight},
        "since": str(since),
        # What a rule that was told the future would do in another future is no answer.
        "would_change": [] if HINDSIGHT in study.stamps else _would_change(test, now),
    }


def _would_change(test: Backtest, now: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return which of a hike, a cut, or no change until a day would change a rule's weights, and to what."""
    found: list[dict[str, Any]] = []
    market, strategy, last = test.market, test.strategy, test.sessions[-1]
    if POLICY not in market.series or POLICY not in strategy.requirements():
        return found
    for event, bp in (("a hike of 25 bp", 25.0), ("a cut of 25 bp", -25.0)):
        other = _try(strategy, _with_change(market.truncated(last), last, bp), last)
        if other is not None and _differ(other, now):
            found.append({"event": event, "weights": {a: w for a, w in other.items() if w}})
    later = _nothing_happens(market.truncated(last))
    month = later.sessions.astype("datetime64[M]")
    ends = [k for k in np.flatnonzero(month[1:] != month[:-1]).tolist() if later.sessions[k] > last]
    for k in ends:
        other = _try(strategy, later, later.sessions[k])
        if other is None:
            break
        if _differ(other, now):
            event = f"no change until {later.sessions[k]}"
            found.append({"event": event, "weights": {a: w for a, w in other.items() if w}})
            break
    return found


def _with_change(market: Market, day: Day, change_bp: float) -> Market:
    """Return a market in which a change of the target is announced on its last session."""
    s = market.series[POLICY]
    at = days([day])
    fresh = None if s.fresh_until is None else np.append(s.fresh_until, at)
    series = replace(
        s,
        values=np.append(s.values, change_bp),
        observed_on=np.append(s.observed_on, at),
        known_on=np.append(s.known_on, at),
        fresh_until=fresh,
        derived=None,
    )
    return replace(market, series={**market.series, POLICY: series}, allow_stale=True)


def _nothing_happens(market: Market) -> Market:
    """Return a market with sessions ahead in which every price stays as it is and nothing is announced."""
    last = market.sessions[-1]
    ahead = exchange_days(last + np.timedelta64(1, "D"), last + np.timedelta64(AHEAD_DAYS, "D"))
    flat = np.repeat(market.prices[-1:], len(ahead), axis=0)
    prices = np.concatenate([market.prices, flat])
    return replace(
        market, sessions=np.concatenate([market.sessions, ahead]), prices=prices, opens=None, bars={}, allow_stale=True
    )


@stdout_to_stderr
def _weights(strategy: Strategy, market: Market, day: Day) -> dict[str, float]:
    return {asset: float(weight) for asset, weight in strategy.weights(market.as_of(day)).items()}


def _try(strategy: Strategy, market: Market, day: Day) -> dict[str, float] | None:
    """Return a rule's weights on a day that is made up; None where it cannot be asked there."""
    try:
        return _weights(strategy, market, day)
    except (DataError, StrategyError):
        return None  # such as a correlation with prices that stay as they are: nothing can be said


def _differ(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return any(abs(one.get(a, 0.0) - other.get(a, 0.0)) > DIFFER for a in {*one, *other})


def _told(problems: dict[str, str], what: str, ask: Any) -> Any:
    try:
        return ask()
    except (DataError, StrategyError) as error:
        problems[what] = str(error)
        return None


def _changes_after(market: Market, day: Day) -> list[dict[str, Any]]:
    """Return the changes of the target that were announced after a close: nothing above them knew of one."""
    if POLICY not in market.series:
        return []
    s = market.series[POLICY]
    later = s.known_on > day
    parts = (part[later].tolist() for part in (s.values, s.observed_on, s.known_on))
    return [
        {"change_bp": value, "observed_on": str(observed), "known_on": str(known)}
        for value, observed, known in zip(*parts, strict=True)
    ]


def _later_sentence(later: Sequence[Mapping[str, Any]], day: Day) -> list[str]:
    """Return in a sentence which changes were announced after a close; nothing where none was."""
    if not later:
        return []
    told = join_names([f"{each['change_bp']:+.0f} bp on {each['known_on']}" for each in later])
    return [f"the target was changed after the close of {day}, and nothing shown here knows of it: {told}"]


def _reading(each: Any, market: Market) -> dict[str, Any]:
    told = {"change_bp": each.value, "observed_on": str(each.observed_on), "known_on": str(each.known_on)}
    return told | {"derived": is_derived(market, each)}


def _final_cut(view: MarketView, months: int) -> str:
    cut = Pause(months).final_cut(view)
    if cut is not None:
        return str(cut)
    known, change_bp = changes(view)
    return "none: the last change was a hike" if change_bp[-1] > 0 else f"none yet: the last cut was on {known[-1]}"


def _scaled(sessions: int, view: MarketView) -> int:
    """Return how many sessions of a market of weeks or months are as long as so many days."""
    return round(sessions * view.sessions_per_year / PER_YEAR["daily"])


def _correlation(view: MarketView, market: Market, pairs: int) -> float:
    small, large = (market.role(role) for role in ("small", "large"))
    for asset in (small, large):
        if market.column(asset) >= 0 and asset not in view.assets:
            last = market.sessions[market.spans[asset][1]]
            raise NotYetKnown(f"{asset}: its closes end on {last}, before {view.today}; its correlation is not shown")
    return float(readings.correlation(view, small, sessions=pairs, relative_to=large).value)


def status(studies: Sequence[PreparedRun]) -> dict[str, Any]:
    """Return where the cycle stands on the market of the first of some studies, and what each rule holds."""
    market = studies[0].market
    last = min(study.backtest.sessions[-1] for study in studies)
    return cycle_now(market, last) | {"rules": [holds_now(study) for study in studies]}
